/** Branched signatures of paths. */
import type { Tensor, TensorLike } from "@sig/core";
import { branchedAlgebraOf, branchedLength, integralsOf, readBranched, type PlanarOptions } from "./branchedInputs.js";
import { checkAgreement, pathCall, readCorrection, readDegree, readPath, type CorrectionOptions, type PathOptions } from "./inputs.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { blankLevels, blankLike, shapedLike, tensorOf, withSwapHint, writeIdentity } from "./outputs.js";

export interface BranchedSigBackpropOptions extends PathOptions, PlanarOptions, CorrectionOptions {}

export interface BranchedSigOptions extends BranchedSigBackpropOptions {
  /** Begin each signature with the scalar 1. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const BACKPROP_DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, endTime: 1, planar: false, correction: undefined, nJobs: 1 });
const DEFAULTS = Object.freeze({ ...BACKPROP_DEFAULTS, scalarTerm: false });

export function* branchedSigBody(context: Context, path: TensorLike, degree: number, options?: BranchedSigOptions): Steps<Tensor> {
  const given = context.options(options, DEFAULTS);
  const planar = context.flag("planar", given.planar);
  const scalar = context.flag("scalarTerm", given.scalarTerm);
  const x = readPath(context, path, given);
  const algebra = branchedAlgebraOf(x, readDegree(context, degree, 0), planar);
  const correction = readCorrection(context, given.correction, x, algebra.degree);
  let length, out;
  try {
    length = branchedLength(context, algebra, scalar);
    out = blankLevels(context, x.dtype, x.batch, length, scalar);
  } catch (error) {
    throw withSwapHint(error, x);
  }
  if (x.batch === 0 || x.points < 2 || algebra.degree === 0) {
    writeIdentity(out, length);
  } else {
    const integrals = integralsOf(context, algebra, correction, x.dimension);
    yield perform("branchedSig", pathCall(x, { integrals, correction, out }));
  }
  return tensorOf(out.data, x.batchShape, length);
}

/**
 * The branched signature of each path: the value of a tree [t1 ... tk]_l, whose root is labelled l, is the integral of X(t1) ... X(tk) dx^l,
 * each X(ti) up to the time of integration; values come in the order of `trees`. With `planar` the basis is the forests of planar trees:
 * X(F [C]_l) is the integral of X(F) X(C) dx^l, where X(F) X(C) is the sum of X over the shuffles of F and C.
 * Sources: M. Gubinelli, J. Differential Equations 248 (2010); H. Munthe-Kaas, W. Wright, Found. Comput. Math. 8 (2008).
 *
 * A `correction` adds its entry at i1 ... ik, of level k, to the logarithm of a segment at the chain with these labels, root first.
 *
 * @param path (..., length, dimension); fewer than two points give the signature of a point, which is zero
 * @param degree truncation, the most nodes of a tree or forest, at least 0
 * @param options `timeAug` false, `leadLag` false, `endTime` 1, `planar` false, `scalarTerm` false, `correction` none, `nJobs` 1
 * @returns (..., S), S = `branchedSigLength(dimension, degree, options)`
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape or degree, and where the result or the table of trees would be too large
 * @example branchedSig([[0, 0], [1, 0.5], [0.5, 1]], 2).data // 0.5, 1, 0.125, 0.625, -0.125, 0.5
 */
export const branchedSig = synchronous("branchedSig", branchedSigBody);

/** The promise form of {@link branchedSig}: also takes `signal`, `onProgress` and `backend`. */
export const branchedSigAsync = promised("branchedSig", branchedSigBody);

export function* branchedSigBackpropBody(
  context: Context,
  path: TensorLike,
  bsig: TensorLike,
  bsigDerivs: TensorLike,
  degree: number,
  options?: BranchedSigBackpropOptions,
): Steps<Tensor> {
  const given = context.options(options, BACKPROP_DEFAULTS);
  const planar = context.flag("planar", given.planar);
  const x = readPath(context, path, given);
  const algebra = branchedAlgebraOf(x, readDegree(context, degree, 0), planar);
  const correction = readCorrection(context, given.correction, x, algebra.degree);
  const value = readBranched(context, "bsig", bsig, algebra);
  const derivs = readBranched(context, "bsigDerivs", bsigDerivs, algebra);
  checkAgreement(context, "bsig", value, "path", x);
  checkAgreement(context, "bsigDerivs", derivs, "path", x);
  const out = blankLike(context, "path", x);
  if (x.batch > 0 && x.points > 1 && algebra.degree > 0) {
    const integrals = integralsOf(context, algebra, correction, x.dimension);
    yield perform("branchedSigBackprop", pathCall(x, { integrals, correction, derivs, out }));
  } else {
    out.fill(0);
  }
  return shapedLike(x, out);
}

/**
 * The gradient of a function F of `branchedSig(path, degree, options)` with respect to the path. Corrections have no gradient.
 *
 * @param path (..., length, dimension), as given to `branchedSig`
 * @param bsig what `branchedSig` gave, with or without scalar term; its shape is checked
 * @param bsigDerivs dF/dbsig, with or without scalar term
 * @param degree as given to `branchedSig`
 * @param options those given to `branchedSig`, without `scalarTerm`
 * @returns dF/dpath, shaped like `path`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, a bad degree, or too large a table of trees
 * @example branchedSigBackprop(path, branchedSig(path, 2), [1, 2, 3, 4, 5, 6], 2)
 */
export const branchedSigBackprop = synchronous("branchedSigBackprop", branchedSigBackpropBody);

/** The promise form of {@link branchedSigBackprop}. */
export const branchedSigBackpropAsync = promised("branchedSigBackprop", branchedSigBackpropBody);
