/** Products of signatures: of one path and the next, and of a path and a straight segment. */
import type { Tensor, TensorLike } from "@sig/core";
import { algebraCall, checkAgreement, readAlgebra, readLevels, readVectors, type AlgebraOptions, type JobOptions } from "./inputs.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { shapedLike, tensorOf, writeIdentity, blankLevels, blankLike } from "./outputs.js";

export interface SigJoinOptions extends JobOptions {
  /** Put the segment before the path instead of after it. Default false. */
  readonly prepend?: boolean | undefined;
}

const ALGEBRA_DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, nJobs: 1 });
const JOIN_DEFAULTS = Object.freeze({ prepend: false, nJobs: 1 });

export function* sigCombineBody(
  context: Context,
  sig1: TensorLike,
  sig2: TensorLike,
  dimension: number,
  degree: number,
  options?: AlgebraOptions,
): Steps<Tensor> {
  const given = context.options(options, ALGEBRA_DEFAULTS);
  const algebra = readAlgebra(context, dimension, degree, 0, given);
  const left = readLevels(context, "sig1", sig1, algebra);
  const right = readLevels(context, "sig2", sig2, algebra);
  checkAgreement(context, "sig2", right, "sig1", left);
  const { dtype, batch, scalar } = left;
  const length = left.rowLength;
  const out = blankLevels(context, dtype, batch, length, scalar);
  if (batch === 0 || algebra.degree === 0) writeIdentity(out, length);
  else yield perform("sigCombine", algebraCall(algebra, left, { left, right, out }));
  return tensorOf(out.data, left.batchShape, length);
}

/**
 * The product of signatures, which is the signature of one path followed by the other (Chen):
 * out_k = sum over i of sig1_i (x) sig2_(k - i), with level 0 taken as 1. Takes any tensors, not only signatures.
 *
 * @param sig1 (..., S) with or without scalar term, which decides the format of the result
 * @param sig2 (..., S), with or without scalar term
 * @param dimension channels of the paths, at least 1
 * @param degree truncation, at least 0
 * @param options `timeAug` false and `leadLag` false (the paths were transformed), `nJobs` 1
 * @returns shaped like `sig1`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together or to the dimension and degree
 * @example sigCombine(sig(first, 3), sig(second, 3), 2, 3)
 */
export const sigCombine = synchronous("sigCombine", sigCombineBody);

/** The promise form of {@link sigCombine}. */
export const sigCombineAsync = promised("sigCombine", sigCombineBody);

export function* sigCombineBackpropBody(
  context: Context,
  deriv: TensorLike,
  sig1: TensorLike,
  sig2: TensorLike,
  dimension: number,
  degree: number,
  options?: AlgebraOptions,
): Steps<[dSig1: Tensor, dSig2: Tensor]> {
  const given = context.options(options, ALGEBRA_DEFAULTS);
  const algebra = readAlgebra(context, dimension, degree, 0, given);
  const derivs = readLevels(context, "deriv", deriv, algebra);
  const left = readLevels(context, "sig1", sig1, algebra);
  const right = readLevels(context, "sig2", sig2, algebra);
  checkAgreement(context, "sig2", right, "sig1", left);
  checkAgreement(context, "deriv", derivs, "sig1", left);
  const dLeft = { data: blankLike(context, "sig1", left), scalar: left.scalar };
  const dRight = { data: blankLike(context, "sig2", right), scalar: right.scalar };
  if (left.batch > 0 && algebra.degree > 0) {
    yield perform("sigCombineBackprop", algebraCall(algebra, left, { derivs, left, right, dLeft, dRight }));
  } else {
    dLeft.data.fill(0);
    dRight.data.fill(0);
  }
  return [shapedLike(left, dLeft.data), shapedLike(right, dRight.data)];
}

/**
 * The gradients of a function F of `sigCombine(sig1, sig2, ...)`: d1_u = G_u + sum over v of G_uv sig2_v,
 * d2_v = G_v + sum over u of G_uv sig1_u, over words of at least one letter.
 *
 * @param deriv dF/dout, (..., S) with or without scalar term
 * @param sig1 as for `sigCombine`
 * @param sig2 as for `sigCombine`
 * @param dimension as for `sigCombine`
 * @param degree as for `sigCombine`
 * @param options as for `sigCombine`
 * @returns [dF/dsig1, dF/dsig2], each shaped like its argument, 0 at a scalar term
 * @throws like `sigCombine`
 * @example const [d1, d2] = sigCombineBackprop(derivs, first, second, 2, 3)
 */
