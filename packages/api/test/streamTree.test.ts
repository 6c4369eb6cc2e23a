import { describe, expect, test } from "vitest";
import { makeTensor, type Tensor } from "@sig/core";
import { ProductTree, Queue } from "../src/streamTree.js";

describe("a queue", () => {
  test("keeps the numbers of its items", () => {
    const queue = new Queue<string>(5);
    for (let i = 0; i < 100; i++) queue.push(`item ${i}`);
    for (let gone = 1; gone <= 90; gone++) {
      queue.shift();
      expect([queue.first, queue.end, queue.size]).toEqual([5 + gone, 105, 100 - gone]);
      expect(queue.get(104)).toBe("item 99");
      expect(queue.get(queue.first)).toBe(`item ${gone}`);
    }
    queue.truncate(98);
    queue.push("another");
    expect([...queue]).toEqual(["item 90", "item 91", "item 92", "another"]);
    queue.truncate(3);
    expect(queue.size).toBe(0);
  });
});

/** Values are 2 x 2 matrices of integers modulo a prime, whose product is exact and does not commute. */
const modulus = 8191;

function multiply({ data: a, shape }: Tensor, { data: b }: Tensor): Tensor {
  const entry = (i: number, j: number): number => (a[2 * i]! * b[j]! + a[2 * i + 1]! * b[2 + j]!) % modulus;
  return makeTensor(Float64Array.of(entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)), shape);
}

const values = Array.from({ length: 100 }, (_, i) => makeTensor(Float64Array.of(i + 1, 3, i * i, 7), [4]));
const product = (from: number, to: number): Tensor => values.slice(from, to).reduce(multiply);

describe("a tree of products", () => {
  let products = 0;
  let failing = false;
  const tree = (first?: number): ProductTree =>
    new ProductTree((left, right) => {
      if (failing) throw new Error("no more");
      products++;
      return multiply(left, right);
    }, first);

  test("has the product of any run, by few multiplications", () => {
    const all = tree();
    for (const value of values) all.push(value);
    expect(products).toBeLessThan(100);
    for (let from = 0; from < 100; from++) {
      for (let to = from + 1; to <= 100; to++) {
        products = 0;
        expect(all.product(from, to)).toEqual(product(from, to));
        expect(products).toBeLessThanOrEqual(2 * Math.log2(to - from + 1));
      }
    }
  });

  test.each([0, 1, 13, 31, 32])("from the number %i on, and with values forgotten at the front", (first) => {
    const all = tree(first);
    let begin = first;
    for (let end = first; end < 100; end++) {
      all.push(values[end]!);
      if (end % 3 === 2) {
        all.shift();
        begin++;
      }
      for (let from = begin; from <= end; from++) {
        expect(all.product(from, end + 1)).toEqual(product(from, end + 1));
        expect(all.product(begin, from + 1)).toEqual(product(begin, from + 1));
      }
    }
  });

  test("is as before where a multiplication fails, or where values are taken back", () => {
    const all = tree();
    for (const [i, value] of values.entries()) {
      if (i % 2 === 1) {
        failing = true;
        expect(() => {
          all.push(values[0]!);
        }).toThrow("no more");
        failing = false;
      }
      all.push(value);
      if (i % 7 === 6) {
        all.push(values[0]!);
        all.truncate(i + 1);
      }
      for (let from = 0; from <= i; from += 5) expect(all.product(from, i + 1)).toEqual(product(from, i + 1));
    }
  });
});
