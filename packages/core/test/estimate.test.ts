import { describe, expect, it } from "vitest";
import { estimate, SigRangeError, SigTypeError, type EstimatedKernel, type EstimatedOperation } from "../src/index.js";

const operations: readonly EstimatedOperation[] = [
  "transformPath",
  "transformPathBackprop",
  "sig",
  "sigBackprop",
  "sigCombine",
  "sigCombineBackprop",
  "sigJoin",
  "sigJoinBackprop",
  "linearSig",
  "linearSigBackprop",
  "sigInverse",
  "sigInverseBackprop",
  "sigCoef",
  "sigCoefBackprop",
  "extractSigCoef",
  "extractSigCoefBackprop",
  "logSig",
  "logSigBackprop",
  "sigToLogSig",
  "sigToLogSigBackprop",
  "logSigToSig",
  "logSigToSigBackprop",
  "linearLogSig",
  "linearLogSigBackprop",
  "logSigCombine",
  "logSigCombineBackprop",
  "logSigJoin",
  "logSigJoinBackprop",
];

function refusal(run: () => unknown): SigTypeError | SigRangeError {
  try {
    run();
  } catch (error) {
    if (error instanceof SigTypeError || error instanceof SigRangeError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

/** A Horner step, its loops written out with a counter in place of the arithmetic. */
function countHornerStep(d: number, degree: number): number {
  let flops = 0;
  for (let n = degree; n >= 2; n--) {
    flops += d; // h = z / n
    for (let l = 1; l <= n - 2; l++) flops += 2 * d ** l + d ** (l + 1); // h = (h + S_l) (x) z / (n - l), two operations on what is read
    flops += d ** (n - 1) + 2 * d ** n; // S_n += (h + S_(n-1)) (x) z
  }
  return flops + d; // S_1 += z
}

describe("estimate", () => {
  it("counts the operations of a signature step by step", () => {
    for (const [dimension, degree] of [
      [1, 4],
      [2, 6],
      [3, 5],
      [4, 1],
      [5, 2],
      [8, 4],
    ] as const) {
      expect(estimate("sig", { dimension, degree, length: 2 }).flops).toBe(countHornerStep(dimension, degree));
    }
    const flops = estimate("sig", { dimension: 4, degree: 6, length: 256, batch: 128 }).flops;
    expect(flops).toBe(128 * 255 * 14988);
  });

  it("counts products by their definition", () => {
    let flops = 0;
    for (let n = 1; n <= 4; n++) flops += (2 * (n - 1) + 1) * 3 ** n;
    expect(estimate("sigCombine", { dimension: 3, degree: 4, batch: 7 }).flops).toBe(7 * flops);
  });

  it("bytes cover the result, in its dtype, and grow with the batch alone", () => {
    const one = estimate("sig", { dimension: 2, degree: 3, batch: 1000, dtype: "float64" });
    const half = estimate("sig", { dimension: 2, degree: 3, batch: 1000, dtype: "float32" });
    const more = estimate("sig", { dimension: 2, degree: 3, batch: 2000 });
    expect(one.bytes).toBeGreaterThanOrEqual(1000 * 15 * 8);
    expect(one.bytes - half.bytes).toBe(1000 * 15 * 4);
    expect(more.bytes - one.bytes).toBe(1000 * 15 * 8);
    expect(more.flops).toBe(2 * one.flops);
  });

  it("stream and transforms count", () => {
    const plain = { dimension: 2, degree: 3, length: 10 };
    expect(estimate("sig", { ...plain, timeAug: true }).flops).toBe(estimate("sig", { ...plain, dimension: 3 }).flops);
    expect(estimate("sig", { ...plain, leadLag: true }).flops).toBe(estimate("sig", { ...plain, dimension: 4, length: 19 }).flops);
    expect(estimate("sig", { ...plain, stream: true, batch: 100 }).bytes).toBeGreaterThan(100 * 9 * 14 * 8);
    expect(estimate("transformPath", { ...plain, leadLag: true, timeAug: true }).flops).toBe(19 * 5);
  });

  it.each(operations)("%s: finite, at the ends too, and a gradient costs no less than its operation", (operation) => {
    for (const method of [0, 1, 2, 3]) {
      for (const [dimension, degree, length, batch] of [
        [1, 1, 0, 1],
        [3, 4, 20, 5],
        [2, 12, 1, 0],
        [1, 1000, 5, 5],
      ] as const) {
        const { bytes, flops } = estimate(operation, {
          dimension,
          degree: degree > 62 && /log/i.test(operation) ? 62 : degree,
          length,
          batch,
          method,
        });
        expect(bytes).toSatisfy((value: number) => Number.isSafeInteger(value) && value >= 0);
        expect(flops).toSatisfy((value: number) => Number.isSafeInteger(value) && value >= 0);
      }
      const backprop = `${operation}Backprop` as EstimatedOperation;
      const parameters = { dimension: 3, degree: 4, length: 20, batch: 5, method, words: 4 };
      if (operations.includes(backprop))
        expect(estimate(backprop, parameters).flops).toBeGreaterThanOrEqual(estimate(operation, parameters).flops);
    }
  });

  it("refuses what no call can have, and does not take long for it", () => {
    expect(refusal(() => estimate("sigg" as never, { dimension: 2 })).message).toContain('did you mean "sig"?');
    for (const operation of ["toString", 3, null, { toString: 1, valueOf: 1 }])
      expect(refusal(() => estimate(operation as never, { dimension: 2 })).argument).toBe("operation");
    expect(refusal(() => estimate("sig", undefined as never))).toMatchObject({ name: "SigTypeError", argument: "dimension" });
    expect(refusal(() => estimate("sig", { dimension: 2, depth: 3 } as never))).toMatchObject({ code: "UNKNOWN_OPTION" });
    expect(refusal(() => estimate("sig", { dimension: 10, degree: 100 }))).toMatchObject({ code: "TOO_LARGE" });
    expect(refusal(() => estimate("sig", { dimension: 1, degree: 1e15 }))).toMatchObject({ name: "SigRangeError", argument: "degree" });
    expect(refusal(() => estimate("logSig", { dimension: 2, degree: 0 }))).toMatchObject({ name: "SigRangeError", argument: "degree" });
    expect(refusal(() => estimate("sig", { dimension: 2, dtype: "float16" as never }))).toMatchObject({ argument: "dtype" });
    expect(refusal(() => estimate("logSig", { dimension: 2, degree: 2, method: 4 }))).toMatchObject({ argument: "method" });
  });
});

/** One pair of paths, its loops written out with a counter in place of the arithmetic. */
function countKernel(points: number, pointsY: number, dimension: number, left: number, right: number): number {
  let flops = 0;
  for (let i = 0; i < points - 1; i++) {
    for (let j = 0; j < pointsY - 1; j++) {
      flops += 2 * dimension; // the inner product of two increments
      flops += 3; // its share, and the two factors
      for (let s = 0; s < 2 ** left; s++) for (let t = 0; t < 2 ** right; t++) flops += 4; // (k10 + k01) A - k00 B
    }
  }
  return flops;
}

describe("estimate of kernels", () => {
  const kernels: readonly EstimatedKernel[] = ["sigKernel", "sigKernelGram", "sigScore", "expectedSigScore", "sigMmd"];

  it("counts the operations step by step", () => {
    const sizes = { dimension: 3, length: 5, lengthY: 4, dyadicOrder: [2, 1] } as const;
    expect(estimate("sigKernel", { ...sizes, batch: 7 }).flops).toBe(7 * countKernel(5, 4, 3, 2, 1));
    expect(estimate("sigKernelGram", { ...sizes, batch: 7, batchY: 2 }).flops).toBe(14 * countKernel(5, 4, 3, 2, 1));
    expect(estimate("sigKernel", { dimension: 2, length: 5, leadLag: true, timeAug: true }).flops).toBe(countKernel(9, 9, 5, 0, 0));
    expect(estimate("sigMmd", { dimension: 1, length: 3, batch: 4, batchY: 2 }).flops).toBe((10 + 3 + 8) * countKernel(3, 3, 1, 0, 0));
    // Of order 2: coefficient q of an edge has q + 3 terms of two operations, q = 1, 2; sums of coefficients are the corners and the value.
    const edge = 2 * (1 + 3) + 2 * (2 + 3);
    expect(estimate("sigKernel", { dimension: 1, length: 2, order: 2 }).flops).toBe(2 + 3 + 2 * edge + 4 * 2);
  });

  it("bytes cover the result, in its dtype", () => {
    const grid = estimate("sigKernel", { dimension: 1, length: 11, batch: 100, dyadicOrder: 2, returnGrid: true, dtype: "float32" });
    expect(grid.bytes).toBeGreaterThanOrEqual(100 * 41 * 41 * 4);
    expect(grid.bytes).toBeLessThan(100 * 41 * 41 * 4 + 20_000);
    expect(estimate("sigKernelGramBackprop", { dimension: 3, length: 10, batch: 50 }).bytes).toBeGreaterThanOrEqual(2 * 50 * 30 * 8);
    expect(estimate("sigKernelGram", { dimension: 3, length: 10, batch: 1000 }).bytes).toBeGreaterThanOrEqual(8e6);
  });

  it.each(kernels)("%s: finite, at the ends too, and a gradient costs more", (operation) => {
    for (const sizes of [
      { dimension: 1, length: 0, batch: 0 },
      { dimension: 2, length: 1, batch: 3 },
      { dimension: 4, length: 20, lengthY: 10, batch: 5, batchY: 2, dyadicOrder: 3 },
      { dimension: 4, length: 20, batch: 5, order: 64 },
    ]) {
      const { bytes, flops } = estimate(operation, sizes);
      const gradient = estimate(`${operation}Backprop` as EstimatedKernel, sizes);
      for (const value of [bytes, flops, gradient.bytes, gradient.flops])
        expect(value).toSatisfy((number: number) => Number.isSafeInteger(number) && number >= 0);
      expect(gradient.flops).toBeGreaterThanOrEqual(flops);
    }
  });

  it("refuses what no call can have", () => {
    expect(refusal(() => estimate("sigKernl" as never, { dimension: 2 })).message).toContain('did you mean "sigKernel"?');
    expect(refusal(() => estimate("sigKernel", { dimension: 2, degree: 3 } as never))).toMatchObject({ code: "UNKNOWN_OPTION" });
    expect(refusal(() => estimate("sigKernel", { dimension: 0 }))).toMatchObject({ argument: "dimension" });
    expect(refusal(() => estimate("sigKernel", { dimension: 1, dyadicOrder: [40, 30] }))).toMatchObject({ argument: "dyadicOrder" });
    expect(refusal(() => estimate("sigKernel", { dimension: 1, order: 1 }))).toMatchObject({ argument: "order" });
  });
});
