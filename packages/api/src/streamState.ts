/** What snapshots hold of an interval stream: the pieces of its path. */
import { makeTensor, type Place, type Tensor } from "@sig/core";
import type { StreamAlgebra } from "./streamAlgebra.js";
import type { OpenPiece, Piece, PiecesState } from "./streamPieces.js";
import { PointBuffer, type PointFormat } from "./streamPoints.js";
import { encodeNumbers, type SnapshotFields } from "./streamSnapshot.js";

export function writePieces({ firstPiece, closed, open, origin }: PiecesState): object {
  return {
    firstPiece,
    firstCheckpoint: (closed[0] ?? open).first,
    origin: origin === undefined ? null : encodeNumbers(origin.data),
    closed: closed.map((piece) => ({ ...writePiece(piece), value: encodeNumbers(piece.value.data) })),
    open: writePiece(open),
  };
}

function writePiece({ marks, points }: Omit<Piece, "value">): object {
  return { marks: [...marks], points: points === undefined ? null : encodeNumbers(points.toArray()) };
}

/** The pieces of a snapshot; `place` is that of errors about them later on. */
export function readPieces(
  fields: SnapshotFields,
  { width }: Pick<StreamAlgebra, "width">,
  format: PointFormat,
  place: Place,
): PiecesState {
  const { dtype, batch, batchShape, dimension } = format;
  const firstPiece = fields.integer("firstPiece");
  let checkpoint = fields.integer("firstCheckpoint");
  if (firstPiece > checkpoint || firstPiece > 0 !== checkpoint > 0 || fields.has("origin") !== firstPiece > 0)
    throw fields.inconsistent("firstPiece");
  const origin = fields.has("origin") ? readValue(fields, "origin") : undefined;
  const closed = fields.objects("closed").map((piece): Piece => ({ ...readPiece(piece, 2), value: readValue(piece, "value") }));
  const { first, marks, points } = readPiece(fields.object("open"), 1);
  if (points === undefined) throw fields.inconsistent("open");
  return { firstPiece, closed, open: { first, marks, points } satisfies OpenPiece, origin };

  function readValue(from: SnapshotFields, name: string): Tensor {
    return makeTensor(from.numbers(name, dtype, batch * width), [...batchShape, width]);
  }

  function readPiece(from: SnapshotFields, leastMarks: number): Omit<Piece, "value"> {
    const marks = from.integers("marks");
    const length = marks.at(-1)! + 1;
    const inOrder = marks[0] === 0 && marks.every((mark, i) => i === 0 || mark > marks[i - 1]!);
    if (marks.length < leastMarks || !inOrder || (!from.has("points") && marks.length > 2)) throw from.inconsistent("marks");
    const points = from.has("points")
      ? PointBuffer.fromArray(from.numbers("points", dtype, length * batch * dimension), length, format, place)
      : undefined;
    const first = checkpoint;
    checkpoint += marks.length - 1;
    return { first, marks, points };
  }
}
