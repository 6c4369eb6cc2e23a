/** The tables of branched signatures: made at their first use, and kept as prepare.ts keeps those of log-signatures. */
import type { Table, TreeCuts, TreeIntegrals } from "./backend.js";
import { branchedSigLengthOf } from "./branchedSizes.js";
import { keep, recall } from "./cache.js";
import { rangeError } from "./errors.js";
import { forestBasis } from "./forests.js";
import { checkBytes } from "./memory.js";
import { finish, type Steps } from "./steps.js";
import { TABLE_BYTES } from "./tableSize.js";
import { cutArrays } from "./treeCuts.js";
import { integralArrays, type ChainCorrection } from "./treeIntegrals.js";

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

const keyOf = (kind: string, { dimension, degree, planar }: BranchedAlgebra): string =>
  `${kind}:${planar ? "forests" : "trees"}:${dimension}:${degree}`;

function integralsKey(algebra: BranchedAlgebra, correction: ChainCorrection | undefined): string {
  const key = keyOf("integrals", algebra);
  return correction === undefined ? key : `${key}:${correction.dimension}:${correction.degree}`;
}

function* integralsSteps(algebra: BranchedAlgebra, correction: ChainCorrection | undefined, operation: string): Steps<Table> {
  const key = integralsKey(algebra, correction);
  const known = recall(key);
  if (known !== undefined) return known;
  checkSize(algebra, operation);
  const basis = yield* forestBasis(algebra.dimension, algebra.degree, algebra.planar);
  return keep({ key, arrays: yield* integralArrays(basis, correction) });
}

function* cutsSteps(algebra: BranchedAlgebra, operation: string): Steps<Table> {
  const key = keyOf("cuts", algebra);
  const known = recall(key);
  if (known !== undefined) return known;
  checkSize(algebra, operation);
  const basis = yield* forestBasis(algebra.dimension, algebra.degree, algebra.planar);
  return keep({ key, arrays: yield* cutArrays(basis, { operation, argument: "degree" }) });
}

/** The integrals of the whole basis, degree at least 1, for checked arguments; `operation` is named in errors. */
export function treeIntegrals(algebra: BranchedAlgebra, correction: ChainCorrection | undefined, operation: string): TreeIntegrals {
  return recall(integralsKey(algebra, correction)) ?? finish(integralsSteps(algebra, correction, operation));
}

/** The cuts of the whole basis, degree at least 1, for checked arguments; `operation` is named in errors. */
export function treeCuts(algebra: BranchedAlgebra, operation: string): TreeCuts {
  return recall(keyOf("cuts", algebra)) ?? finish(cutsSteps(algebra, operation));
}
