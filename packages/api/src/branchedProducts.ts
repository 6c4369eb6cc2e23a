/** Products of branched signatures: of two, and of one with a straight segment. */
import type { Tensor, TensorLike } from "@sig/core";
import { linear, linearAdjoint } from "./branchedForms.js";
import { branchedLength, cutsOf, readBranched, readBranchedAlgebra, type BranchedAlgebra, type BranchedOptions } from "./branchedInputs.js";
import { algebraCall, checkAgreement, readVectors, type LevelRows, type Rows } from "./inputs.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { blankLevels, blankLike, shapedLike, tensorOf, writeIdentity } from "./outputs.js";

export interface BranchedSigJoinOptions extends BranchedOptions {
  /** Put the segment before the path instead of behind it. Default false. */
  readonly prepend?: boolean | undefined;
}

const COMBINE_DEFAULTS = Object.freeze({ planar: false, nJobs: 1 });
const JOIN_DEFAULTS = Object.freeze({ planar: false, prepend: false, nJobs: 1 });

export function* branchedSigCombineBody(
  context: Context,
  bsig1: TensorLike,
  bsig2: TensorLike,
  dimension: number,
  degree: number,
  options?: BranchedOptions,
): Steps<Tensor> {
  const given = context.options(options, COMBINE_DEFAULTS);
  const algebra = readBranchedAlgebra(context, dimension, degree, 0, given);
  const left = readBranched(context, "bsig1", bsig1, algebra);
  const right = readBranched(context, "bsig2", bsig2, algebra);
  checkAgreement(context, "bsig2", right, "bsig1", left);
  const out = blankLevels(context, left.dtype, left.batch, left.rowLength, left.scalar);
  if (left.batch === 0 || algebra.degree === 0) writeIdentity(out, left.rowLength);
  else yield perform("branchedSigCombine", algebraCall(algebra, left, { cuts: cutsOf(context, algebra), left, right, out }));
  return tensorOf(out.data, left.batchShape, left.rowLength);
}

/**
 * The product of branched signatures, which is the branched signature of one path followed by the other: the sum over all cuts of a tree of
 * the value in `bsig1` of what a cut takes, times that in `bsig2` of what it leaves. The scalar terms count as 1. Takes any rows: without
 * `planar`, several trees that are taken count by the product of their values.
 *
 * @param bsig1 (..., S) with or without scalar term, which decides the format of the result
 * @param bsig2 (..., S), with or without scalar term
 * @param dimension channels of the paths after their transforms, at least 1
 * @param degree truncation, at least 0
 * @param options `planar` false, `nJobs` 1
 * @returns shaped like `bsig1`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together or to the dimension and degree, and too large a table of cuts
 * @example branchedSigCombine(branchedSig(first, 3), branchedSig(second, 3), 2, 3)
 */
export const branchedSigCombine = synchronous("branchedSigCombine", branchedSigCombineBody);

/** The promise form of {@link branchedSigCombine}. */
export const branchedSigCombineAsync = promised("branchedSigCombine", branchedSigCombineBody);

export function* branchedSigCombineBackpropBody(
  context: Context,
  derivs: TensorLike,
  bsig1: TensorLike,
  bsig2: TensorLike,
  dimension: number,
  degree: number,
  options?: BranchedOptions,
): Steps<[dBsig1: Tensor, dBsig2: Tensor]> {
  const given = context.options(options, COMBINE_DEFAULTS);
  const algebra = readBranchedAlgebra(context, dimension, degree, 0, given);
  const gradient = readBranched(context, "derivs", derivs, algebra);
  const left = readBranched(context, "bsig1", bsig1, algebra);
  const right = readBranched(context, "bsig2", bsig2, algebra);
  checkAgreement(context, "bsig2", right, "bsig1", left);
  checkAgreement(context, "derivs", gradient, "bsig1", left);
  const dLeft = { data: blankLike(context, "bsig1", left), scalar: left.scalar };
  const dRight = { data: blankLike(context, "bsig2", right), scalar: right.scalar };
  if (left.batch > 0 && algebra.degree > 0) {
    const operands = { cuts: cutsOf(context, algebra), derivs: gradient, left, right, dLeft, dRight };
    yield perform("branchedSigCombineBackprop", algebraCall(algebra, left, operands));
  } else {
    dLeft.data.fill(0);
    dRight.data.fill(0);
  }
  return [shapedLike(left, dLeft.data), shapedLike(right, dRight.data)];
}

/**
 * The gradients of a function F of `branchedSigCombine(bsig1, bsig2, ...)`.
 *
 * @param derivs dF/dout, (..., S) with or without scalar term
 * @param bsig1 as for `branchedSigCombine`
 * @param bsig2 as for `branchedSigCombine`
 * @param dimension as for `branchedSigCombine`
 * @param degree as for `branchedSigCombine`
 * @param options as for `branchedSigCombine`
 * @returns [dF/dbsig1, dF/dbsig2], each shaped like its argument, 0 at a scalar term
 * @throws like `branchedSigCombine`
 * @example const [d1, d2] = branchedSigCombineBackprop(derivs, first, second, 2, 3)
 */
export const branchedSigCombineBackprop = synchronous("branchedSigCombineBackprop", branchedSigCombineBackpropBody);

