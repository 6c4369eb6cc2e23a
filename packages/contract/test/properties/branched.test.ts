import {
  branchedSig,
  branchedSigCoef,
  branchedSigCombine,
  branchedSigJoin,
  branchedSigLength,
  linearBranchedSig,
  sig,
  transformPath,
} from "@sig/api";
import type { Tensor, Tree } from "@sig/api";
import { describe, expect } from "vitest";
import { expectClose, expectSameBits } from "../../src/compare.js";
import { coefficient, concatenate, mapEntries, points, reverse } from "../../src/pathTools.js";
import { type PathCase, branchedPaths, property } from "../../src/properties.js";
import { basisOf, forestShuffles, nodesOf, orderings, valuesByForest, wordsOfForest } from "../../src/treeTools.js";
import { itemOf, randomTensor, tensor, zeros } from "../../src/tensors.js";

const expectNear = (actual: Tensor, expected: Tensor, tolerance = 1e-11): void => expectClose(actual, expected, { tolerance, floor: 1 });

describe.each([
  ["branched signatures", { planar: false }],
  ["planar branched signatures", { planar: true }],
] as const)("%s", (_, options) => {
  const { planar } = options;
  const product = (a: Tensor, b: Tensor, { dimension, degree }: PathCase): Tensor => branchedSigCombine(a, b, dimension, degree, options);
  const randomRow = ({ dimension, degree, random }: PathCase): Tensor =>
    randomTensor(random, [2, branchedSigLength(dimension, degree, options)]);

  property("Chen: that of a concatenation is the product", branchedPaths({ minLength: 2 }), (drawn) => {
    const { path, dimension, degree, random } = drawn;
    const second = randomTensor(random, [5, dimension]);
    expectNear(
      branchedSig(concatenate(path, second), degree, options),
      product(branchedSig(path, degree, options), branchedSig(second, degree, options), drawn),
    );
  });

  property("they are sums of coefficients of the signature", branchedPaths(), ({ path, dimension, degree }) => {
    const s = sig(path, degree);
    const sums = basisOf(dimension, degree, planar).map((forest) =>
      wordsOfForest(forest, planar).reduce((sum, word) => sum + coefficient(s, word, dimension), 0),
    );
    expectNear(branchedSig(path, degree, options), tensor(sums, [sums.length]), 1e-10);
  });

  property("the product is associative, and that of the way back undoes it", branchedPaths(), (drawn) => {
    const [a, b, c] = [randomRow(drawn), randomRow(drawn), randomRow(drawn)];
    expectNear(product(product(a, b, drawn), c, drawn), product(a, product(b, c, drawn), drawn));
    const { path, degree } = drawn;
    const there = branchedSig(path, degree, options);
    expectNear(product(there, branchedSig(reverse(path), degree, options), drawn), zeros(there.shape));
  });

  property("joining is multiplying with a straight segment, on either side", branchedPaths(), (drawn) => {
    const { dimension, degree, random } = drawn;
    const x = randomRow(drawn);
    const v = randomTensor(random, [2, dimension]);
    const segment = linearBranchedSig(v, dimension, degree, options);
    expectNear(branchedSigJoin(x, v, dimension, degree, options), product(x, segment, drawn));
    expectNear(branchedSigJoin(x, v, dimension, degree, { ...options, prepend: true }), product(segment, x, drawn));
  });

  property("a straight line has the linear one, however it is cut", branchedPaths(), ({ dimension, degree, random }) => {
    const v = randomTensor(random, [dimension]);
    const line = tensor([...v.data.map(() => 0), ...v.data.map((x) => 0.3 * x), ...v.data], [3, dimension]);
    expectNear(branchedSig(line, degree, options), linearBranchedSig(v, dimension, degree, options));
  });

  property(
    "dilation by c multiplies the values at n nodes by c^n",
    branchedPaths({ minLength: 2 }),
    ({ path, dimension, degree, random }) => {
      const c = 4 * random() - 2;
      const nodes = basisOf(dimension, degree, planar).map(nodesOf);
      const dilated = mapEntries(path, (x) => c * x);
      expectNear(
        branchedSig(dilated, degree, options),
        mapEntries(branchedSig(path, degree, options), (x, i) => x * c ** (nodes[i] ?? NaN)),
      );
    },
  );

  property(
    "flags stand for the transformed path",
    branchedPaths({ minLength: 2, maxDimension: 2, maxDegree: 3 }),
    ({ path, degree, random }) => {
      const flags = { timeAug: random() < 0.5, leadLag: random() < 0.5, endTime: 3 * random() };
      expectNear(branchedSig(path, degree, { ...options, ...flags }), branchedSig(transformPath(path, flags), degree, options));
    },
  );

  property("corrections of straight lines add up, and zeros add nothing", branchedPaths({ minLength: 3, maxLength: 3 }), (drawn) => {
    const { path, dimension, degree, random } = drawn;
    if (degree < 2) return;
    let width = 0;
    for (let k = 2; k <= degree; k++) width += dimension ** k;
    expectNear(branchedSig(path, degree, { ...options, correction: zeros([2, width]) }), branchedSig(path, degree, options));
    const correction = randomTensor(random, [2, width]);
    const halves = [0, 1].map((i) => branchedSig(points(path, i, i + 2), degree, { ...options, correction: itemOf(correction, 1, i) })) as [
      Tensor,
      Tensor,
    ];
    expectNear(branchedSig(path, degree, { ...options, correction }), product(...halves, drawn), 1e-10);
  });

  property("chosen trees are places of the row", branchedPaths({ batch: [2] }), ({ path, dimension, degree, random }) => {
    const basis = basisOf(dimension, degree, planar);
    const places = Array.from({ length: 5 }, () => Math.floor(random() * basis.length));
    const whole = branchedSig(path, degree, options);
    const row = whole.shape[1] ?? NaN;
    const chosen = places.map((place) => (planar ? basis[place]! : basis[place]![0]!));
    const expected = [0, 1].flatMap((item) => places.map((place) => whole.data[item * row + place]!));
    expectNear(branchedSigCoef(path, chosen, options), tensor(expected, [2, 5]));
  });

  property("the scalar term is a leading 1", branchedPaths(), ({ path, degree }) => {
    const s = branchedSig(path, degree, options);
    expectSameBits(branchedSig(path, degree, { ...options, scalarTerm: true }), tensor([1, ...s.data], [s.data.length + 1]));
  });
});

