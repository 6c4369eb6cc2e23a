/** From signatures to log-signatures and back. */
import { lyndonBasis, rangeError, type LyndonBasis, type Tensor, type TensorLike } from "@sig/core";
import { algebraCall, checkAgreement, levelsLength, readAlgebra, readLevels, type Algebra, type AlgebraOptions } from "./inputs.js";
import { basisOf, coordinates, readLogSig, readMethod } from "./logSignature.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { shapedLike, tensorOf, blankLevels, blankLike } from "./outputs.js";

export interface SigToLogSigOptions extends AlgebraOptions {
  /** Coordinates of the log-signature: 0 the whole tensor, 1 (default) Lyndon words, 2 Lyndon brackets. */
  readonly method?: 0 | 1 | 2 | undefined;
}

export interface LogSigToSigOptions extends SigToLogSigOptions {
  /** With methods 1 and 2: begin each signature with the scalar 1; with method 0 the format is that of the input. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const TO_LOG_DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, method: 1, nJobs: 1 });
const TO_SIG_DEFAULTS = Object.freeze({ ...TO_LOG_DEFAULTS, scalarTerm: false });

/** The option `method` where there is no path to start from. */
function readTensorMethod(context: Context, value: unknown): 0 | 1 | 2 {
  const method = readMethod(context, value);
  if (method !== 3) return method;
  throw rangeError(context.place("method"), "must be 0, 1 or 2, got 3: the coordinates of method 3 are those of method 2");
}

/** The table for taking exponentials: none for method 0, else the brackets written in words. */
function expandingBasisOf(context: Context, method: 0 | 1 | 2, { dimension, degree }: Algebra): LyndonBasis | undefined {
  return method === 0 ? undefined : lyndonBasis(dimension, degree, { expansion: true }, context.operation);
}

export function* sigToLogSigBody(
  context: Context,
  sig: TensorLike,
  dimension: number,
  degree: number,
  options?: SigToLogSigOptions,
): Steps<Tensor> {
  const given = context.options(options, TO_LOG_DEFAULTS);
  const method = readTensorMethod(context, given.method);
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  const value = readLevels(context, "sig", sig, algebra);
  const { dtype, batch } = value;
  const length = coordinates(context, method, algebra, value.scalar);
  const out = blankLevels(context, dtype, batch, length, method === 0 && value.scalar);
  if (batch > 0) {
    const basis = basisOf(context, method, algebra);
    yield perform("sigToLogSig", algebraCall(algebra, value, { method, basis, sig: value, out }));
  }
  return tensorOf(out.data, value.batchShape, length);
}

/**
 * The logarithm of signatures in the tensor algebra, x - x^2/2 + x^3/3 - ... with x = sig - 1, in the coordinates of `method`.
 * Takes any tensor with level 0 taken as 1: method 1 then reads its logarithm at the Lyndon words, and method 2 changes these to brackets.
 *
 * @param sig (..., S) with or without scalar term
 * @param dimension channels of the path, at least 1
 * @param degree truncation, at least 1
 * @param options `timeAug` false and `leadLag` false (the path was transformed), `method` 1, `nJobs` 1
 * @returns (..., M); for method 0 shaped like `sig`, with 0 at a scalar term
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape, dimension, degree or method, and where the result or a table would be too large
 * @example sigToLogSig([4, 3, 8, 3.5, 8.5, 4.5], 2, 2).data // 4, 3, -2.5
 */
export const sigToLogSig = synchronous("sigToLogSig", sigToLogSigBody);

/** The promise form of {@link sigToLogSig}: also takes `signal`, `onProgress` and `backend`. */
export const sigToLogSigAsync = promised("sigToLogSig", sigToLogSigBody);

export function* sigToLogSigBackpropBody(
  context: Context,
  sig: TensorLike,
  logSigDerivs: TensorLike,
  dimension: number,
  degree: number,
  options?: SigToLogSigOptions,
): Steps<Tensor> {
  const given = context.options(options, TO_LOG_DEFAULTS);
  const method = readTensorMethod(context, given.method);
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  const value = readLevels(context, "sig", sig, algebra);
  const derivs = readLogSig(context, "logSigDerivs", logSigDerivs, method, algebra);
  checkAgreement(context, "logSigDerivs", derivs, "sig", value);
  const { batch, scalar } = value;
  const out = { data: blankLike(context, "sig", value), scalar };
  if (batch > 0) {
    const basis = basisOf(context, method, algebra);
    yield perform("sigToLogSigBackprop", algebraCall(algebra, value, { method, basis, sig: value, derivs, out }));
  }
  return shapedLike(value, out.data);
}

/**
 * The gradient of a function F of `sigToLogSig(sig, ...)`, the entries of the signature taken as independent.
 *
 * @param sig (..., S) with or without scalar term, as given to `sigToLogSig`
 * @param logSigDerivs dF/dlogSig, (..., M); for method 0 with or without scalar term
 * @param dimension as for `sigToLogSig`
 * @param degree as for `sigToLogSig`
 * @param options as for `sigToLogSig`
 * @returns dF/dsig, shaped like `sig`, 0 at a scalar term
 * @throws SigTypeError, SigRangeError like `sigToLogSig`, and for shapes that do not belong together
 * @example sigToLogSigBackprop(sig(path, 2), [0, 0, 1], 2, 2)
 */
export const sigToLogSigBackprop = synchronous("sigToLogSigBackprop", sigToLogSigBackpropBody);

/** The promise form of {@link sigToLogSigBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const sigToLogSigBackpropAsync = promised("sigToLogSigBackprop", sigToLogSigBackpropBody);

export function* logSigToSigBody(
  context: Context,
  logSig: TensorLike,
  dimension: number,
  degree: number,
  options?: LogSigToSigOptions,
): Steps<Tensor> {
  const given = context.options(options, TO_SIG_DEFAULTS);
  const method = readTensorMethod(context, given.method);
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  const scalarTerm = context.flag("scalarTerm", given.scalarTerm);
  const value = readLogSig(context, "logSig", logSig, method, algebra);
  const { dtype, batch } = value;
  const scalar = method === 0 ? value.scalar : scalarTerm;
  const length = levelsLength(context, algebra, scalar);
  const out = blankLevels(context, dtype, batch, length, scalar);
  if (batch > 0) {
    const basis = expandingBasisOf(context, method, algebra);
    yield perform("logSigToSig", algebraCall(algebra, value, { method, basis, logSig: value, out }));
  }
  return tensorOf(out.data, value.batchShape, length);
}

/**
 * The exponential of log-signatures in the tensor algebra, 1 + x + x^2/2! + ...: the inverse of `sigToLogSig` on Lie elements.
 *
 * @param logSig (..., M) in the coordinates of `method`; for method 0 (..., S) with or without scalar term
 * @param dimension channels of the path, at least 1
 * @param degree truncation, at least 1
 * @param options `timeAug` false and `leadLag` false (the path was transformed), `method` 1 (2 for what method 3 gave), `scalarTerm` false, `nJobs` 1
 * @returns (..., S); for method 0 shaped like `logSig`, with 1 at a scalar term
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape, dimension, degree or method, and where the result or a table would be too large
 * @example logSigToSig([4, 3, -2.5], 2, 2).data // 4, 3, 8, 3.5, 8.5, 4.5
 */
export const logSigToSig = synchronous("logSigToSig", logSigToSigBody);

/** The promise form of {@link logSigToSig}: also takes `signal`, `onProgress` and `backend`. */
export const logSigToSigAsync = promised("logSigToSig", logSigToSigBody);

export function* logSigToSigBackpropBody(
  context: Context,
  logSig: TensorLike,
  sigDerivs: TensorLike,
  dimension: number,
  degree: number,
  options?: LogSigToSigOptions,
): Steps<Tensor> {
  const given = context.options(options, TO_SIG_DEFAULTS);
  const method = readTensorMethod(context, given.method);
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  context.flag("scalarTerm", given.scalarTerm);
  const value = readLogSig(context, "logSig", logSig, method, algebra);
  const derivs = readLevels(context, "sigDerivs", sigDerivs, algebra);
  checkAgreement(context, "sigDerivs", derivs, "logSig", value);
  const { batch, scalar } = value;
  const out = { data: blankLike(context, "logSig", value), scalar };
  if (batch > 0) {
    const basis = expandingBasisOf(context, method, algebra);
    yield perform("logSigToSigBackprop", algebraCall(algebra, value, { method, basis, logSig: value, derivs, out }));
  }
  return shapedLike(value, out.data);
}

/**
 * The gradient of a function F of `logSigToSig(logSig, ...)`.
 *
 * @param logSig as given to `logSigToSig`
 * @param sigDerivs dF/dsig, (..., S) with or without scalar term, whatever `scalarTerm` says
 * @param dimension as for `logSigToSig`
 * @param degree as for `logSigToSig`
 * @param options as for `logSigToSig`
 * @returns dF/dlogSig, shaped like `logSig`, 0 at a scalar term
 * @throws SigTypeError, SigRangeError like `logSigToSig`, and for shapes that do not belong together
 * @example logSigToSigBackprop([4, 3, -2.5], [1, 1, 1, 1, 1, 1], 2, 2).data // 8, 8, 0
 */
export const logSigToSigBackprop = synchronous("logSigToSigBackprop", logSigToSigBackpropBody);

/** The promise form of {@link logSigToSigBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const logSigToSigBackpropAsync = promised("logSigToSigBackprop", logSigToSigBackpropBody);
