import { exponential, fromRow, inverse, levelLengths, multiply, toRow, vector as seriesOf } from "../reference/algebra.js";
import { join } from "../reference/jet.js";
import { augment, correctionSeries, prefixSignatures } from "../reference/paths.js";
import { type Grid, type Sample, algebraDimension, sample, samples } from "./sample.js";
import { type Operation, path, producedRow, streamed, tensorRow, vector } from "./spec.js";

export const pathGrid: Grid = {
  sizes: [
    [1, 1],
    [1, 5],
    [2, 1],
    [2, 2],
    [2, 3],
    [2, 4],
    [2, 6],
    [3, 2],
    [3, 3],
    [3, 4],
    [4, 3],
    [5, 2],
    [8, 2],
    [13, 2],
  ],
  lengths: [1, 2, 3, 4, 7, 12],
  options: {
    timeAug: [false, true, undefined],
    leadLag: [false, false, true],
    endTime: [undefined, 2.5, -1],
    stream: [false, false, true],
  },
  corrections: [undefined, undefined, { degree: 2, layout: "row" }, { degree: 2, layout: "segment" }, { degree: 3, layout: "batch" }],
};

/** No batch at all, an empty batch, no segment, no level. */
export const pathEdges: readonly Sample[] = [
  sample({ batch: [0] }),
  sample({ batch: [2, 0, 3], options: { timeAug: true } }),
  sample({ length: 0, batch: [2] }),
  sample({ length: 0, options: { leadLag: true, timeAug: true } }),
  sample({ length: 1, options: { stream: true } }),
  sample({ length: 1, options: { leadLag: true, stream: true } }),
];

export const degreeZero: readonly Sample[] = [
  sample({ degree: 0, batch: [2] }),
  sample({ degree: 0, scalar: true, options: { scalarTerm: true } }),
];

const algebraGrid: Grid = {
  sizes: [
    [1, 4],
    [2, 1],
    [2, 2],
    [2, 3],
    [2, 5],
    [3, 1],
    [3, 2],
    [3, 3],
    [3, 4],
    [5, 2],
    [7, 2],
    [4, 3],
  ],
  scalars: [false, true],
};

const batchZero = [sample({ batch: [0] }), sample({ batch: [3, 0], scalar: true })];
const rowLevels = (scalar: (s: Sample) => boolean) => (s: Sample) => levelLengths(algebraDimension(s), s.degree, scalar(s));

export const signature: readonly Operation[] = [
  {
    name: "sig",
    positional: ["path", "degree"],
    arrays: { path },
    options: ["timeAug", "leadLag", "endTime", "horner", "scalarTerm", "stream", "correction"],
    reference: ([points], s, correction) => {
      const dimension = algebraDimension(s);
      const added = correction && ((segment: number) => correctionSeries(correction[segment] ?? [], s.dimension, dimension, s.degree));
      const prefixes = prefixSignatures(augment(points!, s.dimension, s.options), dimension, s.degree, added);
      const wanted = s.options.stream ? prefixes.slice(1) : prefixes.slice(-1);
      return join(wanted.map((prefix) => toRow(prefix, s.options.scalarTerm ?? false)));
    },
    output: streamed(producedRow),
    levels: rowLevels((s) => s.options.scalarTerm ?? false),
    backprop: {
      name: "sigBackprop",
      positional: ["path", "sig", "sigDerivs", "degree"],
      arrays: ["path"],
      derivs: "sigDerivs",
      value: "sig",
      options: ["timeAug", "leadLag", "endTime", "stream", "correction"],
    },
    samples: [
      ...samples("sig", { ...pathGrid, options: { ...pathGrid.options, scalarTerm: [false, true], horner: [undefined, true, false] } }, 4),
      ...pathEdges,
      ...degreeZero,
      sample({ dimension: 3, degree: 3, length: 60, batch: [4] }),
      sample({ dimension: 2, degree: 8, length: 3 }),
    ],
  },
  {
    name: "sigCombine",
    positional: ["sig1", "sig2", "dimension", "degree"],
    arrays: { sig1: tensorRow, sig2: tensorRow },
    options: ["timeAug", "leadLag"],
    reference: ([left, right], s) => {
      const series = (row: typeof left) => fromRow(row!, algebraDimension(s), s.degree, 1);
      return toRow(multiply(series(left), series(right)), s.scalar);
    },
    output: tensorRow,
    levels: rowLevels((s) => s.scalar),
    backprop: {
      name: "sigCombineBackprop",
      positional: ["deriv", "sig1", "sig2", "dimension", "degree"],
      arrays: ["sig1", "sig2"],
      derivs: "deriv",
      options: ["timeAug", "leadLag"],
    },
    samples: [
      ...samples("sigCombine", { ...algebraGrid, options: { timeAug: [undefined, true], leadLag: [undefined, false, true] } }, 2, 130),
      ...degreeZero,
      ...batchZero,
    ],
  },
  {
    name: "sigJoin",
    positional: ["sig", "displacement", "dimension", "degree"],
    arrays: { sig: tensorRow, displacement: vector },
    options: ["prepend"],
    reference: ([sig, displacement], s) => {
      const left = fromRow(sig!, s.dimension, s.degree, 1);
      const segment = exponential(seriesOf(displacement!, s.degree));
      return toRow(s.options.prepend ? multiply(segment, left) : multiply(left, segment), s.scalar);
    },
    output: tensorRow,
    levels: rowLevels((s) => s.scalar),
    backprop: {
      name: "sigJoinBackprop",
      positional: ["dOut", "sig", "displacement", "dimension", "degree"],
      arrays: ["sig", "displacement"],
      derivs: "dOut",
      options: ["prepend"],
    },
    samples: [...samples("sigJoin", { ...algebraGrid, options: { prepend: [undefined, false, true] } }, 3), ...degreeZero, ...batchZero],
  },
  {
    name: "linearSig",
    positional: ["displacement", "dimension", "degree"],
    arrays: { displacement: vector },
    options: ["scalarTerm"],
    reference: ([displacement], s) => toRow(exponential(seriesOf(displacement!, s.degree)), s.options.scalarTerm ?? false),
    output: producedRow,
    levels: rowLevels((s) => s.options.scalarTerm ?? false),
    backprop: {
      name: "linearSigBackprop",
      positional: ["derivs", "displacement", "dimension", "degree"],
      arrays: ["displacement"],
      derivs: "derivs",
      options: ["scalarTerm"],
    },
    samples: [
      ...samples("linearSig", { ...algebraGrid, options: { scalarTerm: [undefined, false, true] } }, 2),
      ...degreeZero,
      ...batchZero,
    ],
  },
  {
    name: "sigInverse",
    positional: ["sig", "dimension", "degree"],
    arrays: { sig: tensorRow },
    options: [],
    reference: ([sig], s) => toRow(inverse(fromRow(sig!, s.dimension, s.degree, 1)), s.scalar),
    output: tensorRow,
    levels: rowLevels((s) => s.scalar),
    backprop: {
      name: "sigInverseBackprop",
      positional: ["derivs", "sig", "dimension", "degree"],
      arrays: ["sig"],
      derivs: "derivs",
      options: [],
    },
    samples: [...samples("sigInverse", algebraGrid, 2), ...degreeZero, ...batchZero],
  },
];
