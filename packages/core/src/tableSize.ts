/** What the algebra tables of a dimension and degree need, known before anything is computed. */
import { rangeError, type Place } from "./errors.js";
import { lyndonCount, mobius } from "./lyndon.js";
import { checkBytes } from "./memory.js";

/** What is prepared for (dimension, degree); each of the first three contains the one before. */
export type TableKind = "words" | "projection" | "expansion" | "bch";

/** The most that preparing one table may need, working memory included. */
export const TABLE_BYTES = 2 ** 30;

interface LevelSize {
  /** Terms of the expansions of all brackets of the level, at most. */
  terms: number;
  /** Entries of its blocks of P below the diagonal, at most. */
  entries: number;
}

const factorials = [1];
for (let n = 1; n <= 32; n++) factorials.push(factorials[n - 1]! * n);

/**
 * Adds up the level over all multidegrees: the parts of a partition of the length, given to the letters in all ways. A multidegree with
 * w words has, by Witt's formula, (1/n) sum of mobius(e) (w of multidegree / e) over the common divisors e of its parts as Lyndon words.
 */
function levelSize(dimension: number, length: number): LevelSize {
  const size = { terms: 0, entries: 0 };
  const parts: number[] = [];
  const visit = (rest: number, largest: number, choices: number, repeats: number): void => {
    if (rest === 0) {
      let words = 0;
      let lyndon = 0;
      for (let e = 1; e <= length; e++) {
        if (parts.some((part) => part % e !== 0)) continue;
        const arrangements = parts.reduce((product, part) => product / factorials[part / e]!, factorials[length / e]!);
        if (e === 1) words = arrangements;
        lyndon += (mobius(e) * arrangements) / length;
      }
      size.terms += choices * lyndon * Math.min(words, 2 ** (length - 1));
      size.entries += (choices * lyndon * Math.max(0, lyndon - 1)) / 2;
      return;
    }
    if (parts.length === dimension) return;
    for (let part = Math.min(rest, largest); part > 0; part--) {
      const equal = part === parts[parts.length - 1] ? repeats + 1 : 1;
      parts.push(part);
      visit(rest - part, part, (choices * (dimension - parts.length + 1)) / equal, equal);
      parts.pop();
    }
  };
  visit(length, length, 1, 0);
  return size;
}

/** Bytes that preparing the table takes at most, structure constants aside, of which there are a few per pair. */
function tableBytes(kind: TableKind, dimension: number, degree: number): number {
  if (dimension === 1) return kind === "bch" ? 4 * degree ** 2 : 0;
  const counts = Array.from({ length: degree }, (_, k) => lyndonCount(dimension, k + 1));
  let bytes = 20 * counts.reduce((sum, count) => sum + count, 0);
  if (kind === "words") return bytes;
  bytes += 5 * dimension ** degree;
  for (let k = 1; k <= degree && bytes <= TABLE_BYTES; k++) {
    const { terms, entries } = levelSize(dimension, k);
    if (k < degree || kind === "expansion") bytes += (kind === "expansion" ? 20 : 8) * terms;
    bytes += (kind === "bch" ? 12 : 36) * entries;
  }
  if (kind === "bch") {
    for (let p = 1; p < degree; p++) for (let q = p; p + q <= degree; q++) bytes += 48 * counts[p - 1]! * counts[q - 1]!;
  }
  return bytes;
}

/** Refuses tables that are too large: beyond `TABLE_BYTES`, the ceiling on one call, or what fits into 32-bit places. */
export function checkTableSize(kind: TableKind, dimension: number, degree: number, place: Place): void {
  const rows = dimension === 1 ? degree : (dimension ** (degree + 1) - dimension) / (dimension - 1);
  const bytes = rows < 2 ** 31 ? tableBytes(kind, dimension, degree) : Infinity;
  if (bytes > TABLE_BYTES) {
    const what = kind === "bch" ? "BCH tables" : "Lyndon tables";
    const problem = `is too large: preparing ${what} of dimension ${dimension} and degree ${degree} takes more than ${TABLE_BYTES / 2 ** 20} MiB`;
    throw rangeError(place, problem, "TOO_LARGE");
  }
  checkBytes(bytes, place);
}
