/** The algebra tables of the Backend contract: made at their first use, kept in memory within a bound, and on disk only on request. */
import type { BchTable, LyndonBasis, Table, WordTrie } from "./backend.js";
import { bchSeries, structureConstants } from "./bch.js";
import { LyndonBrackets } from "./brackets.js";
import { forgetTables, keep, recall } from "./cache.js";
import { checkFlag, checkInteger } from "./checks.js";
import { hasCacheDir, readTable, removeTables, writeTable } from "./diskCache.js";
import { describe, rangeError, typeError, type Place } from "./errors.js";
import { levelOffset, lyndonWordTable } from "./lyndon.js";
import { readOptions } from "./options.js";
import { augmentedDimension } from "./sizes.js";
import type { Sparse } from "./sparse.js";
import { finish, finishInSlices, type Steps } from "./steps.js";
import { checkTableSize, type TableKind } from "./tableSize.js";
import { buildTrie, readWords, trieKey } from "./wordTrie.js";

export { setCacheDir } from "./diskCache.js";

type Arrays = Table["arrays"];

/** With one letter there is a single Lyndon word, whatever the degree. */
const lengthOfWords = (dimension: number, degree: number): number => (dimension === 1 ? 1 : degree);

function* basisArrays(kind: TableKind, dimension: number, degree: number, place: Place): Steps<Arrays> {
  const longest = lengthOfWords(dimension, degree);
  const words = yield* lyndonWordTable(dimension, longest);
  const { levelStart, code } = words;
  const lyndon = new Int32Array(code.length);
  for (let n = 1; n <= longest; n++) {
    const offset = levelOffset(dimension, n);
    for (let i = levelStart[n - 1]!; i < levelStart[n]!; i++) lyndon[i] = offset + code[i]!;
    yield;
  }
  const none: Sparse = { start: new Int32Array(code.length + 1), index: new Int32Array(0), value: new Float64Array(0) };
  const noTerms = [new Int32Array(0), new Int32Array(0), new Float64Array(0)] as const;
  if (kind === "words") return [lyndon, none.start, none.index, none.value, ...noTerms];
  const brackets = new LyndonBrackets(words, place);
  const { start, index, value } = yield* brackets.inverse();
  const terms = kind === "expansion" ? yield* termArrays(brackets) : noTerms;
  return [lyndon, start, index, value, ...terms];
}

/** All brackets written in words, as places in a row of levels. */
function* termArrays(brackets: LyndonBrackets): Steps<readonly [Int32Array, Int32Array, Float64Array]> {
  const { dimension, degree, levelStart } = brackets.words;
  const levels = [];
  for (let n = 1; n <= degree; n++) levels.push(yield* brackets.expand(n));
  const total = levels.reduce((sum, { code }) => sum + code.length, 0);
  const termStart = new Int32Array(levelStart[degree]! + 1);
  const termIndex = new Int32Array(total);
  const termValue = new Float64Array(total);
  let filled = 0;
  for (const [k, { start, code, value }] of levels.entries()) {
    const offset = levelOffset(dimension, k + 1);
    termValue.set(value, filled);
    for (let i = 0; i + 1 < start.length; i++) {
      for (let e = start[i]!; e < start[i + 1]!; e++) termIndex[filled + e] = offset + code[e]!;
      termStart[levelStart[k]! + i + 1] = filled + start[i + 1]!;
      if (i % 16 === 0) yield;
    }
    filled += code.length;
  }
  return [termStart, termIndex, termValue];
}

function* bchArrays(dimension: number, degree: number, place: Place): Steps<Arrays> {
  const words = yield* lyndonWordTable(dimension, lengthOfWords(dimension, degree));
  const levelStart = new Int32Array(degree + 1).fill(words.code.length);
  levelStart.set(words.levelStart);
  const brackets = new LyndonBrackets({ ...words, degree, levelStart }, place);
  const constants = yield* structureConstants(brackets);
  let series = brackets;
  if (dimension !== 2) {
    // With one letter all brackets vanish, and the series ends with x + y.
    series = new LyndonBrackets(yield* lyndonWordTable(2, words.degree), place);
    for (let n = 1; n <= words.degree; n++) yield* series.enterLevel();
  }
  const { left, right, count0, count1, beta } = yield* bchSeries(series, place);
  const { groupStart, pairLeft, pairRight, pairStart, entry, constant } = constants;
  return [left, right, count0, count1, beta, levelStart, groupStart, pairLeft, pairRight, pairStart, entry, constant];
}

