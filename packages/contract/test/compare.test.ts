import { describe, expect, it } from "vitest";
import { difference, expectClose, expectSameBits } from "../src/compare.js";
import { tensor } from "../src/tensors.js";

/** The comparison that everything else rests on. */
describe("difference", () => {
  const one = tensor([1, 2], [2]);

  it("sees NaN and infinities that stand on one side alone", () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const spoilt = tensor([1, bad], [2]);
      expect(difference(spoilt, one, { tolerance: 1e300 })).toContain("entry 1");
      expect(difference(one, spoilt, { tolerance: 1e300 })).toContain("entry 1");
      expect(difference(spoilt, spoilt, { tolerance: 0 })).toBeUndefined();
      expect(difference(spoilt, tensor([1, -bad], [2]), { tolerance: 1 }) === undefined).toBe(Number.isNaN(bad));
    }
  });

  it("sees another shape, dtype, length or kind of array", () => {
    expect(difference(tensor([1, 2], [1, 2]), one, { tolerance: 1 })).toContain("shape");
    expect(difference(tensor([1, 2], [2], "float32"), one, { tolerance: 1 })).toContain("dtype");
    expect(difference({ ...one, data: Float64Array.of(1) }, one, { tolerance: 1 })).toContain("entries");
    expect(difference({ ...one, data: Float32Array.of(1, 2) }, one, { tolerance: 1 })).toContain("Float32Array");
  });

  it("measures each group of a row on its own scale", () => {
    const expected = tensor([1000, 1, 1000, 1], [2, 2]);
    const actual = tensor([1000, 1.01, 1000, 1], [2, 2]);
    expect(difference(actual, expected, { tolerance: 1e-4 })).toBeUndefined();
    expect(difference(actual, expected, { tolerance: 1e-4, groups: [1, 1] })).toContain("entry 1");
    expect(difference(tensor([1e-9], [1]), tensor([0], [1]), { tolerance: 1e-6 })).toContain("entry 0");
    expect(difference(tensor([1e-9], [1]), tensor([0], [1]), { tolerance: 1e-6, floor: 1 })).toBeUndefined();
  });

  it("fails a test where it finds something", () => {
    expect(() => expectClose(one, tensor([1, 3], [2]), 1e-3, "here")).toThrow("here: entry 1");
    expect(() => expectClose(undefined, one, 1)).toThrow("not a tensor");
    expect(() => expectSameBits(tensor([0], [1]), tensor([-0], [1]))).toThrow("entry 0");
  });
});
