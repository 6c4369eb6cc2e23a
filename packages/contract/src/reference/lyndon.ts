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

/** The Lyndon words among the words of a row, with their brackets written in places of the row. */
export interface LyndonBasis {
  readonly places: readonly number[];
  /** Entries [place, coefficient] of each bracket. */
  readonly brackets: readonly (readonly (readonly [number, number])[])[];
}

/** For words in which every Lyndon word comes before the other words of its bracket. */
export function basisAmong(words: readonly Word[], placeOf: (word: Word) => number): LyndonBasis {
  const lyndon = words.filter(isLyndon);
  const brackets = lyndon.map((word) => [...bracket(word)].map(([text, x]) => [placeOf(text.split(",").map(Number)), x] as const));
  return { places: lyndon.map(placeOf), brackets };
}

const bases = new Map<string, LyndonBasis>();

/** Of rows of levels without scalar slot. */
export function lyndonBasis(dimension: number, degree: number): LyndonBasis {
  const name = `${dimension},${degree}`;
  let basis = bases.get(name);
  if (!basis) bases.set(name, (basis = basisAmong(lyndonWords(dimension, degree), (word) => placeOf(word, dimension))));
  return basis;
}

export const lyndonCount = (dimension: number, degree: number): number => lyndonBasis(dimension, degree).places.length;

/** Method 1: the entries of a row (without scalar slot) at the Lyndon words. */
export function atLyndonWords(row: Jet, { places }: LyndonBasis): Jet {
  return linear(row, (x) => places.map((place) => x[place] ?? NaN));
}

/**
 * Method 2: the bracket b(w) begins with w, and every other Lyndon word in it comes later. So the coordinate of a word is its entry
 * once the brackets of the earlier words are subtracted.
 */
export function toBrackets(row: Jet, { places, brackets }: LyndonBasis): Jet {
  return linear(row, (x) => {
    const rest = [...x];
    return places.map((at, i) => {
      const coordinate = rest[at] ?? NaN;
      for (const [place, c] of brackets[i] ?? []) rest[place] = (rest[place] ?? 0) - coordinate * c;
      return coordinate;
    });
  });
}

/** The row of a combination of brackets. */
export function expandBrackets(coordinates: Jet, { brackets }: LyndonBasis, rowLength: number): Jet {
  return linear(coordinates, (x) => {
    const row = new Array<number>(rowLength).fill(0);
    brackets.forEach((terms, i) => {
      for (const [place, c] of terms) row[place] = (row[place] ?? 0) + c * (x[i] ?? NaN);
    });
    return row;
  });
}

/** Bracket coordinates of the Lie element whose entries at the Lyndon words are given. */
export function bracketsFromWords(entries: Jet, { places, brackets }: LyndonBasis): Jet {
  return linear(entries, (x) => {
    const rest = new Map(places.map((place, i) => [place, x[i] ?? NaN]));
    return places.map((place, i) => {
      const coordinate = rest.get(place) ?? NaN;
      for (const [other, c] of brackets[i] ?? []) if (rest.has(other)) rest.set(other, (rest.get(other) ?? 0) - coordinate * c);
      return coordinate;
    });
  });
}
