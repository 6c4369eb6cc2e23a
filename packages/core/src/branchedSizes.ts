/** Lengths of branched signatures and log-signatures. */
import { checkFlag, checkInteger } from "./checks.js";
import { rangeError } from "./errors.js";
import { readOptions } from "./options.js";
import { augmentedDimension, type AugmentationOptions } from "./sizes.js";
import { treeCounts } from "./treeCounts.js";
import type { TreeOptions } from "./trees.js";

export interface BranchedLogSigLengthOptions extends AugmentationOptions, TreeOptions {}

export interface BranchedSigLengthOptions extends BranchedLogSigLengthOptions {
  /** Count the leading scalar term. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const logDefaults = Object.freeze({ timeAug: false, leadLag: false, planar: false });
const defaults = Object.freeze({ ...logDefaults, scalarTerm: false });

type Given = Record<keyof BranchedLogSigLengthOptions, unknown>;

function readAlgebra(operation: string, dimension: number, degree: number, given: Given): { labels: number; planar: boolean } {
  const place = { operation, argument: "dimension" };
  const channels = checkInteger(dimension, place, { min: 0 });
  checkInteger(degree, { operation, argument: "degree" }, { min: 0 });
  const flag = (argument: keyof Given): boolean => checkFlag(given[argument], { operation, argument });
  const labels = augmentedDimension(channels, { timeAug: flag("timeAug"), leadLag: flag("leadLag") });
  if (labels > Number.MAX_SAFE_INTEGER) throw rangeError(place, `is too large: ${labels} channels after the transforms`, "TOO_LARGE");
  return { labels, planar: flag("planar") };
}

function tooLong(operation: string, labels: number, degree: number): RangeError {
  const size = `a branched signature of dimension ${labels} and degree ${degree} has more than 2^53 - 1 entries`;
  return rangeError({ operation, argument: "degree" }, `is too large: ${size}`, "TOO_LARGE");
}

/**
 * Length of a truncated branched signature: the trees, with `planar` the ordered forests of planar trees, of 1 .. degree nodes with
 * d' = (leadLag ? 2 : 1) * dimension + (timeAug ? 1 : 0) labels, and one more with `scalarTerm`.
 *
 * @param dimension channels of the path, at least 0
 * @param degree most nodes, at least 0
 * @throws SigRangeError (`TOO_LARGE`) where the length passes 2^53 - 1
 * @example branchedSigLength(2, 3) // 20
 */
export function branchedSigLength(dimension: number, degree: number, options?: BranchedSigLengthOptions): number {
  const operation = "branchedSigLength";
  const given = readOptions<Given & { scalarTerm: unknown }>(operation, options, defaults);
  const { labels, planar } = readAlgebra(operation, dimension, degree, given);
  const scalarTerm = checkFlag(given.scalarTerm, { operation, argument: "scalarTerm" });
  return branchedSigLengthOf(labels, degree, planar, scalarTerm, operation);
}

/** The same on checked arguments: `labels` counts the channels after all transforms. `operation` names the caller in the error. */
export function branchedSigLengthOf(labels: number, degree: number, planar: boolean, scalarTerm: boolean, operation: string): number {
  let sum = scalarTerm ? 1 : 0;
  if (labels === 0) return sum;
  const counts = treeCounts(labels, planar);
  for (let n = 1; n <= degree; n++) {
    sum += Number(counts.basis(n));
    if (sum > Number.MAX_SAFE_INTEGER) throw tooLong(operation, labels, degree);
  }
  return sum;
}

/**
 * Length of a branched log-signature without scalar term: as that of the signature, but with `planar` (methods 1 to 3) the number of Lyndon
 * forests: words in planar trees that are smaller than their proper suffixes. Their generating function gives the number L(n) with n nodes:
 * the sum of e L(e) over the divisors e of n is a(n) = n F(n) - sum over k < n of a(k) F(n - k), with F(n) all forests of n nodes.
 *
 * @param dimension channels of the path, at least 0
 * @param degree most nodes, at least 0
 * @throws SigRangeError (`TOO_LARGE`) where the length passes 2^53 - 1
 * @example branchedLogSigLength(2, 3, { planar: true }) // 33
 */
export function branchedLogSigLength(dimension: number, degree: number, options?: BranchedLogSigLengthOptions): number {
  const operation = "branchedLogSigLength";
  const { labels, planar } = readAlgebra(operation, dimension, degree, readOptions<Given>(operation, options, logDefaults));
  return branchedLogSigLengthOf(labels, degree, planar, operation);
}

/** The same on checked arguments: `labels` counts the channels after all transforms. `operation` names the caller in the error. */
export function branchedLogSigLengthOf(labels: number, degree: number, planar: boolean, operation: string): number {
  if (!planar || labels === 0) return branchedSigLengthOf(labels, degree, planar, false, operation);
  return lyndonForestCounts(labels, degree, operation).reduce((sum, count) => sum + count, 0);
}

/** How many Lyndon forests have 0 .. degree nodes. */
export function lyndonForestCounts(labels: number, degree: number, operation: string): number[] {
  const counts = treeCounts(labels, true);
  const a = [0n];
  const lyndon = [0n];
  let total = 0n;
  for (let n = 1; n <= degree; n++) {
    let sum = BigInt(n) * counts.forests(n);
    for (let k = 1; k < n; k++) sum -= a[k]! * counts.forests(n - k);
    a[n] = sum;
    for (let e = 1; e < n; e++) if (n % e === 0) sum -= BigInt(e) * lyndon[e]!;
    lyndon[n] = sum / BigInt(n);
    total += lyndon[n]!;
    if (total > Number.MAX_SAFE_INTEGER) throw tooLong(operation, labels, degree);
  }
  return lyndon.map(Number);
}
