/** Gradients of signature kernels: those of the numerical schemes themselves, not of the equation that they solve. */
import { rangeError, type DeviceTensor, type Real, type Tensor, type TensorLike } from "@sig/core";
import type { OnDevice } from "./device.js";
import type { PathInput } from "./inputs.js";
import {
  gridShape,
  readEquation,
  readGramPaths,
  readLike,
  readPairedPaths,
  SOLVER_DEFAULTS,
  splitGram,
  type BackpropOptions,
  type Equation,
  type GramOptions,
  type SolverOptions,
} from "./kernelInputs.js";
import { normalizedBackprop, normalizedTotalBackprop } from "./kernelNormalize.js";
import { solveBackprop, totalBackprop, transformed, untransformed, type Problem } from "./kernelSolver.js";
import { promised, synchronous, within, type Context, type PromiseOptions, type Steps } from "./operation.js";
import { shapedLike } from "./outputs.js";

export interface FlagOptions {
  /** The kernels are those of `returnGrid`. Default false. */
  readonly returnGrid?: boolean | undefined;
  /** The kernels are those of `normalize`. Default false. */
  readonly normalize?: boolean | undefined;
}

export interface SigKernelBackpropOptions extends SolverOptions, BackpropOptions, FlagOptions {}

export interface SigKernelGramBackpropOptions extends GramOptions, BackpropOptions, FlagOptions {}

/** Gradients of the two batches of paths; null where one is not wanted. */
export type PathGradients = [dPath1: Tensor | null, dPath2: Tensor | null];

export const GRADIENT_DEFAULTS = Object.freeze({ leftDeriv: undefined, rightDeriv: undefined, returnGrid: false, normalize: false });
const DEFAULTS = Object.freeze({ ...SOLVER_DEFAULTS, ...GRADIENT_DEFAULTS, kGrid: undefined });
const GRAM_DEFAULTS = Object.freeze({ ...DEFAULTS, maxBatch: -1 });

type Given = Readonly<Record<keyof typeof GRADIENT_DEFAULTS, unknown>> & { readonly kGrid?: unknown; readonly kStack?: unknown };

/** The arguments of a gradient, checked. */
interface Backprop {
  readonly equation: Equation;
  readonly x: PathInput;
  readonly y: PathInput;
  readonly grid: readonly [number, number] | undefined;
  readonly normalize: boolean;
  readonly derivs: Real;
  readonly kGrid: Real | undefined;
}

function readBackprop(
  context: Context,
  given: Given,
  equation: Equation,
  [x, y]: readonly [PathInput, PathInput],
  derivs: unknown,
  batchShape: readonly number[],
): Backprop {
  const returnGrid = context.flag("returnGrid", given.returnGrid);
  const normalize = context.flag("normalize", given.normalize);
  if (returnGrid && normalize) throw rangeError(context.place("normalize"), "cannot be used with returnGrid");
  const nodes = gridShape(context, equation, x, y);
  const shape = returnGrid ? [...batchShape, ...nodes] : batchShape;
  const weights = readLike(context, "derivs", derivs, x, "path1", shape);
  const kGrid = given.kGrid === undefined ? undefined : readLike(context, "kGrid", given.kGrid, x, "path1", [...batchShape, ...nodes]);
  const { solver } = equation;
  // What branched kernels kept is computed again faster than it is read.
  if (solver.method === "branched" && given.kStack !== undefined)
    readLike(context, "kStack", given.kStack, x, "path1", [...batchShape, solver.depth + 1, ...nodes]);
  return {
    equation,
    x,
    y,
    grid: returnGrid ? nodes : undefined,
    normalize,
    derivs: weights,
    kGrid: solver.method === "polynomial" ? undefined : kGrid,
  };
}

/** The gradients of the two sides, in the shapes of their paths. */
function* gradients(
  context: Context,
  { equation, x, y, grid, normalize, derivs, kGrid }: Backprop,
  pairing: "pairs" | "gram",
  wanted: { readonly x: boolean; readonly y: boolean },
): Steps<PathGradients> {
  if (!wanted.x && !wanted.y) return [null, null];
  const left = yield* transformed(context, "path1", x, 0.05);
  const right = yield* transformed(context, "path2", y, 0.05);
  const problem: Problem = { equation, pairing, x: left, y: right, grid, watch: undefined };
  const { dX, dY } = normalize
    ? yield* within(0.9, normalizedBackprop(context, problem, derivs, wanted))
    : yield* solveBackprop(context, problem, derivs, wanted, kGrid, 0.9);
  return [
    wanted.x ? shapedLike(x, yield* untransformed(context, "path1", x, dX, wanted.y ? 0.5 : 1)) : null,
    wanted.y ? shapedLike(y, yield* untransformed(context, "path2", y, dY)) : null,
  ];
}

function readWanted(context: Context, given: { readonly leftDeriv: unknown; readonly rightDeriv: unknown }): { x: boolean; y: boolean } {
  return {
    x: given.leftDeriv === undefined || context.flag("leftDeriv", given.leftDeriv),
    y: given.rightDeriv !== undefined && context.flag("rightDeriv", given.rightDeriv),
  };
}

