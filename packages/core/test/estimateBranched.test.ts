import { describe, expect, it } from "vitest";
import { cutCount } from "../src/cutCounts.js";
import { branchedLogSigLength, branchedSigLength, estimate, treeCuts, type EstimatedBranched, type EstimatedKernel } from "../src/index.js";

const operations: readonly EstimatedBranched[] = [
  "branchedSig",
  "branchedSigCombine",
  "branchedSigJoin",
  "linearBranchedSig",
  "branchedSigCoef",
  "extractBranchedSigCoef",
  "branchedLogSig",
  "branchedSigToLogSig",
  "branchedLogSigToSig",
  "linearBranchedLogSig",
  "branchedLogSigCombine",
  "branchedLogSigJoin",
];

describe("cutCount", () => {
  it.each([
    [1, 6, false],
    [2, 5, false],
    [3, 4, false],
    [1, 6, true],
    [2, 4, true],
    [3, 3, true],
  ])("labels %i, degree %i, planar %s: as many as the table has", (dimension, degree, planar) => {
    const counts = treeCuts({ dimension, degree, planar }, "test").arrays[7]!;
    expect(cutCount(dimension, degree, planar)).toBeCloseTo(dimension * Array.from(counts).reduce((sum, count) => sum + count, 0), 6);
  });
});

describe("estimate of branched signatures", () => {
  it("counts the segments of one label by hand", () => {
    // Elements with 1, 2, 3 nodes: 1, 1, 2. Products of degree 0, 1, 2 take 4, 8.5 and 14, their elements 3, 4, and 2 of the most nodes.
    const step = 4 + 3 + (8.5 + 4) + 2 * (14 + 2);
    expect(estimate("branchedSig", { dimension: 1, degree: 3, length: 11, batch: 4 }).flops).toBe(4 * 10 * step);
    expect(estimate("branchedSigBackprop", { dimension: 1, degree: 3, length: 11, batch: 4 }).flops).toBe(4 * 10 * 4 * step);
  });

  it("counts the cuts of one label by hand", () => {
    // Ladders of 2 and 3 nodes: 1 and 2 cuts; the cherry: 3, one leaf taken, the other, both.
    const product = 3 * (1 + 2 + 3) + 2 * 5;
    expect(estimate("branchedSigCombine", { dimension: 1, degree: 3, batch: 7 }).flops).toBe(7 * product);
    expect(estimate("branchedSigToLogSig", { dimension: 1, degree: 3 }).flops).toBe(2 * 2 * 6);
  });

  it("bytes cover the result, in its dtype", () => {
    const sizes = { dimension: 2, degree: 4, batch: 1000 };
    for (const planar of [false, true]) {
      const length = branchedSigLength(2, 4, { planar, scalarTerm: true });
      const one = estimate("branchedSig", { ...sizes, planar });
      expect(one.bytes).toBeGreaterThanOrEqual(1000 * length * 8);
      expect(one.bytes - estimate("branchedSig", { ...sizes, planar, dtype: "float32" }).bytes).toBe(1000 * length * 4);
      const more =
        estimate("branchedSigToLogSig", { ...sizes, planar, batch: 2000 }).bytes -
        estimate("branchedSigToLogSig", { ...sizes, planar }).bytes;
      expect(more).toBe(8000 * (planar ? branchedLogSigLength(2, 4, { planar }) : length));
    }
    expect(estimate("branchedSig", { ...sizes, leadLag: true, timeAug: true }).bytes).toBe(
      estimate("branchedSig", { ...sizes, dimension: 5 }).bytes,
    );
  });

  it.each(operations)("%s: finite, at the ends too, and a gradient costs no less than its operation", (operation) => {
    for (const sizes of [
      { dimension: 1, degree: 1, length: 0 },
      { dimension: 2, degree: 1, length: 1, batch: 0 },
      { dimension: 3, degree: 4, length: 20, batch: 5, trees: 4 },
      { dimension: 2, degree: 3, length: 20, planar: true, method: 2, timeAug: true },
      { dimension: 1, degree: 14, planar: true },
    ]) {
      const { bytes, flops } = estimate(operation, sizes);
      const gradient = estimate(`${operation}Backprop` as EstimatedBranched, sizes);
      for (const value of [bytes, flops, gradient.bytes, gradient.flops])
        expect(value).toSatisfy((number: number) => Number.isSafeInteger(number) && number >= 0);
      expect(gradient.flops).toBeGreaterThanOrEqual(flops);
    }
  });

  it("refuses what no call can have, and does not take long for it", () => {
    expect(() => estimate("branchedSgi" as never, { dimension: 2 })).toThrow('did you mean "branchedSig"?');
    expect(() => estimate("branchedSig", { dimension: 2, words: 3 } as never)).toThrow(expect.objectContaining({ code: "UNKNOWN_OPTION" }));
    for (const degree of [40, 1000, 1e15])
      expect(() => estimate("branchedSig", { dimension: 2, degree })).toThrow(
        expect.objectContaining({ code: "TOO_LARGE", argument: "degree" }),
      );
    expect(() => estimate("branchedSigCombine", { dimension: 1, degree: 40 })).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
    expect(() => estimate("branchedLogSig", { dimension: 2, degree: 2, method: 1 })).toThrow(
      expect.objectContaining({ argument: "method" }),
    );
    expect(() => estimate("branchedLogSig", { dimension: 2, degree: 0 })).toThrow(expect.objectContaining({ argument: "degree" }));
    expect(() => estimate("branchedSigCoef", { dimension: 2, degree: 1e15 })).toThrow(expect.objectContaining({ argument: "degree" }));
  });
});

describe("estimate of branched kernels", () => {
  it("counts each depth", () => {
    const sizes = { dimension: 3, length: 5, lengthY: 4, dyadicOrder: 1, batch: 7 } as const;
    const [cells, nodes] = [4 * 3, 8 * 6];
    expect(estimate("branchedSigKernel", { ...sizes, depth: 2 }).flops).toBe(7 * (9 * cells + 60 * nodes));
    expect(estimate("branchedSigKernelGram", { ...sizes, batchY: 2, depth: 3 }).flops).toBe(14 * (9 * cells + 90 * nodes));
    for (const name of ["branchedSigKernel", "branchedSigKernelGram"] as const) {
      const gradient = estimate(`${name}Backprop` as EstimatedKernel, { ...sizes, depth: 2 });
      expect(gradient.flops).toBeGreaterThan(estimate(name, { ...sizes, depth: 2 }).flops);
    }
  });

  it("bytes grow with the depth; depth and order exclude each other", () => {
    const bytes = (depth: number): number => estimate("branchedSigKernel", { dimension: 2, length: 100, depth }).bytes;
    expect(bytes(3)).toBeGreaterThan(bytes(1));
    expect(() => estimate("branchedSigKernel", { dimension: 2, order: 3 })).toThrow(expect.objectContaining({ argument: "order" }));
    expect(() => estimate("sigKernel", { dimension: 2, depth: 3 })).toThrow(expect.objectContaining({ argument: "depth" }));
  });
});
