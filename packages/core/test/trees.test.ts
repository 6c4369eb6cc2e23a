import { describe, expect, it } from "vitest";
import {
  branchedLogSigLength,
  branchedSigLength,
  drawTree,
  formatTree,
  idxToTree,
  SigRangeError,
  SigTypeError,
  trees,
  treesOfOrder,
  treeToIdx,
  type Forest,
  type Tree,
} from "../src/index.js";

function refusal(run: () => unknown): { name: string; code: string; argument: string | undefined } {
  try {
    run();
  } catch (error) {
    if (error instanceof SigTypeError || error instanceof SigRangeError)
      return { name: error.name, code: error.code, argument: error.argument };
    throw error;
  }
  throw new Error("was not refused");
}

const typeFault = (argument: string): object => ({ name: "SigTypeError", code: "INVALID_TYPE", argument });
const rangeFault = (argument: string, code = "INVALID_VALUE"): object => ({ name: "SigRangeError", code, argument });

const nodesOf = (tree: Tree): number => tree.slice(0, -1).reduce<number>((sum, child) => sum + nodesOf(child as Tree), 1);

/** All planar trees of n nodes, by choosing how many nodes the first child has. */
function planarTrees(dimension: number, nodes: number): Tree[] {
  return forestsOf(dimension, nodes - 1).flatMap((forest) => Array.from({ length: dimension }, (_, label): Tree => [...forest, label]));
}

function forestsOf(dimension: number, nodes: number): Forest[] {
  if (nodes === 0) return [[]];
  const list: Forest[] = [];
  for (let first = 1; first <= nodes; first++) {
    for (const tree of planarTrees(dimension, first)) for (const rest of forestsOf(dimension, nodes - first)) list.push([tree, ...rest]);
  }
  return list;
}

/** A name that all orders of the children share. */
function shape(tree: Tree): string {
  const children = tree.slice(0, -1).map((child) => shape(child as Tree));
  return `(${children.sort().join("")}${String(tree[tree.length - 1])})`;
}

const algebras = [1, 2, 3, 4].flatMap((dimension) => [false, true].map((planar) => [dimension, planar] as const));
const degreeOf = (dimension: number, planar: boolean): number => (planar ? [7, 5, 4, 3] : [9, 6, 5, 4])[dimension - 1]!;

describe("trees", () => {
  it("come in the documented order", () => {
    expect(trees(2, 2)).toEqual([null, [0], [1], [[0], 0], [[0], 1], [[1], 0], [[1], 1]]);
    expect(trees(1, 3, { planar: true })).toEqual([
      null,
      [[0]],
      [[0], [0]],
      [[[0], 0]],
      [[0], [0], [0]],
      [[0], [[0], 0]],
      [[[0], 0], [0]],
      [[[0], [0], 0]],
      [[[[0], 0], 0]],
    ]);
  });

  it.each(algebras)("are all there, once: dimension %i, planar %s", (dimension, planar) => {
    for (let order = 1; order <= degreeOf(dimension, planar); order++) {
      const list = treesOfOrder(dimension, order, { planar });
      if (planar) {
        expect(new Set(list.map((forest) => formatTree(forest)))).toEqual(new Set(forestsOf(dimension, order).map((f) => formatTree(f))));
        expect(list).toHaveLength(forestsOf(dimension, order).length);
      } else {
        const shapes = list.map((tree) => shape(tree as Tree));
        expect(new Set(shapes)).toEqual(new Set(planarTrees(dimension, order).map(shape)));
        expect(new Set(shapes).size).toBe(list.length);
        expect(list.every((tree) => nodesOf(tree as Tree) === order)).toBe(true);
      }
    }
  });

  it.each(algebras)("make up the basis, whose places both maps know: dimension %i, planar %s", (dimension, planar) => {
    const degree = degreeOf(dimension, planar);
    const basis = trees(dimension, degree, { planar });
    expect(basis).toEqual(Array.from({ length: degree + 1 }, (_, order) => treesOfOrder(dimension, order, { planar })).flat());
    expect(basis).toHaveLength(branchedSigLength(dimension, degree, { planar, scalarTerm: true }));
    const step = Math.max(1, Math.floor(basis.length / 2000));
    for (let i = 0; i < basis.length; i += step) {
      expect(treeToIdx(basis[i]!, dimension, degree, { planar, scalarTerm: true })).toBe(i);
      expect(idxToTree(i, dimension, degree, { planar, scalarTerm: true })).toEqual(basis[i]);
      if (i > 0) expect(treeToIdx(basis[i]!, dimension, degree, { planar })).toBe(i - 1);
    }
    expect(refusal(() => idxToTree(basis.length, dimension, degree, { planar, scalarTerm: true }))).toEqual(rangeFault("idx"));
  });

  it("are the empty one alone without labels or nodes", () => {
    expect(trees(0, 3)).toEqual([null]);
    expect(trees(3, 0, { planar: true })).toEqual([null]);
    expect(treesOfOrder(2, 0)).toEqual([null]);
    expect(treesOfOrder(0, 2)).toEqual([]);
  });

  it("are refused where the list would be too long, and at other nonsense", () => {
    expect(refusal(() => trees(1, 1000))).toEqual(rangeFault("degree", "TOO_LARGE"));
    expect(refusal(() => treesOfOrder(1e8, 1))).toEqual(rangeFault("order", "TOO_LARGE"));
    expect(refusal(() => trees(-1, 2))).toEqual(rangeFault("dimension"));
    expect(refusal(() => trees(2, 1.5))).toEqual(rangeFault("degree"));
    expect(refusal(() => treesOfOrder(2, "2" as never))).toEqual(typeFault("order"));
    expect(refusal(() => trees(2, 2, { planar: 1 as never }))).toEqual(typeFault("planar"));
    expect(refusal(() => trees(2, 2, { plannar: true } as never))).toMatchObject({ code: "UNKNOWN_OPTION" });
  });
});

