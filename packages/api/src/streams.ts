/** The streams of signatures and of log-signatures. */
import { checkInteger } from "@sig/core";
import { readAlgebra, type JobOptions } from "./inputs.js";
import { readMethod, type LogSigMethod } from "./logSignature.js";
import { Context } from "./operation.js";
import { logSigAlgebra, logSigWindowAlgebra, sigAlgebra } from "./streamAlgebra.js";
import { IntervalStream } from "./streamIntervals.js";
import { openSnapshot } from "./streamSnapshot.js";
import { readWindowShape, WindowStream, type WindowOptions } from "./streamWindows.js";

interface ScalarOptions {
  /** Begin each signature with the scalar 1. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

export interface SigStreamOptions extends JobOptions, ScalarOptions {}

export interface LogSigStreamOptions extends JobOptions {
  /** How pieces of the path are computed: 2 (default) by logarithms, 3 by the Baker-Campbell-Hausdorff series. The coordinates are the same. */
  readonly method?: 2 | 3 | undefined;
}

export interface SigWindowStreamOptions extends WindowOptions, ScalarOptions {}

export interface LogSigWindowStreamOptions extends WindowOptions {
  /** Coordinates, as of `logSig`. Default 2. */
  readonly method?: LogSigMethod | undefined;
}

const SIG_DEFAULTS = Object.freeze({ scalarTerm: false, nJobs: 1 });
const LOG_SIG_DEFAULTS = Object.freeze({ method: 2, nJobs: 1 });
const SIG_WINDOW_DEFAULTS = Object.freeze({ stride: 1, scalarTerm: false, nJobs: 1 });
const LOG_SIG_WINDOW_DEFAULTS = Object.freeze({ stride: 1, method: 2, nJobs: 1 });

/**
 * Signatures of any interval of a path that grows. Points are kept with products of their pieces, in a small multiple of their memory;
 * no inverse is taken, so the precision is that of `sig` of the interval, however long the stream.
 *
 * @example
 * const stream = new SigStream(2, 3);
 * stream.push([0, 0]);
 * stream.pushBatch([[1, 2], [4, 3]]);
 * stream.sig(0, 1); // sig([[0, 0], [1, 2], [4, 3]], 3)
 */
export class SigStream extends IntervalStream {
  /**
   * @param dimension channels, at least 1
   * @param degree truncation, at least 0
   * @param options `scalarTerm` false, `nJobs` 1
   * @throws SigTypeError, SigRangeError for arguments of another kind or value
   */
  constructor(dimension: number, degree: number, options?: SigStreamOptions) {
    const context = new Context("SigStream");
    const given = context.options(options, SIG_DEFAULTS);
    const scalarTerm = context.flag("scalarTerm", given.scalarTerm);
    const algebra = readAlgebra(context, dimension, degree, 0, given);
    const parameters = { dimension: algebra.dimension, degree: algebra.degree, scalarTerm };
    super(context.operation, sigAlgebra(context, algebra, scalarTerm), parameters);
  }

  /**
   * The stream that gave a snapshot by `toJSON`.
   *
   * @throws SigTypeError, SigRangeError for what is no such snapshot
   */
  static fromJSON(snapshot: unknown, options?: JobOptions): SigStream {
    const { parameters, nJobs, state } = openSnapshot("SigStream", snapshot, options);
    const { dimension, degree, scalarTerm } = parameters;
    return new SigStream(dimension, degree, { scalarTerm, nJobs }).restore(state);
  }
}

/**
 * Log-signatures of any interval of a path that grows, in Lyndon brackets: as `SigStream`.
 *
 * @example new LogSigStream(2, 3, { method: 3 })
 */
export class LogSigStream extends IntervalStream {
  /**
   * @param dimension channels, at least 1
   * @param degree truncation, at least 1
   * @param options `method` 2, `nJobs` 1
   * @throws SigTypeError, SigRangeError for arguments of another kind or value, and where a table would be too large
   */
  constructor(dimension: number, degree: number, options?: LogSigStreamOptions) {
    const context = new Context("LogSigStream");
    const given = context.options<{ method: unknown; nJobs: number }>(options, LOG_SIG_DEFAULTS);
    const method = checkInteger(given.method, context.place("method"), { min: 2, max: 3 }) as 2 | 3;
    const algebra = readAlgebra(context, dimension, degree, 1, given);
    const parameters = { dimension: algebra.dimension, degree: algebra.degree, method };
    super(context.operation, logSigAlgebra(context, algebra, method), parameters);
  }

