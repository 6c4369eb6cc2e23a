/** The tables of branched signatures: made at their first use, and kept as prepare.ts keeps those of log-signatures. */
import type { SparseMap, Table, TreeCuts, TreeIntegrals } from "./backend.js";
import { branchedSigLengthOf } from "./branchedSizes.js";
import { keep, recall } from "./cache.js";
import { checkFlag, checkInteger } from "./checks.js";
import { hasCacheDir, readTable, writeTable } from "./diskCache.js";
import { rangeError } from "./errors.js";
import { forestBasis } from "./forests.js";
import { lyndonMapArrays, type LyndonMap } from "./lyndonForests.js";
import { checkBytes } from "./memory.js";
import { readOptions } from "./options.js";
import { checkDevice, prepareInSlices, type PrepareLogSigOptions } from "./prepare.js";
import { augmentedDimension } from "./sizes.js";
import { finish, type Steps } from "./steps.js";
import { TABLE_BYTES } from "./tableSize.js";
import { cutArrays } from "./treeCuts.js";
import { integralArrays, type ChainCorrection } from "./treeIntegrals.js";
import { nodesOf, readTrees, selectionBasis, spell, type TreeList } from "./treeSelection.js";
import type { TreeOptions } from "./trees.js";
import { digest } from "./wordTrie.js";

/** Which branched signatures: labels after all transforms, and the truncation. */
export interface BranchedAlgebra {
  readonly dimension: number;
  readonly degree: number;
  readonly planar: boolean;
}

/** Bytes that an element takes while its tables are made, at most. */
const ELEMENT_BYTES = 600;

function checkSize({ dimension, degree, planar }: BranchedAlgebra, operation: string): void {
  const bytes = ELEMENT_BYTES * branchedSigLengthOf(dimension, degree, planar, false, operation);
  const place = { operation, argument: "degree" };
  if (bytes > TABLE_BYTES) {
    const problem = `is too large: preparing trees of dimension ${dimension} and degree ${degree} takes more than ${TABLE_BYTES / 2 ** 20} MiB`;
    throw rangeError(place, problem, "TOO_LARGE");
  }
  checkBytes(bytes, place);
}

type Kind = "integrals" | "cuts" | `lyndon-${LyndonMap}` | `lyndon-${LyndonMap}-transposed`;

const kindOf = (kind: Kind, planar: boolean): string => `${kind}-${planar ? "forests" : "trees"}`;
const keyOf = (kind: Kind, { dimension, degree, planar }: BranchedAlgebra): string => `${kindOf(kind, planar)}:${dimension}:${degree}`;

const correctionKey = (correction: ChainCorrection | undefined): string =>
  correction === undefined ? "" : `:${correction.dimension}:${correction.degree}`;

/** Looks on disk where that was asked for, computes otherwise, and keeps the table. */
function* tableSteps(kind: Kind, algebra: BranchedAlgebra, operation: string, useDisk: boolean): Steps<Table> {
  const { dimension, degree, planar } = algebra;
  const key = keyOf(kind, algebra);
  let table = recall(key);
  if (table === undefined) {
    checkSize(algebra, operation);
    const stored = useDisk || hasCacheDir() ? yield* readTable(kindOf(kind, planar), dimension, degree, operation) : undefined;
    let arrays = stored;
    if (arrays === undefined) {
      const basis = yield* forestBasis(dimension, degree, planar);
      if (kind === "integrals") arrays = yield* integralArrays(basis);
      else if (kind === "cuts") arrays = yield* cutArrays(basis, { operation, argument: "degree" });
      else arrays = yield* lyndonMapArrays(basis, kind.split("-")[1] as LyndonMap, kind.endsWith("-transposed"));
    }
    table = keep({ key, arrays });
  }
  if (useDisk) yield* writeTable(kindOf(kind, planar), dimension, degree, table.arrays, operation);
  return table;
}

function table(kind: Kind, algebra: BranchedAlgebra, operation: string): Table {
  return recall(keyOf(kind, algebra)) ?? finish(tableSteps(kind, algebra, operation, false));
}

/** The integrals of the whole basis, degree at least 1, for checked arguments; `operation` is named in errors. */
export function treeIntegrals(algebra: BranchedAlgebra, correction: ChainCorrection | undefined, operation: string): TreeIntegrals {
  if (correction === undefined) return table("integrals", algebra, operation);
  const key = keyOf("integrals", algebra) + correctionKey(correction);
  const known = recall(key);
  if (known !== undefined) return known;
  checkSize(algebra, operation);
  const { dimension, degree, planar } = algebra;
  return keep({ key, arrays: finish(integralArrays(finish(forestBasis(dimension, degree, planar)), correction)) });
}

