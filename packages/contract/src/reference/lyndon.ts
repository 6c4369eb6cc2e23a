import type { Jet } from "./jet.js";
import { linear } from "./jet.js";

type Word = readonly number[];
/** A homogeneous polynomial in words. */
type Polynomial = ReadonlyMap<string, number>;

const key = (word: Word): string => word.join(",");

function allWords(dimension: number, length: number): Word[] {
  if (length === 0) return [[]];
  return allWords(dimension, length - 1).flatMap((word) => Array.from({ length: dimension }, (_, letter) => [...word, letter]));
}

function precedes(a: Word, b: Word): boolean {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return (a[i] ?? 0) < (b[i] ?? 0);
  }
  return a.length < b.length;
}

/** Smaller than each of its proper suffixes: the definition. */
export const isLyndon = (word: Word): boolean => word.length > 0 && word.every((_, i) => i === 0 || precedes(word, word.slice(i)));

/** By length, then lexicographic: the coordinates of methods 1 to 3. */
export function lyndonWords(dimension: number, degree: number): Word[] {
  return Array.from({ length: degree }, (_, k) => allWords(dimension, k + 1).filter(isLyndon)).flat();
}

/** Place of a word in a row of levels without scalar slot. */
export function placeOf(word: Word, dimension: number): number {
  return word.reduce((place, letter) => place * dimension + letter + 1, 0) - 1;
}

function multiply(a: Polynomial, b: Polynomial, sign: number, out: Map<string, number>): void {
  for (const [u, x] of a) {
    for (const [v, y] of b) out.set(`${u},${v}`, (out.get(`${u},${v}`) ?? 0) + sign * x * y);
  }
}

/** Expansion of the standard bracket: a word w = uv with v its longest proper Lyndon suffix stands for [b(u), b(v)]. */
export function bracket(word: Word): Polynomial {
  if (word.length === 1) return new Map([[key(word), 1]]);
  let cut = 1;
  while (!isLyndon(word.slice(cut))) cut++;
  const left = bracket(word.slice(0, cut));
  const right = bracket(word.slice(cut));
  const out = new Map<string, number>();
  multiply(left, right, 1, out);
  multiply(right, left, -1, out);
  return out;
}

interface Basis {
  readonly words: readonly Word[];
  /** Entries [place, coefficient] of each bracket. */
  readonly brackets: readonly (readonly (readonly [number, number])[])[];
}

const bases = new Map<string, Basis>();

function basisOf(dimension: number, degree: number): Basis {
  const name = `${dimension},${degree}`;
  const known = bases.get(name);
  if (known) return known;
  const words = lyndonWords(dimension, degree);
  const brackets = words.map((word) =>
    [...bracket(word)].map(([text, x]) => [placeOf(text.split(",").map(Number), dimension), x] as const),
  );
  const basis = { words, brackets };
  bases.set(name, basis);
  return basis;
}

export const lyndonCount = (dimension: number, degree: number): number => basisOf(dimension, degree).words.length;

/** Method 1: the entries of a row (without scalar slot) at the Lyndon words. */
export function atLyndonWords(row: Jet, dimension: number, degree: number): Jet {
  const { words } = basisOf(dimension, degree);
  return linear(row, (x) => words.map((word) => x[placeOf(word, dimension)] ?? NaN));
}

/**
 * Method 2: the bracket b(w) begins with w, and every other Lyndon word in it comes later. So the coordinate of a word is its entry
 * once the brackets of the earlier words are subtracted.
 */
export function toBrackets(row: Jet, dimension: number, degree: number): Jet {
  const { words, brackets } = basisOf(dimension, degree);
  return linear(row, (x) => {
    const rest = [...x];
    return words.map((word, i) => {
      const coordinate = rest[placeOf(word, dimension)] ?? NaN;
      for (const [place, c] of brackets[i] ?? []) rest[place] = (rest[place] ?? 0) - coordinate * c;
      return coordinate;
    });
  });
}

/** The row of a combination of brackets. */
export function expandBrackets(coordinates: Jet, dimension: number, degree: number, rowLength: number): Jet {
  const { brackets } = basisOf(dimension, degree);
  return linear(coordinates, (x) => {
    const row = new Array<number>(rowLength).fill(0);
    brackets.forEach((terms, i) => {
      for (const [place, c] of terms) row[place] = (row[place] ?? 0) + c * (x[i] ?? NaN);
    });
    return row;
  });
}

/** Bracket coordinates of the Lie element whose entries at the Lyndon words are given. */
export function bracketsFromWords(entries: Jet, dimension: number, degree: number): Jet {
  const { words, brackets } = basisOf(dimension, degree);
  const places = words.map((word) => placeOf(word, dimension));
  return linear(entries, (x) => {
    const rest = new Map(places.map((place, i) => [place, x[i] ?? NaN]));
    return places.map((place, i) => {
      const coordinate = rest.get(place) ?? NaN;
      for (const [other, c] of brackets[i] ?? []) if (rest.has(other)) rest.set(other, (rest.get(other) ?? 0) - coordinate * c);
      return coordinate;
    });
  });
}
