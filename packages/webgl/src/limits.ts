/** How large calls may be: every array has a place in one texture, and is addressed in float32 by gpu.js. */
import type { Calls, OperationName } from "@sig/core";
import { LONGEST_ARRAY } from "./gpu.js";
import { gridOf } from "./kernel.js";
import { lettersOf, pointsOf } from "./transforms.js";
import { rowLengthOf } from "./words.js";

/** Degrees up to here: kernels keep the beginnings of a word in registers. */
export const HIGHEST_DEGREE = 12;

export const LIMITS = { arrayLength: LONGEST_ARRAY, degree: HIGHEST_DEGREE };

type Checks = { readonly [K in OperationName]?: (call: Calls[K]) => string | undefined };

function tooLong(...lengths: readonly number[]): string | undefined {
  const longest = Math.max(...lengths);
  return longest <= LONGEST_ARRAY ? undefined : `it needs an array of ${longest} numbers, and a texture has place for ${LONGEST_ARRAY}`;
}

function levelsTooLong(rows: number, dimension: number, degree: number): string | undefined {
  if (degree > HIGHEST_DEGREE) return `the degree ${degree} is above ${HIGHEST_DEGREE}`;
  return tooLong(rows * (rowLengthOf(dimension, degree) + 1));
}

const path = (call: Calls["transformPath"] | Calls["transformPathBackprop"]): string | undefined =>
  tooLong(call.batch * pointsOf(call) * lettersOf(call));

function signature(call: Calls["sig"] | Calls["sigBackprop"], rows: number): string | undefined {
  if (call.correction) return "it has no corrections";
  return tooLong(call.batch * pointsOf(call) * lettersOf(call)) ?? levelsTooLong(rows, lettersOf(call), call.degree);
}

const levels = (call: { readonly batch: number; readonly dimension: number; readonly degree: number }): string | undefined =>
  levelsTooLong(call.batch, call.dimension, call.degree);

function kernel(call: Calls["sigKernel"] | Calls["sigKernelBackprop"], allNodes: boolean): string | undefined {
  if (call.solver.method !== "finiteDifference") return "it has finite differences alone";
  const { pairs, rows, columns } = gridOf(call);
  const paths = [call.batch * call.length * call.dimension, call.batchY * call.lengthY * call.dimension];
  return tooLong(...paths, pairs * (rows + 1) * (allNodes ? rows + columns + 1 : 1));
}

/** Why a call is left to other backends, by operation. */
export const checks: Checks = {
  transformPath: path,
  transformPathBackprop: path,
  sig: (call) => signature(call, call.stream ? call.batch * (pointsOf(call) - 1) : call.batch),
  sigBackprop: (call) => signature(call, call.batch * (pointsOf(call) - 1)),
  sigCombine: levels,
  sigCombineBackprop: levels,
  sigJoin: levels,
  sigJoinBackprop: levels,
  sigToLogSig: levels,
  sigToLogSigBackprop: levels,
  sigKernel: (call) => kernel(call, call.grid),
  sigKernelBackprop: (call) => kernel(call, true),
};
