/** Branched log-signatures of paths. */
import { rangeError, type Tensor, type TensorLike } from "@sig/core";
import { branchedAlgebraOf, integralsOf } from "./branchedInputs.js";
import {
  blankBranched,
  branchedCoordinates,
  logarithm,
  logarithmAdjoint,
  readBranchedLogSig,
  readBranchedMethod,
  type BranchedMethodOptions,
  type LogRows,
} from "./branchedLogSignatureCoordinates.js";
import { checkAgreement, pathCall, readCorrection, readDegree, readPath, type CorrectionOptions, type PathOptions } from "./inputs.js";
import { perform, promised, synchronous, within, type Context, type Steps } from "./operation.js";
import { blankLevels, blankLike, shapedLike, tensorOf, withSwapHint } from "./outputs.js";

export interface BranchedLogSigOptions extends PathOptions, CorrectionOptions, BranchedMethodOptions {
  /** With method 0: begin with the scalar 0. No effect otherwise. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const DEFAULTS = Object.freeze({
  timeAug: false,
  leadLag: false,
  endTime: 1,
  planar: false,
  scalarTerm: false,
  method: undefined,
  correction: undefined,
  nJobs: 1,
});

/** Arguments that branchedLogSig and its backprop share. */
function readCall(context: Context, path: TensorLike, degree: number, options: BranchedLogSigOptions | undefined) {
  const given = context.options(options, DEFAULTS);
  const planar = context.flag("planar", given.planar);
  const method = readBranchedMethod(context, given.method, planar);
  const scalar = context.flag("scalarTerm", given.scalarTerm) && method === 0;
  const x = readPath(context, path, given);
  const algebra = branchedAlgebraOf(x, readDegree(context, degree, 1), planar);
  const correction = readCorrection(context, given.correction, x, algebra.degree);
  if (correction && method === 3) throw rangeError(context.place("correction"), "cannot be used with method 3");
  return { method, scalar, x, algebra, correction };
}

export function* branchedLogSigBody(context: Context, path: TensorLike, degree: number, options?: BranchedLogSigOptions): Steps<Tensor> {
  const { method, scalar, x, algebra, correction } = readCall(context, path, degree, options);
  let length, out;
  try {
    length = branchedCoordinates(context, method, algebra, scalar);
    out = blankLevels(context, x.dtype, x.batch, length, scalar);
  } catch (error) {
    throw withSwapHint(error, x);
  }
  if (x.batch > 0 && x.points > 1) {
    const rows: LogRows = { algebra, method, dtype: x.dtype, batch: x.batch };
    const sig = blankBranched(context, rows);
    const integrals = integralsOf(context, algebra, correction, x.dimension);
    yield perform("branchedSig", pathCall(x, { integrals, correction, out: sig }), 0.8);
    yield* logarithm(context, rows, sig, out);
  } else {
    out.data.fill(0);
  }
  return tensorOf(out.data, x.batchShape, length);
}

/**
 * The logarithm of the branched signature of each path for the product of `branchedSigCombine`, x - x^2/2 + x^3/3 - ... with x = X - 1, in the
 * coordinates of `method`. Lyndon forests are planar forests smaller than their proper suffixes as words in trees; brackets of forests side
 * by side are b(t) = t for a tree, b(w) = b(u) b(v) - b(v) b(u), v the longest Lyndon forest that ends w = uv.
 *
 * @param path (..., length, dimension); fewer than two points give zeros
 * @param degree truncation, at least 1
 * @param options `timeAug` false, `leadLag` false, `endTime` 1, `planar` false, `scalarTerm` false, `method` 0 or, planar, 1, `correction`
 *   none (not with method 3), `nJobs` 1
 * @returns (..., M), M = `branchedLogSigLength(dimension, degree, options)`, for method 0 `branchedSigLength(dimension, degree, options)`
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape, degree or method, and where the result or a table would be too large
 * @example branchedLogSig([[0, 0], [1, 0.5], [0.5, 1]], 2).data // 0.5, 1, 0, 0.375, -0.375, 0
 */
export const branchedLogSig = synchronous("branchedLogSig", branchedLogSigBody);

/** The promise form of {@link branchedLogSig}: also takes `signal`, `onProgress` and `backend`. */
export const branchedLogSigAsync = promised("branchedLogSig", branchedLogSigBody);

export function* branchedLogSigBackpropBody(
  context: Context,
  path: TensorLike,
  blogsigDerivs: TensorLike,
  degree: number,
  options?: BranchedLogSigOptions,
): Steps<Tensor> {
  const { method, x, algebra, correction } = readCall(context, path, degree, options);
  const derivs = readBranchedLogSig(context, "blogsigDerivs", blogsigDerivs, method, algebra);
  checkAgreement(context, "blogsigDerivs", derivs, "path", x);
  const out = blankLike(context, "path", x);
  if (x.batch > 0 && x.points > 1) {
    const rows: LogRows = { algebra, method, dtype: x.dtype, batch: x.batch };
    const [sig, dSig] = [blankBranched(context, rows), blankBranched(context, rows)];
    const integrals = integralsOf(context, algebra, correction, x.dimension);
    yield perform("branchedSig", pathCall(x, { integrals, correction, out: sig }), 0.3);
    yield* within(0.4, logarithmAdjoint(context, rows, sig, derivs, dSig));
    yield perform("branchedSigBackprop", pathCall(x, { integrals, correction, derivs: dSig, out }));
  } else {
    out.fill(0);
  }
  return shapedLike(x, out);
}

/**
 * The gradient of a function F of `branchedLogSig(path, degree, options)` with respect to the path. Not in pysiglib.
 *
 * @param path (..., length, dimension), as given to `branchedLogSig`
 * @param blogsigDerivs dF/dout; for method 0 with or without scalar term
 * @param degree as given to `branchedLogSig`
 * @param options those given to `branchedLogSig`
 * @returns dF/dpath, shaped like `path`
 * @throws like `branchedLogSig`, and for shapes that do not belong together
 * @example branchedLogSigBackprop(path, [1, 2, 3, 4, 5, 6], 2)
 */
export const branchedLogSigBackprop = synchronous("branchedLogSigBackprop", branchedLogSigBackpropBody);

/** The promise form of {@link branchedLogSigBackprop}. */
export const branchedLogSigBackpropAsync = promised("branchedLogSigBackprop", branchedLogSigBackpropBody);
