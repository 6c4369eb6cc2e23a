/**
 * How an interval stream remembers a path: cut into pieces, each with its points and, once it is full, its value; and the products
 * of runs of pieces. The value between two checkpoints is the product of at most two parts of pieces, computed from their points,
 * and of the pieces in between. No inverse is taken, so nothing cancels, however long the stream.
 */
import { makeTensor, type Place, type Real, type Tensor } from "@sig/core";
import type { StreamAlgebra } from "./streamAlgebra.js";
import { PointBuffer, type GivenPoints, type PointFormat } from "./streamPoints.js";
import { ProductTree, Queue } from "./streamTree.js";

/** A stretch of the path, from one checkpoint to a later one. The next piece begins with its last point. */
export interface Piece {
  /** The number of its first checkpoint. */
  readonly first: number;
  /** Which of its points are checkpoints: the first, ..., the last. */
  readonly marks: number[];
  /** Absent in a long block without checkpoints inside. */
  readonly points: PointBuffer | undefined;
  readonly value: Tensor;
}

/** The piece that still grows. */
export interface OpenPiece extends Omit<Piece, "value"> {
  readonly points: PointBuffer;
}

/** What a snapshot holds of the pieces. */
export interface PiecesState {
  readonly firstPiece: number;
  readonly closed: readonly Piece[];
  readonly open: OpenPiece;
  readonly origin: Tensor | undefined;
}

function lastCheckpoint({ first, marks }: Omit<Piece, "value">): number {
  return first + marks.length - 1;
}

/** Segments of a full piece: so many that its value and its share of the products take at most four times the room of its points. */
export function pieceLength({ width, dimension }: Pick<StreamAlgebra, "width" | "dimension">): number {
  return Math.max(32, Math.ceil(width / (2 * dimension)));
}

export class Pieces {
  private readonly closed: Queue<Piece>;
  private readonly products: ProductTree;
  private open: OpenPiece;
  /** The value of all that was dropped, from the first point of the stream on. */
  private origin: Tensor | undefined;
  /** The value from a checkpoint to the beginning of a piece, as last asked for: the end of a stream is asked for again and again. */
  private recent: { readonly start: number; readonly piece: number; readonly value: Tensor } | undefined;
  private readonly fullLength: number;

  constructor(
    private readonly algebra: StreamAlgebra,
    private readonly format: PointFormat,
    private readonly place: Place,
    state?: PiecesState,
  ) {
    this.fullLength = pieceLength(algebra);
    this.closed = new Queue(state?.firstPiece);
    this.products = new ProductTree(algebra.combine, state?.firstPiece);
    this.open = state?.open ?? { first: 0, marks: [], points: this.newPoints() };
    this.origin = state?.origin;
    for (const piece of state?.closed ?? []) this.append(piece);
  }

  get state(): PiecesState {
    return { firstPiece: this.closed.first, closed: [...this.closed], open: this.open, origin: this.origin };
  }

  /** The number of the first checkpoint of the pieces that are left. */
  get first(): number {
    return this.piece(this.closed.first).first;
  }

  /** The number of the last checkpoint. */
  get end(): number {
    return lastCheckpoint(this.open);
  }

  /** Appends points (not none). The last becomes a checkpoint, and where there was none before, the first too. If this fails, nothing has changed. */
  push({ data, count }: GivenPoints): void {
    const { open, closed, products } = this;
    const { points, marks } = open;
    const before = { pieces: closed.end, points: points.length, marks: marks.length };
    try {
      if (marks.length === 0) {
        points.push(data, count, 0, 1);
        marks.push(0);
        if (count > 1) this.extend(data, count, 1);
      } else {
        this.extend(data, count, 0);
      }
    } catch (error) {
      closed.truncate(before.pieces);
      products.truncate(before.pieces);
      points.truncate(before.points);
      marks.length = before.marks;
      this.open = open;
      throw error;
    }
  }

  /** Adds the points `from` to `count - 1` of a block after the last one. */
  private extend(data: Real, count: number, from: number): void {
    const { points, marks } = this.open;
    if (count - from >= this.fullLength) {
      this.extendByBlock(data, count, from);
      return;
    }
    points.push(data, count, from);
    marks.push(points.length - 1);
    if (points.length > this.fullLength) this.close();
  }

