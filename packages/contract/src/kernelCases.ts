import type { StaticKernel, Tensor } from "@sig/api";
import fc from "fast-check";
import { makeStaticKernel } from "./operations/driver.js";
import type { StaticKernelChoice } from "./reference/staticKernels.js";
import { randomNumbers, randomTensor } from "./tensors.js";

/** Two samples of paths in float64, of which the first is `x` times and the second `y` times many, and what to compute of them. */
export interface KernelCase {
  readonly x: Tensor;
  readonly y: Tensor;
  readonly dimension: number;
  readonly staticKernel: StaticKernel | undefined;
  /** More numbers that depend on the case alone. */
  readonly random: () => number;
}

interface KernelChoices {
  readonly maxDimension?: number;
  readonly maxLength?: number;
  /** Sizes of the two samples; none for single paths. */
  readonly batches?: readonly [readonly number[], readonly number[]];
  /** The length of the way of a path, at most. */
  readonly reach?: number;
  readonly staticKernels?: readonly (StaticKernelChoice | undefined)[];
}

/** Positive definite static kernels. */
export const positiveKernels: readonly (StaticKernelChoice | undefined)[] = [
  undefined,
  ["ScaledLinearKernel", [0.7]],
  ["RBFKernel", [0.9]],
  ["PolynomialKernel", [3, 1, 0.5]],
  ["Matern12Kernel", [1.5]],
  ["Matern32Kernel", [1]],
  ["Matern52Kernel", [0.8]],
  ["RationalQuadraticKernel", [1, 1.5]],
];

/** Sizes shrink towards short paths in one dimension with the linear kernel; the numbers follow from a seed. */
export function kernelCases({
  maxDimension = 4,
  maxLength = 7,
  batches: [batch1, batch2] = [[], []],
  reach = 2,
  staticKernels = positiveKernels,
}: KernelChoices = {}): fc.Arbitrary<KernelCase> {
  return fc
    .record({
      dimension: fc.integer({ min: 1, max: maxDimension }),
      length1: fc.integer({ min: 2, max: maxLength }),
      length2: fc.integer({ min: 2, max: maxLength }),
      kind: fc.nat({ max: staticKernels.length - 1 }),
      numbers: fc.nat(),
    })
    .map(({ dimension, length1, length2, kind, numbers }) => {
      const random = randomNumbers(numbers);
      const path = (batch: readonly number[], length: number): Tensor =>
        randomTensor(random, [...batch, length, dimension], "float64", reach / (2 * (length - 1) * Math.sqrt(dimension)));
      const choice = staticKernels[kind];
      const staticKernel = choice && (makeStaticKernel(...choice) as StaticKernel);
      return { x: path(batch1, length1), y: path(batch2, length2), dimension, staticKernel, random };
    });
}
