import { describe, expect, it } from "vitest";
import { lyndonBasis } from "../src/index.js";
import { bracketOf, lyndonWordsUpTo, wordAt } from "./freeAlgebra.js";

const cases = [
  [1, 1],
  [1, 4],
  [2, 1],
  [2, 4],
  [2, 7],
  [3, 3],
  [3, 5],
  [5, 3],
  [7, 2],
] as const;

/** The inverse projection as a dense matrix with its diagonal. */
function inverseOf(dimension: number, degree: number): number[][] {
  const [lyndon, start, column, value] = lyndonBasis(dimension, degree, { expansion: false }).arrays;
  return Array.from(lyndon!, (_, i) => {
    const row = new Array<number>(lyndon!.length).fill(0);
    row[i] = 1;
    for (let e = start![i]!; e < start![i + 1]!; e++) row[column![e]!] = value![e]!;
    return row;
  });
}

describe.each(cases)("Lyndon basis of dimension %i and degree %i", (dimension, degree) => {
  const words = lyndonWordsUpTo(dimension, degree);
  const { arrays } = lyndonBasis(dimension, degree, { expansion: true });
  const [lyndon, start, column, , termStart, termIndex, termValue] = arrays;

  it("names the Lyndon words by length, then lexicographically", () => {
    expect(Array.from(lyndon!, (place) => wordAt(place, Math.max(2, dimension)))).toEqual(dimension === 1 ? ["0"] : words);
  });

  it("expands the standard bracketings", () => {
    words.forEach((word, i) => {
      const terms = new Map<string, number>();
      for (let e = termStart![i]!; e < termStart![i + 1]!; e++) terms.set(wordAt(termIndex![e]!, Math.max(2, dimension)), termValue![e]!);
      expect([...terms].sort()).toEqual([...bracketOf(word)].sort());
    });
  });

  it("inverts the coefficients of brackets at Lyndon words", () => {
    const inverse = inverseOf(dimension, degree);
    const brackets = words.map(bracketOf);
    words.forEach((_, i) => {
      // Row i of P^-1 P, where column j of P holds the coefficients of bracket j.
      const row = brackets.map((bracket) => words.reduce((sum, word, k) => sum + inverse[i]![k]! * (bracket.get(word) ?? 0), 0));
      expect(row.every((x, j) => x === (i === j ? 1 : 0))).toBe(true);
    });
  });

  it("keeps the rows strictly lower and ascending", () => {
    for (let i = 0; i < lyndon!.length; i++) {
      const columns = [...column!.subarray(start![i], start![i + 1])];
      expect(columns).toEqual([...columns].sort((a, b) => a - b));
      expect(columns.every((j) => j < i)).toBe(true);
    }
  });

  it("has the same words without the projection", () => {
    const [places, none] = lyndonBasis(dimension, degree, { expansion: false, projection: false }).arrays;
    expect(places).toEqual(lyndon);
    expect(none!.every((x) => x === 0)).toBe(true);
  });
});

describe("Lyndon basis", () => {
  function offDiagonal(dimension: number, degree: number): string[] {
    const [lyndon, start, column, value] = lyndonBasis(dimension, degree, { expansion: false }).arrays;
    const entries: string[] = [];
    for (let i = 0; i < lyndon!.length; i++) {
      for (let e = start![i]!; e < start![i + 1]!; e++) {
        entries.push(`${wordAt(lyndon![i]!, dimension)}<-${wordAt(lyndon![column![e]!]!, dimension)}:${value![e]}`);
      }
    }
    return entries;
  }

  it("has the inverse projections of the literature's small cases", () => {
    expect(offDiagonal(2, 5)).toEqual(["00101<-00011:2", "01011<-00111:3"]);
    expect(offDiagonal(3, 4)).toEqual([
      ...["021<-012:1", "0021<-0012:1", "0102<-0012:1", "0102<-0021:1", "0121<-0112:2", "0211<-0112:1", "0211<-0121:1"],
      ...["0212<-0122:2", "0221<-0122:1", "0221<-0212:1"],
    ]);
  });

  it("grows to integers beyond 32 bits exactly", () => {
    // Computed apart by dense inversion in Python's integers.
    const [, start, , entries] = lyndonBasis(2, 13, { expansion: false }).arrays;
    const value = Array.from(entries!.subarray(start![747])); // the words of 13 letters
    expect(Math.max(...value.map(Math.abs))).toBe(86819040);
    expect(value.reduce((sum, x) => sum + x, 0)).toBe(-160947000);
  });
});