  /** The same for so many that their value takes less room than they do: the value alone is kept. */
  private extendByBlock(data: Real, count: number, from: number): void {
    const points = this.pointsAfter(this.open);
    if (this.open.marks.length > 1) this.close();
    points.push(data, count, from);
    const segments = points.length - 1;
    const value = this.algebra.path(points.path(0, segments + 1));
    this.append({ first: this.open.first, marks: [0, segments], points: undefined, value });
    this.open = { first: this.open.first + 1, marks: [0], points: this.pointsAfter({ points }) };
  }

  private close(): void {
    const { open } = this;
    this.append({ ...open, value: this.algebra.path(open.points.path(0, open.points.length)) });
    this.open = { first: lastCheckpoint(open), marks: [0], points: this.pointsAfter(open) };
  }

  private append(piece: Piece): void {
    this.products.push(piece.value);
    this.closed.push(piece);
  }

  private newPoints(): PointBuffer {
    return new PointBuffer(this.format, this.place, this.fullLength + 1);
  }

  /** New points that begin with the last one of others. */
  private pointsAfter({ points }: Pick<OpenPiece, "points">): PointBuffer {
    const next = this.newPoints();
    next.push(points.point(points.length - 1), 1);
    return next;
  }

  /** Forgets what lies before the checkpoint `start`, which is not the last one: at most one piece, if called for each. */
  dropBefore(start: number): void {
    const { closed } = this;
    while (closed.size > 0 && lastCheckpoint(closed.get(closed.first)) <= start) {
      const { value } = closed.get(closed.first);
      this.origin = this.origin === undefined ? value : this.algebra.combine(this.origin, value);
      closed.shift();
      this.products.shift();
    }
  }

  /** The value from the checkpoint `start` to a later one. It may be kept here: not to be written to. */
  value(start: number, end: number): Tensor {
    const last = this.pieceBefore(end);
    const piece = this.piece(last);
    if (piece.first <= start) return this.part(piece, start, end);
    return this.algebra.combine(this.upTo(start, last), this.part(piece, piece.first, end));
  }

  /** The value from a checkpoint to the beginning of a later piece. */
  private upTo(start: number, last: number): Tensor {
    if (this.recent?.start === start && this.recent.piece === last) return this.recent.value;
    const number = this.pieceBefore(start + 1);
    const piece = this.piece(number);
    const whole = piece.first === start ? number : number + 1;
    const head = whole === number ? undefined : this.part(piece, start, lastCheckpoint(piece));
    const tail = whole < last ? this.products.product(whole, last) : undefined;
    const value = head && tail ? this.algebra.combine(head, tail) : (head ?? tail!);
    this.recent = { start, piece: last, value };
    return value;
  }

  /** The value between two checkpoints of a piece. */
  private part(piece: Piece | OpenPiece, start: number, end: number): Tensor {
    const { first, marks, points } = piece;
    if ("value" in piece && start === first && end === lastCheckpoint(piece)) return piece.value;
    const from = marks[start - first]!;
    return this.algebra.path(points!.path(from, marks[end - first]! - from + 1));
  }

  private piece(number: number): Piece | OpenPiece {
    return number === this.closed.end ? this.open : this.closed.get(number);
  }

  /** The number of the last piece that begins before a checkpoint. */
  private pieceBefore(checkpoint: number): number {
    let low = this.closed.first;
    let high = this.closed.end;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.piece(middle).first < checkpoint) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The values from the first point of the stream to each checkpoint from `start` on. */
  *fromOrigin(start: number): Generator<Tensor> {
    const { combine, join } = this.algebra;
    let value = this.origin ?? this.unit();
    if (this.first >= start) yield value;
    for (const piece of [...this.closed, this.open]) {
      const { first, marks, points } = piece;
      if (points === undefined) {
        value = combine(value, (piece as Piece).value);
        if (first + 1 >= start) yield value;
        continue;
      }
      for (let mark = 1; mark < marks.length; mark++) {
        for (let point = marks[mark - 1]! + 1; point <= marks[mark]!; point++) value = join(value, points.displacement(point));
        if (first + mark >= start) yield value;
      }
    }
  }

  /** The value of a path that does not move. */
  unit(): Tensor {
    const { batch, batchShape, dimension, dtype } = this.format;
    const zeros = new (dtype === "float32" ? Float32Array : Float64Array)(batch * dimension);
    return this.algebra.path(makeTensor(zeros, [...batchShape, 1, dimension]));
  }
}