  /**
   * The stream that gave a snapshot by `toJSON`.
   *
   * @throws SigTypeError, SigRangeError for what is no such snapshot
   */
  static fromJSON(snapshot: unknown, options?: JobOptions): LogSigStream {
    const { parameters, nJobs, state } = openSnapshot("LogSigStream", snapshot, options);
    const { dimension, degree, method } = parameters;
    return new LogSigStream(dimension, degree, { method, nJobs }).restore(state);
  }
}

/**
 * Signatures of the windows that slide along a path.
 *
 * @example
 * const stream = new SigWindowStream(2, 3, 20, { stride: 5 });
 * for await (const window of stream.from(source)) console.log(window.data);
 */
export class SigWindowStream extends WindowStream {
  /**
   * @param dimension channels, at least 1
   * @param degree truncation, at least 0
   * @param windowSize points of a window, at least 1; a window of one point has the signature of a point
   * @param options `stride` 1, `scalarTerm` false, `nJobs` 1
   * @throws SigTypeError, SigRangeError for arguments of another kind or value
   */
  constructor(dimension: number, degree: number, windowSize: number, options?: SigWindowStreamOptions) {
    const context = new Context("SigWindowStream");
    const given = context.options(options, SIG_WINDOW_DEFAULTS);
    const scalarTerm = context.flag("scalarTerm", given.scalarTerm);
    const algebra = readAlgebra(context, dimension, degree, 0, given);
    const shape = readWindowShape(context, windowSize, given.stride);
    const parameters = { dimension: algebra.dimension, degree: algebra.degree, ...shape, scalarTerm };
    super(context.operation, sigAlgebra(context, algebra, scalarTerm), shape, parameters);
  }

  /**
   * The stream that gave a snapshot by `toJSON`.
   *
   * @throws SigTypeError, SigRangeError for what is no such snapshot
   */
  static fromJSON(snapshot: unknown, options?: JobOptions): SigWindowStream {
    const { parameters, nJobs, state } = openSnapshot("SigWindowStream", snapshot, options);
    const { dimension, degree, windowSize, stride, scalarTerm } = parameters;
    return new SigWindowStream(dimension, degree, windowSize, { stride, scalarTerm, nJobs }).restore(state);
  }
}

/**
 * Log-signatures of the windows that slide along a path.
 *
 * @example new LogSigWindowStream(2, 3, 20, { stride: 5, method: 1 })
 */
export class LogSigWindowStream extends WindowStream {
  /**
   * @param dimension channels, at least 1
   * @param degree truncation, at least 1
   * @param windowSize points of a window, at least 1; a window of one point has the log-signature 0
   * @param options `stride` 1, `method` 2, `nJobs` 1
   * @throws SigTypeError, SigRangeError for arguments of another kind or value, and where a table would be too large
   */
  constructor(dimension: number, degree: number, windowSize: number, options?: LogSigWindowStreamOptions) {
    const context = new Context("LogSigWindowStream");
    const given = context.options(options, LOG_SIG_WINDOW_DEFAULTS);
    const method = readMethod(context, given.method);
    const algebra = readAlgebra(context, dimension, degree, 1, given);
    const shape = readWindowShape(context, windowSize, given.stride);
    const parameters = { dimension: algebra.dimension, degree: algebra.degree, ...shape, method };
    super(context.operation, logSigWindowAlgebra(context, algebra, method), shape, parameters);
  }

  /**
   * The stream that gave a snapshot by `toJSON`.
   *
   * @throws SigTypeError, SigRangeError for what is no such snapshot
   */
  static fromJSON(snapshot: unknown, options?: JobOptions): LogSigWindowStream {
    const { parameters, nJobs, state } = openSnapshot("LogSigWindowStream", snapshot, options);
    const { dimension, degree, windowSize, stride, method } = parameters;
    return new LogSigWindowStream(dimension, degree, windowSize, { stride, method, nJobs }).restore(state);
  }
}
