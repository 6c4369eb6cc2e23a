/** Signature kernels: inner products of whole signatures, without the signatures. */
import { rangeError, type Tensor, type TensorLike } from "@sig/core";
import { HEALTH_DEFAULTS, Watch, type Examined, type WarningOptions } from "./health.js";
import {
  gridShape,
  readEquation,
  readPairedPaths,
  readGramPaths,
  SOLVER_DEFAULTS,
  splitGram,
  type Equation,
  type GramForm,
  type GramOptions,
  type PairForm,
  type SolverOptions,
} from "./kernelInputs.js";
import { solveNormalized } from "./kernelNormalize.js";
import { solve, transformed, type Problem } from "./kernelSolver.js";
import { promised, synchronous, within, type Context, type PromiseOptions, type Steps } from "./operation.js";
import { tensorOf } from "./outputs.js";

export interface ResultOptions extends WarningOptions {
  /** The kernel at every node of the grid, of all beginnings of the two paths, instead of the last alone. Default false. */
  readonly returnGrid?: boolean | undefined;
  /** Divide by sqrt(k(x, x) k(y, y)); NaN where that product is not positive. Not with `returnGrid`. Default false. */
  readonly normalize?: boolean | undefined;
}

export interface SigKernelOptions extends SolverOptions, ResultOptions {}

export interface SigKernelGramOptions extends GramOptions, ResultOptions {}

export const RESULT_DEFAULTS = Object.freeze({ ...HEALTH_DEFAULTS, returnGrid: false, normalize: false });
const DEFAULTS = Object.freeze({ ...SOLVER_DEFAULTS, ...RESULT_DEFAULTS });
const GRAM_DEFAULTS = Object.freeze({ ...DEFAULTS, maxBatch: -1 });

type GivenResult = Readonly<Record<keyof typeof RESULT_DEFAULTS, unknown>>;
export type Result = Tensor | Examined<Tensor>;

/** Solves the problem of all pairs, normalised where that is asked for. */
function* finish(context: Context, problem: Problem, normalize: boolean, batchShape: readonly number[], watch: Watch): Steps<Result> {
  const out = yield* within(watch.share, normalize ? solveNormalized(context, problem) : solve(context, problem));
  return yield* watch.report(tensorOf(out, batchShape, ...(problem.grid ?? [])));
}

/** The two flags that shape the result. */
function readResult(
  context: Context,
  given: { readonly returnGrid: unknown; readonly normalize: unknown },
): { grid: boolean; normalize: boolean } {
  const grid = context.flag("returnGrid", given.returnGrid);
  const normalize = context.flag("normalize", given.normalize);
  if (grid && normalize) throw rangeError(context.place("normalize"), "cannot be used with returnGrid");
  return { grid, normalize };
}

/** The kernels of pairs, of an equation of any kind. */
export function* pairKernels(context: Context, given: GivenResult, equation: Equation, path1: unknown, path2: unknown): Steps<Result> {
  const { grid, normalize } = readResult(context, given);
  const watch = new Watch(context, given);
  const [path, other] = readPairedPaths(context, path1, path2, equation);
  const nodes = gridShape(context, equation, path, other);
  const x = yield* transformed(context, "path1", path, 0.05);
  const y = yield* transformed(context, "path2", other, 0.05);
  const problem: Problem = { equation, pairing: "pairs", x, y, grid: grid ? nodes : undefined, watch };
  return yield* finish(context, problem, normalize, path.batchShape, watch);
}

export function* sigKernelBody(context: Context, path1: TensorLike, path2: TensorLike, options?: SigKernelOptions): Steps<Result> {
  const given = context.options(options, DEFAULTS);
  return yield* pairKernels(context, given, readEquation(context, given), path1, path2);
}

