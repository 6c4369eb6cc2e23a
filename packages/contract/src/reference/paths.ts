import { type Series, add, exponential, multiply, one, vector } from "./algebra.js";
import { type Jet, linear } from "./jet.js";

export interface Augmentation {
  readonly timeAug?: boolean | undefined;
  readonly leadLag?: boolean | undefined;
  readonly endTime?: number | undefined;
}

export const augmentedDimension = (dimension: number, { timeAug, leadLag }: Augmentation): number =>
  dimension * (leadLag ? 2 : 1) + (timeAug ? 1 : 0);

export const augmentedLength = (length: number, { leadLag }: Augmentation): number => (leadLag ? Math.max(0, 2 * length - 1) : length);

/** Points of the augmented path, one jet each: lag and lead channels, then time from 0 to endTime. */
export function augment(path: Jet, dimension: number, flags: Augmentation): Jet[] {
  const point = (i: number): Jet => linear(path, (x) => x.slice(i * dimension, (i + 1) * dimension));
  const rows = augmentedLength(path.value.length / dimension, flags);
  return Array.from({ length: rows }, (_, i) => {
    const channels = flags.leadLag ? [point(Math.floor(i / 2)), point(Math.ceil(i / 2))] : [point(i)];
    const time = rows > 1 ? (i * (flags.endTime ?? 1)) / (rows - 1) : 0;
    return {
      value: [...channels.flatMap((c) => [...c.value]), ...(flags.timeAug ? [time] : [])],
      slope: [...channels.flatMap((c) => [...c.slope]), ...(flags.timeAug ? [0] : [])],
    };
  });
}

/** Signatures of the path over its first point, its first two points, and so on: products of the exponentials of its segments. */
export function prefixSignatures(
  points: readonly Jet[],
  dimension: number,
  degree: number,
  correction?: (segment: number) => Series,
): Series[] {
  const prefixes = [one(dimension, degree)];
  for (let s = 1; s < points.length; s++) {
    let segment = vector(subtract(points[s], points[s - 1]), degree);
    if (correction) segment = add(segment, correction(s - 1));
    prefixes.push(multiply(prefixes[s - 1] as Series, exponential(segment)));
  }
  return prefixes;
}

function subtract(a: Jet | undefined, b: Jet | undefined): Jet {
  if (!a || !b) throw new Error("no such point");
  return { value: a.value.map((x, i) => x - (b.value[i] ?? NaN)), slope: a.slope.map((x, i) => x - (b.slope[i] ?? NaN)) };
}

/** A row of levels 2..m over the original letters as an element over all letters, where words with the time letter are 0. */
export function correctionSeries(row: readonly number[], originalDimension: number, dimension: number, degree: number): Series {
  const zero = Array.from({ length: degree + 1 }, (_, k) => new Array<number>(dimension ** k).fill(0));
  const value = zero.map((level) => [...level]);
  let start = 0;
  for (let k = 2; k <= degree && start < row.length; k++) {
    const size = originalDimension ** k;
    for (let i = 0; i < size; i++) {
      const letters = Array.from({ length: k }, (_, j) => Math.floor(i / originalDimension ** (k - 1 - j)) % originalDimension);
      const place = letters.reduce((sum, letter) => sum * dimension + letter, 0);
      (value[k] as number[])[place] = row[start + i] ?? NaN;
    }
    start += size;
  }
  return { value, slope: zero };
}
