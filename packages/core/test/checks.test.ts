import { describe, expect, it } from "vitest";
import {
  checkBatch,
  checkFinite,
  checkFlag,
  checkInteger,
  checkRank,
  checkSameDtype,
  checkShape,
  describe as inWords,
  describeShape,
  makeTensor,
  nearest,
  readOptions,
  SigError,
  SigRangeError,
  SigTypeError,
} from "../src/index.js";

const place = { operation: "sig", argument: "degree" };

function refusal(run: () => unknown): SigTypeError | SigRangeError {
  try {
    run();
  } catch (error) {
    if (error instanceof SigTypeError || error instanceof SigRangeError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

describe("errors", () => {
  it("are of the built-in classes and carry code, operation, argument and cause", () => {
    const cause = new Error("below");
    const details = { code: "INTERNAL", operation: "sig", argument: "path", cause } as const;
    for (const [error, base] of [
      [new SigError("m", details), Error],
      [new SigTypeError("m", details), TypeError],
      [new SigRangeError("m", details), RangeError],
    ] as const) {
      expect(error).toBeInstanceOf(base);
      expect(error).toMatchObject({ message: "m", code: "INTERNAL", operation: "sig", argument: "path", cause });
      expect(String(error)).toBe(`${error.constructor.name}: m`);
    }
    expect("cause" in new SigError("m", { code: "INTERNAL" })).toBe(false);
  });

  it("describe any value without running into it", () => {
    const revoked = Proxy.revocable({}, {});
    revoked.revoke();
    const cases: [unknown, string][] = [
      [null, "null"],
      [undefined, "undefined"],
      [NaN, "NaN"],
      [true, "true"],
      [12n, "a BigInt"],
      ["x".repeat(100), `the string "${"x".repeat(37)}..."`],
      [Symbol("s"), "a symbol"],
      [() => 0, "a function"],
      [{}, "an object"],
      [Object.create(null), "an object"],
      [[], "an empty array"],
      [[1, 2], "an array of length 2"],
      [new Int32Array(1), "an Int32Array"],
      [new Uint8Array(1), "a Uint8Array"],
      [new Map(), "a Map"],
      [revoked.proxy, "an object"],
      [{ constructor: { name: 3 } }, "an object"],
    ];
    for (const [value, text] of cases) expect(inWords(value)).toBe(text);
    expect([[], [3], [3, 4]].map(describeShape)).toEqual(["()", "(3,)", "(3, 4)"]);
  });
});

describe("checkInteger", () => {
  it("passes integers of its range", () => {
    expect(checkInteger(3, place, { min: 0 })).toBe(3);
    expect(checkInteger(-0, place, { min: 0 })).toBe(0);
    expect(checkInteger(Number.MAX_SAFE_INTEGER, place, { min: 0 })).toBe(Number.MAX_SAFE_INTEGER);
  });

  it.each([-1, 1.5, NaN, Infinity, -Infinity, 2 ** 53, 1e300])("refuses the value %d", (value) => {
    expect(refusal(() => checkInteger(value, place, { min: 0 }))).toMatchObject({ name: "SigRangeError", code: "INVALID_VALUE", ...place });
  });

  it.each([undefined, null, "3", true, 3n, [3], {}])("refuses the kind of %o", (value) => {
    expect(refusal(() => checkInteger(value, place, { min: 0 }))).toMatchObject({ name: "SigTypeError", code: "INVALID_TYPE", ...place });
  });

  it("says what was expected and what came", () => {
    expect(refusal(() => checkInteger(7, place, { min: 0, max: 3 })).message).toBe("sig: degree must be an integer from 0 to 3, got 7");
    expect(refusal(() => checkInteger(-1, place, { min: 0 })).message).toBe("sig: degree must be an integer of at least 0, got -1");
    expect(refusal(() => checkInteger(2 ** 60, place, { min: 0 })).message).toContain("below 2^53");
    expect(refusal(() => checkInteger("3", place, { min: 0 })).message).toBe('sig: degree must be an integer, got the string "3"');
  });
});

it("flags are booleans and numbers are finite", () => {
  expect(checkFlag(false, place)).toBe(false);
  for (const value of [0, 1, "true", null, undefined]) expect(refusal(() => checkFlag(value, place)).name).toBe("SigTypeError");
  expect(checkFinite(-1.5, place)).toBe(-1.5);
  for (const value of [NaN, Infinity]) expect(refusal(() => checkFinite(value, place)).name).toBe("SigRangeError");
  for (const value of ["1", null, 1n]) expect(refusal(() => checkFinite(value, place)).name).toBe("SigTypeError");
});

describe("tensors", () => {
  const tensor = makeTensor(new Float64Array(6), [3, 2]);
  const single = makeTensor(new Float32Array(6), [3, 2]);
  const other = { operation: "sig", argument: "derivs" };

  it("must agree in dtype", () => {
    checkSameDtype(tensor, place, tensor, other);
    expect(refusal(() => checkSameDtype(single, place, tensor, other))).toMatchObject({
      name: "SigTypeError",
      code: "INVALID_DTYPE",
      argument: "derivs",
    });
  });

  it("must have their axes and shape", () => {
    checkRank(tensor, place, 2, "(..., length, dimension)");
    expect(refusal(() => checkRank(tensor, place, 3, "(batch, length, dimension)")).message).toBe(
      "sig: degree must have shape (batch, length, dimension), got shape (3, 2)",
    );
    checkShape(tensor, place, [3, 2]);
    const swapped = refusal(() => checkShape(tensor, place, [2, 3]));
    expect(swapped).toMatchObject({ name: "SigRangeError", code: "INVALID_SHAPE" });
    expect(swapped.message).toContain("swapped");
    expect(refusal(() => checkShape(tensor, place, [6])).message).not.toContain("swapped");
    checkBatch(tensor, place, 1, [3]);
    expect(refusal(() => checkBatch(tensor, place, 1, [1])).code).toBe("INVALID_SHAPE");
    expect(refusal(() => checkBatch(tensor, place, 1, []))).toMatchObject({ code: "INVALID_SHAPE" });
  });
});

describe("readOptions", () => {
  const defaults = Object.freeze({ timeAug: false, leadLag: false, endTime: 1 });
  const read = (options: unknown): object => readOptions("sig", options, defaults);

  it("fills in defaults, and undefined is one", () => {
    expect(read(undefined)).toBe(defaults);
    expect(read({})).toEqual(defaults);
    expect(read({ timeAug: true, endTime: undefined })).toEqual({ timeAug: true, leadLag: false, endTime: 1 });
    expect(read(Object.create(null))).toEqual(defaults);
    expect(read(Object.freeze({ leadLag: 1 }))).toEqual({ timeAug: false, leadLag: 1, endTime: 1 });
  });

  it("reads own properties only", () => {
    expect(read(Object.create({ timeAug: true, foo: 1 }))).toEqual(defaults);
  });

  it.each([
    ["time_aug", "timeAug"],
    ["timeaug", "timeAug"],
    ["TimeAgu", "timeAug"],
    ["lead-lag", "leadLag"],
    ["endtimes", "endTime"],
  ])("%s was probably meant to be %s", (name, meant) => {
    const error = refusal(() => read({ [name]: true }));
    expect(error).toMatchObject({ name: "SigTypeError", code: "UNKNOWN_OPTION", argument: name });
    expect(error.message).toBe(`sig: unknown option "${name}"; did you mean "${meant}"?`);
  });

  it("lists what there is where nothing is near", () => {
    expect(refusal(() => read({ quux: 1 })).message).toBe('sig: unknown option "quux"; known are timeAug, leadLag, endTime');
    expect(refusal(() => readOptions("sig", { quux: 1 }, {})).message).toContain("takes none");
    for (const name of ["toString", "constructor", "__proto__"]) {
      expect(refusal(() => read(JSON.parse(`{"${name}": 1}`))).code).toBe("UNKNOWN_OPTION");
    }
    expect(nearest("x".repeat(1e6), ["timeAug"])).toBe(undefined);
  });

  it.each([null, 1, true, "timeAug", [], new Float64Array(2), () => 0, Symbol("s"), 1n])("refuses %o", (options) => {
    expect(refusal(() => read(options))).toMatchObject({ name: "SigTypeError", code: "INVALID_TYPE", argument: "options" });
  });
});
