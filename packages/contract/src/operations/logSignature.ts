import { exponential, fromRow, levelLengths, logarithm, multiply, type Series, toRow, vector as seriesOf } from "../reference/algebra.js";
import { type Jet, join } from "../reference/jet.js";
import { atLyndonWords, bracketsFromWords, expandBrackets, lyndonBasis, toBrackets } from "../reference/lyndon.js";
import { augment, correctionSeries, prefixSignatures } from "../reference/paths.js";
import { type Grid, type Sample, algebraDimension, rowLength, sample, samples } from "./sample.js";
import { type Operation, brackets, coordinates, path, producedRow, streamed, tensorRow, vector } from "./spec.js";
import { pathEdges, pathGrid } from "./signature.js";

const methodOf = (s: Sample): number => s.options.method ?? 1;

/** An element without scalar part in the coordinates of the sample's method. */
function toCoordinates(log: Series, s: Sample, scalar: boolean): Jet {
  if (methodOf(s) === 0) return toRow(log, scalar);
  const pick = methodOf(s) === 1 ? atLyndonWords : toBrackets;
  return pick(toRow(log, false), lyndonBasis(algebraDimension(s), s.degree));
}

function fromCoordinates(x: Jet, s: Sample): Series {
  const dimension = algebraDimension(s);
  if (methodOf(s) === 0) return fromRow(x, dimension, s.degree, 0);
  const basis = lyndonBasis(dimension, s.degree);
  const inBrackets = methodOf(s) === 1 ? bracketsFromWords(x, basis) : x;
  return fromRow(expandBrackets(inBrackets, basis, rowLength(s, false)), dimension, s.degree, 0);
}

const lie = (x: Jet, s: Sample): Series => fromCoordinates(x, { ...s, options: { ...s.options, method: 2 } });
const lieCoordinates = (x: Series, s: Sample): Jet => toCoordinates(x, { ...s, options: { ...s.options, method: 2 } }, false);

const algebraGrid: Grid = {
  sizes: [
    [1, 3],
    [2, 1],
    [2, 2],
    [2, 3],
    [2, 5],
    [3, 1],
    [3, 2],
    [3, 3],
    [3, 4],
    [5, 2],
    [4, 3],
  ],
  scalars: [false, true],
};
/** Dimension given after augmentation or through the flags, which only change it here. */
const flags = { timeAug: [undefined, undefined, true], leadLag: [undefined, undefined, true] } as const;
const batchZero = [sample({ batch: [0] }), sample({ batch: [3, 0], options: { method: 2 } })];
const producedLevels = (s: Sample): readonly number[] => levelLengths(algebraDimension(s), s.degree, s.options.scalarTerm ?? false);

