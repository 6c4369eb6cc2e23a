import { operationNames, wordTrie } from "@sig/core";
import { describe, expect, it } from "vitest";
import { createWasm } from "../src/index.js";
import { coefficientsCall, copyCall, quietly, trieOf } from "./calls.js";

const wasm = createWasm();
const { sigCoef, transformPath } = wasm.operations;

describe("createWasm", () => {
  it("names its target, workers and version", () => {
    const info = createWasm({ workers: 3 }).info();
    expect(info).toMatchObject({ backend: "wasm", target: "simd128", workers: 3 });
    expect(info["version"]).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("refuses fewer than one worker", () => {
    expect(() => createWasm({ workers: 0 })).toThrow(/workers must be an integer of at least 1/);
  });

  it("has every operation of the contract", () => {
    expect(Object.keys(wasm.operations).sort()).toEqual([...operationNames].sort());
  });
});

describe("a call", () => {
  it("has the worked values", () => {
    const out = new Float64Array(6);
    const call = { ...coefficientsCall(1, 3), dimension: 2, path: Float64Array.of(0, 0, 1, 2, 4, 3), out };
    sigCoef!.run({ ...call, words: wordTrie([[0], [0, 1], [1, 0, 1]], 2, true) });
    expect([...out].map((value) => Number(value.toFixed(7)))).toEqual([4, 4, 3.5, 3, 8.5, 5.1666667]);
  });

  it("finds a table that was forgotten, or that others took the place of", () => {
    const expected = [3, 4, 5].map((wordLength) => {
      const call = coefficientsCall(2, 10, wordLength);
      sigCoef!.run(call);
      return call.out;
    });
    for (const forgotten of [trieOf(4).key, trieOf(3).key, "unknown", undefined]) {
      wasm.forget(forgotten);
      for (const wordLength of [5, 3, 4]) {
        const call = coefficientsCall(2, 10, wordLength);
        sigCoef!.run(call);
        expect(call.out).toEqual(expected[wordLength - 3]);
      }
    }
  });

  it("may be large, again and again, beside small ones", () => {
    const path = new Float64Array(6_000_000).map((_, i) => i);
    for (let i = 0; i < 3; i++) {
      const call = copyCall(path);
      transformPath!.run(call);
      expect(Buffer.from(call.out.buffer).equals(Buffer.from(path.buffer))).toBe(true);
      const small = coefficientsCall(1, 10);
      sigCoef!.run(small);
      expect(small.out.every(Number.isFinite)).toBe(true);
    }
  });
});

describe.each(["run", "start"] as const)("what cannot be computed by %s", (form) => {
  const perform = async (call: ReturnType<typeof copyCall>): Promise<void> =>
    form === "run" ? transformPath!.run(call) : transformPath!.start(call, quietly);
  const works = async (): Promise<void> => {
    const call = copyCall(Float64Array.of(1, 2, 3));
    await perform(call);
    expect([...call.out]).toEqual([1, 2, 3]);
  };

  it("for want of memory is an error with a code, and the next call works", async () => {
    // Addresses end at 4 GiB, and untouched zeros take no memory.
    const path = form === "run" ? new Float64Array(300_000_000) : new Float64Array(1000);
    const out = new Float64Array(form === "run" ? 300_000_000 : 540_000_000);
    await expect(perform(copyCall(path, path.length, out))).rejects.toMatchObject({ name: "SigError", code: "OUT_OF_MEMORY" });
    await works();
  });

  it("because the kernels trap is an error with a code, and the next call works", async () => {
    const call = copyCall(new Float64Array(10), 2 ** 40);
    await expect(perform(call)).rejects.toMatchObject({ name: "SigError", code: "INTERNAL" });
    await works();
  });
});
