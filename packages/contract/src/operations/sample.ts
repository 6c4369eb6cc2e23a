import { levelLengths } from "../reference/algebra.js";
import type { KernelChoice } from "../reference/kernels.js";
import { augmentedDimension } from "../reference/paths.js";
import { randomNumbers, seedOf } from "../tensors.js";

/** Options of a call, as the public functions take them. */
export interface Options {
  readonly timeAug?: boolean | undefined;
  readonly leadLag?: boolean | undefined;
  readonly endTime?: number | undefined;
  readonly horner?: boolean | undefined;
  readonly scalarTerm?: boolean | undefined;
  readonly prepend?: boolean | undefined;
  readonly stream?: boolean | undefined;
  readonly prefixes?: boolean | undefined;
  readonly method?: number | undefined;
  readonly returnGrid?: boolean | undefined;
  readonly normalize?: boolean | undefined;
  readonly maxBatch?: number | undefined;
  readonly lam?: number | undefined;
  readonly rightDeriv?: boolean | undefined;
  readonly planar?: boolean | undefined;
}

/** What a call is about, apart from the numbers in its arrays. Fields that an operation does not use are ignored by it. */
export interface Sample {
  readonly dimension: number;
  readonly degree: number;
  /** Points of a path, before any augmentation. */
  readonly length: number;
  readonly batch: readonly number[];
  readonly options: Options;
  /** Whether signature-shaped inputs begin with the scalar slot. */
  readonly scalar: boolean;
  readonly words: readonly (readonly number[])[];
  /** Trees, or planar forests, as their public types have them. */
  readonly trees: readonly unknown[];
  readonly correction: { readonly degree: number; readonly layout: "row" | "segment" | "batch" } | undefined;
  /** The options that say which kernel is meant. */
  readonly kernel: KernelChoice | undefined;
  /** The other path of a kernel, or the other sample of paths. */
  readonly second: { readonly length: number; readonly batch: readonly number[] };
}

const plain: Sample = {
  dimension: 2,
  degree: 3,
  length: 4,
  batch: [],
  options: {},
  scalar: false,
  words: [[0], [0, 1]],
  trees: [[0], [[0], 1]],
  correction: undefined,
  kernel: undefined,
  second: { length: 3, batch: [] },
};

export const sample = (fields: Partial<Sample>): Sample => ({ ...plain, ...fields });

/** Dimension of the algebra: that of the augmented path. */
export const algebraDimension = (s: Sample): number => augmentedDimension(s.dimension, s.options);

export const rowLength = (s: Sample, scalar: boolean): number =>
  levelLengths(algebraDimension(s), s.degree, scalar).reduce((sum, n) => sum + n, 0);

export function describeSample(s: Sample): string {
  const words = s.words === plain.words ? "" : ` words=${JSON.stringify(s.words)}`;
  const trees = s.trees === plain.trees ? "" : ` trees=${JSON.stringify(s.trees)}`;
  const correction = s.correction ? ` correction=${s.correction.layout}/${s.correction.degree}` : "";
  const kernel = s.kernel ? ` with L=${s.second.length} batch=[${s.second.batch.join()}] ${JSON.stringify(s.kernel)}` : "";
  const size = `d=${s.dimension} N=${s.degree} L=${s.length} batch=[${s.batch.join()}]`;
  return `${size}${kernel}${s.scalar ? " scalar" : ""}${correction}${words}${trees} ${JSON.stringify(s.options)}`;
}

type Choices<T> = { readonly [K in keyof T]?: readonly T[K][] };

export interface Grid {
  /** (dimension, degree) of the original path. */
  readonly sizes: readonly (readonly [number, number])[];
  readonly lengths?: readonly number[];
  readonly batches?: readonly (readonly number[])[];
  readonly options?: Choices<Options>;
  readonly scalars?: readonly boolean[];
  readonly corrections?: readonly Sample["correction"][];
  readonly kernels?: readonly Sample["kernel"][];
  readonly seconds?: readonly Sample["second"][];
  /** Draws the words of a sample of this algebra dimension and degree. */
  readonly words?: (random: () => number, dimension: number, degree: number) => readonly (readonly number[])[];
}

export const batches: readonly (readonly number[])[] = [[], [1], [3], [2, 3], [5], [9], [17]];

/**
 * Every size of the grid `rounds` times, the other choices drawn at random (the same ones in every run). Larger rows than `largest`
 * entries are drawn again without augmentation, so that the suite stays quick.
 */
export function samples(name: string, grid: Grid, rounds = 3, largest = 500): Sample[] {
  const random = randomNumbers(seedOf(name));
  const pick = <T>(choices: readonly T[] | undefined, otherwise: T): T => choices?.[Math.floor(random() * choices.length)] ?? otherwise;
  const draw = ([dimension, degree]: readonly [number, number]): Sample => {
    const options = Object.fromEntries(
      Object.entries(grid.options ?? {})
        .map(([option, choices]) => [option, pick<unknown>(choices, undefined)] as const)
        .filter(([, value]) => value !== undefined),
    ) as Options;
    let s = sample({
      dimension,
      degree,
      length: pick(grid.lengths, 4),
      batch: pick(grid.batches ?? batches, []),
      options,
      scalar: pick(grid.scalars, false),
      correction: pick(grid.corrections, undefined),
      ...(grid.kernels && { kernel: pick(grid.kernels, undefined) }),
      ...(grid.seconds && { second: pick(grid.seconds, plain.second) }),
    });
    // Long paths come alone or in small batches.
    if (s.batch.reduce((product, size) => product * size, 1) > 3) s = { ...s, length: Math.min(s.length, 4) };
    if (rowLength(s, true) > largest) s = { ...s, options: { ...options, timeAug: false, leadLag: false } };
    if (s.correction && (s.options.leadLag || s.correction.degree > degree || s.length < 2)) s = { ...s, correction: undefined };
    return grid.words ? { ...s, words: grid.words(random, algebraDimension(s), degree) } : s;
  };
  return Array.from({ length: rounds }, () => grid.sizes.map(draw)).flat();
}