/** The promise form of {@link branchedSigCombineBackprop}. */
export const branchedSigCombineBackpropAsync = promised("branchedSigCombineBackprop", branchedSigCombineBackpropBody);

interface Join {
  readonly algebra: BranchedAlgebra;
  readonly value: LevelRows;
  readonly step: Rows;
  readonly prepend: boolean;
}

function readJoin(
  context: Context,
  bsig: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options: BranchedSigJoinOptions | undefined,
): Join {
  const given = context.options(options, JOIN_DEFAULTS);
  const prepend = context.flag("prepend", given.prepend);
  const algebra = readBranchedAlgebra(context, dimension, degree, 0, given);
  const value = readBranched(context, "bsig", bsig, algebra);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  checkAgreement(context, "displacement", step, "bsig", value);
  return { algebra, value, step, prepend };
}

export function* branchedSigJoinBody(
  context: Context,
  bsig: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: BranchedSigJoinOptions,
): Steps<Tensor> {
  const { algebra, value, step, prepend } = readJoin(context, bsig, displacement, dimension, degree, options);
  const { dtype, batch, scalar, rowLength } = value;
  const out = blankLevels(context, dtype, batch, rowLength, scalar);
  if (batch === 0 || algebra.degree === 0) {
    writeIdentity(out, rowLength);
  } else {
    const segment = blankLevels(context, dtype, batch, branchedLength(context, algebra, false), false);
    const [left, right] = prepend ? [segment, value] : [value, segment];
    yield linear(context, algebra, step, segment, 0.5);
    yield perform("branchedSigCombine", algebraCall(algebra, value, { cuts: cutsOf(context, algebra), left, right, out }));
  }
  return tensorOf(out.data, value.batchShape, rowLength);
}

/**
 * The branched signature of a path made longer by one straight segment: the product (see `branchedSigCombine`) of `bsig` with
 * `linearBranchedSig(displacement, ...)`, which comes first with `prepend`.
 *
 * @param bsig (..., S) with or without scalar term
 * @param displacement (..., dimension)
 * @param dimension channels of the path after its transforms, at least 1
 * @param degree truncation, at least 0
 * @param options `planar` false, `prepend` false, `nJobs` 1
 * @returns shaped like `bsig`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together or to the dimension and degree, and too large a table of cuts
 * @example branchedSigJoin(branchedSig(path, 2), [1, 2], 2, 2)
 */
export const branchedSigJoin = synchronous("branchedSigJoin", branchedSigJoinBody);

/** The promise form of {@link branchedSigJoin}. */
export const branchedSigJoinAsync = promised("branchedSigJoin", branchedSigJoinBody);

export function* branchedSigJoinBackpropBody(
  context: Context,
  derivs: TensorLike,
  bsig: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: BranchedSigJoinOptions,
): Steps<[dBsig: Tensor, dDisplacement: Tensor]> {
  const { algebra, value, step, prepend } = readJoin(context, bsig, displacement, dimension, degree, options);
  const gradient = readBranched(context, "derivs", derivs, algebra);
  checkAgreement(context, "derivs", gradient, "bsig", value);
  const { dtype, batch } = value;
  if (batch === 0 || algebra.degree === 0) {
    const zero = (argument: string, rows: Rows): Tensor => shapedLike(rows, context.zeros(argument, rows.dtype, rows.data.length));
    return [zero("bsig", value), zero("displacement", step)];
  }
  const length = branchedLength(context, algebra, false);
  const segment = blankLevels(context, dtype, batch, length, false);
  const dSegment = blankLevels(context, dtype, batch, length, false);
  const dValue = { data: blankLike(context, "bsig", value), scalar: value.scalar };
  yield linear(context, algebra, step, segment, 0.3);
  const [left, right, dLeft, dRight] = prepend ? [segment, value, dSegment, dValue] : [value, segment, dValue, dSegment];
  const operands = { cuts: cutsOf(context, algebra), derivs: gradient, left, right, dLeft, dRight };
  yield perform("branchedSigCombineBackprop", algebraCall(algebra, value, operands), 0.5);
  return [shapedLike(value, dValue.data), yield* linearAdjoint(context, algebra, step, dSegment)];
}

/**
 * The gradients of a function F of `branchedSigJoin(bsig, displacement, ...)`.
 *
 * @param derivs dF/dout, (..., S) with or without scalar term
 * @param bsig as for `branchedSigJoin`
 * @param displacement as for `branchedSigJoin`
 * @param dimension as for `branchedSigJoin`
 * @param degree as for `branchedSigJoin`
 * @param options as for `branchedSigJoin`
 * @returns [dF/dbsig, dF/ddisplacement], each shaped like its argument, 0 at a scalar term
 * @throws like `branchedSigJoin`
 * @example const [dBsig, dStep] = branchedSigJoinBackprop(derivs, branchedSig(path, 2), [1, 2], 2, 2)
 */
export const branchedSigJoinBackprop = synchronous("branchedSigJoinBackprop", branchedSigJoinBackpropBody);

/** The promise form of {@link branchedSigJoinBackprop}. */
export const branchedSigJoinBackpropAsync = promised("branchedSigJoinBackprop", branchedSigJoinBackpropBody);
