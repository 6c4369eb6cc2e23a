/** Reading trees and forests that a caller gave: checked copies, safe against cycles and endless arrays. */
import { describe, rangeError, typeError, type ErrorCode, type Place } from "./errors.js";
import type { Forest, Tree } from "./trees.js";

/** What a tree must keep to. */
export interface TreeLimits {
  /** Labels are below this number. */
  readonly dimension: number;
  readonly maxNodes: number;
  /** The refusal of a tree of more nodes, "has more than 3 nodes". */
  readonly tooMany: string;
  readonly code: ErrorCode;
}

const layout = "an array of its children followed by its root label";

/** Copies one argument, counting its nodes. */
class Reader {
  nodes = 0;

  constructor(
    private readonly place: Place,
    private readonly limits: TreeLimits,
  ) {}

  tree(value: unknown): Tree {
    if (!Array.isArray(value)) throw typeError(this.place, `must be a tree, ${layout}, or null, but holds ${describe(value)}`);
    this.count(value.length);
    const root = this.label(value[value.length - 1]);
    return [...this.list(value, value.length - 1), root];
  }

  /** The first `length` entries, which are trees. */
  list(value: readonly unknown[], length: number): Tree[] {
    const trees: Tree[] = [];
    for (let i = 0; i < length; i++) trees.push(this.tree(value[i]));
    return trees;
  }

  /** Counts a node; as many entries of its array, or nodes at least, are still to come. */
  private count(entries: number): void {
    if (entries === 0) throw rangeError(this.place, `must not have empty arrays: a tree is ${layout}, the empty one is null`);
    this.checkRoom(entries);
    this.nodes++;
  }

  checkRoom(nodes: number): void {
    const { maxNodes, tooMany, code } = this.limits;
    if (this.nodes + nodes > maxNodes) throw rangeError(this.place, tooMany, code);
  }

  private label(value: unknown): number {
    const { dimension } = this.limits;
    if (typeof value !== "number") throw typeError(this.place, `must be a tree, ${layout}, but a root label is ${describe(value)}`);
    if (!Number.isSafeInteger(value) || value < 0 || value >= dimension) {
      const upper = dimension === Infinity ? "inf" : String(dimension);
      throw rangeError(this.place, `must only have labels that are integers in the range [0, ${upper}), got ${value}`);
    }
    return value + 0; // -0 is 0
  }
}

const isArray = (value: unknown): value is readonly unknown[] => Array.isArray(value);

/** Whether an array ends in a tree: then it is a forest. */
const endsInTree = (value: readonly unknown[]): boolean => isArray(value[value.length - 1]);

/** A tree that is no forest. */
export function readTree(value: unknown, place: Place, limits: TreeLimits): Tree {
  if (isArray(value) && endsInTree(value)) {
    throw rangeError(place, `must be a tree, ${layout}, got an array of trees: forests belong to planar: true`);
  }
  return new Reader(place, limits).tree(value);
}

/** A planar forest; a tree stands for the forest of it alone. */
export function readForest(value: unknown, place: Place, limits: TreeLimits): Forest {
  const reader = new Reader(place, limits);
  if (!isArray(value) || !endsInTree(value)) return [reader.tree(value)];
  reader.checkRoom(value.length);
  return reader.list(value, value.length);
}