/** The gradients of kernels of pairs, of an equation of any kind. */
export function* pairGradients(
  context: Context,
  given: Given,
  equation: Equation,
  derivs: unknown,
  path1: unknown,
  path2: unknown,
): Steps<PathGradients> {
  const wanted = readWanted(context, given);
  const paths = readPairedPaths(context, path1, path2, equation);
  return yield* gradients(context, readBackprop(context, given, equation, paths, derivs, paths[0].batchShape), "pairs", wanted);
}

export function* sigKernelBackpropBody(
  context: Context,
  derivs: TensorLike,
  path1: TensorLike,
  path2: TensorLike,
  options?: SigKernelBackpropOptions,
): Steps<PathGradients> {
  const given = context.options(options, DEFAULTS);
  return yield* pairGradients(context, given, readEquation(context, given), derivs, path1, path2);
}

/**
 * The gradients of a function F of `sigKernel(path1, path2, options)`. Time has none, nor have the parameters of a static kernel.
 *
 * @param derivs dF/dk, shaped like the kernels; for a single pair a number will do
 * @param path1 as for `sigKernel`
 * @param path2 as for `sigKernel`
 * @param options those given to `sigKernel` (without `health`), and `leftDeriv` true, `rightDeriv` false, `kGrid` none
 * @returns [dF/dpath1, dF/dpath2], each shaped like its path, or null where it is not wanted
 * @throws like `sigKernel`
 * @example const [d1, d2] = sigKernelBackprop(1, x, y, { dyadicOrder: 1, rightDeriv: true })
 */
export const sigKernelBackprop = synchronous("sigKernelBackprop", sigKernelBackpropBody);

/** The promise form of {@link sigKernelBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const sigKernelBackpropAsync = promised("sigKernelBackprop", sigKernelBackpropBody);

/** The gradients of the gram of two batches, or the one of a single batch where the second is undefined. */
export function* gramGradients(
  context: Context,
  given: Given,
  equation: Equation,
  derivs: unknown,
  path1: unknown,
  path2: unknown,
): Steps<Tensor | PathGradients> {
  const wanted = readWanted(context, given);
  const paths = readGramPaths(context, path1, path2, equation);
  const [x, y] = paths;
  const backprop = readBackprop(context, given, equation, paths, derivs, [...x.batchShape, ...y.batchShape]);
  if (x !== y) return yield* gradients(context, backprop, "gram", wanted);
  for (const option of ["leftDeriv", "rightDeriv"] as const)
    if (given[option] !== undefined) throw rangeError(context.place(option), "has no meaning for one batch, whose gradient is one");
  return yield* totalGradient(context, backprop);
}

export function* sigKernelGramBackpropBody(
  context: Context,
  derivs: TensorLike,
  path1: TensorLike,
  second?: unknown,
  third?: unknown,
): Steps<Tensor | PathGradients> {
  const [path2, options] = splitGram(second, third);
  const given = context.options(options, GRAM_DEFAULTS);
  return yield* gramGradients(context, given, readEquation(context, given), derivs, path1, path2);
}

/** The gradient of a batch that is on both sides. */
function* totalGradient(context: Context, { equation, x, grid, normalize, derivs, kGrid }: Backprop): Steps<Tensor> {
  const side = yield* transformed(context, "path1", x, 0.05);
  const problem: Problem = { equation, pairing: "gram", x: side, y: side, grid, watch: undefined };
  const forward: Problem = equation.symmetric ? { ...problem, pairing: "triangle" } : problem;
  const gradient = normalize
    ? yield* within(0.95, normalizedTotalBackprop(context, problem, forward, derivs))
    : yield* totalBackprop(context, problem, derivs, kGrid, 0.95);
  return shapedLike(x, yield* untransformed(context, "path1", x, gradient));
}

/** The two forms of a gradient of grams. */
export interface GramBackpropForm<Options, One, Two> {
  (derivs: DeviceTensor, path1: DeviceTensor, path2: DeviceTensor, options: Options): OnDevice<Two>;
  (derivs: TensorLike, path: TensorLike, options: Options): One;
  (derivs: TensorLike, path: TensorLike, path2: undefined, options: Options): One;
  (derivs: TensorLike, path1: TensorLike, path2: TensorLike, options: Options): Two;
}

/**
 * The gradients of a function F of `sigKernelGram(path1, path2, options)`; of `sigKernelGram(path, options)` the one gradient, in
 * which every path counts on both sides.
 *
 * @param derivs dF/dk, shaped like the gram
 * @param path1 as for `sigKernelGram`
 * @param path2 as for `sigKernelGram`
 * @param options those given to `sigKernelGram` (without `health`), `kGrid` none, and for two batches `leftDeriv` true, `rightDeriv` false
 * @returns [dF/dpath1, dF/dpath2], each shaped like its paths, or null where it is not wanted; for one batch dF/dpath
 * @throws like `sigKernelGram`
 * @example const gradient = sigKernelGramBackprop(derivs, paths, { dyadicOrder: 1 })
 */
export const sigKernelGramBackprop = synchronous("sigKernelGramBackprop", sigKernelGramBackpropBody) as GramBackpropForm<
  SigKernelGramBackpropOptions,
  Tensor,
  PathGradients
>;

/** The promise form of {@link sigKernelGramBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const sigKernelGramBackpropAsync = promised("sigKernelGramBackprop", sigKernelGramBackpropBody) as GramBackpropForm<
  SigKernelGramBackpropOptions & PromiseOptions,
  Promise<Tensor>,
  Promise<PathGradients>
>;
