/**
 * The Lyndon basis of the free Lie algebra: b(letter) = letter and b(w) = [b(u), b(v)] for the standard factorisation w = uv.
 *
 * Written in words, b(w) = w + larger words of the same letters, so the coefficients of all brackets at all Lyndon words form an integer
 * matrix P that is unit lower triangular and block diagonal by multidegree (how often each letter occurs). A Lie element is known by its
 * coefficients at the Lyndon words, and its coordinates in brackets are P^-1 times these.
 * Source: C. Reutenauer, Free Lie Algebras, theorem 5.1.
 *
 * Only few words of a product can be Lyndon words: their prefixes are prefixes of Lyndon words. The expansions therefore keep such terms
 * apart as well, and products are formed from these alone.
 */
import type { LyndonWords } from "./lyndon.js";
import { SparseBuilder, transpose, type Sparse } from "./sparse.js";

/** Sparse polynomials of one length, for the Lyndon words of that length in order; the words of a polynomial ascend. */
export interface Expansions {
  /** Polynomial i of the level has the terms start[i] .. start[i + 1] - 1. */
  readonly start: Int32Array;
  readonly code: Int32Array;
  /** At most 2 ** (length - 1) in absolute value: a bracket has that many signed words before they are collected. */
  readonly value: Int32Array;
}

/** Steps of a long computation: the caller may pause at each `yield`. */
export type Steps<T> = Generator<void, T, void>;

const END = 0x7fffffff;

/** b(u) b(v) - b(v) b(u), both products being sorted already; writes from `place` on and returns the place behind. */
function bracket(
  u: Expansions,
  i: number,
  vPower: number,
  v: Expansions,
  j: number,
  uPower: number,
  code: Int32Array,
  value: Int32Array,
  place: number,
): number {
  const uStart = u.start[i]!;
  const uEnd = u.start[i + 1]!;
  const vStart = v.start[j]!;
  const vEnd = v.start[j + 1]!;
  // The next words of u v and of v u.
  let a = uStart;
  let b = vStart;
  let forward = u.code[a]! * vPower + v.code[b]!;
  let c = vStart;
  let d = uStart;
  let backward = v.code[c]! * uPower + u.code[d]!;
  while (forward !== END || backward !== END) {
    const word = Math.min(forward, backward);
    let sum = 0;
    if (forward === word) {
      sum = u.value[a]! * v.value[b]!;
      if (++b === vEnd) {
        b = vStart;
        a++;
      }
      forward = a === uEnd ? END : u.code[a]! * vPower + v.code[b]!;
    }
    if (backward === word) {
      sum -= v.value[c]! * u.value[d]!;
      if (++d === uEnd) {
        d = uStart;
        c++;
      }
      backward = c === vEnd ? END : v.code[c]! * uPower + u.code[d]!;
    }
    if (sum !== 0) {
      code[place] = word;
      value[place++] = sum;
    }
  }
  return place;
}

/** Flags, for each length below the degree, the codes that begin some longer Lyndon word. */
function lyndonPrefixes({ dimension, degree, levelStart, code }: LyndonWords): Uint8Array[] {
  const flags: Uint8Array[] = [];
  for (let k = degree - 1; k >= 1; k--) {
    const flag = new Uint8Array(dimension ** k);
    for (let i = levelStart[k]!; i < levelStart[k + 1]!; i++) flag[Math.floor(code[i]! / dimension)] = 1;
    const longer = flags[k];
    longer?.forEach((set, word) => {
      if (set === 1) flag[Math.floor(word / dimension)] = 1;
    });
    flags[k - 1] = flag;
  }
  return flags;
}

export class LyndonBrackets {
  /** Column j of P below the diagonal, for the levels that were entered. */
  readonly projection: SparseBuilder;
  /** Coefficients at Lyndon words, all zero between uses. */
  private readonly coefficient: Float64Array;
  /** The next Lyndon word of the same multidegree; 0 behind the last. */
  private readonly sibling: Int32Array;
  /** Place of each word of the entered level if it is a Lyndon word, else -1. */
  private readonly rank: Int32Array;
  private readonly expansions: Expansions[] = [];
  /** The terms of the expansions that begin a longer Lyndon word. */
  private readonly heads: Expansions[] = [];
  private readonly prefixes: Uint8Array[];
  private length = 0;

  constructor(readonly words: LyndonWords) {
    const count = words.code.length;
    this.projection = new SparseBuilder(count);
    this.coefficient = new Float64Array(count);
    this.sibling = new Int32Array(count);
    this.rank = new Int32Array(words.dimension ** words.degree).fill(-1);
    this.prefixes = lyndonPrefixes(words);
  }

  /** Enters the next level: the expansions of the level below, siblings, and the columns of P. */
  *enterLevel(): Steps<void> {
    const { levelStart, code, left, right } = this.words;
    if (this.length > 0) {
      yield* this.expand(this.length);
      for (let i = levelStart[this.length - 1]!; i < levelStart[this.length]!; i++) this.rank[code[i]!] = -1;
    }
    const n = ++this.length;
    const first = levelStart[n - 1]!;
    const end = levelStart[n]!;
    for (let i = first; i < end; i++) this.rank[code[i]!] = i;
    this.linkSiblings(first, end, n);
    for (let j = first; j < end; j++) {
      if (n > 1) {
        this.commutator(left[j]!, right[j]!);
        this.coefficient[j] = 0;
        for (let k = this.sibling[j]!; k > 0; k = this.sibling[k]!) {
          const value = this.coefficient[k]!;
          if (value === 0) continue;
          this.coefficient[k] = 0;
          this.projection.push(k, value);
        }
      }
      this.projection.endLine();
      yield;
    }
  }