/** The cuts of the whole basis, degree at least 1, for checked arguments; `operation` is named in errors. */
export function treeCuts(algebra: BranchedAlgebra, operation: string): TreeCuts {
  return table("cuts", algebra, operation);
}

/** The map between expanded rows and Lyndon coordinates of a planar algebra; `operation` is named in errors. */
export function lyndonMap(algebra: BranchedAlgebra, map: LyndonMap, transposed: boolean, operation: string): SparseMap {
  return table(transposed ? `lyndon-${map}-transposed` : `lyndon-${map}`, algebra, operation);
}

/** Chosen elements: the integrals of the rows in which their values stand, and their places in such a row, scalar slot included. */
export interface TreeSelection {
  readonly integrals: TreeIntegrals;
  /** `arrays = [place]`, Int32Array, one for each chosen element. */
  readonly places: Table;
  /** Numbers of a row without scalar slot. */
  readonly length: number;
}

/** The table of chosen elements, as `readTrees` gives them, over the labels below `dimension`. */
export function treeSelection(list: TreeList, dimension: number, planar: boolean, correction?: ChainCorrection): TreeSelection {
  const spelt = spell(list);
  const name = spelt.length <= 256 ? spelt.join() : `#${spelt.length}-${digest([spelt])}`;
  const key = `selection-${planar ? "forests" : "trees"}:${dimension}${correctionKey(correction)}:${name}`;
  let integrals = recall(key);
  let places = recall(`${key}:places`);
  if (integrals === undefined || places === undefined) {
    const { basis, places: place } = selectionBasis(list, dimension, planar);
    integrals = keep({ key, arrays: finish(integralArrays(basis, correction)) });
    places = keep({ key: `${key}:places`, arrays: [place] });
  }
  const levelStart = integrals.arrays[0]!;
  return { integrals, places, length: levelStart[levelStart.length - 1]! };
}

export interface PrepareBranchedSigOptions extends PrepareLogSigOptions, TreeOptions {}

const defaults = Object.freeze({ timeAug: false, leadLag: false, planar: false, useDisk: false, device: "both" });

type Given = Record<keyof PrepareBranchedSigOptions, unknown>;

interface Prepared {
  readonly labels: number;
  readonly planar: boolean;
  readonly useDisk: boolean;
}

function readPrepared(operation: string, dimension: unknown, given: Given): Prepared {
  const flag = (argument: "timeAug" | "leadLag" | "planar" | "useDisk"): boolean => checkFlag(given[argument], { operation, argument });
  const channels = checkInteger(dimension, { operation, argument: "dimension" }, { min: 1 });
  const labels = augmentedDimension(channels, { timeAug: flag("timeAug"), leadLag: flag("leadLag") });
  checkDevice(given.device, operation);
  return { labels, planar: flag("planar"), useDisk: flag("useDisk") };
}

function* prepareSigSteps(dimension: unknown, degree: unknown, given: Given): Steps<undefined> {
  const operation = "prepareBranchedSig";
  const { labels, planar, useDisk } = readPrepared(operation, dimension, given);
  const top = checkInteger(degree, { operation, argument: "degree" }, { min: 0 });
  if (top === 0) return undefined;
  const algebra = { dimension: labels, degree: top, planar };
  yield* tableSteps("integrals", algebra, operation, useDisk);
  yield* tableSteps("cuts", algebra, operation, useDisk);
  return undefined;
}

/**
 * Prepares the tables of branched signatures and their products ahead of the first use, which would do it otherwise.
 *
 * @param dimension channels of the path before its transforms, at least 1
 * @param degree truncation, at least 0
 * @param options `timeAug` false, `leadLag` false, `planar` false, `useDisk` false, `device` "both"
 * @throws SigTypeError, SigRangeError; code `TOO_LARGE` where preparing needs more than 1 GiB or more than one call may allocate, and where
 *   the trees have more than 2^23 cuts, which only products need
 */
export function prepareBranchedSig(dimension: number, degree: number, options?: PrepareBranchedSigOptions): void {
  finish(prepareSigSteps(dimension, degree, readOptions<Given>("prepareBranchedSig", options, defaults)));
}