describe("places of trees", () => {
  it("do not depend on the order of children, unless they have one", () => {
    expect(treeToIdx([[1], [0], 0], 2, 3)).toBe(8);
    expect(treeToIdx([[0], [1], 0], 2, 3)).toBe(8);
    expect(treeToIdx([[[[1], 0], [1], 0], [[0], 1], 1], 2, 8)).toBe(treeToIdx([[[0], 1], [[1], [[1], 0], 0], 1], 2, 8));
    expect(treeToIdx([[1], [0]], 2, 3, { planar: true })).toBe(4);
    expect(treeToIdx([[0], 1], 2, 3, { planar: true })).toBe(7);
  });

  it("are exact up to 2^53 - 1, far beyond any list", () => {
    for (const planar of [false, true]) {
      for (const [dimension, degree] of [
        [1, 60],
        [2, 30],
        [255, 9],
        [2 ** 40, 2],
      ] as const) {
        for (const idx of [2 ** 31, 2 ** 50 + 12345, Number.MAX_SAFE_INTEGER - 1, Number.MAX_SAFE_INTEGER]) {
          const element = idxToTree(idx, dimension, degree, { planar });
          expect(treeToIdx(element, dimension, degree, { planar })).toBe(idx);
        }
        const last = idxToTree(Number.MAX_SAFE_INTEGER, dimension, degree, { planar });
        expect(refusal(() => treeToIdx(last, dimension, degree, { planar, scalarTerm: true }))).toEqual(rangeFault("tree", "TOO_LARGE"));
      }
    }
  });

  it("are refused outside the basis", () => {
    const place = (tree: unknown, options?: object): object => refusal(() => treeToIdx(tree as Tree, 2, 3, options));
    expect(place(null)).toEqual(rangeFault("tree"));
    expect(place([])).toEqual(rangeFault("tree"));
    expect(place([[], 0])).toEqual(rangeFault("tree"));
    expect(place([[[[0], 0], 0], 0])).toEqual(rangeFault("tree"));
    expect(place([[0], [0], [0], 0])).toEqual(rangeFault("tree"));
    expect(place([[0], [0]])).toEqual(rangeFault("tree"));
    expect(place([[2], 0])).toEqual(rangeFault("tree"));
    expect(place([0.5])).toEqual(rangeFault("tree"));
    expect(place([NaN])).toEqual(rangeFault("tree"));
    expect(place(["0"])).toEqual(typeFault("tree"));
    expect(place([0, 1])).toEqual(typeFault("tree"));
    expect(place(undefined)).toEqual(typeFault("tree"));
    expect(place(new Int32Array(1))).toEqual(typeFault("tree"));
    expect(place([[0], [[0], [0]]], { planar: true })).toEqual(typeFault("tree"));
    expect(place([[0], [], [0]], { planar: true })).toEqual(rangeFault("tree"));
    expect(refusal(() => treeToIdx([0], 0, 3))).toEqual(rangeFault("tree"));
    expect(refusal(() => idxToTree(0, 0, 3))).toEqual(rangeFault("idx"));
    expect(refusal(() => idxToTree(-1, 2, 3))).toEqual(rangeFault("idx"));
    expect(refusal(() => idxToTree(0, 2, 0))).toEqual(rangeFault("idx"));
    expect(idxToTree(0, 0, 0, { scalarTerm: true })).toBeNull();
  });

  it("are not looked for in trees without end", () => {
    const endless: unknown[] = [0];
    endless.unshift(endless);
    const wide: unknown[] = [];
    wide.length = 2 ** 32 - 1;
    for (const tree of [endless, wide]) {
      expect(refusal(() => treeToIdx(tree as never, 1, 3))).toEqual(rangeFault("tree"));
      expect(refusal(() => treeToIdx(tree as never, 1, 2 ** 53 - 1))).toEqual(rangeFault("tree", "TOO_LARGE"));
      expect(refusal(() => drawTree(tree as never))).toEqual(rangeFault("tree", "TOO_LARGE"));
    }
  });
});

