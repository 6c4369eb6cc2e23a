/**
 * Trees and forests by number, for tables. A forest is an earlier forest followed by one more tree, a tree a label under the forest of its
 * children; equal ones have equal numbers. Without order, the trees of a forest ascend by number.
 */
import { finish, type Steps } from "./steps.js";
import type { Tree } from "./trees.js";

/** The forest without trees. */
export const EMPTY = 0;

/** Pairs of numbers below 2^26 as one key. */
const pairKey = (a: number, b: number): number => a * 2 ** 26 + b;

/** Each list is indexed by the number of the tree or forest. */
export class Forests {
  readonly treeChildren: number[] = [];
  readonly treeLabel: number[] = [];
  readonly treeNodes: number[] = [];
  /** The forest without its last tree, and that tree; -1 for the empty one. */
  readonly before: number[] = [-1];
  readonly last: number[] = [-1];
  readonly nodes: number[] = [0];
  private readonly treesKnown = new Map<number, number>();
  private readonly forestsKnown = new Map<number, number>();

  constructor(readonly planar: boolean) {}

  tree(children: number, label: number): number {
    const key = pairKey(children, label);
    let tree = this.treesKnown.get(key);
    if (tree === undefined) {
      tree = this.treeLabel.length;
      this.treesKnown.set(key, tree);
      this.treeChildren.push(children);
      this.treeLabel.push(label);
      this.treeNodes.push(this.nodes[children]! + 1);
    }
    return tree;
  }

  /** The forest with one more tree at its end. */
  append(forest: number, tree: number): number {
    const key = pairKey(forest, tree);
    let longer = this.forestsKnown.get(key);
    if (longer === undefined) {
      longer = this.before.length;
      this.forestsKnown.set(key, longer);
      this.before.push(forest);
      this.last.push(tree);
      this.nodes.push(this.nodes[forest]! + this.treeNodes[tree]!);
    }
    return longer;
  }

  /** The forest with one more tree: at its end if planar, else where it ascends. */
  with(forest: number, tree: number): number {
    const last = this.last[forest]!;
    if (this.planar || last <= tree) return this.append(forest, tree);
    return this.append(this.with(this.before[forest]!, tree), last);
  }

  /** The trees of both, those of `second` behind. */
  join(first: number, second: number): number {
    return second === EMPTY ? first : this.with(this.join(first, this.before[second]!), this.last[second]!);
  }

  /** The trees of a forest in their order. */
  trees(forest: number): number[] {
    const trees: number[] = [];
    for (let rest = forest; rest !== EMPTY; rest = this.before[rest]!) trees.push(this.last[rest]!);
    return trees.reverse();
  }

  /** The number of a tree that was read from a caller. */
  read(tree: Tree): number {
    return this.tree(this.readForest(tree.slice(0, -1) as Tree[]), tree[tree.length - 1] as number);
  }

  readForest(trees: readonly Tree[]): number {
    let forest = EMPTY;
    for (const tree of trees) forest = this.with(forest, this.read(tree));
    return forest;
  }
}

export interface ForestBasis {
  readonly forests: Forests;
  readonly dimension: number;
  readonly degree: number;
  /** Basis elements of a branched signature in their order: trees, or planar forests. */
  readonly elements: readonly number[];
  /** Elements with n nodes begin at levelStart[n - 1]. */
  readonly levelStart: Int32Array;
}

/** All trees and forests that the basis up to the degree needs; trees are numbered in the order of the basis. */
export function* forestBasis(dimension: number, degree: number, planar: boolean): Steps<ForestBasis> {
  const forests = new Forests(planar);
  /** Trees with n nodes begin at treeStart[n]. */
  const treeStart = [0, 0];
  const levelStart = new Int32Array(degree + 1);
  const elements: number[] = [];
  let children = [EMPTY];
  for (let nodes = 1; nodes <= degree; nodes++) {
    for (let i = 0; i < children.length; i++) {
      for (let label = 0; label < dimension; label++) forests.tree(children[i]!, label);
      if (i % 1024 === 0) yield;
    }
    treeStart.push(forests.treeLabel.length);
    if (planar || nodes < degree) children = yield* forestsOf(forests, treeStart, nodes);
    if (planar) for (const forest of children) elements.push(forest);
    else for (let tree = treeStart[nodes]!; tree < treeStart[nodes + 1]!; tree++) elements.push(tree);
    levelStart[nodes] = elements.length;
  }
  return { forests, dimension, degree, elements, levelStart };
}

/** The forests of a number of nodes in lexicographic order, whose trees are all there. */
function* forestsOf(forests: Forests, treeStart: readonly number[], nodes: number): Steps<number[]> {
  const list: number[] = [];
  function* extend(forest: number, rest: number, least: number): Steps<void> {
    for (let tree = least; tree < treeStart[rest]!; tree++) {
      const left = rest - forests.treeNodes[tree]!;
      // Without order, what follows is no smaller than this tree.
      if (!forests.planar && left < forests.treeNodes[tree]!) break;
      yield* extend(forests.append(forest, tree), left, forests.planar ? 0 : tree);
    }
    const end = treeStart[rest + 1]!;
    for (let tree = Math.max(least, treeStart[rest]!); tree < end; tree++) list.push(forests.append(forest, tree));
    yield;
  }
  yield* extend(EMPTY, nodes, 0);
  return list;
}

/** The basis at once. */
export function wholeBasis(dimension: number, degree: number, planar: boolean): ForestBasis {
  return finish(forestBasis(dimension, degree, planar));
}
