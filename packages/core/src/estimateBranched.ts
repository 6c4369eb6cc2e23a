/**
 * What branched signatures will cost. With d labels and T segments after the transforms, degree N, and E(n) elements of n nodes (trees, or
 * planar forests), one path or row takes this many floating-point operations:
 *
 * - I, one segment: for each n, (n + 1)^2 / 2 + 2 n for each of the E(n) / d products that elements are integrals of, which are polynomials of
 *   degree n - 1 along the segment, and n + 2 for each element itself, 2 where it has N nodes. Its adjoint, with what it computes again: 4 I
 * - P, a product of two signatures: 3 for each cut, 2 for each element; its adjoint: 3 P
 * - G, a logarithm or exponential: 2 (N - 1) for each cut; its adjoint: 3 G
 *
 * Sparse maps to Lyndon coordinates, of few operations per entry, are left out, as in estimate.ts. A chosen tree of N nodes counts N elements.
 */
import { branchedLogSigLengthOf, branchedSigLengthOf } from "./branchedSizes.js";
import { checkFlag, checkInteger } from "./checks.js";
import { cutCount } from "./cutCounts.js";
import { rangeError } from "./errors.js";
import type { Estimate } from "./estimate.js";
import { readOptions } from "./options.js";
import { augmentedDimension, augmentedLength } from "./sizes.js";
import type { Dtype } from "./tensor.js";
import { treeCounts } from "./treeCounts.js";
import { MAX_NODES } from "./treeSelection.js";

export interface BranchedEstimateParameters {
  /** Channels of the path, or labels of the algebra. */
  readonly dimension: number;
  /** Truncation; most nodes of the trees for coefficients. Default 1. */
  readonly degree?: number | undefined;
  /** Points of a path before the transforms. Default 2. */
  readonly length?: number | undefined;
  /** Product of the leading axes. Default 1. */
  readonly batch?: number | undefined;
  readonly timeAug?: boolean | undefined;
  readonly leadLag?: boolean | undefined;
  /** Planar forests instead of trees. Default false. */
  readonly planar?: boolean | undefined;
  /** Coordinates of log-signatures, 0 to 3; other than 0 with `planar` only. Default 1 with `planar`, else 0. */
  readonly method?: number | undefined;
  /** How many trees, or planar forests, coefficients are wanted for. Default 1. */
  readonly trees?: number | undefined;
  /** Default float64. */
  readonly dtype?: Dtype | undefined;
}

const defaults: { readonly [K in keyof BranchedEstimateParameters]-?: unknown } = Object.freeze({
  dimension: undefined,
  degree: 1,
  length: 2,
  batch: 1,
  timeAug: false,
  leadLag: false,
  planar: false,
  method: undefined,
  trees: 1,
  dtype: "float64",
});

/** The sizes that the formulas are in. */
interface Sizes {
  /** Numbers of the path, before the transforms. */
  readonly path: number;
  readonly letters: number;
  readonly degree: number;
  readonly segments: number;
  /** Elements with n nodes, by n. */
  readonly elements: readonly number[];
  /** Length of a signature with the scalar slot, and of a log-signature by its method. */
  readonly levels: number;
  readonly log: number;
  readonly trees: number;
  /** Cuts of all elements; 0 where the operation takes none. */
  readonly cuts: number;
}

/** Of one row: flops, numbers of the results, and numbers of intermediate results. */
type Cost = readonly [flops: number, result: number, between?: number];

const product = (n: number): number => (n + 1) ** 2 / 2 + 2 * n;

/** I */
const step = ({ letters, degree, elements }: Sizes): number =>
  elements.reduce((sum, count, n) => (n === 0 ? 0 : sum + (count / letters) * product(n) + count * (n < degree ? n + 2 : 2)), 0);

/** I of one chosen tree. */
function chosenStep({ degree }: Sizes): number {
  let flops = 0;
  for (let n = 1; n <= degree; n++) flops += product(n) + n + 2;
  return flops;
}

/** P */
const multiply = ({ cuts, levels }: Sizes): number => 3 * cuts + 2 * levels;
/** G */
const logarithm = ({ cuts, degree }: Sizes): number => 2 * Math.max(0, degree - 1) * cuts;

