import { BranchedReference, type Functional } from "../reference/branched.js";
import type { Jet } from "../reference/jet.js";
import { augment } from "../reference/paths.js";
import { degreeZero, pathEdges } from "./signature.js";
import { type Grid, type Sample, algebraDimension, samples, sample } from "./sample.js";
import { type ItemShape, type Operation, path, vector } from "./spec.js";

export const referenceOf = (s: Sample): BranchedReference => BranchedReference.of(algebraDimension(s), s.degree, s.options.planar ?? false);

export const levelsOf = (s: Sample, scalar: boolean): readonly number[] => [...(scalar ? [1] : []), ...referenceOf(s).levels];
const lengthOf = (s: Sample, scalar: boolean): number => levelsOf(s, scalar).reduce((sum, n) => sum + n, 0);
/** A branched signature given as input, in the format of the sample, or made, in the format that the options ask for. */
export const givenRow: ItemShape = (s) => [lengthOf(s, s.scalar)];
export const madeRow: ItemShape = (s) => [lengthOf(s, s.options.scalarTerm ?? false)];

/** Any tree stands for the planar forest of it alone. */
const treesFor = (s: Sample): readonly unknown[] =>
  (s.options.planar ? forests : trees).filter((tree) => fits(tree, algebraDimension(s), s.degree));
const trees: readonly unknown[] = [
  [0],
  null,
  [[0], 0],
  [[1], [0], 0],
  [[[1], 1], 0],
  [[2], [0], 1],
  [0],
  [[[0], [1], 0], [1], 0],
  [[[[0], 1], 0], 1],
];
const forests: readonly unknown[] = [...trees, [[0], [1]], [[[0], 1], [0]], [[1], [[0], 0], [0]]];
const fits = (tree: unknown, dimension: number, degree: number): boolean => {
  const labels = JSON.stringify(tree).match(/\d+/g) ?? [];
  return labels.length <= degree && labels.every((label) => Number(label) < dimension);
};
const withTrees = (list: readonly Sample[]): Sample[] => list.map((s) => ({ ...s, trees: treesFor(s) }));
const columns: ItemShape = (s) => [s.trees.length];

const subtract = (a: Jet, b: Jet): Jet => ({
  value: a.value.map((x, i) => x - b.value[i]!),
  slope: a.slope.map((x, i) => x - b.slope[i]!),
});

export const pathGrid: Grid = {
  sizes: [
    [1, 1],
    [1, 4],
    [2, 1],
    [2, 2],
    [2, 3],
    [3, 2],
    [3, 3],
    [5, 2],
  ],
  lengths: [1, 2, 3, 4, 7, 12],
  options: {
    timeAug: [false, true, undefined],
    leadLag: [false, false, true],
    endTime: [undefined, 2.5, -1],
    planar: [false, true],
    scalarTerm: [false, true],
  },
  corrections: [undefined, { degree: 2, layout: "row" }, { degree: 2, layout: "segment" }, { degree: 3, layout: "batch" }],
};

export const algebraGrid: Grid = {
  sizes: [
    [1, 4],
    [2, 1],
    [2, 2],
    [2, 3],
    [3, 2],
    [3, 3],
    [4, 2],
  ],
  batches: [[], [1], [3], [2, 3], [9]],
  scalars: [false, true],
  options: { planar: [undefined, false, true] },
};

const planarToo = (list: readonly Sample[]): Sample[] => list.flatMap((s) => [s, { ...s, options: { ...s.options, planar: true } }]);
export const batchZero = planarToo([sample({ batch: [0] }), sample({ batch: [3, 0], scalar: true })]);
export const signatureOf = (points: Jet, s: Sample, correction: readonly (readonly number[])[] | undefined): Functional => {
  const reference = referenceOf(s);
  const augmented = augment(points, s.dimension, s.options);
  let x = reference.unit();
  for (let i = 1; i < augmented.length; i++) {
    const segment = reference.segment(subtract(augmented[i]!, augmented[i - 1]!), correction?.[i - 1], s.dimension);
    x = reference.multiply(x, reference.exponential(segment));
  }
  return x;
};

export const edges = planarToo(pathEdges).map((s) => ({ ...s, options: { ...s.options, stream: undefined } }));

/** Sizes at which the reference, whose forests are many, still takes little time. */
export const large = planarToo([
  sample({ dimension: 2, degree: 4, length: 30 }),
  sample({ dimension: 3, degree: 3, length: 9, batch: [2, 5] }),
  sample({ dimension: 6, degree: 2, length: 5, batch: [33] }),
  sample({ dimension: 2, degree: 3, length: 100, batch: [2] }),
  sample({ dimension: 2, degree: 3, length: 20, batch: [301] }),
]);

