/** Signatures in closed form: of a straight segment, and of a path run backwards. */
import type { Tensor, TensorLike } from "@sig/core";
import { algebraCall, checkAgreement, levelsLength, readAlgebra, readLevels, readVectors, type JobOptions } from "./inputs.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { copyPieces, shapedLike, tensorOf, writeIdentity, blankLevels, blankLike } from "./outputs.js";

export interface LinearSigOptions extends JobOptions {
  /** Begin each signature with the scalar 1. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const JOB_DEFAULTS = Object.freeze({ nJobs: 1 });
const LINEAR_DEFAULTS = Object.freeze({ scalarTerm: false, nJobs: 1 });

export function* linearSigBody(
  context: Context,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: LinearSigOptions,
): Steps<Tensor> {
  const given = context.options(options, LINEAR_DEFAULTS);
  const scalar = context.flag("scalarTerm", given.scalarTerm);
  const algebra = readAlgebra(context, dimension, degree, 0, given);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  const length = levelsLength(context, algebra, scalar);
  const { dtype, batch } = step;
  const out = blankLevels(context, dtype, batch, length, scalar);
  if (batch === 0 || algebra.degree === 0) {
    writeIdentity(out, length);
  } else if (context.onDevice) {
    // The unit, joined with the displacement, which cannot be copied from here.
    const sig = { data: context.zeros("degree", dtype, batch * levelsLength(context, algebra, false)), scalar: false };
    yield perform("sigJoin", algebraCall(algebra, step, { sig, displacement: step.data, prepend: false, out }));
  } else {
    // The signature of the path of two points, 0 and the displacement.
    const { dimension, degree, threads } = algebra;
    const path = context.zeros("displacement", dtype, 2 * batch * dimension);
    copyPieces(batch, dimension, { data: step.data, start: 0, stride: dimension }, { data: path, start: dimension, stride: 2 * dimension });
    const plain = { timeAug: false, leadLag: false, endTime: 1, stream: false, correction: undefined, horner: true };
    yield perform("sig", Object.assign({ dtype, batch, threads, length: 2, dimension, degree, path, out }, plain));
  }
  return tensorOf(out.data, step.batchShape, length);
}

/**
 * The signature of a straight segment: exp(v), level k of which is v^(x)k / k!.
 *
 * @param displacement v, (..., dimension)
 * @param dimension channels, at least 1
 * @param degree truncation, at least 0
 * @param options `scalarTerm` false, `nJobs` 1
 * @returns (..., S)
 * @throws SigTypeError for an argument of another kind, or an unknown option
 * @throws SigRangeError for a bad shape, dimension or degree, or too large a result
 * @example linearSig([1, 2], 2, 2).data // 1, 2, 0.5, 1, 1, 2
 */
export const linearSig = synchronous("linearSig", linearSigBody);

/** The promise form of {@link linearSig}. */
export const linearSigAsync = promised("linearSig", linearSigBody);

export function* linearSigBackpropBody(
  context: Context,
  derivs: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: LinearSigOptions,
): Steps<Tensor> {
  const given = context.options(options, LINEAR_DEFAULTS);
  context.flag("scalarTerm", given.scalarTerm);
  const algebra = readAlgebra(context, dimension, degree, 0, given);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  const gradient = readLevels(context, "derivs", derivs, algebra);
  checkAgreement(context, "derivs", gradient, "displacement", step);
  const { dtype, batch } = step;
  const dDisplacement = blankLike(context, "displacement", step);
  if (batch > 0 && algebra.degree > 0) {
    // exp(v) is the unit, joined with v: its gradient is that of the join.
    const length = levelsLength(context, algebra, false);
    const sig = { data: context.zeros("degree", dtype, batch * length), scalar: false };
    const dSig = blankLevels(context, dtype, batch, length, false);
    const operands = { derivs: gradient, sig, displacement: step.data, prepend: false, dSig, dDisplacement };
    yield perform("sigJoinBackprop", algebraCall(algebra, step, operands));
  } else {
    dDisplacement.fill(0);
  }
  return shapedLike(step, dDisplacement);
}

/**
 * The gradient of a function F of `linearSig(displacement, ...)`. Not in pysiglib.
 *
 * @param derivs dF/dout, (..., S) with or without scalar term, whatever `scalarTerm` says
 * @param displacement as for `linearSig`
 * @param dimension as for `linearSig`
 * @param degree as for `linearSig`
 * @param options as for `linearSig`
 * @returns dF/ddisplacement, (..., dimension)
 * @throws like `linearSig`
 * @example linearSigBackprop(derivs, [1, 2], 2, 2)
 */
export const linearSigBackprop = synchronous("linearSigBackprop", linearSigBackpropBody);

/** The promise form of {@link linearSigBackprop}. */
export const linearSigBackpropAsync = promised("linearSigBackprop", linearSigBackpropBody);

export function* sigInverseBody(context: Context, sig: TensorLike, dimension: number, degree: number, options?: JobOptions): Steps<Tensor> {
  const given = context.options(options, JOB_DEFAULTS);
  const algebra = readAlgebra(context, dimension, degree, 0, given);
  const value = readLevels(context, "sig", sig, algebra);
  const { dtype, batch, scalar } = value;
  const length = value.rowLength;
  const out = blankLevels(context, dtype, batch, length, scalar);
  if (batch === 0 || algebra.degree === 0) writeIdentity(out, length);
  else yield perform("sigInverse", algebraCall(algebra, value, { sig: value, out }));
  return tensorOf(out.data, value.batchShape, length);
}

/**
 * The inverse of a signature in the tensor algebra, which is the signature of the path run backwards: out (x) sig = 1.
 * Takes any tensor with level 0 taken as 1. Not in pysiglib.
 *
 * @param sig (..., S) with or without scalar term
 * @param dimension channels, at least 1
 * @param degree truncation, at least 0
 * @param options `nJobs` 1
 * @returns shaped like `sig`
 * @throws SigTypeError for an argument of another kind, or an unknown option
 * @throws SigRangeError for a bad shape, dimension or degree
 * @example sigInverse(sig(path, 3), 2, 3)
 */
export const sigInverse = synchronous("sigInverse", sigInverseBody);

/** The promise form of {@link sigInverse}. */
export const sigInverseAsync = promised("sigInverse", sigInverseBody);

export function* sigInverseBackpropBody(
  context: Context,
  derivs: TensorLike,
  sig: TensorLike,
  dimension: number,
  degree: number,
  options?: JobOptions,
): Steps<Tensor> {
  const given = context.options(options, JOB_DEFAULTS);
  const algebra = readAlgebra(context, dimension, degree, 0, given);
  const gradient = readLevels(context, "derivs", derivs, algebra);
  const value = readLevels(context, "sig", sig, algebra);
  checkAgreement(context, "derivs", gradient, "sig", value);
  const { dtype, batch, scalar } = value;
  const out = { data: blankLike(context, "sig", value), scalar };
  if (batch > 0 && algebra.degree > 0) {
    // With Y = S^-1, dY = -Y dS Y: the gradient goes through the product with Y on the left, then on the right.
    const length = levelsLength(context, algebra, false);
    const inverse = blankLevels(context, dtype, batch, length, false);
    const inner = blankLevels(context, dtype, batch, length, false);
    const unused = blankLevels(context, dtype, batch, length, false);
    yield perform("sigInverse", algebraCall(algebra, value, { sig: value, out: inverse }), 0.2);
    yield perform(
      "sigCombineBackprop",
      algebraCall(algebra, value, { derivs: gradient, left: inverse, right: inverse, dLeft: unused, dRight: inner }),
      0.5,
    );
    yield perform(
      "sigCombineBackprop",
      algebraCall(algebra, value, { derivs: inner, left: inverse, right: inverse, dLeft: out, dRight: unused }),
    );
    for (let i = 0; i < out.data.length; i++) out.data[i] = 0 - out.data[i]!;
  } else {
    out.data.fill(0);
  }
  return shapedLike(value, out.data);
}

/**
 * The gradient of a function F of `sigInverse(sig, ...)`. Not in pysiglib.
 *
 * @param derivs dF/dout, (..., S) with or without scalar term
 * @param sig as for `sigInverse`
 * @param dimension as for `sigInverse`
 * @param degree as for `sigInverse`
 * @param options as for `sigInverse`
 * @returns dF/dsig, shaped like `sig`
 * @throws SigTypeError, SigRangeError like `sigInverse`, and for shapes that do not belong together
 * @example sigInverseBackprop(derivs, sig(path, 3), 2, 3)
 */
export const sigInverseBackprop = synchronous("sigInverseBackprop", sigInverseBackpropBody);

/** The promise form of {@link sigInverseBackprop}. */
export const sigInverseBackpropAsync = promised("sigInverseBackprop", sigInverseBackpropBody);
