import type { Jet } from "./jet.js";
import { basisAmong, type LyndonBasis } from "./lyndon.js";

/**
 * Branched signatures by their definition: functionals on the forests of labelled trees, the product of functionals by the coproduct, the
 * exponential by its series. Trees are arrays of their children and, last, their label.
 */
type Tree = readonly [...children: Tree[], label: number];
type Forest = readonly Tree[];

const labelOf = (tree: Tree): number => tree[tree.length - 1] as number;
const childrenOf = (tree: Tree): Forest => tree.slice(0, -1) as Tree[];
const sizeOf = (forest: Forest): number => forest.reduce((sum, tree) => sum + 1 + sizeOf(childrenOf(tree)), 0);
const nameOf = (element: Tree | Forest): string => JSON.stringify(element);

/** All basis elements of a number of nodes in the documented order: child lists over the trees before, in lexicographic order. */
function treesBySize(dimension: number, degree: number, planar: boolean): Forest[] {
  const trees: Tree[] = [];
  const bySize: Forest[] = [[]];
  for (let size = 1; size <= degree; size++) {
    const grown = listsOf(trees, size - 1, planar).flatMap((children) =>
      Array.from({ length: dimension }, (_, label): Tree => [...children, label]),
    );
    bySize.push(grown);
    trees.push(...grown);
  }
  return bySize;
}

/** Lists of trees with a number of nodes in all; ascending ones alone unless planar. */
function listsOf(trees: readonly Tree[], size: number, planar: boolean, least = 0): Forest[] {
  if (size === 0) return [[]];
  return trees.flatMap((tree, i) => {
    const rest = size - sizeOf([tree]);
    if (i < least || rest < 0) return [];
    return listsOf(trees, rest, planar, planar ? 0 : i).map((others) => [tree, ...others]);
  });
}

function shuffles(a: Forest, b: Forest): Forest[] {
  if (a.length === 0 || b.length === 0) return [[...a, ...b]];
  return [
    ...shuffles(a.slice(1), b).map((rest) => [a[0] as Tree, ...rest]),
    ...shuffles(a, b.slice(1)).map((rest) => [b[0] as Tree, ...rest]),
  ];
}

type Cut = readonly [taken: Forest, left: Forest];

/** Each tree is taken whole or keeps its root; the children of a root that is kept are cut in the same way. */
function cutsOfSet(forest: Forest): Cut[] {
  if (forest.length === 0) return [[[], []]];
  const [tree, ...others] = forest as readonly [Tree, ...Tree[]];
  const own: Cut[] = [[[tree], []], ...cutsOfSet(childrenOf(tree)).map(([taken, left]): Cut => [taken, [[...left, labelOf(tree)]]])];
  return own.flatMap(([taken, left]) =>
    cutsOfSet(others).map(([moreTaken, moreLeft]): Cut => [
      [...taken, ...moreTaken],
      [...left, ...moreLeft],
    ]),
  );
}

/** Left-admissible cuts: the first trees are taken whole, the others keep their roots, and the pieces are shuffled. */
function cutsOfSequence(forest: Forest): Cut[] {
  const cuts: Cut[] = [];
  for (let whole = 0; whole <= forest.length; whole++) {
    let partial: Cut[] = [[forest.slice(0, whole), []]];
    for (const tree of forest.slice(whole)) {
      partial = partial.flatMap(([taken, left]) =>
        cutsOfSequence(childrenOf(tree)).flatMap(([below, kept]) =>
          shuffles(taken, below).map((mixed): Cut => [mixed, [...left, [...kept, labelOf(tree)]]]),
        ),
      );
    }
    cuts.push(...partial);
  }
  return cuts;
}

/** A functional by place of the forest, with its derivative in one direction. */
export interface Functional {
  readonly value: Float64Array;
  readonly slope: Float64Array;
}