describe("trees with and without order", () => {
  const corrected = ({ path, dimension, degree, random }: PathCase): object => {
    if (degree < 2 || (path.shape[0] ?? 0) < 2 || random() < 0.3) return {};
    let width = 0;
    for (let k = 2; k <= degree; k++) width += dimension ** k;
    return { correction: randomTensor(random, [width]) };
  };

  property(
    "the value of a tree is the sum over the orders of all children, also with a correction",
    branchedPaths({ minLength: 2 }),
    (drawn) => {
      const { path, dimension, degree } = drawn;
      const options = corrected(drawn);
      const planar = valuesByForest(branchedSig(path, degree, { ...options, planar: true }), dimension, degree, true);
      const sums = basisOf(dimension, degree, false).map(([tree]) =>
        orderings(tree as Tree).reduce((sum, ordered) => sum + planar([ordered]), 0),
      );
      expectNear(branchedSig(path, degree, options), tensor(sums, [sums.length]), 1e-10);
    },
  );

  property(
    "shuffle product: values of planar forests multiply to the sum over their shuffles",
    branchedPaths({ minLength: 2 }),
    (drawn) => {
      const { path, dimension, degree, random } = drawn;
      const at = valuesByForest(branchedSig(path, degree, { ...corrected(drawn), planar: true }), dimension, degree, true);
      const basis = basisOf(dimension, degree, true);
      const first = basis[Math.floor(random() * basis.length)]!;
      const fitting = basis.filter((forest) => nodesOf(first) + nodesOf(forest) <= degree);
      if (fitting.length === 0) return;
      const second = fitting[Math.floor(random() * fitting.length)]!;
      const terms = forestShuffles(first, second).map(at);
      const scale = 1 + terms.reduce((sum, x) => sum + Math.abs(x), 0);
      expect(Math.abs(terms.reduce((sum, x) => sum + x, 0) - at(first) * at(second))).toBeLessThan(1e-10 * scale);
    },
  );
});
