/** The algebras of branched signatures and log-signatures that streams compute in. */
import { lyndonMap, type Tensor } from "@sig/core";
import { branchedSigBody } from "./branched.js";
import { branchedLength, cutsOf, integralsOf, type BranchedAlgebra } from "./branchedInputs.js";
import { branchedLogSigBody } from "./branchedLogSignature.js";
import { branchedCoordinates } from "./branchedLogSignatureCoordinates.js";
import { branchedSigToLogSigBody } from "./branchedLogSignatureMaps.js";
import { branchedSigCombineBody, branchedSigJoinBody } from "./branchedProducts.js";
import type { LogSigMethod } from "./logSignature.js";
import { synchronous, type Context } from "./operation.js";
import type { StreamAlgebra, WindowAlgebra } from "./streamAlgebra.js";

// Tables that would be too large are refused when an algebra is made, and not at some later push.

/** Branched signatures of paths, with or without scalar term. */
export function branchedSigWindowAlgebra(context: Context, algebra: BranchedAlgebra, scalarTerm: boolean): WindowAlgebra {
  const { dimension, degree, planar, threads: nJobs } = algebra;
  const sig = synchronous(context.operation, branchedSigBody);
  const width = branchedLength(context, algebra, scalarTerm);
  if (degree > 0) integralsOf(context, algebra, undefined, dimension);
  return { dimension, width, path: (path) => sig(path, degree, { planar, scalarTerm, nJobs }) };
}

/** Branched signatures and their products. */
export function branchedSigAlgebra(context: Context, algebra: BranchedAlgebra, scalarTerm: boolean): StreamAlgebra {
  const { dimension, degree, planar, threads: nJobs } = algebra;
  const join = synchronous(context.operation, branchedSigJoinBody);
  const product = synchronous(context.operation, branchedSigCombineBody);
  const combine = (left: Tensor, right: Tensor): Tensor => product(left, right, dimension, degree, { planar, nJobs });
  const windows = branchedSigWindowAlgebra(context, algebra, scalarTerm);
  if (degree > 0) cutsOf(context, algebra);
  return {
    ...windows,
    combine,
    join: (value, displacement) => join(value, displacement, dimension, degree, { planar, nJobs }),
    inverse: (value) => inverseByProducts(value, degree, scalarTerm, combine),
  };
}

/**
 * The Y for which the product of `value` and Y is the unit. Y adds itself to what the product is at k nodes, and is needed there with
 * fewer nodes besides: once Y is right up to k - 1 nodes, subtracting what the product is makes it right up to k.
 */
function inverseByProducts(value: Tensor, degree: number, scalarTerm: boolean, combine: StreamAlgebra["combine"]): Tensor {
  const width = value.shape.at(-1)!;
  const isScalar = (i: number): boolean => scalarTerm && i % width === 0;
  let inverse: Tensor = { ...value, data: value.data.map((_, i) => (isScalar(i) ? 1 : 0)) };
  for (let nodes = 1; nodes <= degree; nodes++) {
    const rest = combine(value, inverse).data;
    inverse = { ...inverse, data: inverse.data.map((x, i) => (isScalar(i) ? x : x - rest[i]!)) };
  }
  return inverse;
}

/** What logarithms in the coordinates of `method` need beside cuts. */
function prepareCoordinates(context: Context, algebra: BranchedAlgebra, method: LogSigMethod): void {
  if (method !== 0) lyndonMap(algebra, method === 1 ? "words" : "brackets", false, context.operation);
}

/** Branched log-signatures of paths in the coordinates of `method`. */
export function branchedLogSigWindowAlgebra(
  context: Context,
  algebra: BranchedAlgebra,
  method: LogSigMethod,
  scalarTerm: boolean,
): WindowAlgebra {
  const { dimension, degree, planar, threads: nJobs } = algebra;
  const logSig = synchronous(context.operation, branchedLogSigBody);
  const width = branchedCoordinates(context, method, algebra, scalarTerm && method === 0);
  integralsOf(context, algebra, undefined, dimension);
  cutsOf(context, algebra);
  prepareCoordinates(context, algebra, method);
  return { dimension, width, path: (path) => logSig(path, degree, { planar, method, scalarTerm, nJobs }) };
}

/** Branched signatures that are given out as their logarithms. */
export function branchedLogSigAlgebra(context: Context, algebra: BranchedAlgebra, method: 0 | 1 | 2, scalarTerm: boolean): StreamAlgebra {
  const { dimension, degree, planar, threads: nJobs } = algebra;
  const toLog = synchronous(context.operation, branchedSigToLogSigBody);
  const signatures = branchedSigAlgebra(context, algebra, scalarTerm && method === 0);
  prepareCoordinates(context, algebra, method);
  return { ...signatures, present: (values) => toLog(values, dimension, degree, { planar, method, nJobs }) };
}
