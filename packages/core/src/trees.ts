/**
 * Rooted trees and forests with labelled nodes: they index branched signatures as words index signatures. With `planar: false` (the
 * Butcher-Connes-Kreimer algebra) the basis is the trees, whose children have no order; with `planar: true` (the Munthe-Kaas-Wright
 * algebra) the forests, sequences of trees whose children are ordered.
 *
 * Trees come by their number of nodes. Among those of n nodes, child lists are in lexicographic order of the places of their trees in the
 * list of all trees, and under each child list the root labels ascend. A list of children without order is written ascending.
 */
import { checkFlag, checkInteger } from "./checks.js";
import { rangeError, type Place } from "./errors.js";
import { readOptions } from "./options.js";
import { treeCounts } from "./treeCounts.js";

/** The children of the root, then its label: `[0]` is a leaf, `[[0], [1], 2]` a root labelled 2 with two leaves. */
export type Tree = readonly [...children: Tree[], root: number];

/** Planar trees side by side, at least one; the empty forest is null. */
export type Forest = readonly Tree[];

export interface TreeOptions {
  /** Ordered forests of planar trees (Munthe-Kaas-Wright) instead of trees (Butcher-Connes-Kreimer). Default false. */
  readonly planar?: boolean | undefined;
}

const defaults = Object.freeze({ planar: false });

/** Lists of trees are refused where their nodes, and four more for each element, would be more than this. */
export const maxTreeNodes = 2 ** 27;

/** A tree with its number of nodes. */
interface Sized {
  readonly tree: Tree;
  readonly nodes: number;
}

/**
 * The basis elements with exactly `order` nodes: trees, or planar forests. Order 0 gives the empty one alone, which is null. Elements share
 * their subtrees.
 *
 * @param dimension number of labels, at least 0
 * @throws SigRangeError (`TOO_LARGE`) for lists of more than about 2^27 nodes
 * @example treesOfOrder(1, 3) // [[[0], [0], 0], [[[0], 0], 0]]
 */
export function treesOfOrder(dimension: number, order: number, options: TreeOptions & { readonly planar: true }): (Forest | null)[];
export function treesOfOrder(
  dimension: number,
  order: number,
  options?: TreeOptions & { readonly planar?: false | undefined },
): (Tree | null)[];
export function treesOfOrder(dimension: number, order: number, options?: TreeOptions): (Tree | Forest | null)[];
export function treesOfOrder(dimension: number, order: number, options?: TreeOptions): (Tree | Forest | null)[] {
  const operation = "treesOfOrder";
  const planar = readPlanar(operation, options);
  checkInteger(dimension, { operation, argument: "dimension" }, { min: 0 });
  const place = { operation, argument: "order" };
  checkInteger(order, place, { min: 0 });
  if (order === 0) return [null];
  return basisLists(dimension, order, planar, place)[order] ?? [];
}

/**
 * The basis of branched signatures: the empty element, which is null, then all trees, or planar forests, of 1 .. degree nodes, in the order
 * of a branched signature with its scalar term. Elements share their subtrees.
 *
 * @param dimension number of labels, at least 0
 * @param degree most nodes, at least 0
 * @throws SigRangeError (`TOO_LARGE`) for lists of more than about 2^27 nodes
 * @example trees(1, 3) // [null, [0], [[0], 0], [[0], [0], 0], [[[0], 0], 0]]
 */
export function trees(dimension: number, degree: number, options: TreeOptions & { readonly planar: true }): (Forest | null)[];
export function trees(dimension: number, degree: number, options?: TreeOptions & { readonly planar?: false | undefined }): (Tree | null)[];
export function trees(dimension: number, degree: number, options?: TreeOptions): (Tree | Forest | null)[];
export function trees(dimension: number, degree: number, options?: TreeOptions): (Tree | Forest | null)[] {
  const operation = "trees";
  const planar = readPlanar(operation, options);
  checkInteger(dimension, { operation, argument: "dimension" }, { min: 0 });
  const place = { operation, argument: "degree" };
  checkInteger(degree, place, { min: 0 });
  return [null, ...basisLists(dimension, degree, planar, place).flat()];
}

function readPlanar(operation: string, options: TreeOptions | undefined): boolean {
  const { planar } = readOptions<{ planar: unknown }>(operation, options, defaults);
  return checkFlag(planar, { operation, argument: "planar" });
}

function checkListSize(dimension: number, degree: number, planar: boolean, place: Place): void {
  const counts = treeCounts(dimension, planar);
  let nodes = 0;
  for (let n = 1; n <= degree; n++) {
    nodes += Number(counts.basis(n)) * (n + 4);
    if (nodes > maxTreeNodes) {
      const kind = planar ? "planar forests" : "trees";
      const problem = `is too large: the ${kind} of up to ${n} nodes with ${dimension} labels have more than 2^27 nodes, four more counted for each`;
      throw rangeError(place, problem, "TOO_LARGE");
    }
  }
}

/** The basis elements by their number of nodes, of 1 .. degree nodes. */
function basisLists(dimension: number, degree: number, planar: boolean, place: Place): (Tree | Forest)[][] {
  if (dimension === 0) return [];
  checkListSize(dimension, degree, planar, place);
  const all: Sized[] = [];
  /** Where the trees of n nodes begin in `all`. */
  const begin = [0, 0];
  const basis: (Tree | Forest)[][] = [[]];
  for (let nodes = 1; nodes <= degree; nodes++) {
    for (const children of childLists(all, begin, nodes - 1, planar)) {
      for (let label = 0; label < dimension; label++) all.push({ tree: [...children, label], nodes });
    }
    begin.push(all.length);
    basis.push(planar ? childLists(all, begin, nodes, planar) : all.slice(begin[nodes]).map(({ tree }) => tree));
  }
  return basis;
}

/** The forests of a number of nodes: sequences of trees, which ascend (repetitions allowed) unless they are planar. */
function childLists(all: readonly Sized[], begin: readonly number[], nodes: number, planar: boolean): Tree[][] {
  const lists: Tree[][] = [];
  const list: Tree[] = [];
  const extend = (rest: number, least: number): void => {
    if (rest === 0) {
      lists.push(list.slice());
      return;
    }
    for (let i = least; i < begin[rest + 1]!; i++) {
      const { tree, nodes: own } = all[i]!;
      // Without order, what follows is no smaller than this tree: unless it fits, only the trees that use up all nodes are left.
      if (!planar && own < rest && rest - own < own) {
        i = begin[rest]! - 1;
        continue;
      }
      list.push(tree);
      extend(rest - own, planar ? 0 : i);
      list.pop();
    }
  };
  extend(nodes, 0);
  return lists;
}