  /** The expansions of the brackets of length k, which must be the entered level or a lower one. */
  *expand(k: number): Steps<Expansions> {
    const done = this.expansions[k - 1];
    if (done !== undefined) return done;
    const { dimension, levelStart, left, right } = this.words;
    const first = levelStart[k - 1]!;
    const count = levelStart[k]! - first;
    const start = new Int32Array(count + 1);
    if (k === 1) {
      const letters = Int32Array.from({ length: count }, (_, i) => i);
      for (let i = 0; i < count; i++) start[i + 1] = i + 1;
      return this.keep(k, { start, code: letters, value: new Int32Array(count).fill(1) });
    }
    let bound = 0;
    for (let i = first; i < first + count; i++) bound += 2 * this.terms(left[i]!) * this.terms(right[i]!);
    const code = new Int32Array(bound);
    const value = new Int32Array(bound);
    for (let i = 0; i < count; i++) {
      const p = this.lengthOf(left[first + i]!);
      const u = this.expansions[p - 1]!;
      const v = this.expansions[k - p - 1]!;
      const uPlace = left[first + i]! - levelStart[p - 1]!;
      const vPlace = right[first + i]! - levelStart[k - p - 1]!;
      start[i + 1] = bracket(u, uPlace, dimension ** (k - p), v, vPlace, dimension ** p, code, value, start[i]!);
      yield;
    }
    return this.keep(k, { start, code: code.slice(0, start[count]), value: value.slice(0, start[count]) });
  }

  /** Adds to the coefficients those of [b(i), b(j)] at the Lyndon words of the entered level; returns the first such word. */
  commutator(i: number, j: number): number {
    return Math.min(this.product(i, j, 1), this.product(j, i, -1));
  }

  /** Turns coefficients at Lyndon words from `first` on into coordinates in brackets, handed to `emit` in order, and clears them. */
  solve(first: number, emit: (place: number, value: number) => void): void {
    const { coefficient, sibling } = this;
    const { start, index, value } = this.projection;
    for (let j = first; j > 0 && j < coefficient.length; j = sibling[j]!) {
      const coordinate = coefficient[j]!;
      if (coordinate === 0) continue;
      coefficient[j] = 0;
      emit(j, coordinate);
      for (let e = start[j]!; e < start[j + 1]!; e++) coefficient[index[e]!]! -= value[e]! * coordinate;
    }
  }

  /** P^-1 without its diagonal, line by line, once all levels were entered. */
  *inverse(): Steps<Sparse> {
    const count = this.coefficient.length;
    const columns = new SparseBuilder(count);
    for (let j = 0; j < count; j++) {
      this.coefficient[j] = 1;
      if (this.sibling[j]! > 0) this.solve(j, (place, value) => place > j && columns.push(place, value));
      this.coefficient[j] = 0;
      columns.endLine();
      yield;
    }
    return transpose(columns.finish());
  }

  lengthOf(place: number): number {
    let k = 1;
    while (this.words.levelStart[k]! <= place) k++;
    return k;
  }

  private terms(place: number): number {
    const k = this.lengthOf(place);
    const i = place - this.words.levelStart[k - 1]!;
    const { start } = this.expansions[k - 1]!;
    return start[i + 1]! - start[i]!;
  }

  private product(i: number, j: number, sign: number): number {
    const { rank, coefficient } = this;
    const { dimension, levelStart } = this.words;
    const p = this.lengthOf(i);
    const q = this.lengthOf(j);
    const head = this.heads[p - 1]!;
    const tail = this.expansions[q - 1]!;
    const power = dimension ** q;
    const tailStart = tail.start[j - levelStart[q - 1]!]!;
    const tailEnd = tail.start[j - levelStart[q - 1]! + 1]!;
    let first = coefficient.length;
    for (let e = head.start[i - levelStart[p - 1]!]!; e < head.start[i - levelStart[p - 1]! + 1]!; e++) {
      const prefix = head.code[e]! * power;
      const factor = sign * head.value[e]!;
      for (let f = tailStart; f < tailEnd; f++) {
        const place = rank[prefix + tail.code[f]!]!;
        if (place < 0) continue;
        coefficient[place]! += factor * tail.value[f]!;
        if (place < first) first = place;
      }
    }
    return first;
  }

  private keep(k: number, expansions: Expansions): Expansions {
    this.expansions[k - 1] = expansions;
    const flag = this.prefixes[k - 1];
    if (flag === undefined) return expansions;
    const count = expansions.start.length - 1;
    const start = new Int32Array(count + 1);
    const code: number[] = [];
    const value: number[] = [];
    for (let i = 0; i < count; i++) {
      for (let e = expansions.start[i]!; e < expansions.start[i + 1]!; e++) {
        if (flag[expansions.code[e]!] === 0) continue;
        code.push(expansions.code[e]!);
        value.push(expansions.value[e]!);
      }
      start[i + 1] = code.length;
    }
    this.heads[k - 1] = { start, code: Int32Array.from(code), value: Int32Array.from(value) };
    return expansions;
  }

  /** The letters of a multidegree in ascending order form its first Lyndon word, whose rank finds the chain of siblings. */
  private linkSiblings(first: number, end: number, n: number): void {
    const { dimension, code } = this.words;
    const last = new Int32Array(end - first).fill(-1);
    const letters = new Uint32Array(n);
    for (let i = first; i < end; i++) {
      let rest = code[i]!;
      for (let k = n - 1; k >= 0; k--) {
        letters[k] = rest % dimension;
        rest = Math.floor(rest / dimension);
      }
      letters.sort();
      let sorted = 0;
      for (const letter of letters) sorted = sorted * dimension + letter;
      const chain = this.rank[sorted]! - first;
      if (last[chain]! >= 0) this.sibling[last[chain]!] = i;
      last[chain] = i;
    }
  }
}
