/** pysiglib's streams under its names, around those of @sig/api. */
import type { Tensor, TensorLike } from "@sig/core";
import type { LogSigMethod } from "./logSignature.js";
import type { IntervalStream } from "./streamIntervals.js";
import * as ours from "./streams.js";
import * as branched from "./streamsBranched.js";
import type { WindowStream } from "./streamWindows.js";
import { respelled, upstream } from "./upstream.js";

type Arguments<Class extends new (...args: never[]) => unknown> = ConstructorParameters<Class>;

/** No name of pysiglib's, and so no member that its users see. */
const using = Symbol("using");

/** What all streams have under pysiglib's names. */
abstract class Facade<Stream extends IntervalStream | WindowStream> {
  readonly #name: string;
  readonly #stream: Stream;

  constructor(name: string, stream: Stream) {
    this.#name = name;
    this.#stream = stream;
  }

  /** The result of a member; its errors speak pysiglib's words, `names` being those of its arguments. */
  protected [using]<Result>(member: string, names: readonly string[], run: (stream: Stream) => Result): Result {
    try {
      return run(this.#stream);
    } catch (error) {
      throw respelled(error, `${this.#name}.${member}`, names);
    }
  }

  /** null before the first push. */
  get batch_shape(): readonly number[] | null {
    return this.#stream.batchShape;
  }

  push(point: TensorLike): void {
    this[using]("push", ["point"], (stream) => {
      stream.push(point);
    });
  }

  push_batch(points: TensorLike): void {
    this[using]("push_batch", ["points"], (stream) => {
      stream.pushBatch(points);
    });
  }
}

/** See IntervalStream of @sig/api. */
abstract class Intervals extends Facade<IntervalStream> {
  get size(): number {
    return this[using]("size", [], (stream) => stream.size);
  }

  get start_index(): number {
    return this[using]("start_index", [], (stream) => stream.startIndex);
  }

  get end_index(): number {
    return this[using]("end_index", [], (stream) => stream.endIndex);
  }

  pop_front(): void {
    this[using]("pop_front", [], (stream) => {
      stream.popFront();
    });
  }

  sig(start: number, end: number): Tensor {
    return this[using]("sig", ["start", "end"], (stream) => stream.sig(start, end));
  }

  sig_batch(intervals: readonly (readonly [start: number, end: number])[]): Tensor {
    return this[using]("sig_batch", ["intervals"], (stream) => stream.sigBatch(intervals));
  }

  sig_all(): Tensor {
    return this[using]("sig_all", [], (stream) => stream.sigAll());
  }
}

/** See WindowStream of @sig/api. */
abstract class Windows extends Facade<WindowStream> {
  get num_windows(): number {
    return this[using]("num_windows", [], (stream) => stream.numWindows);
  }

