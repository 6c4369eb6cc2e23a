/**
 * What kernels and metrics will cost. A pair of paths of m and n segments in d channels after the transforms has m n cells; a node is
 * one of the m n 2^(l1 + l2) steps of finite differences, or a cell with polynomials of order p. It takes
 *
 * - 2 d + 3 for each cell: the increment of the static kernel; built-in ones other than the linear cost about 20 more
 * - 4 for each node, or 6 p (p + 1) + 4 p with polynomials
 * - for gradients 11 more for each node (with polynomials twice the step more), and 4 d for each cell and each path
 * - by branched kernels 30 for each node and depth, of which the exponential is most, and as many more for gradients
 *
 * Kernels within a sample are counted for half of the pairs, gradients for all. A gram is one of two batches; that of one takes half of
 * its flops, and normalisation adds the kernels of all paths with themselves.
 */
import { checkFlag, checkInteger } from "./checks.js";
import { rangeError } from "./errors.js";
import type { Estimate } from "./estimate.js";
import { readOptions } from "./options.js";
import { augmentedDimension, augmentedLength } from "./sizes.js";
import type { Dtype } from "./tensor.js";

export interface KernelEstimateParameters {
  /** Channels of the paths. */
  readonly dimension: number;
  /** Points of the first paths before the transforms. Default 2. */
  readonly length?: number | undefined;
  /** Points of the second paths. Default `length`. */
  readonly lengthY?: number | undefined;
  /** Product of the leading axes of the first paths, or the size of the first sample. Default 1. */
  readonly batch?: number | undefined;
  /** The same of the second paths. Default `batch`. */
  readonly batchY?: number | undefined;
  /** Finite differences, one order for both paths or a pair. Default 0. */
  readonly dyadicOrder?: number | readonly [number, number] | undefined;
  /** Polynomials of this order instead. */
  readonly order?: number | undefined;
  /** Of the trees, for branched kernels, which have no order. Default 1. */
  readonly depth?: number | undefined;
  readonly timeAug?: boolean | undefined;
  readonly leadLag?: boolean | undefined;
  /** The kernel at every node. Default false. */
  readonly returnGrid?: boolean | undefined;
  /** Default float64. */
  readonly dtype?: Dtype | undefined;
}

const defaults: { readonly [K in keyof KernelEstimateParameters]-?: unknown } = Object.freeze({
  dimension: undefined,
  length: 2,
  lengthY: undefined,
  batch: 1,
  batchY: undefined,
  dyadicOrder: 0,
  order: undefined,
  depth: undefined,
  timeAug: false,
  leadLag: false,
  returnGrid: false,
  dtype: "float64",
});

/** The sizes of one side of the pairs. */
interface Side {
  readonly batch: number;
  readonly points: number;
  /** Numbers of the paths before and after the transforms. */
  readonly numbers: number;
  readonly transformed: number;
}

interface Sizes {
  readonly x: Side;
  readonly y: Side;
  readonly letters: number;
  readonly dyadicOrder: readonly [number, number];
  readonly order: number | undefined;
  /** Of branched kernels only. */
  readonly depth: number | undefined;
  readonly grid: boolean;
}

/** Of the whole call: flops, numbers of the results, and numbers of intermediate results. */
type Cost = readonly [flops: number, result: number, between: number];

/** Steps of the solver along a path of so many points. */
const steps = (points: number, dyadicOrder: number): number => Math.max(0, points - 1) * 2 ** dyadicOrder;

/** The increments and the solution of one pair, and with `sides` > 0 its gradients. */
function pairCost({ letters, dyadicOrder, order, depth }: Sizes, x: Side, y: Side, sides: number): number {
  const cells = steps(x.points, 0) * steps(y.points, 0);
  const nodes = order === undefined ? steps(x.points, dyadicOrder[0]) * steps(y.points, dyadicOrder[1]) : cells;
  const step = depth !== undefined ? 30 * depth : order === undefined ? 4 : 6 * order * (order + 1) + 4 * order;
  const back = depth !== undefined ? step : order === undefined ? 11 : 2 * step;
  return cells * (2 * letters + 3) + nodes * step + (sides > 0 ? nodes * back + sides * cells * 4 * letters : 0);
}

/** Numbers of one result. */
function resultOf({ x, y, dyadicOrder, order, grid }: Sizes): number {
  if (!grid) return 1;
  const [left, right] = order === undefined ? dyadicOrder : [0, 0];
  return (steps(x.points, left) + 1) * (steps(y.points, right) + 1);
}

const transformedOf = ({ x, y }: Sizes): number =>
  (x.transformed === x.numbers ? 0 : x.transformed) + (y.transformed === y.numbers ? 0 : y.transformed);

const kernel = (s: Sizes, pairs: number): Cost => [pairs * pairCost(s, s.x, s.y, 0), pairs * resultOf(s), transformedOf(s)];
const backprop = (s: Sizes, pairs: number): Cost => [pairs * pairCost(s, s.x, s.y, 2), s.x.numbers + s.y.numbers, 2 * transformedOf(s)];

/** The kernels within one sample: half of them forward, all of them for a gradient. */
const within = (s: Sizes, side: Side, sides: number): number =>
  (sides > 0 ? side.batch ** 2 : (side.batch * (side.batch + 1)) / 2) * pairCost(s, side, side, sides);

const metric = (s: Sizes, samples: readonly Side[], results: number): Cost => {
  const pairs = s.x.batch * s.y.batch;
  const inside = samples.reduce((sum, side) => sum + within(s, side, 0), 0);
  const kernels = samples.reduce((sum, side) => sum + side.batch ** 2, pairs);
  return [inside + pairs * pairCost(s, s.x, s.y, 0), results, kernels + transformedOf(s)];
};

