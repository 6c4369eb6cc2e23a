import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { setBackend, setMemoryLimit, type ErrorCode } from "@sig/core";
import * as promises from "../src/async.js";
import * as api from "../src/index.js";
import { installFake, type FakeBackend } from "./fakeBackend.js";
import { installReference } from "./referenceBackend.js";

let fake: FakeBackend;
beforeAll(() => {
  fake = installFake("fake", 1000);
  installReference();
});
beforeEach(() => {
  setBackend("fake");
  fake.calls.splice(0);
});
afterAll(() => setBackend(null));

const zeros = (...shape: number[]) => ({ data: new Float64Array(shape.reduce((size, axis) => size * axis, 1)), shape });
const asked = (): string[] => fake.calls.map(({ operation }) => operation);
const fd = { dyadicOrder: 0 };
const values = (tensor: api.Tensor | null): number[] => [...(tensor?.data ?? [])];

const x = [
  [0, 0],
  [1, 0.5],
  [0.5, 1],
];
const y = [
  [0, 0],
  [0.5, 1],
  [1, 1],
];

describe("shapes", () => {
  const one = zeros(3, 2);
  const some = zeros(4, 3, 2);
  const rbf = new api.RBFKernel(1);
  test.each<[string, () => api.Tensor, number[], string[]]>([
    ["of a pair", () => api.sigKernel(one, one, fd), [], ["sigKernel"]],
    ["of a batch", () => api.sigKernel(zeros(2, 2, 3, 2), zeros(2, 2, 5, 2), fd), [2, 2], ["sigKernel"]],
    ["of a grid", () => api.sigKernel(some, zeros(4, 5, 2), { dyadicOrder: [1, 0], returnGrid: true }), [4, 5, 5], ["sigKernel"]],
    [
      "of a grid of polynomials",
      () => api.sigKernel(some, zeros(4, 5, 2), { method: "polynomial", order: 3, returnGrid: true }),
      [4, 3, 5],
      ["sigKernel"],
    ],
    [
      "under lead-lag",
      () => api.sigKernel(one, one, { ...fd, leadLag: true, returnGrid: true }),
      [5, 5],
      ["transformPath", "transformPath", "sigKernel"],
    ],
    ["normalised", () => api.sigKernel(some, some, { ...fd, normalize: true }), [4], ["sigKernel", "sigKernel", "sigKernel"]],
    ["of no pair", () => api.sigKernel(zeros(2, 0, 3, 2), zeros(2, 0, 3, 2), { ...fd, timeAug: true }), [2, 0], []],
    ["of a gram", () => api.sigKernelGram(some, zeros(2, 3, 5, 2), fd), [4, 2, 3], ["sigKernel"]],
    ["of a gram of two paths", () => api.sigKernelGram(one, one, fd), [], ["sigKernel"]],
    ["of one batch", () => api.sigKernelGram(some, { ...fd, staticKernel: rbf, leadLag: true }), [4, 4], ["transformPath", "sigKernel"]],
    ["of one batch, normalised", () => api.sigKernelGram(some, { ...fd, normalize: true }), [4, 4], ["sigKernel"]],
    [
      "of a grid of one batch",
      () => api.sigKernelGram(zeros(2, 2, 3, 2), undefined, { ...fd, returnGrid: true }),
      [2, 2, 2, 2, 3, 3],
      ["sigKernel"],
    ],
    ["of a gram with nothing", () => api.sigKernelGram(zeros(0, 3, 2), some, fd), [0, 4], []],
    ["of nothing", () => api.sigKernelGram(zeros(0, 3, 2), fd), [0, 0], []],
    [
      "of a gram with nothing, normalised",
      () => api.sigKernelGram(some, zeros(0, 3, 2), { ...fd, normalize: true }),
      [4, 0],
      ["sigKernel"],
    ],
  ])("%s", (_, run, shape, operations) => {
    expect(run().shape).toEqual(shape);
    expect(asked()).toEqual(operations);
  });

  test("the backend is told everything", () => {
    api.sigKernel(zeros(4, 3, 2), zeros(4, 5, 2), {
      dyadicOrder: [2, 1],
      staticKernel: new api.RationalQuadraticKernel(2, 3),
      timeAug: true,
      nJobs: 3,
    });
    expect(fake.calls[2]?.call).toMatchObject({
      dtype: "float64",
      batch: 4,
      batchY: 4,
      threads: 3,
      pairing: "pairs",
      length: 3,
      lengthY: 5,
      dimension: 3,
      staticKernel: { name: "rationalQuadratic", parameters: [2, 3] },
      solver: { method: "finiteDifference", dyadicOrder: [2, 1] },
      grid: false,
    });
    expect(fake.calls[2]?.call["out"]).toHaveLength(4);
  });

  test("a triangle is asked for by the call alone, and only where the kernel is symmetric", () => {
    const paths = zeros(3, 3, 2);
    const pairing = (): unknown => fake.calls.at(-1)?.call["pairing"];
    api.sigKernelGram(paths, paths, fd);
    expect(pairing()).toBe("gram");
    api.sigKernelGram(paths, fd);
    expect(pairing()).toBe("triangle");
    api.sigKernelGram(paths, { dyadicOrder: [1, 0] });
    expect(pairing()).toBe("gram");
    api.sigKernelGram(paths, undefined, { method: "polynomial", order: 4 });
    expect(pairing()).toBe("triangle");
  });
});

