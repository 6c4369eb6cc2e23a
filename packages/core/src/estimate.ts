/**
 * What a call will cost, before it is made. With letters d and points L after the transforms, T = L - 1 segments, degree N,
 * S = d + d^2 + ... + d^N, m Lyndon words, and sums over levels n = 1..N, one path or row takes this many floating-point operations:
 *
 * - H, one Horner step of the signature: 2 d + 2 (d^2 + ... + d^N) + sum over n >= 2 of (d + d^(n-1) + sum over l <= n - 2 of (d^(l+1) + 2 d^l))
 * - P, a product of two tensors: sum of (2 n - 1) d^n; its adjoint: sum of (4 n - 2) d^n
 * - G, a logarithm or exponential: sum of 2 (n - 1) (N - n + 1) d^n; up to Lyndon words, the top level takes 2 (N - 1) for each word of N letters only
 * - A, the adjoint of a Horner step: 2 H + sum of 4 (N - n + 1) d^n
 * - C, one Baker-Campbell-Hausdorff product: 7 for each pair of coordinates whose levels sum to at most N, times the number of
 *   Lyndon words in two letters, the terms of the series
 *
 * Adjoints whose formula is not given take three times their operation. Sparse projections, of few operations per entry, are left out.
 * The formulas count a straightforward way; a backend may need fewer operations, hardly ever more.
 */
import { checkFlag, checkInteger } from "./checks.js";
import { describe, rangeError, typeError } from "./errors.js";
import {
  estimateBranched,
  estimatedBranched,
  isEstimatedBranched,
  type BranchedEstimateParameters,
  type EstimatedBranched,
} from "./estimateBranched.js";
import {
  estimatedKernels,
  estimateKernel,
  isEstimatedKernel,
  type EstimatedKernel,
  type KernelEstimateParameters,
} from "./estimateKernel.js";
import { nearest, readOptions } from "./options.js";
import { augmentedDimension, augmentedLength, logSigLengthOf, sigLengthOf } from "./sizes.js";
import type { Dtype } from "./tensor.js";

export interface Estimate {
  /** Result, intermediate results and working memory of the call, inputs not counted. */
  readonly bytes: number;
  /** Additions and multiplications. */
  readonly flops: number;
}

export interface EstimateParameters {
  /** Channels of the path, or dimension of the algebra. */
  readonly dimension: number;
  /** Truncation; the longest word for coefficients. Default 1. */
  readonly degree?: number | undefined;
  /** Points of a path before the transforms. Default 2. */
  readonly length?: number | undefined;
  /** Product of the leading axes. Default 1. */
  readonly batch?: number | undefined;
  readonly timeAug?: boolean | undefined;
  readonly leadLag?: boolean | undefined;
  /** The value at every time. Default false. */
  readonly stream?: boolean | undefined;
  /** Coordinates of log-signatures, 0 to 3. Default 1. */
  readonly method?: number | undefined;
  /** How many words coefficients are wanted for. Default 1. */
  readonly words?: number | undefined;
  /** Default float64. */
  readonly dtype?: Dtype | undefined;
}

/** The sizes that the formulas are in. */
interface Sizes {
  /** Numbers of the path, before the transforms. */
  readonly path: number;
  /** Numbers of the path, after them. */
  readonly transformed: number;
  readonly letters: number;
  readonly degree: number;
  readonly segments: number;
  /** Values per path: 1, or one for each time under `stream`. */
  readonly values: number;
  /** S, with the scalar slot. */
  readonly levels: number;
  /** m; 0 for degree 0. */
  readonly lyndon: number;
  /** Length of a log-signature by `method`. */
  readonly log: number;
  readonly method: number;
  readonly words: number;
}

/** Of one row: flops, numbers of the results, and numbers of intermediate results. */
type Cost = readonly [flops: number, result: number, between?: number];

/** The sum over the levels n = 1..degree of coefficient(n) * d^n. */
function overLevels(letters: number, degree: number, coefficient: (n: number) => number): number {
  let sum = 0;
  let power = 1;
  for (let n = 1; n <= degree; n++) sum += coefficient(n) * (power *= letters);
  return sum;
}

/** H. The inner sums over l and n are exchanged: level k is met once as l + 1 and twice as l for each of the n above it. */
function hornerStep({ letters: d, degree: N }: Sizes): number {
  const above = (k: number): number => Math.max(0, N - k);
  const inner = overLevels(d, N, (k) => (k >= 2 ? above(k) : 0) + 2 * above(k + 1) + (k < N ? 1 : 0));
  return d + overLevels(d, N, (n) => (n >= 2 ? 2 : 0)) + Math.max(0, N - 1) * d + inner;
}

