/**
 * Cuts of trees: the coproduct, by which the product of branched signatures is defined. A tree keeps its root and loses, for each child,
 * the child or what a cut of the child takes; a planar forest loses its first trees and what cuts of the others take, the pieces shuffled.
 * Sources: A. Connes, D. Kreimer, Comm. Math. Phys. 199 (1998); H. Munthe-Kaas, W. Wright, Found. Comput. Math. 8 (2008).
 */
import { rangeError, type Place } from "./errors.js";
import { EMPTY, type ForestBasis, type Forests } from "./forests.js";
import type { Steps } from "./steps.js";
import { TreeNodes } from "./treeNodes.js";

/** Terms that may be made on the way; each takes some 100 bytes meanwhile. */
const MAX_TERMS = 2 ** 23;

/** A sum of pairs with multiplicities, by taken * 2^26 + left: the forest that a cut takes, and what it leaves. */
type Sum = Map<number, number>;

const SHIFT = 2 ** 26;
const add = (sum: Sum, taken: number, left: number, count: number): void => {
  const key = taken * SHIFT + left;
  sum.set(key, (sum.get(key) ?? 0) + count);
};

class Cuts {
  private readonly ofForest = new Map<number, Sum>();
  private readonly ofRoot = new Map<number, Sum>();
  private readonly shuffled = new Map<number, Map<number, number>>();
  private terms = 0;

  constructor(
    private readonly forests: Forests,
    private readonly place: Place,
  ) {}

  private remember<Key, Value extends { readonly size: number }>(known: Map<Key, Value>, key: Key, make: () => Value): Value {
    let value = known.get(key);
    if (value === undefined) {
      value = make();
      known.set(key, value);
      this.terms += value.size;
      if (this.terms > MAX_TERMS) throw rangeError(this.place, "is too large: the trees have more than 2^23 cuts", "TOO_LARGE");
    }
    return value;
  }

  /** Cuts of a forest, whose trees may be taken whole; both sides are forests. */
  forest(forest: number): Sum {
    return this.remember(this.ofForest, forest, () => {
      const sum: Sum = new Map();
      const { planar, before, last, treeChildren, treeLabel } = this.forests;
      if (forest === EMPTY) return sum.set(0, 1);
      const tree = last[forest]!;
      if (planar) {
        add(sum, forest, EMPTY, 1);
        for (const [key, count] of this.root(before[forest]!, treeChildren[tree]!)) {
          add(sum, Math.floor(key / SHIFT), this.relabelled(key % SHIFT, treeLabel[tree]!), count);
        }
        return sum;
      }
      const cutsOfTree = this.root(EMPTY, treeChildren[tree]!);
      for (const [key, count] of this.forest(before[forest]!)) {
        const taken = Math.floor(key / SHIFT);
        const left = key % SHIFT;
        add(sum, this.forests.with(taken, tree), left, count);
        for (const [below, multiplicity] of cutsOfTree) {
          const trunk = this.forests.tree(treeChildren[below % SHIFT]!, treeLabel[tree]!);
          add(sum, this.forests.join(taken, Math.floor(below / SHIFT)), this.forests.with(left, trunk), count * multiplicity);
        }
      }
      return sum;
    });
  }

  /**
   * Cuts that keep the root over a forest of children (if planar, that of the tree which follows the forest `before`), labelled 0: what is
   * left is a basis element, whose root has that label.
   */
  root(before: number, children: number): Sum {
    const { forests } = this;
    const tree = forests.tree(children, 0);
    return this.remember(this.ofRoot, forests.planar ? forests.append(before, tree) : tree, () => {
      const sum: Sum = new Map();
      for (const [key, count] of this.forest(children)) {
        const taken = Math.floor(key / SHIFT);
        const trunk = forests.tree(key % SHIFT, 0);
        if (!forests.planar) {
          add(sum, taken, trunk, count);
          continue;
        }
        for (const [beside, multiplicity] of this.forest(before)) {
          const left = forests.append(beside % SHIFT, trunk);
          for (const [mixed, ways] of this.shuffle(Math.floor(beside / SHIFT), taken)) add(sum, mixed, left, count * multiplicity * ways);
        }
      }
      return sum;
    });
  }

  /** A planar forest with another label at the root of its last tree. */
  private relabelled(forest: number, label: number): number {
    const { before, last, treeChildren } = this.forests;
    return this.forests.append(before[forest]!, this.forests.tree(treeChildren[last[forest]!]!, label));
  }

  /** All ways to mix the trees of two planar forests, which keep their own order. */
  private shuffle(a: number, b: number): Map<number, number> {
    if (a === EMPTY) return new Map([[b, 1]]);
    if (b === EMPTY) return new Map([[a, 1]]);
    if (a < b) return this.shuffle(b, a);
    return this.remember(this.shuffled, a * SHIFT + b, () => {
      const sum = new Map<number, number>();
      const { before, last } = this.forests;
      for (const [first, second, tree] of [
        [before[a]!, b, last[a]!],
        [a, before[b]!, last[b]!],
      ] as const) {
        for (const [mixed, ways] of this.shuffle(first, second)) {
          const longer = this.forests.append(mixed, tree);
          sum.set(longer, (sum.get(longer) ?? 0) + ways);
        }
      }
      return sum;
    });
  }
}

interface Term {
  readonly node: number;
  readonly group: number;
  readonly count: number;
}

/** The arrays of `TreeCuts`. */
export function* cutArrays(basis: ForestBasis, place: Place): Steps<Int32Array[]> {
  const { forests, dimension, elements } = basis;
  const cuts = new Cuts(forests, place);
  const nodes = new TreeNodes(basis);
  const groups: Term[][] = [];
  // Elements that differ in the label of the (last) root alone stand together.
  for (let first = 0; first < elements.length; first += dimension) {
    const element = elements[first]!;
    const sum = forests.planar
      ? cuts.root(forests.before[element]!, forests.treeChildren[forests.last[element]!]!)
      : cuts.root(EMPTY, forests.treeChildren[element]!);
    const terms: Term[] = [];
    for (const [key, count] of sum) {
      const taken = Math.floor(key / SHIFT);
      if (taken === EMPTY) continue;
      terms.push({ node: nodes.forest(taken), group: (nodes.of(key % SHIFT) - 1) / dimension, count });
    }
    groups.push(terms);
    yield;
  }
  const { number, left, right } = nodes.arrange();
  const total = groups.reduce((sum, terms) => sum + terms.length, 0);
  const start = new Int32Array(groups.length + 1);
  const single = new Int32Array(groups.length);
  const [node, group, count] = [new Int32Array(total), new Int32Array(total), new Int32Array(total)];
  let filled = 0;
  for (const [g, terms] of groups.entries()) {
    terms.sort((a, b) => number[a.node]! - number[b.node]! || a.group - b.group);
    single[g] = filled;
    for (const term of terms) {
      node[filled] = number[term.node]!;
      group[filled] = term.group;
      count[filled++] = term.count;
      if (node[filled - 1]! <= elements.length) single[g] = filled;
    }
    start[g + 1] = filled;
    if (g % 64 === 0) yield;
  }
  return [basis.levelStart, left, right, start, single, node, group, count];
}
