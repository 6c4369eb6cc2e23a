/** Places of trees and planar forests in the basis of branched signatures, by counting what comes before them. */
import { checkFlag, checkInteger } from "./checks.js";
import { rangeError, type Place } from "./errors.js";
import { readOptions } from "./options.js";
import { treeCounts, type TreeCounts } from "./treeCounts.js";
import { readForest, readTree, type TreeLimits } from "./treeInput.js";
import type { Forest, Tree, TreeOptions } from "./trees.js";

export interface TreeIndexOptions extends TreeOptions {
  /** The branched signature begins with its scalar term, the entry of the empty tree. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const defaults = Object.freeze({ planar: false, scalarTerm: false });

/** Even with one label, the trees of this many nodes come after place 2^53. */
const MAX_NODES = 64;

/** A tree as its number of nodes and its place among the trees of as many. */
interface Ranked {
  readonly nodes: number;
  readonly rank: bigint;
}

const before = (a: Ranked, b: Ranked): number => a.nodes - b.nodes || (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0);
const nodesOf = (trees: readonly Ranked[]): number => trees.reduce((sum, { nodes }) => sum + nodes, 0);

function rankTree(tree: Tree, counts: TreeCounts): Ranked {
  const children = tree.slice(0, -1).map((child) => rankTree(child as Tree, counts));
  if (!counts.planar) children.sort(before);
  const label = BigInt(tree[tree.length - 1] as number);
  return { nodes: nodesOf(children) + 1, rank: rankForest(children, counts) * counts.labels + label };
}

/** The place of a list of trees among the lists of as many nodes; without order, the list ascends. */
function rankForest(trees: readonly Ranked[], counts: TreeCounts): bigint {
  let rest = nodesOf(trees);
  let rank = 0n;
  let least: Ranked = { nodes: 1, rank: 0n };
  for (const tree of trees) {
    if (counts.planar) {
      for (let nodes = 1; nodes < tree.nodes; nodes++) rank += counts.trees(nodes) * counts.forests(rest - nodes);
      rank += tree.rank * counts.forests(rest - tree.nodes);
    } else {
      rank += counts.multisets(rest, least.nodes, least.rank) - counts.multisets(rest, tree.nodes, tree.rank);
      least = tree;
    }
    rest -= tree.nodes;
  }
  return rank;
}

function treeAt({ nodes, rank }: Ranked, counts: TreeCounts): Tree {
  return [...forestAt(nodes - 1, rank / counts.labels, counts), Number(rank % counts.labels)];
}

/** The list of trees at a place among those of as many nodes. */
function forestAt(nodes: number, rank: bigint, counts: TreeCounts): Tree[] {
  const trees: Tree[] = [];
  const least = { nodes: 1, rank: 0n };
  while (nodes > 0) {
    const [first, skipped] = counts.planar ? firstOfSequence(nodes, rank, counts) : firstOfMultiset(nodes, rank, least, counts);
    trees.push(treeAt(first, counts));
    Object.assign(least, first);
    nodes -= first.nodes;
    rank -= skipped;
  }
  return trees;
}

/** The first tree of the list at this place, and how many lists come before those that begin with it. */
function firstOfSequence(nodes: number, rank: bigint, counts: TreeCounts): [first: Ranked, skipped: bigint] {
  let skipped = 0n;
  let own = 1;
  for (;;) {
    const lists = counts.trees(own) * counts.forests(nodes - own);
    if (rank - skipped < lists) break;
    skipped += lists;
    own++;
  }
  const following = counts.forests(nodes - own);
  const first = (rank - skipped) / following;
  return [{ nodes: own, rank: first }, skipped + first * following];
}

function firstOfMultiset(nodes: number, rank: bigint, least: Ranked, counts: TreeCounts): [first: Ranked, skipped: bigint] {
  const all = counts.multisets(nodes, least.nodes, least.rank);
  const skippedBy = (own: number, from: bigint): bigint => all - counts.multisets(nodes, own, from);
  let own = least.nodes;
  while (own < nodes && skippedBy(own + 1, 0n) <= rank) own++;
  let low = own === least.nodes ? least.rank : 0n;
  let high = counts.trees(own) - 1n;
  while (low < high) {
    const middle = (low + high + 1n) / 2n;
    if (skippedBy(own, middle) <= rank) low = middle;
    else high = middle - 1n;
  }
  return [{ nodes: own, rank: low }, skippedBy(own, low)];
}

function limitsOf(dimension: number, degree: number): TreeLimits {
  if (degree <= MAX_NODES)
    return { dimension, maxNodes: degree, tooMany: `must have at most ${degree} nodes, the degree`, code: "INVALID_VALUE" };
  return { dimension, maxNodes: MAX_NODES, tooMany: "has too many nodes: its place passes 2^53 - 1", code: "TOO_LARGE" };
}

/**
 * Place of a tree, or planar forest, in a branched signature; the order is that of {@link trees}.
 *
 * @param tree children in any order unless `planar`; a tree in place of a planar forest is the forest of it alone; null, the empty tree, has
 *   a place only with `scalarTerm`
 * @param dimension number of labels: channels of the path after its transforms
 * @param degree truncation: most nodes
 * @throws SigRangeError for a tree outside the basis; code `TOO_LARGE` where the place passes 2^53 - 1
 * @example treeToIdx([[0], [1], 0], 2, 3) // 8
 */
export function treeToIdx(tree: Tree | Forest | null, dimension: number, degree: number, options?: TreeIndexOptions): number {
  const operation = "treeToIdx";
  const { planar, scalarTerm } = readIndexOptions(operation, options);
  const place = { operation, argument: "tree" };
  const limits = limitsOf(
    checkInteger(dimension, { operation, argument: "dimension" }, { min: 0 }),
    checkInteger(degree, { operation, argument: "degree" }, { min: 0 }),
  );
  if (tree === null) {
    if (scalarTerm) return 0;
    throw rangeError(
      place,
      "must not be null: the empty tree is the scalar term, which a branched signature has with scalarTerm: true only",
    );
  }
  const read = planar ? readForest(tree, place, limits) : readTree(tree, place, limits);
  const index = basisPlace(read, dimension, planar) + (scalarTerm ? 1n : 0n);
  if (index > Number.MAX_SAFE_INTEGER) throw rangeError(place, "has too many nodes: its place passes 2^53 - 1", "TOO_LARGE");
  return Number(index);
}

/** The place of a checked tree, or planar forest, in a row without scalar term. */
export function basisPlace(element: Tree | Forest, dimension: number, planar: boolean): bigint {
  const counts = treeCounts(dimension, planar);
  const trees = (planar ? element : [element]).map((tree) => rankTree(tree as Tree, counts));
  const nodes = nodesOf(trees);
  let place = planar ? rankForest(trees, counts) : trees[0]!.rank;
  for (let n = 1; n < nodes; n++) place += counts.basis(n);
  return place;
}

/**
 * The tree, or planar forest, at a place of a branched signature, the inverse of {@link treeToIdx}; null at the scalar term.
 *
 * @throws SigRangeError for a negative place, and one past the end of the signature of this dimension and degree
 * @example idxToTree(8, 2, 3) // [[0], [1], 0]
 */
export function idxToTree(
  idx: number,
  dimension: number,
  degree: number,
  options: TreeIndexOptions & { readonly planar: true },
): Forest | null;
export function idxToTree(
  idx: number,
  dimension: number,
  degree: number,
  options?: TreeIndexOptions & { readonly planar?: false | undefined },
): Tree | null;
export function idxToTree(idx: number, dimension: number, degree: number, options?: TreeIndexOptions): Tree | Forest | null;
export function idxToTree(idx: number, dimension: number, degree: number, options?: TreeIndexOptions): Tree | Forest | null {
  const operation = "idxToTree";
  const { planar, scalarTerm } = readIndexOptions(operation, options);
  const place: Place = { operation, argument: "idx" };
  let rest = BigInt(checkInteger(idx, place, { min: 0 }));
  const counts = treeCounts(checkInteger(dimension, { operation, argument: "dimension" }, { min: 0 }), planar);
  checkInteger(degree, { operation, argument: "degree" }, { min: 0 });
  if (scalarTerm && rest-- === 0n) return null;
  let nodes = 1;
  // Without labels there are no trees, of any degree.
  for (const last = dimension === 0 ? 0 : degree; nodes <= last && rest >= counts.basis(nodes); nodes++) rest -= counts.basis(nodes);
  if (dimension === 0 || nodes > degree) {
    throw rangeError(place, `is past the end: no basis element of dimension ${dimension} and degree ${degree} has the place ${idx}`);
  }
  return planar ? forestAt(nodes, rest, counts) : treeAt({ nodes, rank: rest }, counts);
}

function readIndexOptions(operation: string, options: TreeIndexOptions | undefined): { planar: boolean; scalarTerm: boolean } {
  const { planar, scalarTerm } = readOptions<{ planar: unknown; scalarTerm: unknown }>(operation, options, defaults);
  return {
    planar: checkFlag(planar, { operation, argument: "planar" }),
    scalarTerm: checkFlag(scalarTerm, { operation, argument: "scalarTerm" }),
  };
}
