/**
 * The Lyndon basis of the free Lie algebra: b(letter) = letter and b(w) = [b(u), b(v)] for the standard factorisation w = uv.
 *
 * Written in words, b(w) = w + larger words of the same letters, so the coefficients of all brackets at all Lyndon words form an integer
 * matrix P that is unit lower triangular and block diagonal by multidegree (how often each letter occurs). A Lie element is known by its
 * coefficients at the Lyndon words, and its coordinates in brackets are P^-1 times these.
 * Source: C. Reutenauer, Free Lie Algebras, theorem 5.1.
 *
 * Only few words of a product can be Lyndon words, as their prefixes begin Lyndon words: `heads` keeps such terms of each expansion, and
 * products that are only read at Lyndon words are formed from these alone.
 */
import { rangeError, type Place } from "./errors.js";
import type { LyndonWords } from "./lyndon.js";
import { SparseBuilder, transpose, type Sparse } from "./sparse.js";
import type { Steps } from "./steps.js";

/** Sparse polynomials of one length, for the Lyndon words of that length in order; the words of a polynomial ascend. */
export interface Expansions {
  /** Polynomial i of the level has the terms start[i] .. start[i + 1] - 1. */
  readonly start: Int32Array;
  readonly code: Int32Array;
  /** At most 2 ** (length - 1) in absolute value: a bracket has that many signed words before they are collected. */
  readonly value: Int32Array;
}

/** Up to here sums stay exact: the two numbers and their difference, which was a product, are below 2 ** 53. */
export const EXACT = 2 ** 52;

/** A code behind all words. */
const END = 0x7fffffff;

/** Writes uv - vu for polynomial i of u and j of v, merging the two products, which are sorted already; returns the end. */
function commute(
  u: Expansions,
  i: number,
  v: Expansions,
  j: number,
  powers: readonly [number, number],
  out: Expansions,
  place: number,
): number {
  const [uPower, vPower] = powers;
  const { code: uCode, value: uValue } = u;
  const { code: vCode, value: vValue } = v;
  const uStart = u.start[i]!;
  const uEnd = u.start[i + 1]!;
  const vStart = v.start[j]!;
  const vEnd = v.start[j + 1]!;
  // The next word of uv comes from the terms a and b, the next one of vu from c and e.
  let a = uStart;
  let b = vStart;
  let c = vStart;
  let e = uStart;
  let forward = uCode[a]! * vPower + vCode[b]!;
  let backward = vCode[c]! * uPower + uCode[e]!;
  while (forward !== backward || forward !== END) {
    const word = forward < backward ? forward : backward;
    let sum = 0;
    if (forward === word) {
      sum = uValue[a]! * vValue[b]!;
      if (++b === vEnd) {
        b = vStart;
        a++;
      }
      forward = a === uEnd ? END : uCode[a]! * vPower + vCode[b]!;
    }
    if (backward === word) {
      sum -= vValue[c]! * uValue[e]!;
      if (++e === uEnd) {
        e = uStart;
        c++;
      }
      backward = c === vEnd ? END : vCode[c]! * uPower + uCode[e]!;
    }
    if (sum !== 0) {
      out.code[place] = word;
      out.value[place++] = sum;
    }
  }
  return place;
}

/** The terms whose words are flagged. */
function select({ start, code, value }: Expansions, flags: Uint8Array): Expansions {
  const selected = { start: new Int32Array(start.length), code: new Int32Array(code.length), value: new Int32Array(code.length) };
  let place = 0;
  for (let i = 0; i + 1 < start.length; i++) {
    for (let e = start[i]!; e < start[i + 1]!; e++) {
      if (flags[code[e]!] === 0) continue;
      selected.code[place] = code[e]!;
      selected.value[place++] = value[e]!;
    }
    selected.start[i + 1] = place;
  }
  return { start: selected.start, code: selected.code.slice(0, place), value: selected.value.slice(0, place) };
}

