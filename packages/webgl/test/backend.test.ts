import { explain, registerBackend, resolve, setBackend } from "@sig/core";
import { describe, expect, it, vi } from "vitest";
import { notWorthwhile, type Costs } from "../src/crossover.js";
import { LONGEST_ARRAY, textureLength } from "../src/gpu.js";
import { createWebgl, isAvailable, webglEntry } from "../src/index.js";
import { checks } from "../src/limits.js";
import { sigCall } from "./calls.js";

describe("without a browser", () => {
  it("says why it is not available, and leaves the globals alone", () => {
    expect(isAvailable()).toEqual({ available: false, reason: expect.stringContaining("no WebGL2") as string });
    expect(() => createWebgl()).toThrow(expect.objectContaining({ code: "BACKEND_UNAVAILABLE" }));
    expect("GPU" in globalThis).toBe(false);
  });

  it("is not even tried for float64", () => {
    const create = vi.fn(createWebgl);
    registerBackend({ ...webglEntry, create });
    const double = { ...sigCall(1, 2, 1), dtype: "float64" } as const;
    expect(() => resolve("sig", double, { operationLabel: "sig" })).toThrow(/webgl has no float64/);
    expect(create).not.toHaveBeenCalled();
    expect(() => resolve("sig", sigCall(1, 2, 1), { operationLabel: "sig" })).toThrow(/no WebGL2/);
    expect(() => setBackend("webgl")).toThrow(expect.objectContaining({ code: "BACKEND_UNAVAILABLE" }));
    expect(explain({ operation: "sig", dtype: "float32" }).choice).toMatchObject({ backend: null });
  });
});

describe("sizes of textures", () => {
  it("are few, and waste little", () => {
    const sizes = new Set<number>();
    for (let length = 1; length <= 2 ** 16; length += 1 + (length >> 6)) {
      const size = textureLength(length);
      expect(size).toBeGreaterThanOrEqual(length);
      if (length > 2048) expect(size).toBeLessThanOrEqual(1.25 * length);
      sizes.add(size);
    }
    expect(sizes.size).toBeLessThan(40);
  });

  it("end where gpu.js counts wrong", () => {
    expect(textureLength(LONGEST_ARRAY)).toBe(2 ** 24);
    expect(() => textureLength(LONGEST_ARRAY + 1)).toThrow(expect.objectContaining({ code: "TOO_LARGE" }));
  });
});

describe("what is left to others", () => {
  const declined = (call: ReturnType<typeof sigCall>) => checks.sig?.(call);

  it("is what has no place in a texture", () => {
    expect(declined(sigCall(3, 4, 3))).toBeUndefined();
    expect(declined({ ...sigCall(1, 2, 1), batch: 2 ** 18, degree: 5 })).toBeUndefined();
    expect(declined({ ...sigCall(1, 2, 1), batch: 2 ** 18, degree: 6 })).toMatch(/an array of \d+ numbers/);
    expect(declined({ ...sigCall(1, 2, 1), degree: 13, dimension: 1 })).toMatch(/degree 13/);
  });

  it("is what it does not compute", () => {
    expect(declined({ ...sigCall(1, 2, 2), correction: { data: new Float32Array(4), degree: 2, layout: "row" } })).toMatch(/corrections/);
  });

  it("is what takes longer on the way than to compute", () => {
    const costs: Costs = { roundTrip: 1, perNumber: 1e-6, perOperation: 1e-8, perOperationHere: 1e-6 };
    const measured = vi.fn(() => costs);
    expect(notWorthwhile("sig", sigCall(1, 4, 2), measured)).toMatch(/too small/);
    expect(measured).not.toHaveBeenCalled();
    expect(notWorthwhile("sig", sigCall(1000, 50, 5), measured)).toBeUndefined();
    expect(notWorthwhile("sig", sigCall(1000, 50, 5), () => ({ ...costs, roundTrip: 1e6 }))).toMatch(/ms on the device/);
    expect(notWorthwhile("transformPath", { ...sigCall(1, 4, 2), out: new Float32Array(8) }, measured)).toMatch(/too small/);
  });
});
