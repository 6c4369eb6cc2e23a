/** Sparse integer matrices, one line after the other. */
import type { Steps } from "./steps.js";

/** Line i has the entries start[i] .. start[i + 1] - 1. */
export interface Sparse {
  readonly start: Int32Array;
  readonly index: Int32Array;
  readonly value: Float64Array;
}

/** Collects a sparse matrix line by line. What is finished can be read meanwhile; `index` and `value` may be longer than needed. */
export class SparseBuilder implements Sparse {
  readonly start: Int32Array;
  index = new Int32Array(256);
  value = new Float64Array(256);
  /** Entries so far. */
  count = 0;
  private lines = 0;

  constructor(lines: number) {
    this.start = new Int32Array(lines + 1);
  }

  push(index: number, value: number): void {
    if (this.count === this.index.length) {
      const { index: oldIndex, value: oldValue } = this;
      this.index = new Int32Array(2 * this.count);
      this.value = new Float64Array(2 * this.count);
      this.index.set(oldIndex);
      this.value.set(oldValue);
    }
    this.index[this.count] = index;
    this.value[this.count++] = value;
  }

  endLine(): void {
    this.start[++this.lines] = this.count;
  }
}

/** The transpose of a matrix of that many columns, by default a square one; the entries of its lines ascend. */
export function* transpose({ start, index, value }: Sparse, columns = start.length - 1): Steps<Sparse> {
  const lines = start.length - 1;
  const count = start[lines]!;
  const result = { start: new Int32Array(columns + 1), index: new Int32Array(count), value: new Float64Array(count) };
  for (let i = 0; i < lines; i++) {
    for (let e = start[i]!; e < start[i + 1]!; e++) result.start[index[e]! + 1]!++;
    if (i % 1024 === 0) yield;
  }
  for (let i = 0; i < columns; i++) result.start[i + 1]! += result.start[i]!;
  const next = result.start.slice();
  for (let i = 0; i < lines; i++) {
    for (let e = start[i]!; e < start[i + 1]!; e++) {
      const place = next[index[e]!]!++;
      result.index[place] = i;
      result.value[place] = value[e]!;
    }
    if (i % 1024 === 0) yield;
  }
  return result;
}
