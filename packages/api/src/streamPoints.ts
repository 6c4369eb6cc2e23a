/** The points that a stream takes and keeps. */
import { allocateBlank, describeShape, makeTensor, rangeError, typeError, type Dtype, type Place, type Real, type Tensor } from "@sig/core";

/** What the first push decides for all that follow. */
export interface PointFormat {
  readonly dtype: Dtype;
  readonly batchShape: readonly number[];
  readonly batch: number;
  readonly dimension: number;
}

/** Points that were given, dense: (..., dimension), or (..., count, dimension) for a block. */
export interface GivenPoints {
  readonly data: Real;
  readonly count: number;
  readonly format: PointFormat;
}

/** Checks one point (rank 1) or a block of them (rank 2); from the second push on, they have the format of the first. */
export function checkPoints(place: Place, given: Tensor, rank: 1 | 2, dimension: number, locked: PointFormat | undefined): GivenPoints {
  const { data, dtype, shape } = given;
  const axes = shape.length - rank;
  if (axes < 0 || shape[shape.length - 1] !== dimension) {
    const layout = rank === 1 ? `(..., ${dimension})` : `(..., n, ${dimension})`;
    throw rangeError(place, `must have shape ${layout}, got shape ${describeShape(shape)}`, "INVALID_SHAPE");
  }
  const count = rank === 1 ? 1 : shape[axes]!;
  if (locked === undefined) {
    const batchShape = shape.slice(0, axes);
    return { data, count, format: { dtype, batchShape, batch: batchShape.reduce((product, size) => product * size, 1), dimension } };
  }
  if (dtype !== locked.dtype) {
    const hint = "(nested arrays are float64)";
    throw typeError(place, `must have the dtype of the first push, ${locked.dtype}, got ${dtype} ${hint}`, "INVALID_DTYPE");
  }
  if (axes !== locked.batchShape.length || locked.batchShape.some((size, axis) => shape[axis] !== size)) {
    const [expected, got] = [describeShape(locked.batchShape), describeShape(shape.slice(0, axes))];
    throw rangeError(place, `must have the batch shape ${expected} of the first push, got ${got}`, "INVALID_SHAPE");
  }
  return { data, count, format: locked };
}

/** Numbers for which there is room from the beginning. */
const firstRoom = 512;

/** Points in the order of time, each a row of `batch * dimension` numbers. */
export class PointBuffer {
  /** How many points there are. */
  length = 0;
  private data: Real;
  /** Points before the first one that were dropped, and are still in the way. */
  private dropped = 0;
  private readonly width: number;

  /** `expected` is the number of points for which there is no need to reserve more room. */
  constructor(
    private readonly format: PointFormat,
    private readonly place: Place,
    private readonly expected = Infinity,
  ) {
    this.width = format.batch * format.dimension;
    this.data = this.allocate(Math.min(expected, Math.max(8, Math.floor(firstRoom / Math.max(this.width, 1)))));
  }

  private allocate(points: number): Real {
    return allocateBlank(this.format.dtype, points * this.width, this.place);
  }

  /** Makes room for more points, by moving the others to the front where at least as many were dropped. */
  private reserve(more: number): void {
    const needed = this.length + more;
    const capacity = this.width === 0 ? Infinity : this.data.length / this.width;
    if (this.dropped + needed <= capacity) return;
    const kept = this.data.subarray(this.dropped * this.width, (this.dropped + this.length) * this.width);
    if (2 * needed > capacity) this.data = this.allocate(Math.max(needed, Math.min(2 * needed, this.expected)));
    this.data.set(kept);
    this.dropped = 0;
  }

  /** Appends the points `from` to `to - 1` of a block (..., count, dimension). */
  push(block: Real, count: number, from = 0, to = count): void {
    this.reserve(to - from);
    const { batch, dimension } = this.format;
    let at = this.at(this.length);
    if (count === 1) {
      this.data.set(block, at);
    } else {
      for (let point = from; point < to; point++) {
        for (let item = 0; item < batch; item++) {
          const start = (item * count + point) * dimension;
          for (let c = 0; c < dimension; c++) this.data[at++] = block[start + c]!;
        }
      }
    }
    this.length += to - from;
  }

  /** Where a point begins. */
  private at(point: number): number {
    return (this.dropped + point) * this.width;
  }

  /** Forgets all points but the first `length`. */
  truncate(length: number): void {
    this.length = length;
  }

  /** Forgets the first `count` points. */
  drop(count: number): void {
    this.dropped += count;
    this.length -= count;
  }

  /** A copy of one point, (..., dimension). */
  point(index: number): Real {
    return this.data.slice(this.at(index), this.at(index + 1));
  }

  /** The straight segment that leads to a point, (..., dimension). */
  displacement(index: number): Tensor {
    const step = this.point(index);
    const before = this.at(index - 1);
    for (let i = 0; i < step.length; i++) step[i]! -= this.data[before + i]!;
    return makeTensor(step, [...this.format.batchShape, this.format.dimension]);
  }

  /** The path over `length` points from the number `from` on: (..., length, dimension). Only valid until the points change. */
  path(from: number, length: number): Tensor {
    const { batch, batchShape, dimension } = this.format;
    const shape = [...batchShape, length, dimension];
    if (batch === 1) return makeTensor(this.data.subarray(this.at(from), this.at(from + length)), shape);
    const path = this.allocate(length);
    this.gather(from, length, path, 0);
    return makeTensor(path, shape);
  }

  /** The paths over `length` points from the numbers `from`, `from + stride`, ...: (count, ..., length, dimension). */
  paths(from: number, length: number, stride: number, count: number): Tensor {
    const { batchShape, dimension } = this.format;
    const paths = this.allocate(count * length);
    for (let i = 0; i < count; i++) this.gather(from + i * stride, length, paths, i * length * this.width);
    return makeTensor(paths, [count, ...batchShape, length, dimension]);
  }

  private gather(from: number, length: number, out: Real, at: number): void {
    const { batch, dimension } = this.format;
    for (let item = 0, to = at; item < batch; item++) {
      for (let point = from; point < from + length; point++) {
        const start = this.at(point) + item * dimension;
        for (let c = 0; c < dimension; c++) out[to++] = this.data[start + c]!;
      }
    }
  }

  /** All points, as a snapshot keeps them. */
  toArray(): Real {
    return this.data.slice(this.at(0), this.at(this.length));
  }

  /** The buffer that gave such an array. */
  static fromArray(data: Real, length: number, format: PointFormat, place: Place, expected?: number): PointBuffer {
    const points = new PointBuffer(format, place, expected);
    points.reserve(length);
    points.data.set(data);
    points.length = length;
    return points;
  }
}

/** The values of one batch each, on top of each other: (count, ..., width). */
export function stackValues(values: Iterable<Tensor>, count: number, width: number, format: PointFormat, place: Place): Tensor {
  const size = format.batch * width;
  const data = allocateBlank(format.dtype, count * size, place);
  let at = 0;
  for (const value of values) {
    data.set(value.data, at);
    at += size;
  }
  return makeTensor(data, [count, ...format.batchShape, width]);
}
