import { extractSigCoef, sig, sigCoef, sigCoefBackprop, transformPath, transformPathBackprop, words } from "@sig/api";
import { describe, expect } from "vitest";
import { expectClose, expectSameBits } from "../../src/compare.js";
import { dot } from "../../src/operations/driver.js";
import { coefficient, concatenate, drawWord, mapEntries } from "../../src/pathTools.js";
import { paths, property } from "../../src/properties.js";
import { randomTensor, tensor, zeros } from "../../src/tensors.js";

const tolerance = 1e-11;
const drawFlags = (random: () => number) => ({ timeAug: random() < 0.5, leadLag: random() < 0.5, endTime: 4 * random() - 1 });

describe("transforms", () => {
  property(
    "flags stand for the signature of the transformed path",
    paths({ maxDimension: 2, maxDegree: 4 }),
    ({ path, degree, random }) => {
      const flags = drawFlags(random);
      expectClose(sig(path, degree, flags), sig(transformPath(path, flags), degree), tolerance);
    },
  );

  property("lead-lag comes first, then time", paths({ batch: [2] }), ({ path, random }) => {
    const endTime = random();
    expectSameBits(
      transformPath(path, { leadLag: true, timeAug: true, endTime }),
      transformPath(transformPath(path, { leadLag: true }), { timeAug: true, endTime }),
    );
  });

  property("lag channels come before lead channels", paths(), ({ path, dimension, length }) => {
    const moved = transformPath(path, { leadLag: true });
    for (let row = 0; row < 2 * length - 1; row++) {
      const point = [Math.floor(row / 2), Math.ceil(row / 2)].flatMap((i) => [...path.data.slice(i * dimension, (i + 1) * dimension)]);
      expect([...moved.data.slice(row * 2 * dimension, (row + 1) * 2 * dimension)]).toEqual(point);
    }
  });

  property("the area between lead and lag is the quadratic variation", paths({ maxDimension: 1, minLength: 2 }), ({ path }) => {
    const s = sig(path, 2, { leadLag: true });
    const variation = Array.from(path.data).reduce((sum, x, i) => (i === 0 ? 0 : sum + (x - (path.data[i - 1] ?? NaN)) ** 2), 0);
    expect(Math.abs(coefficient(s, [1, 0], 2) - coefficient(s, [0, 1], 2) - variation)).toBeLessThan(tolerance);
  });

  property("the backprop is the adjoint", paths({ batch: [3] }), ({ path, random }) => {
    const flags = { ...drawFlags(random), endTime: 0 };
    const moved = transformPath(path, flags);
    const derivs = randomTensor(random, moved.shape);
    const pulled = transformPathBackprop(derivs, flags);
    expect(pulled.shape).toEqual(path.shape);
    expect(Math.abs(dot(moved.data, derivs.data) - dot(path.data, pulled.data))).toBeLessThan(tolerance * (1 + path.data.length));
  });
});

describe("coefficients", () => {
  property("coefficients of a path are extracts of its signature", paths({ batch: [2] }), ({ path, dimension, degree, random }) => {
    const wanted = Array.from({ length: 4 }, () => drawWord(random, dimension, 1 + Math.floor(degree * random())));
    expectClose(sigCoef(path, wanted), extractSigCoef(sig(path, degree), wanted, dimension), tolerance);
  });

  property("all words in order make up the signature", paths({ maxDegree: 3 }), ({ path, dimension, degree }) => {
    const all = sig(path, degree, { scalarTerm: true });
    expectSameBits(extractSigCoef(all, words(dimension, degree), dimension, { scalarTerm: true }), all);
    expectClose(sigCoef(path, words(dimension, degree)), all, tolerance);
  });

  property("the last prefix of a word is the word", paths(), ({ path, dimension, degree, random }) => {
    const word = drawWord(random, dimension, degree);
    const prefixes = sigCoef(path, word, { prefixes: true });
    const cuts = word.map((_, i) => word.slice(0, i + 1));
    expectClose(prefixes, sigCoef(path, cuts), tolerance);
    expectClose(tensor(prefixes.data.slice(-1), [1]), sigCoef(path, word), tolerance);
  });

  property("Chen for one word: the sum over the ways to cut it", paths(), ({ path, dimension, degree, random }) => {
    const second = randomTensor(random, [4, dimension]);
    const word = drawWord(random, dimension, degree);
    const [left, right] = [sig(path, degree), sig(second, degree)];
    let sum = 0;
    for (let cut = 0; cut <= degree; cut++)
      sum += coefficient(left, word.slice(0, cut), dimension) * coefficient(right, word.slice(cut), dimension);
    expect(Math.abs((sigCoef(concatenate(path, second), word).data[0] ?? NaN) - sum)).toBeLessThan(1e-10 * (1 + Math.abs(sum)));
  });

  property("the gradient of a letter is the difference of the end points", paths({ minLength: 2 }), ({ path, dimension, random }) => {
    const letter = Math.floor(random() * dimension);
    const gradient = sigCoefBackprop(path, [letter], sigCoef(path, [letter], { prefixes: true }), tensor([1], [1]));
    const expected = mapEntries(zeros(path.shape), (_, i) => (i === letter ? -1 : i === path.data.length - dimension + letter ? 1 : 0));
    expectClose(gradient, expected, tolerance);
  });
});