describe("a grid that was kept", () => {
  const paths = zeros(2, 3, 1);
  const grids = { data: Float64Array.from({ length: 36 }, (_, i) => i), shape: [2, 2, 3, 3] };
  const given = (): unknown[] => fake.calls.map(({ call }) => call["kGrid"]);

  test("reaches the backend, and not with polynomials", () => {
    api.sigKernelGramBackprop(zeros(2, 2), paths, paths, { ...fd, kGrid: grids });
    api.sigKernelGramBackprop(zeros(2, 2), paths, { ...fd, kGrid: grids });
    api.sigKernelGramBackprop(zeros(2, 2), paths, paths, { method: "polynomial", order: 3, kGrid: grids });
    expect(given()).toEqual([grids.data, grids.data, undefined]);
  });

  test("is cut into the tiles of a user's kernel", () => {
    class Mine extends api.LinearKernel {
      override gradY(memory: api.Context, derivs: api.Tensor): api.Tensor {
        return super.gradY(memory, derivs);
      }
    }
    const options = { ...fd, kGrid: grids, staticKernel: new Mine(), maxBatch: 1 };
    api.sigKernelGramBackprop(zeros(2, 2), paths, paths, options);
    expect(asked()).toEqual(new Array(4).fill("incrementKernelBackprop"));
    expect(given()).toEqual([0, 9, 18, 27].map((at) => grids.data.subarray(at, at + 9)));
  });
});

describe("a path of one point or none", () => {
  test.each([
    ["one point", zeros(1, 2), [1, 5]],
    ["no point", zeros(0, 2), [1, 5]],
  ])("%s has the kernel 1", (_, path, nodes) => {
    const other = zeros(5, 2);
    for (const options of [fd, { ...fd, leadLag: true }, { ...fd, timeAug: true }, { method: "polynomial" as const, order: 2 }]) {
      expect(values(api.sigKernel(path, other, options))).toEqual([1]);
      expect(values(api.sigKernelGram(path, { ...options, normalize: true }))).toEqual([1]);
    }
    const grid = api.sigKernel(path, other, { ...fd, returnGrid: true });
    expect(grid.shape).toEqual(nodes);
    expect(new Set(grid.data)).toEqual(new Set([1]));
    expect(asked()).not.toContain("sigKernel");
  });

  test("has no gradient", () => {
    const [dX, dY] = api.sigKernelBackprop(1, zeros(1, 2), zeros(3, 2), { ...fd, leadLag: true, rightDeriv: true });
    expect([dX?.shape, dY?.shape]).toEqual([
      [1, 2],
      [3, 2],
    ]);
    expect([...values(dX), ...values(dY)].every((value) => value === 0)).toBe(true);
    expect(asked()).toEqual(["transformPath"]);
  });

  test("is normalised by the other path's own kernel", () => {
    setBackend("reference");
    const own = api.sigKernel(y, y, { dyadicOrder: 1 }).data[0]!;
    expect(api.sigKernel([[1, 2]], y, { dyadicOrder: 1, normalize: true }).data[0]).toBeCloseTo(1 / Math.sqrt(own), 14);
  });
});

