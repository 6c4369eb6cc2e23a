/**
 * How the values of a branched signature integrate each other. Along a path x the value of a tree with root label l is the integral of the
 * product of its subtrees' values against dx_l. In the planar algebra, where values multiply by shuffles, that of a forest whose last tree has
 * the root label l is the integral of (value of the forest before it) times (value of the forest of its children) against dx_l.
 * Sources: M. Gubinelli, J. Differential Equations 248 (2010); C. Curry, K. Ebrahimi-Fard, D. Manchon, H. Munthe-Kaas, J. Differential
 * Equations 269 (2020).
 */
import { EMPTY, type ForestBasis, type Forests } from "./forests.js";
import type { Steps } from "./steps.js";
import { TreeNodes } from "./treeNodes.js";

/** A correction of the logarithm of segments, over the first `dimension` labels; `labels` counts all. */
export interface ChainCorrection {
  readonly dimension: number;
  readonly degree: number;
  readonly labels: number;
}

/** One integral: the value of `element` grows by that of `node` against coefficient `label`. */
interface Integral {
  readonly node: number;
  readonly element: number;
  readonly label: number;
}

/**
 * Walks down the chains of up to `longest` labels that begin at the root of an element (if planar, of its last tree) and calls `visit` with
 * the labels of each, root first, and the node of what hangs off it. Planar chains go through last children: nothing may stay behind them.
 */
function chains(
  forests: Forests,
  nodes: TreeNodes,
  element: number,
  longest: number,
  visit: (labels: readonly number[], node: number) => void,
): void {
  const labels: number[] = [];
  const { planar, treeChildren, treeLabel, before, last } = forests;
  const descend = (tree: number, beside: number): void => {
    labels.push(treeLabel[tree]!);
    const children = treeChildren[tree]!;
    if (planar) {
      visit(labels, nodes.product(beside, nodes.forest(children)));
      if (labels.length < longest && children !== EMPTY) descend(last[children]!, nodes.product(beside, nodes.forest(before[children]!)));
    } else {
      // Here `beside` is a forest.
      visit(labels, nodes.forest(forests.join(beside, children)));
      if (labels.length < longest) {
        const siblings = forests.trees(children);
        siblings.forEach((child, i) => {
          const others = siblings.reduce((rest, sibling, k) => (k === i ? rest : forests.with(rest, sibling)), beside);
          descend(child, others);
        });
      }
    }
    labels.pop();
  };
  if (planar) descend(last[element]!, nodes.forest(before[element]!));
  else descend(element, EMPTY);
}

/** The arrays of `TreeIntegrals`; coefficients of a correction come after those of the labels. */
export function* integralArrays(basis: ForestBasis, correction?: ChainCorrection): Steps<Int32Array[]> {
  const { forests, elements, levelStart } = basis;
  const nodes = new TreeNodes(basis);
  const integrals: Integral[] = [];
  for (let place = 0; place < elements.length; place++) {
    chains(forests, nodes, elements[place]!, correction?.degree ?? 1, (labels, node) => {
      const label = labels.length === 1 ? labels[0]! : coefficientOf(labels, correction!);
      if (label !== undefined) integrals.push({ node, element: place, label });
    });
    if (place % 256 === 0) yield;
  }

  const { number, left, right } = nodes.arrange();
  const start = new Int32Array(number.length + 1);
  for (const { node } of integrals) start[number[node]! + 1]!++;
  for (let node = 0; node < number.length; node++) start[node + 1]! += start[node]!;
  const next = start.slice();
  const target = new Int32Array(integrals.length);
  const label = new Int32Array(integrals.length);
  for (const integral of integrals) {
    const place = next[number[integral.node]!]!++;
    target[place] = integral.element;
    label[place] = integral.label;
  }
  yield;
  return [levelStart, left, right, start, target, label];
}

/** Where a row (labels, then levels 2, 3, ... of the correction) holds the coefficient of a chain; nowhere if it has none. */
function coefficientOf(chain: readonly number[], { dimension, labels }: ChainCorrection): number | undefined {
  let place = labels;
  for (let n = 2, size = dimension; n < chain.length; n++) place += size *= dimension;
  let index = 0;
  for (const label of chain) {
    if (label >= dimension) return undefined;
    index = index * dimension + label;
  }
  return place + index;
}
