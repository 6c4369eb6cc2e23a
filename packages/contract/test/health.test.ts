import { RBFKernel, sigKernel, sigKernelGram, sigMmd, sigScore } from "@sig/api";
import type { KernelHealth, Tensor } from "@sig/api";
import * as asynchronous from "@sig/api/async";
import { afterEach, describe, expect, it, vi } from "vitest";
import { asTensor, expectSameBits } from "../src/compare.js";
import { copy, itemOf, randomNumbers, randomTensor, stack, tensor } from "../src/tensors.js";
import { UserKernel } from "../src/userKernels.js";

/** A random walk whose steps are uniform up to `step` in each channel. */
function walk(length: number, dimension: number, step: number, seed: number): Tensor {
  const path = randomTensor(randomNumbers(seed), [length, dimension], "float64", step);
  for (let i = dimension; i < path.data.length; i++) path.data[i]! += path.data[i - dimension] ?? NaN;
  return path;
}

const gentle = [walk(20, 3, 0.1, 3), walk(20, 3, 0.1, 4)] as const;
/** There and back, again and again: the kernel with itself is that of a short path, but the coarse grid makes it infinite. */
const zigzag = (width: number): Tensor =>
  tensor(
    Array.from({ length: 150 }, (_, i) => (i % 2) * width),
    [150, 1],
  );
const rough = [zigzag(3), zigzag(2.9)] as const;
/** A path whose kernel with itself, 11 in truth, is below 0 on the coarse grid. */
const hook = tensor([0, 1, 3, 2], [4, 1]);
const line = tensor([0, 0.1, 0.2, 0.3], [4, 1]);

type Listener = (message: string, health: KernelHealth) => void;

/** Every warning of a call, with its value. */
function heard<Value>(run: (onWarning: Listener) => Value): {
  readonly value: Value;
  readonly warnings: { readonly message: string; readonly health: KernelHealth }[];
} {
  const warnings: { message: string; health: KernelHealth }[] = [];
  const value = run((message, health) => warnings.push({ message, health }));
  return { value, warnings };
}

/** The largest magnitude of <x_(i+1) - x_i, y_(j+1) - y_j>. */
function largestIncrement(x: Tensor, y: Tensor): number {
  const steps = (path: Tensor): number[][] => {
    const [length = 0, dimension = 0] = path.shape;
    return Array.from({ length: length - 1 }, (_, i) =>
      Array.from({ length: dimension }, (__, c) => (path.data[(i + 1) * dimension + c] ?? NaN) - (path.data[i * dimension + c] ?? NaN)),
    );
  };
  const products = steps(x).flatMap((a) => steps(y).map((b) => Math.abs(a.reduce((sum, entry, c) => sum + entry * (b[c] ?? NaN), 0))));
  return Math.max(...products);
}

const smallestOrder = (increment: number): number => Math.max(0, Math.ceil(Math.log2(increment) / 2));

afterEach(() => void vi.restoreAllMocks());

