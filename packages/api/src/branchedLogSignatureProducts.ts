/** Products of planar branched log-signatures in Lyndon brackets: of two, and of one with a straight segment. */
import type { Levels, Tensor, TensorLike } from "@sig/core";
import { linear, linearAdjoint } from "./branchedForms.js";
import { cutsOf, readBranchedAlgebra, type BranchedAlgebra } from "./branchedInputs.js";
import {
  blankBranched,
  expanded,
  expandedAdjoint,
  exponential,
  exponentialAdjoint,
  logarithm,
  logarithmAdjoint,
  readBranchedLogSig,
  type LogRows,
} from "./branchedLogSignatureCoordinates.js";
import { algebraCall, checkAgreement, readVectors, type JobOptions, type LevelRows, type Rows } from "./inputs.js";
import { perform, promised, synchronous, within, type Context, type Steps } from "./operation.js";
import { blankLike, shapedLike } from "./outputs.js";

export interface BranchedLogSigJoinOptions extends JobOptions {
  /** Put the segment before the path instead of behind it. Default false. */
  readonly prepend?: boolean | undefined;
}

const COMBINE_DEFAULTS = Object.freeze({ nJobs: 1 });
const JOIN_DEFAULTS = Object.freeze({ prepend: false, nJobs: 1 });

/** A factor of the product: its branched signature, and the gradient of what it is made from. */
interface Factor {
  readonly sig: Levels;
  readonly gradient: (dSig: Levels) => Steps<Tensor>;
}

/** The exponential of a log-signature, the argument of that name. */
function* exponentialOf(context: Context, rows: LogRows, argument: string, value: LevelRows): Steps<Factor> {
  const whole = yield* within(0.2, expanded(context, rows, value));
  const sig = blankBranched(context, rows);
  yield exponential(context, rows, whole, sig);
  return {
    sig,
    *gradient(dSig) {
      const dWhole = blankBranched(context, rows);
      const out = { data: blankLike(context, argument, value), scalar: false };
      yield exponentialAdjoint(context, rows, whole, dSig, dWhole, 0.8);
      yield* expandedAdjoint(context, rows, dWhole, out);
      return shapedLike(value, out.data);
    },
  };
}

function* segment(context: Context, rows: LogRows, step: Rows): Steps<Factor> {
  const sig = blankBranched(context, rows);
  yield linear(context, rows.algebra, step, sig, 1);
  return { sig, gradient: (dSig) => linearAdjoint(context, rows.algebra, step, dSig) };
}

function* product(context: Context, rows: LogRows, left: Factor, right: Factor, share: number): Steps<Levels> {
  const out = blankBranched(context, rows);
  const operands = { cuts: cutsOf(context, rows.algebra), left: left.sig, right: right.sig, out };
  yield perform("branchedSigCombine", algebraCall(rows.algebra, rows, operands), share);
  return out;
}

/** The logarithm of the product of two factors, shaped like `value`. */
function* logProduct(context: Context, rows: LogRows, argument: string, value: LevelRows, left: Factor, right: Factor): Steps<Tensor> {
  const out = { data: blankLike(context, argument, value), scalar: false };
  yield* logarithm(context, rows, yield* product(context, rows, left, right, 0.5), out);
  return shapedLike(value, out.data);
}

/** The gradients of what two factors are made from, from that of the logarithm of their product. */
function* logProductAdjoint(context: Context, rows: LogRows, derivs: Levels, left: Factor, right: Factor): Steps<[Tensor, Tensor]> {
  const value = yield* product(context, rows, left, right, 0.1);
  const dValue = blankBranched(context, rows);
  yield* within(0.4, logarithmAdjoint(context, rows, value, derivs, dValue));
  const [dLeft, dRight] = [blankBranched(context, rows), blankBranched(context, rows)];
  const operands = { cuts: cutsOf(context, rows.algebra), derivs: dValue, left: left.sig, right: right.sig, dLeft, dRight };
  yield perform("branchedSigCombineBackprop", algebraCall(rows.algebra, rows, operands), 0.3);
  const ofLeft = yield* within(0.5, left.gradient(dLeft));
  return [ofLeft, yield* right.gradient(dRight)];
}

function readPlanar(context: Context, dimension: number, degree: number, nJobs: number): BranchedAlgebra {
  return readBranchedAlgebra(context, dimension, degree, 1, { nJobs, planar: true });
}

const inBrackets = (algebra: BranchedAlgebra, { dtype, batch }: Rows): LogRows => ({ algebra, method: 2, dtype, batch });

