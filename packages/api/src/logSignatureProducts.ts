/** Products of log-signatures in Lyndon brackets, by the Baker-Campbell-Hausdorff series. */
import { bchTable, type BchTable, type Tensor, type TensorLike } from "@sig/core";
import {
  algebraCall,
  checkAgreement,
  readAlgebra,
  readVectors,
  type Algebra,
  type AlgebraOptions,
  type JobOptions,
  type Rows,
} from "./inputs.js";
import { readLogSig } from "./logSignature.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { shapedLike, blankLike } from "./outputs.js";

export interface LogSigJoinOptions extends JobOptions {
  /** Put the segment before the path instead of after it. Default false. */
  readonly prepend?: boolean | undefined;
}

const ALGEBRA_DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, nJobs: 1 });
const JOIN_DEFAULTS = Object.freeze({ prepend: false, nJobs: 1 });

/** A row of Lyndon brackets for each path. */
function readBrackets(context: Context, argument: string, value: unknown, algebra: Algebra): Rows {
  return readLogSig(context, argument, value, 2, algebra);
}

function tableOf(context: Context, { dimension, degree }: Algebra): BchTable {
  return bchTable(dimension, degree, context.operation);
}

export function* logSigCombineBody(
  context: Context,
  logSig1: TensorLike,
  logSig2: TensorLike,
  dimension: number,
  degree: number,
  options?: AlgebraOptions,
): Steps<Tensor> {
  const given = context.options(options, ALGEBRA_DEFAULTS);
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  const left = readBrackets(context, "logSig1", logSig1, algebra);
  const right = readBrackets(context, "logSig2", logSig2, algebra);
  checkAgreement(context, "logSig2", right, "logSig1", left);
  const out = blankLike(context, "logSig1", left);
  if (left.batch > 0) {
    const operands = { bch: tableOf(context, algebra), left: left.data, right: right.data, out };
    yield perform("logSigCombine", algebraCall(algebra, left, operands));
  }
  return shapedLike(left, out);
}

/**
 * The log-signature of one path followed by another: log(exp(logSig1) (x) exp(logSig2)), without leaving the coordinates.
 *
 * @param logSig1 (..., M) in Lyndon brackets, as methods 2 and 3 give (method 1 is something else and cannot be told apart)
 * @param logSig2 (..., M), likewise
 * @param dimension channels of the paths, at least 1
 * @param degree truncation, at least 1
 * @param options `timeAug` false and `leadLag` false (the paths were transformed), `nJobs` 1
 * @returns (..., M) in Lyndon brackets
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, a bad dimension or degree, and where a table would be too large
 * @example logSigCombine([1, 0, 0], [0, 1, 0], 2, 2).data // 1, 1, 0.5
 */
export const logSigCombine = synchronous("logSigCombine", logSigCombineBody);

/** The promise form of {@link logSigCombine}: also takes `signal`, `onProgress` and `backend`. */
export const logSigCombineAsync = promised("logSigCombine", logSigCombineBody);

export function* logSigCombineBackpropBody(
  context: Context,
  deriv: TensorLike,
  ls1: TensorLike,
  ls2: TensorLike,
  dimension: number,
  degree: number,
  options?: AlgebraOptions,
): Steps<[dLs1: Tensor, dLs2: Tensor]> {
  const given = context.options(options, ALGEBRA_DEFAULTS);
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  const derivs = readBrackets(context, "deriv", deriv, algebra);
  const left = readBrackets(context, "ls1", ls1, algebra);
  const right = readBrackets(context, "ls2", ls2, algebra);
  checkAgreement(context, "ls2", right, "ls1", left);
  checkAgreement(context, "deriv", derivs, "ls1", left);
  const dLeft = blankLike(context, "ls1", left);
  const dRight = blankLike(context, "ls2", right);
  if (left.batch > 0) {
    const operands = {
      bch: tableOf(context, algebra),
      derivs: derivs.data,
      left: left.data,
      right: right.data,
      dLeft,
      dRight,
    };
    yield perform("logSigCombineBackprop", algebraCall(algebra, left, operands));
  }
  return [shapedLike(left, dLeft), shapedLike(right, dRight)];
}

