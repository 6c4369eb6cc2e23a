import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  augmentedDimension,
  augmentedLength,
  checkedProduct,
  logSigLength,
  lyndonWords,
  SigRangeError,
  SigTypeError,
  sigLength,
} from "../src/index.js";

function refusal(run: () => unknown): { name: string; code: string; argument: string | undefined } {
  try {
    run();
  } catch (error) {
    if (error instanceof SigTypeError || error instanceof SigRangeError)
      return { name: error.name, code: error.code, argument: error.argument };
    throw error;
  }
  throw new Error("was not refused");
}

describe("sigLength", () => {
  it.each([
    [2, 3, {}, 14],
    [2, 3, { scalarTerm: true }, 15],
    [3, 4, {}, 120],
    [3, 4, { timeAug: true, leadLag: true, scalarTerm: true }, 2801],
    [1, 7, {}, 7],
    [1, 1e9, { scalarTerm: true }, 1e9 + 1],
    [5, 0, {}, 0],
    [5, 0, { scalarTerm: true }, 1],
    [0, 3, {}, 0],
    [0, 3, { scalarTerm: true }, 1],
    [0, 3, { timeAug: true }, 3],
    [2, 51, {}, 2 ** 52 - 2],
    [2, 52, { scalarTerm: true }, 2 ** 53 - 1],
    [2, 3, { scalarTerm: undefined }, 14],
  ])("(%j, %j, %j) is %j", (dimension, degree, options, length) => {
    expect(sigLength(dimension, degree, options)).toBe(length);
  });

  // (2 ** 26, 2) fits into 2^53; upstream refuses it, since d^(degree + 1) passes 64 bits.
  it.each([
    [2, 53],
    [2, 63],
    [10, 19],
    [2 ** 26, 2],
    [2 ** 32, 1],
    [1e6, 1e9],
    [2, Number.MAX_SAFE_INTEGER],
  ])("(%j, %j) is too large", (dimension, degree) => {
    expect(refusal(() => sigLength(dimension, degree))).toEqual({ name: "SigRangeError", code: "TOO_LARGE", argument: "degree" });
  });

  it("refuses what has no length", () => {
    const range = { name: "SigRangeError", code: "INVALID_VALUE" };
    expect(refusal(() => sigLength(-1, 2))).toMatchObject({ ...range, argument: "dimension" });
    expect(refusal(() => sigLength(2, -1))).toMatchObject({ ...range, argument: "degree" });
    expect(refusal(() => sigLength(2.5, 1))).toMatchObject({ ...range, argument: "dimension" });
    expect(refusal(() => sigLength(2, NaN))).toMatchObject({ ...range, argument: "degree" });
    expect(refusal(() => sigLength(2, 2 ** 53))).toMatchObject({ ...range, argument: "degree" });
    expect(refusal(() => sigLength(Number.MAX_SAFE_INTEGER, 1, { leadLag: true }))).toMatchObject({
      argument: "dimension",
      code: "TOO_LARGE",
    });
    expect(refusal(() => sigLength("2" as never, 1))).toMatchObject({ name: "SigTypeError", argument: "dimension" });
    expect(refusal(() => sigLength(2n as never, 1))).toMatchObject({ name: "SigTypeError", argument: "dimension" });
    expect(refusal(() => sigLength(2, 1, { timeAug: 1 as never }))).toMatchObject({ name: "SigTypeError", argument: "timeAug" });
    expect(refusal(() => sigLength(2, 1, { scalarterm: true } as never))).toMatchObject({ code: "UNKNOWN_OPTION", argument: "scalarterm" });
  });

  it("is the sum of its levels", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 8 }), (dimension, degree) => {
        let sum = 0;
        for (let n = 1; n <= degree; n++) sum += dimension ** n;
        expect(sigLength(dimension, degree)).toBe(sum);
      }),
    );
  });
});

describe("logSigLength", () => {
  it.each([
    [2, 1, {}, 2],
    [2, 4, {}, 8],
    [3, 3, {}, 14],
    [3, 4, {}, 32],
    [2, 12, {}, 747],
    [1, 100000, {}, 1],
    [3, 4, { timeAug: true, leadLag: true }, 728],
    // Beyond 2^53 words of a length, of which only every 55th is one: from pysiglib 4.0.0.
    [2, 55, {}, 1335372860954853],
    [3, 33, {}, 256766978215538],
    [18, 13, {}, 1704392280608793],
    [75, 9, {}, 8469821118062410],
  ])("(%j, %j, %j) is %j", (dimension, degree, options, length) => {
    expect(logSigLength(dimension, degree, options)).toBe(length);
  });

  it("counts the Lyndon words", () => {
    for (let d = 1; d <= 6; d++) for (let n = 1; n <= 5; n++) expect(logSigLength(d, n)).toBe(lyndonWords(d, n).length);
  });

  it("refuses zeros and what is too large", () => {
    expect(refusal(() => logSigLength(0, 2, { timeAug: true }))).toMatchObject({ name: "SigRangeError", argument: "dimension" });
    expect(refusal(() => logSigLength(2, 0))).toMatchObject({ name: "SigRangeError", argument: "degree" });
    expect(refusal(() => logSigLength(2, "3" as never))).toMatchObject({ name: "SigTypeError", argument: "degree" });
    for (const [d, n] of [
      [2, 59],
      [2, 63],
      [2, 1e15],
      [2 ** 32, 1],
    ] as const) {
      expect(refusal(() => logSigLength(d, n))).toMatchObject({ name: "SigRangeError", code: "TOO_LARGE", argument: "degree" });
    }
  });
});

it("lead-lag doubles the channels and almost doubles the points, time adds a channel", () => {
  expect(augmentedDimension(3, { timeAug: true, leadLag: true })).toBe(7);
  expect(augmentedDimension(3, { timeAug: true, leadLag: false })).toBe(4);
  expect(augmentedLength(5, { leadLag: true })).toBe(9);
  expect(augmentedLength(5, { leadLag: false })).toBe(5);
  expect(augmentedLength(0, { leadLag: true })).toBe(0);
});

it("products are exact or refused", () => {
  const place = { operation: "sig", argument: "path" };
  expect(checkedProduct(place, 3, 4, 5)).toBe(60);
  expect(checkedProduct(place)).toBe(1);
  expect(checkedProduct(place, 2 ** 40, 2 ** 40, 0)).toBe(0);
  expect(checkedProduct(place, ...new Array<number>(30).fill(2 ** 52), 0)).toBe(0);
  expect(checkedProduct(place, 2 ** 26, 2 ** 26)).toBe(2 ** 52);
  expect(refusal(() => checkedProduct(place, 2 ** 27, 2 ** 26))).toMatchObject({ code: "TOO_LARGE", argument: "path" });
});
