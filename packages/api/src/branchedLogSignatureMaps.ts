/** From branched signatures to branched log-signatures and back. */
import type { Tensor, TensorLike } from "@sig/core";
import { branchedLength, readBranched, readBranchedAlgebra } from "./branchedInputs.js";
import {
  blankBranched,
  branchedCoordinates,
  expanded,
  expandedAdjoint,
  exponential,
  exponentialAdjoint,
  logarithm,
  logarithmAdjoint,
  readBranchedLogSig,
  readBranchedMapMethod,
  type LogRows,
} from "./branchedLogSignatureCoordinates.js";
import type { PlanarOptions } from "./branchedInputs.js";
import { checkAgreement, type AlgebraOptions } from "./inputs.js";
import { promised, synchronous, within, type Context, type Steps } from "./operation.js";
import { blankLevels, blankLike, shapedLike, tensorOf } from "./outputs.js";

export interface BranchedSigToLogSigOptions extends AlgebraOptions, PlanarOptions {
  /** Coordinates of the log-signature, as in `branchedLogSig`: 0 (default without `planar`), 1 (default with it) or 2. */
  readonly method?: 0 | 1 | 2 | undefined;
}

export interface BranchedLogSigToSigOptions extends BranchedSigToLogSigOptions {
  /** With methods 1 and 2: begin each signature with the scalar 1; with method 0 the format is that of the input. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const TO_LOG_DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, planar: false, method: undefined, nJobs: 1 });
const TO_SIG_DEFAULTS = Object.freeze({ ...TO_LOG_DEFAULTS, scalarTerm: false });

function readToLog(context: Context, bsig: TensorLike, dimension: number, degree: number, options: BranchedSigToLogSigOptions | undefined) {
  const given = context.options(options, TO_LOG_DEFAULTS);
  const algebra = readBranchedAlgebra(context, dimension, degree, 1, given);
  const method = readBranchedMapMethod(context, given.method, algebra.planar);
  const value = readBranched(context, "bsig", bsig, algebra);
  const rows: LogRows = { algebra, method, dtype: value.dtype, batch: value.batch };
  return { algebra, method, value, rows };
}

export function* branchedSigToLogSigBody(
  context: Context,
  bsig: TensorLike,
  dimension: number,
  degree: number,
  options?: BranchedSigToLogSigOptions,
): Steps<Tensor> {
  const { algebra, method, value, rows } = readToLog(context, bsig, dimension, degree, options);
  const scalar = method === 0 && value.scalar;
  const length = branchedCoordinates(context, method, algebra, scalar);
  const out = blankLevels(context, value.dtype, value.batch, length, scalar);
  if (value.batch > 0) yield* logarithm(context, rows, value, out);
  return tensorOf(out.data, value.batchShape, length);
}

/**
 * The logarithm of branched signatures for the product of `branchedSigCombine`, x - x^2/2 + x^3/3 - ... with x = bsig - 1, in the
 * coordinates of `method` (see `branchedLogSig`). Takes any rows, their scalar terms as 1: method 1 then reads the logarithm at the Lyndon
 * forests, and method 2 changes these to brackets.
 *
 * @param bsig (..., S) with or without scalar term
 * @param dimension channels of the path, at least 1
 * @param degree truncation, at least 1
 * @param options `timeAug` false and `leadLag` false (the path was transformed), `planar` false, `method` 0 or, planar, 1, `nJobs` 1
 * @returns (..., M); for method 0 shaped like `bsig`, with 0 at a scalar term
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape, dimension, degree or method, and where the result or a table would be too large
 * @example branchedSigToLogSig([1, 2, 0.5, 1, 1, 2], 2, 2).data // 1, 2, 0, 0, 0, 0
 */
export const branchedSigToLogSig = synchronous("branchedSigToLogSig", branchedSigToLogSigBody);

/** The promise form of {@link branchedSigToLogSig}. */
export const branchedSigToLogSigAsync = promised("branchedSigToLogSig", branchedSigToLogSigBody);

export function* branchedSigToLogSigBackpropBody(
  context: Context,
  bsig: TensorLike,
  blogsigDerivs: TensorLike,
  dimension: number,
  degree: number,
  options?: BranchedSigToLogSigOptions,
): Steps<Tensor> {
  const { algebra, method, value, rows } = readToLog(context, bsig, dimension, degree, options);
  const derivs = readBranchedLogSig(context, "blogsigDerivs", blogsigDerivs, method, algebra);
  checkAgreement(context, "blogsigDerivs", derivs, "bsig", value);
  const out = { data: blankLike(context, "bsig", value), scalar: value.scalar };
  if (value.batch > 0) yield* logarithmAdjoint(context, rows, value, derivs, out);
  return shapedLike(value, out.data);
}

/**
 * The gradient of a function F of `branchedSigToLogSig(bsig, ...)`, the entries of the signature taken as independent.
 *
 * @param bsig (..., S) with or without scalar term, as given to `branchedSigToLogSig`
 * @param blogsigDerivs dF/dout, (..., M); for method 0 with or without scalar term
 * @param dimension as for `branchedSigToLogSig`
 * @param degree as for `branchedSigToLogSig`
 * @param options as for `branchedSigToLogSig`
 * @returns dF/dbsig, shaped like `bsig`, 0 at a scalar term
 * @throws like `branchedSigToLogSig`, and for shapes that do not belong together
 * @example branchedSigToLogSigBackprop(branchedSig(path, 2), [1, 2, 3, 4, 5, 6], 2, 2)
 */
export const branchedSigToLogSigBackprop = synchronous("branchedSigToLogSigBackprop", branchedSigToLogSigBackpropBody);

/** The promise form of {@link branchedSigToLogSigBackprop}. */
export const branchedSigToLogSigBackpropAsync = promised("branchedSigToLogSigBackprop", branchedSigToLogSigBackpropBody);

function readToSig(
  context: Context,
  blogsig: TensorLike,
  dimension: number,
  degree: number,
  options: BranchedLogSigToSigOptions | undefined,
) {
  const given = context.options(options, TO_SIG_DEFAULTS);
  const algebra = readBranchedAlgebra(context, dimension, degree, 1, given);
  const method = readBranchedMapMethod(context, given.method, algebra.planar);
  const scalarTerm = context.flag("scalarTerm", given.scalarTerm);
  const value = readBranchedLogSig(context, "blogsig", blogsig, method, algebra);
  const rows: LogRows = { algebra, method, dtype: value.dtype, batch: value.batch };
  return { algebra, value, rows, scalar: method === 0 ? value.scalar : scalarTerm };
}

export function* branchedLogSigToSigBody(
  context: Context,
  blogsig: TensorLike,
  dimension: number,
  degree: number,
  options?: BranchedLogSigToSigOptions,
): Steps<Tensor> {
  const { algebra, value, rows, scalar } = readToSig(context, blogsig, dimension, degree, options);
  const length = branchedLength(context, algebra, scalar);
  const out = blankLevels(context, value.dtype, value.batch, length, scalar);
  if (value.batch > 0) yield exponential(context, rows, yield* within(0.2, expanded(context, rows, value)), out);
  return tensorOf(out.data, value.batchShape, length);
}

/**
 * The exponential of branched log-signatures for the product of `branchedSigCombine`, 1 + x + x^2/2! + ...: the inverse of
 * `branchedSigToLogSig` where the logarithm has the coordinates of `method`, as that of a path has. Not in pysiglib.
 *
 * @param blogsig (..., M) in the coordinates of `method`; for method 0 (..., S) with or without scalar term
 * @param dimension channels of the path, at least 1
 * @param degree truncation, at least 1
 * @param options `timeAug` false and `leadLag` false (the path was transformed), `planar` false, `method` 0 or, planar, 1 (2 for what method
 *   3 gave), `scalarTerm` false, `nJobs` 1
 * @returns (..., S); for method 0 shaped like `blogsig`, with 1 at a scalar term
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape, dimension, degree or method, and where the result or a table would be too large
 * @example branchedLogSigToSig([1, 2, 0, 0, 0, 0], 2, 2).data // 1, 2, 0.5, 1, 1, 2
 */
export const branchedLogSigToSig = synchronous("branchedLogSigToSig", branchedLogSigToSigBody);

/** The promise form of {@link branchedLogSigToSig}. */
export const branchedLogSigToSigAsync = promised("branchedLogSigToSig", branchedLogSigToSigBody);

export function* branchedLogSigToSigBackpropBody(
  context: Context,
  blogsig: TensorLike,
  bsigDerivs: TensorLike,
  dimension: number,
  degree: number,
  options?: BranchedLogSigToSigOptions,
): Steps<Tensor> {
  const { algebra, value, rows } = readToSig(context, blogsig, dimension, degree, options);
  const derivs = readBranched(context, "bsigDerivs", bsigDerivs, algebra);
  checkAgreement(context, "bsigDerivs", derivs, "blogsig", value);
  const out = { data: blankLike(context, "blogsig", value), scalar: value.scalar };
  if (value.batch > 0) {
    const whole = yield* within(0.2, expanded(context, rows, value));
    if (rows.method === 0) {
      yield exponentialAdjoint(context, rows, whole, derivs, out);
    } else {
      const dWhole = blankBranched(context, rows);
      yield exponentialAdjoint(context, rows, whole, derivs, dWhole, 0.8);
      yield* expandedAdjoint(context, rows, dWhole, out);
    }
  }
  return shapedLike(value, out.data);
}

/**
 * The gradient of a function F of `branchedLogSigToSig(blogsig, ...)`. Not in pysiglib.
 *
 * @param blogsig as given to `branchedLogSigToSig`
 * @param bsigDerivs dF/dbsig, (..., S) with or without scalar term, whatever `scalarTerm` says
 * @param dimension as for `branchedLogSigToSig`
 * @param degree as for `branchedLogSigToSig`
 * @param options as for `branchedLogSigToSig`
 * @returns dF/dblogsig, shaped like `blogsig`, 0 at a scalar term
 * @throws like `branchedLogSigToSig`, and for shapes that do not belong together
 * @example branchedLogSigToSigBackprop([1, 2, 0, 0, 0, 0], [1, 1, 1, 1, 1, 1], 2, 2).data // 4, 4, 1, 1, 1, 1
 */
export const branchedLogSigToSigBackprop = synchronous("branchedLogSigToSigBackprop", branchedLogSigToSigBackpropBody);

/** The promise form of {@link branchedLogSigToSigBackprop}. */
export const branchedLogSigToSigBackpropAsync = promised("branchedLogSigToSigBackprop", branchedLogSigToSigBackpropBody);
