import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setBackend } from "@sig/core";
import * as promises from "../src/async.js";
import * as api from "../src/index.js";
import { installReference } from "./referenceBackend.js";

beforeAll(() => {
  installReference();
  setBackend("reference");
});
afterAll(() => setBackend(null));

const x = [0, 0, 1, 0.5, 0.5, 1];
const y = [0, 0, 0.5, 1, 1, 1];
const tensor = (paths: number[][]): api.Tensor => ({
  data: Float64Array.from(paths.flat()),
  shape: [paths.length, 3, 2],
  dtype: "float64",
});
const s = tensor([x, y, x.map((value) => value / 2)]);
const t = tensor([y, x.map((value) => 2 * value)]);
const fd = { dyadicOrder: 1 };

describe("values", () => {
  test.each<[string, () => api.Tensor, number[], number[]]>([
    ["score", () => api.sigScore(s, t, fd), [-3.969888490301, -9.325521558785], [2]],
    ["score with lam", () => api.sigScore(s, t, { ...fd, lam: 0.5 }), [-5.065875640901, -10.421508709386], [2]],
    ["score of one path", () => api.sigScore(s, { data: Float64Array.from(y), shape: [3, 2] }, fd), [-3.969888490301], [1]],
    ["expected score", () => api.expectedSigScore(s, t, fd), [-6.647705024543], [1]],
    ["distance", () => api.sigMmd(s, t, fd), [-0.8669808618807426], []],
    ["distance by polynomials", () => api.sigMmd(s, t, { method: "polynomial", order: 8 }), [-0.965325793665425], []],
    ["distance with a static kernel", () => api.sigMmd(s, t, { ...fd, staticKernel: new api.RBFKernel(1) }), [-0.3465549099404952], []],
  ])("%s", (_, run, expected, shape) => {
    const result = run();
    expect(result.shape).toEqual(shape);
    result.data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 10));
  });

  test("samples of any leading axes are flattened, y keeps its own, and the dtype stays", () => {
    const four = { data: Float32Array.from([...x, ...y, ...x, ...y]), shape: [2, 2, 3, 2] };
    const score = api.sigScore(four, { ...four, shape: [4, 1, 3, 2] }, fd);
    expect(score).toMatchObject({ shape: [4, 1], dtype: "float32" });
    expect(api.sigScore(four, { data: new Float32Array(0), shape: [0, 3, 2] }, fd)).toMatchObject({ shape: [0], dtype: "float32" });
    expect(api.sigMmd(four, four, { ...fd, timeAug: true }).dtype).toBe("float32");
  });

  test("of unequal dyadic orders are those of all pairs", () => {
    const options = { dyadicOrder: [1, 0] as const };
    const gram = api.sigKernelGram(s, s, options).data;
    const inside = (gram[1]! + gram[2]! + gram[3]! + gram[5]! + gram[6]! + gram[7]!) / 6;
    expect(gram[1]).not.toBeCloseTo(gram[3]!, 4);
    const between = api.sigKernelGram(s, t, options).data;
    const expected = [0, 1].map((j) => inside - (2 / 3) * (between[j]! + between[j + 2]! + between[j + 4]!));
    api.sigScore(s, t, options).data.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 12));
  });

  test("the promise form gives the same", async () => {
    expect(await promises.sigScore(s, t, { ...fd, leadLag: true })).toEqual(api.sigScore(s, t, { ...fd, leadLag: true }));
    expect(await promises.expectedSigScore(s, t, fd)).toEqual(api.expectedSigScore(s, t, fd));
    expect(await promises.sigMmdBackprop(1, s, t, fd)).toEqual(api.sigMmdBackprop(1, s, t, fd));
    const seen: number[] = [];
    const report = await promises.sigMmd(s, t, { ...fd, timeAug: true, health: true, onProgress: (fraction) => seen.push(fraction) });
    expect(report).toEqual(api.sigMmd(s, t, { ...fd, timeAug: true, health: true }));
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
    expect(seen.at(-1)).toBe(1);
  });
});

