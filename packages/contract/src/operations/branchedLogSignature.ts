import type { Functional } from "../reference/branched.js";
import type { Jet } from "../reference/jet.js";
import { atLyndonWords, bracketsFromWords, expandBrackets, toBrackets } from "../reference/lyndon.js";
import { algebraGrid, batchZero, edges, givenRow, large, levelsOf, madeRow, pathGrid, referenceOf, signatureOf } from "./branched.js";
import { type Sample, sample, samples } from "./sample.js";
import { type ItemShape, type Operation, path, vector } from "./spec.js";

const methodOf = (s: Sample): number => s.options.method ?? (s.options.planar ? 1 : 0);
const withOptions = (s: Sample, options: Sample["options"]): Sample => ({ ...s, options: { ...s.options, ...options } });

/** A logarithm in the coordinates of the sample's method. */
function toCoordinates(log: Functional, s: Sample, scalar: boolean): Jet {
  const reference = referenceOf(s);
  if (methodOf(s) === 0) return reference.toRow(log, scalar);
  return (methodOf(s) === 1 ? atLyndonWords : toBrackets)(reference.toRow(log, false), reference.lyndonForests);
}

function fromCoordinates(x: Jet, s: Sample): Functional {
  const reference = referenceOf(s);
  if (methodOf(s) === 0) return reference.fromLogRow(x);
  const { lyndonForests } = reference;
  const brackets = methodOf(s) === 1 ? bracketsFromWords(x, lyndonForests) : x;
  const length = reference.levels.reduce((sum, n) => sum + n, 0);
  return reference.fromLogRow(expandBrackets(brackets, lyndonForests, length));
}

/** A row in the coordinates of the sample's method, that of method 0 in the format of `whole`. */
const coordinates =
  (whole: ItemShape): ItemShape =>
  (s) =>
    methodOf(s) === 0 ? whole(s) : [referenceOf(s).lyndonForests.places.length];

/** Products are those of planar log-signatures in brackets. */
const inBrackets = (s: Sample): Sample => withOptions(s, { planar: true, method: 2 });
const bracketRow: ItemShape = (s) => coordinates(givenRow)(inBrackets(s));

function logProduct(s: Sample, left: Functional, right: Functional): Jet {
  const reference = referenceOf(inBrackets(s));
  return toCoordinates(reference.logarithm(reference.multiply(left, right)), inBrackets(s), false);
}

function exponentialOf(x: Jet, s: Sample): Functional {
  return referenceOf(inBrackets(s)).exponential(fromCoordinates(x, inBrackets(s)));
}

/** Methods beyond 0 are for planar forests alone, and method 3 takes no correction. */
const fitting = (list: readonly Sample[]): Sample[] =>
  list.map((s) => {
    const fit = s.options.planar ? s : withOptions(s, { method: s.options.method === 0 ? 0 : undefined });
    return fit.options.method === 3 ? { ...fit, correction: undefined } : fit;
  });

/** The sample without planar, and with it in each of the methods. */
const inMethods = (methods: readonly number[], s: Sample): Sample[] => [
  withOptions(s, { planar: false }),
  ...methods.map((method) => withOptions(s, { planar: true, method })),
];

const mapGrid = {
  ...algebraGrid,
  options: {
    planar: [undefined, false, true, true],
    method: [undefined, 0, 1, 2],
    timeAug: [undefined, undefined, true],
    leadLag: [undefined, undefined, true],
  },
};
const mapSamples = (name: string): Sample[] => fitting([...samples(name, mapGrid, 4, 60), ...batchZero]);
const largeMaps = large.flatMap((s) => (s.options.planar ? inMethods([0, 1, 2], s) : [])).filter((s) => s.length < 100);