const keyOf = (kind: TableKind, dimension: number, degree: number): string => `${kind}:${dimension}:${degree}`;

/** Looks on disk where that was asked for, computes otherwise, and keeps the table. */
function* tableSteps(kind: TableKind, dimension: number, degree: number, operation: string, useDisk: boolean): Steps<Table> {
  const key = keyOf(kind, dimension, degree);
  let table = recall(key);
  if (table === undefined) {
    const place = { operation, argument: "degree" };
    checkTableSize(kind, dimension, degree, place);
    if (kind === "bch" && dimension > 1) checkTableSize(kind, 2, degree, place);
    const stored = useDisk || hasCacheDir() ? yield* readTable(kind, dimension, degree, operation) : undefined;
    const arrays = stored ?? (yield* kind === "bch" ? bchArrays(dimension, degree, place) : basisArrays(kind, dimension, degree, place));
    table = keep({ key, arrays });
  }
  if (useDisk) yield* writeTable(kind, dimension, degree, table.arrays, operation);
  return table;
}

function table(kind: TableKind, dimension: number, degree: number, operation: string): Table {
  return recall(keyOf(kind, dimension, degree)) ?? finish(tableSteps(kind, dimension, degree, operation, false));
}

/**
 * The Lyndon basis up to the degree, for checked arguments; `operation` is named in errors.
 *
 * @param options `projection: false` leaves P^-1 empty (method 1 reads places alone); `expansion: true` adds the brackets in words
 */
export function lyndonBasis(
  dimension: number,
  degree: number,
  options: { readonly expansion: boolean; readonly projection?: boolean },
  operation = "prepareLogSig",
): LyndonBasis {
  return table(options.expansion ? "expansion" : options.projection === false ? "words" : "projection", dimension, degree, operation);
}

/** The BCH series and structure constants up to the degree, for checked arguments; `operation` is named in errors. */
export function bchTable(dimension: number, degree: number, operation = "prepareLogSig"): BchTable {
  return table("bch", dimension, degree, operation);
}

/** The trie of a `words` argument; letters are integers in [0, dimension). With `prefixes`, every non-empty prefix is an output. */
export function wordTrie(words: unknown, dimension: number, prefixes: boolean, operation = "sigCoef"): WordTrie {
  const list = readWords(words, dimension, { operation, argument: "words" });
  const key = trieKey(list, dimension, prefixes);
  return recall(key) ?? keep({ key, arrays: buildTrie(list, dimension, prefixes) });
}

export interface PrepareLogSigOptions {
  /** The log-signatures will be of paths with time appended. Default false. */
  readonly timeAug?: boolean | undefined;
  /** ... and of lead-lag paths. Default false. */
  readonly leadLag?: boolean | undefined;
  /** Look for the tables on disk, and write them there. Node only. Default false. */
  readonly useDisk?: boolean | undefined;
  /** Where the tables will be used: "cpu", "cuda" or "both"; tables are made on the host in any case. Default "both". */
  readonly device?: "cpu" | "cuda" | "both" | undefined;
}

const prepareDefaults = Object.freeze({ timeAug: false, leadLag: false, useDisk: false, device: "both" });

/** The option `device` of preparation. */
export function checkDevice(value: unknown, operation: string): void {
  const place = { operation, argument: "device" };
  if (typeof value !== "string") throw typeError(place, `must be "cpu", "cuda" or "both", got ${describe(value)}`);
  if (!["cpu", "cuda", "both"].includes(value)) throw rangeError(place, `must be "cpu", "cuda" or "both", got ${describe(value)}`);
}

type Given = Record<keyof PrepareLogSigOptions, unknown>;

