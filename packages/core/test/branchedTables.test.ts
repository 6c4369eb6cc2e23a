import { describe, expect, it } from "vitest";
import { clearCache, SigRangeError, treeCuts, treeIntegrals, treeSelection, trees, type Forest, type Tree } from "../src/index.js";
import { wholeBasis, type Forests } from "../src/forests.js";

const algebras = [
  [1, 5],
  [2, 4],
  [3, 3],
].flatMap(([dimension, degree]) => [false, true].map((planar) => ({ dimension: dimension!, degree: degree!, planar })));

function treeOf(forests: Forests, tree: number): Tree {
  return [...forestOf(forests, forests.treeChildren[tree]!), forests.treeLabel[tree]!];
}
function forestOf(forests: Forests, forest: number): Tree[] {
  return forests.trees(forest).map((tree) => treeOf(forests, tree));
}

/** Values of the nodes of a table: unit, elements, products. */
function nodeValues(x: readonly number[], left: ArrayLike<number>, right: ArrayLike<number>): number[] {
  const values = [1, ...x];
  for (let i = 0; i < left.length; i++) values.push(values[left[i]!]! * values[right[i]!]!);
  return values;
}

/** Values after the time 1 of a path that moves with speed v, by many small steps of Heun's method. */
function integrate(table: ReturnType<typeof treeIntegrals>, v: readonly number[], steps = 400): number[] {
  const [levelStart, left, right, start, element, label] = table.arrays as [
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  const slope = (x: readonly number[]): number[] => {
    const values = nodeValues(x, left, right);
    const d = x.map(() => 0);
    values.forEach((value, node) => {
      for (let e = start[node]!; e < start[node + 1]!; e++) d[element[e]!]! += value * v[label[e]!]!;
    });
    return d;
  };
  let x = new Array<number>(levelStart[levelStart.length - 1]!).fill(0);
  for (let s = 0; s < steps; s++) {
    const first = slope(x);
    const second = slope(x.map((value, i) => value + first[i]! / steps));
    x = x.map((value, i) => value + (first[i]! + second[i]!) / (2 * steps));
  }
  return x;
}

function combine(table: ReturnType<typeof treeCuts>, dimension: number, x: readonly number[], y: readonly number[]): number[] {
  const [, left, right, start, , node, group, count] = table.arrays as readonly Int32Array[];
  const values = nodeValues(x, left!, right!);
  return x.map((value, e) => {
    const g = Math.floor(e / dimension);
    let sum = value + y[e]!;
    for (let t = start![g]!; t < start![g + 1]!; t++) sum += count![t]! * values[node![t]!]! * y[group![t]! * dimension + (e % dimension)]!;
    return sum;
  });
}

const factorial = (tree: Tree): number => {
  const children = tree.slice(0, -1) as Tree[];
  const nodes = (t: Tree): number => 1 + (t.slice(0, -1) as Tree[]).reduce((sum, child) => sum + nodes(child), 0);
  return children.reduce((product, child) => product * factorial(child), nodes(tree));
};

describe.each(algebras)("tables of dimension $dimension, degree $degree, planar $planar", (algebra) => {
  const { dimension, degree, planar } = algebra;

  it("follow the order of trees", () => {
    const { forests, elements, levelStart } = wholeBasis(dimension, degree, planar);
    const listed = elements.map((element) => (planar ? forestOf(forests, element) : treeOf(forests, element)));
    expect([null, ...listed]).toEqual(trees(dimension, degree, { planar }));
    expect(Array.from(levelStart)).toEqual(Array.from({ length: degree + 1 }, (_, n) => trees(dimension, n, { planar }).length - 1));
  });

  it("integrate every element once, over a node with one tree node less", () => {
    const [levelStart, left, right, start, element, label] = treeIntegrals(algebra, undefined, "test").arrays as readonly Int32Array[];
    expect(Array.from(element!).sort((a, b) => a - b)).toEqual(Array.from(element!, (_, i) => i));
    const order = [0];
    for (let n = 1; n <= degree; n++) for (let e = levelStart![n - 1]!; e < levelStart![n]!; e++) order.push(n);
    for (let i = 0; i < left!.length; i++) {
      order.push(order[left![i]!]! + order[right![i]!]!);
      expect(order.at(-1)).toBeGreaterThanOrEqual(order.at(-2)! * (i === 0 ? 0 : 1));
      expect(Math.max(left![i]!, right![i]!)).toBeLessThan(order.length - 1);
    }
    expect(start).toHaveLength(order.length + 1);
    order.forEach((nodes, node) => {
      for (let e = start![node]!; e < start![node + 1]!; e++) expect(order[element![e]! + 1]).toBe(nodes + 1);
    });
    expect(label!.every((l) => l >= 0 && l < dimension)).toBe(true);
  });

  it("multiply associatively, and exponentials of one direction add up", () => {
    const cuts = treeCuts(algebra, "test");
    const number = (seed: number) => (i: number) => Math.sin(seed * 100 + 7 * i);
    const length = trees(dimension, degree, { planar }).length - 1;
    const [x, y, z] = [1, 2, 3].map((seed) => Array.from({ length }, (_, i) => number(seed)(i))) as [number[], number[], number[]];
    const one = combine(cuts, dimension, combine(cuts, dimension, x, y), z);
    const other = combine(cuts, dimension, x, combine(cuts, dimension, y, z));
    one.forEach((value, i) => expect(value).toBeCloseTo(other[i]!, 9));
    const v = Array.from({ length: dimension }, (_, l) => 0.5 + l);
    const integrals = treeIntegrals(algebra, undefined, "test");
    const whole = integrate(
      integrals,
      v.map((s) => 2 * s),
    );
    const half = integrate(integrals, v);
    combine(cuts, dimension, half, half).forEach((value, i) => expect(value / whole[i]!).toBeCloseTo(1, 3));
  });

  it("give segments the tree factorial", () => {
    if (planar) return;
    const v = Array.from({ length: dimension }, (_, l) => 0.5 + l);
    const values = integrate(treeIntegrals(algebra, undefined, "test"), v);
    const product = (tree: Tree | number): number =>
      typeof tree === "number" ? v[tree]! : tree.reduce<number>((p, part) => p * product(part), 1);
    trees(dimension, degree).forEach((tree, i) => {
      if (tree !== null) expect((values[i - 1]! * factorial(tree)) / product(tree)).toBeCloseTo(1, 3);
    });
  });
});

describe("cuts", () => {
  it("multiply as in the published tables", () => {
    const rows = (planar: boolean, x: number[], y: number[]): number[] =>
      combine(treeCuts({ dimension: 1, degree: 3, planar }, "test"), 1, x, y);
    expect(rows(false, [1, 2, 3, 4], [10, 20, 30, 40])).toEqual([11, 32, 83, 84]);
    expect(rows(true, [1, 2, 3, 4, 5, 6, 7, 8], [10, 20, 30, 40, 50, 60, 70, 80])).toEqual([11, 32, 43, 84, 145, 116, 127, 148]);
  });

  it("are refused where there are too many", () => {
    expect(() => treeCuts({ dimension: 6, degree: 12, planar: false }, "test")).toThrow(SigRangeError);
    expect(() => treeIntegrals({ dimension: 255, degree: 4, planar: true }, undefined, "test")).toThrow(SigRangeError);
  });
});

describe("selections", () => {
  it("hold what the chosen elements are made from, and nothing else", () => {
    const chosen: readonly (Tree | Forest | null)[] = [[[[1], 0], [1], 0], null, [1], [[1], [[1], 0], 0]];
    const { integrals, places, length } = treeSelection(chosen, 2, false);
    // [1], [[1], 0] and the tree itself, however its children stand.
    expect(length).toBe(3);
    expect(Array.from(places.arrays[0]!)).toEqual([3, 0, 1, 3]);
    expect(treeSelection(chosen as Tree[], 2, false).integrals).toBe(integrals);
    clearCache();
    expect(treeSelection(chosen as Tree[], 2, false).integrals).not.toBe(integrals);
    const planar = treeSelection([[[0], [[1], 0]]], 2, true);
    expect(planar.length).toBe(3);
  });

  it("have the values of the whole basis", () => {
    for (const planar of [false, true]) {
      const basis = trees(2, 4, { planar }).slice(1) as Tree[];
      const v = [0.7, -0.4];
      const all = integrate(treeIntegrals({ dimension: 2, degree: 4, planar }, undefined, "test"), v, 50);
      for (let i = 5; i < basis.length; i += 17) {
        const { integrals, places } = treeSelection([basis[i]!, basis[2]!], 2, planar);
        const values = [1, ...integrate(integrals, v, 50)];
        expect(values[places.arrays[0]![0]!]).toBeCloseTo(all[i]!, 12);
        expect(values[places.arrays[0]![1]!]).toBeCloseTo(all[2]!, 12);
      }
    }
  });
});