describe("health", () => {
  it("is reported on request, and the value is the same", () => {
    const [x, y] = gentle;
    const plain = asTensor(sigKernel(x, y, { dyadicOrder: 0 }));
    const { value, health } = sigKernel(x, y, { dyadicOrder: 0, health: true });
    expectSameBits(value, plain);
    expect(health).toEqual({
      ok: true,
      overflowed: 0,
      negative: 0,
      largestIncrement: expect.closeTo(largestIncrement(x, y), 12) as number,
      dyadicOrder: 0,
    });
    const gram = sigKernelGram(stack([x, y], [2], x.shape, "float64"), { dyadicOrder: 1, normalize: true, health: true });
    expect(gram.health.ok).toBe(true);
    expect(gram.value.shape).toEqual([2, 2]);
  });

  it("names the dyadic order that leaves no cell an increment beyond 1", () => {
    const [x, y] = rough;
    const increment = largestIncrement(x, y);
    for (const options of [{ dyadicOrder: 0 }, { dyadicOrder: [1, 2] }, { method: "polynomial", order: 3 }] as const) {
      const { health } = sigKernel(x, y, { ...options, health: true });
      expect(health.largestIncrement).toBeCloseTo(increment, 9);
      expect(health.dyadicOrder).toBe(smallestOrder(increment));
    }
    expect(smallestOrder(increment)).toBeGreaterThan(1);
  });

  it("comes with overflow: counted, told once, with the order to try", () => {
    const [x, y] = rough;
    const { value, warnings } = heard((onWarning) => sigKernel(x, y, { dyadicOrder: 0, onWarning }));
    expect(Number.isFinite(asTensor(value).data[0])).toBe(false);
    expect(warnings).toHaveLength(1);
    const [{ message, health }] = warnings as [(typeof warnings)[number]];
    expect(health).toMatchObject({ ok: false, overflowed: 1 });
    expect(health.dyadicOrder).toBe(smallestOrder(largestIncrement(x, y)));
    expect(message).toContain("sigKernel");
    expect(message).toContain(`dyadicOrder ${health.dyadicOrder}`);
    expect(sigKernel(x, y, { dyadicOrder: 0, health: true }).health).toEqual(health);
    // The order that was named does help.
    expect(heard((onWarning) => sigKernel(x, y, { dyadicOrder: health.dyadicOrder ?? 0, onWarning })).warnings).toHaveLength(0);
  });

  it("counts each overflow of a gram, on the grid too", () => {
    const [x, y] = rough;
    const both = stack([x, y], [2], x.shape, "float64");
    for (const options of [{}, { returnGrid: true }]) {
      const quiet = asTensor(sigKernelGram(both, copy(both), { dyadicOrder: 0, onWarning: () => undefined }));
      const { warnings } = heard((onWarning) => sigKernelGram(both, copy(both), { dyadicOrder: 0, onWarning, ...options }));
      const overflowed = quiet.data.filter((k) => !Number.isFinite(k)).length;
      expect(overflowed).toBeGreaterThan(2);
      expect(warnings.map(({ health }) => health.overflowed)).toEqual([overflowed]);
    }
  });

  it("says so where no order helps", () => {
    const huge = tensor([0, 1e200, 0], [3, 1]);
    const { warnings } = heard((onWarning) => sigKernel(huge, huge, { dyadicOrder: 0, onWarning }));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]?.health).toMatchObject({ ok: false, overflowed: 1, largestIncrement: Infinity, dyadicOrder: null });
    expect(warnings[0]?.message).toMatch(/no dyadic order/i);
  });

  it("comes with negative kernels of a path with itself, in a symmetric gram and under normalize", () => {
    const batch = stack([hook, line], [2], hook.shape, "float64");
    const own = asTensor(sigKernelGram(batch, copy(batch), { dyadicOrder: 0, onWarning: () => undefined }));
    expect(own.data[0]).toBeLessThan(0);
    const gram = heard((onWarning) => sigKernelGram(batch, { dyadicOrder: 0, onWarning }));
    expect(gram.warnings.map(({ health }) => health)).toMatchObject([{ ok: false, negative: 1, overflowed: 0 }]);
    const normalized = heard((onWarning) => sigKernel(hook, line, { dyadicOrder: 0, normalize: true, onWarning }));
    expect(asTensor(normalized.value).data[0]).toBeNaN();
    expect(normalized.warnings.map(({ health }) => health)).toMatchObject([{ ok: false, negative: 1 }]);
    expect(normalized.warnings[0]?.message).toMatch(/dyadicOrder \d/);
    // A refined grid has no such values.
    const { dyadicOrder } = gram.warnings[0]?.health ?? { dyadicOrder: null };
    expect(heard((onWarning) => sigKernelGram(batch, { dyadicOrder: dyadicOrder ?? 0, onWarning })).warnings).toHaveLength(0);
  });

  it("is not troubled by what may be negative, missing or not a number", () => {
    const segment = tensor([0, 1], [2, 1]);
    const opposite = tensor([0, -2], [2, 1]);
    const sick = copy(segment);
    sick.data[1] = NaN;
    const quiet = [
      (onWarning: Listener) => sigKernel(segment, opposite, { dyadicOrder: 3, onWarning }),
      // Two arguments are two samples, even where they are one object.
      (onWarning: Listener) => sigKernelGram(hook, hook, { dyadicOrder: 0, onWarning }),
      (onWarning: Listener) => sigKernel(sick, segment, { dyadicOrder: 0, onWarning }),
      (onWarning: Listener) =>
        sigKernelGram(stack([sick, segment], [2], [2, 1], "float64"), { dyadicOrder: 0, normalize: true, onWarning }),
      (onWarning: Listener) => sigKernel(itemOf(segment, 2, 0), tensor([NaN], [1, 1]), { dyadicOrder: 0, onWarning }),
    ];
    expect(asTensor(sigKernel(segment, opposite, { dyadicOrder: 3 })).data[0]).toBeLessThan(0);
    for (const run of quiet) expect(heard(run).warnings, String(run)).toHaveLength(0);
  });

  it("goes to the console where nobody listens, once per call", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const [x, y] = rough;
    sigKernel(x, y, { dyadicOrder: 0 });
    expect(warn).toHaveBeenCalledTimes(1);
    await asynchronous.sigKernel(x, y, { dyadicOrder: 0 });
    expect(warn).toHaveBeenCalledTimes(2);
    sigKernel(x, y, { dyadicOrder: 0, health: true });
    sigKernel(...gentle, { dyadicOrder: 0 });
    expect(warn).toHaveBeenCalledTimes(2);
    expect(String(warn.mock.calls[0]?.[0])).toMatch(/sigKernel.*dyadicOrder/s);
  });

  it("is the same in the promise form, for metrics and for a kernel of the user's", async () => {
    const [x, y] = rough;
    const { value, health } = await asynchronous.sigKernel(x, y, { dyadicOrder: 0, health: true });
    expect(health).toEqual(sigKernel(x, y, { dyadicOrder: 0, health: true }).health);
    expect(asTensor(value).shape).toEqual([]);
    const sample = stack([x, y], [2], x.shape, "float64");
    for (const metric of [sigScore, sigMmd]) {
      const { warnings } = heard((onWarning) => metric(sample, sample, { dyadicOrder: 0, onWarning }));
      expect(warnings, metric.name).toHaveLength(1);
      expect(warnings[0]?.message).toContain(metric.name);
    }
    const built = sigKernel(...gentle, { dyadicOrder: 0, staticKernel: new RBFKernel(0.01), health: true }).health;
    const own = sigKernel(...gentle, { dyadicOrder: 0, staticKernel: new UserKernel(0.01), health: true }).health;
    expect(own.ok).toBe(true);
    expect(own.largestIncrement).toBeCloseTo(built.largestIncrement, 12);
    expect(own.dyadicOrder).toBe(built.dyadicOrder);
  });
});
