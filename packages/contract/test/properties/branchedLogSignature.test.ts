import {
  branchedLogSig,
  branchedLogSigCombine,
  branchedLogSigJoin,
  branchedLogSigLength,
  branchedLogSigToSig,
  branchedSig,
  branchedSigCombine,
  branchedSigLength,
  branchedSigToLogSig,
  linearBranchedLogSig,
  logSig,
  transformPath,
} from "@sig/api";
import type { Forest, LogSigMethod, Tensor, Tree } from "@sig/api";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../src/compare.js";
import { coefficient, concatenate, mapEntries, points, reverse } from "../../src/pathTools.js";
import { type PathCase, branchedPaths, property } from "../../src/properties.js";
import { basisOf, forestShuffles, lyndonForests, nodesOf, valuesByForest } from "../../src/treeTools.js";
import { itemOf, matrix, randomTensor, stack, tensor, zeros } from "../../src/tensors.js";

/** Relative to the larger of 1 and the result. */
const expectNear = (actual: Tensor, expected: Tensor, tolerance = 1e-10): void => expectClose(actual, expected, { tolerance, floor: 1 });
const negative = (a: Tensor): Tensor => mapEntries(a, (x) => -x);

const forms = [
  { planar: false, method: 0 },
  { planar: true, method: 0 },
  { planar: true, method: 1 },
  { planar: true, method: 2 },
] as const;
type Form = (typeof forms)[number];

const lengthOf = ({ dimension, degree }: PathCase, { planar, method }: Form): number =>
  method === 0 ? branchedSigLength(dimension, degree, { planar }) : branchedLogSigLength(dimension, degree, { planar });

describe.each(forms.map((form) => [`branched log-signatures, planar ${form.planar}, method ${form.method}`, form] as const))(
  "%s",
  (_, form) => {
    property("exponential and logarithm undo each other", branchedPaths(), (drawn) => {
      const { dimension, degree, random } = drawn;
      const x = randomTensor(random, [2, lengthOf(drawn, form)]);
      expectNear(branchedSigToLogSig(branchedLogSigToSig(x, dimension, degree, form), dimension, degree, form), x);
      if (form.method !== 0) return;
      expectNear(branchedLogSigToSig(branchedSigToLogSig(x, dimension, degree, form), dimension, degree, form), x);
    });

    property("that of a path determines its branched signature", branchedPaths(), ({ path, dimension, degree }) => {
      expectNear(
        branchedLogSigToSig(branchedLogSig(path, degree, form), dimension, degree, form),
        branchedSig(path, degree, { planar: form.planar }),
      );
    });

    property("the reversed path has the opposite one", branchedPaths(), ({ path, degree }) => {
      expectNear(branchedLogSig(reverse(path), degree, form), negative(branchedLogSig(path, degree, form)));
    });

    property("a straight line has the linear one", branchedPaths(), ({ dimension, degree, random }) => {
      const v = randomTensor(random, [dimension]);
      const line = tensor([...v.data.map(() => 0), ...v.data.map((x) => 0.3 * x), ...v.data], [3, dimension]);
      expectNear(branchedLogSig(line, degree, form), linearBranchedLogSig(v, dimension, degree, form));
    });

    property(
      "flags stand for the transformed path",
      branchedPaths({ minLength: 2, maxDimension: 2, maxDegree: 3 }),
      ({ path, degree, random }) => {
        const flags = { timeAug: random() < 0.5, leadLag: random() < 0.5, endTime: 3 * random() };
        expectNear(branchedLogSig(path, degree, { ...form, ...flags }), branchedLogSig(transformPath(path, flags), degree, form));
      },
    );

    property("dilation by c multiplies the coordinates of n nodes by c^n", branchedPaths({ minLength: 2 }), (drawn) => {
      const { path, dimension, degree, random } = drawn;
      const c = 4 * random() - 2;
      const basis = basisOf(dimension, degree, form.planar);
      const nodes = (form.method === 0 ? basis : lyndonForests(dimension, degree).map((place) => basis[place]!)).map(nodesOf);
      const dilated = mapEntries(path, (x) => c * x);
      expectNear(
        branchedLogSig(dilated, degree, form),
        mapEntries(branchedLogSig(path, degree, form), (x, i) => x * c ** (nodes[i] ?? NaN)),
        1e-9,
      );
    });

    property("a batch holds those of its paths", branchedPaths({ batch: [2, 2] }), ({ path, degree }) => {
      const singles = Array.from({ length: 4 }, (_unused, i) => branchedLogSig(itemOf(path, 2, i), degree, form));
      expectNear(branchedLogSig(path, degree, form), stack(singles, [2, 2], singles[0]?.shape ?? [], "float64"));
    });

    property(
      "the logarithm of a corrected segment is its increment and its correction",
      branchedPaths({ minLength: 2, maxLength: 2 }),
      (drawn) => {
        const { path, dimension, degree, random } = drawn;
        if (degree < 2) return;
        let width = 0;
        for (let k = 2; k <= degree; k++) width += dimension ** k;
        const correction = randomTensor(random, [width]);
        const basis = basisOf(dimension, degree, form.planar);
        const places = form.method === 0 ? basis.map((_unused, place) => place) : lyndonForests(dimension, degree);
        const expected = places.map((place) => {
          const labels = chainLabels(basis[place]!);
          if (labels === undefined) return 0;
          if (labels.length === 1) return (path.data[dimension + labels[0]!] ?? NaN) - (path.data[labels[0]!] ?? NaN);
          return coefficient(tensor([...zeros([dimension]).data, ...correction.data], [dimension + width]), labels, dimension);
        });
        expectNear(branchedLogSig(path, degree, { ...form, correction }), tensor(expected, [expected.length]));
      },
    );
  },
);