export const branchedLogSignature: readonly Operation[] = [
  {
    name: "branchedLogSig",
    positional: ["path", "degree"],
    arrays: { path },
    options: ["timeAug", "leadLag", "endTime", "planar", "scalarTerm", "method", "correction"],
    reference: ([points], s, correction) =>
      toCoordinates(referenceOf(s).logarithm(signatureOf(points!, s, correction)), s, s.options.scalarTerm ?? false),
    output: coordinates(madeRow),
    backprop: {
      name: "branchedLogSigBackprop",
      positional: ["path", "blogsigDerivs", "degree"],
      arrays: ["path"],
      derivs: "blogsigDerivs",
      options: ["timeAug", "leadLag", "endTime", "planar", "scalarTerm", "method", "correction"],
    },
    large: large.flatMap((s) => (s.options.planar ? inMethods(s.batch.length === 0 ? [0, 1, 3] : [2], s) : [])),
    samples: fitting([
      ...samples("branchedLogSig", { ...pathGrid, options: { ...pathGrid.options, method: [undefined, 0, 1, 2, 3, 3] } }, 6, 60),
      ...edges.flatMap((s) => [s, ...[0, 2, 3].map((method) => withOptions(s, { method }))]),
      sample({ dimension: 2, degree: 4, length: 3, correction: { degree: 4, layout: "row" } }),
      ...inMethods([1, 3], sample({ dimension: 2, degree: 3, length: 40, batch: [3] })),
    ]),
  },
  {
    name: "branchedSigToLogSig",
    positional: ["bsig", "dimension", "degree"],
    arrays: { bsig: givenRow },
    options: ["timeAug", "leadLag", "planar", "method"],
    reference: ([bsig], s) => toCoordinates(referenceOf(s).logarithm(referenceOf(s).fromRow(bsig!)), s, s.scalar),
    output: coordinates(givenRow),
    backprop: {
      name: "branchedSigToLogSigBackprop",
      positional: ["bsig", "blogsigDerivs", "dimension", "degree"],
      arrays: ["bsig"],
      derivs: "blogsigDerivs",
      options: ["timeAug", "leadLag", "planar", "method"],
    },
    large: largeMaps,
    samples: mapSamples("branchedSigToLogSig"),
  },
  {
    name: "branchedLogSigToSig",
    positional: ["blogsig", "dimension", "degree"],
    arrays: { blogsig: coordinates(givenRow) },
    options: ["timeAug", "leadLag", "planar", "method", "scalarTerm"],
    reference: ([blogsig], s) => {
      const scalar = methodOf(s) === 0 ? s.scalar : (s.options.scalarTerm ?? false);
      return referenceOf(s).toRow(referenceOf(s).exponential(fromCoordinates(blogsig!, s)), scalar);
    },
    output: (s) => (methodOf(s) === 0 ? givenRow(s) : madeRow(s)),
    levels: (s) => levelsOf(s, methodOf(s) === 0 ? s.scalar : (s.options.scalarTerm ?? false)),
    backprop: {
      name: "branchedLogSigToSigBackprop",
      positional: ["blogsig", "bsigDerivs", "dimension", "degree"],
      arrays: ["blogsig"],
      derivs: "bsigDerivs",
      options: ["timeAug", "leadLag", "planar", "method", "scalarTerm"],
    },
    large: largeMaps,
    samples: mapSamples("branchedLogSigToSig").map((s, i) => (i % 3 === 0 ? withOptions(s, { scalarTerm: true }) : s)),
  },
  {
    name: "linearBranchedLogSig",
    positional: ["displacement", "dimension", "degree"],
    arrays: { displacement: vector },
    options: ["planar", "method", "scalarTerm"],
    reference: ([displacement], s) => toCoordinates(referenceOf(s).segment(displacement!), s, s.options.scalarTerm ?? false),
    output: coordinates(madeRow),
    backprop: {
      name: "linearBranchedLogSigBackprop",
      positional: ["derivs", "displacement", "dimension", "degree"],
      arrays: ["displacement"],
      derivs: "derivs",
      options: ["planar", "method", "scalarTerm"],
    },
    large: largeMaps,
    samples: fitting([
      ...samples(
        "linearBranchedLogSig",
        { ...algebraGrid, options: { planar: [undefined, false, true], method: [undefined, 0, 1, 2, 3], scalarTerm: [undefined, true] } },
        3,
      ),
      ...batchZero,
    ]),
  },
  {
    name: "branchedLogSigCombine",
    positional: ["blogsig1", "blogsig2", "dimension", "degree"],
    arrays: { blogsig1: bracketRow, blogsig2: bracketRow },
    options: [],
    reference: ([left, right], s) => logProduct(s, exponentialOf(left!, s), exponentialOf(right!, s)),
    output: bracketRow,
    backprop: {
      name: "branchedLogSigCombineBackprop",
      positional: ["derivs", "blogsig1", "blogsig2", "dimension", "degree"],
      arrays: ["blogsig1", "blogsig2"],
      derivs: "derivs",
      options: [],
    },
    large: large.filter((s) => s.options.planar).map(inBrackets),
    samples: [...samples("branchedLogSigCombine", { ...algebraGrid, options: {} }, 3), sample({ batch: [0] }), sample({ batch: [3, 0] })],
  },
  {
    name: "branchedLogSigJoin",
    positional: ["blogsig", "displacement", "dimension", "degree"],
    arrays: { blogsig: bracketRow, displacement: vector },
    options: ["prepend"],
    reference: ([blogsig, displacement], s) => {
      const reference = referenceOf(inBrackets(s));
      const value = exponentialOf(blogsig!, s);
      const segment = reference.exponential(reference.segment(displacement!));
      return s.options.prepend ? logProduct(s, segment, value) : logProduct(s, value, segment);
    },
    output: bracketRow,
    backprop: {
      name: "branchedLogSigJoinBackprop",
      positional: ["derivs", "blogsig", "displacement", "dimension", "degree"],
      arrays: ["blogsig", "displacement"],
      derivs: "derivs",
      options: ["prepend"],
    },
    large: large.filter((s) => s.options.planar).map(inBrackets),
    samples: [
      ...samples("branchedLogSigJoin", { ...algebraGrid, options: { prepend: [undefined, false, true] } }, 4),
      sample({ batch: [0] }),
      sample({ batch: [3, 0], options: { prepend: true } }),
    ],
  },
];
