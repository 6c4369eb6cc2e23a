/** Lengths of signatures and log-signatures, and products of sizes, all refused where they leave the safe integers. */
import { checkFlag, checkInteger } from "./checks.js";
import { rangeError, type Place } from "./errors.js";
import { readOptions } from "./options.js";

export interface AugmentationOptions {
  /** Append time as the last channel. Default false. */
  readonly timeAug?: boolean | undefined;
  /** Lag and lead of every channel instead of the channel, lags first. Default false. */
  readonly leadLag?: boolean | undefined;
}

export interface SigLengthOptions extends AugmentationOptions {
  /** Count the leading scalar term. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const augmentationDefaults = Object.freeze({ timeAug: false, leadLag: false });
const sigLengthDefaults = Object.freeze({ timeAug: false, leadLag: false, scalarTerm: false });

/** Channels of a path of `dimension` channels after its transforms: (leadLag ? 2 : 1) * dimension + (timeAug ? 1 : 0). */
export function augmentedDimension(dimension: number, transforms: { readonly timeAug: boolean; readonly leadLag: boolean }): number {
  return (transforms.leadLag ? 2 : 1) * dimension + (transforms.timeAug ? 1 : 0);
}

/** Points of a path of `length` points after its transforms: 2 * length - 1 under lead-lag; an empty path stays empty. */
export function augmentedLength(length: number, transforms: { readonly leadLag: boolean }): number {
  return transforms.leadLag && length > 0 ? 2 * length - 1 : length;
}

/**
 * Length of a truncated signature: d' + d'^2 + ... + d'^degree, and one more with `scalarTerm`, where
 * d' = (leadLag ? 2 : 1) * dimension + (timeAug ? 1 : 0).
 *
 * @param dimension channels of the path, at least 0
 * @param degree truncation, at least 0
 * @throws SigRangeError (`TOO_LARGE`) where the length passes 2^53 - 1, or d'^(degree + 1) reaches 2^64
 */
export function sigLength(dimension: number, degree: number, options?: SigLengthOptions): number {
  const { timeAug, leadLag, scalarTerm } = readOptions<{ timeAug: unknown; leadLag: unknown; scalarTerm: unknown }>(
    "sigLength",
    options,
    sigLengthDefaults,
  );
  const letters = lettersOf("sigLength", dimension, timeAug, leadLag, 0);
  checkInteger(degree, { operation: "sigLength", argument: "degree" }, { min: 0 });
  return sigLengthOf(letters, degree, checkFlag(scalarTerm, { operation: "sigLength", argument: "scalarTerm" }), "sigLength");
}

function lettersOf(operation: string, dimension: unknown, timeAug: unknown, leadLag: unknown, min: number): number {
  const place = { operation, argument: "dimension" };
  const checked = checkInteger(dimension, place, { min });
  const transforms = {
    timeAug: checkFlag(timeAug, { operation, argument: "timeAug" }),
    leadLag: checkFlag(leadLag, { operation, argument: "leadLag" }),
  };
  const letters = augmentedDimension(checked, transforms);
  if (letters > Number.MAX_SAFE_INTEGER) throw rangeError(place, `is too large: ${letters} channels after the transforms`, "TOO_LARGE");
  return letters;
}

/** The same on checked arguments: `letters` counts the channels after all transforms. `operation` names the caller in the error. */
export function sigLengthOf(letters: number, degree: number, scalarTerm: boolean, operation: string): number {
  const scalar = scalarTerm ? 1 : 0;
  if (letters === 0) return scalar;
  let sum = 0;
  if (letters === 1) {
    sum = degree;
  } else {
    let power = 1;
    for (let level = 1; level <= degree; level++) {
      power *= letters;
      sum += power;
      if (sum > Number.MAX_SAFE_INTEGER) break;
    }
    if (power * letters >= 2 ** 64 && degree > 0) sum = Infinity;
  }
  if (sum + scalar > Number.MAX_SAFE_INTEGER) throw tooLong(operation, letters, degree);
  return sum + scalar;
}

function tooLong(operation: string, letters: number, degree: number): RangeError {
  const size = `a signature of dimension ${letters} and degree ${degree} has more than 2^53 - 1 entries`;
  return rangeError({ operation, argument: "degree" }, `is too large: ${size}`, "TOO_LARGE");
}

/**
 * Length of a log-signature in Lyndon coordinates (methods 1 to 3): the number of Lyndon words of up to `degree` letters in an
 * alphabet of d' = (leadLag ? 2 : 1) * dimension + (timeAug ? 1 : 0), by Witt's formula.
 *
 * @param dimension channels of the path, at least 1
 * @param degree truncation, at least 1
 * @throws SigRangeError (`TOO_LARGE`) where the length passes 2^53 - 1, or d'^(degree + 1) reaches 2^64
 */
export function logSigLength(dimension: number, degree: number, options?: AugmentationOptions): number {
  const { timeAug, leadLag } = readOptions<{ timeAug: unknown; leadLag: unknown }>("logSigLength", options, augmentationDefaults);
  const letters = lettersOf("logSigLength", dimension, timeAug, leadLag, 1);
  checkInteger(degree, { operation: "logSigLength", argument: "degree" }, { min: 1 });
  return logSigLengthOf(letters, degree, "logSigLength");
}

/** The same on checked arguments: `letters` counts the channels after all transforms. `operation` names the caller in the error. */
export function logSigLengthOf(letters: number, degree: number, operation: string): number {
  if (letters === 1) return 1;
  const counts = [0];
  let power = 1;
  let sum = 0;
  for (let n = 1; n <= degree; n++) {
    power *= letters;
    if (power * letters >= 2 ** 64) throw tooLong(operation, letters, degree);
    // A word of n letters that is no rotation of a Lyndon word repeats a rotation of a shorter one, whose length divides n.
    let repeating = 0;
    for (let k = 1; 2 * k <= n; k++) if (n % k === 0) repeating += k * counts[k]!;
    const exact = power <= Number.MAX_SAFE_INTEGER;
    counts[n] = exact ? (power - repeating) / n : Number((BigInt(letters) ** BigInt(n) - BigInt(repeating)) / BigInt(n));
    sum += counts[n]!;
  }
  if (sum > Number.MAX_SAFE_INTEGER) throw tooLong(operation, letters, degree);
  return sum;
}

/** The product of sizes, refused beyond 2^53 - 1; 0 where any is 0. */
export function checkedProduct(place: Place, ...factors: readonly number[]): number {
  return productOf(factors, place);
}

/** {@link checkedProduct} of a list. */
export function productOf(factors: readonly number[], place: Place): number {
  let product = 1;
  for (let i = 0; i < factors.length; i++) {
    if (factors[i] === 0) return 0;
    product *= factors[i]!;
  }
  if (product > Number.MAX_SAFE_INTEGER) throw rangeError(place, `is too large: ${factors.join(" * ")} passes 2^53 - 1`, "TOO_LARGE");
  return product;
}
