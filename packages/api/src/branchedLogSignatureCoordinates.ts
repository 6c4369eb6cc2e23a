/** The coordinates of branched log-signatures, and how rows get into them and out of them. */
import { branchedLogSigLengthOf, checkInteger, lyndonMap, rangeError, type Dtype, type Levels, type LyndonMap } from "@sig/core";
import { branchedLength, cutsOf, readBranched, type BranchedAlgebra, type PlanarOptions } from "./branchedInputs.js";
import { algebraCall, readVectors, type LevelRows } from "./inputs.js";
import type { LogSigMethod } from "./logSignature.js";
import { perform, type Context, type Step, type Steps } from "./operation.js";
import { blankLevels } from "./outputs.js";

export interface BranchedMethodOptions extends PlanarOptions {
  /**
   * Coordinates: 0 (default without `planar`) the values at all trees or forests; and only with `planar` 1 (its default) those at the Lyndon
   * forests, 2 coordinates in the basis of their brackets, 3 the same as 2.
   */
  readonly method?: LogSigMethod | undefined;
}

export function readBranchedMethod(context: Context, value: unknown, planar: boolean): LogSigMethod {
  if (value === undefined) return planar ? 1 : 0;
  const method = checkInteger(value, context.place("method"), { min: 0, max: 3 }) as LogSigMethod;
  if (method > 0 && !planar) throw rangeError(context.place("method"), `must be 0 unless planar, got ${method}`);
  return method;
}

/** The option `method` where there is no path to start from. */
export function readBranchedMapMethod(context: Context, value: unknown, planar: boolean): 0 | 1 | 2 {
  const method = readBranchedMethod(context, value, planar);
  if (method !== 3) return method;
  throw rangeError(context.place("method"), "must be 0, 1 or 2, got 3: the coordinates of method 3 are those of method 2");
}

/** The length of a row in the coordinates of `method`. */
export function branchedCoordinates(context: Context, method: LogSigMethod, algebra: BranchedAlgebra, scalar: boolean): number {
  if (method === 0) return branchedLength(context, algebra, scalar);
  return branchedLogSigLengthOf(algebra.dimension, algebra.degree, true, context.operation);
}

/** A branched log-signature, or the gradient of one, in the coordinates of `method`; with or without scalar slot for method 0. */
export function readBranchedLogSig(
  context: Context,
  argument: string,
  value: unknown,
  method: LogSigMethod,
  algebra: BranchedAlgebra,
): LevelRows {
  if (method === 0) return readBranched(context, argument, value, algebra);
  const rowLength = branchedCoordinates(context, method, algebra, false);
  const meaning = `the length of a planar branched log-signature of dimension ${algebra.dimension} and degree ${algebra.degree}`;
  return { ...readVectors(context, argument, value, rowLength, meaning), scalar: false, rowLength };
}

/** Rows of which there are logarithms to take or to undo, in the coordinates of `method`. */
export interface LogRows {
  readonly algebra: BranchedAlgebra;
  readonly method: LogSigMethod;
  readonly dtype: Dtype;
  readonly batch: number;
}

/** Rows of values at all elements, to be written. */
export function blankBranched(context: Context, { algebra, dtype, batch }: LogRows): Levels {
  return blankLevels(context, dtype, batch, branchedLength(context, algebra, false), false);
}

/** One of the maps between values at all forests and Lyndon coordinates, or its transpose. Such rows have no scalar slot. */
function mapped(
  context: Context,
  { algebra, dtype, batch }: LogRows,
  map: LyndonMap | `${LyndonMap} transposed`,
  rows: Levels,
  out: Levels,
  share = 1,
): Step<"sparseMap"> {
  const [kind, transposed] = map.split(" ") as [LyndonMap, string?];
  const table = lyndonMap(algebra, kind, transposed !== undefined, context.operation);
  const { threads } = algebra;
  return perform("sparseMap", { dtype, batch, threads, rows, rowLength: rows.data.length / batch, map: table, out }, share);
}

/** Writes the logarithms of `sig`. */
export function* logarithm(context: Context, rows: LogRows, sig: Levels, out: Levels): Steps<void> {
  const { algebra, method } = rows;
  const cuts = cutsOf(context, algebra);
  if (method === 0) {
    yield perform("branchedSigToLogSig", algebraCall(algebra, rows, { cuts, sig, out }));
    return;
  }
  const whole = blankBranched(context, rows);
  yield perform("branchedSigToLogSig", algebraCall(algebra, rows, { cuts, sig, out: whole }), 0.9);
  yield mapped(context, rows, method === 1 ? "words" : "brackets", whole, out);
}

/** Writes the gradients of `sig` from those of its logarithms. */
export function* logarithmAdjoint(context: Context, rows: LogRows, sig: Levels, derivs: Levels, out: Levels): Steps<void> {
  const { algebra, method } = rows;
  let whole = derivs;
  if (method !== 0) {
    whole = blankBranched(context, rows);
    yield mapped(context, rows, method === 1 ? "words transposed" : "brackets transposed", derivs, whole, 0.1);
  }
  const cuts = cutsOf(context, algebra);
  yield perform("branchedSigToLogSigBackprop", algebraCall(algebra, rows, { cuts, sig, derivs: whole, out }));
}

/** The values at all elements of rows of coordinates; of method 0, the rows themselves. */
export function* expanded(context: Context, rows: LogRows, logSig: Levels): Steps<Levels> {
  if (rows.method === 0) return logSig;
  const whole = blankBranched(context, rows);
  let brackets = logSig;
  if (rows.method === 1) {
    // The change to brackets reads the values at the Lyndon forests alone.
    brackets = { data: context.blank("degree", rows.dtype, logSig.data.length), scalar: false };
    yield mapped(context, rows, "words transposed", logSig, whole, 0.3);
    yield mapped(context, rows, "brackets", whole, brackets, 0.5);
  }
  yield mapped(context, rows, "expansion", brackets, whole);
  return whole;
}

/** Writes the gradients of rows of coordinates from those of their values at all elements; not for method 0. */
export function* expandedAdjoint(context: Context, rows: LogRows, derivs: Levels, out: Levels): Steps<void> {
  if (rows.method !== 1) {
    yield mapped(context, rows, "expansion transposed", derivs, out);
    return;
  }
  const whole = blankBranched(context, rows);
  const brackets = { data: context.blank("degree", rows.dtype, out.data.length), scalar: false };
  yield mapped(context, rows, "expansion transposed", derivs, brackets, 0.4);
  yield mapped(context, rows, "brackets transposed", brackets, whole, 0.5);
  yield mapped(context, rows, "words", whole, out);
}

/** Writes the exponentials of values at all elements. */
export function exponential(context: Context, rows: LogRows, logSig: Levels, out: Levels, share = 1): Step<"branchedLogSigToSig"> {
  const cuts = cutsOf(context, rows.algebra);
  return perform("branchedLogSigToSig", algebraCall(rows.algebra, rows, { cuts, logSig, out }), share);
}

/** Writes the gradients of values at all elements from those of their exponentials. */
export function exponentialAdjoint(
  context: Context,
  rows: LogRows,
  logSig: Levels,
  derivs: Levels,
  out: Levels,
  share = 1,
): Step<"branchedLogSigToSigBackprop"> {
  const cuts = cutsOf(context, rows.algebra);
  return perform("branchedLogSigToSigBackprop", algebraCall(rows.algebra, rows, { cuts, logSig, derivs, out }), share);
}
