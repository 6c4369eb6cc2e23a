import { expect, test } from "vitest";
import { makeTensor, type Tensor } from "@sig/core";
import type { StreamAlgebra } from "../src/streamAlgebra.js";
import { pieceLength, Pieces } from "../src/streamPieces.js";
import type { PointFormat } from "../src/streamPoints.js";

const format: PointFormat = { dtype: "float64", batchShape: [], batch: 1, dimension: 1 };
const place = { operation: "test", argument: "point" };

/** The simplest algebra, in which a path is its displacement; it counts the segments and the products that it computes. */
function displacements(width = 1) {
  const work = { segments: 0, products: 0 };
  const value = (x: number): Tensor => makeTensor(new Float64Array(width).fill(x), [width]);
  const algebra: StreamAlgebra = {
    dimension: 1,
    width,
    path: ({ data }) => {
      work.segments += data.length - 1;
      return value(data.at(-1)! - data[0]!);
    },
    combine: (left, right) => {
      work.products++;
      return value(left.data[0]! + right.data[0]!);
    },
    join: (left, step) => value(left.data[0]! + step.data[0]!),
    inverse: ({ data }) => value(-data[0]!),
  };
  return { pieces: new Pieces(algebra, format, place), work, length: pieceLength(algebra) };
}

const point = (x: number) => ({ data: Float64Array.of(x), count: 1, format });
const square = (t: number): number => t * t;

test("a push computes one segment, and a small part of a product", () => {
  const { pieces, work, length } = displacements();
  for (let t = 0; t <= 100 * length; t++) pieces.push(point(square(t)));
  expect(work).toEqual({ segments: 100 * length, products: expect.any(Number) as number });
  expect(work.products).toBeLessThan(100);
});

test("an interval takes two parts of pieces at most, and few products; a growing one little more than its last part", () => {
  const { pieces, work, length } = displacements();
  for (let t = 0; t <= 1000 * length; t++) pieces.push(point(square(t)));
  for (const [start, end] of [
    [5, 999 * length + 3],
    [length, 900 * length],
    [length - 1, length + 1],
    [3, 4],
  ] as const) {
    Object.assign(work, { segments: 0, products: 0 });
    expect(pieces.value(start, end).data[0]).toBe(square(end) - square(start));
    expect(work.segments).toBeLessThan(2 * length);
    expect(work.products).toBeLessThan(20);
  }
  pieces.value(5, 999 * length + 3);
  Object.assign(work, { segments: 0, products: 0 });
  pieces.value(5, 999 * length + 9);
  expect(work).toEqual({ segments: 9, products: 1 });
});

test("pieces of long values are long, so that these take a bounded multiple of the room of the points", () => {
  const { length } = displacements(5000);
  expect(5000 * 2).toBeLessThanOrEqual(4 * length);
});

test("what is dropped is forgotten, but for its value", () => {
  const { pieces, length } = displacements();
  const products = pieces["products"]["levels"];
  const kept = (): number => products.reduce((sum, level) => sum + level.size, 0);
  for (let t = 0; t <= 100 * length; t++) {
    pieces.push(point(square(t)));
    if (t > 3 * length) pieces.dropBefore(t - 3 * length);
    expect(pieces["closed"].size).toBeLessThan(6);
    expect(kept()).toBeLessThan(12);
  }
  const start = 100 * length - 3 * length;
  expect([...pieces.fromOrigin(start)].map(({ data }) => data[0])).toEqual(
    Array.from({ length: 3 * length + 1 }, (_, i) => square(start + i)),
  );
});
