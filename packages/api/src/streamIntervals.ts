/** Streams that answer for any interval of a path that grows point by point. */
import { checkInteger, describe, makeTensor, SigRangeError, toDense, typeError, type Place, type Tensor, type TensorLike } from "@sig/core";
import type { StreamAlgebra } from "./streamAlgebra.js";
import { Pieces } from "./streamPieces.js";
import { checkPoints, stackValues, type PointFormat } from "./streamPoints.js";
import { makeSnapshot, type SnapshotFields, type StreamSnapshot } from "./streamSnapshot.js";
import { readPieces, writePieces } from "./streamState.js";

/** A stream of intervals in any algebra. Its subclasses are streams in one, and take snapshots back. */
export abstract class IntervalStream {
  private pieces: Pieces | undefined;
  private format: PointFormat | undefined;
  private start = 0;
  private readonly pushPlace: Place;

  protected constructor(
    private readonly name: string,
    private readonly algebra: StreamAlgebra,
    private readonly parameters: StreamSnapshot["parameters"],
  ) {
    this.pushPlace = this.place("push", "point");
  }

  private place(method: string, argument: string): Place {
    return { operation: `${this.name}.${method}`, argument };
  }

  /** How many checkpoints there are: one for the first point, and one for each push since, less those that were popped. */
  get size(): number {
    return this.endIndex - this.start + 1;
  }

  /** The number of the first checkpoint that is left: how many were popped. */
  get startIndex(): number {
    return this.start;
  }

  /** The number of the last checkpoint, -1 before the first push. */
  get endIndex(): number {
    return this.pieces === undefined ? -1 : this.pieces.end;
  }

  /** The leading axes of the points, null before the first push. */
  get batchShape(): readonly number[] | null {
    return this.format === undefined ? null : [...this.format.batchShape];
  }

  /**
   * Appends a point to the path, which becomes a checkpoint.
   *
   * @param point (..., dimension); batch shape and dtype are those of the first push
   * @throws SigTypeError, SigRangeError for a point of another kind, dtype or shape; then nothing has changed
   */
  push(point: TensorLike): void {
    this.append(this.pushPlace, point, 1);
  }

  /**
   * Appends points to the path, the last of which becomes a checkpoint; of the first block, the first point too.
   *
   * @param points (..., n, dimension); none is nothing
   * @throws like `push`
   */
  pushBatch(points: TensorLike): void {
    this.append(this.place("pushBatch", "points"), points, 2);
  }

  private append(place: Place, value: TensorLike, rank: 1 | 2): void {
    // Reading the value may run code of the caller, which may push: what there is already is looked at only then.
    const given = toDense(value, place, false);
    const points = checkPoints(place, given, rank, this.algebra.dimension, this.format);
    if (points.count === 0) return;
    const pieces = this.pieces ?? new Pieces(this.algebra, points.format, this.pushPlace);
    pieces.push(points);
    this.pieces = pieces;
    this.format = points.format;
  }

  /**
   * Forgets the oldest checkpoint; the numbers of the others do not change.
   *
   * @throws SigRangeError where there is only one, or none
   */
  popFront(): void {
    if (this.pieces === undefined || this.size < 2) {
      const operation = `${this.name}.popFront`;
      throw new SigRangeError(`${operation}: at least 2 checkpoints are needed, there are ${this.size}`, {
        code: "INVALID_VALUE",
        operation,
      });
    }
    this.pieces.dropBefore(this.start + 1);
    this.start++;
  }

  /**
   * The value of the path from one checkpoint to another; of the path run backwards, where `start` is after `end`.
   *
   * @param start number of a checkpoint, from `startIndex` to `endIndex`
   * @param end likewise
   * @returns (..., length)
   * @throws SigTypeError, SigRangeError for what is no number of a checkpoint
   */
  sig(start: number, end: number): Tensor {
    const pieces = this.filled("sig");
    const from = this.checkpoint(start, "sig", "start");
    return this.present(this.between(pieces, from, this.checkpoint(end, "sig", "end")), true);
  }

  /**
   * The values of several intervals.
   *
   * @param intervals pairs [start, end], as for `sig`
   * @returns (intervals, ..., length)
   * @throws like `sig`
   */
  sigBatch(intervals: readonly (readonly [start: number, end: number])[]): Tensor {
    const pieces = this.filled("sigBatch");
    const place = this.place("sigBatch", "intervals");
    if (!Array.isArray(intervals)) throw typeError(place, `must be an array of pairs [start, end], got ${describe(intervals)}`);
    const pairs = Array.from(intervals as readonly unknown[], (pair) => {
      if (!Array.isArray(pair) || pair.length !== 2) throw typeError(place, `must hold pairs [start, end], got ${describe(pair)}`);
      return [this.checkpoint(pair[0], "sigBatch", "intervals"), this.checkpoint(pair[1], "sigBatch", "intervals")] as const;
    });
    const values = pairs.map(([start, end]) => this.between(pieces, start, end));
    return this.present(stackValues(values, pairs.length, this.algebra.width, this.format!, place));
  }

  /**
   * The values from the very first point, also where it was popped, to each checkpoint that is left.
   *
   * @returns (size, ..., length)
   * @throws SigRangeError before the first push
   */
  sigAll(): Tensor {
    const pieces = this.filled("sigAll");
    const place = this.place("sigAll", "size");
    return this.present(stackValues(pieces.fromOrigin(this.start), this.size, this.algebra.width, this.format!, place));
  }

  private filled(method: string): Pieces {
    if (this.pieces !== undefined) return this.pieces;
    const operation = `${this.name}.${method}`;
    throw new SigRangeError(`${operation}: nothing has been pushed yet`, { code: "INVALID_VALUE", operation });
  }

  private checkpoint(value: unknown, method: string, argument: string): number {
    return checkInteger(value, this.place(method, argument), { min: this.startIndex, max: this.endIndex });
  }

  private between(pieces: Pieces, start: number, end: number): Tensor {
    if (start === end) return pieces.unit();
    return start < end ? pieces.value(start, end) : this.algebra.inverse(pieces.value(end, start));
  }

  /** Values as they are given out; what the pieces may keep is copied. */
  private present(values: Tensor, kept = false): Tensor {
    if (this.algebra.present) return this.algebra.present(values);
    return kept ? makeTensor(values.data.slice(), values.shape) : values;
  }

  /** The whole stream as plain data, which `fromJSON` of its class takes: it survives `JSON.stringify` bit for bit. */
  toJSON(): StreamSnapshot {
    const { pieces, format, start } = this;
    const state = pieces && format && { dtype: format.dtype, batchShape: format.batchShape, start, ...writePieces(pieces.state) };
    return makeSnapshot(this.name, this.parameters, state ?? {});
  }

  /** Takes over the state of a snapshot; for a stream that is new. */
  protected restore(state: SnapshotFields): this {
    if (!state.has("dtype")) return this;
    const format = state.format(this.algebra.dimension);
    const pieces = new Pieces(this.algebra, format, this.pushPlace, readPieces(state, this.algebra, format, this.pushPlace));
    const start = state.integer("start");
    if (start < pieces.first || start > pieces.end) throw state.inconsistent("start");
    this.pieces = pieces;
    this.format = format;
    this.start = start;
    return this;
  }
}
