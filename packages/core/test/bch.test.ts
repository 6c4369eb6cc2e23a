import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { bchTable, lyndonBasis } from "../src/index.js";
import { add, bracketAt, bracketOf, commutator, exp, log, lyndonWordsUpTo, multiply, scale, type Polynomial } from "./freeAlgebra.js";

type Vector = number[];

/** [x, y] by the structure constants, read as the Backend contract describes them. */
function bracket(table: ReturnType<typeof bchTable>, x: Vector, y: Vector): Vector {
  const [, , , , , , groupStart, pairLeft, pairRight, pairStart, entry, constant] = table.arrays;
  const result = x.map(() => 0);
  for (let e = 0; e < groupStart![groupStart!.length - 1]!; e++) {
    const i = pairLeft![e]!;
    const j = pairRight![e]!;
    for (let f = pairStart![e]!; f < pairStart![e + 1]!; f++) result[entry![f]!]! += (x[i]! * y[j]! - x[j]! * y[i]!) * constant![f]!;
  }
  return result;
}

function combine(table: ReturnType<typeof bchTable>, x: Vector, y: Vector): Vector {
  const [left, right, , , beta] = table.arrays;
  const nodes: Vector[] = [x, y];
  for (let n = 2; n < left!.length; n++) nodes.push(bracket(table, nodes[left![n]!]!, nodes[right![n]!]!));
  return x.map((_, i) => nodes.reduce((sum, node, n) => sum + beta![n]! * node[i]!, 0));
}

let seed = 20260801;
/** A reproducible number in [-1, 1). */
function random(): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return seed / 2 ** 31 - 1;
}

const largest = (vector: readonly number[]): number => vector.reduce((max, x) => Math.max(max, Math.abs(x)), 0);

const sizes = [
  [1, 5],
  [2, 1],
  [2, 6],
  [3, 5],
  [5, 3],
] as const;

describe.each(sizes)("BCH tables of dimension %i and degree %i", (dimension, degree) => {
  const table = bchTable(dimension, degree);
  const words = lyndonWordsUpTo(dimension, degree);
  const brackets = words.map(bracketOf);
  const vector = (): Vector => words.map(random);
  const element = (x: Vector): Polynomial => x.reduce<Polynomial>((sum, c, i) => add(sum, brackets[i]!, c), new Map());
  const inverse = lyndonBasis(dimension, degree, { expansion: false }).arrays;

  /** Coordinates of a Lie element: P^-1 times its coefficients at the Lyndon words. */
  function coordinates(a: Polynomial): Vector {
    const at = words.map((word) => a.get(word) ?? 0);
    const [, start, column, value] = inverse;
    return at.map((x, i) => {
      for (let e = start![i]!; e < start![i + 1]!; e++) x += value![e]! * at[column![e]!]!;
      return x;
    });
  }

  it("lays the tables out by levels and groups", () => {
    const [left, right, count0, count1, , levelStart, groupStart, pairLeft, pairRight, pairStart, entry] = table.arrays;
    const length = (i: number): number => levelStart!.findIndex((start) => start > i);
    expect(levelStart!.length).toBe(degree + 1);
    expect(groupStart!.length).toBe(degree ** 2 + 1);
    for (let p = 1; p <= degree; p++) {
      for (let q = 1; q <= degree; q++) {
        const g = (p - 1) * degree + q - 1;
        for (let e = groupStart![g]!; e < groupStart![g + 1]!; e++) {
          expect([length(pairLeft![e]!), length(pairRight![e]!), pairLeft![e]! < pairRight![e]!]).toEqual([p, q, true]);
          for (let f = pairStart![e]!; f < pairStart![e + 1]!; f++) expect(length(entry![f]!)).toBe(p + q);
        }
      }
    }
    for (let n = 2; n < left!.length; n++) {
      expect(Math.max(left![n]!, right![n]!)).toBeLessThan(n);
      expect([count0![n], count1![n]]).toEqual([count0![left![n]!]! + count0![right![n]!]!, count1![left![n]!]! + count1![right![n]!]!]);
    }
  });

  it("has the structure constants of the commutator", () => {
    const [x, y] = [vector(), vector()];
    const expected = coordinates(commutator(element(x), element(y), degree));
    expect(largest(bracket(table, x, y).map((v, i) => v - expected[i]!))).toBeLessThan(1e-12 * Math.max(1, largest(expected)));
  });

  it("satisfies the Jacobi identity", () => {
    const [x, y, z] = [vector(), vector(), vector()];
    const b = (u: Vector, v: Vector): Vector => bracket(table, u, v);
    const terms = [b(x, b(y, z)), b(y, b(z, x)), b(z, b(x, y))];
    const scaleOf = Math.max(1, ...terms.map(largest));
    expect(largest(x.map((_, i) => terms.reduce((sum, term) => sum + term[i]!, 0)))).toBeLessThan(1e-12 * scaleOf);
  });

  it("combines as log(exp x exp y)", () => {
    const [x, y] = [vector(), vector()];
    const expected = coordinates(log(multiply(exp(element(x), degree), exp(element(y), degree), degree), degree));
    expect(largest(combine(table, x, y).map((v, i) => v - expected[i]!))).toBeLessThan(1e-11 * Math.max(1, largest(expected)));
  });
});