/** The result, or gradient, of an empty batch. */
const none = (context: Context, argument: string, rows: Rows): Tensor => shapedLike(rows, blankLike(context, argument, rows));

export function* branchedLogSigCombineBody(
  context: Context,
  blogsig1: TensorLike,
  blogsig2: TensorLike,
  dimension: number,
  degree: number,
  options?: JobOptions,
): Steps<Tensor> {
  const { nJobs } = context.options(options, COMBINE_DEFAULTS);
  const algebra = readPlanar(context, dimension, degree, nJobs);
  const first = readBranchedLogSig(context, "blogsig1", blogsig1, 2, algebra);
  const second = readBranchedLogSig(context, "blogsig2", blogsig2, 2, algebra);
  checkAgreement(context, "blogsig2", second, "blogsig1", first);
  if (first.batch === 0) return none(context, "blogsig1", first);
  const rows = inBrackets(algebra, first);
  const left = yield* within(0.25, exponentialOf(context, rows, "blogsig1", first));
  const right = yield* within(0.3, exponentialOf(context, rows, "blogsig2", second));
  return yield* logProduct(context, rows, "blogsig1", first, left, right);
}

/**
 * The product of planar branched log-signatures, log(exp(blogsig1) exp(blogsig2)) for the product of `branchedSigCombine`: the branched
 * log-signature of one path followed by the other. Not in pysiglib.
 *
 * @param blogsig1 (..., M) in the brackets of Lyndon forests, as methods 2 and 3 give with `planar`
 * @param blogsig2 likewise
 * @param dimension channels of the paths after their transforms, at least 1
 * @param degree truncation, at least 1
 * @param options `nJobs` 1
 * @returns (..., M) in the brackets of Lyndon forests
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, a bad dimension or degree, and where a table would be too large
 * @example branchedLogSigCombine([1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0], 2, 2).data // 1, 1, 0.5, 0, 0.5, -0.5, 0
 */
export const branchedLogSigCombine = synchronous("branchedLogSigCombine", branchedLogSigCombineBody);

/** The promise form of {@link branchedLogSigCombine}. */
export const branchedLogSigCombineAsync = promised("branchedLogSigCombine", branchedLogSigCombineBody);

export function* branchedLogSigCombineBackpropBody(
  context: Context,
  derivs: TensorLike,
  blogsig1: TensorLike,
  blogsig2: TensorLike,
  dimension: number,
  degree: number,
  options?: JobOptions,
): Steps<[dBlogsig1: Tensor, dBlogsig2: Tensor]> {
  const { nJobs } = context.options(options, COMBINE_DEFAULTS);
  const algebra = readPlanar(context, dimension, degree, nJobs);
  const gradient = readBranchedLogSig(context, "derivs", derivs, 2, algebra);
  const first = readBranchedLogSig(context, "blogsig1", blogsig1, 2, algebra);
  const second = readBranchedLogSig(context, "blogsig2", blogsig2, 2, algebra);
  checkAgreement(context, "blogsig2", second, "blogsig1", first);
  checkAgreement(context, "derivs", gradient, "blogsig1", first);
  if (first.batch === 0) return [none(context, "blogsig1", first), none(context, "blogsig2", second)];
  const rows = inBrackets(algebra, first);
  const left = yield* within(0.1, exponentialOf(context, rows, "blogsig1", first));
  const right = yield* within(0.1, exponentialOf(context, rows, "blogsig2", second));
  return yield* logProductAdjoint(context, rows, gradient, left, right);
}

/**
 * The gradients of a function F of `branchedLogSigCombine(blogsig1, blogsig2, ...)`. Not in pysiglib.
 *
 * @param derivs dF/dout, (..., M)
 * @param blogsig1 as for `branchedLogSigCombine`
 * @param blogsig2 as for `branchedLogSigCombine`
 * @param dimension as for `branchedLogSigCombine`
 * @param degree as for `branchedLogSigCombine`
 * @param options as for `branchedLogSigCombine`
 * @returns [dF/dblogsig1, dF/dblogsig2], each (..., M)
 * @throws like `branchedLogSigCombine`
 * @example const [d1, d2] = branchedLogSigCombineBackprop(derivs, first, second, 2, 3)
 */
export const branchedLogSigCombineBackprop = synchronous("branchedLogSigCombineBackprop", branchedLogSigCombineBackpropBody);

/** The promise form of {@link branchedLogSigCombineBackprop}. */
export const branchedLogSigCombineBackpropAsync = promised("branchedLogSigCombineBackprop", branchedLogSigCombineBackpropBody);

interface Join {
  readonly algebra: BranchedAlgebra;
  readonly value: LevelRows;
  readonly step: Rows;
  readonly prepend: boolean;
}

