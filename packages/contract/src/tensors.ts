import type { Dtype, Real, Tensor } from "@sig/api";

/** Number of elements of a shape. */
export const volume = (shape: readonly number[]): number => shape.reduce((product, size) => product * size, 1);

export function realArray(dtype: Dtype, content: number | readonly number[] | Real): Real {
  if (typeof content === "number") return dtype === "float32" ? new Float32Array(content) : new Float64Array(content);
  return dtype === "float32" ? Float32Array.from(content) : Float64Array.from(content);
}

export function tensor(values: readonly number[] | Real, shape: readonly number[], dtype: Dtype = "float64"): Tensor {
  if (values.length !== volume(shape)) throw new Error(`${values.length} values for shape [${shape.join(", ")}]`);
  return { data: realArray(dtype, values), shape: [...shape], dtype };
}

export const zeros = (shape: readonly number[], dtype: Dtype = "float64"): Tensor => tensor(new Float64Array(volume(shape)), shape, dtype);

/** A path from its points. */
export const matrix = (rows: readonly (readonly number[])[], dtype: Dtype = "float64"): Tensor =>
  tensor(rows.flat(), [rows.length, rows[0]?.length ?? 0], dtype);

export const copy = (a: Tensor): Tensor => ({ data: a.data.slice(), shape: [...a.shape], dtype: a.dtype });

/** The same numbers, rounded to `dtype`. */
export const cast = (a: Tensor, dtype: Dtype): Tensor => tensor(a.data, a.shape, dtype);

/** The item of a batch: `rank` trailing dimensions belong to an item. */
export function itemOf(a: Tensor, rank: number, index: number): Tensor {
  const shape = a.shape.slice(a.shape.length - rank);
  const size = volume(shape);
  return tensor(a.data.subarray(index * size, (index + 1) * size), shape, a.dtype);
}

/** Items of equal shape, laid out one after the other under the leading dimensions `batch`. */
export function stack(items: readonly Tensor[], batch: readonly number[], itemShape: readonly number[], dtype: Dtype): Tensor {
  return tensor(
    items.flatMap((item) => [...item.data]),
    [...batch, ...itemShape],
    dtype,
  );
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A seed from a text, so that every sample has numbers of its own. */
export function seedOf(text: string): number {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  return hash >>> 0;
}

/** Uniform in [-scale, scale]. */
export function randomTensor(random: () => number, shape: readonly number[], dtype: Dtype = "float64", scale = 1): Tensor {
  return tensor(
    Array.from({ length: volume(shape) }, () => scale * (2 * random() - 1)),
    shape,
    dtype,
  );
}
