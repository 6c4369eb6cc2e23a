import type { Dtype, Tensor } from "@sig/api";
import { logSigBackprop, sig, sigBackprop } from "@sig/api";
import { describe, expect, it } from "vitest";
import { type Arrays, backprop, dot, expectedSlope, forward, label, makeArrays, makeDerivs } from "../src/operations/driver.js";
import { operations } from "../src/operations/index.js";
import { type Sample, algebraDimension, rowLength, sample } from "../src/operations/sample.js";
import { type Operation, titleOf } from "../src/operations/spec.js";
import { mapEntries } from "../src/pathTools.js";
import { cast, randomNumbers, randomTensor } from "../src/tensors.js";

const random = randomNumbers(20);

/** A direction for every array of a call. */
const drawDirections = ({ inputs }: Arrays): Tensor[] => inputs.map((input) => randomTensor(random, input.shape));

const moved = ({ inputs, correction }: Arrays, directions: readonly Tensor[], step: number): Arrays => ({
  inputs: inputs.map((input, i) => mapEntries(input, (x, j) => x + step * (directions[i]?.data[j] ?? 0))),
  correction,
});

/** <v, J^T w>, which must equal <J v, w>, and the size of what its terms may cancel from. */
function pulledBack(
  op: Operation,
  s: Sample,
  arrays: Arrays,
  derivs: Tensor,
  directions: readonly Tensor[],
): { product: number; size: number } {
  const gradients = backprop(op, s, arrays, forward(op, s, arrays), derivs);
  const product = gradients.reduce((sum, gradient, i) => sum + dot(gradient.data, directions[i]?.data ?? []), 0);
  return { product, size: sizeOf(gradients) * sizeOf(directions) };
}

function sizeOf(vectors: readonly { data: ArrayLike<number> }[]): number {
  return Math.sqrt(vectors.reduce((sum, { data }) => sum + dot(data, data), 0));
}

function expectEqualProducts(actual: number, expected: number, scale: number, tolerance: number, name: string): void {
  expect(Math.abs(actual - expected), `${name}: ${actual} against ${expected}`).toBeLessThanOrEqual(tolerance * scale);
}

describe.each(operations.map((op) => [titleOf({ ...op, name: op.backprop.name }), op] as const))("%s", (_, op) => {
  const withGradient = op.samples.filter((s) => !op.backprop.skip?.(s));

  it("has samples with one level, at most two points, and an empty batch", () => {
    expect(withGradient.length).toBeGreaterThan(4);
    expect(op.joint || withGradient.some((s) => s.batch.includes(0))).toBe(true);
    if (op.positional.includes("path") || op.positional.includes("degree"))
      expect(withGradient.some((s) => s.degree <= 1 || op.name === "sigCoef")).toBe(true);
    if (op.positional.includes("path") || op.positional.includes("path1"))
      expect(withGradient.some((s) => s.length === 1) && withGradient.some((s) => s.length === 2)).toBe(true);
  });

  it("agrees with central differences of the operation", () => {
    const step = 1e-4;
    for (const s of withGradient) {
      const arrays = makeArrays(op, s, "float64");
      const derivs = makeDerivs(op, s, "float64");
      const directions = drawDirections(arrays);
      // Richardson: the error of the difference quotient falls with the fourth power of the step.
      const quotient = (h: number): number =>
        (dot(forward(op, s, moved(arrays, directions, h)).data, derivs.data) -
          dot(forward(op, s, moved(arrays, directions, -h)).data, derivs.data)) /
        (2 * h);
      const difference = (4 * quotient(step) - quotient(2 * step)) / 3;
      const scale = 1e-3 + Math.abs(difference) + sizeOf(directions) * 0.01 * (1 + sizeOf([derivs]));
      expectEqualProducts(pulledBack(op, s, arrays, derivs, directions).product, difference, scale, 1e-6, label(op.backprop.name, s));
    }
  });

  it("satisfies <J v, w> = <v, J^T w> on larger sizes", () => {
    for (const s of op.large ?? larger(op)) {
      const arrays = makeArrays(op, s, "float64");
      for (const round of op.large ? ["a"] : ["a", "b"]) {
        const derivs = makeDerivs(op, s, "float64", round);
        const directions = drawDirections(arrays);
        const slope = expectedSlope(op, s, arrays, directions);
        const { product, size } = pulledBack(op, s, arrays, derivs, directions);
        const scale = Math.max(sizeOf([slope]) * sizeOf([derivs]), size);
        expectEqualProducts(product, dot(slope.data, derivs.data), scale, 1e-12, label(op.backprop.name, s));
      }
    }
  });
});

