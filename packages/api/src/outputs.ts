/** Results: their allocation, shapes and the values that need no backend. */
import { makeTensor, SigRangeError, type Dtype, type Levels, type Real, type Tensor } from "@sig/core";
import type { PathInput, Rows } from "./inputs.js";
import type { Context } from "./operation.js";

/** Rows of levels, to be written. */
export function blankLevels(context: Context, dtype: Dtype, rows: number, length: number, scalar: boolean): Levels {
  return { data: context.blank("degree", dtype, rows * length), scalar };
}

/** Writes the unit of the tensor algebra, the signature of a point, to every row. */
export function writeIdentity({ data, scalar }: Levels, length: number): void {
  data.fill(0);
  if (scalar) for (let at = 0; at < data.length; at += length) data[at] = 1;
}

/** An array of the dtype and size of the input `argument`, to be written. */
export function blankLike(context: Context, argument: string, rows: Rows): Real {
  return context.blank(argument, rows.dtype, rows.data.length);
}

/** Pieces of an array: the first begins at `start`, each next one `stride` later. */
interface Pieces {
  readonly data: Real;
  readonly start: number;
  readonly stride: number;
}

/** Copies `count` pieces of `width` numbers; a view for each would cost more than the copy. */
export function copyPieces(count: number, width: number, from: Pieces, to: Pieces): void {
  for (let i = 0; i < count; i++) {
    const source = from.start + i * from.stride;
    const target = to.start + i * to.stride;
    for (let j = 0; j < width; j++) to.data[target + j] = from.data[source + j]!;
  }
}

/** A result of shape (..., axes). */
export function tensorOf(data: Real, batchShape: readonly number[], ...axes: readonly number[]): Tensor {
  return makeTensor(data, [...batchShape, ...axes]);
}

/** A result in the shape of an input: a gradient in that of what it belongs to. */
export function shapedLike(rows: Rows, data: Real): Tensor {
  return makeTensor(data, [...rows.shape]);
}

/** The refusal of a result that is too large, with a word on what was probably meant where a path has more channels than points. */
export function withSwapHint(error: unknown, path: PathInput): unknown {
  if (!(error instanceof SigRangeError) || error.code !== "TOO_LARGE" || path.dimension <= path.length) return error;
  const { code, operation, argument } = error;
  const hint = `the path has ${path.length} points of ${path.dimension} channels: are length and channels swapped?`;
  return new SigRangeError(`${error.message}; ${hint}`, { code, operation, argument });
}
