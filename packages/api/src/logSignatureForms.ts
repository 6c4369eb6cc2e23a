/** Log-signatures in closed form: of a straight segment. */
import type { Tensor, TensorLike } from "@sig/core";
import { checkAgreement, readAlgebra, readVectors, type JobOptions } from "./inputs.js";
import { coordinates, readLogSig, readMethod, type LogSigMethod } from "./logSignature.js";
import { promised, synchronous, type Context, type Steps } from "./operation.js";
import { copyPieces, shapedLike, tensorOf, blankLike } from "./outputs.js";

export interface LinearLogSigOptions extends JobOptions {
  /** Coordinates: 0 the whole tensor, 1 (default) Lyndon words, 2 and 3 Lyndon brackets. */
  readonly method?: LogSigMethod | undefined;
  /** With method 0: begin with the scalar 0. No effect otherwise. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const DEFAULTS = Object.freeze({ method: 1, scalarTerm: false, nJobs: 1 });

// Both maps only move numbers, so they need no backend; level 1 comes first in all coordinates.

// eslint-disable-next-line require-yield
export function* linearLogSigBody(
  context: Context,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: LinearLogSigOptions,
): Steps<Tensor> {
  const given = context.options(options, DEFAULTS);
  const method = readMethod(context, given.method);
  const scalar = context.flag("scalarTerm", given.scalarTerm) && method === 0 ? 1 : 0;
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  const length = coordinates(context, method, algebra, scalar === 1);
  const data = context.zeros("degree", step.dtype, step.batch * length);
  const width = algebra.dimension;
  copyPieces(step.batch, width, { data: step.data, start: 0, stride: width }, { data, start: scalar, stride: length });
  return tensorOf(data, step.batchShape, length);
}

/**
 * The log-signature of a straight segment: the displacement in level 1, zeros above.
 *
 * @param displacement (..., dimension)
 * @param dimension channels, at least 1
 * @param degree truncation, at least 1
 * @param options `method` 1, `scalarTerm` false, `nJobs` 1 (no effect)
 * @returns (..., M) in the coordinates of `method`
 * @throws SigTypeError for an argument of another kind, or an unknown option
 * @throws SigRangeError for a bad shape, dimension, degree or method, or too large a result
 * @example linearLogSig([1, 2], 2, 2).data // 1, 2, 0
 */
export const linearLogSig = synchronous("linearLogSig", linearLogSigBody);

/** The promise form of {@link linearLogSig}: also takes `signal`, `onProgress` and `backend`. */
export const linearLogSigAsync = promised("linearLogSig", linearLogSigBody);

// eslint-disable-next-line require-yield
export function* linearLogSigBackpropBody(
  context: Context,
  derivs: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: LinearLogSigOptions,
): Steps<Tensor> {
  const given = context.options(options, DEFAULTS);
  const method = readMethod(context, given.method);
  context.flag("scalarTerm", given.scalarTerm);
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  const gradient = readLogSig(context, "derivs", derivs, method, algebra);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  checkAgreement(context, "derivs", gradient, "displacement", step);
  const out = blankLike(context, "displacement", step);
  const width = algebra.dimension;
  const levels = { data: gradient.data, start: gradient.scalar ? 1 : 0, stride: gradient.rowLength };
  copyPieces(step.batch, width, levels, { data: out, start: 0, stride: width });
  return shapedLike(step, out);
}

/**
 * The gradient of a function F of `linearLogSig(displacement, ...)`: the derivatives of level 1.
 *
 * @param derivs dF/dout, (..., M); for method 0 with or without scalar term, whatever `scalarTerm` says
 * @param displacement as for `linearLogSig`
 * @param dimension as for `linearLogSig`
 * @param degree as for `linearLogSig`
 * @param options as for `linearLogSig`
 * @returns dF/ddisplacement, (..., dimension)
 * @throws SigTypeError, SigRangeError like `linearLogSig`, and for shapes that do not belong together
 * @example linearLogSigBackprop([5, 6, 7], [1, 2], 2, 2).data // 5, 6
 */
export const linearLogSigBackprop = synchronous("linearLogSigBackprop", linearLogSigBackpropBody);

/** The promise form of {@link linearLogSigBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const linearLogSigBackpropAsync = promised("linearLogSigBackprop", linearLogSigBackpropBody);
