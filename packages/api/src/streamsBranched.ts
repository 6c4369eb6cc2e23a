/** The streams of branched signatures and of their logarithms. */
import { readBranchedAlgebra, type PlanarOptions } from "./branchedInputs.js";
import { readBranchedMapMethod, readBranchedMethod } from "./branchedLogSignatureCoordinates.js";
import type { JobOptions } from "./inputs.js";
import type { LogSigMethod } from "./logSignature.js";
import { Context } from "./operation.js";
import {
  branchedLogSigAlgebra,
  branchedLogSigWindowAlgebra,
  branchedSigAlgebra,
  branchedSigWindowAlgebra,
} from "./streamAlgebraBranched.js";
import { IntervalStream } from "./streamIntervals.js";
import { openSnapshot } from "./streamSnapshot.js";
import { readWindowShape, WindowStream, type WindowOptions } from "./streamWindows.js";

interface ValueOptions extends PlanarOptions {
  /** Begin each value with the scalar term: 1, and 0 for log-signatures, which have it with method 0 only. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

export interface BranchedSigStreamOptions extends JobOptions, ValueOptions {}

export interface BranchedLogSigStreamOptions extends JobOptions, ValueOptions {
  /** Coordinates, as of `branchedLogSig`: 0 (default without `planar`), 1 (default with it) or 2. */
  readonly method?: 0 | 1 | 2 | undefined;
}

export interface BranchedSigWindowStreamOptions extends WindowOptions, ValueOptions {}

export interface BranchedLogSigWindowStreamOptions extends WindowOptions, ValueOptions {
  /** Coordinates, as of `branchedLogSig`: 0 by default, with `planar` 1. */
  readonly method?: LogSigMethod | undefined;
}

const DEFAULTS = Object.freeze({ planar: false, scalarTerm: false, nJobs: 1 });
const LOG_DEFAULTS = Object.freeze({ ...DEFAULTS, method: undefined });
const WINDOW_DEFAULTS = Object.freeze({ ...DEFAULTS, stride: 1 });
const LOG_WINDOW_DEFAULTS = Object.freeze({ ...WINDOW_DEFAULTS, method: undefined });

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
 * Logarithms of the branched signatures of any interval of a path that grows: as `SigStream`, in the coordinates of `branchedLogSig`.
 *
 * @example new BranchedLogSigStream(2, 3, { planar: true, method: 2 })
 */
export class BranchedLogSigStream extends IntervalStream {
  /**
   * @param dimension channels, at least 1
   * @param degree truncation, the most nodes of a tree or forest, at least 1
   * @param options `planar` false, `scalarTerm` false, `method` 0 or, planar, 1 (not 3), `nJobs` 1
   * @throws SigTypeError, SigRangeError for arguments of another kind or value, and where a table would be too large
   */
  constructor(dimension: number, degree: number, options?: BranchedLogSigStreamOptions) {
    const context = new Context("BranchedLogSigStream");
    const given = context.options(options, LOG_DEFAULTS);
    const scalarTerm = context.flag("scalarTerm", given.scalarTerm);
    const algebra = readBranchedAlgebra(context, dimension, degree, 1, given);
    const method = readBranchedMapMethod(context, given.method, algebra.planar);
    const parameters = { dimension: algebra.dimension, degree: algebra.degree, planar: algebra.planar, scalarTerm, method };
    super(context.operation, branchedLogSigAlgebra(context, algebra, method, scalarTerm), parameters);
  }

  /**
   * The stream that gave a snapshot by `toJSON`.
   *
   * @throws SigTypeError, SigRangeError for what is no such snapshot
   */
  static fromJSON(snapshot: unknown, options?: JobOptions): BranchedLogSigStream {
    const { parameters, nJobs, state } = openSnapshot("BranchedLogSigStream", snapshot, options);
    const { dimension, degree, planar, scalarTerm, method } = parameters;
    return new BranchedLogSigStream(dimension, degree, { planar, scalarTerm, method, nJobs }).restore(state);
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
   * @throws SigTypeError, SigRangeError for arguments of another kind or value, and where a table would be too large
   */
  constructor(dimension: number, degree: number, windowSize: number, options?: BranchedSigWindowStreamOptions) {
    const context = new Context("BranchedSigWindowStream");
    const given = context.options(options, WINDOW_DEFAULTS);
    const scalarTerm = context.flag("scalarTerm", given.scalarTerm);
    const algebra = readBranchedAlgebra(context, dimension, degree, 0, given);
    const shape = readWindowShape(context, windowSize, given.stride);
    const parameters = { dimension: algebra.dimension, degree: algebra.degree, ...shape, planar: algebra.planar, scalarTerm };
    super(context.operation, branchedSigWindowAlgebra(context, algebra, scalarTerm), shape, parameters);
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

/**
 * Branched log-signatures of the windows that slide along a path: as `SigWindowStream`.
 *
 * @example new BranchedLogSigWindowStream(2, 3, 20, { stride: 5, planar: true })
 */
export class BranchedLogSigWindowStream extends WindowStream {
  /**
   * @param dimension channels, at least 1
   * @param degree truncation, the most nodes of a tree or forest, at least 1
   * @param windowSize points of a window, at least 1; a window of one point has the log-signature 0
   * @param options `stride` 1, `planar` false, `scalarTerm` false, `method` 0 or, planar, 1, `nJobs` 1
   * @throws SigTypeError, SigRangeError for arguments of another kind or value, and where a table would be too large
   */
  constructor(dimension: number, degree: number, windowSize: number, options?: BranchedLogSigWindowStreamOptions) {
    const context = new Context("BranchedLogSigWindowStream");
    const given = context.options(options, LOG_WINDOW_DEFAULTS);
    const scalarTerm = context.flag("scalarTerm", given.scalarTerm);
    const algebra = readBranchedAlgebra(context, dimension, degree, 1, given);
    const method = readBranchedMethod(context, given.method, algebra.planar);
    const shape = readWindowShape(context, windowSize, given.stride);
    const parameters = { dimension: algebra.dimension, degree: algebra.degree, ...shape, planar: algebra.planar, scalarTerm, method };
    super(context.operation, branchedLogSigWindowAlgebra(context, algebra, method, scalarTerm), shape, parameters);
  }

  /**
   * The stream that gave a snapshot by `toJSON`.
   *
   * @throws SigTypeError, SigRangeError for what is no such snapshot
   */
  static fromJSON(snapshot: unknown, options?: JobOptions): BranchedLogSigWindowStream {
    const { parameters, nJobs, state } = openSnapshot("BranchedLogSigWindowStream", snapshot, options);
    const { dimension, degree, windowSize, stride, planar, scalarTerm, method } = parameters;
    return new BranchedLogSigWindowStream(dimension, degree, windowSize, { stride, planar, scalarTerm, method, nJobs }).restore(state);
  }
}
