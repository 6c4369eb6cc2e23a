import { RBFKernel, sigKernel, sigKernelGram, withBackend } from "@sig/api";
import type { Tensor } from "@sig/api";
import { describe, it } from "vitest";
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

/** Solvers in float32 differ from those in float64 on the very same numbers by this much of the largest kernel. */
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
      const [exactX, exactY] = [cast(x, "float64"), cast(y, "float64")];
      const agree = (compute: (a: Tensor, b: Tensor) => unknown, what: string): void => {
        const exact = asTensor(withBackend(backend, () => compute(exactX, exactY)));
        expectClose(
          withBackend(backend, () => compute(x, y)),
          cast(exact, "float32"),
          tolerance,
          what,
        );
      };
      agree((a, b) => sigKernel(a, b, options), "pairs");
      agree(
        (a, b) => sigKernelGram({ ...a, data: a.data.slice(0, 4 * length * dimension), shape: [4, length, dimension] }, b, options),
        "gram",
      );
      agree(
        (a) => sigKernelGram({ ...a, data: a.data.slice(0, 9 * length * dimension), shape: [9, length, dimension] }, options),
        "triangle",
      );
    });
  });
});
