import { describe, expect, it } from "vitest";
import { wordTrie } from "@sig/core";
import { createCpu } from "../src/index.js";

const path = Float64Array.of(0, 0, 1, 2, 4, 3);

describe("createCpu", () => {
  it("names its target, threads and version", () => {
    const info = createCpu({ threads: 2 }).info();
    expect(info).toMatchObject({ backend: "cpu", threads: 2 });
    expect(["baseline", "avx2", "avx512", "neon"]).toContain(info["target"]);
    expect(info["version"]).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("refuses unknown targets and lists what there is", () => {
    expect(() => createCpu({ target: "sse9" })).toThrow(/"sse9" is not a target of this build, which has .*baseline/);
  });

  it("refuses fewer than one thread", () => {
    expect(() => createCpu({ threads: 0 })).toThrow(/threads must be an integer of at least 1/);
  });

  it("runs every target of this processor side by side", () => {
    for (const target of ["baseline", "avx2", "avx512"]) {
      let cpu;
      try {
        cpu = createCpu({ target });
      } catch {
        continue;
      }
      const out = new Float64Array(15 + 10);
      const call = {
        dtype: "float64",
        batch: 1,
        threads: 1,
        length: 3,
        dimension: 2,
        timeAug: true,
        leadLag: true,
        endTime: 3,
        path,
        out,
      } as const;
      cpu.operations.transformPath!.run(call);
      expect([...out]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 2, 0.75, 1, 2, 1, 2, 1.5, 1, 2, 4, 3, 2.25, 4, 3, 4, 3, 3]);
    }
  });
});

describe("coefficients", () => {
  const cpu = createCpu();
  const shape = { dtype: "float64", batch: 1, threads: 1, length: 3, dimension: 2, timeAug: false, leadLag: false } as const;

  it("match worked values", () => {
    const out = new Float64Array(6);
    cpu.operations.sigCoef!.run({ ...shape, endTime: 1, path, out, words: wordTrie([[0], [0, 1], [1, 0, 1]], 2, true) });
    expect([...out].map((value) => Number(value.toFixed(7)))).toEqual([4, 4, 3.5, 3, 8.5, 5.1666667]);
  });

  it("have the worked gradient", () => {
    const out = new Float64Array(6);
    const words = wordTrie([[0, 1]], 2, true);
    cpu.operations.sigCoefBackprop!.run({ ...shape, endTime: 1, path, out, words, derivs: Float64Array.of(0, 1) });
    expect([...out]).toEqual([-2, -0.5, 1.5, -2, 0.5, 2.5]);
  });

  it("promise the same", async () => {
    const out = new Float64Array(1);
    const fractions: number[] = [];
    const words = wordTrie([[1, 0, 1]], 2, false);
    await cpu.operations.sigCoef!.start(
      { ...shape, endTime: 1, path, out, words },
      { signal: undefined, onProgress: (f) => fractions.push(f) },
    );
    expect(out[0]).toBeCloseTo(31 / 6, 12);
    expect(fractions).toEqual([1]);
  });
});