describe("lengths", () => {
  // dimension, then the lengths of degrees 1 to 6: trees, planar forests, Lyndon forests.
  const known = [
    [1, [1, 2, 4, 8, 17, 37], [1, 3, 8, 22, 64, 196], [1, 2, 5, 13, 38, 113]],
    [2, [2, 6, 20, 72, 286, 1202], [2, 10, 50, 274, 1618, 10066], [2, 7, 33, 170, 976, 5889]],
    [3, [3, 12, 57, 303, 1788, 11220], [3, 21, 156, 1290, 11496, 107724], [3, 15, 104, 806, 6929, 63013]],
    [4, [4, 20, 124, 876, 6872, 57384], [4, 36, 356, 3940, 46948, 587620], [4, 26, 238, 2466, 28270, 343548]],
  ] as const;

  it.each(known)("are the numbers of trees and forests: dimension %i", (dimension, plain, planar, lyndon) => {
    for (let n = 1; n <= 6; n++) {
      expect(branchedSigLength(dimension, n)).toBe(plain[n - 1]);
      expect(branchedSigLength(dimension, n, { planar: true, scalarTerm: true })).toBe(planar[n - 1]! + 1);
      expect(branchedLogSigLength(dimension, n)).toBe(plain[n - 1]);
      expect(branchedLogSigLength(dimension, n, { planar: true })).toBe(lyndon[n - 1]);
    }
  });

  it("count the channels that the transforms add", () => {
    expect(branchedSigLength(1, 3, { leadLag: true })).toBe(20);
    expect(branchedSigLength(1, 3, { timeAug: true, leadLag: true })).toBe(57);
    expect(branchedLogSigLength(1, 3, { timeAug: true, planar: true })).toBe(33);
  });

  it("are 0 without channels or degree, and refused beyond 2^53 - 1", () => {
    for (const planar of [false, true]) {
      expect(branchedSigLength(0, 5, { planar })).toBe(0);
      expect(branchedSigLength(5, 0, { planar, scalarTerm: true })).toBe(1);
      expect(branchedLogSigLength(0, 5, { planar })).toBe(0);
      expect(refusal(() => branchedSigLength(1, 1e9, { planar }))).toEqual(rangeFault("degree", "TOO_LARGE"));
      expect(refusal(() => branchedLogSigLength(2 ** 40, 2, { planar }))).toEqual(rangeFault("degree", "TOO_LARGE"));
      expect(branchedSigLength(Number.MAX_SAFE_INTEGER, 1, { planar })).toBe(Number.MAX_SAFE_INTEGER);
      expect(refusal(() => branchedSigLength(Number.MAX_SAFE_INTEGER, 1, { timeAug: true }))).toEqual(rangeFault("dimension", "TOO_LARGE"));
    }
    expect(refusal(() => branchedSigLength(2.5, 1))).toEqual(rangeFault("dimension"));
    expect(refusal(() => branchedSigLength(2, 1, { planar: null as never }))).toEqual(typeFault("planar"));
  });
});

describe("trees as text", () => {
  it("are written in one line", () => {
    expect(formatTree([[0], [[1], 0], 2])).toBe("[0 [1]_0]_2");
    expect(formatTree([[12], [[3], 4]])).toBe("12 [3]_4");
    expect(formatTree(null)).toBe("∅");
  });

  const drawing = (...lines: readonly string[]): string => lines.join("\n");

  it("are drawn with the root at the bottom", () => {
    expect(drawTree(null)).toBe("∅");
    expect(drawTree([7])).toBe("7");
    expect(drawTree([[0], 1])).toBe(drawing("0", "│", "1"));
    expect(drawTree([[0], [[1], 0], 2])).toBe(drawing("    1", "    │", "0   0", "└─┬─┘", "  2"));
    expect(drawTree([[0], [1], [2], 3])).toBe(drawing("0   1   2", "└───┼───┘", "    3"));
    expect(drawTree([[0], [1], [2], [3], 4])).toBe(drawing("0   1   2   3", "└───┴─┬─┴───┘", "      4"));
  });

  it("give room to labels of several digits", () => {
    expect(drawTree([[0], 12345])).toBe(drawing("  0", "  │", "12345"));
    expect(drawTree([[12345], 0])).toBe(drawing("12345", "  │", "  0"));
    expect(drawTree([[100], [0], 10])).toBe(drawing("100   0", " └─┬──┘", "   10"));
  });

  it("stand side by side in forests", () => {
    expect(drawTree([[0], [[1], 2], [[3], [4], 5]])).toBe(drawing("    1   3   4", "    │   └─┬─┘", "0   2     5"));
  });

  it("are refused where they are no trees", () => {
    expect(refusal(() => formatTree(3 as never))).toEqual(typeFault("tree"));
    expect(refusal(() => drawTree([-1]))).toEqual(rangeFault("tree"));
    expect(refusal(() => drawTree([[0], [] as never]))).toEqual(rangeFault("tree"));
  });
});