const metricBackprop = (s: Sizes, samples: readonly Side[]): Cost => {
  const pairs = s.x.batch * s.y.batch;
  const inside = samples.reduce((sum, side) => sum + within(s, side, 1), 0);
  const kernels = samples.reduce((sum, side) => sum + 2 * side.batch ** 2, pairs);
  const numbers = s.x.numbers + s.y.numbers;
  return [inside + pairs * pairCost(s, s.x, s.y, 2), numbers, kernels + numbers + 2 * transformedOf(s)];
};

const costs = {
  sigKernel: (s: Sizes): Cost => kernel(s, s.x.batch),
  sigKernelBackprop: (s: Sizes): Cost => backprop(s, s.x.batch),
  sigKernelGram: (s: Sizes): Cost => kernel(s, s.x.batch * s.y.batch),
  sigKernelGramBackprop: (s: Sizes): Cost => backprop(s, s.x.batch * s.y.batch),
  branchedSigKernel: (s: Sizes): Cost => kernel(s, s.x.batch),
  branchedSigKernelBackprop: (s: Sizes): Cost => backprop(s, s.x.batch),
  branchedSigKernelGram: (s: Sizes): Cost => kernel(s, s.x.batch * s.y.batch),
  branchedSigKernelGramBackprop: (s: Sizes): Cost => backprop(s, s.x.batch * s.y.batch),
  sigScore: (s: Sizes): Cost => metric(s, [s.x], s.y.batch),
  sigScoreBackprop: (s: Sizes): Cost => metricBackprop(s, [s.x]),
  expectedSigScore: (s: Sizes): Cost => metric(s, [s.x], 1),
  expectedSigScoreBackprop: (s: Sizes): Cost => metricBackprop(s, [s.x]),
  sigMmd: (s: Sizes): Cost => metric(s, [s.x, s.y], 1),
  sigMmdBackprop: (s: Sizes): Cost => metricBackprop(s, [s.x, s.y]),
} as const;

/** The public functions of the kernel and metrics families whose cost can be estimated. */
export type EstimatedKernel = keyof typeof costs;

export const estimatedKernels = Object.keys(costs) as readonly EstimatedKernel[];

export function isEstimatedKernel(operation: string): operation is EstimatedKernel {
  return Object.hasOwn(costs, operation);
}

/** See `estimate`. Rows of the solver for a vector of pairs are counted as working memory. */
export function estimateKernel(operation: EstimatedKernel, parameters: KernelEstimateParameters): Estimate {
  const { sizes, width } = readSizes(operation, parameters);
  const [flops, result, between] = costs[operation](sizes);
  const nodes = steps(sizes.y.points, sizes.dyadicOrder[1]) + 1;
  const row = sizes.order === undefined ? nodes * (1 + (sizes.depth ?? 0)) : sizes.y.points * (sizes.order + 1);
  const kept = operation.endsWith("Backprop") ? 2 * Math.sqrt(steps(sizes.x.points, sizes.dyadicOrder[0])) : 2;
  return { bytes: Math.ceil((result + between) * width + 64 * kept * row), flops: Math.ceil(flops) };
}

function readSizes(operation: EstimatedKernel, parameters: KernelEstimateParameters): { sizes: Sizes; width: number } {
  const place = (argument: string) => ({ operation: "estimate", argument });
  const given = readOptions("estimate", parameters, defaults);
  const integer = (name: string, value: unknown, min: number, max?: number): number =>
    checkInteger(value, place(name), max === undefined ? { min } : { min, max });
  const transforms = { timeAug: checkFlag(given.timeAug, place("timeAug")), leadLag: checkFlag(given.leadLag, place("leadLag")) };
  const dimension = integer("dimension", given.dimension, 1);
  const letters = augmentedDimension(dimension, transforms);
  const side = (batch: number, length: number): Side => {
    const points = augmentedLength(length, transforms);
    return { batch, points, numbers: batch * length * dimension, transformed: batch * points * letters };
  };
  const length = integer("length", given.length, 0);
  const batch = integer("batch", given.batch, 0);
  const lengthY = given.lengthY === undefined ? length : integer("lengthY", given.lengthY, 0);
  const batchY = given.batchY === undefined ? batch : integer("batchY", given.batchY, 0);
  const { dtype, dyadicOrder } = given;
  const pair: readonly unknown[] = Array.isArray(dyadicOrder) ? dyadicOrder : [dyadicOrder, dyadicOrder];
  if (pair.length !== 2) throw rangeError(place("dyadicOrder"), "must be an integer or a pair of integers");
  const left = integer("dyadicOrder", pair[0], 0, 62);
  const right = integer("dyadicOrder", pair[1], 0, 62 - left);
  if (dtype !== "float32" && dtype !== "float64") throw rangeError(place("dtype"), 'must be "float32" or "float64"');
  const branched = operation.startsWith("branched");
  const unused = branched ? "order" : "depth";
  if (given[unused] !== undefined) throw rangeError(place(unused), `is no option of ${operation}`, "UNKNOWN_OPTION");
  const sizes = {
    x: side(batch, length),
    y: side(batchY, lengthY),
    letters,
    dyadicOrder: [left, right] as const,
    order: given.order === undefined ? undefined : integer("order", given.order, 2, 64),
    depth: branched ? integer("depth", given.depth ?? 1, 0, 2 ** 20) : undefined,
    grid: checkFlag(given.returnGrid, place("returnGrid")),
  };
  return { sizes, width: dtype === "float32" ? 4 : 8 };
}