describe("values", () => {
  beforeEach(() => setBackend("reference"));

  test.each<[string, api.SigKernelOptions, number]>([
    ["finite differences", { dyadicOrder: 2 }, 2.9023589692457565],
    ["of unequal orders", { dyadicOrder: [0, 1] }, 2.92803579351716],
    ["polynomials", { method: "polynomial", order: 8 }, 2.8980458402567995],
    ["time", { dyadicOrder: 1, timeAug: true, endTime: 2 }, 20.567849642531165],
    ["lead-lag and time", { dyadicOrder: 1, leadLag: true, timeAug: true }, 11.560135556715098],
    ["normalised", { dyadicOrder: 1, normalize: true }, 0.77428054],
  ])("%s", (_, options, expected) => {
    expect(api.sigKernel(x, y, options).data[0]! / expected).toBeCloseTo(1, 8);
  });

  test("one batch gives what the gram of two gives, normalised or not, grids too", () => {
    const paths = [x, y, x.map(([a, b]) => [2 * a!, -b!])];
    for (const options of [fd, { dyadicOrder: [1, 0] as const }, { ...fd, normalize: true }, { ...fd, returnGrid: true, timeAug: true }]) {
      const one = api.sigKernelGram(paths, options);
      const two = api.sigKernelGram(paths, paths, options);
      expect(one.shape).toEqual(two.shape);
      one.data.forEach((value, i) => expect(value).toBeCloseTo(two.data[i]!, 13));
    }
    expect(values(api.sigKernelGram(paths, { ...fd, normalize: true })).filter((_, i) => i % 4 === 0)).toEqual([1, 1, 1]);
  });

  test("normalised kernels are NaN where a path's own kernel is not positive", () => {
    const steep = [[0], [3], [0], [-3], [2.5], [2]];
    const heard: string[] = [];
    const onWarning = (message: string): void => void heard.push(message);
    const own = api.sigKernel(steep, steep, { ...fd, onWarning }).data[0]!;
    expect(own).toBeLessThan(0);
    expect(heard).toEqual([]);
    expect(api.sigKernel(steep, [[0], [1]], { ...fd, normalize: true, onWarning }).data[0]).toBeNaN();
    expect(heard).toHaveLength(1);
  });

  test("the promise form gives the same", async () => {
    const options = { dyadicOrder: 1, timeAug: true, normalize: true };
    expect(await promises.sigKernelGram([x, y], options)).toEqual(api.sigKernelGram([x, y], options));
    expect(await promises.sigKernel(x, y, { dyadicOrder: 1, health: true })).toEqual(api.sigKernel(x, y, { dyadicOrder: 1, health: true }));
    const [dX] = await promises.sigKernelBackprop(1, x, y, { dyadicOrder: 1 });
    expect(dX).toEqual(api.sigKernelBackprop(1, x, y, { dyadicOrder: 1 })[0]);
    expect(await promises.sigKernelGramBackprop(zeros(2, 2), [x, y], fd)).toEqual(api.sigKernelGramBackprop(zeros(2, 2), [x, y], fd));
  });

  const everything = { ...fd, leadLag: true, normalize: true };
  test.each<[string, number, (onProgress: (fraction: number) => void) => Promise<unknown>]>([
    ["kernels", 6, (onProgress) => promises.sigKernel([x, y], [y, x], { ...everything, health: true, onProgress })],
    ["gradients", 9, (onProgress) => promises.sigKernelBackprop([1, 2], [x, y], [y, x], { ...everything, rightDeriv: true, onProgress })],
    ["one gradient", 5, (onProgress) => promises.sigKernelGramBackprop(zeros(2, 2), [x, y], { ...everything, onProgress })],
    ["gradients of a distance", 7, (onProgress) => promises.sigMmdBackprop(1, [x, y], [y, x], { ...fd, leadLag: true, onProgress })],
  ])("progress of %s takes many steps, never falls and ends at 1", async (_, steps, run) => {
    const seen: number[] = [];
    await run((fraction) => seen.push(fraction));
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    expect(seen.length).toBeGreaterThanOrEqual(steps);
    expect(seen.at(-1)).toBe(1);
    expect(seen.slice(0, -1).every((fraction) => fraction < 1)).toBe(true);
  });
});

