/** Log-signatures of paths. */
import { bchTable, checkInteger, logSigLengthOf, lyndonBasis, rangeError, type LyndonBasis, type Tensor, type TensorLike } from "@sig/core";
import {
  algebraCall,
  checkAgreement,
  levelsLength,
  pathAlgebra,
  pathCall,
  readCorrection,
  readDegree,
  readLevels,
  readPath,
  readVectors,
  streamRows,
  type Algebra,
  type CorrectionOptions,
  type LevelRows,
  type PathInput,
  type PathOptions,
} from "./inputs.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { shapedLike, tensorOf, withSwapHint, blankLevels, blankLike } from "./outputs.js";

/**
 * Coordinates of a log-signature: 0 the whole tensor; 1 (default) its coefficients at the Lyndon words; 2 coordinates in the basis of
 * Lyndon brackets; 3 the same as 2, computed from the path by the Baker-Campbell-Hausdorff series. Words by length, then alphabetical.
 */
export type LogSigMethod = 0 | 1 | 2 | 3;

export interface LogSigOptions extends PathOptions, CorrectionOptions {
  /** Default 1. */
  readonly method?: LogSigMethod | undefined;
  /** With method 0: begin with the scalar 0. No effect otherwise. Default false. */
  readonly scalarTerm?: boolean | undefined;
  /** One value per time: shape (..., length' - 1, M), row t over the first t + 2 points. Default false. */
  readonly stream?: boolean | undefined;
}

const DEFAULTS = Object.freeze({
  timeAug: false,
  leadLag: false,
  endTime: 1,
  method: 1,
  scalarTerm: false,
  correction: undefined,
  stream: false,
  nJobs: 1,
});

export function readMethod(context: Context, value: unknown): LogSigMethod {
  return checkInteger(value, context.place("method"), { min: 0, max: 3 }) as LogSigMethod;
}

/** The table for taking logarithms: none for method 0, the places of the Lyndon words for 1, the change to brackets for 2. */
export function basisOf(context: Context, method: 0 | 1 | 2, { dimension, degree }: Algebra): LyndonBasis | undefined {
  return method === 0 ? undefined : lyndonBasis(dimension, degree, { expansion: false, projection: method === 2 }, context.operation);
}

/** Arguments that logSig and its backprop share. */
function readCall(context: Context, path: TensorLike, degree: number, options: LogSigOptions | undefined) {
  const given = context.options(options, DEFAULTS);
  const method = readMethod(context, given.method);
  const scalar = context.flag("scalarTerm", given.scalarTerm) && method === 0;
  const stream = context.flag("stream", given.stream);
  const x = readPath(context, path, given);
  const algebra = pathAlgebra(x, readDegree(context, degree, 1));
  const correction = readCorrection(context, given.correction, x, algebra.degree);
  if (correction && method === 3) throw rangeError(context.place("correction"), "cannot be used with method 3");
  return { method, scalar, stream, x, algebra, correction };
}

/** The length of a row in the coordinates of `method`. */
export function coordinates(context: Context, method: LogSigMethod, algebra: Algebra, scalar: boolean): number {
  if (method === 0) return levelsLength(context, algebra, scalar);
  return logSigLengthOf(algebra.dimension, algebra.degree, context.operation);
}

export function* logSigBody(context: Context, path: TensorLike, degree: number, options?: LogSigOptions): Steps<Tensor> {
  const { method, scalar, stream, x, algebra, correction } = readCall(context, path, degree, options);
  const rows = stream ? streamRows(x) : 1;
  const batch = x.batch * rows;
  let length, out;
  try {
    length = coordinates(context, method, algebra, scalar);
    out = blankLevels(context, x.dtype, batch, length, scalar);
  } catch (error) {
    throw withSwapHint(error, x);
  }
  if (x.batch > 0 && x.points > 1) {
    const top = algebra.degree;
    if (method === 3) {
      const bch = bchTable(algebra.dimension, top, context.operation);
      yield perform("logSigBch", pathCall(x, { degree: top, stream, bch, out: out.data }));
    } else {
      const sig = blankLevels(context, x.dtype, batch, levelsLength(context, algebra, false), false);
      const basis = basisOf(context, method, algebra);
      yield perform("sig", pathCall(x, { degree: top, stream, correction, horner: true, out: sig }), 0.8);
      yield perform("sigToLogSig", algebraCall(algebra, { dtype: x.dtype, batch }, { method, basis, sig, out }));
    }
  } else {
    out.data.fill(0);
  }
  return stream ? tensorOf(out.data, x.batchShape, rows, length) : tensorOf(out.data, x.batchShape, length);
}