const costs = {
  branchedSig: (s: Sizes): Cost => [s.segments * step(s), s.levels],
  branchedSigBackprop: (s: Sizes): Cost => [s.segments * 4 * step(s), s.path],
  branchedSigCombine: (s: Sizes): Cost => [multiply(s), s.levels],
  branchedSigCombineBackprop: (s: Sizes): Cost => [3 * multiply(s), 2 * s.levels],
  branchedSigJoin: (s: Sizes): Cost => [step(s) + multiply(s), s.levels, s.levels],
  branchedSigJoinBackprop: (s: Sizes): Cost => [5 * step(s) + 3 * multiply(s), s.levels + s.letters, 2 * s.levels],
  linearBranchedSig: (s: Sizes): Cost => [step(s), s.levels, 2 * s.letters],
  linearBranchedSigBackprop: (s: Sizes): Cost => [4 * step(s), s.letters, 4 * s.letters],
  branchedSigCoef: (s: Sizes): Cost => [s.segments * s.trees * chosenStep(s), s.trees, s.trees * s.degree],
  branchedSigCoefBackprop: (s: Sizes): Cost => [s.segments * s.trees * 4 * chosenStep(s), s.path, s.trees * s.degree],
  extractBranchedSigCoef: (s: Sizes): Cost => [0, s.trees],
  extractBranchedSigCoefBackprop: (s: Sizes): Cost => [s.trees, s.levels],
  branchedLogSig: (s: Sizes): Cost => [s.segments * step(s) + logarithm(s), s.log, s.levels],
  branchedLogSigBackprop: (s: Sizes): Cost => [s.segments * 5 * step(s) + 3 * logarithm(s), s.path, 2 * s.levels],
  branchedSigToLogSig: (s: Sizes): Cost => [logarithm(s), s.log],
  branchedSigToLogSigBackprop: (s: Sizes): Cost => [3 * logarithm(s), s.levels],
  branchedLogSigToSig: (s: Sizes): Cost => [logarithm(s), s.levels],
  branchedLogSigToSigBackprop: (s: Sizes): Cost => [3 * logarithm(s), s.log],
  linearBranchedLogSig: (s: Sizes): Cost => [0, s.log],
  linearBranchedLogSigBackprop: (s: Sizes): Cost => [0, s.letters],
  branchedLogSigCombine: (s: Sizes): Cost => [3 * logarithm(s) + multiply(s), s.log, 3 * s.levels],
  branchedLogSigCombineBackprop: (s: Sizes): Cost => [9 * logarithm(s) + 3 * multiply(s), 2 * s.log, 6 * s.levels],
  branchedLogSigJoin: (s: Sizes): Cost => [2 * logarithm(s) + multiply(s) + step(s), s.log, 3 * s.levels],
  branchedLogSigJoinBackprop: (s: Sizes): Cost => [6 * logarithm(s) + 3 * multiply(s) + 5 * step(s), s.log + s.letters, 6 * s.levels],
} as const;

/** The public functions of the branched families, kernels apart, whose cost can be estimated. */
export type EstimatedBranched = keyof typeof costs;

export const estimatedBranched = Object.keys(costs) as readonly EstimatedBranched[];

export function isEstimatedBranched(operation: string): operation is EstimatedBranched {
  return Object.hasOwn(costs, operation);
}

/** See `estimate`. A vector of paths has the polynomials of a segment as working memory, and for gradients what is kept of earlier ones. */
export function estimateBranched(operation: EstimatedBranched, parameters: BranchedEstimateParameters): Estimate {
  const { sizes, batch, width } = readSizes(operation, parameters);
  const [flops, result, between = 0] = costs[operation](sizes);
  const polynomials = sizes.elements.reduce((sum, count, n) => sum + 2 * count * (n < sizes.degree ? n + 1 : 1), 0);
  const kept = /(Sig|Coef)Backprop$/.test(operation)
    ? 2 * Math.sqrt(sizes.segments) * Math.max(0, sizes.levels - (sizes.elements.at(-1) ?? 0))
    : 0;
  const bytes = batch * (result + between) * width + 128 * (polynomials + kept);
  if (!(bytes + batch * flops <= Number.MAX_SAFE_INTEGER)) {
    const place = { operation: "estimate", argument: "degree" };
    throw rangeError(place, "is too large: the call would take more than 2^53 - 1 operations or bytes", "TOO_LARGE");
  }
  return { bytes: Math.ceil(bytes), flops: Math.ceil(batch * flops) };
}

function readSizes(operation: EstimatedBranched, parameters: BranchedEstimateParameters): { sizes: Sizes; batch: number; width: number } {
  const place = (argument: string) => ({ operation: "estimate", argument });
  const given = readOptions("estimate", parameters, defaults);
  const integer = (name: keyof typeof defaults, min: number, max?: number): number =>
    checkInteger(given[name], place(name), max === undefined ? { min } : { min, max });
  const flag = (name: keyof typeof defaults): boolean => checkFlag(given[name], place(name));
  const transforms = { timeAug: flag("timeAug"), leadLag: flag("leadLag") };
  const planar = flag("planar");
  const dimension = integer("dimension", 1);
  const letters = augmentedDimension(dimension, transforms);
  const chosen = /^branchedSigCoef/.test(operation);
  const degree = integer("degree", /log/i.test(operation) ? 1 : 0, chosen ? MAX_NODES : undefined);
  const method = given.method === undefined ? Number(planar) : integer("method", 0, planar ? 3 : 0);
  const length = integer("length", 0);
  const { dtype } = given;
  if (dtype !== "float32" && dtype !== "float64") throw rangeError(place("dtype"), 'must be "float32" or "float64"');
  const levels = chosen ? 0 : branchedSigLengthOf(letters, degree, planar, true, "estimate");
  const counts = treeCounts(letters, planar);
  const sizes = {
    path: length * dimension,
    letters,
    degree,
    segments: Math.max(0, augmentedLength(length, transforms) - 1),
    elements: chosen ? [] : Array.from({ length: degree + 1 }, (_, n) => (n === 0 ? 0 : Number(counts.basis(n)))),
    levels,
    log: method === 0 || chosen ? levels : branchedLogSigLengthOf(letters, degree, planar, "estimate"),
    trees: integer("trees", 0),
    cuts: /Log|Combine|Join/.test(operation) ? cutCount(letters, degree, planar) : 0,
  };
  return { sizes, batch: integer("batch", 0), width: dtype === "float32" ? 4 : 8 };
}
