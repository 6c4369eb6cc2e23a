/**
 * The Baker-Campbell-Hausdorff series log(exp x exp y) in Lyndon brackets of two letters, and the structure constants that evaluate its
 * brackets in any free Lie algebra.
 */
import { EXACT, type LyndonBrackets } from "./brackets.js";
import { rangeError, type Place } from "./errors.js";
import { SparseBuilder } from "./sparse.js";
import type { Steps } from "./steps.js";

export interface BchSeries {
  /** Nodes 0 and 1 are the letters, node n > 1 is the bracket [left[n], right[n]] of earlier ones. */
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** How often each letter occurs. */
  readonly count0: Int32Array;
  readonly count1: Int32Array;
  readonly beta: Float64Array;
}

/** Polynomials in t with integer coefficients, lowest first. */
type Polynomial = readonly bigint[];

function multiply(a: Polynomial, b: Polynomial): bigint[] {
  const result = new Array<bigint>(a.length + b.length - 1).fill(0n);
  a.forEach((x, i) => b.forEach((y, j) => (result[i + j]! += x * y)));
  return result;
}

function derivative(a: Polynomial): bigint[] {
  return a.slice(1).map((x, i) => x * BigInt(i + 1));
}

/** lcm(1, ..., n) and n!. */
function lcmAndFactorial(n: number): [bigint, bigint] {
  let lcm = 1n;
  let factorial = 1n;
  for (let k = 2n; k <= n; k++) {
    lcm *= k / gcd(lcm, k);
    factorial *= k;
  }
  return [lcm, factorial];
}

