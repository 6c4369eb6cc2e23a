/** Streams of the windows that slide along a path. */
import { describe, makeTensor, readOptions, SigRangeError, toDense, typeError, type Place, type Tensor, type TensorLike } from "@sig/core";
import type { JobOptions } from "./inputs.js";
import { Context } from "./operation.js";
import type { WindowAlgebra } from "./streamAlgebra.js";
import { PointBuffer, checkPoints, stackValues, type PointFormat } from "./streamPoints.js";
import { encodeNumbers, makeSnapshot, type SnapshotFields, type StreamSnapshot } from "./streamSnapshot.js";

export interface WindowOptions extends JobOptions {
  /** Points from the beginning of one window to that of the next. Default 1. */
  readonly stride?: number | undefined;
}

export interface FromOptions {
  /** The source gives blocks (..., n, dimension) instead of points (..., dimension). Default false. */
  readonly blocks?: boolean | undefined;
}

/** Numbers that are laid out as windows at a time. */
const layoutLimit = 2 ** 20;

const FROM_DEFAULTS = Object.freeze({ blocks: false });

/** Which points belong to which window. */
export interface WindowShape {
  readonly windowSize: number;
  readonly stride: number;
}

export function readWindowShape(context: Context, windowSize: unknown, stride: unknown): WindowShape {
  return { windowSize: context.integer("windowSize", windowSize, 1), stride: context.integer("stride", stride, 1) };
}

/**
 * A stream of windows in any algebra: window w is over the points w * stride to w * stride + windowSize - 1 and complete as soon as the
 * last of them has come. Points that no later window needs are forgotten. Its subclasses are streams in one algebra, and take
 * snapshots back.
 */
export abstract class WindowStream {
  private format: PointFormat | undefined;
  /** The points from the beginning of the next window on. */
  private points: PointBuffer | undefined;
  /** How many points have come. */
  private count = 0;
  /** Windows that were not drained. */
  private windows: Tensor[] = [];

  protected constructor(
    private readonly name: string,
    private readonly algebra: WindowAlgebra,
    private readonly shape: WindowShape,
    private readonly parameters: StreamSnapshot["parameters"],
  ) {}

  /** How many windows have been completed, drained or not. */
  get numWindows(): number {
    return this.windowsIn(this.count);
  }

  /** The leading axes of the points, null before the first push. */
  get batchShape(): readonly number[] | null {
    return this.format === undefined ? null : [...this.format.batchShape];
  }

  private windowsIn(count: number): number {
    const { windowSize, stride } = this.shape;
    return count < windowSize ? 0 : Math.floor((count - windowSize) / stride) + 1;
  }

  /** The number of the first point that is still needed when `count` have come. */
  private firstPoint(count: number): number {
    return Math.min(this.windowsIn(count) * this.shape.stride, count);
  }

  /**
   * Appends a point to the path.
   *
   * @param point (..., dimension); batch shape and dtype are those of the first push
   * @throws SigTypeError, SigRangeError for a point of another kind, dtype or shape; then nothing has changed
   */
  push(point: TensorLike): void {
    this.keep(this.advance(this.place("push", "point"), point, 1));
  }

  /**
   * Appends points to the path, as pushing one after the other does.
   *
   * @param points (..., n, dimension); none is nothing
   * @throws like `push`
   */
  pushBatch(points: TensorLike): void {
    this.keep(this.advance(this.place("pushBatch", "points"), points, 2));
  }

  private keep(windows: readonly Tensor[]): void {
    for (const window of windows) this.windows.push(window);
  }

  /**
   * The windows that were not drained, in their order.
   *
   * @returns (windows, ..., length)
   * @throws SigRangeError before the first window is complete
   */
  sig(): Tensor {
    return this.stacked("sig");
  }

  /**
   * The same, and forgets them: what keeps the memory of an endless stream bounded.
   *
   * @returns (windows, ..., length); none, where all were drained
   * @throws SigRangeError before the first window is complete
   */
  drain(): Tensor {
    const windows = this.stacked("drain");
    this.windows = [];
    return windows;
  }

  /**
   * The windows of a path as it comes, each as soon as it is complete: for await (const window of stream.from(source)). The source is
   * asked for a point when the next window is asked for, not before, and closed when the loop is left. A window that was handed over
   * counts as drained; those of earlier pushes stay for `sig`, and so do those that the loop did not get to.
   *
   * @param source an iterable of points (..., dimension), asynchronous or not
   * @param options `blocks` false; with true, an iterable of blocks of points (..., n, dimension)
   * @returns an iterator of windows (..., length)
   * @throws SigTypeError for a source that is no iterable; while it runs, what `push` throws, and what the source throws
   */
  from(source: AsyncIterable<TensorLike> | Iterable<TensorLike>, options?: FromOptions): AsyncGenerator<Tensor, void, undefined> {
    const operation = `${this.name}.from`;
    const context = new Context(operation);
    const blocks = context.flag("blocks", readOptions(operation, options, FROM_DEFAULTS).blocks);
    if (!isIterable(source))
      throw typeError(context.place("source"), `must be an iterable of ${blocks ? "blocks of " : ""}points, got ${describe(source)}`);
    return this.follow(source, blocks ? 2 : 1);
  }

