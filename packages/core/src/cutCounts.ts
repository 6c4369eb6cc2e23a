/**
 * How many cuts trees and forests have, each counted as often as it occurs: those of treeCuts.ts that take and leave something.
 *
 * Trees: with C(t) cuts of a tree t that keep its root, a child is taken, or cut in one of its C ways, so C is the product of 1 + C over
 * the children. Sums of powers of C over all trees of n nodes follow from one another as the number of multisets does, each tree with a weight:
 * n a(n) = sum over m <= n of a(n - m) times the sum over the divisors e of m of e times the sum of weight^(m / e) over the trees of e nodes.
 *
 * Planar forests: what is cut off comes in pieces whose trees mix in all ways, as many as a multinomial coefficient says. So a cut that takes r
 * trees has the weight u^r / r!, and with T(x) and b(x, u) for trees and cuts of forests by nodes, b = exp(u T) / (1 - d x b).
 */
import { treeCounts } from "./treeCounts.js";

type Counts = ReturnType<typeof treeCounts>;

class RootedCuts {
  private readonly trees = new Map<number, number[]>();
  private readonly forests = new Map<number, number[]>();

  constructor(private readonly counts: Counts) {}

  /** The sum of C^power over the trees of n nodes. */
  ofTrees(power: number, n: number): number {
    if (power === 0) return Number(this.counts.trees(n));
    return (row(this.trees, power)[n] ??= this.counts.dimension * this.ofForests(power, n - 1));
  }

  /** The same for the product of 1 + C over the trees of a forest. */
  private ofForests(power: number, n: number): number {
    if (n === 0) return 1;
    const known = row(this.forests, power);
    if (known[n] !== undefined) return known[n];
    let sum = 0;
    for (let m = 1; m <= n; m++) {
      let weights = 0;
      for (let e = 1; e <= m; e++) if (m % e === 0) weights += e * this.weights((power * m) / e, e);
      sum += weights * this.ofForests(power, n - m);
    }
    return (known[n] = sum / n);
  }

  /** The sum of (1 + C)^power. */
  private weights(power: number, n: number): number {
    let sum = 0;
    let binomial = 1;
    for (let i = 0; i <= power; i++) {
      sum += binomial * this.ofTrees(i, n);
      binomial = (binomial * (power - i)) / (i + 1);
    }
    return sum;
  }
}

function row(rows: Map<number, number[]>, key: number): number[] {
  let found = rows.get(key);
  if (found === undefined) rows.set(key, (found = []));
  return found;
}

function planarCuts(counts: Counts, degree: number): number {
  const mixed: number[][] = [[1]];
  const cuts: number[][] = [[1]];
  let total = 0;
  for (let n = 1; n <= degree; n++) {
    const own = new Array<number>(n + 1).fill(0);
    for (let m = 1; m <= n; m++) mixed[n - m]!.forEach((x, r) => (own[r + 1]! += (m * Number(counts.trees(m)) * x) / n));
    mixed.push(own);
    const sum = own.slice();
    for (let m = 1; m <= n; m++) {
      cuts[m - 1]!.forEach((x, r) => cuts[n - m]!.forEach((y, s) => (sum[r + s]! += counts.dimension * x * y)));
    }
    cuts.push(sum);
    let factorial = 1;
    sum.forEach((x, r) => (total += x * (factorial *= Math.max(1, r))));
    total -= 2 * Number(counts.forests(n));
  }
  return total;
}

/** Cuts of all trees, or planar forests, of 1 to `degree` nodes; rounded where they pass 2^53. */
export function cutCount(labels: number, degree: number, planar: boolean): number {
  const counts = treeCounts(labels, planar);
  if (planar) return planarCuts(counts, degree);
  const cuts = new RootedCuts(counts);
  let total = 0;
  for (let n = 1; n <= degree; n++) total += cuts.ofTrees(1, n) - cuts.ofTrees(0, n);
  return total;
}