/** Functionals on all forests up to the degree; forests without order are multisets. */
export class BranchedReference {
  private readonly place = new Map<string, number>();
  private readonly forests: readonly Forest[];
  /** The forest as it is listed. */
  private readonly canonical: (forest: Forest) => Forest;
  /** Places of the basis elements: trees, or all forests but the empty one. */
  private readonly basis: readonly number[];
  /** Numbers of basis elements by size, from 1 on. */
  readonly levels: readonly number[];
  /** By forest: what cuts take and leave. */
  private readonly cuts: readonly (readonly (readonly [taken: number, left: number])[])[];

  private lyndon: LyndonBasis | undefined;

  private constructor(
    private readonly dimension: number,
    private readonly degree: number,
    private readonly planar: boolean,
  ) {
    const trees = treesBySize(dimension, degree, planar);
    const all: readonly Tree[] = trees.flat();
    const order = new Map(all.map((tree, i) => [nameOf(tree), i]));
    this.canonical = (forest) => (planar ? forest : sorted(forest, order));
    const bySize = Array.from({ length: degree + 1 }, (_, size) => listsOf(all, size, planar));
    this.forests = bySize.flat();
    this.forests.forEach((forest, i) => this.place.set(nameOf(forest), i));
    const elements = planar ? bySize : trees.map((list) => list.map((tree): Forest => [tree]));
    this.levels = elements.slice(1).map((list) => list.length);
    this.basis = elements.slice(1).flatMap((list) => list.map((forest) => this.find(forest)));
    this.cuts = this.forests.map((forest) =>
      (planar ? cutsOfSequence(forest) : cutsOfSet(forest)).map(
        ([taken, left]) => [this.find(this.canonical(taken)), this.find(this.canonical(left))] as const,
      ),
    );
  }

  private static readonly known = new Map<string, BranchedReference>();

  static of(dimension: number, degree: number, planar: boolean): BranchedReference {
    const key = `${dimension} ${degree} ${planar}`;
    let reference = this.known.get(key);
    if (!reference) this.known.set(key, (reference = new BranchedReference(dimension, degree, planar)));
    return reference;
  }

  private find(forest: Forest): number {
    const place = this.place.get(nameOf(forest));
    if (place === undefined) throw new Error(`no such forest: ${nameOf(forest)}`);
    return place;
  }

  private empty(): Functional {
    return { value: new Float64Array(this.forests.length), slope: new Float64Array(this.forests.length) };
  }

  unit(): Functional {
    const unit = this.empty();
    unit.value[0] = 1;
    return unit;
  }

  /** The functional with the values of a row that vanishes on all other forests: a logarithm. */
  fromLogRow({ value, slope }: Jet): Functional {
    const x = this.empty();
    const skipped = value.length - this.basis.length;
    this.basis.forEach((place, i) => {
      x.value[place] = value[i + skipped] ?? NaN;
      x.slope[place] = slope[i + skipped] ?? NaN;
    });
    return x;
  }

  /** The functional with the values of a row; without order, of several trees the product of theirs. */
  fromRow(row: Jet): Functional {
    const x = this.fromLogRow(row);
    x.value[0] = 1;
    if (this.planar) return x;
    this.forests.forEach((forest, place) => {
      const factors = forest.map((tree) => this.find([tree]));
      if (factors.length < 2) return;
      x.value[place] = factors.reduce((product, factor) => product * x.value[factor]!, 1);
      x.slope[place] = factors.reduce(
        (sum, _, i) => sum + factors.reduce((product, other, k) => product * (k === i ? x.slope : x.value)[other]!, 1),
        0,
      );
    });
    return x;
  }

  toRow(x: Functional, scalar: boolean): Jet {
    const places = scalar ? [0, ...this.basis] : this.basis;
    return { value: places.map((place) => x.value[place]!), slope: places.map((place) => x.slope[place]!) };
  }

