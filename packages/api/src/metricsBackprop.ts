/** Gradients of scores and distances of samples of paths. */
import type { Real, Tensor, TensorLike } from "@sig/core";
import type { PathInput } from "./inputs.js";
import { readEquation, readLike, type Equation, type GramOptions } from "./kernelInputs.js";
import { addTo, solveBackprop, totalBackprop, transformed, untransformed, type Problem, type Side } from "./kernelSolver.js";
import { METRIC_DEFAULTS, readLam, readSamples, scoreShape } from "./metrics.js";
import { promised, synchronous, type Context, type Steps } from "./operation.js";
import { shapedLike } from "./outputs.js";

export interface SigScoreBackpropOptions extends GramOptions {
  /** The weight of the kernels within the sample, as it was given to the score. Default 1. */
  readonly lam?: number | undefined;
}

const SCORE_DEFAULTS = Object.freeze({ ...METRIC_DEFAULTS, lam: 1 });

/** How a metric depends on the means of kernels that it is made of. */
interface Weights {
  /** dF/dmean of k(x_i, x_j) over i != j. */
  readonly inX: number;
  /** The same of y; 0 where the metric does not have it. */
  readonly inY: number;
  /** For each y dF/dmean of k(x_i, y) over i. */
  readonly between: ArrayLike<number>;
}

/** The gradient of the mean of k(x_i, x_j) over i != j; every path counts on both sides. */
function* withinBackprop(context: Context, equation: Equation, x: Side, weight: number, share: number): Steps<Real | undefined> {
  if (weight === 0) return undefined;
  const derivs = context.blank(x.argument, x.dtype, x.batch * x.batch);
  derivs.fill(weight / (x.batch * (x.batch - 1)));
  for (let i = 0; i < x.batch; i++) derivs[i * (x.batch + 1)] = 0;
  const problem: Problem = { equation, pairing: "gram", x, y: x, grid: undefined, watch: undefined };
  return yield* totalBackprop(context, problem, derivs, undefined, share);
}

/** The gradients of both samples, in their shapes. */
function* gradients(
  context: Context,
  equation: Equation,
  [path, other]: readonly [PathInput, PathInput],
  names: readonly [string, string],
  { inX, inY, between }: Weights,
): Steps<[Tensor, Tensor]> {
  const x = yield* transformed(context, names[0], path, 0.03);
  const y = yield* transformed(context, names[1], other, 0.03);
  const derivs = context.blank(names[0], x.dtype, x.batch * y.batch);
  for (let i = 0; i < x.batch; i++) for (let j = 0; j < y.batch; j++) derivs[i * y.batch + j] = between[j]! / x.batch;
  const problem: Problem = { equation, pairing: "gram", x, y, grid: undefined, watch: undefined };
  const { dX, dY } = yield* solveBackprop(context, problem, derivs, { x: true, y: true }, undefined, 0.4);
  const ofX = addTo(dX, yield* withinBackprop(context, equation, x, inX, 0.5));
  const ofY = addTo(dY, yield* withinBackprop(context, equation, y, inY, 0.9));
  return [
    shapedLike(path, yield* untransformed(context, names[0], path, ofX, 0.5)),
    shapedLike(other, yield* untransformed(context, names[1], other, ofY)),
  ];
}

export function* sigScoreBackpropBody(
  context: Context,
  derivs: TensorLike,
  sample: TensorLike,
  y: TensorLike,
  options?: SigScoreBackpropOptions,
): Steps<[dSample: Tensor, dY: Tensor]> {
  const given = context.options(options, SCORE_DEFAULTS);
  const lam = readLam(context, given.lam);
  const equation = readEquation(context, given);
  const paths = readSamples(context, ["sample", "y"], sample, y, [2, 0], equation);
  const weights = readLike(context, "derivs", derivs, paths[0], "sample", scoreShape(paths[1]));
  let total = 0;
  for (const weight of weights) total += weight;
  return yield* gradients(context, equation, paths, ["sample", "y"], {
    inX: lam * total,
    inY: 0,
    between: weights.map((weight) => -2 * weight),
  });
}

