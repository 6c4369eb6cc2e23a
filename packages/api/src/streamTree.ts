/** Products of many values, kept so that the product of any run of them takes few multiplications and no division. */
import type { Tensor } from "@sig/core";

/** A list that grows at its end and shrinks at its front; each item keeps its number for life. */
export class Queue<T> {
  private items: (T | undefined)[] = [];
  private shifted = 0;

  /** `first` is the number of the first item that will come. */
  constructor(private origin = 0) {}

  /** The number of the first item that is left. */
  get first(): number {
    return this.origin + this.shifted;
  }

  /** One more than the number of the last item. */
  get end(): number {
    return this.origin + this.items.length;
  }

  get size(): number {
    return this.items.length - this.shifted;
  }

  /** The item of a number from `first` to `end - 1`. */
  get(number: number): T {
    return this.items[number - this.origin] as T;
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): void {
    this.items[this.shifted++] = undefined;
    if (2 * this.shifted < this.items.length) return;
    this.items.splice(0, this.shifted);
    this.origin += this.shifted;
    this.shifted = 0;
  }

  /** Forgets the items from the number `end` on. */
  truncate(end: number): void {
    if (end < this.end) this.items.length = Math.max(end - this.origin, this.shifted);
  }

  *[Symbol.iterator](): Generator<T> {
    for (let number = this.first; number < this.end; number++) yield this.get(number);
  }
}

/**
 * The products of all runs of 2^k values that begin at a multiple of 2^k. A run from anywhere to anywhere is the product of at most
 * two of them for each k, so that its rounding error grows with the logarithm of its length.
 */
export class ProductTree {
  /** levels[k] holds the products of 2^k values; number j is over the values j 2^k to (j + 1) 2^k - 1. */
  private readonly levels: Queue<Tensor>[];

  constructor(
    private readonly combine: (left: Tensor, right: Tensor) => Tensor,
    first = 0,
  ) {
    this.levels = [new Queue(first)];
  }

  push(value: Tensor): void {
    const leaves = this.levels[0]!;
    const end = leaves.end;
    leaves.push(value);
    try {
      this.carry(end, value);
    } catch (error) {
      this.truncate(end);
      throw error;
    }
  }

  /** Makes the products that the value of a number completes. */
  private carry(number: number, value: Tensor): void {
    for (let level = 0; number % 2 === 1; level++) {
      const siblings = this.levels[level]!;
      if (number - 1 < siblings.first) return;
      value = this.combine(siblings.get(number - 1), value);
      number = (number - 1) / 2;
      const parents = this.levels[level + 1];
      if (parents === undefined || parents.size === 0) (this.levels[level + 1] = new Queue(number)).push(value);
      else parents.push(value);
    }
  }

  /** Forgets the values from the number `end` on. */
  truncate(end: number): void {
    this.levels.forEach((level, k) => {
      level.truncate(Math.floor(end / 2 ** k));
    });
  }

  /** Forgets the first value, and every product that has it. */
  shift(): void {
    const gone = this.levels[0]!.first;
    this.levels.forEach((level, k) => {
      if (level.size > 0 && level.first * 2 ** k <= gone) level.shift();
    });
  }

  /** The product of the values `from` to `to - 1`, at least one; one of those that are kept, where there is no need to multiply. */
  product(from: number, to: number): Tensor {
    let result: Tensor | undefined;
    while (from < to) {
      let level = 0;
      let length = 1;
      for (; from % (2 * length) === 0 && from + 2 * length <= to; length *= 2) level++;
      const part = this.levels[level]!.get(from / length);
      result = result === undefined ? part : this.combine(result, part);
      from += length;
    }
    return result!;
  }
}
