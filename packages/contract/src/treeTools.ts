import { trees, type Forest, type Tree } from "@sig/api";
import type { Tensor } from "@sig/api";
import { shuffles } from "./pathTools.js";
import { isLyndon } from "./reference/lyndon.js";

type Word = readonly number[];

const labelOf = (tree: Tree): number => tree[tree.length - 1] as number;
const childrenOf = (tree: Tree): Forest => tree.slice(0, -1) as Tree[];

/** The elements of a row without scalar slot, as forests: of one tree each, unless planar. */
export const basisOf = (dimension: number, degree: number, planar: boolean): Forest[] =>
  trees(dimension, degree, { planar })
    .filter((element) => element !== null)
    .map((element) => (planar ? (element as Forest) : [element as Tree]));

/** Nodes of a forest. */
export const nodesOf = (forest: Forest): number => forest.reduce((sum, tree) => sum + 1 + nodesOf(childrenOf(tree)), 0);

/** The value at each forest of a row, and 1 at the empty one. */
export function valuesByForest(row: Tensor, dimension: number, degree: number, planar: boolean): (forest: Forest) => number {
  const values = new Map(basisOf(dimension, degree, planar).map((forest, i) => [JSON.stringify(forest), row.data[i] ?? NaN]));
  return (forest) => (forest.length === 0 ? 1 : (values.get(JSON.stringify(forest)) ?? NaN));
}

const shuffledWords = (a: readonly Word[], b: readonly Word[]): Word[] => a.flatMap((u) => b.flatMap((v) => shuffles(u, v)));

/**
 * The words, with repetitions, whose coefficients in the signature add up to the value of a forest, where each segment is straight: a root is
 * the last letter of its tree, and what has no order is shuffled.
 */
export function wordsOfForest(forest: Forest, planar: boolean): readonly Word[] {
  if (forest.length === 0) return [[]];
  const last = forest[forest.length - 1] as Tree;
  const rooted = (below: readonly Word[]): Word[] => below.map((word) => [...word, labelOf(last)]);
  if (planar) return rooted(shuffledWords(wordsOfForest(forest.slice(0, -1), planar), wordsOfForest(childrenOf(last), planar)));
  const tree = rooted(
    childrenOf(last).reduce<readonly Word[]>((words, child) => shuffledWords(words, wordsOfForest([child], planar)), [[]]),
  );
  return shuffledWords(wordsOfForest(forest.slice(0, -1), planar), tree);
}

/** The planar trees that a tree becomes by ordering the children of all its nodes, with repetitions. */
export function orderings(tree: Tree): Tree[] {
  const lists = childrenOf(tree).reduce<Forest[]>(
    (partial, child) => {
      const choices = orderings(child);
      return partial.flatMap((list) =>
        choices.flatMap((choice) => Array.from({ length: list.length + 1 }, (_, i) => [...list.slice(0, i), choice, ...list.slice(i)])),
      );
    },
    [[]],
  );
  return lists.map((list): Tree => [...list, labelOf(tree)]);
}

/** All ways of mixing two planar forests, with repetitions. */
export function forestShuffles(a: Forest, b: Forest): Forest[] {
  const order = shuffles(
    a.map((_, i) => i),
    b.map((_, i) => a.length + i),
  );
  const both = [...a, ...b];
  return order.map((places) => places.map((place) => both[place] as Tree));
}

/** The places of the Lyndon forests in a row: of those that are Lyndon words in their trees. */
export function lyndonForests(dimension: number, degree: number): number[] {
  const basis = basisOf(dimension, degree, true);
  const letters = new Map(basis.filter((forest) => forest.length === 1).map((forest, i) => [JSON.stringify(forest[0]), i]));
  const words = basis.map((forest) => forest.map((tree) => letters.get(JSON.stringify(tree)) ?? NaN));
  return words.flatMap((word, place) => (isLyndon(word) ? [place] : []));
}
