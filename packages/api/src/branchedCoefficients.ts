/** Single coefficients of branched signatures: computed for chosen trees, or read from a branched signature. */
import {
  basisPlace,
  branchedSigLengthOf,
  describeShape,
  nodesOf,
  rangeError,
  readTrees,
  treeSelection,
  type Correction,
  type Forest,
  type Table,
  type Tensor,
  type TensorLike,
  type Tree,
  type TreeSelection,
} from "@sig/core";
import { branchedLength, readBranchedAlgebra, type PlanarOptions } from "./branchedInputs.js";
import { readCoefDerivs } from "./coefficients.js";
import {
  pathCall,
  readCorrection,
  readDimension,
  readPath,
  readRows,
  readVectors,
  type AlgebraOptions,
  type CorrectionOptions,
  type PathInput,
  type PathOptions,
} from "./inputs.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { blankLevels, blankLike, shapedLike, tensorOf } from "./outputs.js";

/** An array of trees or, with `planar`, of forests, where a tree stands for the forest of it alone; null is the empty one. */
export type TreesLike = readonly (Tree | Forest | null)[];

export interface BranchedSigCoefOptions extends PathOptions, PlanarOptions, CorrectionOptions {}

export interface ExtractBranchedOptions extends AlgebraOptions, PlanarOptions {
  /** The branched signatures begin with the scalar term. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const PATH_DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, endTime: 1, planar: false, correction: undefined, nJobs: 1 });
const EXTRACT_DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, planar: false, scalarTerm: false, nJobs: 1 });

interface Chosen {
  readonly x: PathInput;
  readonly correction: Correction | undefined;
  readonly columns: number;
  readonly selection: TreeSelection;
}

/** Arguments that branchedSigCoef and its backprop share. */
function readChosen(context: Context, path: TensorLike, trees: TreesLike, options: BranchedSigCoefOptions | undefined): Chosen {
  const given = context.options(options, PATH_DEFAULTS);
  const planar = context.flag("planar", given.planar);
  const x = readPath(context, path, given);
  const list = readTrees(trees, x.letters, planar, context.place("trees"));
  if (list.length === 0) throw rangeError(context.place("trees"), "must hold at least one tree; the empty tree is [null]");
  const degree = list.reduce((most, tree) => Math.max(most, nodesOf(tree)), 0);
  const correction = readCorrection(context, given.correction, x, degree);
  const chains = correction && { dimension: x.dimension, degree: correction.degree, labels: x.letters };
  return { x, correction, columns: list.length, selection: treeSelection(list, x.letters, planar, chains) };
}

/** Whether anything but the values 1 of empty trees and 0 of points is to be computed. */
const hasWork = ({ x, selection }: Chosen): boolean => x.batch > 0 && x.points > 1 && selection.length > 0;

export function* branchedSigCoefBody(
  context: Context,
  path: TensorLike,
  trees: TreesLike,
  options?: BranchedSigCoefOptions,
): Steps<Tensor> {
  const chosen = readChosen(context, path, trees, options);
  const { x, correction, columns, selection } = chosen;
  const { dtype, batch, threads } = x;
  const out = context.zeros("trees", dtype, batch * columns);
  if (hasWork(chosen)) {
    const rowLength = selection.length + 1;
    const rows = blankLevels(context, dtype, batch, rowLength, true);
    yield perform("branchedSig", pathCall(x, { integrals: selection.integrals, correction, out: rows }), 0.95);
    yield perform("extractSigCoef", { dtype, batch, threads, rows: rows.data, rowLength, words: selection.places, out });
  } else {
    const places = selection.places.arrays[0]!;
    for (let i = 0; i < out.length; i++) if (places[i % columns] === 0) out[i] = 1;
  }
  return tensorOf(out, x.batchShape, columns);
}

/**
 * Coefficients of chosen trees of the branched signature of each path, without the rest of it: only the trees that occur below them are
 * computed besides. The coefficient of the empty tree is 1.
 *
 * @param path (..., length, dimension)
 * @param trees at least one tree (with `planar`, forest) over the channels of the transformed path, children without order in any order; in
 *   the order of the result, repeated ones are repeated
 * @param options `timeAug` false, `leadLag` false, `endTime` 1, `planar` false, `correction` none, `nJobs` 1
 * @returns (..., trees)
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape or label, a tree of more than 256 nodes, and where the result would be too large
 * @example branchedSigCoef([[0, 0], [1, 0.5], [0.5, 1]], [[0], [[0], 1]]).data // 0.5, 0.625
 */
export const branchedSigCoef = synchronous("branchedSigCoef", branchedSigCoefBody);

/** The promise form of {@link branchedSigCoef}: also takes `signal`, `onProgress` and `backend`. */
export const branchedSigCoefAsync = promised("branchedSigCoef", branchedSigCoefBody);

export function* branchedSigCoefBackpropBody(
  context: Context,
  path: TensorLike,
  trees: TreesLike,
  coefs: TensorLike,
  derivs: TensorLike,
  options?: BranchedSigCoefOptions,
): Steps<Tensor> {
  const chosen = readChosen(context, path, trees, options);
  const { x, correction, columns, selection } = chosen;
  const gradient = readCoefDerivs(context, x, coefs, derivs, columns, "the number of trees");
  const out = blankLike(context, "path", x);
  if (hasWork(chosen)) {
    const { dtype, batch, threads } = x;
    const rowLength = selection.length + 1;
    const rows = blankLevels(context, dtype, batch, rowLength, true);
    const spread = { dtype, batch, threads, derivs: gradient.data, rowLength, words: selection.places, out: rows.data };
    yield perform("extractSigCoefBackprop", spread, 0.05);
    yield perform("branchedSigBackprop", pathCall(x, { integrals: selection.integrals, correction, derivs: rows, out }));
  } else {
    out.fill(0);
  }
  return shapedLike(x, out);
}

/**
 * The gradient of a function F of `branchedSigCoef(path, trees, options)` with respect to the path. Corrections have no gradient.
 *
 * @param path (..., length, dimension), as given to `branchedSigCoef`
 * @param trees as given to `branchedSigCoef`
 * @param coefs what `branchedSigCoef` gave; its shape is checked
 * @param derivs dF/dcoefs, shaped like `coefs`; those of empty trees count for nothing
 * @param options those given to `branchedSigCoef`
 * @returns dF/dpath, shaped like `path`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, or a bad tree
 * @example branchedSigCoefBackprop(path, [[[0], 1]], branchedSigCoef(path, [[[0], 1]]), [1])
 */
export const branchedSigCoefBackprop = synchronous("branchedSigCoefBackprop", branchedSigCoefBackpropBody);

/** The promise form of {@link branchedSigCoefBackprop}. */
export const branchedSigCoefBackpropAsync = promised("branchedSigCoefBackprop", branchedSigCoefBackpropBody);

export function* extractBranchedSigCoefBody(
  context: Context,
  bsig: TensorLike,
  trees: TreesLike,
  dimension: number,
  options?: ExtractBranchedOptions,
): Steps<Tensor> {
  const given = context.options(options, EXTRACT_DEFAULTS);
  const threads = context.threads(given.nJobs);
  const labels = readDimension(context, dimension, given);
  const planar = context.flag("planar", given.planar);
  const scalar = context.flag("scalarTerm", given.scalarTerm);
  const { data, dtype, batch, batchShape, shape } = readRows(context, "bsig", bsig, 1, "(..., branched signature length)");
  const rowLength = shape[shape.length - 1]!;
  checkLength(context, shape, rowLength, labels, planar, scalar);
  const table = indexTable(context, trees, labels, planar, scalar, rowLength);
  const columns = table.arrays[0]!.length;
  const out = context.blank("trees", dtype, batch * columns);
  if (out.length > 0) yield perform("extractSigCoef", { dtype, batch, threads, rows: data, rowLength, words: table, out });
  return tensorOf(out, batchShape, columns);
}

/** A row must be as long as a branched signature of some degree; else a flag is probably wrong, and every index would be, too. */
function checkLength(
  context: Context,
  shape: readonly number[],
  rowLength: number,
  labels: number,
  planar: boolean,
  scalar: boolean,
): void {
  let length = scalar ? 1 : 0;
  for (let degree = 1; length < rowLength; degree++) length = branchedSigLengthOf(labels, degree, planar, scalar, context.operation);
  if (length === rowLength) return;
  const format = `with planar: ${planar} and scalarTerm: ${scalar}`;
  const problem = `must have the length of a branched signature in dimension ${labels} as its last axis, ${format}, got shape ${describeShape(shape)}`;
  throw rangeError(context.place("bsig"), problem, "INVALID_SHAPE");
}

/** The places of the trees in a row of `rowLength`. */
function indexTable(context: Context, trees: TreesLike, labels: number, planar: boolean, scalar: boolean, rowLength: number): Table {
  const place = context.place("trees");
  const list = readTrees(trees, labels, planar, place);
  if (list.length === 0) throw rangeError(place, "must hold at least one tree");
  const index = Int32Array.from(list, (tree, i) => {
    if (tree === null) {
      if (scalar) return 0;
      throw rangeError(place, `must not hold the empty tree (place ${i}) unless the branched signatures have the scalar term`);
    }
    const at = basisPlace(tree, labels, planar) + (scalar ? 1n : 0n);
    if (at < rowLength) return Number(at);
    throw rangeError(place, `must hold trees of no more nodes than the degree, got ${nodesOf(tree)} nodes at place ${i}`);
  });
  return { key: `extractSigCoef:${index.join()}`, arrays: [index] };
}

/**
 * Coefficients of chosen trees, read from branched signatures.
 *
 * @param bsig (..., S), with scalar term if and only if `scalarTerm` is set
 * @param trees at least one tree (with `planar`, forest) over the channels of the transformed path, of no more nodes than the degree; null,
 *   the empty tree, only with `scalarTerm`
 * @param dimension channels of the path, at least 1
 * @param options `timeAug` false and `leadLag` false (the path was transformed), `planar` false, `scalarTerm` false, `nJobs` 1
 * @returns (..., trees)
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a length that no branched signature has, a bad label, or too large a tree
 * @example extractBranchedSigCoef([0.5, 1, 0.125, 0.625, -0.125, 0.5], [[0], [[0], 1]], 2).data // 0.5, 0.625
 */
export const extractBranchedSigCoef = synchronous("extractBranchedSigCoef", extractBranchedSigCoefBody);

/** The promise form of {@link extractBranchedSigCoef}: also takes `signal`, `onProgress` and `backend`. */
export const extractBranchedSigCoefAsync = promised("extractBranchedSigCoef", extractBranchedSigCoefBody);

export function* extractBranchedSigCoefBackpropBody(
  context: Context,
  derivs: TensorLike,
  trees: TreesLike,
  dimension: number,
  degree: number,
  options?: ExtractBranchedOptions,
): Steps<Tensor> {
  const given = context.options(options, EXTRACT_DEFAULTS);
  const algebra = readBranchedAlgebra(context, dimension, degree, 0, given);
  const scalar = context.flag("scalarTerm", given.scalarTerm);
  const rowLength = branchedLength(context, algebra, scalar);
  const table = indexTable(context, trees, algebra.dimension, algebra.planar, scalar, rowLength);
  const columns = table.arrays[0]!.length;
  const { threads } = algebra;
  const { data, dtype, batch, batchShape } = readVectors(context, "derivs", derivs, columns, "a derivative for each tree");
  const out = context.zeros("degree", dtype, batch * rowLength);
  if (out.length > 0) yield perform("extractSigCoefBackprop", { dtype, batch, threads, derivs: data, rowLength, words: table, out });
  return tensorOf(out, batchShape, rowLength);
}

/**
 * The gradient of a function F of `extractBranchedSigCoef(bsig, trees, ...)`: each derivative at the place of its tree, those of a repeated
 * tree added up. Not in pysiglib.
 *
 * @param derivs dF/dout, (..., trees)
 * @param trees as given to `extractBranchedSigCoef`
 * @param dimension channels of the path, at least 1
 * @param degree truncation of the branched signatures, at least 0
 * @param options those given to `extractBranchedSigCoef`: `timeAug` false, `leadLag` false, `planar` false, `scalarTerm` false, `nJobs` 1
 * @returns dF/dbsig, (..., S)
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape, a bad label, or a tree of more nodes than the degree
 * @example extractBranchedSigCoefBackprop([1, 2], [[0], [[0], 1]], 2, 2).data // 1, 0, 0, 2, 0, 0
 */
export const extractBranchedSigCoefBackprop = synchronous("extractBranchedSigCoefBackprop", extractBranchedSigCoefBackpropBody);

/** The promise form of {@link extractBranchedSigCoefBackprop}. */
export const extractBranchedSigCoefBackpropAsync = promised("extractBranchedSigCoefBackprop", extractBranchedSigCoefBackpropBody);
