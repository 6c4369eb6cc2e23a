import type { Tensor } from "@sig/api";
import fc from "fast-check";
import { it } from "vitest";
import { randomNumbers, randomTensor } from "./tensors.js";

/** SIG_SEED repeats a run, SIG_PROPERTY_RUNS makes it longer. */
const seed = Number(process.env["SIG_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const numRuns = Number(process.env["SIG_PROPERTY_RUNS"] ?? 200);
console.log(`fast-check seed: ${seed} (SIG_SEED=${seed} repeats this run)`);

/** A test that holds for random cases; a failure prints the smallest counterexample found and the seed. */
export function property<T>(name: string, cases: fc.Arbitrary<T>, holds: (drawn: T) => void): void {
  it(`${name} (seed ${seed})`, () => {
    fc.assert(fc.property(cases, holds), { seed, numRuns });
  });
}

/** A path, or a batch of paths, in float64 with a degree at which its signature stays small. */
export interface PathCase {
  readonly path: Tensor;
  readonly dimension: number;
  readonly length: number;
  readonly degree: number;
  /** More numbers that depend on the case alone. */
  readonly random: () => number;
}

interface PathChoices {
  readonly maxDimension?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly maxDegree?: number;
  readonly batch?: readonly number[];
}

const maxDegrees = [6, 5, 4, 3];

/** Sizes shrink towards a short, low-dimensional path; the numbers follow from a seed. */
export function paths({
  maxDimension = 4,
  minLength = 1,
  maxLength = 8,
  maxDegree = 6,
  batch = [],
}: PathChoices = {}): fc.Arbitrary<PathCase> {
  return fc
    .record({
      dimension: fc.integer({ min: 1, max: maxDimension }),
      length: fc.integer({ min: minLength, max: maxLength }),
      numbers: fc.nat(),
    })
    .chain((sizes) =>
      fc.record({
        sizes: fc.constant(sizes),
        degree: fc.integer({ min: 1, max: Math.min(maxDegree, maxDegrees[sizes.dimension - 1] ?? 2) }),
      }),
    )
    .map(({ sizes: { dimension, length, numbers }, degree }) => {
      const random = randomNumbers(numbers);
      return { path: randomTensor(random, [...batch, length, dimension]), dimension, length, degree, random };
    });
}

/** Paths with a degree up to which their planar branched signatures are not long. */
export function branchedPaths(choices: PathChoices = {}): fc.Arbitrary<PathCase> {
  return paths({ maxDimension: 3, maxDegree: 5, ...choices }).map((drawn) => ({
    ...drawn,
    degree: Math.min(drawn.degree, [5, 4, 3][drawn.dimension - 1] ?? 2),
  }));
}