/**
 * The logarithm of the signature of each path, truncated at `degree`: log S = x - x^2/2 + x^3/3 - ..., x = S - 1, in the
 * coordinates of `method`. Lyndon brackets: b(letter) is the letter, b(w) = [b(u), b(v)], v the longest Lyndon word that ends w = uv.
 *
 * @param path (..., length, dimension); fewer than two points give zeros
 * @param degree truncation, at least 1
 * @param options `timeAug` false, `leadLag` false, `endTime` 1, `method` 1, `scalarTerm` false, `correction` none (not with method 3),
 *   `stream` false, `nJobs` 1
 * @returns (..., M) with M = `logSigLength(dimension, degree, options)`, for method 0 `sigLength(dimension, degree, options)`;
 *   with `stream` (..., length' - 1, M). With a correction the logarithm need not be a Lie element; methods 1 and 2 keep its Lyndon words
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape, degree or method, and where the result or a table would be too large
 * @example logSig([[0, 0], [1, 2], [4, 3]], 2).data // 4, 3, -2.5
 */
export const logSig = synchronous("logSig", logSigBody);

/** The promise form of {@link logSig}: also takes `signal`, `onProgress` and `backend`. */
export const logSigAsync = promised("logSig", logSigBody);

export function* logSigBackpropBody(
  context: Context,
  path: TensorLike,
  logSigDerivs: TensorLike,
  degree: number,
  options?: LogSigOptions,
): Steps<Tensor> {
  const { method, stream, x, algebra, correction } = readCall(context, path, degree, options);
  const rows = stream ? streamRows(x) : 1;
  const derivs = readLogSig(context, "logSigDerivs", logSigDerivs, method, algebra, x);
  checkAgreement(context, "logSigDerivs", derivs, "path", x, stream ? [...x.batchShape, rows] : x.batchShape);
  const out = blankLike(context, "path", x);
  if (x.batch > 0 && x.points > 1) {
    const top = algebra.degree;
    if (method === 3) {
      const bch = bchTable(algebra.dimension, top, context.operation);
      yield perform("logSigBchBackprop", pathCall(x, { degree: top, stream, bch, derivs: derivs.data, out }));
    } else {
      const batch = x.batch * rows;
      const length = levelsLength(context, algebra, false);
      const sig = blankLevels(context, x.dtype, batch, length, false);
      const dSig = blankLevels(context, x.dtype, batch, length, false);
      const basis = basisOf(context, method, algebra);
      yield perform("sig", pathCall(x, { degree: top, stream, correction, horner: true, out: sig }), 0.3);
      yield perform("sigToLogSigBackprop", algebraCall(algebra, { dtype: x.dtype, batch }, { method, basis, sig, derivs, out: dSig }), 0.3);
      yield perform("sigBackprop", pathCall(x, { degree: top, stream, correction, sig, derivs: dSig, out }));
    }
  } else {
    out.fill(0);
  }
  return shapedLike(x, out);
}

/** A log-signature, or the gradient of one, in the coordinates of `method`; with or without scalar slot for method 0. */
export function readLogSig(
  context: Context,
  argument: string,
  value: unknown,
  method: LogSigMethod,
  algebra: Algebra,
  path?: PathInput,
): LevelRows {
  if (method === 0) return readLevels(context, argument, value, algebra, path);
  const rowLength = coordinates(context, method, algebra, false);
  const meaning = `the length of a log-signature of dimension ${algebra.dimension} and degree ${algebra.degree}`;
  const { data, dtype, shape, batchShape, batch } = readVectors(context, argument, value, rowLength, meaning);
  return { data, dtype, shape, batchShape, batch, scalar: false, rowLength };
}

/**
 * The gradient of a function F of `logSig(path, degree, options)` with respect to the path. Not in pysiglib, where
 * it is `sig_to_log_sig_backprop` followed by `sig_backprop`.
 *
 * @param path (..., length, dimension), as given to `logSig`
 * @param logSigDerivs dF/dlogSig, shaped like the result of `logSig`; for method 0 with or without scalar term
 * @param degree truncation, at least 1
 * @param options those given to `logSig`: `timeAug` false, `leadLag` false, `endTime` 1, `method` 1, `scalarTerm` false (no effect),
 *   `correction` none, `stream` false, `nJobs` 1
 * @returns dF/dpath, shaped like `path`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, a bad degree or method, or too large a result or table
 * @example logSigBackprop([[0, 0], [1, 2], [4, 3]], [0, 0, 1], 2)
 */
export const logSigBackprop = synchronous("logSigBackprop", logSigBackpropBody);

/** The promise form of {@link logSigBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const logSigBackpropAsync = promised("logSigBackprop", logSigBackpropBody);