export const branched: readonly Operation[] = [
  {
    name: "branchedSig",
    positional: ["path", "degree"],
    arrays: { path },
    options: ["timeAug", "leadLag", "endTime", "planar", "scalarTerm", "correction"],
    reference: ([points], s, correction) => referenceOf(s).toRow(signatureOf(points!, s, correction), s.options.scalarTerm ?? false),
    output: madeRow,
    levels: (s) => levelsOf(s, s.options.scalarTerm ?? false),
    backprop: {
      name: "branchedSigBackprop",
      positional: ["path", "bsig", "bsigDerivs", "degree"],
      arrays: ["path"],
      derivs: "bsigDerivs",
      value: "bsig",
      options: ["timeAug", "leadLag", "endTime", "planar", "correction"],
    },
    large,
    samples: [
      ...samples("branchedSig", pathGrid, 4, 60),
      ...edges,
      ...planarToo(degreeZero),
      ...planarToo([
        sample({ dimension: 3, degree: 4, length: 4, batch: [2] }),
        sample({ dimension: 2, degree: 3, length: 60, batch: [4] }),
      ]),
      sample({ dimension: 2, degree: 4, length: 3, correction: { degree: 4, layout: "row" } }),
    ],
  },
  {
    name: "branchedSigCombine",
    positional: ["bsig1", "bsig2", "dimension", "degree"],
    arrays: { bsig1: givenRow, bsig2: givenRow },
    options: ["planar"],
    reference: ([left, right], s) => {
      const reference = referenceOf(s);
      return reference.toRow(reference.multiply(reference.fromRow(left!), reference.fromRow(right!)), s.scalar);
    },
    output: givenRow,
    levels: (s) => levelsOf(s, s.scalar),
    backprop: {
      name: "branchedSigCombineBackprop",
      positional: ["derivs", "bsig1", "bsig2", "dimension", "degree"],
      arrays: ["bsig1", "bsig2"],
      derivs: "derivs",
      options: ["planar"],
    },
    large,
    samples: [...samples("branchedSigCombine", algebraGrid, 3), ...planarToo(degreeZero), ...batchZero],
  },
  {
    name: "branchedSigJoin",
    positional: ["bsig", "displacement", "dimension", "degree"],
    arrays: { bsig: givenRow, displacement: vector },
    options: ["planar", "prepend"],
    reference: ([bsig, displacement], s) => {
      const reference = referenceOf(s);
      const value = reference.fromRow(bsig!);
      const segment = reference.exponential(reference.segment(displacement!));
      return reference.toRow(s.options.prepend ? reference.multiply(segment, value) : reference.multiply(value, segment), s.scalar);
    },
    output: givenRow,
    levels: (s) => levelsOf(s, s.scalar),
    backprop: {
      name: "branchedSigJoinBackprop",
      positional: ["derivs", "bsig", "displacement", "dimension", "degree"],
      arrays: ["bsig", "displacement"],
      derivs: "derivs",
      options: ["planar", "prepend"],
    },
    large,
    samples: [
      ...samples("branchedSigJoin", { ...algebraGrid, options: { ...algebraGrid.options, prepend: [undefined, false, true] } }, 3),
      ...planarToo(degreeZero),
      ...batchZero,
    ],
  },
  {
    name: "linearBranchedSig",
    positional: ["displacement", "dimension", "degree"],
    arrays: { displacement: vector },
    options: ["planar", "scalarTerm"],
    reference: ([displacement], s) => {
      const reference = referenceOf(s);
      return reference.toRow(reference.exponential(reference.segment(displacement!)), s.options.scalarTerm ?? false);
    },
    output: madeRow,
    levels: (s) => levelsOf(s, s.options.scalarTerm ?? false),
    backprop: {
      name: "linearBranchedSigBackprop",
      positional: ["derivs", "displacement", "dimension", "degree"],
      arrays: ["displacement"],
      derivs: "derivs",
      options: ["planar", "scalarTerm"],
    },
    large,
    samples: [
      ...samples("linearBranchedSig", { ...algebraGrid, options: { ...algebraGrid.options, scalarTerm: [undefined, false, true] } }, 2),
      ...planarToo(degreeZero),
      ...batchZero,
    ],
  },
  {
    name: "branchedSigCoef",
    positional: ["path", "trees"],
    arrays: { path },
    options: ["timeAug", "leadLag", "endTime", "planar", "correction"],
    reference: ([points], s, correction) => referenceOf(s).at(signatureOf(points!, s, correction), s.trees),
    output: columns,
    floor: 1,
    backprop: {
      name: "branchedSigCoefBackprop",
      positional: ["path", "trees", "coefs", "derivs"],
      arrays: ["path"],
      derivs: "derivs",
      value: "coefs",
      options: ["timeAug", "leadLag", "endTime", "planar", "correction"],
    },
    large: withTrees(large),
    samples: withTrees([
      ...samples("branchedSigCoef", { ...pathGrid, corrections: [undefined] }, 3, 60),
      ...edges,
      ...planarToo([
        sample({ dimension: 2, degree: 4, length: 9, batch: [3] }),
        sample({ dimension: 2, degree: 4, correction: { degree: 2, layout: "segment" } }),
      ]),
    ]),
  },
  {
    name: "extractBranchedSigCoef",
    positional: ["bsig", "trees", "dimension"],
    arrays: { bsig: madeRow },
    options: ["planar", "scalarTerm"],
    reference: ([bsig], s) => {
      const x = referenceOf(s).fromRow(bsig!);
      // What stands in the scalar slot is read, too.
      if (s.options.scalarTerm) [x.value[0], x.slope[0]] = [bsig!.value[0]!, bsig!.slope[0]!];
      return referenceOf(s).at(x, s.trees);
    },
    output: columns,
    backprop: {
      name: "extractBranchedSigCoefBackprop",
      positional: ["derivs", "trees", "dimension", "degree"],
      arrays: [],
      derivs: "derivs",
      options: ["planar", "scalarTerm"],
    },
    large: withTrees(large).map((s) => ({ ...s, trees: s.trees.filter((tree) => tree !== null) })),
    samples: withTrees([...samples("extractBranchedSigCoef", algebraGrid, 3), ...batchZero]).map((s) =>
      s.options.planar ? { ...s, options: { ...s.options, scalarTerm: true } } : { ...s, trees: s.trees.filter((tree) => tree !== null) },
    ),
  },
];