/**
 * The gradients of a function F of `logSigCombine(ls1, ls2, ...)`.
 *
 * @param deriv dF/dout, (..., M)
 * @param ls1 as for `logSigCombine`
 * @param ls2 as for `logSigCombine`
 * @param dimension as for `logSigCombine`
 * @param degree as for `logSigCombine`
 * @param options as for `logSigCombine`
 * @returns [dF/dls1, dF/dls2], each (..., M)
 * @throws like `logSigCombine`
 * @example const [d1, d2] = logSigCombineBackprop([1, 1, 1], [1, 1, 1], [1, 2, 5], 2, 2) // 2, 0.5, 1 and 0.5, 1.5, 1
 */
export const logSigCombineBackprop = synchronous("logSigCombineBackprop", logSigCombineBackpropBody);

/** The promise form of {@link logSigCombineBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const logSigCombineBackpropAsync = promised("logSigCombineBackprop", logSigCombineBackpropBody);

export function* logSigJoinBody(
  context: Context,
  logSig: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: LogSigJoinOptions,
): Steps<Tensor> {
  const given = context.options(options, JOIN_DEFAULTS);
  const prepend = context.flag("prepend", given.prepend);
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  const value = readBrackets(context, "logSig", logSig, algebra);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  checkAgreement(context, "displacement", step, "logSig", value);
  const out = blankLike(context, "logSig", value);
  if (value.batch > 0) {
    const operands = { bch: tableOf(context, algebra), logSig: value.data, displacement: step.data, prepend, out };
    yield perform("logSigJoin", algebraCall(algebra, value, operands));
  }
  return shapedLike(value, out);
}

/**
 * The log-signature of a path made longer by one straight segment: log(exp(logSig) (x) exp(displacement)), the other way round with
 * `prepend`. In pysiglib without `prepend`.
 *
 * @param logSig (..., M) in Lyndon brackets, as methods 2 and 3 give (method 1 is something else and cannot be told apart)
 * @param displacement (..., dimension)
 * @param dimension channels, at least 1
 * @param degree truncation, at least 1
 * @param options `prepend` false, `nJobs` 1
 * @returns (..., M) in Lyndon brackets
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, a bad dimension or degree, and where a table would be too large
 * @example logSigJoin([1, 0, 0], [0, 1], 2, 2).data // 1, 1, 0.5
 */
export const logSigJoin = synchronous("logSigJoin", logSigJoinBody);

/** The promise form of {@link logSigJoin}: also takes `signal`, `onProgress` and `backend`. */
export const logSigJoinAsync = promised("logSigJoin", logSigJoinBody);

export function* logSigJoinBackpropBody(
  context: Context,
  dOut: TensorLike,
  logSig: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: LogSigJoinOptions,
): Steps<[dLogSig: Tensor, dDisplacement: Tensor]> {
  const given = context.options(options, JOIN_DEFAULTS);
  const prepend = context.flag("prepend", given.prepend);
  const algebra = readAlgebra(context, dimension, degree, 1, given);
  const derivs = readBrackets(context, "dOut", dOut, algebra);
  const value = readBrackets(context, "logSig", logSig, algebra);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  checkAgreement(context, "displacement", step, "logSig", value);
  checkAgreement(context, "dOut", derivs, "logSig", value);
  const dLogSig = blankLike(context, "logSig", value);
  const dDisplacement = blankLike(context, "displacement", step);
  if (value.batch > 0) {
    const inputs = {
      bch: tableOf(context, algebra),
      derivs: derivs.data,
      logSig: value.data,
      displacement: step.data,
      prepend,
    };
    yield perform("logSigJoinBackprop", algebraCall(algebra, value, { ...inputs, dLogSig, dDisplacement }));
  }
  return [shapedLike(value, dLogSig), shapedLike(step, dDisplacement)];
}

/**
 * The gradients of a function F of `logSigJoin(logSig, displacement, ...)`.
 *
 * @param dOut dF/dout, (..., M)
 * @param logSig as for `logSigJoin`
 * @param displacement as for `logSigJoin`
 * @param dimension as for `logSigJoin`
 * @param degree as for `logSigJoin`
 * @param options as for `logSigJoin`
 * @returns [dF/dlogSig, dF/ddisplacement], shaped like the arguments
 * @throws like `logSigJoin`
 * @example const [dLogSig, dStep] = logSigJoinBackprop([1, 1, 1], [1, 1, 1], [1, 2], 2, 2) // 2, 0.5, 1 and 0.5, 1.5
 */
export const logSigJoinBackprop = synchronous("logSigJoinBackprop", logSigJoinBackpropBody);

/** The promise form of {@link logSigJoinBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const logSigJoinBackpropAsync = promised("logSigJoinBackprop", logSigJoinBackpropBody);
