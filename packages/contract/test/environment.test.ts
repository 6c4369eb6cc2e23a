import { availableBackends, explain, getBackend, registerBackend, withBackend } from "@sig/api";
import { createCpu } from "@sig/cpu";
import { describe, expect, it } from "vitest";
import { findChromium } from "../../../scripts/chromium.mjs";
import { operations } from "../src/operations/index.js";
import { titleOf } from "../src/operations/spec.js";
import { reportSkip } from "../src/skips.js";
import { availableTargets, targetsOfProcessor } from "../src/targets.js";
import { callByName, promiseByName } from "../src/operations/driver.js";

/** What the other tests take for granted, so that none of them passes for want of something to test. */
describe("this machine", () => {
  it("has the cpu backend, which serves calls by itself, unless the environment says otherwise", () => {
    const expected = process.env["SIG_BACKEND"] || "cpu";
    expect(availableBackends()).toContain("cpu");
    expect(availableBackends()).toContain(expected);
    expect(explain({ operation: "sig" }).choice.backend).toBe(expected);
    expect(getBackend() === null || getBackend() === expected).toBe(true);
  });

  it("runs every SIMD target that its processor has", () => {
    const expected = targetsOfProcessor();
    if (expected) expect(availableTargets().sort()).toEqual([...expected].sort());
    else reportSkip("check of the SIMD targets", "the system does not tell what the processor has", false);
  });

  it("chooses the widest of them, unless the environment says otherwise", () => {
    const forced = process.env["SIG_CPU_TARGET"];
    const widest = targetsOfProcessor()?.at(-1);
    expect(createCpu().info()["target"]).toBe(forced || widest || createCpu().info()["target"]);
    for (const target of availableTargets()) expect(createCpu({ target }).info()["target"]).toBe(target);
  });

  it("runs the target that a test asks for, not the default one", () => {
    for (const target of availableTargets()) {
      let created = "";
      const create = () => {
        const backend = createCpu({ target });
        created = String(backend.info()["target"]);
        return backend;
      };
      registerBackend({ name: `probe-${target}`, priority: -2, create });
      withBackend(`probe-${target}`, () => callByName("sig", [[[0], [1]], 2]));
      expect(created).toBe(target);
    }
  });

  it("has a Chromium for the suite's pages", () => {
    if (!findChromium()) reportSkip("contract suite in Chromium", "there is no Chromium: apt-get install chromium", true);
  });

  it("has what hostile input is made of", () => {
    expect(typeof SharedArrayBuffer).toBe("function");
    expect("resize" in ArrayBuffer.prototype).toBe(true);
    expect(typeof WebAssembly.Memory).toBe("function");
  });
});

describe("the table of operations", () => {
  it("names functions that exist in both forms, each once", async () => {
    const titles = operations.map(titleOf);
    expect(new Set(titles).size).toBe(titles.length);
    for (const name of operations.flatMap((op) => [op.name, op.backprop.name])) {
      expect(() => callByName(name, []), name).toThrow(/Error|must|expected|needed/);
      await expect(promiseByName(name, []), name).rejects.toThrow(/must|expected|needed/);
    }
  });

  it("has an entry for every function of a tensor that @sig/api exports", async () => {
    const api: object = await import("@sig/api");
    const asynchronous: object = await import("@sig/api/async");
    const listed = new Set(operations.flatMap(({ name, backprop }) => [name, backprop.name]));
    // The promise form exists for tensor operations and for preparing; `signature` is another name of `sig`.
    const computing = Object.keys(asynchronous).filter(
      (name) =>
        name !== "signature" && !name.startsWith("prepare") && typeof (asynchronous as Record<string, unknown>)[name] === "function",
    );
    expect(computing.sort()).toEqual([...listed].sort());
    for (const name of listed) expect(Object.keys(api)).toContain(name);
  });
});
