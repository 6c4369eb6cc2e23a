import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setBackend } from "@sig/core";
import * as api from "../src/index.js";
import { installReference } from "./referenceBackend.js";

beforeAll(() => {
  installReference();
  setBackend("reference");
});
afterAll(() => setBackend(null));

let seed = 1;
/** Numbers in [-1, 1) that are the same in every run. */
function random(...shape: number[]): api.Tensor {
  const data = Float64Array.from({ length: shape.reduce((size, axis) => size * axis, 1) }, () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2 ** 30 - 1;
  });
  return { data, shape, dtype: "float64" };
}

/** The gradient of `sum(derivs * value(x))` by differences of fourth order. */
function differences(value: (x: api.Tensor) => api.Tensor, derivs: api.Tensor, x: api.Tensor): number[] {
  const at = (i: number, h: number): number => {
    const data = x.data.slice();
    data[i]! += h;
    return [...value({ ...x, data }).data].reduce((sum, out, k) => sum + out * derivs.data[k]!, 0);
  };
  const h = 1e-3;
  return [...x.data].map((_, i) => (8 * (at(i, h) - at(i, -h)) - (at(i, 2 * h) - at(i, -2 * h))) / (12 * h));
}

function expectClose(gradient: api.Tensor | null, x: api.Tensor, expected: number[]): void {
  expect(gradient?.shape).toEqual(x.shape);
  const scale = Math.max(...expected.map(Math.abs));
  expect(scale).toBeGreaterThan(1e-3);
  gradient?.data.forEach((value, i) => expect(Math.abs(value - expected[i]!) / scale, `entry ${i}`).toBeLessThan(1e-8));
}

class Squared extends api.StaticKernel {
  increments(memory: api.Context, x: api.Tensor, y: api.Tensor): api.Tensor {
    const linear = new api.LinearKernel();
    const rho = linear.increments(memory, x, y);
    memory.saveForBackward(...memory.savedTensors, rho);
    return { ...rho, data: rho.data.map((value) => value ** 2) };
  }

  private chain(memory: api.Context, derivs: api.Tensor): api.Tensor {
    const rho = memory.savedTensors[2] as api.Tensor;
    return { ...derivs, data: derivs.data.map((value, i) => 2 * value * rho.data[i]!) };
  }

  gradX(memory: api.Context, derivs: api.Tensor): api.Tensor {
    return new api.LinearKernel().gradX(memory, this.chain(memory, derivs));
  }

  gradY(memory: api.Context, derivs: api.Tensor): api.Tensor {
    return new api.LinearKernel().gradY(memory, this.chain(memory, derivs));
  }
}

const cases: [string, api.SigKernelOptions][] = [
  ["plain", { dyadicOrder: 1 }],
  ["unequal orders", { dyadicOrder: [1, 0] }],
  ["transforms", { dyadicOrder: 0, leadLag: true, timeAug: true, endTime: 0.5 }],
  ["grid", { dyadicOrder: [0, 1], returnGrid: true }],
  ["equal grid", { dyadicOrder: 1, returnGrid: true, timeAug: true }],
  ["normalised", { dyadicOrder: 1, normalize: true }],
  ["normalised, unequal orders, transforms", { dyadicOrder: [0, 1], normalize: true, timeAug: true }],
  ["static kernel", { dyadicOrder: 0, staticKernel: new api.RBFKernel(2), normalize: true }],
  ["a user's kernel", { dyadicOrder: 1, staticKernel: new Squared(), leadLag: true }],
  ["a user's kernel, normalised", { dyadicOrder: [1, 0], staticKernel: new Squared(), normalize: true }],
];

describe.each(cases)("gradients: %s", (_, options) => {
  test("of pairs", () => {
    const [x, y] = [random(2, 4, 2), random(2, 3, 2)];
    const derivs = random(...api.sigKernel(x, y, options).shape);
    const [dX, dY] = api.sigKernelBackprop(derivs, x, y, { ...options, rightDeriv: true });
    expectClose(
      dX,
      x,
      differences((at) => api.sigKernel(at, y, options), derivs, x),
    );
    expectClose(
      dY,
      y,
      differences((at) => api.sigKernel(x, at, options), derivs, y),
    );
  });

  test("of a gram", () => {
    const [x, y] = [random(2, 1, 3, 2), random(3, 4, 2)];
    const derivs = random(...api.sigKernelGram(x, y, options).shape);
    const [dX, dY] = api.sigKernelGramBackprop(derivs, x, y, { ...options, rightDeriv: true });
    expectClose(
      dX,
      x,
      differences((at) => api.sigKernelGram(at, y, options), derivs, x),
    );
    expectClose(
      dY,
      y,
      differences((at) => api.sigKernelGram(x, at, options), derivs, y),
    );
  });

  test("of the gram of one batch", () => {
    const x = random(3, 3, 2);
    const derivs = random(...api.sigKernelGram(x, options).shape);
    const gradient = api.sigKernelGramBackprop(derivs, x, options);
    expectClose(
      gradient,
      x,
      differences((at) => api.sigKernelGram(at, options), derivs, x),
    );
    expect(api.sigKernelGramBackprop(derivs, x, undefined, options)).toEqual(gradient);
    const [dX, dY] = api.sigKernelGramBackprop(derivs, x, x, { ...options, rightDeriv: true });
    expectClose(
      gradient,
      x,
      [...dX!.data].map((value, i) => value + dY!.data[i]!),
    );
  });
});

test("only what is wanted is there", () => {
  const [x, y] = [random(3, 2), random(4, 2)];
  const options = { dyadicOrder: 0 };
  const [dX, dY] = api.sigKernelBackprop(1, x, y, { ...options, rightDeriv: true });
  expect(api.sigKernelBackprop(1, x, y, options)).toEqual([dX, null]);
  expect(api.sigKernelBackprop(1, x, y, { ...options, leftDeriv: false, rightDeriv: true })).toEqual([null, dY]);
  expect(api.sigKernelBackprop(1, x, y, { ...options, leftDeriv: false })).toEqual([null, null]);
});

test("a grid that was kept, derivs as a number or a tensor, and the dtype of the paths", () => {
  const [x, y] = [random(3, 2), random(4, 2)];
  const kGrid = api.sigKernel(x, y, { dyadicOrder: 1, returnGrid: true });
  const gradient = api.sigKernelBackprop(1, x, y, { dyadicOrder: 1, kGrid });
  expect(gradient).toEqual(api.sigKernelBackprop({ data: Float64Array.of(1), shape: [] }, x, y, { dyadicOrder: 1 }));
  const [x32, y32] = [x, y].map((path) => ({ data: Float32Array.from(path.data), shape: path.shape }));
  for (const staticKernel of [undefined, new Squared()]) {
    const [dX, dY] = api.sigKernelGramBackprop(1, x32!, y32!, { dyadicOrder: 1, staticKernel, rightDeriv: true });
    expect([dX?.dtype, dY?.dtype]).toEqual(["float32", "float32"]);
  }
});

test("empty batches have empty gradients in their own shapes", () => {
  const options = { dyadicOrder: 0, timeAug: true, leadLag: true, rightDeriv: true };
  const [dX, dY] = api.sigKernelGramBackprop(random(0, 2), random(0, 3, 2), random(2, 4, 2), options);
  expect([dX?.shape, dY?.shape]).toEqual([
    [0, 3, 2],
    [2, 4, 2],
  ]);
  expect(dY?.data).toEqual(new Float64Array(16));
});
