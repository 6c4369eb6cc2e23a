/** Readers of the arguments that operations share: each returns what it read, checked, or throws an error that names the argument. */
import {
  augmentedDimension,
  augmentedLength,
  checkBatch,
  checkFinite,
  checkRank,
  checkSameDtype,
  describeShape,
  rangeError,
  sameShape,
  sigLengthOf,
  type Correction,
  type Dtype,
  type Real,
  type TensorLike,
} from "@sig/core";
import type { Context } from "./operation.js";

export interface JobOptions {
  /** Threads: 1 (default) is serial, -1 takes all, below that all but -1 - nJobs. Results do not depend on it. */
  readonly nJobs?: number | undefined;
}

/** Options of operations on tensors, where the flags mean "the dimension of a path after these transforms". */
export interface AlgebraOptions extends JobOptions {
  /** The path had time appended as its last channel. Default false. */
  readonly timeAug?: boolean | undefined;
  /** The path had its channels doubled by lead-lag, lags first. Default false. */
  readonly leadLag?: boolean | undefined;
}

/** Options of operations on paths. */
export interface PathOptions extends JobOptions {
  /** Append time as the last channel, after lead-lag, evenly from 0 to `endTime`. Default false. */
  readonly timeAug?: boolean | undefined;
  /** Replace the path by its lags and leads: 2 * length - 1 points, lag channels first. Default false. */
  readonly leadLag?: boolean | undefined;
  /** The last value of time. Default 1. */
  readonly endTime?: number | undefined;
}

export interface CorrectionOptions {
  /**
   * Levels 2 to m <= degree to add to the logarithm of each segment, over the original channels, level after level: one row for
   * all segments (C,), a row per segment (length - 1, C), or per segment of each path (..., length - 1, C). Not with `leadLag`.
   */
  readonly correction?: TensorLike | undefined;
}

/** A truncated tensor algebra, and the threads to compute in it with. */
export interface Algebra {
  readonly threads: number;
  readonly dimension: number;
  readonly degree: number;
}

/** An input, seen as `batch` rows over its leading axes. */
export interface Rows {
  readonly data: Real;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly batchShape: readonly number[];
  readonly batch: number;
}

/** Rows of levels; `scalar` where each begins with the scalar slot, which `rowLength` counts. */
export interface LevelRows extends Rows {
  readonly scalar: boolean;
  readonly rowLength: number;
}

export interface PathInput extends Rows {
  readonly threads: number;
  readonly length: number;
  readonly dimension: number;
  readonly timeAug: boolean;
  readonly leadLag: boolean;
  readonly endTime: number;
  /** Points and channels after the transforms. */
  readonly points: number;
  readonly letters: number;
}

/** An input of at least `rank` axes, the last `rank` of which are one row; `layout` describes them. */
export function readRows(context: Context, argument: string, value: unknown, rank: number, layout: string): Rows {
  const { data, dtype, shape } = context.tensor(argument, value);
  if (shape.length < rank) checkRank({ data, dtype, shape }, context.place(argument), rank, layout);
  const batchShape = shape.slice(0, shape.length - rank);
  let batch = 1;
  for (let axis = 0; axis < batchShape.length; axis++) batch *= batchShape[axis]!;
  return { data, dtype, shape, batchShape, batch };
}

/** What the options of a path say, checked. */
export interface PathSettings {
  readonly threads: number;
  readonly timeAug: boolean;
  readonly leadLag: boolean;
  readonly endTime: number;
}

export function readPathSettings(context: Context, options: Record<keyof PathOptions, unknown>): PathSettings {
  return {
    threads: context.threads(options.nJobs),
    timeAug: context.flag("timeAug", options.timeAug),
    leadLag: context.flag("leadLag", options.leadLag),
    endTime: options.endTime === 1 ? 1 : checkFinite(options.endTime, context.place("endTime")),
  };
}

/** A path (..., length, dimension) of at least one channel, with the options that all operations on paths have. */
export function readPath(context: Context, value: unknown, options: Record<keyof PathOptions, unknown>): PathInput {
  return readNamedPath(context, "path", value, readPathSettings(context, options));
}