  sig(): Tensor {
    return this[using]("sig", [], (stream) => stream.sig());
  }
}

const SIZES = ["dimension", "degree"];
const WINDOW_SIZES = [...SIZES, "window_size"];

const makeSigStream = upstream("SigStream", (...args: Arguments<typeof ours.SigStream>) => new ours.SigStream(...args), SIZES, {
  scalar_term: false,
  n_jobs: 1,
});

/** pysiglib's `SigStream`: see SigStream of @sig/api. */
export class SigStream extends Intervals {
  constructor(dimension: number, degree: number, options?: { scalar_term?: boolean; n_jobs?: number }) {
    super("SigStream", makeSigStream(dimension, degree, options));
  }
}

const makeLogSigStream = upstream("LogSigStream", (...args: Arguments<typeof ours.LogSigStream>) => new ours.LogSigStream(...args), SIZES, {
  method: 2,
  n_jobs: 1,
});

/** pysiglib's `LogSigStream`: see LogSigStream of @sig/api. */
export class LogSigStream extends Intervals {
  constructor(dimension: number, degree: number, options?: { method?: 2 | 3; n_jobs?: number }) {
    super("LogSigStream", makeLogSigStream(dimension, degree, options));
  }
}

const makeSigWindowStream = upstream(
  "SigWindowStream",
  (...args: Arguments<typeof ours.SigWindowStream>) => new ours.SigWindowStream(...args),
  WINDOW_SIZES,
  { stride: 1, scalar_term: false, n_jobs: 1 },
);

/** pysiglib's `SigWindowStream`: see SigWindowStream of @sig/api. */
export class SigWindowStream extends Windows {
  constructor(
    dimension: number,
    degree: number,
    window_size: number,
    options?: { stride?: number; scalar_term?: boolean; n_jobs?: number },
  ) {
    super("SigWindowStream", makeSigWindowStream(dimension, degree, window_size, options));
  }
}

const makeLogSigWindowStream = upstream(
  "LogSigWindowStream",
  (...args: Arguments<typeof ours.LogSigWindowStream>) => new ours.LogSigWindowStream(...args),
  WINDOW_SIZES,
  { stride: 1, method: 2, n_jobs: 1 },
);

/** pysiglib's `LogSigWindowStream`: see LogSigWindowStream of @sig/api. */
export class LogSigWindowStream extends Windows {
  constructor(
    dimension: number,
    degree: number,
    window_size: number,
    options?: { stride?: number; method?: LogSigMethod; n_jobs?: number },
  ) {
    super("LogSigWindowStream", makeLogSigWindowStream(dimension, degree, window_size, options));
  }
}

const makeBranchedSigStream = upstream(
  "BranchedSigStream",
  (...args: Arguments<typeof branched.BranchedSigStream>) => new branched.BranchedSigStream(...args),
  SIZES,
  { planar: false, scalar_term: false, n_jobs: 1 },
);

/** pysiglib's `BranchedSigStream`: see BranchedSigStream of @sig/api. */
export class BranchedSigStream extends Intervals {
  constructor(dimension: number, degree: number, options?: { planar?: boolean; scalar_term?: boolean; n_jobs?: number }) {
    super("BranchedSigStream", makeBranchedSigStream(dimension, degree, options));
  }
}

const makeBranchedSigWindowStream = upstream(
  "BranchedSigWindowStream",
  (...args: Arguments<typeof branched.BranchedSigWindowStream>) => new branched.BranchedSigWindowStream(...args),
  WINDOW_SIZES,
  { stride: 1, planar: false, scalar_term: false, n_jobs: 1 },
);

/** pysiglib's `BranchedSigWindowStream`: see BranchedSigWindowStream of @sig/api. */
export class BranchedSigWindowStream extends Windows {
  constructor(
    dimension: number,
    degree: number,
    window_size: number,
    options?: { stride?: number; planar?: boolean; scalar_term?: boolean; n_jobs?: number },
  ) {
    super("BranchedSigWindowStream", makeBranchedSigWindowStream(dimension, degree, window_size, options));
  }
}

const makeBranchedLogSigStream = upstream(
  "BranchedLogSigStream",
  (...args: Arguments<typeof branched.BranchedLogSigStream>) => new branched.BranchedLogSigStream(...args),
  SIZES,
  { planar: false, scalar_term: false, method: null, n_jobs: 1 },
);

/** pysiglib's `BranchedLogSigStream`: see BranchedLogSigStream of @sig/api. */
export class BranchedLogSigStream extends Intervals {
  constructor(
    dimension: number,
    degree: number,
    options?: { planar?: boolean; scalar_term?: boolean; method?: 0 | 1 | 2 | null; n_jobs?: number },
  ) {
    super("BranchedLogSigStream", makeBranchedLogSigStream(dimension, degree, options));
  }
}

const makeBranchedLogSigWindowStream = upstream(
  "BranchedLogSigWindowStream",
  (...args: Arguments<typeof branched.BranchedLogSigWindowStream>) => new branched.BranchedLogSigWindowStream(...args),
  WINDOW_SIZES,
  { stride: 1, planar: false, scalar_term: false, method: null, n_jobs: 1 },
);

/** pysiglib's `BranchedLogSigWindowStream`: see BranchedLogSigWindowStream of @sig/api. */
export class BranchedLogSigWindowStream extends Windows {
  constructor(
    dimension: number,
    degree: number,
    window_size: number,
    options?: { stride?: number; planar?: boolean; scalar_term?: boolean; method?: LogSigMethod | null; n_jobs?: number },
  ) {
    super("BranchedLogSigWindowStream", makeBranchedLogSigWindowStream(dimension, degree, window_size, options));
  }
}
