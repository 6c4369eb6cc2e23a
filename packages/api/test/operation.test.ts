import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import { setBackend, setMemoryLimit, withBackend, type ErrorCode } from "@sig/core";
import * as promises from "../src/async.js";
import * as api from "../src/index.js";
import { installFake, type FakeBackend } from "./fakeBackend.js";

let fake: FakeBackend;
let other: FakeBackend;
beforeAll(() => {
  fake = installFake("fake", 1000, 7);
  other = installFake("other", 500, 5);
  setBackend("fake");
});
beforeEach(() => {
  fake.calls.length = 0;
  other.calls.length = 0;
});
afterEach(() => setMemoryLimit(null));
afterAll(() => setBackend(null));

const path = [
  [0, 0],
  [1, 2],
  [4, 3],
];

interface Refusal {
  readonly code: ErrorCode;
  readonly operation: string;
  readonly argument: string;
}

function refusal(run: () => unknown): Refusal & Error {
  try {
    run();
  } catch (error) {
    return error as Refusal & Error;
  }
  throw new Error("nothing was thrown");
}

describe("a backend", () => {
  test("is that of withBackend while it lasts", () => {
    expect(withBackend("other", () => api.sig(path, 1)).data[0]).toBe(5);
    expect(api.sig(path, 1).data[0]).toBe(7);
  });

  test("is chosen by a promise when it is called, for all its steps", async () => {
    const pending = withBackend("other", () => {
      const inner = promises.logSig(path, 2);
      return { inner };
    });
    await pending.inner;
    expect(other.calls.map(({ operation }) => operation)).toEqual(["sig", "sigToLogSig"]);
    expect(fake.calls).toEqual([]);
  });

  test("is named by the options of a promise", async () => {
    expect((await promises.sig(path, 1, { backend: "other" })).data[0]).toBe(5);
    await expect(promises.sig(path, 1, { backend: "abacus" })).rejects.toMatchObject({
      code: "NO_BACKEND",
      operation: "sig",
      argument: "backend",
    });
  });

  test("is no option of the synchronous form", () => {
    expect(refusal(() => api.sig(path, 1, { backend: "other" } as object))).toMatchObject({ code: "UNKNOWN_OPTION", argument: "backend" });
  });
});

test("both forms have exact types, for the host and for devices", () => {
  type Host<F> = F extends { (...args: never): unknown; (...args: infer A): infer R } ? (...args: A) => R : never;
  type Device<F> = F extends { (...args: infer A): infer R; (...args: never): unknown } ? (...args: A) => R : never;
  type Options = api.SigOptions & api.PromiseOptions;
  expectTypeOf<Host<typeof api.sig>>().toEqualTypeOf<(path: api.TensorLike, degree: number, options?: api.SigOptions) => api.Tensor>();
  expectTypeOf<Device<typeof api.sig>>().toEqualTypeOf<
    (path: api.DeviceTensor, degree: number, options?: api.SigOptions) => api.DeviceTensor
  >();
  expectTypeOf<Host<typeof promises.sig>>().returns.resolves.toEqualTypeOf<api.Tensor>();
  expectTypeOf<Device<typeof promises.sig>>().returns.resolves.toEqualTypeOf<api.DeviceTensor>();
  expectTypeOf<Host<typeof promises.sig>>().parameters.toEqualTypeOf<[api.TensorLike, number, Options?]>();
  expectTypeOf<Host<typeof promises.sigJoinBackprop>>().returns.resolves.toEqualTypeOf<[api.Tensor, api.Tensor]>();
  expectTypeOf<Device<typeof promises.sigJoinBackprop>>().returns.resolves.toEqualTypeOf<[api.DeviceTensor, api.DeviceTensor]>();
});