function* prepareSteps(dimension: unknown, degree: unknown, method: unknown, given: Given): Steps<undefined> {
  const operation = "prepareLogSig";
  const d = checkInteger(dimension, { operation, argument: "dimension" }, { min: 1 });
  const n = checkInteger(degree, { operation, argument: "degree" }, { min: 1 });
  const kind = checkInteger(method, { operation, argument: "method" }, { min: 0, max: 3 });
  const timeAug = checkFlag(given.timeAug, { operation, argument: "timeAug" });
  const leadLag = checkFlag(given.leadLag, { operation, argument: "leadLag" });
  const useDisk = checkFlag(given.useDisk, { operation, argument: "useDisk" });
  checkDevice(given.device, operation);
  const kinds: readonly TableKind[] = ["words", "projection", "bch"];
  if (kind > 0) yield* tableSteps(kinds[kind - 1]!, augmentedDimension(d, { timeAug, leadLag }), n, operation, useDisk);
  return undefined;
}

/**
 * Prepares the tables of a log-signature method ahead of its first use, which would do it otherwise. Method 0 needs none, method 1 the
 * Lyndon words, method 2 the inverse projection to brackets, method 3 and the operations on log-signatures the BCH tables.
 *
 * @param dimension channels of the path before its transforms, at least 1
 * @param degree truncation, at least 1
 * @param method 0, 1, 2 or 3
 * @throws SigTypeError, SigRangeError; code `TOO_LARGE` where preparing needs more than 1 GiB or more than one call may allocate, or where
 *   integers pass 2^52 (two letters: beyond degree 15 for method 2, 16 for method 3)
 */
export function prepareLogSig(dimension: number, degree: number, method: number, options?: PrepareLogSigOptions): void {
  finish(prepareSteps(dimension, degree, method, readOptions<Given>("prepareLogSig", options, prepareDefaults)));
}

export interface PrepareLogSigAsyncOptions extends PrepareLogSigOptions {
  /** Aborting stops the work; the promise rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called with 1 when all is prepared. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
}

/** {@link prepareLogSig} in slices of at most 20 ms, the event loop running in between. */
export async function prepareLogSigAsync(
  dimension: number,
  degree: number,
  method: number,
  options?: PrepareLogSigAsyncOptions,
): Promise<void> {
  const operation = "prepareLogSig";
  const defaults = { ...prepareDefaults, signal: undefined, onProgress: undefined };
  const given = readOptions<Record<keyof PrepareLogSigAsyncOptions, unknown>>(operation, options, defaults);
  await prepareInSlices(operation, prepareSteps(dimension, degree, method, given), given);
}

/** Runs the steps of a preparation in its promise form. */
export async function prepareInSlices(
  operation: string,
  steps: Steps<unknown>,
  { signal, onProgress }: { readonly signal: unknown; readonly onProgress: unknown },
): Promise<void> {
  if (signal !== undefined && !isAbortSignal(signal)) throw typeError({ operation, argument: "signal" }, "must be an AbortSignal");
  if (onProgress !== undefined && !isCallback(onProgress)) throw typeError({ operation, argument: "onProgress" }, "must be a function");
  await finishInSlices(steps, signal);
  onProgress?.(1);
}

function isAbortSignal(value: unknown): value is AbortSignal {
  return typeof value === "object" && value !== null && typeof (value as Partial<AbortSignal>).throwIfAborted === "function";
}

function isCallback(value: unknown): value is (fraction: number) => void {
  return typeof value === "function";
}

export interface ClearCacheOptions {
  /** Also remove the tables on disk. Node only. Default false. */
  readonly useDisk?: boolean | undefined;
  /** "cpu", "cuda" or "both"; validated, all tables go in any case. Default "both". */
  readonly device?: "cpu" | "cuda" | "both" | undefined;
}

const clearDefaults = Object.freeze({ useDisk: false, device: "both" });

/** Forgets all prepared tables, here and in the backends; the next use prepares them again. */
export function clearCache(options?: ClearCacheOptions): void {
  const operation = "clearCache";
  const { useDisk, device } = readOptions<Record<keyof ClearCacheOptions, unknown>>(operation, options, clearDefaults);
  const disk = checkFlag(useDisk, { operation, argument: "useDisk" });
  checkDevice(device, operation);
  forgetTables();
  if (disk) removeTables(operation);
}