/** Builds the basis level by level: `enterLevel` as often as there are levels, and after each what is wanted of that level. */
export class LyndonBrackets {
  /** The columns of P below its diagonal, for the levels entered so far. */
  readonly projection: SparseBuilder;
  /** Coefficients at Lyndon words; zero between two uses. */
  private readonly coefficient: Float64Array;
  /** The next Lyndon word of the same multidegree, 0 behind the last one. */
  private readonly sibling: Int32Array;
  /** 1 + place of the Lyndon words of the entered level by their code, 0 at other words. */
  private readonly rank: Int32Array;
  private readonly lengths: Uint8Array;
  private readonly powers: number[];
  private readonly expansions: Expansions[] = [];
  private readonly heads: Expansions[] = [];
  private level = 0;

  /** `place` is named in the error where the integers pass 2 ** 52. */
  constructor(
    readonly words: LyndonWords,
    private readonly place: Place,
  ) {
    const { dimension, degree, levelStart } = words;
    const count = words.code.length;
    this.projection = new SparseBuilder(count);
    this.coefficient = new Float64Array(count);
    this.sibling = new Int32Array(count);
    this.rank = new Int32Array(dimension ** degree);
    this.lengths = new Uint8Array(count);
    this.powers = Array.from({ length: degree + 1 }, (_, k) => dimension ** k);
    for (let k = 1; k <= degree; k++) this.lengths.fill(k, levelStart[k - 1], levelStart[k]);
  }

  lengthOf(place: number): number {
    return this.lengths[place]!;
  }

  /** Goes on to the next level and computes its columns of P. */
  *enterLevel(): Steps<undefined> {
    const { levelStart, code, left, right } = this.words;
    if (this.level > 0) {
      this.heads.push(select(yield* this.expand(this.level), yield* this.prefixes(this.level)));
      for (let i = levelStart[this.level - 1]!; i < levelStart[this.level]!; i++) this.rank[code[i]!] = 0;
    }
    this.level++;
    const first = levelStart[this.level - 1]!;
    const end = levelStart[this.level]!;
    for (let i = first; i < end; i++) this.rank[code[i]!] = i + 1;
    yield* this.linkSiblings(first, end);
    for (let j = first; j < end; j++) {
      if (this.level > 1) this.commutator(left[j]!, right[j]!);
      this.coefficient[j] = 0;
      for (let k = this.sibling[j]!; k > 0; k = this.sibling[k]!) {
        const value = this.coefficient[k]!;
        if (value === 0) continue;
        this.coefficient[k] = 0;
        this.projection.push(k, value);
      }
      this.projection.endLine();
      if (j % 16 === 0) yield;
    }
    return undefined;
  }

  /** The brackets of length k written in words; k is the entered level or a lower one. */
  *expand(k: number): Steps<Expansions> {
    const { dimension, levelStart, left, right } = this.words;
    const known = this.expansions[k - 1];
    if (known !== undefined) return known;
    const first = levelStart[k - 1]!;
    const count = levelStart[k]! - first;
    let bound = k === 1 ? dimension : 0;
    if (k > 1) for (let i = first; i < first + count; i++) bound += 2 * this.terms(left[i]!) * this.terms(right[i]!);
    const out = { start: new Int32Array(count + 1), code: new Int32Array(bound), value: new Int32Array(bound) };
    for (let i = 0; i < count; i++) {
      if (k === 1) {
        out.code[i] = i;
        out.value[i] = 1;
        out.start[i + 1] = i + 1;
      } else {
        const p = this.lengths[left[first + i]!]!;
        const powers = [this.powers[p]!, this.powers[k - p]!] as const;
        const u = left[first + i]! - levelStart[p - 1]!;
        const v = right[first + i]! - levelStart[k - p - 1]!;
        out.start[i + 1] = commute(this.expansions[p - 1]!, u, this.expansions[k - p - 1]!, v, powers, out, out.start[i]!);
      }
      yield;
    }
    const total = out.start[count]!;
    const expansions = { start: out.start, code: out.code.slice(0, total), value: out.value.slice(0, total) };
    this.expansions[k - 1] = expansions;
    return expansions;
  }

  /** Adds the coefficients of [b(i), b(j)] at the Lyndon words of the entered level; returns the first such word. */
  commutator(i: number, j: number): number {
    return Math.min(this.product(i, j, 1), this.product(j, i, -1));
  }