const adjointStep = (s: Sizes): number => 2 * hornerStep(s) + overLevels(s.letters, s.degree, (n) => 4 * (s.degree - n + 1));
const product = (s: Sizes): number => overLevels(s.letters, s.degree, (n) => 2 * n - 1);
const inverse = (s: Sizes): number => overLevels(s.letters, s.degree, (n) => 2 * n);

function logarithm(s: Sizes, lyndon: boolean): number {
  const { letters: d, degree: N } = s;
  const top = lyndon && N >= 1 ? 2 * (N - 1) * (s.lyndon - (N > 1 ? logSigLengthOf(d, N - 1, "estimate") : 0)) : 0;
  return top + overLevels(d, lyndon ? N - 1 : N, (n) => 2 * (n - 1) * (N - n + 1));
}

function bchProduct({ letters: d, degree: N }: Sizes): number {
  if (d === 1) return 0;
  let pairs = 0;
  for (let p = 1; p < N; p++) {
    for (let q = p; p + q <= N; q++) pairs += p === q ? (levelOf(d, p) * (levelOf(d, p) - 1)) / 2 : levelOf(d, p) * levelOf(d, q);
  }
  return 7 * pairs * logSigLengthOf(2, N, "estimate");
}

function levelOf(letters: number, n: number): number {
  return logSigLengthOf(letters, n, "estimate") - (n > 1 ? logSigLengthOf(letters, n - 1, "estimate") : 0);
}

const pathToLog = (s: Sizes): Cost => {
  if (s.method === 3) return [s.segments * bchProduct(s), s.values * s.log];
  return [s.segments * hornerStep(s) + s.values * logarithm(s, s.method > 0), s.values * s.log, s.values * s.levels];
};

const pathToLogAdjoint = (s: Sizes): Cost => {
  if (s.method === 3) return [4 * s.segments * bchProduct(s), s.path];
  const maps = 3 * s.values * logarithm(s, s.method > 0);
  return [s.segments * (hornerStep(s) + adjointStep(s)) + maps, s.path, 2 * s.values * s.levels];
};

const costs = {
  transformPath: (s: Sizes): Cost => [s.transformed, s.transformed],
  transformPathBackprop: (s: Sizes): Cost => [s.transformed, s.path],
  sig: (s: Sizes): Cost => [s.segments * hornerStep(s), s.values * s.levels],
  sigBackprop: (s: Sizes): Cost => [s.segments * adjointStep(s), s.path],
  sigCombine: (s: Sizes): Cost => [product(s), s.levels],
  sigCombineBackprop: (s: Sizes): Cost => [2 * product(s), 2 * s.levels],
  sigJoin: (s: Sizes): Cost => [hornerStep(s), s.levels],
  sigJoinBackprop: (s: Sizes): Cost => [adjointStep(s), s.levels + s.letters],
  linearSig: (s: Sizes): Cost => [hornerStep(s), s.levels, 2 * s.letters],
  linearSigBackprop: (s: Sizes): Cost => [hornerStep(s) + adjointStep(s), s.letters, s.levels + 4 * s.letters],
  sigInverse: (s: Sizes): Cost => [inverse(s), s.levels],
  sigInverseBackprop: (s: Sizes): Cost => [inverse(s) + 4 * product(s), s.levels, 3 * s.levels],
  sigCoef: (s: Sizes): Cost => [s.segments * s.words * 1.5 * s.degree * (s.degree + 1), s.words],
  sigCoefBackprop: (s: Sizes): Cost => [s.segments * s.words * 4.5 * s.degree * (s.degree + 1), s.path],
  extractSigCoef: (s: Sizes): Cost => [0, s.words],
  extractSigCoefBackprop: (s: Sizes): Cost => [s.words, s.levels],
  logSig: pathToLog,
  logSigBackprop: pathToLogAdjoint,
  sigToLogSig: (s: Sizes): Cost => [logarithm(s, s.method > 0), s.log],
  sigToLogSigBackprop: (s: Sizes): Cost => [3 * logarithm(s, s.method > 0), s.levels],
  logSigToSig: (s: Sizes): Cost => [logarithm(s, false), s.levels],
  logSigToSigBackprop: (s: Sizes): Cost => [3 * logarithm(s, false), s.log],
  linearLogSig: (s: Sizes): Cost => [0, s.log],
  linearLogSigBackprop: (s: Sizes): Cost => [0, s.letters],
  logSigCombine: (s: Sizes): Cost => [bchProduct(s), s.lyndon],
  logSigCombineBackprop: (s: Sizes): Cost => [3 * bchProduct(s), 2 * s.lyndon],
  logSigJoin: (s: Sizes): Cost => [bchProduct(s), s.lyndon],
  logSigJoinBackprop: (s: Sizes): Cost => [3 * bchProduct(s), s.lyndon + s.letters],
} as const;