export const sigCombineBackprop = synchronous("sigCombineBackprop", sigCombineBackpropBody);

/** The promise form of {@link sigCombineBackprop}. */
export const sigCombineBackpropAsync = promised("sigCombineBackprop", sigCombineBackpropBody);

export function* sigJoinBody(
  context: Context,
  sig: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: SigJoinOptions,
): Steps<Tensor> {
  const given = context.options(options, JOIN_DEFAULTS);
  const prepend = context.flag("prepend", given.prepend);
  const algebra = readAlgebra(context, dimension, degree, 0, given);
  const value = readLevels(context, "sig", sig, algebra);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  checkAgreement(context, "displacement", step, "sig", value);
  const { dtype, batch, scalar } = value;
  const length = value.rowLength;
  const out = blankLevels(context, dtype, batch, length, scalar);
  if (batch === 0 || algebra.degree === 0) writeIdentity(out, length);
  else yield perform("sigJoin", algebraCall(algebra, value, { sig: value, displacement: step.data, prepend, out }));
  return tensorOf(out.data, value.batchShape, length);
}

/**
 * The signature of a path made longer by one straight segment: sig (x) exp(displacement), or exp(displacement) (x) sig with `prepend`.
 *
 * @param sig (..., S) with or without scalar term
 * @param displacement (..., dimension)
 * @param dimension channels, at least 1
 * @param degree truncation, at least 0
 * @param options `prepend` false, `nJobs` 1
 * @returns shaped like `sig`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together or to the dimension and degree
 * @example sigJoin(sig(path, 2), [1, 2], 2, 2)
 */
export const sigJoin = synchronous("sigJoin", sigJoinBody);

/** The promise form of {@link sigJoin}. */
export const sigJoinAsync = promised("sigJoin", sigJoinBody);

export function* sigJoinBackpropBody(
  context: Context,
  dOut: TensorLike,
  sig: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: SigJoinOptions,
): Steps<[dSig: Tensor, dDisplacement: Tensor]> {
  const given = context.options(options, JOIN_DEFAULTS);
  const prepend = context.flag("prepend", given.prepend);
  const algebra = readAlgebra(context, dimension, degree, 0, given);
  const derivs = readLevels(context, "dOut", dOut, algebra);
  const value = readLevels(context, "sig", sig, algebra);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  checkAgreement(context, "displacement", step, "sig", value);
  checkAgreement(context, "dOut", derivs, "sig", value);
  const dSig = { data: blankLike(context, "sig", value), scalar: value.scalar };
  const dDisplacement = blankLike(context, "displacement", step);
  if (value.batch > 0 && algebra.degree > 0) {
    const operands = { derivs, sig: value, displacement: step.data, prepend, dSig, dDisplacement };
    yield perform("sigJoinBackprop", algebraCall(algebra, value, operands));
  } else {
    dSig.data.fill(0);
    dDisplacement.fill(0);
  }
  return [shapedLike(value, dSig.data), shapedLike(step, dDisplacement)];
}

/**
 * The gradients of a function F of `sigJoin(sig, displacement, ...)`.
 *
 * @param dOut dF/dout, (..., S) with or without scalar term
 * @param sig as for `sigJoin`
 * @param displacement as for `sigJoin`
 * @param dimension as for `sigJoin`
 * @param degree as for `sigJoin`
 * @param options as for `sigJoin`
 * @returns [dF/dsig, dF/ddisplacement], each shaped like its argument
 * @throws like `sigJoin`
 * @example const [dSig, dStep] = sigJoinBackprop(derivs, sig(path, 2), [1, 2], 2, 2)
 */
export const sigJoinBackprop = synchronous("sigJoinBackprop", sigJoinBackpropBody);

/** The promise form of {@link sigJoinBackprop}. */
export const sigJoinBackpropAsync = promised("sigJoinBackprop", sigJoinBackpropBody);
