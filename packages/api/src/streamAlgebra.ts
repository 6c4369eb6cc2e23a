/** The algebras that streams compute in: what a stream needs to know of signatures or log-signatures. */
import { bchTable, type Tensor } from "@sig/core";
import { levelsLength, type Algebra } from "./inputs.js";
import { basisOf, coordinates, logSigBody, type LogSigMethod } from "./logSignature.js";
import { logSigCombineBody, logSigJoinBody } from "./logSignatureProducts.js";
import { synchronous, type Context } from "./operation.js";
import { sigBody } from "./signature.js";
import { sigInverseBody } from "./signatureForms.js";
import { sigCombineBody, sigJoinBody } from "./signatureProducts.js";

/** What windows need: the values (..., width) of paths (..., length, dimension). Every result is new. */
export interface WindowAlgebra {
  readonly dimension: number;
  /** Length of a value. */
  readonly width: number;
  /** The value of a path; of a single point, the unit. */
  readonly path: (path: Tensor) => Tensor;
}

/** What intervals need besides: the value of a path is the product of the values of its pieces. */
export interface StreamAlgebra extends WindowAlgebra {
  /** The value of one path followed by another. */
  readonly combine: (left: Tensor, right: Tensor) => Tensor;
  /** The value of a path made longer by a straight segment (..., dimension). */
  readonly join: (value: Tensor, displacement: Tensor) => Tensor;
  /** The value of a path run backwards. */
  readonly inverse: (value: Tensor) => Tensor;
  /** What is given out for values, where it is not the values themselves. */
  readonly present?: (values: Tensor) => Tensor;
}

/** Signatures, with or without scalar term. Errors name the operation of `context`, the class of the stream. */
export function sigAlgebra(context: Context, algebra: Algebra, scalarTerm: boolean): StreamAlgebra {
  const { dimension, degree, threads: nJobs } = algebra;
  const [sig, combine] = [synchronous(context.operation, sigBody), synchronous(context.operation, sigCombineBody)];
  const [join, inverse] = [synchronous(context.operation, sigJoinBody), synchronous(context.operation, sigInverseBody)];
  return {
    dimension,
    width: levelsLength(context, algebra, scalarTerm),
    path: (path) => sig(path, degree, { scalarTerm, nJobs }),
    combine: (left, right) => combine(left, right, dimension, degree, { nJobs }),
    join: (value, displacement) => join(value, displacement, dimension, degree, { nJobs }),
    inverse: (value) => inverse(value, dimension, degree, { nJobs }),
  };
}

/** Log-signatures of paths in the coordinates of `method`. A table that would be too large is refused now, and not at some later push. */
export function logSigWindowAlgebra(context: Context, algebra: Algebra, method: LogSigMethod): WindowAlgebra {
  const { dimension, degree, threads: nJobs } = algebra;
  const logSig = synchronous(context.operation, logSigBody);
  if (method === 3) bchTable(dimension, degree, context.operation);
  else basisOf(context, method, algebra);
  return {
    dimension,
    width: coordinates(context, method, algebra, false),
    path: (path) => logSig(path, degree, { method, nJobs }),
  };
}

/** Log-signatures in Lyndon brackets, whose products follow the Baker-Campbell-Hausdorff series; `method` is that of the pieces. */
export function logSigAlgebra(context: Context, algebra: Algebra, method: 2 | 3): StreamAlgebra {
  const { dimension, degree, threads: nJobs } = algebra;
  const [combine, join] = [synchronous(context.operation, logSigCombineBody), synchronous(context.operation, logSigJoinBody)];
  bchTable(dimension, degree, context.operation);
  return {
    ...logSigWindowAlgebra(context, algebra, method),
    combine: (left, right) => combine(left, right, dimension, degree, { nJobs }),
    join: (value, displacement) => join(value, displacement, dimension, degree, { nJobs }),
    inverse: (value) => ({ ...value, data: value.data.map((x) => 0 - x) }),
  };
}