  /** The values at chosen trees, or forests; null is the empty one. */
  at(x: Functional, chosen: readonly unknown[]): Jet {
    const places = chosen.map((element) => {
      const list = (element ?? []) as Forest;
      const isTree = typeof list[list.length - 1] === "number";
      return this.find(this.canonical(isTree ? [list as unknown as Tree] : list));
    });
    return { value: places.map((place) => x.value[place]!), slope: places.map((place) => x.slope[place]!) };
  }

  /** (x * y)(forest) = sum over its cuts of x(taken) y(left). */
  multiply(x: Functional, y: Functional): Functional {
    const product = this.empty();
    this.cuts.forEach((cuts, place) => {
      for (const [taken, left] of cuts) {
        product.value[place]! += x.value[taken]! * y.value[left]!;
        product.slope[place]! += x.slope[taken]! * y.value[left]! + x.value[taken]! * y.slope[left]!;
      }
    });
    return product;
  }

  /** Sum of c_k x^k over k >= 1, for x that vanishes on the empty forest. */
  private series(x: Functional, coefficient: (k: number) => number): Functional {
    const sum = this.empty();
    let power = this.unit();
    for (let k = 1; k <= this.degree; k++) {
      const c = coefficient(k);
      power = this.multiply(power, x);
      for (const part of ["value", "slope"] as const) power[part].forEach((v, i) => (sum[part][i]! += c * v));
    }
    return sum;
  }

  /** Sum of x^k / k! over k, for x that vanishes on the empty forest. */
  exponential(x: Functional): Functional {
    let factorial = 1;
    const sum = this.series(x, (k) => 1 / (factorial *= k));
    sum.value[0] = 1;
    return sum;
  }

  /** Sum of (-1)^(k-1) (x - 1)^k / k over k, for x that is 1 on the empty forest. */
  logarithm(x: Functional): Functional {
    const rest = { value: x.value.map((v, i) => (i === 0 ? 0 : v)), slope: x.slope };
    return this.series(rest, (k) => (k % 2 === 1 ? 1 : -1) / k);
  }

  /** The planar forests of a row that are Lyndon words in their trees, which are ordered as in the basis. */
  get lyndonForests(): LyndonBasis {
    return (this.lyndon ??= this.findLyndonForests());
  }

  private findLyndonForests(): LyndonBasis {
    const letters = new Map<string, number>();
    for (const place of this.basis) {
      const forest = this.forests[place]!;
      if (forest.length === 1) letters.set(nameOf(forest[0]!), letters.size);
    }
    const words = this.basis.map((place) => this.forests[place]!.map((tree) => letters.get(nameOf(tree))!));
    const rows = new Map(words.map((word, i) => [word.join(), i]));
    return basisAmong(words, (word) => rows.get(word.join())!);
  }

  /**
   * The logarithm of a segment: its increment on single nodes and, on chains of k nodes, level k of a correction over the labels below
   * `channels`, labels from the root to the leaf.
   */
  segment(increment: Jet, correction: readonly number[] = [], channels = 0): Functional {
    const x = this.empty();
    if (this.degree === 0) return x;
    for (let label = 0; label < this.dimension; label++) {
      x.value[this.find([[label]])] = increment.value[label]!;
      x.slope[this.find([[label]])] = increment.slope[label]!;
    }
    let start = 0;
    for (let k = 2; start < correction.length; k++) {
      for (let i = 0; i < channels ** k; i++) {
        let chain: Tree = [i % channels];
        for (let rest = Math.floor(i / channels), n = 1; n < k; n++, rest = Math.floor(rest / channels)) chain = [chain, rest % channels];
        x.value[this.find([chain])] = correction[start + i]!;
      }
      start += channels ** k;
    }
    return x;
  }
}

function sorted(forest: Forest, order: ReadonlyMap<string, number>): Forest {
  const canonical = forest.map((tree): Tree => [...sorted(childrenOf(tree), order), labelOf(tree)]);
  return canonical.sort((a, b) => order.get(nameOf(a))! - order.get(nameOf(b))!);
}
