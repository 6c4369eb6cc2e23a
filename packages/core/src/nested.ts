import { describe, describeShape, rangeError, typeError, type Place } from "./errors.js";
import { allocate } from "./memory.js";
import { productOf } from "./sizes.js";
import { makeTensor, type Tensor } from "./tensor.js";

const maxDepth = 64;

/**
 * Nested arrays of numbers as a float64 tensor. The shape is that of the first row at every depth, all others must have it;
 * `[[], []]` has shape (2, 0).
 */
export function fromNested(value: readonly unknown[], place: Place): Tensor {
  const shape: number[] = [];
  let first: unknown = value;
  while (Array.isArray(first)) {
    if (shape.length === maxDepth) throw rangeError(place, `is nested deeper than ${maxDepth} arrays`, "INVALID_SHAPE");
    shape.push(first.length);
    first = first[0];
  }
  const lastSize = shape[shape.length - 1]!;
  if (lastSize > 0 && typeof first !== "number") throw notANumber(first, new Array<number>(shape.length).fill(0), place);
  // An empty last axis still has its rows to be visited, which must end.
  const size = productOf(lastSize > 0 ? shape : shape.slice(0, -1), place);
  const data = allocate("float64", size, place);
  fill(value, 0, 0);
  return makeTensor(lastSize > 0 ? data : new Float64Array(0), shape);

  /** Writes the rows under `rows` from `start` on and returns where they end. */
  function fill(rows: readonly unknown[], depth: number, start: number): number {
    const last = depth === shape.length - 1;
    let at = start;
    if (rows.length !== shape[depth]) throw ragged(rows.length, depth);
    for (let i = 0; i < shape[depth]; i++) {
      const row = rows[i];
      if (last) {
        if (typeof row !== "number") throw Array.isArray(row) ? ragged(row.length, depth + 1) : notANumber(row, [i], place);
        data[at++] = row;
      } else {
        if (!Array.isArray(row)) throw typeof row === "number" ? ragged(undefined, depth + 1) : notANumber(row, [i], place);
        at = fill(row, depth + 1, at);
      }
    }
    return at;
  }

  function ragged(length: number | undefined, depth: number): RangeError {
    const found = length === undefined ? "a number" : `a row of length ${length}`;
    const shared = depth < shape.length ? `rows of length ${shape[depth]} there` : "numbers there";
    const expected = `the first rows make the shape ${describeShape(shape)}, with ${shared}`;
    return rangeError(place, `is ragged: ${found} at depth ${depth}, where ${expected}`, "INVALID_SHAPE");
  }
}

function notANumber(value: unknown, index: readonly number[], place: Place): TypeError {
  const hint = ArrayBuffer.isView(value) ? " (typed arrays are not nested: pass one with its shape, { data, shape })" : "";
  return typeError(place, `must hold numbers only, got ${describe(value)} at [${index.join("][")}]${hint}`);
}