interface Refusal {
  readonly code: ErrorCode;
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

describe("a refusal names its argument", () => {
  const path = zeros(3, 2);
  const pairs = zeros(4, 3, 2);
  test.each<[string, () => unknown, ErrorCode, string]>([
    ["no dyadic order", () => api.sigKernel(path, path, {}), "INVALID_VALUE", "dyadicOrder"],
    ["no options at all", () => api.sigKernel(path, path, undefined as never), "INVALID_VALUE", "dyadicOrder"],
    ["no order", () => api.sigKernel(path, path, { method: "polynomial" }), "INVALID_VALUE", "order"],
    ["both orders", () => api.sigKernel(path, path, { ...fd, order: 3 }), "INVALID_VALUE", "order"],
    [
      "a dyadic order of polynomials",
      () => api.sigKernel(path, path, { method: "polynomial", order: 3, ...fd }),
      "INVALID_VALUE",
      "dyadicOrder",
    ],
    ["order 1", () => api.sigKernel(path, path, { method: "polynomial", order: 1 }), "INVALID_VALUE", "order"],
    ["order 65", () => api.sigKernel(path, path, { method: "polynomial", order: 65 }), "INVALID_VALUE", "order"],
    ["order true", () => api.sigKernel(path, path, { method: "polynomial", order: true as never }), "INVALID_TYPE", "order"],
    ["a method that is none", () => api.sigKernel(path, path, { method: "finiteDifference" as never, ...fd }), "INVALID_VALUE", "method"],
    ["a number for a method", () => api.sigKernel(path, path, { method: 1 as never, ...fd }), "INVALID_TYPE", "method"],
    ["dyadic order -1", () => api.sigKernel(path, path, { dyadicOrder: -1 }), "INVALID_VALUE", "dyadicOrder"],
    ["dyadic order 1.5", () => api.sigKernel(path, path, { dyadicOrder: [1.5, 1] }), "INVALID_VALUE", "dyadicOrder"],
    ["three dyadic orders", () => api.sigKernel(path, path, { dyadicOrder: [1, 1, 1] as never }), "INVALID_VALUE", "dyadicOrder"],
    ["a dyadic order in words", () => api.sigKernel(path, path, { dyadicOrder: "1" as never }), "INVALID_TYPE", "dyadicOrder"],
    ["a dyadic order of 32 for both", () => api.sigKernel(path, path, { dyadicOrder: 32 }), "INVALID_VALUE", "dyadicOrder"],
    ["a grid beyond all numbers", () => api.sigKernel(path, path, { dyadicOrder: [60, 0] }), "TOO_LARGE", "dyadicOrder"],
    [
      "the class of a kernel",
      () => api.sigKernel(path, path, { ...fd, staticKernel: api.LinearKernel as never }),
      "INVALID_TYPE",
      "staticKernel",
    ],
    ["null for a kernel", () => api.sigKernel(path, path, { ...fd, staticKernel: null as never }), "INVALID_TYPE", "staticKernel"],
    ["other leading axes", () => api.sigKernel(pairs, path, fd), "INVALID_SHAPE", "path2"],
    ["another dimension", () => api.sigKernelGram(pairs, zeros(4, 3, 3), fd), "INVALID_SHAPE", "path2"],
    ["another dtype", () => api.sigKernelGram(pairs, { data: new Float32Array(6), shape: [3, 2] }, fd), "INVALID_DTYPE", "path2"],
    ["no channels", () => api.sigKernel(zeros(3, 0), zeros(3, 0), fd), "INVALID_SHAPE", "path1"],
    ["rank 1", () => api.sigKernelGram(pairs, [1, 2], fd), "INVALID_SHAPE", "path2"],
    ["null for the second batch", () => api.sigKernelGram(pairs, null as never, fd), "INVALID_TYPE", "path2"],
    ["a grid normalised", () => api.sigKernel(path, path, { ...fd, returnGrid: true, normalize: true }), "INVALID_VALUE", "normalize"],
    ["maxBatch 0", () => api.sigKernelGram(pairs, { ...fd, maxBatch: 0 }), "INVALID_VALUE", "maxBatch"],
    ["maxBatch of pairs", () => api.sigKernel(path, path, { ...fd, maxBatch: 2 } as object), "UNKNOWN_OPTION", "maxBatch"],
    ["health 1", () => api.sigKernel(path, path, { ...fd, health: 1 as never }), "INVALID_TYPE", "health"],
    ["a warning to nobody", () => api.sigKernel(path, path, { ...fd, onWarning: null as never }), "INVALID_TYPE", "onWarning"],
    ["derivs of another shape", () => api.sigKernelBackprop(zeros(5), pairs, pairs, fd), "INVALID_SHAPE", "derivs"],
    ["one derivative for four", () => api.sigKernelBackprop(1, pairs, pairs, fd), "INVALID_SHAPE", "derivs"],
    [
      "derivs that are no grid",
      () => api.sigKernelBackprop(zeros(4), pairs, pairs, { ...fd, returnGrid: true }),
      "INVALID_SHAPE",
      "derivs",
    ],
    ["a larger gram of derivs", () => api.sigKernelGramBackprop(zeros(5, 4), pairs, pairs, fd), "INVALID_SHAPE", "derivs"],
    ["float32 derivs", () => api.sigKernelBackprop(new Float32Array(4), pairs, pairs, fd), "INVALID_DTYPE", "derivs"],
    [
      "another grid",
      () => api.sigKernelBackprop(zeros(4), pairs, pairs, { dyadicOrder: 1, kGrid: zeros(4, 3, 3) }),
      "INVALID_SHAPE",
      "kGrid",
    ],
    ["leftDeriv 1", () => api.sigKernelBackprop(1, path, path, { ...fd, leftDeriv: 1 as never }), "INVALID_TYPE", "leftDeriv"],
    [
      "one side of one batch",
      () => api.sigKernelGramBackprop(zeros(4, 4), pairs, { ...fd, leftDeriv: true }),
      "INVALID_VALUE",
      "leftDeriv",
    ],
    ["health of a gradient", () => api.sigKernelBackprop(1, path, path, { ...fd, health: true } as object), "UNKNOWN_OPTION", "health"],
  ])("%s", (_, run, code, argument) => {
    const error = refusal(run);
    expect(error).toMatchObject({ code, argument });
    const kind = ["INVALID_TYPE", "INVALID_DTYPE", "UNKNOWN_OPTION"].includes(code) ? api.SigTypeError : api.SigRangeError;
    expect(error).toBeInstanceOf(kind);
    expect(fake.calls).toEqual([]);
  });

  test("with what was probably meant", () => {
    expect(refusal(() => api.sigKernelGram(pairs, { dyadic_order: 1 } as object)).message).toContain('did you mean "dyadicOrder"?');
    expect(refusal(() => api.sigKernel(path, path, { method: "polynomials" as never })).message).toContain('did you mean "polynomial"?');
    expect(refusal(() => api.sigKernel(path, path, { ...fd, staticKernel: api.LinearKernel as never })).message).toContain(
      "an instance is needed",
    );
  });

  test("and a grid beyond the ceiling is refused before it is made", () => {
    setMemoryLimit(1e6);
    expect(refusal(() => api.sigKernel(path, path, { dyadicOrder: 9, returnGrid: true }))).toMatchObject({
      code: "TOO_LARGE",
      argument: "returnGrid",
    });
    setMemoryLimit(null);
  });
});
