/** Scores and distances of samples of paths, by signature kernels. */
import { checkFinite, rangeError, type Tensor, type TensorLike } from "@sig/core";
import { HEALTH_DEFAULTS, Watch, type Examined, type WarningOptions } from "./health.js";
import type { PathInput } from "./inputs.js";
import { readEquation, readTwoPaths, SOLVER_DEFAULTS, type Equation, type GramOptions, type PairForm } from "./kernelInputs.js";
import { solve, transformed, type Problem, type Side } from "./kernelSolver.js";
import { promised, synchronous, within, type Context, type PromiseOptions, type Steps } from "./operation.js";
import { tensorOf } from "./outputs.js";

export interface SigMmdOptions extends GramOptions, WarningOptions {}

export interface SigScoreOptions extends SigMmdOptions {
  /** The weight of the kernels within the sample. Default 1. */
  readonly lam?: number | undefined;
}

export const METRIC_DEFAULTS = Object.freeze({ ...SOLVER_DEFAULTS, maxBatch: -1 });
const MMD_DEFAULTS = Object.freeze({ ...METRIC_DEFAULTS, ...HEALTH_DEFAULTS });
const SCORE_DEFAULTS = Object.freeze({ ...MMD_DEFAULTS, lam: 1 });

type Result = Tensor | Examined<Tensor>;

export function readLam(context: Context, value: unknown): number {
  return checkFinite(value, context.place("lam"));
}

/** Two samples, the leading axes of each flattened; of those that need pairs of different paths at least two. */
export function readSamples(
  context: Context,
  [first, second]: readonly [string, string],
  sample1: unknown,
  sample2: unknown,
  least: readonly [number, number],
  equation: Equation,
): [x: PathInput, y: PathInput] {
  const paths = readTwoPaths(context, first, sample1, second, sample2, equation);
  paths.forEach(({ batch }, i) => {
    const argument = i === 0 ? first : second;
    if (batch < least[i]!) {
      const paths = least[i] === 1 ? "one path" : "two paths";
      throw rangeError(context.place(argument), `must hold at least ${paths}, got ${batch}`, "INVALID_SHAPE");
    }
  });
  return paths;
}

/** The mean of k(x_i, x_j) over all i and j that differ. */
function* meanWithin(context: Context, equation: Equation, x: Side, watch: Watch, share: number): Steps<number> {
  const problem: Problem = { equation, pairing: equation.symmetric ? "triangle" : "gram", x, y: x, grid: undefined, watch };
  const kernels = yield* solve(context, problem, share);
  let sum = 0;
  for (let i = 0; i < x.batch; i++) for (let j = 0; j < x.batch; j++) if (i !== j) sum += kernels[i * x.batch + j]!;
  return sum / (x.batch * (x.batch - 1));
}

/** For each y the mean of k(x_i, y) over i. */
function* meanBetween(context: Context, equation: Equation, x: Side, y: Side, watch: Watch): Steps<Float64Array> {
  const kernels = yield* solve(context, { equation, pairing: "gram", x, y, grid: undefined, watch });
  const means = new Float64Array(y.batch);
  for (let i = 0; i < x.batch; i++) for (let j = 0; j < y.batch; j++) means[j]! += kernels[i * y.batch + j]! / x.batch;
  return means;
}

/** The score of each y; none where there is no y. */
function* scores(
  context: Context,
  equation: Equation,
  [path, other]: readonly [PathInput, PathInput],
  names: readonly [string, string],
  lam: number,
  watch: Watch,
): Steps<Float64Array> {
  if (other.batch === 0) return new Float64Array(0);
  const x = yield* transformed(context, names[0], path, 0.05);
  const y = yield* transformed(context, names[1], other, 0.05);
  const inside = yield* meanWithin(context, equation, x, watch, x.batch / (x.batch + 2 * y.batch));
  const between = yield* meanBetween(context, equation, x, y, watch);
  return between.map((mean) => lam * inside - 2 * mean);
}

/** The mean of a vector. */
function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** A result in the dtype of the sample. */
function resultOf(context: Context, argument: string, { dtype }: PathInput, values: ArrayLike<number>, shape: readonly number[]): Tensor {
  const out = context.blank(argument, dtype, values.length);
  out.set(values);
  return tensorOf(out, shape);
}

export function* sigScoreBody(context: Context, sample: TensorLike, y: TensorLike, options?: SigScoreOptions): Steps<Result> {
  const given = context.options(options, SCORE_DEFAULTS);
  const watch = new Watch(context, given);
  const lam = readLam(context, given.lam);
  const equation = readEquation(context, given);
  const paths = readSamples(context, ["sample", "y"], sample, y, [2, 0], equation);
  const values = yield* within(watch.share, scores(context, equation, paths, ["sample", "y"], lam, watch));
  return yield* watch.report(resultOf(context, "y", paths[0], values, scoreShape(paths[1])));
}

/** A score for each y; a single one is a vector of one. */
export function scoreShape({ batchShape }: PathInput): readonly number[] {
  return batchShape.length === 0 ? [1] : batchShape;
}

