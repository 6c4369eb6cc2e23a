/** Branched log-signatures in closed form: of a straight segment. */
import type { Tensor, TensorLike } from "@sig/core";
import { readBranchedAlgebra } from "./branchedInputs.js";
import {
  branchedCoordinates,
  readBranchedLogSig,
  readBranchedMethod,
  type BranchedMethodOptions,
} from "./branchedLogSignatureCoordinates.js";
import { checkAgreement, readVectors, type JobOptions } from "./inputs.js";
import { firstLevel, firstLevelAlone } from "./logSignatureForms.js";
import { promised, synchronous, type Context, type Steps } from "./operation.js";

export interface LinearBranchedLogSigOptions extends JobOptions, BranchedMethodOptions {
  /** With method 0: begin with the scalar 0. No effect otherwise. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const DEFAULTS = Object.freeze({ planar: false, scalarTerm: false, method: undefined, nJobs: 1 });

// eslint-disable-next-line require-yield
export function* linearBranchedLogSigBody(
  context: Context,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: LinearBranchedLogSigOptions,
): Steps<Tensor> {
  const given = context.options(options, DEFAULTS);
  const algebra = readBranchedAlgebra(context, dimension, degree, 1, given);
  const method = readBranchedMethod(context, given.method, algebra.planar);
  const scalar = context.flag("scalarTerm", given.scalarTerm) && method === 0;
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  return firstLevelAlone(context, step, branchedCoordinates(context, method, algebra, scalar), scalar);
}

/**
 * The branched log-signature of a straight segment: the displacement at the single nodes, zeros elsewhere.
 *
 * @param displacement (..., dimension)
 * @param dimension channels, at least 1
 * @param degree truncation, at least 1
 * @param options `planar` false, `scalarTerm` false, `method` 0 or, planar, 1, `nJobs` 1 (no effect)
 * @returns (..., M) in the coordinates of `method`, see `branchedLogSig`
 * @throws SigTypeError for an argument of another kind, or an unknown option
 * @throws SigRangeError for a bad shape, dimension, degree or method, or too large a result
 * @example linearBranchedLogSig([1, 2], 2, 2).data // 1, 2, 0, 0, 0, 0
 */
export const linearBranchedLogSig = synchronous("linearBranchedLogSig", linearBranchedLogSigBody);

/** The promise form of {@link linearBranchedLogSig}. */
export const linearBranchedLogSigAsync = promised("linearBranchedLogSig", linearBranchedLogSigBody);

// eslint-disable-next-line require-yield
export function* linearBranchedLogSigBackpropBody(
  context: Context,
  derivs: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: LinearBranchedLogSigOptions,
): Steps<Tensor> {
  const given = context.options(options, DEFAULTS);
  const algebra = readBranchedAlgebra(context, dimension, degree, 1, given);
  const method = readBranchedMethod(context, given.method, algebra.planar);
  context.flag("scalarTerm", given.scalarTerm);
  const gradient = readBranchedLogSig(context, "derivs", derivs, method, algebra);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  checkAgreement(context, "derivs", gradient, "displacement", step);
  return firstLevel(context, gradient, step);
}

/**
 * The gradient of a function F of `linearBranchedLogSig(displacement, ...)`: the derivatives at the single nodes.
 *
 * @param derivs dF/dout, (..., M); for method 0 with or without scalar term, whatever `scalarTerm` says
 * @param displacement as for `linearBranchedLogSig`
 * @param dimension as for `linearBranchedLogSig`
 * @param degree as for `linearBranchedLogSig`
 * @param options as for `linearBranchedLogSig`
 * @returns dF/ddisplacement, (..., dimension)
 * @throws like `linearBranchedLogSig`, and for shapes that do not belong together
 * @example linearBranchedLogSigBackprop([1, 2, 3, 4, 5, 6], [1, 2], 2, 2).data // 1, 2
 */
export const linearBranchedLogSigBackprop = synchronous("linearBranchedLogSigBackprop", linearBranchedLogSigBackpropBody);

/** The promise form of {@link linearBranchedLogSigBackprop}. */
export const linearBranchedLogSigBackpropAsync = promised("linearBranchedLogSigBackprop", linearBranchedLogSigBackpropBody);