/** What the promise forms of preparation take besides. */
export interface PrepareBranchedAsyncOptions extends PrepareBranchedSigOptions {
  /** Aborting stops the work; the promise rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with 1 when all is prepared. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

const asyncDefaults = Object.freeze({ ...defaults, signal: undefined, onProgress: undefined });

type GivenAsync = Record<keyof PrepareBranchedAsyncOptions, unknown>;

/** {@link prepareBranchedSig} in slices of at most 20 ms, the event loop running in between. */
export async function prepareBranchedSigAsync(dimension: number, degree: number, options?: PrepareBranchedAsyncOptions): Promise<void> {
  const operation = "prepareBranchedSig";
  const given = readOptions<GivenAsync>(operation, options, asyncDefaults);
  await prepareInSlices(operation, prepareSigSteps(dimension, degree, given), given);
}

function* prepareLogSteps(dimension: unknown, degree: unknown, method: unknown, given: Given): Steps<undefined> {
  const operation = "prepareBranchedLogSig";
  const { labels, planar, useDisk } = readPrepared(operation, dimension, given);
  const top = checkInteger(degree, { operation, argument: "degree" }, { min: 1 });
  const place = { operation, argument: "method" };
  const kind = checkInteger(method, place, { min: 0, max: 3 });
  if (kind > 0 && !planar) throw rangeError(place, `must be 0 unless planar, got ${kind}`);
  const algebra = { dimension: labels, degree: top, planar };
  yield* tableSteps("integrals", algebra, operation, useDisk);
  yield* tableSteps("cuts", algebra, operation, useDisk);
  const maps = (["words", "brackets", "expansion"] as const).slice(0, kind === 0 ? 0 : kind === 1 ? 1 : 3);
  for (const map of maps) {
    yield* tableSteps(`lyndon-${map}`, algebra, operation, useDisk);
    yield* tableSteps(`lyndon-${map}-transposed`, algebra, operation, useDisk);
  }
  return undefined;
}

/**
 * Prepares the tables of branched log-signatures in the coordinates of methods up to `method`, and of their gradients and products, ahead of
 * the first use, which would do it otherwise.
 *
 * @param dimension channels of the path before its transforms, at least 1
 * @param degree truncation, at least 1
 * @param method 0, or with `planar` 0 to 3
 * @param options `timeAug` false, `leadLag` false, `planar` false, `useDisk` false, `device` "both"
 * @throws SigTypeError, SigRangeError; code `TOO_LARGE` where preparing needs too much memory, or the trees have more than 2^23 cuts
 */
export function prepareBranchedLogSig(dimension: number, degree: number, method: number, options?: PrepareBranchedSigOptions): void {
  finish(prepareLogSteps(dimension, degree, method, readOptions<Given>("prepareBranchedLogSig", options, defaults)));
}

/** {@link prepareBranchedLogSig} in slices of at most 20 ms, the event loop running in between. */
export async function prepareBranchedLogSigAsync(
  dimension: number,
  degree: number,
  method: number,
  options?: PrepareBranchedAsyncOptions,
): Promise<void> {
  const operation = "prepareBranchedLogSig";
  const given = readOptions<GivenAsync>(operation, options, asyncDefaults);
  await prepareInSlices(operation, prepareLogSteps(dimension, degree, method, given), given);
}

function* prepareCoefSteps(dimension: unknown, trees: unknown, given: Given): Steps<undefined> {
  const operation = "prepareBranchedSigCoef";
  const { labels, planar } = readPrepared(operation, dimension, given);
  const list = readTrees(trees, labels, planar, { operation, argument: "trees" });
  if (list.some((element) => nodesOf(element) > 0)) treeSelection(list, labels, planar);
  yield;
  return undefined;
}

/**
 * Prepares the table of chosen trees for `branchedSigCoef` ahead of its first use, which would do it otherwise. It is small and never
 * written to disk.
 *
 * @param dimension channels of the path before its transforms, at least 1
 * @param trees as for `branchedSigCoef`
 * @param options `timeAug` false, `leadLag` false, `planar` false, `useDisk` false (no effect), `device` "both"
 * @throws SigTypeError, SigRangeError
 */
export function prepareBranchedSigCoef(dimension: number, trees: TreeList, options?: PrepareBranchedSigOptions): void {
  finish(prepareCoefSteps(dimension, trees, readOptions<Given>("prepareBranchedSigCoef", options, defaults)));
}

/** {@link prepareBranchedSigCoef} in its promise form. */
export async function prepareBranchedSigCoefAsync(
  dimension: number,
  trees: TreeList,
  options?: PrepareBranchedAsyncOptions,
): Promise<void> {
  const operation = "prepareBranchedSigCoef";
  const given = readOptions<GivenAsync>(operation, options, asyncDefaults);
  await prepareInSlices(operation, prepareCoefSteps(dimension, trees, given), given);
}
