import type { Tensor } from "@sig/api";
import { tensor } from "./tensors.js";

/** The same shape and dtype with every entry mapped. */
export const mapEntries = (a: Tensor, f: (x: number, i: number) => number): Tensor => tensor(Array.from(a.data, f), a.shape, a.dtype);

/** Points from..to of a single path (the last one excluded), as in Array.slice. */
export function points(path: Tensor, from: number, to: number): Tensor {
  const dimension = path.shape[1] ?? 0;
  return tensor(path.data.slice(from * dimension, to * dimension), [to - from, dimension], path.dtype);
}

/** One path after the other, the second one translated to begin where the first one ends. */
export function concatenate(a: Tensor, b: Tensor): Tensor {
  const dimension = a.shape[1] ?? 0;
  const end = a.data.slice(-dimension);
  const moved = Array.from(b.data, (x, i) => x - (b.data[i % dimension] ?? 0) + (end[i % dimension] ?? 0)).slice(dimension);
  return tensor([...a.data, ...moved], [(a.shape[0] ?? 0) + (b.shape[0] ?? 0) - 1, dimension], a.dtype);
}

export function reverse(path: Tensor): Tensor {
  const [length = 0, dimension = 0] = path.shape;
  return mapEntries(path, (_, i) => path.data[(length - 1 - Math.floor(i / dimension)) * dimension + (i % dimension)] ?? NaN);
}

/** Level k of a row of levels without scalar slot. */
export function level(row: Tensor, dimension: number, k: number): Tensor {
  let start = 0;
  for (let j = 1; j < k; j++) start += dimension ** j;
  const length = dimension ** k;
  return tensor(row.data.slice(start, start + length), [length], row.dtype);
}

/** All ways of interleaving two words, with repetitions. */
export function shuffles(u: readonly number[], v: readonly number[]): (readonly number[])[] {
  const [a, ...restOfU] = u;
  const [b, ...restOfV] = v;
  if (a === undefined) return [v];
  if (b === undefined) return [u];
  return [...shuffles(restOfU, v).map((word) => [a, ...word]), ...shuffles(u, restOfV).map((word) => [b, ...word])];
}

/** The coefficient of a word in a row of levels without scalar slot. */
export function coefficient(row: Tensor, word: readonly number[], dimension: number): number {
  return word.length === 0 ? 1 : (row.data[word.reduce((place, letter) => place * dimension + letter + 1, 0) - 1] ?? NaN);
}

/** A random word. */
export const drawWord = (random: () => number, dimension: number, length: number): number[] =>
  Array.from({ length }, () => Math.floor(random() * dimension));
