/** Branched signature kernels: inner products of branched signatures, up to a depth of their trees. */
import type { Tensor, TensorLike } from "@sig/core";
import type { Examined, Reported, Unreported } from "./health.js";
import type { PathOptions } from "./inputs.js";
import { gramKernels, pairKernels, RESULT_DEFAULTS, type Result, type ResultOptions } from "./kernel.js";
import { GRADIENT_DEFAULTS, gramGradients, pairGradients, type FlagOptions, type PathGradients } from "./kernelBackprop.js";
import { readBranchedEquation, type SideOptions, type StaticKernelOptions, type TileOptions } from "./kernelInputs.js";
import { promised, synchronous, type Context, type PromiseOptions, type Steps } from "./operation.js";

interface EquationOptions extends PathOptions, StaticKernelOptions {}

export interface BranchedSigKernelOptions extends EquationOptions, ResultOptions {}

export interface BranchedSigKernelGramOptions extends BranchedSigKernelOptions, TileOptions {}

interface StackOptions {
  /** The kernels of depths 0 to `depth` at every node, (..., depth + 1, rows, columns); their shape is checked, they are computed again. */
  readonly kStack?: TensorLike | undefined;
}

export interface BranchedSigKernelBackpropOptions extends EquationOptions, SideOptions, FlagOptions, StackOptions {}

export interface BranchedSigKernelGramBackpropOptions extends BranchedSigKernelBackpropOptions, TileOptions {}

type DyadicOrder = number | readonly [number, number];

/** A function of two batches of paths: what it gives, and what with `health: true`. */
interface BranchedForm<Second, Options, Value, Report> {
  (path1: TensorLike, path2: Second, depth: number, dyadicOrder: DyadicOrder, options: Options & Reported): Report;
  (path1: TensorLike, path2: Second, depth: number, dyadicOrder: DyadicOrder, options?: Options & Unreported): Value;
}

const EQUATION_DEFAULTS = Object.freeze({ staticKernel: undefined, timeAug: false, leadLag: false, endTime: 1, nJobs: 1 });
const DEFAULTS = Object.freeze({ ...EQUATION_DEFAULTS, ...RESULT_DEFAULTS });
const GRAM_DEFAULTS = Object.freeze({ ...DEFAULTS, maxBatch: -1 });
const BACKPROP_DEFAULTS = Object.freeze({ ...EQUATION_DEFAULTS, ...GRADIENT_DEFAULTS, kStack: undefined });
const GRAM_BACKPROP_DEFAULTS = Object.freeze({ ...BACKPROP_DEFAULTS, maxBatch: -1 });

export function* branchedSigKernelBody(
  context: Context,
  path1: TensorLike,
  path2: TensorLike,
  depth: number,
  dyadicOrder: DyadicOrder,
  options?: BranchedSigKernelOptions,
): Steps<Result> {
  const given = context.options(options, DEFAULTS);
  return yield* pairKernels(context, given, readBranchedEquation(context, depth, dyadicOrder, given), path1, path2);
}

/**
 * The branched signature kernel of each pair of paths: K_depth at the end of both, where K_0 = 1 and K_q is the exponential of the
 * integral of K_(q-1) against the increments of the static kernel. Over a cell of the grid of (length' - 1) 2^l segments the integral is
 * the increment times the mean of K_(q-1) at its four corners. Values grow as iterated exponentials: from depth 2 on, scale the paths down.
 *
 * @param path1 (..., length, dimension)
 * @param path2 (..., length2, dimension), with the same leading axes; nothing is broadcast
 * @param depth of the trees, at least 0; 0 gives 1 for every pair
 * @param dyadicOrder each segment of a path is cut into 2^l; one l >= 0, or one for each of the two paths
 * @param options `staticKernel` linear, `timeAug` false, `leadLag` false, `endTime` 1, `returnGrid` false, `normalize` false,
 *   `health` false, `onWarning` console.warn, `nJobs` 1
 * @returns (...); with `returnGrid` (..., rows, columns), rows = (length' - 1) 2^l + 1; with `health: true` `{ value, health }`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, a bad depth or order, and where the result would be too large
 * @example branchedSigKernel([[0], [1]], [[0], [2]], 1, 0).data // exp(2)
 */
export const branchedSigKernel = synchronous("branchedSigKernel", branchedSigKernelBody) as BranchedForm<
  TensorLike,
  BranchedSigKernelOptions,
  Tensor,
  Examined<Tensor>
>;

/** The promise form of {@link branchedSigKernel}: also takes `signal`, `onProgress` and `backend`. */
export const branchedSigKernelAsync = promised("branchedSigKernel", branchedSigKernelBody) as BranchedForm<
  TensorLike,
  BranchedSigKernelOptions & PromiseOptions,
  Promise<Tensor>,
  Promise<Examined<Tensor>>
>;

export function* branchedSigKernelGramBody(
  context: Context,
  path1: TensorLike,
  path2: TensorLike | undefined,
  depth: number,
  dyadicOrder: DyadicOrder,
  options?: BranchedSigKernelGramOptions,
): Steps<Result> {
  const given = context.options(options, GRAM_DEFAULTS);
  return yield* gramKernels(context, given, readBranchedEquation(context, depth, dyadicOrder, given), path1, path2);
}

