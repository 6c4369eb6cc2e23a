import { EMPTY, type ForestBasis } from "./forests.js";

/**
 * The values that a computation with branched signatures goes through, by number: 0 is the unit, 1 .. m the basis elements in their order,
 * and the rest products of two earlier ones, those with fewer nodes of a tree first.
 */
export class TreeNodes {
  private readonly left: number[] = [];
  private readonly right: number[] = [];
  private readonly order: number[] = [0];
  private readonly known = new Map<number, number>();
  /** By tree, or planar forest: its node. */
  private readonly element: number[] = [];
  private readonly elements: number;

  constructor(private readonly basis: ForestBasis) {
    const { forests, elements } = basis;
    this.elements = elements.length;
    elements.forEach((element, place) => {
      this.element[element] = place + 1;
      this.order.push((forests.planar ? forests.nodes : forests.treeNodes)[element]!);
    });
  }

  /** The value of a forest: that of a basis element if planar, else a product of trees. */
  forest(forest: number): number {
    if (forest === EMPTY) return 0;
    const { planar, before, last } = this.basis.forests;
    return planar ? this.element[forest]! : this.product(this.forest(before[forest]!), this.element[last[forest]!]!);
  }

  /** The node of a basis element. */
  of(element: number): number {
    return this.element[element]!;
  }

  product(a: number, b: number): number {
    const [left, right] = a < b ? [b, a] : [a, b];
    if (right === 0) return left;
    const key = left * 2 ** 26 + right;
    let node = this.known.get(key);
    if (node === undefined) {
      node = this.order.length;
      this.known.set(key, node);
      this.left.push(left);
      this.right.push(right);
      this.order.push(this.order[left]! + this.order[right]!);
    }
    return node;
  }

  /** Puts the products made so far into their order: the number that each node gets, and the factors of the products. */
  arrange(): { number: Int32Array; left: Int32Array; right: Int32Array } {
    const first = this.elements + 1;
    const products = this.left.map((_, i) => first + i).sort((a, b) => this.order[a]! - this.order[b]! || a - b);
    const number = Int32Array.from(this.order, (_, node) => node);
    products.forEach((node, i) => (number[node] = first + i));
    const factors = (of: readonly number[]): Int32Array => Int32Array.from(products, (node) => number[of[node - first]!]!);
    return { number, left: factors(this.left), right: factors(this.right) };
  }
}
