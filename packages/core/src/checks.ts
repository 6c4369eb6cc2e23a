/** Checks of single arguments. Each returns its value, so that validation reads as assignment. */
import { describe, describeShape, rangeError, typeError, type Place } from "./errors.js";
import type { Tensor } from "./tensor.js";

/** An integer from `min` to `max` (default: the largest safe integer). */
export function checkInteger(value: unknown, place: Place, range: { readonly min: number; readonly max?: number }): number {
  if (typeof value !== "number") throw typeError(place, `must be an integer, got ${describe(value)}`);
  if (!Number.isInteger(value)) throw rangeError(place, `must be an integer, got ${value}`);
  const max = range.max ?? Number.MAX_SAFE_INTEGER;
  if (value < range.min) throw rangeError(place, `must be an integer ${bounds(range)}, got ${value}`);
  if (value > max) throw rangeError(place, `must be an integer ${range.max === undefined ? "below 2^53" : bounds(range)}, got ${value}`);
  return value + 0; // -0 is 0
}

function bounds({ min, max }: { readonly min: number; readonly max?: number }): string {
  return max === undefined ? `of at least ${min}` : `from ${min} to ${max}`;
}

/** A boolean; nothing else is taken for one. */
export function checkFlag(value: unknown, place: Place): boolean {
  if (typeof value !== "boolean") throw typeError(place, `must be true or false, got ${describe(value)}`);
  return value;
}

/** A finite number. */
export function checkFinite(value: unknown, place: Place): number {
  if (typeof value !== "number") throw typeError(place, `must be a number, got ${describe(value)}`);
  if (!Number.isFinite(value)) throw rangeError(place, `must be finite, got ${value}`);
  return value;
}

/** Two tensors of one call must share their dtype; the second is named at fault. */
export function checkSameDtype(first: Tensor, firstPlace: Place, second: Tensor, secondPlace: Place): void {
  if (first.dtype !== second.dtype) {
    const hint = "(nested arrays are float64)";
    throw typeError(
      secondPlace,
      `must have the dtype of ${firstPlace.argument}, ${first.dtype}, got ${second.dtype} ${hint}`,
      "INVALID_DTYPE",
    );
  }
}

/** At least `rank` axes; `layout` says what they mean: "(..., length, dimension)". */
export function checkRank(tensor: Tensor, place: Place, rank: number, layout: string): void {
  if (tensor.shape.length >= rank) return;
  const got = tensor.shape.length === 0 ? "a number" : `shape ${describeShape(tensor.shape)}`;
  throw rangeError(place, `must have shape ${layout}, got ${got}`, "INVALID_SHAPE");
}

/** Exactly the shape `expected`. */
export function checkShape(tensor: Tensor, place: Place, expected: readonly number[]): void {
  const { shape } = tensor;
  if (sameShape(shape, expected)) return;
  const swapped = sameShape([...shape.slice(0, -2), ...shape.slice(-2).reverse()], expected);
  const hint = swapped ? " (are the last two axes swapped?)" : "";
  throw rangeError(place, `must have shape ${describeShape(expected)}, got ${describeShape(shape)}${hint}`, "INVALID_SHAPE");
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}

/** Leading axes equal to `batch`, the `trailing` last ones left out; nothing is broadcast. */
export function checkBatch(tensor: Tensor, place: Place, trailing: number, batch: readonly number[]): void {
  const own = tensor.shape.slice(0, tensor.shape.length - trailing);
  if (sameShape(own, batch)) return;
  throw rangeError(
    place,
    `must have the batch shape ${describeShape(batch)} of the other arguments, got ${describeShape(own)}`,
    "INVALID_SHAPE",
  );
}