/**
 * The gradients of a function F of `sigScore(sample, y, options)`.
 *
 * @param derivs dF/dscore, shaped like the score; for a single y a number will do
 * @param sample as for `sigScore`
 * @param y as for `sigScore`
 * @param options those given to `sigScore` (without `health`)
 * @returns [dF/dsample, dF/dy], shaped like the arguments
 * @throws like `sigScore`
 * @example const [dSample, dY] = sigScoreBackprop(1, forecasts, observed, { dyadicOrder: 1 })
 */
export const sigScoreBackprop = synchronous("sigScoreBackprop", sigScoreBackpropBody);

/** The promise form of {@link sigScoreBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const sigScoreBackpropAsync = promised("sigScoreBackprop", sigScoreBackpropBody);

export function* expectedSigScoreBackpropBody(
  context: Context,
  derivs: TensorLike,
  sample1: TensorLike,
  sample2: TensorLike,
  options?: SigScoreBackpropOptions,
): Steps<[dSample1: Tensor, dSample2: Tensor]> {
  const given = context.options(options, SCORE_DEFAULTS);
  const lam = readLam(context, given.lam);
  const equation = readEquation(context, given);
  const paths = readSamples(context, ["sample1", "sample2"], sample1, sample2, [2, 1], equation);
  const weight = readLike(context, "derivs", derivs, paths[0], "sample1", [1])[0]!;
  const count = paths[1].batch;
  const between = new Float64Array(count).fill((-2 * weight) / count);
  return yield* gradients(context, equation, paths, ["sample1", "sample2"], { inX: lam * weight, inY: 0, between });
}

/**
 * The gradients of a function F of `expectedSigScore(sample1, sample2, options)`.
 *
 * @param derivs dF/dscore, (1,) or a number
 * @param sample1 as for `expectedSigScore`
 * @param sample2 as for `expectedSigScore`
 * @param options those given to `expectedSigScore` (without `health`)
 * @returns [dF/dsample1, dF/dsample2], shaped like the arguments
 * @throws like `expectedSigScore`
 * @example const [dGenerated] = expectedSigScoreBackprop(1, generated, observed, { dyadicOrder: 1 })
 */
export const expectedSigScoreBackprop = synchronous("expectedSigScoreBackprop", expectedSigScoreBackpropBody);

/** The promise form of {@link expectedSigScoreBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const expectedSigScoreBackpropAsync = promised("expectedSigScoreBackprop", expectedSigScoreBackpropBody);

export function* sigMmdBackpropBody(
  context: Context,
  derivs: TensorLike,
  sample1: TensorLike,
  sample2: TensorLike,
  options?: GramOptions,
): Steps<[dSample1: Tensor, dSample2: Tensor]> {
  const given = context.options(options, METRIC_DEFAULTS);
  const equation = readEquation(context, given);
  const paths = readSamples(context, ["sample1", "sample2"], sample1, sample2, [2, 2], equation);
  const weight = readLike(context, "derivs", derivs, paths[0], "sample1", [])[0]!;
  const count = paths[1].batch;
  const between = new Float64Array(count).fill((-2 * weight) / count);
  return yield* gradients(context, equation, paths, ["sample1", "sample2"], { inX: weight, inY: weight, between });
}

/**
 * The gradients of a function F of `sigMmd(sample1, sample2, options)`.
 *
 * @param derivs dF/dmmd, a number or a tensor of shape ()
 * @param sample1 as for `sigMmd`
 * @param sample2 as for `sigMmd`
 * @param options those given to `sigMmd` (without `health`)
 * @returns [dF/dsample1, dF/dsample2], shaped like the arguments
 * @throws like `sigMmd`
 * @example const [dGenerated] = sigMmdBackprop(1, generated, observed, { dyadicOrder: 1 })
 */
export const sigMmdBackprop = synchronous("sigMmdBackprop", sigMmdBackpropBody);

/** The promise form of {@link sigMmdBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const sigMmdBackpropAsync = promised("sigMmdBackprop", sigMmdBackpropBody);