  private async *follow(source: AsyncIterable<TensorLike> | Iterable<TensorLike>, rank: 1 | 2): AsyncGenerator<Tensor, void, undefined> {
    const place = this.place("from", "source");
    for await (const points of source) {
      const windows = this.advance(place, points, rank);
      let given = 0;
      try {
        while (given < windows.length) yield windows[given++]!;
      } finally {
        this.keep(windows.slice(given));
      }
    }
  }

  private place(method: string, argument: string): Place {
    return { operation: `${this.name}.${method}`, argument };
  }

  private stacked(method: string): Tensor {
    if (this.format !== undefined && this.numWindows > 0)
      return stackValues(this.windows, this.windows.length, this.algebra.width, this.format, this.place(method, "windows"));
    const operation = `${this.name}.${method}`;
    throw new SigRangeError(`${operation}: there is no complete window yet`, { code: "INVALID_VALUE", operation });
  }

  /** Takes points, and returns the windows that they complete. If this fails, nothing has changed. */
  private advance(place: Place, value: unknown, rank: 1 | 2): Tensor[] {
    // Reading the value may run code of the caller, which may push: what there is already is looked at only then.
    const given = toDense(value, place, false);
    const { data, count: added, format } = checkPoints(place, given, rank, this.algebra.dimension, this.format);
    if (added === 0) return [];
    const points = this.points ?? new PointBuffer(format, place);
    const before = points.length;
    const count = this.count + added;
    let windows: Tensor[];
    try {
      points.push(data, added);
      windows = this.complete(points, format, count);
    } catch (error) {
      points.truncate(before);
      throw error;
    }
    points.drop(this.firstPoint(count) - this.firstPoint(this.count));
    this.points = points;
    this.format = format;
    this.count = count;
    return windows;
  }

  /** The windows that are complete when `count` points have come, and were not before: as many at a time as are laid out together. */
  private complete(points: PointBuffer, { batch, batchShape, dimension }: PointFormat, count: number): Tensor[] {
    const { windowSize, stride } = this.shape;
    const windows: Tensor[] = [];
    const end = this.windowsIn(count);
    const most = Math.max(1, Math.floor(layoutLimit / (windowSize * batch * dimension)));
    for (let window = this.numWindows; window < end;) {
      const some = Math.min(most, end - window);
      const values = this.algebra.path(points.paths(window * stride - this.firstPoint(this.count), windowSize, stride, some));
      const size = batch * this.algebra.width;
      for (let i = 0; i < some; i++)
        windows.push(makeTensor(values.data.slice(i * size, (i + 1) * size), [...batchShape, this.algebra.width]));
      window += some;
    }
    return windows;
  }

  /** The whole stream as plain data, which `fromJSON` of its class takes: it survives `JSON.stringify` bit for bit. */
  toJSON(): StreamSnapshot {
    const { format, points, windows } = this;
    const state = format &&
      points && {
        dtype: format.dtype,
        batchShape: format.batchShape,
        count: this.count,
        points: encodeNumbers(points.toArray()),
        windows: windows.map(({ data }) => encodeNumbers(data)),
      };
    return makeSnapshot(this.name, this.parameters, state ?? {});
  }

  /** Takes over the state of a snapshot; for a stream that is new. */
  protected restore(state: SnapshotFields): this {
    if (!state.has("dtype")) return this;
    const format = state.format(this.algebra.dimension);
    const { batch, batchShape, dimension, dtype } = format;
    const { width } = this.algebra;
    const count = state.integer("count", 1);
    const kept = count - this.firstPoint(count);
    const points = PointBuffer.fromArray(
      state.numbers("points", dtype, kept * batch * dimension),
      kept,
      format,
      this.place("push", "point"),
    );
    const windows = state.numbersOfEach("windows", dtype, batch * width).map((data) => makeTensor(data, [...batchShape, width]));
    if (windows.length > this.windowsIn(count)) throw state.inconsistent("windows");
    this.format = format;
    this.points = points;
    this.count = count;
    this.windows = windows;
    return this;
  }
}

function isIterable(value: unknown): boolean {
  return typeof value === "object" && value !== null && (Symbol.asyncIterator in value || Symbol.iterator in value);
}
