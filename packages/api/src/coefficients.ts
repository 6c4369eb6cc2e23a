/** Single signature coefficients: computed for chosen words, or read from a signature. */
import {
  describeShape,
  rangeError,
  readWords,
  wordTrie,
  type Place,
  type Table,
  type Tensor,
  type TensorLike,
  type WordList,
  type WordTrie,
} from "@sig/core";
import {
  checkAgreement,
  levelsLength,
  pathCall,
  readAlgebra,
  readDimension,
  readPath,
  readRows,
  readVectors,
  type AlgebraOptions,
  type PathInput,
  type PathOptions,
  type Rows,
} from "./inputs.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { shapedLike, tensorOf, blankLike } from "./outputs.js";

/** Words over the letters 0 to dimension - 1: a flat array of letters is one word, `[]` no words, `[[]]` the empty word. */
export type WordsLike = readonly number[] | readonly (readonly number[])[];

export interface SigCoefOptions extends PathOptions {
  /** Give every non-empty prefix of each word, shortest first; the empty word gives one value. Default false. */
  readonly prefixes?: boolean | undefined;
}

export interface ExtractOptions extends AlgebraOptions {
  /** The signatures begin with the scalar term. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const PATH_DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, endTime: 1, nJobs: 1 });
const COEF_DEFAULTS = Object.freeze({ ...PATH_DEFAULTS, prefixes: false });
const EXTRACT_DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, scalarTerm: false, nJobs: 1 });

export function* sigCoefBody(context: Context, path: TensorLike, words: WordsLike, options?: SigCoefOptions): Steps<Tensor> {
  const given = context.options(options, COEF_DEFAULTS);
  const prefixes = context.flag("prefixes", given.prefixes);
  const x = readPath(context, path, given);
  const trie = readTrie(context, words, x.letters, prefixes);
  const outputs = outputsOf(trie);
  const out = context.zeros("words", x.dtype, x.batch * outputs.length);
  if (x.points < 2) {
    for (let i = 0; i < out.length; i++) if (outputs[i % outputs.length] === EMPTY_WORD) out[i] = 1;
  } else if (out.length > 0) {
    yield perform("sigCoef", pathCall(x, { words: trie, out }));
  }
  return tensorOf(out, x.batchShape, outputs.length);
}

const EMPTY_WORD = 0;

/** The words to compute, of which there must be one. */
function readTrie(context: Context, words: WordsLike, letters: number, prefixes: boolean): WordTrie {
  const trie = wordTrie(words, letters, prefixes, context.operation);
  if (outputsOf(trie).length > 0) return trie;
  throw rangeError(context.place("words"), "must hold at least one word; the empty word is [[]]");
}

/** The nodes that the columns of the result stand for. */
function outputsOf(trie: WordTrie): ArrayLike<number> {
  return trie.arrays[2]!;
}

/**
 * Coefficients of chosen words of the signature of each path, without the rest of it:
 * one pass over the segments, each prefix of a word updated from the shorter ones. The coefficient of the empty word is 1.
 *
 * @param path (..., length, dimension)
 * @param words at least one word over the letters of the transformed path, in the order of the result; repeated ones are repeated
 * @param options `timeAug` false, `leadLag` false, `endTime` 1, `prefixes` false, `nJobs` 1
 * @returns (..., words), or with `prefixes` (..., sum of the lengths of the words)
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape or letter, and where the result would be too large
 * @example sigCoef([[0, 0], [1, 2], [4, 3]], [[0], [0, 1]]).data // 4, 3.5
 */
export const sigCoef = synchronous("sigCoef", sigCoefBody);

/** The promise form of {@link sigCoef}: also takes `signal`, `onProgress` and `backend`. */
export const sigCoefAsync = promised("sigCoef", sigCoefBody);

/** The derivatives of `count` coefficients of each path, after a look at the coefficients themselves, which `meaning` describes. */
export function readCoefDerivs(context: Context, path: PathInput, coefs: unknown, derivs: unknown, count: number, meaning: string): Rows {
  const value = readVectors(context, "coefs", coefs, count, meaning);
  const gradient = readVectors(context, "derivs", derivs, count, "a derivative for each of coefs");
  checkAgreement(context, "coefs", value, "path", path);
  checkAgreement(context, "derivs", gradient, "path", path);
  return gradient;
}

export function* sigCoefBackpropBody(
  context: Context,
  path: TensorLike,
  words: WordsLike,
  coefs: TensorLike,
  derivs: TensorLike,
  options?: PathOptions,
): Steps<Tensor> {
  const given = context.options(options, PATH_DEFAULTS);
  const x = readPath(context, path, given);
  const trie = readTrie(context, words, x.letters, true);
  const count = outputsOf(trie).length;
  const gradient = readCoefDerivs(context, x, coefs, derivs, count, "what sigCoef gives for these words with prefixes");
  const out = blankLike(context, "path", x);
  if (x.batch > 0 && x.points > 1) {
    yield perform("sigCoefBackprop", pathCall(x, { words: trie, derivs: gradient.data, out }));
  } else {
    out.fill(0);
  }
  return shapedLike(x, out);
}

/**
 * The gradient of a function F of `sigCoef(path, words, { prefixes: true, ... })` with respect to the path.
 * For a function of the words' own coefficients put each derivative at the last prefix of its word, and 0 elsewhere.
 *
 * @param path (..., length, dimension), as given to `sigCoef`
 * @param words as given to `sigCoef`
 * @param coefs what `sigCoef` gave with `prefixes`; its shape is checked, its content trusted
 * @param derivs dF/dcoefs, shaped like `coefs`; the derivatives of empty words count for nothing
 * @param options those given to `sigCoef`: `timeAug` false, `leadLag` false, `endTime` 1, `nJobs` 1
 * @returns dF/dpath, shaped like `path`
 * @throws SigTypeError for an argument of another kind or dtype, or an unknown option
 * @throws SigRangeError for shapes that do not belong together, or a bad letter
 * @example sigCoefBackprop(path, [[0, 1]], sigCoef(path, [[0, 1]], { prefixes: true }), [0, 1])
 */
export const sigCoefBackprop = synchronous("sigCoefBackprop", sigCoefBackpropBody);

/** The promise form of {@link sigCoefBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const sigCoefBackpropAsync = promised("sigCoefBackprop", sigCoefBackpropBody);

export function* extractSigCoefBody(
  context: Context,
  sig: TensorLike,
  words: WordsLike,
  dimension: number,
  options?: ExtractOptions,
): Steps<Tensor> {
  const given = context.options(options, EXTRACT_DEFAULTS);
  const threads = context.threads(given.nJobs);
  const letters = readDimension(context, dimension, given);
  const scalar = context.flag("scalarTerm", given.scalarTerm);
  const rows = readRows(context, "sig", sig, 1, "(..., signature length)");
  const { data, dtype, batch, batchShape, shape } = rows;
  const rowLength = shape[shape.length - 1]!;
  checkSigLength(context, shape, rowLength, letters, scalar);
  const table = indexTable(context, words, letters, scalar, rowLength);
  const count = table.arrays[0]!.length;
  const out = context.blank("words", dtype, batch * count);
  if (out.length > 0) yield perform("extractSigCoef", { dtype, batch, threads, rows: data, rowLength, words: table, out });
  return tensorOf(out, batchShape, count);
}

/** A row must be as long as a signature of some degree; else the flag is probably wrong, and every index would be shifted by one. */
function checkSigLength(context: Context, shape: readonly number[], rowLength: number, letters: number, scalar: boolean): void {
  let length = scalar ? 1 : 0;
  for (let power = letters; length < rowLength; power *= letters) {
    if (letters === 1) return;
    length += power;
  }
  if (length === rowLength) return;
  const format = scalar ? "with scalarTerm: true" : "with scalarTerm: false";
  const problem = `must have the length of a signature in dimension ${letters} as its last axis, ${format}, got shape ${describeShape(shape)}`;
  throw rangeError(context.place("sig"), problem, "INVALID_SHAPE");
}

/** The places of the words in a row of `rowLength`. */
function indexTable(context: Context, words: WordsLike, letters: number, scalar: boolean, rowLength: number): Table {
  const place = context.place("words");
  const list = readWords(words, letters, place);
  const index = new Int32Array(list.start.length - 1);
  for (let i = 0; i < index.length; i++) index[i] = placeOf(list, i, letters, scalar, rowLength, place);
  return { key: `extractSigCoef:${index.join()}`, arrays: [index] };
}

function placeOf({ start, letters: all }: WordList, i: number, letters: number, scalar: boolean, rowLength: number, place: Place): number {
  // A word is a number in base `letters` with the digits 1 to `letters`.
  let at = 0;
  for (let k = start[i]!; k < start[i + 1]!; k++) at = at * letters + all[k]! + 1;
  if (!scalar) at -= 1;
  if (at < 0) throw rangeError(place, `must not hold the empty word (word ${i}) unless the signatures have the scalar term`);
  if (at >= 2 ** 31) throw rangeError(place, `has word ${i} at place ${at}, and places are below 2^31`, "TOO_LARGE");
  if (at < rowLength) return at;
  throw rangeError(
    place,
    `must hold words no longer than the degree of the signatures, got ${start[i + 1]! - start[i]!} letters in word ${i}`,
  );
}

/**
 * Coefficients of chosen words, read from signatures.
 *
 * @param sig (..., S), with scalar term if and only if `scalarTerm` is set
 * @param words words over the letters of the transformed path, none longer than the degree; the empty word only with `scalarTerm`
 * @param dimension channels of the path, at least 1
 * @param options `timeAug` false and `leadLag` false (the path was transformed), `scalarTerm` false, `nJobs` 1
 * @returns (..., words)
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a length that no signature has, a bad letter, or a word that is too long
 * @example extractSigCoef(sig([[0, 0], [1, 2], [4, 3]], 2), [[0], [0, 1], [1, 1]], 2).data // 4, 3.5, 4.5
 */
export const extractSigCoef = synchronous("extractSigCoef", extractSigCoefBody);

/** The promise form of {@link extractSigCoef}: also takes `signal`, `onProgress` and `backend`. */
export const extractSigCoefAsync = promised("extractSigCoef", extractSigCoefBody);

export function* extractSigCoefBackpropBody(
  context: Context,
  derivs: TensorLike,
  words: WordsLike,
  dimension: number,
  degree: number,
  options?: ExtractOptions,
): Steps<Tensor> {
  const given = context.options(options, EXTRACT_DEFAULTS);
  const algebra = readAlgebra(context, dimension, degree, 0, given);
  const scalar = context.flag("scalarTerm", given.scalarTerm);
  const rowLength = levelsLength(context, algebra, scalar);
  const table = indexTable(context, words, algebra.dimension, scalar, rowLength);
  const count = table.arrays[0]!.length;
  const { threads } = algebra;
  const { data, dtype, batch, batchShape } = readVectors(context, "derivs", derivs, count, "a derivative for each word");
  const out = context.zeros("degree", dtype, batch * rowLength);
  if (out.length > 0 && count > 0) {
    yield perform("extractSigCoefBackprop", { dtype, batch, threads, derivs: data, rowLength, words: table, out });
  }
  return tensorOf(out, batchShape, rowLength);
}

/**
 * The gradient of a function F of `extractSigCoef(sig, words, ...)`: each derivative at the place of its word, those of a repeated
 * word added up. Not in pysiglib.
 *
 * @param derivs dF/dout, (..., words)
 * @param words as given to `extractSigCoef`
 * @param dimension channels of the path, at least 1
 * @param degree truncation of the signatures, at least 0
 * @param options those given to `extractSigCoef`: `timeAug` false, `leadLag` false, `scalarTerm` false, `nJobs` 1
 * @returns dF/dsig, (..., S)
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape, a bad letter, or a word longer than the degree
 * @example extractSigCoefBackprop([1, 2], [[0], [0, 1]], 2, 2).data // 1, 0, 0, 2, 0, 0
 */
export const extractSigCoefBackprop = synchronous("extractSigCoefBackprop", extractSigCoefBackpropBody);

/** The promise form of {@link extractSigCoefBackprop}: also takes `signal`, `onProgress` and `backend`. */
export const extractSigCoefBackpropAsync = promised("extractSigCoefBackprop", extractSigCoefBackpropBody);