function readJoin(
  context: Context,
  blogsig: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options: BranchedLogSigJoinOptions | undefined,
): Join {
  const given = context.options(options, JOIN_DEFAULTS);
  const prepend = context.flag("prepend", given.prepend);
  const algebra = readPlanar(context, dimension, degree, given.nJobs);
  const value = readBranchedLogSig(context, "blogsig", blogsig, 2, algebra);
  const step = readVectors(context, "displacement", displacement, algebra.dimension, "the dimension");
  checkAgreement(context, "displacement", step, "blogsig", value);
  return { algebra, value, step, prepend };
}

export function* branchedLogSigJoinBody(
  context: Context,
  blogsig: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: BranchedLogSigJoinOptions,
): Steps<Tensor> {
  const { algebra, value, step, prepend } = readJoin(context, blogsig, displacement, dimension, degree, options);
  if (value.batch === 0) return none(context, "blogsig", value);
  const rows = inBrackets(algebra, value);
  const path = yield* within(0.3, exponentialOf(context, rows, "blogsig", value));
  const added = yield* within(0.1, segment(context, rows, step));
  return yield* logProduct(context, rows, "blogsig", value, prepend ? added : path, prepend ? path : added);
}

/**
 * The planar branched log-signature of a path made longer by one straight segment: the product (see `branchedLogSigCombine`) of `blogsig`
 * with `linearBranchedLogSig(displacement, ...)`, which comes first with `prepend`.
 *
 * @param blogsig (..., M) in the brackets of Lyndon forests, as methods 2 and 3 give with `planar` (method 1 is something else and cannot be
 *   told apart)
 * @param displacement (..., dimension)
 * @param dimension channels of the path after its transforms, at least 1
 * @param degree truncation, at least 1
 * @param options `prepend` false, `nJobs` 1
 * @returns (..., M) in the brackets of Lyndon forests
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, a bad dimension or degree, and where a table would be too large
 * @example branchedLogSigJoin([1, 0, 0, 0, 0, 0, 0], [0, 1], 2, 2).data // 1, 1, 0.5, 0, 0.5, -0.5, 0
 */
export const branchedLogSigJoin = synchronous("branchedLogSigJoin", branchedLogSigJoinBody);

/** The promise form of {@link branchedLogSigJoin}. */
export const branchedLogSigJoinAsync = promised("branchedLogSigJoin", branchedLogSigJoinBody);

export function* branchedLogSigJoinBackpropBody(
  context: Context,
  derivs: TensorLike,
  blogsig: TensorLike,
  displacement: TensorLike,
  dimension: number,
  degree: number,
  options?: BranchedLogSigJoinOptions,
): Steps<[dBlogsig: Tensor, dDisplacement: Tensor]> {
  const { algebra, value, step, prepend } = readJoin(context, blogsig, displacement, dimension, degree, options);
  const gradient = readBranchedLogSig(context, "derivs", derivs, 2, algebra);
  checkAgreement(context, "derivs", gradient, "blogsig", value);
  if (value.batch === 0) return [none(context, "blogsig", value), none(context, "displacement", step)];
  const rows = inBrackets(algebra, value);
  const path = yield* within(0.15, exponentialOf(context, rows, "blogsig", value));
  const added = yield* within(0.05, segment(context, rows, step));
  if (!prepend) return yield* logProductAdjoint(context, rows, gradient, path, added);
  const [dDisplacement, dBlogsig] = yield* logProductAdjoint(context, rows, gradient, added, path);
  return [dBlogsig, dDisplacement];
}

/**
 * The gradients of a function F of `branchedLogSigJoin(blogsig, displacement, ...)`.
 *
 * @param derivs dF/dout, (..., M)
 * @param blogsig as for `branchedLogSigJoin`
 * @param displacement as for `branchedLogSigJoin`
 * @param dimension as for `branchedLogSigJoin`
 * @param degree as for `branchedLogSigJoin`
 * @param options as for `branchedLogSigJoin`
 * @returns [dF/dblogsig, dF/ddisplacement], shaped like the arguments
 * @throws like `branchedLogSigJoin`
 * @example const [dBlogsig, dStep] = branchedLogSigJoinBackprop(derivs, blogsig, [1, 2], 2, 3)
 */
export const branchedLogSigJoinBackprop = synchronous("branchedLogSigJoinBackprop", branchedLogSigJoinBackpropBody);

/** The promise form of {@link branchedLogSigJoinBackprop}. */
export const branchedLogSigJoinBackpropAsync = promised("branchedLogSigJoinBackprop", branchedLogSigJoinBackpropBody);