function gcd(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

/**
 * Coefficients of log(exp x exp y) at words that begin with x, as integers over degree! * lcm(1..degree). A word with r runs of lengths
 * s_1, ..., s_r has the integral over [0, 1] of t^floor(r/2) (t - 1)^floor((r-1)/2) G_{s_1} ... G_{s_r}, where G_1 = 1 and
 * s G_s = (t (t - 1) G_{s-1})'.
 * Source: K. Goldberg, Duke Mathematical Journal 23 (1956); C. Reutenauer, Free Lie Algebras, theorem 3.11.
 */
function goldberg(words: readonly (readonly number[])[], degree: number): bigint[] {
  const [lcm, factorial] = lcmAndFactorial(degree);
  // scaled[s] = s! G_s has integer coefficients, and so has degree! G_{s_1} ... G_{s_r}.
  const scaled: Polynomial[] = [[1n], [1n]];
  for (let s = 2; s <= degree; s++) scaled.push(derivative(multiply([0n, -1n, 1n], scaled[s - 1]!)));
  const known = new Map<string, bigint>();
  return words.map((runs) => {
    const key = [...runs].sort((a, b) => a - b).join();
    let result = known.get(key);
    if (result === undefined) {
      let integrand: Polynomial = [factorial];
      for (let k = 0; k < runs.length >> 1; k++) integrand = multiply(integrand, [0n, 1n]);
      for (let k = 0; k < (runs.length - 1) >> 1; k++) integrand = multiply(integrand, [-1n, 1n]);
      for (const s of runs) integrand = multiply(integrand, scaled[s]!).map((x) => x / lcmAndFactorial(s)[1]);
      result = integrand.reduce((sum, x, k) => sum + (x * lcm) / BigInt(k + 1), 0n);
      known.set(key, result);
    }
    return result;
  });
}

/** Lengths of the runs of equal letters of a word in two letters. */
function runsOf(code: number, length: number): number[] {
  const runs = [1];
  for (let k = length - 2; k >= 0; k--) {
    if (((code >> k) & 1) === ((code >> (k + 1)) & 1)) runs[runs.length - 1]!++;
    else runs.push(1);
  }
  return runs;
}

/**
 * The series up to the degree, by the basis in two letters with all levels entered: beta = P^-1 times the coefficients at the Lyndon words,
 * in exact integers over the common denominator of a level (2 * 12! at degree 12), rounded once at the end. Words with beta = 0 are left
 * out unless a bracket needs them. `place` is named in the error where the integers pass 2^52.
 */
export function* bchSeries(brackets: LyndonBrackets, place: Place): Steps<BchSeries> {
  const { degree, levelStart, code, left, right } = brackets.words;
  const { start, index, value } = brackets.projection;
  const count = code.length;
  const beta = new Float64Array(count).fill(1, 0, 2);
  for (let n = 2; n <= degree; n++) {
    const first = levelStart[n - 1]!;
    const end = levelStart[n]!;
    const coefficients = goldberg(
      Array.from(code.subarray(first, end), (word) => runsOf(word, n)),
      n,
    );
    const [lcm, factorial] = lcmAndFactorial(n);
    const divisor = coefficients.reduce(gcd, lcm * factorial);
    const denominator = Number((lcm * factorial) / divisor);
    let largest = denominator;
    for (let i = first; i < end; i++) beta[i] = Number(coefficients[i - first]! / divisor);
    for (let i = first; i < end; i++) {
      const numerator = beta[i]!;
      largest = Math.max(largest, Math.abs(numerator));
      for (let e = start[i]!; e < start[i + 1]!; e++) {
        beta[index[e]!]! -= value[e]! * numerator;
        largest = Math.max(largest, Math.abs(beta[index[e]!]!));
      }
      beta[i] = numerator / denominator;
    }
    if (largest > EXACT) throw rangeError(place, `is too large: integers of the BCH series of length ${n} pass 2^52`, "TOO_LARGE");
    yield;
  }

  const needed = new Uint8Array(count);
  for (let i = count - 1; i >= 0; i--) {
    if (i > 1 && beta[i] === 0 && needed[i] === 0) continue;
    needed[i] = 1;
    if (i > 1) needed[left[i]!] = needed[right[i]!] = 1;
  }
  const node = new Int32Array(count);
  const nodes: number[] = [];
  for (let i = 0; i < count; i++) {
    if (needed[i] === 1) node[i] = nodes.push(i) - 1;
  }
  const ones = (i: number): number => runsOf(code[i]!, brackets.lengthOf(i)).reduce((sum, run, k) => sum + (k % 2 === 1 ? run : 0), 0);
  const count1 = Int32Array.from(nodes, (i) => (i < 2 ? i : ones(i)));
  return {
    left: Int32Array.from(nodes, (i) => (i < 2 ? -1 : node[left[i]!]!)),
    right: Int32Array.from(nodes, (i) => (i < 2 ? -1 : node[right[i]!]!)),
    count0: Int32Array.from(nodes, (i, n) => brackets.lengthOf(i) - count1[n]!),
    count1,
    beta: Float64Array.from(nodes, (i) => beta[i]!),
  };
}

/** The structure constants of the Lyndon basis, laid out as in `BchTable` of the Backend contract. */
export interface StructureConstants {
  readonly groupStart: Int32Array;
  readonly pairLeft: Int32Array;
  readonly pairRight: Int32Array;
  readonly pairStart: Int32Array;
  readonly entry: Int32Array;
  readonly constant: Float64Array;
}

/** [b(i), b(j)] in brackets for all i < j whose lengths p <= q add up to at most the degree. Enters all levels. */
export function* structureConstants(brackets: LyndonBrackets): Steps<StructureConstants> {
  const { degree, levelStart } = brackets.words;
  const size = (p: number): number => levelStart[p]! - levelStart[p - 1]!;
  const pairs = (p: number, q: number): number => (p === q ? (size(p) * (size(p) - 1)) / 2 : size(p) * size(q));

  const groupStart = new Int32Array(degree * degree + 1);
  for (let p = 1; p <= degree; p++) {
    for (let q = 1; q <= degree; q++) {
      const g = (p - 1) * degree + q - 1;
      groupStart[g + 1] = groupStart[g]! + (p <= q && p + q <= degree ? pairs(p, q) : 0);
    }
  }
  const count = groupStart[degree * degree]!;
  const pairLeft = new Int32Array(count);
  const pairRight = new Int32Array(count);
  const pairStart = new Int32Array(count + 1);

  // The products come level by level of p + q; each group is put in its place at the end.
  const parts: { group: number; lines: SparseBuilder }[] = [];
  for (let n = 1; n <= degree; n++) {
    yield* brackets.enterLevel();
    for (let p = 1; 2 * p <= n; p++) {
      if (pairs(p, n - p) === 0) continue;
      const group = (p - 1) * degree + (n - p - 1);
      const lines = new SparseBuilder(pairs(p, n - p));
      let e = groupStart[group]!;
      for (let i = levelStart[p - 1]!; i < levelStart[p]!; i++) {
        for (let j = Math.max(i + 1, levelStart[n - p - 1]!); j < levelStart[n - p]!; j++) {
          pairLeft[e] = i;
          pairRight[e++] = j;
          brackets.solve(brackets.commutator(i, j), lines);
          lines.endLine();
          yield;
        }
      }
      parts.push({ group, lines });
    }
  }
  const total = parts.reduce((sum, { lines }) => sum + lines.count, 0);
  parts.sort((a, b) => a.group - b.group);
  const entry = new Int32Array(total);
  const constant = new Float64Array(total);
  let filled = 0;
  for (const { group, lines } of parts) {
    entry.set(lines.index.subarray(0, lines.count), filled);
    constant.set(lines.value.subarray(0, lines.count), filled);
    lines.start.forEach((offset, line) => (pairStart[groupStart[group]! + line] = filled + offset));
    filled += lines.count;
    yield;
  }
  return { groupStart, pairLeft, pairRight, pairStart, entry, constant };
}