/** The public operations whose cost can be estimated. */
export type EstimatedOperation = keyof typeof costs;

const defaults: { readonly [K in keyof EstimateParameters]-?: unknown } = Object.freeze({
  dimension: undefined,
  degree: 1,
  length: 2,
  batch: 1,
  timeAug: false,
  leadLag: false,
  stream: false,
  method: 1,
  words: 1,
  dtype: "float64",
});

/**
 * Bytes and floating-point operations that a call will take, by the formulas at the head of this file, of estimateBranched.ts and of
 * estimateKernel.ts. The scalar slot is counted, and 64 bytes of working memory for each number of two rows of the result (a vector of paths). Nothing is computed or allocated.
 *
 * @param operation a public name, "sig" or "logSigBackprop"
 * @throws SigRangeError for an unknown operation and for sizes that no call can have
 */
export function estimate(operation: EstimatedKernel, parameters: KernelEstimateParameters): Estimate;
export function estimate(operation: EstimatedBranched, parameters: BranchedEstimateParameters): Estimate;
export function estimate(operation: EstimatedOperation, parameters: EstimateParameters): Estimate;
export function estimate(
  operation: EstimatedOperation | EstimatedKernel | EstimatedBranched,
  parameters: EstimateParameters | KernelEstimateParameters | BranchedEstimateParameters,
): Estimate {
  checkOperation(operation);
  if (isEstimatedBranched(operation)) return estimateBranched(operation, parameters);
  if (isEstimatedKernel(operation)) return estimateKernel(operation, parameters);
  const { sizes, batch, width } = readSizes(operation, parameters);
  const [flops, result, between = 0] = costs[operation](sizes);
  const row = Math.max(sizes.levels, result / Math.max(1, sizes.values));
  return { bytes: Math.ceil(batch * (result + between) * width + 128 * row), flops: Math.ceil(batch * flops) };
}

function checkOperation(operation: unknown): void {
  const place = { operation: "estimate", argument: "operation" };
  if (typeof operation !== "string") throw typeError(place, `must be the name of an operation, got ${describe(operation)}`);
  const known = [...Object.keys(costs), ...estimatedBranched, ...estimatedKernels];
  if (known.includes(operation)) return;
  const close = nearest(operation, known);
  const hint = close === undefined ? `known are ${known.join(", ")}` : `did you mean "${close}"?`;
  throw rangeError(place, `must be the name of an operation, got ${describe(operation)}; ${hint}`);
}

/** Only a path of one letter has use for more, and the sums over the levels must end. */
const maxDegree = 2 ** 20;

function readSizes(operation: EstimatedOperation, parameters: EstimateParameters): { sizes: Sizes; batch: number; width: number } {
  const place = (argument: string) => ({ operation: "estimate", argument });
  const given = readOptions("estimate", parameters, defaults);
  const integer = (name: keyof typeof defaults, min: number, max?: number): number =>
    checkInteger(given[name], place(name), max === undefined ? { min } : { min, max });
  const flag = (name: keyof typeof defaults): boolean => checkFlag(given[name], place(name));
  const transforms = { timeAug: flag("timeAug"), leadLag: flag("leadLag") };
  const dimension = integer("dimension", 1);
  const letters = augmentedDimension(dimension, transforms);
  const degree = integer("degree", /log/i.test(operation) ? 1 : 0, maxDegree);
  const method = integer("method", 0, 3);
  const length = integer("length", 0);
  const points = augmentedLength(length, transforms);
  const segments = Math.max(0, points - 1);
  const { dtype } = given;
  if (dtype !== "float32" && dtype !== "float64") throw rangeError(place("dtype"), 'must be "float32" or "float64"');
  const needsLevels =
    !/^(transformPath|sigCoef|logSig(Combine|Join))/.test(operation) && !(method === 3 && /^logSig(Backprop)?$/.test(operation));
  const levels = needsLevels ? sigLengthOf(letters, degree, true, "estimate") : 0;
  const lyndon = /log/i.test(operation) ? logSigLengthOf(letters, degree, "estimate") : 0;
  const sizes = {
    path: length * dimension,
    transformed: points * letters,
    letters,
    degree,
    segments,
    values: flag("stream") ? segments : 1,
    levels,
    lyndon,
    log: method === 0 ? levels : lyndon,
    method,
    words: integer("words", 0),
  };
  return { sizes, batch: integer("batch", 0), width: dtype === "float32" ? 4 : 8 };
}
