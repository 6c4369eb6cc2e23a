/** Readers of what the operations on branched signatures share. */
import {
  branchedSigLengthOf,
  describeShape,
  rangeError,
  treeCuts,
  treeIntegrals,
  type Correction,
  type TreeCuts,
  type TreeIntegrals,
} from "@sig/core";
import { readAlgebra, readRows, type Algebra, type JobOptions, type LevelRows, type PathInput } from "./inputs.js";
import type { Context } from "./operation.js";

export interface PlanarOptions {
  /** Ordered forests of planar trees (Munthe-Kaas-Wright) instead of trees (Butcher-Connes-Kreimer). Default false. */
  readonly planar?: boolean | undefined;
}

export interface BranchedOptions extends JobOptions, PlanarOptions {}

/** Branched signatures of one dimension and degree. */
export interface BranchedAlgebra extends Algebra {
  readonly planar: boolean;
}

export function readBranchedAlgebra(
  context: Context,
  dimension: unknown,
  degree: unknown,
  minDegree: 0 | 1,
  options: Parameters<typeof readAlgebra>[4] & { readonly planar: unknown },
): BranchedAlgebra {
  return { ...readAlgebra(context, dimension, degree, minDegree, options), planar: context.flag("planar", options.planar) };
}

/** The algebra in which the branched signatures of a path live. */
export function branchedAlgebraOf(path: PathInput, degree: number, planar: boolean): BranchedAlgebra {
  return { threads: path.threads, dimension: path.letters, degree, planar };
}

/** The length of a row; refused where it is no safe integer. */
export function branchedLength(context: Context, { dimension, degree, planar }: BranchedAlgebra, scalar: boolean): number {
  return branchedSigLengthOf(dimension, degree, planar, scalar, context.operation);
}

/** Rows of a branched signature (..., S) or, with the scalar slot, (..., S + 1). */
export function readBranched(context: Context, argument: string, value: unknown, algebra: BranchedAlgebra): LevelRows {
  const rows = readRows(context, argument, value, 1, "(..., branched signature length)");
  const { shape } = rows;
  const rowLength = shape[shape.length - 1]!;
  const expected = branchedLength(context, algebra, false);
  if (rowLength !== expected && rowLength !== expected + 1) {
    const { dimension, degree, planar } = algebra;
    const meant = `${expected}, or ${expected + 1} with the scalar term, for dimension ${dimension}, degree ${degree} and planar: ${planar}`;
    throw rangeError(context.place(argument), `must have a last axis of ${meant}, got shape ${describeShape(shape)}`, "INVALID_SHAPE");
  }
  return { ...rows, scalar: rowLength !== expected, rowLength };
}

/** How the values of the basis integrate each other along paths with this correction; `channels` are those before the transforms. */
export function integralsOf(
  context: Context,
  algebra: BranchedAlgebra,
  correction: Correction | undefined,
  channels: number,
): TreeIntegrals {
  const chains = correction && { dimension: channels, degree: correction.degree, labels: algebra.dimension };
  return treeIntegrals(algebra, chains, context.operation);
}

export function cutsOf(context: Context, algebra: BranchedAlgebra): TreeCuts {
  return treeCuts(algebra, context.operation);
}