/**
 * The branched signature kernel of every path of one batch with every path of another, or of the same where `path2` is undefined.
 *
 * @param path1 (...1, length, dimension)
 * @param path2 (...2, length2, dimension); undefined stands for `path1`
 * @param depth as for `branchedSigKernel`
 * @param dyadicOrder as for `branchedSigKernel`
 * @param options those of `branchedSigKernel`, and `maxBatch` -1
 * @returns (...1, ...2); with `returnGrid` (...1, ...2, rows, columns); with `health: true` `{ value, health }`
 * @throws like `branchedSigKernel`
 * @example branchedSigKernelGram(paths, undefined, 2, 1, { normalize: true }) // (n, n), ones on the diagonal
 */
export const branchedSigKernelGram = synchronous("branchedSigKernelGram", branchedSigKernelGramBody) as BranchedForm<
  TensorLike | undefined,
  BranchedSigKernelGramOptions,
  Tensor,
  Examined<Tensor>
>;

/** The promise form of {@link branchedSigKernelGram}: also takes `signal`, `onProgress` and `backend`. */
export const branchedSigKernelGramAsync = promised("branchedSigKernelGram", branchedSigKernelGramBody) as BranchedForm<
  TensorLike | undefined,
  BranchedSigKernelGramOptions & PromiseOptions,
  Promise<Tensor>,
  Promise<Examined<Tensor>>
>;

export function* branchedSigKernelBackpropBody(
  context: Context,
  derivs: TensorLike,
  path1: TensorLike,
  path2: TensorLike,
  depth: number,
  dyadicOrder: DyadicOrder,
  options?: BranchedSigKernelBackpropOptions,
): Steps<PathGradients> {
  const given = context.options(options, BACKPROP_DEFAULTS);
  return yield* pairGradients(context, given, readBranchedEquation(context, depth, dyadicOrder, given), derivs, path1, path2);
}

/**
 * The gradients of a function F of `branchedSigKernel(path1, path2, depth, dyadicOrder, options)`.
 *
 * @param derivs dF/dk, shaped like the kernels; for a single pair a number will do
 * @param path1 as for `branchedSigKernel`
 * @param path2 as for `branchedSigKernel`
 * @param depth as for `branchedSigKernel`
 * @param dyadicOrder as for `branchedSigKernel`
 * @param options those given to `branchedSigKernel` (without `health`), and `leftDeriv` true, `rightDeriv` false, `kStack` none
 * @returns [dF/dpath1, dF/dpath2], each shaped like its path, or null where it is not wanted
 * @throws like `branchedSigKernel`
 * @example const [d1, d2] = branchedSigKernelBackprop(1, x, y, 2, 0, { rightDeriv: true })
 */
export const branchedSigKernelBackprop = synchronous("branchedSigKernelBackprop", branchedSigKernelBackpropBody);

/** The promise form of {@link branchedSigKernelBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const branchedSigKernelBackpropAsync = promised("branchedSigKernelBackprop", branchedSigKernelBackpropBody);

export function* branchedSigKernelGramBackpropBody(
  context: Context,
  derivs: TensorLike,
  path1: TensorLike,
  path2: TensorLike | undefined,
  depth: number,
  dyadicOrder: DyadicOrder,
  options?: BranchedSigKernelGramBackpropOptions,
): Steps<Tensor | PathGradients> {
  const given = context.options(options, GRAM_BACKPROP_DEFAULTS);
  return yield* gramGradients(context, given, readBranchedEquation(context, depth, dyadicOrder, given), derivs, path1, path2);
}

/** The two forms of a gradient of grams: of one batch there is one gradient, in which every path counts on both sides. */
interface GramBackpropForm<Options, One, Two> {
  (derivs: TensorLike, path: TensorLike, path2: undefined, depth: number, dyadicOrder: DyadicOrder, options?: Options): One;
  (derivs: TensorLike, path1: TensorLike, path2: TensorLike, depth: number, dyadicOrder: DyadicOrder, options?: Options): Two;
}

/**
 * The gradients of a function F of `branchedSigKernelGram(path1, path2, depth, dyadicOrder, options)`.
 *
 * @param derivs dF/dk, shaped like the gram
 * @param path1 as for `branchedSigKernelGram`
 * @param path2 as for `branchedSigKernelGram`
 * @param depth as for `branchedSigKernel`
 * @param dyadicOrder as for `branchedSigKernel`
 * @param options those given to `branchedSigKernelGram` (without `health`), `kStack` none, and for two batches `leftDeriv` true,
 *   `rightDeriv` false
 * @returns [dF/dpath1, dF/dpath2], each shaped like its paths, or null where it is not wanted; for one batch dF/dpath
 * @throws like `branchedSigKernel`
 * @example const gradient = branchedSigKernelGramBackprop(derivs, paths, undefined, 2, 0)
 */
export const branchedSigKernelGramBackprop = synchronous(
  "branchedSigKernelGramBackprop",
  branchedSigKernelGramBackpropBody,
) as GramBackpropForm<BranchedSigKernelGramBackpropOptions, Tensor, PathGradients>;

/** The promise form of {@link branchedSigKernelGramBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const branchedSigKernelGramBackpropAsync = promised(
  "branchedSigKernelGramBackprop",
  branchedSigKernelGramBackpropBody,
) as GramBackpropForm<BranchedSigKernelGramBackpropOptions & PromiseOptions, Promise<Tensor>, Promise<PathGradients>>;
