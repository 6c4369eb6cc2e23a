/** The streams of branched signatures. */
import type { Tensor } from "@sig/core";
import { branchedSigBody } from "./branched.js";
import { branchedLength, readBranchedAlgebra, type BranchedAlgebra, type PlanarOptions } from "./branchedInputs.js";
import { branchedSigCombineBody, branchedSigJoinBody } from "./branchedProducts.js";
import type { JobOptions } from "./inputs.js";
import { Context, synchronous } from "./operation.js";
import type { StreamAlgebra } from "./streamAlgebra.js";
import { IntervalStream } from "./streamIntervals.js";
import { openSnapshot } from "./streamSnapshot.js";
import { readWindowShape, WindowStream, type WindowOptions } from "./streamWindows.js";

interface ValueOptions extends PlanarOptions {
  /** Begin each branched signature with the scalar 1. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

export interface BranchedSigStreamOptions extends JobOptions, ValueOptions {}

export interface BranchedSigWindowStreamOptions extends WindowOptions, ValueOptions {}

const DEFAULTS = Object.freeze({ planar: false, scalarTerm: false, nJobs: 1 });
const WINDOW_DEFAULTS = Object.freeze({ stride: 1, planar: false, scalarTerm: false, nJobs: 1 });

/** Branched signatures, with or without scalar term. */
export function branchedSigAlgebra(context: Context, algebra: BranchedAlgebra, scalarTerm: boolean): StreamAlgebra {
  const { dimension, degree, planar, threads: nJobs } = algebra;
  const [sig, join] = [synchronous(context.operation, branchedSigBody), synchronous(context.operation, branchedSigJoinBody)];
  const product = synchronous(context.operation, branchedSigCombineBody);
  const combine = (left: Tensor, right: Tensor): Tensor => product(left, right, dimension, degree, { planar, nJobs });
  return {
    dimension,
    width: branchedLength(context, algebra, scalarTerm),
    path: (path) => sig(path, degree, { planar, scalarTerm, nJobs }),
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

/**
 * Branched signatures of any interval of a path that grows: as `SigStream`.
 *
 * @example new BranchedSigStream(2, 3, { planar: true })
 */
export class BranchedSigStream extends IntervalStream {
  /**
   * @param dimension channels, at least 1
   * @param degree truncation, the most nodes of a tree or forest, at least 0
   * @param options `planar` false, `scalarTerm` false, `nJobs` 1
   * @throws SigTypeError, SigRangeError for arguments of another kind or value, and where a table would be too large
   */
  constructor(dimension: number, degree: number, options?: BranchedSigStreamOptions) {
    const context = new Context("BranchedSigStream");
    const given = context.options(options, DEFAULTS);
    const scalarTerm = context.flag("scalarTerm", given.scalarTerm);
    const algebra = readBranchedAlgebra(context, dimension, degree, 0, given);
    const parameters = { dimension: algebra.dimension, degree: algebra.degree, planar: algebra.planar, scalarTerm };
    super(context.operation, branchedSigAlgebra(context, algebra, scalarTerm), parameters);
  }

  /**
   * The stream that gave a snapshot by `toJSON`.
   *
   * @throws SigTypeError, SigRangeError for what is no such snapshot
   */
  static fromJSON(snapshot: unknown, options?: JobOptions): BranchedSigStream {
    const { parameters, nJobs, state } = openSnapshot("BranchedSigStream", snapshot, options);
    const { dimension, degree, planar, scalarTerm } = parameters;
    return new BranchedSigStream(dimension, degree, { planar, scalarTerm, nJobs }).restore(state);
  }
}

/**
 * Branched signatures of the windows that slide along a path: as `SigWindowStream`.
 *
 * @example new BranchedSigWindowStream(2, 3, 20, { stride: 5 })
 */
export class BranchedSigWindowStream extends WindowStream {
  /**
   * @param dimension channels, at least 1
   * @param degree truncation, the most nodes of a tree or forest, at least 0
   * @param windowSize points of a window, at least 1
   * @param options `stride` 1, `planar` false, `scalarTerm` false, `nJobs` 1
   * @throws SigTypeError, SigRangeError for arguments of another kind or value
   */
  constructor(dimension: number, degree: number, windowSize: number, options?: BranchedSigWindowStreamOptions) {
    const context = new Context("BranchedSigWindowStream");
    const given = context.options(options, WINDOW_DEFAULTS);
    const scalarTerm = context.flag("scalarTerm", given.scalarTerm);
    const algebra = readBranchedAlgebra(context, dimension, degree, 0, given);
    const shape = readWindowShape(context, windowSize, given.stride);
    const parameters = { dimension: algebra.dimension, degree: algebra.degree, ...shape, planar: algebra.planar, scalarTerm };
    super(context.operation, branchedSigAlgebra(context, algebra, scalarTerm), shape, parameters);
  }

  /**
   * The stream that gave a snapshot by `toJSON`.
   *
   * @throws SigTypeError, SigRangeError for what is no such snapshot
   */
  static fromJSON(snapshot: unknown, options?: JobOptions): BranchedSigWindowStream {
    const { parameters, nJobs, state } = openSnapshot("BranchedSigWindowStream", snapshot, options);
    const { dimension, degree, windowSize, stride, planar, scalarTerm } = parameters;
    return new BranchedSigWindowStream(dimension, degree, windowSize, { stride, planar, scalarTerm, nJobs }).restore(state);
  }
}