export const logSignature: readonly Operation[] = [
  {
    name: "logSig",
    positional: ["path", "degree"],
    arrays: { path },
    options: ["timeAug", "leadLag", "endTime", "method", "scalarTerm", "stream", "correction"],
    reference: ([points], s, correction) => {
      const dimension = algebraDimension(s);
      const added = correction && ((segment: number) => correctionSeries(correction[segment] ?? [], s.dimension, dimension, s.degree));
      const prefixes = prefixSignatures(augment(points!, s.dimension, s.options), dimension, s.degree, added);
      const wanted = s.options.stream ? prefixes.slice(1) : prefixes.slice(-1);
      return join(wanted.map((prefix) => toCoordinates(logarithm(prefix), s, s.options.scalarTerm ?? false)));
    },
    output: streamed(coordinates(producedRow)),
    backprop: {
      name: "logSigBackprop",
      positional: ["path", "logSigDerivs", "degree"],
      arrays: ["path"],
      derivs: "logSigDerivs",
      options: ["timeAug", "leadLag", "endTime", "method", "scalarTerm", "stream", "correction"],
    },
    samples: [
      ...samples(
        "logSig",
        { ...pathGrid, options: { ...pathGrid.options, scalarTerm: [undefined, true], method: [undefined, 0, 1, 2, 3, 3] } },
        5,
        300,
      ),
      ...[0, 1, 2, 3].flatMap((method) => pathEdges.map((s) => ({ ...s, options: { ...s.options, method } }))),
      ...[0, 1, 2, 3].map((method) => sample({ dimension: 3, degree: 3, length: 40, batch: [3], options: { method } })),
    ].map((s) => (s.options.method === 3 ? { ...s, correction: undefined } : s)),
  },
  {
    name: "sigToLogSig",
    positional: ["sig", "dimension", "degree"],
    arrays: { sig: tensorRow },
    options: ["timeAug", "leadLag", "method"],
    reference: ([sig], s) => toCoordinates(logarithm(fromRow(sig!, algebraDimension(s), s.degree, 1)), s, s.scalar),
    output: coordinates(tensorRow),
    backprop: {
      name: "sigToLogSigBackprop",
      positional: ["sig", "logSigDerivs", "dimension", "degree"],
      arrays: ["sig"],
      derivs: "logSigDerivs",
      options: ["timeAug", "leadLag", "method"],
    },
    samples: [...samples("sigToLogSig", { ...algebraGrid, options: { ...flags, method: [undefined, 0, 1, 2] } }, 3, 130), ...batchZero],
  },
  {
    name: "logSigToSig",
    positional: ["logSig", "dimension", "degree"],
    arrays: { logSig: coordinates(tensorRow) },
    options: ["timeAug", "leadLag", "method", "scalarTerm"],
    reference: ([logSig], s) =>
      toRow(exponential(fromCoordinates(logSig!, s)), methodOf(s) === 0 ? s.scalar : (s.options.scalarTerm ?? false)),
    output: (s) => (methodOf(s) === 0 ? tensorRow(s) : producedRow(s)),
    levels: (s) => (methodOf(s) === 0 ? levelLengths(algebraDimension(s), s.degree, s.scalar) : producedLevels(s)),
    backprop: {
      name: "logSigToSigBackprop",
      positional: ["logSig", "sigDerivs", "dimension", "degree"],
      arrays: ["logSig"],
      derivs: "sigDerivs",
      options: ["timeAug", "leadLag", "method", "scalarTerm"],
    },
    samples: [
      ...samples(
        "logSigToSig",
        { ...algebraGrid, options: { ...flags, method: [undefined, 0, 1, 2], scalarTerm: [undefined, true] } },
        3,
        130,
      ),
      ...batchZero,
    ],
  },
  {
    name: "linearLogSig",
    positional: ["displacement", "dimension", "degree"],
    arrays: { displacement: vector },
    options: ["method", "scalarTerm"],
    reference: ([displacement], s) => toCoordinates(seriesOf(displacement!, s.degree), s, s.options.scalarTerm ?? false),
    output: coordinates(producedRow),
    backprop: {
      name: "linearLogSigBackprop",
      positional: ["derivs", "displacement", "dimension", "degree"],
      arrays: ["displacement"],
      derivs: "derivs",
      options: ["method", "scalarTerm"],
    },
    samples: [
      ...samples("linearLogSig", { ...algebraGrid, options: { method: [undefined, 0, 1, 2, 3], scalarTerm: [undefined, true] } }),
      ...batchZero,
    ],
  },
  {
    name: "logSigCombine",
    positional: ["logSig1", "logSig2", "dimension", "degree"],
    arrays: { logSig1: brackets, logSig2: brackets },
    options: ["timeAug", "leadLag"],
    reference: ([left, right], s) => lieCoordinates(logarithm(multiply(exponential(lie(left!, s)), exponential(lie(right!, s)))), s),
    output: brackets,
    backprop: {
      name: "logSigCombineBackprop",
      positional: ["deriv", "ls1", "ls2", "dimension", "degree"],
      arrays: ["ls1", "ls2"],
      derivs: "deriv",
      options: ["timeAug", "leadLag"],
    },
    samples: [...samples("logSigCombine", { ...algebraGrid, options: flags }, 3, 130), ...batchZero],
  },
  {
    name: "logSigJoin",
    positional: ["logSig", "displacement", "dimension", "degree"],
    arrays: { logSig: brackets, displacement: vector },
    options: ["prepend"],
    reference: ([logSig, displacement], s) => {
      const left = exponential(lie(logSig!, s));
      const segment = exponential(seriesOf(displacement!, s.degree));
      return lieCoordinates(logarithm(s.options.prepend ? multiply(segment, left) : multiply(left, segment)), s);
    },
    output: brackets,
    backprop: {
      name: "logSigJoinBackprop",
      positional: ["dOut", "logSig", "displacement", "dimension", "degree"],
      arrays: ["logSig", "displacement"],
      derivs: "dOut",
      options: ["prepend"],
    },
    samples: [...samples("logSigJoin", { ...algebraGrid, options: { prepend: [undefined, false, true] } }, 3, 130), ...batchZero],
  },
];
