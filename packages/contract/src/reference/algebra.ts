import type { Jet } from "./jet.js";

/** levels[k] holds the d^k coefficients of the words of length k in lexicographic order. */
export type Levels = readonly (readonly number[])[];

/** An element of the truncated tensor algebra with its derivative in one direction. */
export interface Series {
  readonly value: Levels;
  readonly slope: Levels;
}

/** Lengths of the levels of a row: the scalar slot where there is one, then levels 1..degree. */
export const levelLengths = (dimension: number, degree: number, scalar: boolean): number[] =>
  Array.from({ length: degree + 1 }, (_, k) => dimension ** k).slice(scalar ? 0 : 1);

function zeroLevels(dimension: number, degree: number): Levels {
  return Array.from({ length: degree + 1 }, (_, k) => new Array<number>(dimension ** k).fill(0));
}

function addOuterProduct(x: readonly number[], y: readonly number[], out: number[]): void {
  for (let i = 0, place = 0; i < x.length; i++) {
    const factor = x[i]!;
    for (let j = 0; j < y.length; j++) out[place++]! += factor * y[j]!;
  }
}

function multiplyLevels(a: Levels, b: Levels): Levels {
  return a.map((level, k) => {
    const out = new Array<number>(level.length).fill(0);
    for (let j = 0; j <= k; j++) addOuterProduct(a[j] ?? [], b[k - j] ?? [], out);
    return out;
  });
}

const addLevels = (a: Levels, b: Levels): Levels => a.map((level, k) => level.map((x, i) => x + (b[k]?.[i] ?? 0)));
const scaleLevels = (a: Levels, factor: number): Levels => a.map((level) => level.map((x) => factor * x));

export const add = (a: Series, b: Series): Series => ({ value: addLevels(a.value, b.value), slope: addLevels(a.slope, b.slope) });
export const scale = (a: Series, factor: number): Series => ({ value: scaleLevels(a.value, factor), slope: scaleLevels(a.slope, factor) });

/** The truncated tensor product, with the product rule. */
export const multiply = (a: Series, b: Series): Series => ({
  value: multiplyLevels(a.value, b.value),
  slope: addLevels(multiplyLevels(a.slope, b.value), multiplyLevels(a.value, b.slope)),
});

export function one(dimension: number, degree: number): Series {
  const [, ...rest] = zeroLevels(dimension, degree);
  return { value: [[1], ...rest], slope: zeroLevels(dimension, degree) };
}

/** Sum of a^k / k! over k, by Horner. The scalar part of `a` is 0. */
export function exponential(a: Series): Series {
  const { dimension, degree } = sizeOf(a);
  let sum = one(dimension, degree);
  for (let k = degree; k >= 1; k--) sum = add(one(dimension, degree), scale(multiply(a, sum), 1 / k));
  return sum;
}

/** Sum of (-1)^(k-1) x^k / k over k with x = s - 1. The scalar part of `s` is 1. */
export function logarithm(s: Series): Series {
  const { dimension, degree } = sizeOf(s);
  const x = add(s, scale(one(dimension, degree), -1));
  let sum = scale(x, 0);
  for (let k = degree; k >= 1; k--) sum = multiply(x, add(scale(one(dimension, degree), 1 / k), scale(sum, -1)));
  return sum;
}

/** Sum of (-x)^k over k with x = s - 1. */
export function inverse(s: Series): Series {
  const { dimension, degree } = sizeOf(s);
  const x = add(s, scale(one(dimension, degree), -1));
  let sum = one(dimension, degree);
  for (let k = 1; k <= degree; k++) sum = add(one(dimension, degree), scale(multiply(x, sum), -1));
  return sum;
}

/** A row of levels as an element whose scalar part is `head`, whatever its scalar slot holds. */
export function fromRow(row: Jet, dimension: number, degree: number, head: 0 | 1): Series {
  const scalar = row.value.length === levelLengths(dimension, degree, true).reduce((sum, n) => sum + n, 0);
  const split = (numbers: readonly number[], first: number): Levels => {
    let place = scalar ? 1 : 0;
    return [[first], ...levelLengths(dimension, degree, false).map((length) => numbers.slice(place, (place += length)))];
  };
  return { value: split(row.value, head), slope: split(row.slope, 0) };
}

export function toRow(a: Series, scalar: boolean): Jet {
  const flat = (levels: Levels): number[] => (scalar ? levels : levels.slice(1)).flat();
  return { value: flat(a.value), slope: flat(a.slope) };
}

/** An element of level 1. */
export function vector(v: Jet, degree: number): Series {
  const spread = (x: readonly number[]): Levels => zeroLevels(x.length, degree).map((level, k) => (k === 1 ? x : level));
  return { value: spread(v.value), slope: spread(v.slope) };
}

function sizeOf(a: Series): { dimension: number; degree: number } {
  return { dimension: a.value[1]?.length ?? 1, degree: a.value.length - 1 };
}