/** A path where there is more than one. */
export function readNamedPath(context: Context, argument: string, value: unknown, settings: PathSettings): PathInput {
  const { threads, timeAug, leadLag, endTime } = settings;
  const { data, dtype, shape, batchShape, batch } = readRows(context, argument, value, 2, "(..., length, dimension)");
  const length = shape[shape.length - 2]!;
  const dimension = shape[shape.length - 1]!;
  if (dimension === 0)
    throw rangeError(context.place(argument), `must have at least one channel, got shape ${describeShape(shape)}`, "INVALID_SHAPE");
  const points = augmentedLength(length, { leadLag });
  const letters = augmentedDimension(dimension, { timeAug, leadLag });
  return { data, dtype, shape, batchShape, batch, threads, length, dimension, timeAug, leadLag, endTime, points, letters };
}

// Calls are put together by Object.assign: spreading an object first and adding fields takes microseconds in V8.

/** A backend call on a path. */
export function pathCall<Rest extends object>(path: PathInput, rest: Rest) {
  const { dtype, batch, threads, length, dimension, timeAug, leadLag, endTime, data } = path;
  return Object.assign({ dtype, batch, threads, length, dimension, timeAug, leadLag, endTime, path: data }, rest);
}

/** A backend call on rows of an algebra. */
export function algebraCall<Rest extends object>({ threads, dimension, degree }: Algebra, rows: Pick<Rows, "dtype" | "batch">, rest: Rest) {
  return Object.assign({ dtype: rows.dtype, batch: rows.batch, threads, dimension, degree }, rest);
}

/** The length of a row of levels; refused where it is no safe integer. */
export function levelsLength(context: Context, { dimension, degree }: Algebra, scalar: boolean): number {
  return sigLengthOf(dimension, degree, scalar, context.operation);
}

/** How many values a path has under `stream`: one for each time but the first. */
export function streamRows(path: PathInput): number {
  return Math.max(path.points - 1, 0);
}

/** The truncation degree: at least 0 for signatures, at least 1 for log-signatures. */
export function readDegree(context: Context, value: unknown, min: 0 | 1): number {
  return context.integer("degree", value, min);
}

/** Flags of the options, which operations that never follow a transform do not have. */
interface Transforms {
  readonly timeAug?: unknown;
  readonly leadLag?: unknown;
}

/** The dimension of an algebra: that of the path, at least 1, after its transforms. */
export function readDimension(context: Context, value: unknown, options: Transforms): number {
  const dimension = context.integer("dimension", value, 1);
  if (options.timeAug === undefined) return dimension;
  return augmentedDimension(dimension, {
    timeAug: context.flag("timeAug", options.timeAug),
    leadLag: context.flag("leadLag", options.leadLag),
  });
}

export function readAlgebra(
  context: Context,
  dimension: unknown,
  degree: unknown,
  minDegree: 0 | 1,
  options: Transforms & { readonly nJobs: unknown },
): Algebra {
  const threads = context.threads(options.nJobs);
  return { threads, dimension: readDimension(context, dimension, options), degree: readDegree(context, degree, minDegree) };
}

/** The algebra in which the signatures of a path live. */
export function pathAlgebra(path: PathInput, degree: number): Algebra {
  return { threads: path.threads, dimension: path.letters, degree };
}

/**
 * Signature-shaped rows (..., S) or, with the scalar slot, (..., S + 1).
 * `path` is the one that the dimension was read from, for the hint that its axes may be swapped.
 */
