import { expectedSigScore, sigKernelGram, sigMmd, sigScore } from "@sig/api";
import type { Tensor } from "@sig/api";
import { describe } from "vitest";
import { asTensor, expectClose } from "../../src/compare.js";
import { kernelCases } from "../../src/kernelCases.js";
import { property } from "../../src/properties.js";
import { itemOf, stack, tensor } from "../../src/tensors.js";

const near = { tolerance: 1e-12, floor: 1 };
const samples = kernelCases({ batches: [[4], [3]], maxLength: 5 });
const options = { dyadicOrder: 1 };

const sum = (numbers: ArrayLike<number>): number => Array.from(numbers).reduce((a, b) => a + b, 0);

/** The mean over the pairs of different paths. */
function offDiagonal({ data, shape: [n = 0] }: Tensor): number {
  const diagonal = Array.from({ length: n }, (_, i) => data[i * (n + 1)] ?? NaN);
  return (sum(data) - sum(diagonal)) / (n * (n - 1));
}

/** The paths of a sample at the places given. */
const chosen = (x: Tensor, places: readonly number[]): Tensor =>
  stack(
    places.map((place) => itemOf(x, 2, place)),
    [places.length],
    x.shape.slice(1),
    "float64",
  );

describe("metrics", () => {
  property("follow from the grams by their definitions", samples, ({ x, y, staticKernel, random }) => {
    const given = { ...options, staticKernel };
    const lam = 2 * random();
    const within = offDiagonal(asTensor(sigKernelGram(x, given)));
    const between = asTensor(sigKernelGram(x, y, given)).data;
    const column = (j: number): number => [0, 1, 2, 3].reduce((total, i) => total + (between[3 * i + j] ?? NaN), 0) / 4;
    const scores = [0, 1, 2].map((j) => lam * within - 2 * column(j));
    expectClose(sigScore(x, y, { ...given, lam }), tensor(scores, [3]), near);
    expectClose(expectedSigScore(x, y, { ...given, lam }), tensor([sum(scores) / 3], [1]), near);
    const mmd = within - (2 * sum(between)) / 12 + offDiagonal(asTensor(sigKernelGram(y, given)));
    expectClose(sigMmd(x, y, given), tensor([mmd], []), near);
  });

  property("do not depend on the order of the paths in a sample", samples, ({ x, y, staticKernel }) => {
    const given = { ...options, staticKernel };
    const turned = chosen(x, [2, 0, 3, 1]);
    expectClose(sigScore(turned, y, given), asTensor(sigScore(x, y, given)), near);
    expectClose(sigMmd(turned, chosen(y, [2, 1, 0]), given), asTensor(sigMmd(x, y, given)), near);
    expectClose(sigMmd(y, x, given), asTensor(sigMmd(x, y, given)), near);
  });

  property("a score of a batch is the scores of its paths, and one path has one score", samples, ({ x, y, staticKernel }) => {
    const given = { ...options, staticKernel };
    const scores = asTensor(sigScore(x, y, given));
    for (let j = 0; j < 3; j++) expectClose(sigScore(x, itemOf(y, 2, j), given), tensor([scores.data[j] ?? NaN], [1]), near);
    expectClose(
      sigScore({ ...x, shape: [2, 2, ...x.shape.slice(1)] }, { ...y, shape: [3, 1, ...y.shape.slice(1)] }, given),
      { ...scores, shape: [3, 1] },
      near,
    );
  });

  // An unbiased estimate from a part of the sample is, in the mean over all parts, the estimate from the whole.
  property("sigMmd and the scores are unbiased", samples, ({ x, y, staticKernel }) => {
    const given = { ...options, staticKernel };
    const couples = (n: number): number[][] => Array.from({ length: n }, (_, i) => Array.from({ length: i }, (__, j) => [j, i])).flat();
    const estimates = couples(4).flatMap((a) => couples(3).map((b) => asTensor(sigMmd(chosen(x, a), chosen(y, b), given)).data[0] ?? NaN));
    expectClose(sigMmd(x, y, given), tensor([sum(estimates) / estimates.length], []), near);
    const scores = couples(4).map((a) => asTensor(expectedSigScore(chosen(x, a), y, given)).data[0] ?? NaN);
    expectClose(expectedSigScore(x, y, given), tensor([sum(scores) / scores.length], [1]), near);
  });
});