describe("BCH series", () => {
  it("has the known coefficients up to degree 6", () => {
    const known: Record<string, number> = { "0": 1, "1": 1, "01": 1 / 2, "001": 1 / 12, "011": 1 / 12, "0011": 1 / 24, "00001": -1 / 720 };
    Object.assign(known, {
      "00011": 1 / 180,
      "00101": 1 / 360,
      "00111": 1 / 180,
      "01011": 1 / 120,
      "01111": -1 / 720,
      "000011": -1 / 1440,
    });
    Object.assign(known, { "000101": 1 / 720, "000111": 1 / 360, "001011": 1 / 240, "001111": -1 / 1440 });
    const letters = [new Map([["0", 1]]), new Map([["1", 1]])];
    const expected = Object.entries(known).reduce<Polynomial>(
      (sum, [word, beta]) => add(sum, bracketAt(word, letters, 6), beta),
      new Map(),
    );
    const [left, right, , , beta] = bchTable(2, 6).arrays;
    const nodes: Polynomial[] = [...letters];
    for (let n = 2; n < left!.length; n++) nodes.push(commutator(nodes[left![n]!]!, nodes[right![n]!]!, 6));
    const series = nodes.reduce<Polynomial>((sum, node, n) => add(sum, scale(node, beta![n]!)), new Map());
    const difference = [...add(series, expected, -1).values()];
    expect(largest(difference)).toBeLessThan(1e-16);
    expect([...beta!].filter((x) => x !== 0).map((x) => x.toFixed(14))).toEqual(Object.values(known).map((x) => x.toFixed(14)));
  });

  it("agrees with the logarithm of exp 0 exp 1 at degree 10", () => {
    const [left, right, count0, count1, beta] = bchTable(2, 10).arrays;
    const letters: Polynomial[] = [new Map([["0", 1]]), new Map([["1", 1]])];
    const expected = log(multiply(exp(letters[0]!, 10), exp(letters[1]!, 10), 10), 10);
    // Three letters 1 keep the polynomials small.
    const nodes: Polynomial[] = [...letters];
    let sum: Polynomial = new Map();
    for (let n = 0; n < left!.length; n++) {
      if (n > 1) nodes.push(count1![n]! > 3 ? new Map() : commutator(nodes[left![n]!]!, nodes[right![n]!]!, 10));
      if (count0![n]! + count1![n]! === 10 && count1![n]! <= 3) sum = add(sum, nodes[n]!, beta![n]);
    }
    const wanted = [...expected].filter(([word]) => word.length === 10 && word.replaceAll("0", "").length <= 3);
    expect(largest(wanted.map(([word, x]) => x - (sum.get(word) ?? 0)))).toBeLessThan(1e-15);
  });

  it("combines the reference cases", () => {
    interface Tensor {
      readonly $tensor: { readonly dtype: string; readonly shape: number[]; readonly data: number[] };
    }
    interface Case {
      readonly args: [Tensor, Tensor, number, number];
      readonly kwargs: { readonly time_aug?: boolean; readonly lead_lag?: boolean };
      readonly expected?: Tensor;
    }
    const file = new URL("../../contract/fixtures/log_sig_combine.json", import.meta.url);
    const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: Case[] };
    let compared = 0;
    for (const { args, kwargs, expected } of cases) {
      if (expected === undefined || expected.$tensor.dtype !== "float64" || expected.$tensor.data.length === 0) continue;
      const [x, y, d, degree] = args;
      const table = bchTable((kwargs.lead_lag === true ? 2 : 1) * d + (kwargs.time_aug === true ? 1 : 0), degree);
      const length = expected.$tensor.shape.at(-1)!;
      const result = combine(table, x.$tensor.data.slice(0, length), y.$tensor.data.slice(0, length));
      const row = expected.$tensor.data.slice(0, length);
      expect(largest(result.map((v, i) => v - row[i]!))).toBeLessThan(1e-12 * Math.max(1, largest(row)));
      compared++;
    }
    expect(compared).toBeGreaterThan(10);
  });
});