/**
 * The signature kernel of each pair of paths, the inner product of their signatures: the solution at the end of both paths of
 * d2k/dsdt = k d2K/dsdt with k = 1 on the axes, where K is the static kernel (Salvi, Cass, Foster, Lyons, Yang: The signature
 * kernel is the solution of a Goursat PDE, 2021). With `method` "finite_difference", on a grid of (length' - 1) 2^l segments, by
 * k11 = (k10 + k01) (1 + r / 2 + r^2 / 12) - k00 (1 - r^2 / 12), r the increment of K over a cell; with "polynomial", by polynomials
 * of degree `order` on the edges of the cells, which are not refined. A path of one point or none has the kernel 1 with every other.
 *
 * @param path1 (..., length, dimension)
 * @param path2 (..., length2, dimension), with the same leading axes; nothing is broadcast
 * @param options `dyadicOrder` for `method` "finite_difference" (default) or `order` for "polynomial"; `staticKernel` linear, `timeAug`
 *   false, `leadLag` false, `endTime` 1, `returnGrid` false, `normalize` false, `health` false, `onWarning` console.warn, `nJobs` 1
 * @returns (...); with `returnGrid` (..., rows, columns), rows = (length' - 1) 2^l + 1 or length'; with `health: true` `{ value, health }`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, a bad order, and where the result would be too large
 * @example sigKernel([[0], [1]], [[0], [2]], { dyadicOrder: 0 }).data // 4
 */
export const sigKernel = synchronous("sigKernel", sigKernelBody) as PairForm<SigKernelOptions, Tensor, Examined<Tensor>>;

/** The promise form of {@link sigKernel}: also takes `signal`, `onProgress` and `backend`. */
export const sigKernelAsync = promised("sigKernel", sigKernelBody) as PairForm<
  SigKernelOptions & PromiseOptions,
  Promise<Tensor>,
  Promise<Examined<Tensor>>
>;

/** The gram of two batches, or of one where the second is undefined. */
export function* gramKernels(context: Context, given: GivenResult, equation: Equation, path1: unknown, path2: unknown): Steps<Result> {
  const { grid, normalize } = readResult(context, given);
  const watch = new Watch(context, given);
  const [path, other] = readGramPaths(context, path1, path2, equation);
  const nodes = gridShape(context, equation, path, other);
  const x = yield* transformed(context, "path1", path, 0.05);
  const y = path === other ? x : yield* transformed(context, "path2", other, 0.05);
  const pairing = x === y && equation.symmetric ? "triangle" : "gram";
  const problem: Problem = { equation, pairing, x, y, grid: grid ? nodes : undefined, watch };
  return yield* finish(context, problem, normalize, [...path.batchShape, ...other.batchShape], watch);
}

export function* sigKernelGramBody(context: Context, path1: TensorLike, second?: unknown, third?: unknown): Steps<Result> {
  const [path2, options] = splitGram(second, third);
  const given = context.options(options, GRAM_DEFAULTS);
  return yield* gramKernels(context, given, readEquation(context, given), path1, path2);
}

/**
 * The signature kernel of every path of one batch with every path of another, or with `sigKernelGram(path, options)` of the same:
 * that half the matrix is then computed and mirrored is decided by the call alone (and not done where the two dyadic orders differ).
 *
 * @param path1 (...1, length, dimension)
 * @param path2 (...2, length2, dimension); left out or undefined it is `path1`
 * @param options those of `sigKernel`, and `maxBatch` -1
 * @returns (...1, ...2); with `returnGrid` (...1, ...2, rows, columns); with `health: true` `{ value, health }`
 * @throws like `sigKernel`
 * @example sigKernelGram(paths, { dyadicOrder: 1, normalize: true }) // (n, n), ones on the diagonal
 */
export const sigKernelGram = synchronous("sigKernelGram", sigKernelGramBody) as GramForm<SigKernelGramOptions, Tensor, Examined<Tensor>>;

/** The promise form of {@link sigKernelGram}: also takes `signal`, `onProgress` and `backend`. */
export const sigKernelGramAsync = promised("sigKernelGram", sigKernelGramBody) as GramForm<
  SigKernelGramOptions & PromiseOptions,
  Promise<Tensor>,
  Promise<Examined<Tensor>>
>;