/**
 * The signature kernel score of each path y against a sample x_1, ..., x_m: lam mean of k(x_i, x_j) over i != j, minus twice the mean of
 * k(x_i, y). Its expectation over y is least for a sample with the law of y (Gneiting, Raftery: Strictly proper scoring rules,
 * prediction, and estimation, 2007; Issa, Horvath, Lemercier, Salvi: Non-adversarial training of neural SDEs with signature kernel
 * scores, 2023). The first term is unbiased.
 *
 * @param sample (..., length, dimension), all leading axes flattened to m >= 2 paths
 * @param y (..., length2, dimension)
 * @param options those of `sigKernelGram` but `returnGrid` and `normalize`, and `lam` 1
 * @returns (...) of y, (1,) for a single path; with `health: true` `{ value, health }`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, fewer than two paths in the sample, and a bad order
 * @example sigScore(forecasts, observed, { dyadicOrder: 1 })
 */
export const sigScore = synchronous("sigScore", sigScoreBody) as PairForm<SigScoreOptions, Tensor, Examined<Tensor>>;

/** The promise form of {@link sigScore}: also takes `signal`, `onProgress` and `backend`. */
export const sigScoreAsync = promised("sigScore", sigScoreBody) as PairForm<
  SigScoreOptions & PromiseOptions,
  Promise<Tensor>,
  Promise<Examined<Tensor>>
>;

export function* expectedSigScoreBody(
  context: Context,
  sample1: TensorLike,
  sample2: TensorLike,
  options?: SigScoreOptions,
): Steps<Result> {
  const given = context.options(options, SCORE_DEFAULTS);
  const watch = new Watch(context, given);
  const lam = readLam(context, given.lam);
  const equation = readEquation(context, given);
  const paths = readSamples(context, ["sample1", "sample2"], sample1, sample2, [2, 1], equation);
  const values = yield* within(watch.share, scores(context, equation, paths, ["sample1", "sample2"], lam, watch));
  return yield* watch.report(resultOf(context, "sample1", paths[0], [meanOf(values)], [1]));
}

/**
 * The mean of `sigScore(sample1, y, options)` over all paths y of `sample2`.
 *
 * @param sample1 (..., length, dimension), at least two paths
 * @param sample2 (..., length2, dimension), at least one path
 * @param options as for `sigScore`
 * @returns (1,); with `health: true` `{ value, health }`
 * @throws like `sigScore`
 * @example expectedSigScore(generated, observed, { dyadicOrder: 1 })
 */
export const expectedSigScore = synchronous("expectedSigScore", expectedSigScoreBody) as PairForm<
  SigScoreOptions,
  Tensor,
  Examined<Tensor>
>;

/** The promise form of {@link expectedSigScore}: also takes `signal`, `onProgress` and `backend`. */
export const expectedSigScoreAsync = promised("expectedSigScore", expectedSigScoreBody) as PairForm<
  SigScoreOptions & PromiseOptions,
  Promise<Tensor>,
  Promise<Examined<Tensor>>
>;

export function* sigMmdBody(context: Context, sample1: TensorLike, sample2: TensorLike, options?: SigMmdOptions): Steps<Result> {
  const given = context.options(options, MMD_DEFAULTS);
  const watch = new Watch(context, given);
  const equation = readEquation(context, given);
  const [path, other] = readSamples(context, ["sample1", "sample2"], sample1, sample2, [2, 2], equation);
  const parts = distance(context, equation, path, other, watch);
  return yield* watch.report(resultOf(context, "sample1", path, [yield* within(watch.share, parts)], []));
}

function* distance(context: Context, equation: Equation, path: PathInput, other: PathInput, watch: Watch): Steps<number> {
  const x = yield* transformed(context, "sample1", path, 0.03);
  const y = yield* transformed(context, "sample2", other, 0.03);
  const inX = yield* meanWithin(context, equation, x, watch, 0.25);
  const inY = yield* meanWithin(context, equation, y, watch, 0.33);
  return inX + inY - 2 * meanOf(yield* meanBetween(context, equation, x, y, watch));
}

/**
 * The squared maximum mean discrepancy of two samples, unbiased: mean of k(x_i, x_j) over i != j, plus the same of y, minus twice the
 * mean of k(x_i, y_j). Around 0, and so also below it, for samples of one law (Gretton, Borgwardt, Rasch, Schölkopf, Smola: A kernel
 * two-sample test, 2012).
 *
 * @param sample1 (..., length, dimension), at least two paths
 * @param sample2 (..., length2, dimension), at least two paths
 * @param options those of `sigKernelGram` but `returnGrid` and `normalize`
 * @returns a tensor of shape (); with `health: true` `{ value, health }`
 * @throws like `sigScore`
 * @example sigMmd(generated, observed, { dyadicOrder: 1 }).data[0]
 */
export const sigMmd = synchronous("sigMmd", sigMmdBody) as PairForm<SigMmdOptions, Tensor, Examined<Tensor>>;

/** The promise form of {@link sigMmd}: also takes `signal`, `onProgress` and `backend`. */
export const sigMmdAsync = promised("sigMmd", sigMmdBody) as PairForm<
  SigMmdOptions & PromiseOptions,
  Promise<Tensor>,
  Promise<Examined<Tensor>>
>;
