/**
 * Lyndon forests: planar forests that are Lyndon words in their trees, which are ordered as in the basis. They index the coordinates of
 * planar branched log-signatures, which are Lie elements of the algebra of forests under concatenation.
 */
import { EMPTY, type ForestBasis, type Forests } from "./forests.js";
import { SparseBuilder, transpose, type Sparse } from "./sparse.js";
import type { Steps } from "./steps.js";

/** A sum of forests with integer coefficients. */
type Sum = Map<number, number>;

/** Where the longest proper suffix of a word that is a Lyndon word begins; 0 where the word itself is none. */
function factorisation(word: readonly number[]): number | undefined {
  const isLyndon = (begin: number): boolean => {
    // Duval's factorisation, left at the first factor: the suffix is Lyndon if that is all of it.
    let i = begin;
    let j = begin + 1;
    for (; j < word.length && word[i]! <= word[j]!; j++) i = word[i]! < word[j]! ? begin : i + 1;
    return j >= word.length && i === begin;
  };
  if (!isLyndon(0)) return undefined;
  for (let begin = 1; begin < word.length; begin++) if (isLyndon(begin)) return begin;
  return word.length;
}

function multiply(forests: Forests, a: Sum, b: Sum, sign: number, into: Sum): void {
  for (const [first, x] of a) {
    for (const [second, y] of b) {
      const forest = forests.join(first, second);
      const sum = (into.get(forest) ?? 0) + sign * x * y;
      if (sum === 0) into.delete(forest);
      else into.set(forest, sum);
    }
  }
}

/** The Lyndon forests of a basis, with their brackets: b(t) = t for a tree, b(w) = b(u) b(v) - b(v) b(u), v the longest Lyndon suffix. */
interface LyndonForests {
  /** Places in the basis, ascending. */
  readonly places: readonly number[];
  readonly brackets: readonly Sum[];
}

function* lyndonForests({ forests, elements }: ForestBasis): Steps<LyndonForests> {
  const places: number[] = [];
  const brackets: Sum[] = [];
  const bracketOf = new Map<number, Sum>();
  for (let place = 0; place < elements.length; place++) {
    const forest = elements[place]!;
    const word = forests.trees(forest);
    const split = factorisation(word);
    if (split === undefined) continue;
    const bracket: Sum = new Map();
    if (split === word.length) {
      bracket.set(forest, 1);
    } else {
      const part = (letters: readonly number[]): Sum => bracketOf.get(letters.reduce((rest, tree) => forests.append(rest, tree), EMPTY))!;
      const [left, right] = [part(word.slice(0, split)), part(word.slice(split))];
      multiply(forests, left, right, 1, bracket);
      multiply(forests, right, left, -1, bracket);
    }
    bracketOf.set(forest, bracket);
    places.push(place);
    brackets.push(bracket);
    if (place % 64 === 0) yield;
  }
  return { places, brackets };
}

const arraysOf = ({ start, index, value }: Sparse): (Int32Array | Float64Array)[] => {
  const count = start[start.length - 1]!;
  return [start, index.slice(0, count), value.slice(0, count)];
};

/** Which map: the coefficients at the Lyndon forests of an expanded row, its coordinates in their brackets, or the expansion of those. */
export type LyndonMap = "words" | "brackets" | "expansion";

/** The arrays of the `SparseMap`, or of its transpose. */
export function* lyndonMapArrays(basis: ForestBasis, kind: LyndonMap, transposed: boolean): Steps<(Int32Array | Float64Array)[]> {
  const { places, brackets } = yield* lyndonForests(basis);
  const expansion = kind === "expansion";
  const rows = new SparseBuilder(places.length);
  const placeOf = new Map(basis.elements.map((element, place) => [element, place]));
  const lyndonOf = new Map(places.map((place, i) => [basis.elements[place]!, i]));
  /** Line i of P^-1: the coefficients of bracket coordinate i in those at the Lyndon forests. */
  const inverse: Map<number, number>[] = [];
  /** By Lyndon forest: the brackets before its own that have it as a term. */
  const earlier: [column: number, value: number][][] = places.map(() => []);
  for (let i = 0; i < places.length; i++) {
    if (kind === "words") {
      rows.push(places[i]!, 1);
    } else if (expansion) {
      for (const [forest, value] of [...brackets[i]!].sort((a, b) => placeOf.get(a[0])! - placeOf.get(b[0])!))
        rows.push(placeOf.get(forest)!, value);
    } else {
      const line = new Map([[i, 1]]);
      for (const [column, value] of earlier[i]!) {
        for (const [k, entry] of inverse[column]!) line.set(k, (line.get(k) ?? 0) - value * entry);
      }
      inverse.push(line);
      for (const [forest, value] of brackets[i]!) {
        const later = lyndonOf.get(forest);
        if (later !== undefined && later !== i) earlier[later]!.push([i, value]);
      }
      for (const [k, value] of [...line].sort((a, b) => a[0] - b[0])) if (value !== 0) rows.push(places[k]!, value);
    }
    rows.endLine();
    if (i % 64 === 0) yield;
  }
  // An expansion is made bracket by bracket, and maps the other way.
  return arraysOf(expansion === transposed ? rows : yield* transpose(rows, basis.elements.length));
}