describe("a promise", () => {
  test("gives what the synchronous form gives", async () => {
    expect(await promises.sig(path, 2, { scalarTerm: true })).toEqual(api.sig(path, 2, { scalarTerm: true }));
    expect(await promises.sigCombineBackprop([1, 1], [1, 2], [3, 4], 2, 1)).toEqual(api.sigCombineBackprop([1, 1], [1, 2], [3, 4], 2, 1));
    expect(await promises.sig([[1, 2]], 2)).toEqual(api.sig([[1, 2]], 2));
  });

  test("has copied every input before it first waits", async () => {
    const data = Float64Array.of(0, 0, 1, 2, 4, 3);
    const derivs = Float64Array.of(1, 1);
    const pending = promises.sigBackprop({ data, shape: [3, 2] }, Float64Array.of(4, 3), derivs, 1);
    data.fill(-1);
    structuredClone(derivs.buffer, { transfer: [derivs.buffer] });
    await pending;
    expect(fake.calls[0]?.call).toMatchObject({ path: Float64Array.of(0, 0, 1, 2, 4, 3), derivs: { data: Float64Array.of(1, 1) } });
  });

  test("rejects instead of throwing", async () => {
    await expect(promises.sig("path" as never, 2)).rejects.toMatchObject({ code: "INVALID_TYPE", operation: "sig", argument: "path" });
    await expect(promises.sig(path, 2, { onProgress: 3 as never })).rejects.toMatchObject({ argument: "onProgress" });
    await expect(promises.sig(path, 2, { signal: {} as never })).rejects.toMatchObject({ argument: "signal" });
  });

  test("rejects with the reason of its signal, before any work where it was aborted already", async () => {
    const reason = new Error("enough");
    await expect(promises.sig(path, 2, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(promises.sig("path" as never, 2, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await expect(promises.sig([[1, 2]], 2, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(fake.calls).toEqual([]);
    const controller = new AbortController();
    const pending = promises.logSig(path, 2, { signal: controller.signal, onProgress: (f) => f > 0.9 && controller.abort(reason) });
    await expect(pending).rejects.toBe(reason);
    expect(fake.calls.map(({ operation }) => operation)).toEqual(["sig"]);
  });

  test.each([
    ["sig", () => promises.sig, [path, 2]],
    ["sigInverseBackprop", () => promises.sigInverseBackprop, [[1, 1], [1, 1], 2, 1]],
    ["logSigBackprop", () => promises.logSigBackprop, [path, [1, 1, 1], 2]],
    ["a result without any work", () => promises.sig, [[[1, 2]], 2]],
  ])("reports progress that never falls and ends at 1: %s", async (_, operation, args) => {
    const seen: number[] = [];
    const run = operation() as (...all: unknown[]) => Promise<unknown>;
    await run(...args, { onProgress: (fraction: number) => seen.push(fraction) });
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  });

  test("rejects with what its progress listener throws, once", async () => {
    const listener = vi.fn(() => {
      throw new Error("listener");
    });
    await expect(promises.logSig(path, 2, { onProgress: listener })).rejects.toThrow("listener");
    expect(listener).toHaveBeenCalledTimes(1);
  });
});

describe("an error names its argument", () => {
  const nine = new Array<number>(9).fill(0);
  test.each<[string, () => unknown, Refusal]>([
    ["no path", () => api.sig(undefined as never, 2), { code: "INVALID_TYPE", operation: "sig", argument: "path" }],
    ["rank 1", () => api.sig([1, 2], 2), { code: "INVALID_SHAPE", operation: "sig", argument: "path" }],
    ["no channels", () => api.logSig([[], []], 2, { timeAug: true }), { code: "INVALID_SHAPE", operation: "logSig", argument: "path" }],
    ["degree -1", () => api.sig(path, -1), { code: "INVALID_VALUE", operation: "sig", argument: "degree" }],
    ["degree 1.5", () => api.sig(path, 1.5), { code: "INVALID_VALUE", operation: "sig", argument: "degree" }],
    ["degree 0 of a logarithm", () => api.logSig(path, 0), { code: "INVALID_VALUE", operation: "logSig", argument: "degree" }],
    ["dimension 0", () => api.sigCombine([], [], 0, 2), { code: "INVALID_VALUE", operation: "sigCombine", argument: "dimension" }],
    ["flag 1", () => api.sig(path, 2, { timeAug: 1 as never }), { code: "INVALID_TYPE", operation: "sig", argument: "timeAug" }],
    ["nJobs 0", () => api.sig([[1, 2]], 2, { nJobs: 0 }), { code: "INVALID_VALUE", operation: "sig", argument: "nJobs" }],
    [
      "endTime NaN",
      () => api.transformPath(path, { endTime: NaN }),
      { code: "INVALID_VALUE", operation: "transformPath", argument: "endTime" },
    ],
    ["length of sig1", () => api.sigCombine(nine, nine, 2, 2), { code: "INVALID_SHAPE", operation: "sigCombine", argument: "sig1" }],
    ["batch of sig2", () => api.sigCombine([[1, 2]], [1, 2], 2, 1), { code: "INVALID_SHAPE", operation: "sigCombine", argument: "sig2" }],
    [
      "dtype of derivs",
      () => api.linearSigBackprop(new Float32Array(2), [1, 2], 2, 1),
      { code: "INVALID_DTYPE", operation: "linearSigBackprop", argument: "derivs" },
    ],
    [
      "a longer displacement",
      () => api.sigJoin([1, 2], [1, 2, 3], 2, 1),
      { code: "INVALID_SHAPE", operation: "sigJoin", argument: "displacement" },
    ],
    [
      "a longer log-signature",
      () => api.logSigToSig([1, 2, 3, 4], 2, 2),
      { code: "INVALID_SHAPE", operation: "logSigToSig", argument: "logSig" },
    ],
    ["method 4", () => api.logSig(path, 2, { method: 4 as never }), { code: "INVALID_VALUE", operation: "logSig", argument: "method" }],
    [
      "method 3 without path",
      () => api.sigToLogSig([1, 2], 2, 1, { method: 3 as never }),
      { code: "INVALID_VALUE", operation: "sigToLogSig", argument: "method" },
    ],
    [
      "even points after lead-lag",
      () => api.transformPathBackprop(path.slice(1), { leadLag: true }),
      { code: "INVALID_SHAPE", operation: "transformPathBackprop", argument: "derivs" },
    ],
    [
      "odd channels after lead-lag",
      () => api.transformPathBackprop(path, { leadLag: true, timeAug: true }),
      { code: "INVALID_SHAPE", operation: "transformPathBackprop", argument: "derivs" },
    ],
    ["a letter too far", () => api.sigCoef(path, [[0, 2]]), { code: "INVALID_VALUE", operation: "sigCoef", argument: "words" }],
    [
      "a word too long",
      () => api.extractSigCoef([1, 2], [0, 0], 2),
      { code: "INVALID_VALUE", operation: "extractSigCoef", argument: "words" },
    ],
    [
      "the empty word without scalar term",
      () => api.extractSigCoef([1, 2], [[]], 2),
      { code: "INVALID_VALUE", operation: "extractSigCoef", argument: "words" },
    ],
    [
      "a wrong scalarTerm",
      () => api.extractSigCoef([1, 4, 3], [0], 2),
      { code: "INVALID_SHAPE", operation: "extractSigCoef", argument: "sig" },
    ],
    [
      "number of coefs",
      () => api.sigCoefBackprop(path, [[0, 1]], [1], [1]),
      { code: "INVALID_SHAPE", operation: "sigCoefBackprop", argument: "coefs" },
    ],
    ["too large", () => api.sig(path, 60), { code: "TOO_LARGE", operation: "sig", argument: "degree" }],
    ["too many lyndon words", () => api.logSig(path, 70), { code: "TOO_LARGE", operation: "logSig", argument: "degree" }],
  ])("%s", (_, run, expected) => {
    const error = refusal(run);
    expect(error).toMatchObject(expected);
    expect(error.message).toMatch(new RegExp(`^${expected.operation}: ${expected.argument} `));
    expect(error).toBeInstanceOf(["INVALID_TYPE", "INVALID_DTYPE"].includes(expected.code) ? api.SigTypeError : api.SigRangeError);
    expect(fake.calls).toEqual([]);
  });

  test("with the nearest known option", () => {
    expect(refusal(() => api.sig(path, 2, { time_aug: true } as object)).message).toContain('did you mean "timeAug"?');
  });

  test("and asks whether length and channels are swapped", () => {
    const wide = { data: new Float64Array(6), shape: [2, 3] };
    expect(refusal(() => api.sigBackprop(wide, new Float64Array(6), new Float64Array(6), 2)).message).toContain("swapped?");
    setMemoryLimit(1e6);
    const wider = { data: new Float64Array(3000), shape: [3, 1000] };
    expect(refusal(() => api.sig(wider, 2)).message).toContain("the path has 3 points of 1000 channels: are length and channels swapped?");
  });
});

test("an argument that is cut short while another is read is refused by name", () => {
  const buffer = new (ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer & { resize(bytes: number): void })(48, {
    maxByteLength: 48,
  });
  const second = {
    data: new Float64Array(6),
    get shape() {
      buffer.resize(24);
      return [6];
    },
  };
  expect(refusal(() => api.sigCombine(new Float64Array(buffer), second, 2, 2))).toMatchObject({
    code: "DETACHED",
    operation: "sigCombine",
    argument: "sig1",
  });
  expect(fake.calls).toEqual([]);
});
