import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { wasm } from "../src/targets.js";

interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
  /** What the child printed last, as JSON. */
  readonly said: {
    readonly leaving?: number;
    readonly settled?: boolean;
    readonly workers?: string;
    readonly settings?: Readonly<Record<string, string>>;
    readonly backend?: string;
    readonly why?: string;
    readonly reason?: string;
    readonly same?: boolean;
    readonly first?: number;
  };
  readonly errors: string;
  readonly at: number;
}

/** Runs a script of children/ as a user's own program would run: on the built packages. */
async function runChild(script: string, variables: NodeJS.ProcessEnv = {}): Promise<Ending> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`children/${script}`, import.meta.url))], {
    env: { ...process.env, NODE_OPTIONS: "", ...variables },
  });
  let output = "";
  let errors = "";
  let at = 0;
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  child.once("exit", () => (at = Date.now()));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) =>
    child.once("close", (...ending) => resolve(ending)),
  );
  const lastLine = output.trim().split("\n").at(-1) ?? "";
  return { code, signal, said: lastLine.startsWith("{") ? (JSON.parse(lastLine) as Ending["said"]) : {}, errors, at };
}

describe("a process with work in flight", () => {
  // The only clock in this suite: without the stop flag the work would hold the process for seconds.
  it("ends within 200 ms of process.exit()", async () => {
    const { code, said, errors, at } = await runChild("exit.mjs");
    expect(errors).toBe("");
    expect(code).toBe(7);
    expect(said.settled).toBe(false);
    expect(at - (said.leaving ?? 0)).toBeLessThan(200);
  });

  it("survives its workers: four at once, and twenty terminated while they compute", async () => {
    const { code, signal, said, errors } = await runChild("workers.mjs");
    expect({ code, signal, errors }).toEqual({ code: 0, signal: null, errors: "" });
    expect(said.workers).toBe("ended");
  }, 120_000);
});

describe("a process without work", () => {
  it("ends by itself", async () => {
    const { code, signal, errors, said } = await runChild("idle.mjs");
    expect({ code, signal, errors }).toEqual({ code: 0, signal: null, errors: "" });
    expect(said.leaving).toBeGreaterThan(0);
  });

  it.each([
    ["SIG_CPU_TARGET", process.arch === "arm64" ? "neon" : "baseline"],
    ["SIG_BACKEND", "cpu"],
    ["SIG_NUM_THREADS", "3"],
    ["SIG_MEMORY_LIMIT", "100000000"],
  ])("is told by %s=%s", async (variable, value) => {
    const { code, errors, said } = await runChild("idle.mjs", { [variable]: value });
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(said.settings?.[variable]).toBe(value);
  });

  it.each([
    ["SIG_CPU_TARGET", "sse9"],
    ["SIG_BACKEND", "abacus"],
    ["SIG_NUM_THREADS", "many"],
    ["SIG_MEMORY_LIMIT", "lots"],
  ])("says what is wrong with %s=%s", async (variable, value) => {
    const { code, errors } = await runChild("idle.mjs", { [variable]: value });
    expect(code).toBe(1);
    expect(errors).toContain(value);
    expect(errors).toMatch(/Sig(Type|Range)?Error/);
  });
});

describe.skipIf(!wasm)("a process without the addon", () => {
  it("computes on WebAssembly, and says why", async () => {
    const { code, errors, said } = await runChild("fallback.mjs", { SIG_BACKEND: "", SIG_CPU_ADDON: "/nowhere/sig_cpu.node" });
    expect({ code, errors }).toEqual({ code: 0, errors: "" });
    expect(said).toMatchObject({ backend: "wasm", same: true, first: 4 });
    expect(said.why).toContain("cpu does not work here");
    expect(said.reason).toContain("/nowhere/sig_cpu.node");
  });
});