export function readLevels(context: Context, argument: string, value: unknown, algebra: Algebra, path?: PathInput): LevelRows {
  const { dimension, degree } = algebra;
  const { data, dtype, shape, batchShape, batch } = readRows(context, argument, value, 1, "(..., signature length)");
  const own = shape[shape.length - 1]!;
  const expected = levelsLength(context, algebra, false);
  if (own !== expected && own !== expected + 1) {
    const meant = `${expected}, or ${expected + 1} with the scalar term, for dimension ${dimension} and degree ${degree}`;
    const hint = path && fitsSwapped(path, own, degree) ? "; are length and channels of the path swapped?" : "";
    throw rangeError(
      context.place(argument),
      `must have a last axis of ${meant}, got shape ${describeShape(shape)}${hint}`,
      "INVALID_SHAPE",
    );
  }
  return { data, dtype, shape, batchShape, batch, scalar: own !== expected, rowLength: own };
}

/** Whether a row would fit a path of `length` channels. */
function fitsSwapped(path: PathInput, rowLength: number, degree: number): boolean {
  const letters = augmentedDimension(path.length, path);
  let length = 0;
  for (let level = 1, power = letters; level <= degree && length <= rowLength; level++, power *= letters) length += power;
  return letters > 0 && (rowLength === length || rowLength === length + 1);
}

/** Rows of exactly `length` numbers, without any scalar slot: displacements, coefficients, compressed log-signatures. */
export function readVectors(context: Context, argument: string, value: unknown, length: number, meaning: string): Rows {
  const rows = readRows(context, argument, value, 1, `(..., ${length})`);
  const { shape } = rows;
  if (shape[shape.length - 1] !== length) {
    throw rangeError(
      context.place(argument),
      `must have a last axis of ${length}, ${meaning}, got shape ${describeShape(shape)}`,
      "INVALID_SHAPE",
    );
  }
  return rows;
}

/** Arguments of one call share the dtype of the first and its leading axes (or `batchShape`); nothing is broadcast. */
export function checkAgreement(
  context: Context,
  argument: string,
  rows: Rows,
  first: string,
  firstRows: Rows,
  batchShape = firstRows.batchShape,
): void {
  if (rows.dtype !== firstRows.dtype) checkSameDtype(firstRows, context.place(first), rows, context.place(argument));
  if (!sameShape(rows.batchShape, batchShape)) {
    checkBatch(rows, context.place(argument), rows.shape.length - rows.batchShape.length, batchShape);
  }
}

/** The option `correction`; an empty one is none. */
export function readCorrection(context: Context, value: unknown, path: PathInput, degree: number): Correction | undefined {
  if (value === undefined) return undefined;
  const place = context.place("correction");
  const correction = context.tensor("correction", value);
  checkSameDtype(path, context.place("path"), correction, place);
  const { data, shape } = correction;
  if (shape.includes(0)) return undefined;
  if (path.leadLag) throw rangeError(place, "cannot be used with lead-lag");
  if (degree < 2) throw rangeError(place, `must be empty for degree ${degree}: it begins at level 2`, "INVALID_SHAPE");
  const width = shape[shape.length - 1] ?? 0;
  const top = topLevel(width, path.dimension, degree);
  const layout = correctionLayout(shape, width, path);
  if (top === undefined || layout === undefined) {
    const segments = Math.max(path.length - 1, 0);
    const shapes = `(C,), ${describeShape([segments, -1])} or ${describeShape([...path.batchShape, segments, -1])}`.replaceAll("-1", "C");
    const widths = `C the length of levels 2 to m <= ${degree} in dimension ${path.dimension}`;
    throw rangeError(place, `must have shape ${shapes}, ${widths}, got ${describeShape(shape)}`, "INVALID_SHAPE");
  }
  return { data, degree: top, layout };
}

/** The m for which levels 2 to m have `width` entries. */
function topLevel(width: number, dimension: number, degree: number): number | undefined {
  let power = dimension;
  let sum = 0;
  for (let level = 2; level <= degree && sum < width; level++) {
    power *= dimension;
    sum += power;
    if (sum === width) return level;
  }
  return undefined;
}

function correctionLayout(shape: readonly number[], width: number, path: PathInput): Correction["layout"] | undefined {
  const segments = path.length - 1;
  if (shape.length === 1) return "row";
  if (sameShape(shape, [segments, width])) return "segment";
  return sameShape(shape, [...path.batchShape, segments, width]) ? "batch" : undefined;
}
