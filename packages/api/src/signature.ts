/** Signatures of paths: the iterated integrals of a piecewise linear path, level after level. */
import type { Tensor, TensorLike } from "@sig/core";
import {
  checkAgreement,
  levelsLength,
  pathAlgebra,
  pathCall,
  readCorrection,
  readDegree,
  readLevels,
  readPath,
  streamRows,
  type CorrectionOptions,
  type PathOptions,
} from "./inputs.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { shapedLike, tensorOf, withSwapHint, writeIdentity, blankLevels, blankLike } from "./outputs.js";

export interface SigBackpropOptions extends PathOptions, CorrectionOptions {
  /** The signatures are those of `stream`. Default false. */
  readonly stream?: boolean | undefined;
}

export interface SigOptions extends PathOptions, CorrectionOptions {
  /** One value per time: shape (..., length' - 1, S), row t over the first t + 2 points. Default false. */
  readonly stream?: boolean | undefined;
  /** Begin each signature with the scalar 1. Default false. */
  readonly scalarTerm?: boolean | undefined;
  /** Horner's scheme (default), or with false the exponential of each segment and a product: a few ulp apart. No effect with `correction`. */
  readonly horner?: boolean | undefined;
}

const BACKPROP_DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, endTime: 1, correction: undefined, stream: false, nJobs: 1 });
const SIG_DEFAULTS = Object.freeze({ ...BACKPROP_DEFAULTS, horner: true, scalarTerm: false });

export function* sigBody(context: Context, path: TensorLike, degree: number, options?: SigOptions): Steps<Tensor> {
  const given = context.options(options, SIG_DEFAULTS);
  const horner = context.flag("horner", given.horner);
  const scalar = context.flag("scalarTerm", given.scalarTerm);
  const stream = context.flag("stream", given.stream);
  const x = readPath(context, path, given);
  const algebra = pathAlgebra(x, readDegree(context, degree, 0));
  const correction = readCorrection(context, given.correction, x, algebra.degree);
  const rows = stream ? streamRows(x) : 1;
  let length, out;
  try {
    length = levelsLength(context, algebra, scalar);
    out = blankLevels(context, x.dtype, x.batch * rows, length, scalar);
  } catch (error) {
    throw withSwapHint(error, x);
  }
  if (x.batch === 0 || x.points < 2 || algebra.degree === 0) writeIdentity(out, length);
  else yield perform("sig", pathCall(x, { degree: algebra.degree, stream, correction, horner, out }));
  return stream ? tensorOf(out.data, x.batchShape, rows, length) : tensorOf(out.data, x.batchShape, length);
}

/**
 * The signature of each path, truncated at `degree`: level k holds, for each word i1 ... ik in lexicographic order, the integral of
 * dx^i1 ... dx^ik over t1 < ... < tk. With increments D_s of the (transformed) path it is exp(D_1) (x) exp(D_2) (x) ... (Chen).
 *
 * @param path (..., length, dimension); fewer than two points give the signature of a point, which is zero
 * @param degree truncation, at least 0
 * @param options `timeAug` false, `leadLag` false, `endTime` 1, `horner` true, `scalarTerm` false, `correction` none, `stream` false, `nJobs` 1
 * @returns (..., S), S = `sigLength(dimension, degree, options)`; with `stream` (..., length' - 1, S)
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape or degree, and where the result would be too large
 * @example sig([[0, 0], [1, 2], [4, 3]], 2).data // 4, 3, 8, 3.5, 8.5, 4.5
 */
export const sig = synchronous("sig", sigBody);

/** The promise form of {@link sig}: also takes `signal`, `onProgress` and `backend`. */
export const sigAsync = promised("sig", sigBody);

/** Another name of {@link sig}. */
export const signature = sig;

/** Another name of {@link sigAsync}. */
export const signatureAsync = sigAsync;

export function* sigBackpropBody(
  context: Context,
  path: TensorLike,
  sig: TensorLike,
  sigDerivs: TensorLike,
  degree: number,
  options?: SigBackpropOptions,
): Steps<Tensor> {
  const given = context.options(options, BACKPROP_DEFAULTS);
  const stream = context.flag("stream", given.stream);
  const x = readPath(context, path, given);
  const algebra = pathAlgebra(x, readDegree(context, degree, 0));
  const correction = readCorrection(context, given.correction, x, algebra.degree);
  const value = readLevels(context, "sig", sig, algebra, x);
  const derivs = readLevels(context, "sigDerivs", sigDerivs, algebra, x);
  const batchShape = stream ? [...x.batchShape, streamRows(x)] : x.batchShape;
  checkAgreement(context, "sig", value, "path", x, batchShape);
  checkAgreement(context, "sigDerivs", derivs, "path", x, batchShape);
  const out = blankLike(context, "path", x);
  if (x.batch > 0 && x.points > 1 && algebra.degree > 0) {
    yield perform("sigBackprop", pathCall(x, { degree: algebra.degree, stream, correction, sig: value, derivs, out }));
  } else {
    out.fill(0);
  }
  return shapedLike(x, out);
}

/**
 * The gradient of a function F of the signature with respect to the path, by the adjoint of each segment's step, last to first.
 *
 * @param path (..., length, dimension), as given to `sig`
 * @param sig the value of `sig`, (..., S) with or without scalar term; its shape is checked, its content trusted
 * @param sigDerivs dF/dsig, like `sig`, with or without scalar term (its derivative counts for nothing)
 * @param degree truncation, at least 0
 * @param options those given to `sig`: `timeAug` false, `leadLag` false, `endTime` 1, `correction` none, `stream` false, `nJobs` 1
 * @returns dF/dpath, shaped like `path`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, a bad degree, or too large a result
 * @example sigBackprop(path, sig(path, 3), derivs, 3)
 */
export const sigBackprop = synchronous("sigBackprop", sigBackpropBody);

/** The promise form of {@link sigBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const sigBackpropAsync = promised("sigBackprop", sigBackpropBody);