/** The labels of a chain from the root to the leaf, if the forest is a chain. */
function chainLabels(forest: Forest): number[] | undefined {
  if (forest.length !== 1) return undefined;
  const tree = forest[0] as Tree;
  const children = tree.slice(0, -1) as Tree[];
  const label = tree[tree.length - 1] as number;
  if (children.length === 0) return [label];
  const rest = chainLabels(children);
  return rest && [label, ...rest];
}

describe("branched log-signatures", () => {
  property(
    "along chains, and with planar along rows of single nodes, they are log-signatures",
    branchedPaths(),
    ({ path, dimension, degree }) => {
      const log = logSig(path, degree, { method: 0 });
      for (const planar of [false, true]) {
        const branched = branchedLogSig(path, degree, { planar, method: 0 });
        basisOf(dimension, degree, planar).forEach((forest, i) => {
          const chain = chainLabels(forest)?.reverse();
          const isRow = forest.every((tree) => tree.length === 1);
          const word = isRow ? forest.map((tree) => tree[0] as number) : chain;
          if (word)
            expect(Math.abs((branched.data[i] ?? NaN) - coefficient(log, word, dimension)), JSON.stringify(forest)).toBeLessThan(1e-10);
        });
      }
    },
  );

  property("with planar they are Lie elements: orthogonal to every shuffle of forests", branchedPaths({ minLength: 2 }), (drawn) => {
    const { path, dimension, degree, random } = drawn;
    const at = valuesByForest(branchedLogSig(path, degree, { planar: true, method: 0 }), dimension, degree, true);
    const basis = basisOf(dimension, degree, true);
    const first = basis[Math.floor(random() * basis.length)]!;
    const fitting = basis.filter((forest) => nodesOf(first) + nodesOf(forest) <= degree);
    if (fitting.length === 0) return;
    const terms = forestShuffles(first, fitting[Math.floor(random() * fitting.length)]!).map(at);
    expect(Math.abs(terms.reduce((sum, x) => sum + x, 0))).toBeLessThan(1e-11 * (1 + terms.reduce((sum, x) => sum + Math.abs(x), 0)));
  });

  property("method 1 is method 0 at the Lyndon forests, and the default with planar", branchedPaths(), ({ path, dimension, degree }) => {
    const log = branchedLogSig(path, degree, { planar: true, method: 0 });
    const picked = lyndonForests(dimension, degree).map((place) => log.data[place]!);
    expectNear(branchedLogSig(path, degree, { planar: true }), tensor(picked, [picked.length]));
    expectNear(branchedLogSig(path, degree), branchedLogSig(path, degree, { method: 0 }));
  });

  property("method 3 is method 2", branchedPaths({ batch: [3] }), ({ path, degree }) => {
    expectNear(branchedLogSig(path, degree, { planar: true, method: 3 }), branchedLogSig(path, degree, { planar: true, method: 2 }));
  });

  property("combining them is multiplying branched signatures", branchedPaths(), (drawn) => {
    const { dimension, degree, random } = drawn;
    const form = { planar: true, method: 2 } as const;
    const [a, b] = [0, 1].map(() => randomTensor(random, [2, lengthOf(drawn, form)])) as [Tensor, Tensor];
    const toSig = (x: Tensor): Tensor => branchedLogSigToSig(x, dimension, degree, form);
    const product = branchedSigCombine(toSig(a), toSig(b), dimension, degree, { planar: true });
    expectNear(branchedLogSigCombine(a, b, dimension, degree), branchedSigToLogSig(product, dimension, degree, form));
    expectNear(branchedLogSigCombine(a, negative(a), dimension, degree), zeros(a.shape));
  });

  property(
    "joining makes the path longer by a segment, on either side",
    branchedPaths({ minLength: 2 }),
    ({ path, dimension, degree, random }) => {
      const form = { planar: true, method: 3 } as const;
      const v = randomTensor(random, [dimension]);
      const segment = tensor([...v.data.map(() => 0), ...v.data], [2, dimension]);
      const log = branchedLogSig(path, degree, form);
      const linear = linearBranchedLogSig(v, dimension, degree, form);
      const behind = branchedLogSigJoin(log, v, dimension, degree);
      const before = branchedLogSigJoin(log, v, dimension, degree, { prepend: true });
      expectNear(behind, branchedLogSig(concatenate(path, segment), degree, form));
      expectNear(before, branchedLogSig(concatenate(segment, path), degree, form));
      expectNear(behind, branchedLogSigCombine(log, linear, dimension, degree));
      expectNear(before, branchedLogSigCombine(linear, log, dimension, degree));
    },
  );

  property("a path's joins up segment by segment", branchedPaths({ minLength: 2, maxLength: 5 }), ({ path, dimension, degree, length }) => {
    const step = (t: number): Tensor => {
      const [from, to] = [points(path, t - 1, t).data, points(path, t, t + 1).data];
      return tensor(
        to.map((x, c) => x - (from[c] ?? NaN)),
        [dimension],
      );
    };
    let joined = linearBranchedLogSig(step(1), dimension, degree, { planar: true, method: 2 });
    for (let t = 2; t < length; t++) joined = branchedLogSigJoin(joined, step(t), dimension, degree);
    expectNear(joined, branchedLogSig(path, degree, { planar: true, method: 2 }));
  });

  property("the scalar term of method 0 is a leading 0, and there is none otherwise", branchedPaths(), ({ path, degree, random }) => {
    const planar = random() < 0.5;
    const log = branchedLogSig(path, degree, { planar, method: 0 });
    expectNear(branchedLogSig(path, degree, { planar, method: 0, scalarTerm: true }), tensor([0, ...log.data], [log.data.length + 1]));
    const compressed = branchedLogSig(path, degree, { planar: true, method: 2 });
    expectNear(branchedLogSig(path, degree, { planar: true, method: 2, scalarTerm: true }), compressed);
  });
});

describe("methods 1 and 2", () => {
  const log = (method: LogSigMethod): Tensor =>
    branchedLogSig(
      matrix([
        [0, 0, 0],
        [1, 0, 0],
        [1, 1, 0],
        [1, 1, 1],
      ]),
      3,
      { planar: true, method },
    );

  it("differ where a bracket has more than one Lyndon forest", () => {
    const basis = basisOf(3, 3, true);
    const forests = lyndonForests(3, 3).map((place) => basis[place]!);
    expect([forests[18], forests[19]]).toEqual([
      [[0], [1], [2]],
      [[0], [2], [1]],
    ]);
    expect([...log(1).data.slice(18, 20)].map((x) => Math.round(6 * x))).toEqual([2, -1]);
    expect([...log(2).data.slice(18, 20)].map((x) => Math.round(6 * x))).toEqual([2, 1]);
    expectNear(log(3), log(2), 1e-14);
  });
});
