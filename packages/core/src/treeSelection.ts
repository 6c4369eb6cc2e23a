/** The `trees` argument of the coefficient operations: the chosen elements with all that their values are made from. */
import { describe, rangeError, typeError, type Place } from "./errors.js";
import { EMPTY, Forests, type ForestBasis } from "./forests.js";
import { checkBytes } from "./memory.js";
import { readForest, readTree, type TreeLimits } from "./treeInput.js";
import type { Forest, Tree } from "./trees.js";

/** Nodes that one tree, or forest, of a list may have. */
export const MAX_NODES = 256;
/** Nodes that a list may have in all. */
const MAX_ALL_NODES = 2 ** 20;
/** Bytes that a node takes while the tables are made, at most. */
const NODE_BYTES = 1000;

/** Trees, or planar forests, of a caller; null is the empty one. */
export type TreeList = readonly (Tree | Forest | null)[];

/** Reads an array of trees, or of planar forests, over the labels below `dimension`; null is the empty one. */
export function readTrees(trees: unknown, dimension: number, planar: boolean, place: Place): TreeList {
  if (!Array.isArray(trees))
    throw typeError(place, `must be an array of trees${planar ? " or planar forests" : ""}, got ${describe(trees)}`);
  const tooMany = `must have at most ${MAX_NODES} nodes in each tree${planar ? " or forest" : ""}`;
  const limits: TreeLimits = { dimension, maxNodes: MAX_NODES, tooMany, code: "TOO_LARGE" };
  const list: (Tree | Forest | null)[] = [];
  for (let i = 0; i < trees.length; i++) {
    const element: unknown = trees[i];
    list.push(element === null ? null : planar ? readForest(element, place, limits) : readTree(element, place, limits));
  }
  const nodes = list.reduce((sum, element) => sum + nodesOf(element), 0);
  if (nodes > MAX_ALL_NODES) throw rangeError(place, `must have at most 2^20 nodes in all, got ${nodes}`, "TOO_LARGE");
  checkBytes(NODE_BYTES * nodes, place);
  return list;
}

/** Nodes of a tree or forest. */
export function nodesOf(element: Tree | Forest | null): number {
  if (element === null) return 0;
  return element.reduce<number>((sum, part) => sum + (typeof part === "number" ? 1 : nodesOf(part)), 0);
}

/** Numbers that spell a list out. */
export function spell(list: TreeList): number[] {
  const numbers: number[] = [];
  const write = (part: Tree | Forest | number): void => {
    if (typeof part === "number") {
      numbers.push(part);
    } else {
      numbers.push(-1 - part.length);
      part.forEach(write);
    }
  };
  for (const element of list) write(element ?? []);
  return numbers;
}

/** The basis of the chosen elements and of those in their integrals, and the place of each chosen one in a row with scalar slot. */
export function selectionBasis(list: TreeList, dimension: number, planar: boolean): { basis: ForestBasis; places: Int32Array } {
  const forests = new Forests(planar);
  const chosen = list.map((element) => {
    if (element === null) return undefined;
    return planar ? forests.readForest(element as Forest) : forests.read(element as Tree);
  });
  const elements = new Set<number>();
  const visit = (element: number): void => {
    if (elements.has(element)) return;
    elements.add(element);
    if (planar) {
      for (const part of [forests.before[element]!, forests.treeChildren[forests.last[element]!]!]) if (part !== EMPTY) visit(part);
    } else {
      forests.trees(forests.treeChildren[element]!).forEach(visit);
    }
  };
  for (const element of chosen) if (element !== undefined) visit(element);
  const nodes = planar ? forests.nodes : forests.treeNodes;
  const sorted = [...elements].sort((a, b) => nodes[a]! - nodes[b]! || a - b);
  const degree = sorted.length === 0 ? 0 : nodes[sorted[sorted.length - 1]!]!;
  const levelStart = new Int32Array(degree + 1);
  for (const element of sorted) levelStart[nodes[element]!]!++;
  for (let n = 1; n <= degree; n++) levelStart[n]! += levelStart[n - 1]!;
  const placeOf = new Map(sorted.map((element, i) => [element, i + 1]));
  const places = Int32Array.from(chosen, (element) => (element === undefined ? 0 : placeOf.get(element)!));
  return { basis: { forests, dimension, degree, elements: sorted, levelStart }, places };
}
