import {
  RBFKernel,
  branchedSigKernel,
  branchedSigKernelBackprop,
  sigKernel,
  sigKernelBackprop,
  sigKernelGram,
  sigKernelGramBackprop,
  withBackend,
} from "@sig/api";
import type { Tensor } from "@sig/api";
import { describe, expect, it } from "vitest";
import { asTensor, expectClose } from "../src/compare.js";
import { registerTargets } from "../src/targets.js";
import { cast, randomNumbers, randomTensor } from "../src/tensors.js";

const length = 128;
const dimension = 5;

/** Random walks of 128 points whose end points lie about `scale` from their beginnings, in numbers that float32 holds. */
function walks(count: number, scale: number, seed: number): Tensor {
  const width = length * dimension;
  const steps = randomTensor(randomNumbers(seed), [count, length, dimension], "float64", scale * Math.sqrt(3 / (length - 1)));
  for (let path = 0; path < count; path++) {
    for (let i = dimension; i < width; i++) steps.data[path * width + i]! += steps.data[path * width + i - dimension] ?? NaN;
  }
  return cast(steps, "float32");
}

/** The first `count` of the paths. */
const firstOf = (paths: Tensor, count: number): Tensor => ({
  ...paths,
  data: paths.data.slice(0, count * length * dimension),
  shape: [count, length, dimension],
});

/** Solvers in float32 differ from those in float64 on the very same numbers by this much of the largest kernel, or gradient. */
const tolerance = 2e-5;

describe.each(registerTargets())("kernels in float32 on $name", ({ name: backend }) => {
  describe.each([0.05, 0.3, 1, 3])("of paths of scale %d", (scale) => {
    it.each([
      ["linear", 0],
      ["linear", 1],
      ["linear", 2],
      ["RBF", 0],
      ["RBF", 1],
      ["RBF", 2],
    ] as const)("are those of the solver in float64: %s, dyadic order %d", (kind, dyadicOrder) => {
      const staticKernel = kind === "RBF" ? new RBFKernel(1) : undefined;
      const options = { dyadicOrder, staticKernel };
      const [x, y] = [walks(19, scale, 5), walks(19, scale, 6)];
      const agree = (compute: (...inputs: Tensor[]) => unknown, inputs: readonly Tensor[], what: string): void => {
        const exact = withBackend(backend, () => [compute(...inputs.map((input) => cast(input, "float64")))].flat());
        const found = withBackend(backend, () => [compute(...inputs)].flat());
        exact.forEach((value, i) => expectClose(found[i], cast(asTensor(value), "float32"), tolerance, what));
      };
      agree((a, b) => sigKernel(a, b, options), [x, y], "pairs");
      agree((a, b) => sigKernelGram(a, b, options), [firstOf(x, 4), y], "gram");
      agree((a) => sigKernelGram(a, options), [firstOf(x, 9)], "triangle");
      const both = { ...options, rightDeriv: true };
      const derivs = (shape: number[]): Tensor => cast(randomTensor(randomNumbers(7), shape), "float32");
      agree((d, a, b) => sigKernelBackprop(d, a, b, both), [derivs([19]), x, y], "gradients of pairs");
      agree((d, a, b) => sigKernelGramBackprop(d, a, b, both), [derivs([4, 19]), firstOf(x, 4), y], "gradients of a gram");
    });
  });
});

describe.each(registerTargets())("branched kernels beyond the range of float32 on $name", ({ name: backend }) => {
  // The kernel is 3e64. Sums over quadrants subtract infinities, except at the last point: pysiglib finds the same.
  it("are infinite, and so are their gradients, or NaN, though float64 has numbers for them", () => {
    const path: Tensor = { data: new Float32Array([0, 1.2, 2.4]), shape: [3, 1], dtype: "float32" };
    const both = { rightDeriv: true };
    withBackend(backend, () => {
      expect(branchedSigKernel(path, path, 2, 0, { health: true }).value.data[0]).toBe(Infinity);
      for (const gradient of branchedSigKernelBackprop(1, path, path, 2, 0, both)) {
        expect(Array.from(asTensor(gradient).data)).toEqual([NaN, NaN, Infinity]);
      }
      const wide = cast(path, "float64");
      for (const gradient of branchedSigKernelBackprop(1, wide, wide, 2, 0, both)) {
        expect(asTensor(gradient).data.every(Number.isFinite)).toBe(true);
      }
    });
  });
});