  /** Turns coefficients at Lyndon words, `first` being the first, into coordinates in brackets, pushed to `out`, and clears them. */
  solve(first: number, out: SparseBuilder): void {
    const { coefficient, sibling } = this;
    const { start, index, value } = this.projection;
    let largest = 0;
    for (let j = first; j > 0 && j < coefficient.length; j = sibling[j]!) {
      const coordinate = coefficient[j]!;
      if (coordinate === 0) continue;
      coefficient[j] = 0;
      out.push(j, coordinate);
      for (let e = start[j]!; e < start[j + 1]!; e++) {
        const next = coefficient[index[e]!]! - value[e]! * coordinate;
        coefficient[index[e]!] = next;
        largest = Math.max(largest, Math.abs(next));
      }
    }
    if (largest > EXACT)
      throw rangeError(this.place, `is too large: integers of the Lyndon basis of length ${this.level} pass 2^52`, "TOO_LARGE");
  }

  /** P^-1 without its diagonal, by rows. Enters all levels. */
  *inverse(): Steps<Sparse> {
    const { degree, levelStart } = this.words;
    const columns = new SparseBuilder(this.coefficient.length);
    for (let n = 1; n <= degree; n++) {
      yield* this.enterLevel();
      const { start, index, value } = this.projection;
      for (let j = levelStart[n - 1]!; j < levelStart[n]!; j++) {
        for (let e = start[j]!; e < start[j + 1]!; e++) this.coefficient[index[e]!] = -value[e]!;
        this.solve(this.sibling[j]!, columns);
        columns.endLine();
        yield;
      }
    }
    return yield* transpose(columns);
  }

  private terms(place: number): number {
    const k = this.lengths[place]!;
    const i = place - this.words.levelStart[k - 1]!;
    const { start } = this.expansions[k - 1]!;
    return start[i + 1]! - start[i]!;
  }

  private product(i: number, j: number, sign: number): number {
    const { rank, coefficient, lengths } = this;
    const { levelStart } = this.words;
    const p = lengths[i]!;
    const q = lengths[j]!;
    const head = this.heads[p - 1]!;
    const tail = this.expansions[q - 1]!;
    const power = this.powers[q]!;
    const headEnd = head.start[i - levelStart[p - 1]! + 1]!;
    const tailStart = tail.start[j - levelStart[q - 1]!]!;
    const tailEnd = tail.start[j - levelStart[q - 1]! + 1]!;
    let first = coefficient.length;
    for (let e = head.start[i - levelStart[p - 1]!]!; e < headEnd; e++) {
      const prefix = head.code[e]! * power;
      const factor = sign * head.value[e]!;
      for (let f = tailStart; f < tailEnd; f++) {
        const place = rank[prefix + tail.code[f]!]! - 1;
        if (place < 0) continue;
        coefficient[place]! += factor * tail.value[f]!;
        if (place < first) first = place;
      }
    }
    return first;
  }

  /** Flags the words of length k that begin a longer Lyndon word. */
  private *prefixes(k: number): Steps<Uint8Array> {
    const { levelStart, code, degree } = this.words;
    const flags = new Uint8Array(this.powers[k]!);
    for (let n = k + 1; n <= degree; n++) {
      const power = this.powers[n - k]!;
      for (let i = levelStart[n - 1]!; i < levelStart[n]!; i++) {
        flags[Math.floor(code[i]! / power)] = 1;
        if (i % 1024 === 0) yield;
      }
    }
    return flags;
  }

  /** Chains the words of each multidegree: its letters in ascending order form the first of them, and so name the chain. */
  private *linkSiblings(first: number, end: number): Steps<undefined> {
    const { dimension, code } = this.words;
    const last = new Int32Array(end - first);
    const letters = new Uint32Array(this.level);
    for (let i = first; i < end; i++) {
      let rest = code[i]!;
      for (let k = 0; k < letters.length; k++) {
        const letter = rest % dimension;
        rest = Math.floor(rest / dimension);
        let place = k;
        for (; place > 0 && letters[place - 1]! > letter; place--) letters[place] = letters[place - 1]!;
        letters[place] = letter;
      }
      let sorted = 0;
      for (let k = 0; k < letters.length; k++) sorted = sorted * dimension + letters[k]!;
      const chain = this.rank[sorted]! - 1 - first;
      if (last[chain] !== 0) this.sibling[last[chain]!] = i;
      last[chain] = i;
      if (i % 256 === 0) yield;
    }
    return undefined;
  }
}
