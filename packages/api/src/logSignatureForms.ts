/** Log-signatures in closed form: of a straight segment. */
import type { Tensor, TensorLike } from "@sig/core";
import { checkAgreement, readAlgebra, readVectors, type JobOptions, type LevelRows, type Rows } from "./inputs.js";
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

/** Rows of `length` numbers that begin, after the scalar slot if there is one, with vectors, and are zero elsewhere. */
export function firstLevelAlone(context: Context, vectors: Rows, length: number, scalar: boolean): Tensor {
  const { data, dtype, batch, batchShape, shape } = vectors;
  const out = context.zeros("degree", dtype, batch * length);
  const width = shape[shape.length - 1]!;
  copyPieces(batch, width, { data, start: 0, stride: width }, { data: out, start: scalar ? 1 : 0, stride: length });
  return tensorOf(out, batchShape, length);
}

/** The adjoint: where `rows` begin, as displacements. */
export function firstLevel(context: Context, rows: LevelRows, displacements: Rows): Tensor {
  const out = blankLike(context, "displacement", displacements);
  const width = displacements.shape[displacements.shape.length - 1]!;
  const levels = { data: rows.data, start: rows.scalar ? 1 : 0, stride: rows.rowLength };
  copyPieces(rows.batch, width, levels, { data: out, start: 0, stride: width });
  return shapedLike(displacements, out);
}

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
  const scalar = context.flag("scalarTerm", given.scalarTerm) && method === 0;
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  return firstLevelAlone(context, step, coordinates(context, method, algebra, scalar), scalar);
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
  return firstLevel(context, gradient, step);
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