/** The gradient of `value(a) * weights` by differences of fourth order. */
function differences(value: (a: api.Tensor) => api.Tensor, weights: readonly number[], a: api.Tensor): number[] {
  const at = (i: number, h: number): number => {
    const data = a.data.slice();
    data[i]! += h;
    return [...value({ ...a, data }).data].reduce((sum, out, k) => sum + out * weights[k]!, 0);
  };
  const h = 1e-3;
  return [...a.data].map((_, i) => (8 * (at(i, h) - at(i, -h)) - (at(i, 2 * h) - at(i, -2 * h))) / (12 * h));
}

function expectClose(gradient: api.Tensor, a: api.Tensor, expected: number[]): void {
  expect(gradient.shape).toEqual(a.shape);
  expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.01);
  gradient.data.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-8 * (1 + Math.abs(expected[i]!))));
}

describe.each<[string, api.SigMmdOptions]>([
  ["plain", fd],
  ["unequal orders and time", { dyadicOrder: [0, 1], timeAug: true }],
  ["static kernel and lead-lag", { dyadicOrder: 0, staticKernel: new api.Matern52Kernel(2), leadLag: true }],
])("gradients: %s", (_, options) => {
  test("of the score", () => {
    const weights = [0.7, -1.3];
    const given = { ...options, lam: 0.4 };
    const [dSample, dY] = api.sigScoreBackprop(Float64Array.from(weights), s, t, given);
    expectClose(
      dSample,
      s,
      differences((a) => api.sigScore(a, t, given), weights, s),
    );
    expectClose(
      dY,
      t,
      differences((a) => api.sigScore(s, a, given), weights, t),
    );
  });

  test("of the expected score", () => {
    const [d1, d2] = api.expectedSigScoreBackprop(2, s, t, options);
    expectClose(
      d1,
      s,
      differences((a) => api.expectedSigScore(a, t, options), [2], s),
    );
    expectClose(
      d2,
      t,
      differences((a) => api.expectedSigScore(s, a, options), [2], t),
    );
    expect(api.expectedSigScoreBackprop([2], s, t, options)).toEqual([d1, d2]);
  });

  test("of the distance", () => {
    const [d1, d2] = api.sigMmdBackprop(-1.5, s, t, options);
    expectClose(
      d1,
      s,
      differences((a) => api.sigMmd(a, t, options), [-1.5], s),
    );
    expectClose(
      d2,
      t,
      differences((a) => api.sigMmd(s, a, options), [-1.5], t),
    );
  });
});

test("gradients of nothing", () => {
  const none = { data: new Float64Array(0), shape: [0, 3, 2] };
  const [dSample, dY] = api.sigScoreBackprop(new Float64Array(0), s, none, fd);
  expect(dSample).toEqual({ ...s, data: new Float64Array(18) });
  expect(dY).toMatchObject({ shape: [0, 3, 2] });
});

test.each<[string, () => unknown, string]>([
  ["a sample of one path", () => api.sigScore({ data: Float64Array.from(x), shape: [3, 2] }, t, fd), "sample"],
  ["a second sample of one path", () => api.sigMmd(s, tensor([x]), fd), "sample2"],
  ["a second sample of none", () => api.expectedSigScore(s, tensor([]), fd), "sample2"],
  ["an infinite lam", () => api.sigScore(s, t, { ...fd, lam: Infinity }), "lam"],
  ["another dimension", () => api.sigMmd(s, { data: new Float64Array(18), shape: [2, 3, 3] }, fd), "sample2"],
  ["derivs of another shape", () => api.sigScoreBackprop(1, s, t, fd), "derivs"],
  ["derivs of a distance that are many", () => api.sigMmdBackprop([1, 2], s, t, fd), "derivs"],
  ["maxBatch 0", () => api.sigMmd(s, t, { ...fd, maxBatch: 0 }), "maxBatch"],
])("%s is refused", (_, run, argument) => {
  expect(run).toThrow(api.SigRangeError);
  expect(run).toThrow(expect.objectContaining({ argument }));
});
