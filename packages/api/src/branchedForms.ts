/** Branched signatures of straight segments. */
import type { Levels, Tensor, TensorLike } from "@sig/core";
import {
  branchedLength,
  integralsOf,
  readBranched,
  readBranchedAlgebra,
  type BranchedAlgebra,
  type BranchedOptions,
} from "./branchedInputs.js";
import { checkAgreement, readVectors, type Rows } from "./inputs.js";
import { perform, promised, synchronous, type Context, type Step, type Steps } from "./operation.js";
import { blankLevels, blankLike, copyPieces, shapedLike, tensorOf, writeIdentity } from "./outputs.js";

export interface LinearBranchedSigOptions extends BranchedOptions {
  /** Begin each signature with the scalar 1. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const LINEAR_DEFAULTS = Object.freeze({ planar: false, scalarTerm: false, nJobs: 1 });

/** The path of two points, 0 and the displacement, in a backend call. */
function segmentCall<Rest extends object>(context: Context, { threads, dimension }: BranchedAlgebra, step: Rows, rest: Rest) {
  const { dtype, batch, data } = step;
  const path = context.zeros("displacement", dtype, 2 * batch * dimension);
  copyPieces(batch, dimension, { data, start: 0, stride: dimension }, { data: path, start: dimension, stride: 2 * dimension });
  const plain = { timeAug: false, leadLag: false, endTime: 1, correction: undefined };
  return Object.assign({ dtype, batch, threads, length: 2, dimension, path }, plain, rest);
}

/** Writes the branched signatures of straight segments. */
export function linear(context: Context, algebra: BranchedAlgebra, step: Rows, out: Levels, share: number): Step<"branchedSig"> {
  const integrals = integralsOf(context, algebra, undefined, algebra.dimension);
  return perform("branchedSig", segmentCall(context, algebra, step, { integrals, out }), share);
}

/** The gradient of the displacements from that of the branched signatures of the segments. */
export function* linearAdjoint(context: Context, algebra: BranchedAlgebra, step: Rows, derivs: Levels): Steps<Tensor> {
  const { dtype, batch } = step;
  const integrals = integralsOf(context, algebra, undefined, algebra.dimension);
  const dPath = context.blank("displacement", dtype, 2 * batch * algebra.dimension);
  yield perform("branchedSigBackprop", segmentCall(context, algebra, step, { integrals, derivs, out: dPath }));
  const dStep = blankLike(context, "displacement", step);
  const { dimension } = algebra;
  copyPieces(batch, dimension, { data: dPath, start: dimension, stride: 2 * dimension }, { data: dStep, start: 0, stride: dimension });
  return shapedLike(step, dStep);
}

export function* linearBranchedSigBody(
  context: Context,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: LinearBranchedSigOptions,
): Steps<Tensor> {
  const given = context.options(options, LINEAR_DEFAULTS);
  const scalar = context.flag("scalarTerm", given.scalarTerm);
  const algebra = readBranchedAlgebra(context, dimension, degree, 0, given);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  const length = branchedLength(context, algebra, scalar);
  const out = blankLevels(context, step.dtype, step.batch, length, scalar);
  if (step.batch === 0 || algebra.degree === 0) writeIdentity(out, length);
  else yield linear(context, algebra, step, out, 1);
  return tensorOf(out.data, step.batchShape, length);
}

/**
 * The branched signature of a straight segment: the product of the displacement over the labels of all nodes, divided by the tree
 * factorial, which is the number of nodes times the factorials of the subtrees of the root; with `planar`, w(F [C]_l) = w(F) w(C) / nodes
 * in place of one over the factorial.
 *
 * @param displacement (..., dimension)
 * @param dimension channels, at least 1
 * @param degree truncation, at least 0
 * @param options `planar` false, `scalarTerm` false, `nJobs` 1
 * @returns (..., S)
 * @throws SigTypeError for an argument of another kind, or an unknown option
 * @throws SigRangeError for a bad shape, dimension or degree, or too large a result
 * @example linearBranchedSig([1, 2], 2, 2).data // 1, 2, 0.5, 1, 1, 2
 */
export const linearBranchedSig = synchronous("linearBranchedSig", linearBranchedSigBody);

/** The promise form of {@link linearBranchedSig}. */
export const linearBranchedSigAsync = promised("linearBranchedSig", linearBranchedSigBody);

export function* linearBranchedSigBackpropBody(
  context: Context,
  derivs: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: LinearBranchedSigOptions,
): Steps<Tensor> {
  const given = context.options(options, LINEAR_DEFAULTS);
  context.flag("scalarTerm", given.scalarTerm);
  const algebra = readBranchedAlgebra(context, dimension, degree, 0, given);
  const gradient = readBranched(context, "derivs", derivs, algebra);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  checkAgreement(context, "derivs", gradient, "displacement", step);
  if (step.batch === 0 || algebra.degree === 0) return shapedLike(step, context.zeros("displacement", step.dtype, step.data.length));
  return yield* linearAdjoint(context, algebra, step, gradient);
}

/**
 * The gradient of a function F of `linearBranchedSig(displacement, ...)`.
 *
 * @param derivs dF/dout, (..., S) with or without scalar term, whatever `scalarTerm` says
 * @param displacement as for `linearBranchedSig`
 * @param dimension as for `linearBranchedSig`
 * @param degree as for `linearBranchedSig`
 * @param options as for `linearBranchedSig`
 * @returns dF/ddisplacement, (..., dimension)
 * @throws like `linearBranchedSig`
 * @example linearBranchedSigBackprop(derivs, [1, 2], 2, 2)
 */
export const linearBranchedSigBackprop = synchronous("linearBranchedSigBackprop", linearBranchedSigBackpropBody);

/** The promise form of {@link linearBranchedSigBackprop}. */
export const linearBranchedSigBackpropAsync = promised("linearBranchedSigBackprop", linearBranchedSigBackpropBody);
