/**
 * How many trees and forests there are. Planar or not, a tree is a root label and a forest of children, so with d labels there are
 * T(n) = d F(n - 1) trees and F(n) forests of n nodes. A planar forest is a sequence of trees, F(n) = sum of T(k) F(n - k); another one is
 * a multiset: F(n) is the sum over k of (multisets of k trees of one node) times (multisets of larger trees with n - k nodes).
 */

/** Multisets of k out of n kinds: n (n + 1) ... (n + k - 1) / k!. */
function multisetsOf(n: bigint, k: number): bigint {
  let count = 1n;
  for (let i = 0n; i < k; i++) count = (count * (n + i)) / (i + 1n);
  return count;
}

/** Counts over `dimension` labels, which grow at least as fast as 2^n. */
export class TreeCounts {
  readonly labels: bigint;
  private readonly treesKnown: bigint[] = [0n];
  private readonly forestsKnown: bigint[] = [1n];
  /** [size][nodes]: multisets of trees of at least `size` nodes. */
  private readonly multisetsKnown: bigint[][] = [];

  constructor(
    readonly dimension: number,
    readonly planar: boolean,
  ) {
    this.labels = BigInt(dimension);
  }

  /** T(n). */
  trees(nodes: number): bigint {
    return (this.treesKnown[nodes] ??= this.labels * this.forests(nodes - 1));
  }

  /** F(n): sequences of planar trees, multisets of others; 1 without nodes. */
  forests(nodes: number): bigint {
    return (this.forestsKnown[nodes] ??= this.planar ? this.sequences(nodes) : this.multisets(nodes, 1));
  }

  /** Elements with exactly n nodes of the basis of a branched signature: planar forests, or trees. */
  basis(nodes: number): bigint {
    return this.planar ? this.forests(nodes) : this.trees(nodes);
  }

  private sequences(nodes: number): bigint {
    let sum = 0n;
    for (let first = 1; first <= nodes; first++) sum += this.trees(first) * this.forests(nodes - first);
    return sum;
  }

  /** Multisets with n nodes of trees that have at least `size` nodes each and, where they have no more, at least the place `from`. */
  multisets(nodes: number, size: number, from = 0n): bigint {
    if (nodes === 0) return 1n;
    if (nodes < size) return 0n;
    const row = (this.multisetsKnown[size] ??= []);
    const known = from === 0n ? row[nodes] : undefined;
    if (known !== undefined) return known;
    let sum = 0n;
    for (let k = 0; k * size <= nodes; k++) {
      const larger = this.multisets(nodes - k * size, size + 1);
      if (larger > 0n) sum += multisetsOf(this.trees(size) - from, k) * larger;
    }
    if (from === 0n) row[nodes] = sum;
    return sum;
  }
}

let latest = new TreeCounts(1, false);

/** The counts of a dimension; those used last are kept. */
export function treeCounts(dimension: number, planar: boolean): TreeCounts {
  if (latest.dimension !== dimension || latest.planar !== planar) latest = new TreeCounts(dimension, planar);
  return latest;
}
