/**
 * Lyndon words: the words smaller than each of their proper suffixes. They index the coordinates of log-signatures.
 * Sources: M. Lothaire, Combinatorics on Words, chapter 5; J.-P. Duval, Journal of Algorithms 4 (1983); C. Reutenauer, Free Lie Algebras,
 * chapters 4 and 5.
 */
import type { Steps } from "./steps.js";

/** All Lyndon words of lengths 1..degree in `dimension` letters, by length, then lexicographic. */
export interface LyndonWords {
  readonly dimension: number;
  readonly degree: number;
  /** Words of length k are levelStart[k - 1] .. levelStart[k] - 1. */
  readonly levelStart: Int32Array;
  /** A word read as a number in base `dimension`, its first letter the most significant. */
  readonly code: Int32Array;
  /** Standard factorisation w = uv, v the longest proper suffix that is a Lyndon word: the places of u and v, -1 for letters. */
  readonly left: Int32Array;
  readonly right: Int32Array;
}

export function mobius(n: number): number {
  let sign = 1;
  for (let p = 2; p * p <= n; p++) {
    if (n % p !== 0) continue;
    n /= p;
    if (n % p === 0) return 0;
    sign = -sign;
  }
  return n > 1 ? -sign : sign;
}

/** Number of Lyndon words of exactly this length (Witt's formula), as a floating-point number that may be huge. */
export function lyndonCount(dimension: number, length: number): number {
  if (dimension === 1) return length === 1 ? 1 : 0;
  let sum = 0;
  for (let e = 1; e <= length; e++) {
    if (length % e === 0) sum += mobius(e) * dimension ** (length / e);
  }
  return sum / length;
}

/** Place of the Lyndon word of this length and code. */
function find(words: LyndonWords, length: number, code: number): number {
  let low = words.levelStart[length - 1]!;
  let high = words.levelStart[length]! - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (words.code[middle]! < code) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where the longest proper Lyndon suffix of word[0..length) begins: the last factor of the rest in Duval's factorisation. */
function lyndonSuffix(word: Uint32Array, length: number): number {
  let begin = 1;
  let suffix = 1;
  while (begin < length) {
    let k = begin;
    let j = begin + 1;
    for (; j < length && word[k]! <= word[j]!; j++) k = word[k]! < word[j]! ? begin : k + 1;
    for (; begin <= k; begin += j - k) suffix = begin;
  }
  return suffix;
}

/** Makes the words of all lengths up to `degree`; dimension ** degree must be below 2 ** 31. */
export function* lyndonWordTable(dimension: number, degree: number): Steps<LyndonWords> {
  const levelStart = new Int32Array(degree + 1);
  for (let k = 1; k <= degree; k++) levelStart[k] = levelStart[k - 1]! + lyndonCount(dimension, k);
  const count = levelStart[degree]!;
  const words = { dimension, degree, levelStart, code: new Int32Array(count), left: new Int32Array(count), right: new Int32Array(count) };
  const { code, left, right } = words;

  // Duval's algorithm: from one Lyndon word to the lexicographically next of length at most `degree`.
  const longest = dimension === 1 ? 1 : degree;
  const next = levelStart.slice();
  const word = new Uint32Array(longest);
  for (let length = 1; length > 0;) {
    const place = next[length - 1]!++;
    let value = 0;
    for (let i = 0; i < length; i++) value = value * dimension + word[i]!;
    code[place] = value;
    right[place] = length === 1 ? 0 : length - lyndonSuffix(word, length);
    for (let i = length; i < longest; i++) word[i] = word[i - length]!;
    length = longest;
    while (length > 0 && word[length - 1] === dimension - 1) length--;
    if (length > 0) word[length - 1]!++;
    if (length < longest - 1) yield;
  }

  for (let k = 1; k <= degree; k++) {
    for (let i = levelStart[k - 1]!; i < levelStart[k]!; i++) {
      const tail = right[i]!;
      const power = dimension ** tail;
      left[i] = tail === 0 ? -1 : find(words, k - tail, Math.floor(code[i]! / power));
      right[i] = tail === 0 ? -1 : find(words, tail, code[i]! % power);
      if (i % 1024 === 0) yield;
    }
  }
  return words;
}

/** Place of the words of length k in a row of levels without scalar slot: dimension + ... + dimension ** (k - 1). */
export function levelOffset(dimension: number, k: number): number {
  let offset = 0;
  for (let n = 1; n < k; n++) offset += dimension ** n;
  return offset;
}
