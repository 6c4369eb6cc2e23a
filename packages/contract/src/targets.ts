import { readFileSync } from "node:fs";
import { type BackendEntry, registerBackend } from "@sig/api";
import { createCpu } from "@sig/cpu";
import { reportSkip } from "./skips.js";

/** The package, where its kernels could be compiled. */
export const wasm = await import("@sig/wasm").catch(() => undefined);

export type Target = "baseline" | "avx2" | "avx512" | "neon";

/** What the kernels of each x86 target need of the processor (x86-64-v3 and v4), as Linux names it. */
const needed: Readonly<Record<"avx2" | "avx512", readonly string[]>> = {
  avx2: ["avx2", "fma", "bmi1", "bmi2", "f16c", "movbe", "abm"],
  avx512: ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"],
};

/** The SIMD targets that this processor can run, found without asking the library; undefined where the system does not say. */
export function targetsOfProcessor(): readonly Target[] | undefined {
  if (process.arch === "arm64") return ["neon"];
  if (process.arch !== "x64" || process.platform !== "linux") return undefined;
  const flags = new Set((/^flags\s*:(.*)$/m.exec(readFileSync("/proc/cpuinfo", "utf8"))?.[1] ?? "").trim().split(/\s+/));
  const has = (target: "avx2" | "avx512"): boolean => needed[target].every((flag) => flags.has(flag));
  return ["baseline", ...(has("avx2") ? (["avx2"] as const) : []), ...(has("avx2") && has("avx512") ? (["avx512"] as const) : [])];
}

/** The targets that the library runs here; reports the others as skipped. */
export function availableTargets(): Target[] {
  const all: readonly Target[] = process.arch === "arm64" ? ["neon"] : ["baseline", "avx2", "avx512"];
  return all.filter((target) => {
    try {
      createCpu({ target });
      return true;
    } catch (reason) {
      reportSkip(`contract suite on the ${target} target`, reason instanceof Error ? reason.message : String(reason), false);
      return false;
    }
  });
}

/** A backend of its own for each SIMD target and for WebAssembly, chosen with `withBackend(name, …)` or the `backend` option. */
export function registerTargets(): { name: string }[] {
  const entries: BackendEntry[] = availableTargets().map((target) => ({
    name: `cpu-${target}`,
    priority: -1,
    create: () => createCpu({ target }),
  }));
  if (wasm) entries.push({ ...wasm.wasmEntry, priority: -1 });
  else reportSkip("contract suite on WebAssembly", "@sig/wasm is not built: zig cannot be had here", true);
  entries.forEach(registerBackend);
  return entries.map(({ name }) => ({ name }));
}
