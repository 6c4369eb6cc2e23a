import { describe, expect, it } from "vitest";
import { estimate, SigRangeError, SigTypeError, type EstimatedOperation } from "../src/index.js";

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