/** The operation's own flags at sizes where a gradient entry by entry would take long. */
function larger(op: Operation): Sample[] {
  const sizes = [
    [2, 8],
    [3, 5],
    [6, 3],
    [16, 2],
  ] as const;
  const shapes = [
    { length: 30, batch: [] },
    { length: 9, batch: [2, 5] },
    { length: 5, batch: [33] },
    { length: 100, batch: [2] },
  ];
  const models = op.samples.filter((s) => !op.backprop.skip?.(s) && s.batch.every((size) => size > 0) && s.length > 1 && s.degree > 0);
  return sizes.flatMap(([dimension, degree], i) => {
    const model = models[(i * 7) % models.length] as Sample;
    let s: Sample = { ...model, dimension, degree, ...(shapes[i] as { length: number; batch: number[] }), correction: undefined };
    if (rowLength(s, true) > 600) s = { ...s, options: { ...s.options, timeAug: false, leadLag: false } };
    return { ...s, words: s.words.map((word) => word.slice(0, degree).map((letter) => letter % algebraDimension(s))) };
  });
}

describe("a path of 2000 points", () => {
  const length = 2000;
  const dimension = 3;
  const degree = 4;
  const walk = randomTensor(randomNumbers(7), [length, dimension], "float64", 1.7 / Math.sqrt(length));
  walk.data.forEach((x, i) => (walk.data[i] = x + (i < dimension ? 0 : (walk.data[i - dimension] ?? NaN))));
  const byName = (name: string): Operation => operations.find((op) => op.name === name) as Operation;

  /** Derivatives along single entries of the path, near both ends and in between. */
  const entries = [0, 1, 5, 1499, 2998, 4501, 5994, 5999];

  const gradientsOf: Readonly<Record<string, (path: Tensor, derivs: Tensor) => Tensor>> = {
    sig: (path, derivs) => sigBackprop(path, sig(path, degree), derivs, degree),
    logSig: (path, derivs) => logSigBackprop(path, derivs, degree, { method: 3 }),
  };

  it.each(Object.keys(gradientsOf))("has a precise gradient of %s in both dtypes", (name) => {
    const op = byName(name);
    const s = sample({ length, dimension, degree, options: name === "logSig" ? { method: 3 } : {} });
    const tolerance: Readonly<Record<Dtype, number>> = { float64: 1e-11, float32: 3e-5 };
    for (const dtype of ["float64", "float32"] as const) {
      const path = cast(walk, dtype);
      const derivs = makeDerivs(op, s, dtype);
      const gradient = gradientsOf[name]?.(path, derivs) as Tensor;
      const scale = Math.max(...gradient.data.map(Math.abs));
      for (const entry of entries) {
        const direction = mapEntries(cast(walk, "float64"), (_, i) => (i === entry ? 1 : 0));
        const slope = expectedSlope(op, s, { inputs: [path], correction: undefined }, [direction]);
        const expected = dot(slope.data, derivs.data);
        expectEqualProducts(gradient.data[entry] ?? NaN, expected, scale, tolerance[dtype], `${name} ${dtype} entry ${entry}`);
      }
    }
  });
});
