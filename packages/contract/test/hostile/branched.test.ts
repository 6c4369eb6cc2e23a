import {
  branchedLogSig,
  branchedSig,
  branchedSigBackprop,
  branchedSigCoef,
  branchedSigCoefBackprop,
  branchedSigCombine,
  branchedSigCombineBackprop,
  branchedSigJoin,
  branchedSigKernel,
  branchedSigKernelBackprop,
  branchedSigKernelGram,
  branchedSigLength,
  branchedSigToLogSig,
  extractBranchedSigCoef,
  getMemoryLimit,
  linearBranchedSig,
  setMemoryLimit,
  trees,
} from "@sig/api";
import type { Tensor } from "@sig/api";
import { afterEach, describe, expect, it } from "vitest";
import { expectClose } from "../../src/compare.js";
import { asRefusal, expectRefusal, thrownBy } from "../../src/refusals.js";
import { tensor, zeros } from "../../src/tensors.js";

const line = [
  [0, 0],
  [1, 2],
  [4, 3],
];
const values = (a: Tensor): number[] => Array.from(a.data);
const quiet = { onWarning: (): undefined => undefined };

type Refused = readonly [label: string, run: () => unknown, argument: string, kind?: "range" | "type"];

function expectRefused(operation: string, cases: readonly Refused[]): void {
  for (const [label, run, argument, kind = "range"] of cases)
    expectRefusal(thrownBy(run, label), { kind, operation, argument: argument.split(" ") }, label);
}

describe.each([false, true])("branched signatures, planar %s", (planar) => {
  it("take NaN and infinities of an end point into the trees with that label, and no others", () => {
    const basis = trees(2, 3, { planar }).slice(1);
    const clean = branchedSig(line, 3, { planar });
    for (const bad of [NaN, Infinity, -Infinity]) {
      const sick = branchedSig([...line.slice(0, 2), [bad, 3]], 3, { planar });
      basis.forEach((tree, i) => {
        const label = JSON.stringify(tree);
        if (label.includes("0")) expect(Number.isFinite(sick.data[i]), label).toBe(false);
        else expect(sick.data[i], label).toBe(clean.data[i]);
      });
    }
  });

  it("keep what one path has out of the others of its batch", () => {
    for (const size of [2, 3, 9]) {
      const points = Array.from({ length: size * 8 }, (_, i) => Math.sin(i));
      const shape = [size, 4, 2];
      const row = branchedSigLength(2, 3, { planar });
      const clean = branchedSig(tensor(points, shape), 3, { planar });
      for (const sick of [0, size - 1]) {
        const path = tensor(
          points.map((x, i) => (Math.floor(i / 8) === sick ? NaN : x)),
          shape,
        );
        const value = branchedSig(path, 3, { planar });
        const gradient = branchedSigBackprop(path, value, zeros([size, row]), 3, { planar });
        for (let b = 0; b < size; b++) {
          const own = values(value).slice(b * row, (b + 1) * row);
          if (b === sick) expect(own.every(Number.isNaN)).toBe(true);
          else expect(own).toEqual(values(clean).slice(b * row, (b + 1) * row));
          if (b !== sick)
            expect(
              values(gradient)
                .slice(b * 8, (b + 1) * 8)
                .every((g) => g === 0),
            ).toBe(true);
        }
      }
    }
  });

  it("never read a scalar slot", () => {
    const s = branchedSig(line, 2, { planar, scalarTerm: true });
    s.data[0] = NaN;
    const results = [
      branchedSigCombine(s, s, 2, 2, { planar }),
      branchedSigJoin(s, [1, 2], 2, 2, { planar }),
      branchedSigToLogSig(s, 2, 2, { planar, method: 0 }),
      branchedSigBackprop(line, s, s, 2, { planar }),
      ...branchedSigCombineBackprop(s, s, s, 2, 2, { planar }),
    ];
    for (const result of results) expect(values(result)).not.toContain(NaN);
  });

  it("of no point or of one are those of a point", () => {
    for (const flags of [{}, { timeAug: true }, { leadLag: true }, { timeAug: true, leadLag: true }]) {
      for (const path of [zeros([0, 2]), zeros([1, 2]), zeros([3, 1, 2]), zeros([3, 0, 2])]) {
        const s = branchedSig(path, 2, { ...flags, planar, scalarTerm: true });
        const row = s.shape.at(-1) ?? 0;
        expect(values(s)).toEqual(values(s).map((_, i) => (i % row === 0 ? 1 : 0)));
        expect(branchedSigBackprop(path, s, s, 2, { ...flags, planar })).toEqual(zeros(path.shape));
        expect(values(branchedSigCoef(path, [null, [0]], { ...flags, planar }))).toEqual(
          Array.from({ length: (2 * s.data.length) / row }, (_, i) => 1 - (i % 2)),
        );
      }
    }
  });

  it("to degree 0 are the scalar alone, and in dimension 0 there are none", () => {
    expect(branchedSig(line, 0, { planar })).toEqual(zeros([0]));
    expect(linearBranchedSig([1, 2], 2, 0, { planar, scalarTerm: true })).toEqual(tensor([1], [1]));
    expectRefused("branchedSig", [["no channels", () => branchedSig(zeros([3, 0]), 2, { planar }), "path"]]);
    expectRefused("branchedSigCoef", [["no channels", () => branchedSigCoef(zeros([3, 0]), [[0]], { planar }), "path"]]);
    expectRefused("branchedLogSig", [["degree 0", () => branchedLogSig(line, 0, { planar }), "degree"]]);
  });

  it("overflow to infinity", () => {
    expect(values(branchedSig([[0], [1e200]], 2, { planar })).slice(1)).toEqual(planar ? [Infinity, Infinity] : [Infinity]);
    expect(branchedSig(tensor([0, 1e30], [2, 1], "float32"), 2, { planar }).data[1]).toBe(Infinity);
  });

  it("are not asked for trees that are none", () => {
    const value = branchedSig(line, 2, { planar });
    const wrong: readonly unknown[] = [
      "0",
      7,
      null,
      [[2]],
      [[-1]],
      [[0.5]],
      [[NaN]],
      [[]],
      [[[]]],
      [["0"]],
      [[0, 0]],
      [[0, [1]]],
      [0],
      [[[[]], 0]],
    ];
    for (const list of wrong) {
      const label = JSON.stringify(list);
      for (const [operation, run] of [
        ["branchedSigCoef", () => branchedSigCoef(line, list as never, { planar })],
        ["branchedSigCoefBackprop", () => branchedSigCoefBackprop(line, list as never, zeros([1]), zeros([1]), { planar })],
        ["extractBranchedSigCoef", () => extractBranchedSigCoef(value, list as never, 2, { planar })],
      ] as const)
        expectRefusal(thrownBy(run, label), { operation, argument: "trees" }, `${operation} of ${label}`);
    }
    let deep: unknown = [0];
    for (let i = 0; i < 100_000; i++) deep = [deep, 0];
    const cyclic: unknown[] = [0];
    cyclic.unshift(cyclic);
    expectRefused("branchedSigCoef", [
      ["no trees", () => branchedSigCoef(line, [], { planar }), "trees"],
      ["a tree of 100,001 nodes", () => branchedSigCoef(line, [deep] as never, { planar }), "trees"],
      ["a tree that is its own child", () => branchedSigCoef(line, [cyclic] as never, { planar }), "trees"],
    ]);
    expectRefused("extractBranchedSigCoef", [
      ["a tree beyond the degree", () => extractBranchedSigCoef(value, [[[[0], 0], 0]], 2, { planar }), "trees"],
      ["the empty tree without a scalar slot", () => extractBranchedSigCoef(value, [null], 2, { planar }), "trees"],
    ]);
  });

  it("are not corrected by what does not fit", () => {
    const corrected =
      (correction: Tensor, options: object = {}, degree = 2) =>
      () =>
        branchedSig(line, degree, { planar, correction, ...options });
    expectRefused("branchedSig", [
      ["no level", corrected(zeros([3])), "correction"],
      ["a level too many", corrected(zeros([12])), "correction"],
      ["a row too many", corrected(zeros([3, 4])), "correction"],
      ["a batch of its own", corrected(zeros([1, 2, 4])), "correction"],
      ["with lead-lag", corrected(zeros([4]), { leadLag: true }), "correction"],
      ["to degree 1", corrected(zeros([4]), {}, 1), "correction"],
      ["in float32", corrected(zeros([4], "float32")), "correction", "type"],
    ]);
    expectClose(branchedSig(line, 3, { planar, correction: zeros([4]) }), branchedSig(line, 3, { planar }), 1e-15);
    expect(branchedSig(line, 2, { planar, correction: zeros([0]) })).toEqual(branchedSig(line, 2, { planar }));
    expect(values(branchedSig(line, 2, { planar, correction: [NaN, 0, 0, 0] })).filter(Number.isNaN)).toHaveLength(1);
  });
});

describe("huge branched signatures", () => {
  const limit = getMemoryLimit();
  afterEach(() => setMemoryLimit(limit));

  it("are refused before anything is allocated", () => {
    for (const degree of [2 ** 52, 1e6, 100, 40, 25])
      for (const [operation, run] of Object.entries({
        branchedSig: () => branchedSig(line, degree),
        linearBranchedSig: () => linearBranchedSig([1, 2], 2, degree, { planar: true }),
        branchedLogSig: () => branchedLogSig(line, degree),
      }))
        expectRefusal(
          thrownBy(run, operation),
          { kind: "range", operation, argument: ["degree", "path", "displacement"] },
          `${operation} to degree ${degree}`,
        );
    setMemoryLimit(1e6);
    expectRefused("branchedSig", [["a batch beyond the ceiling", () => branchedSig(zeros([2000, 2, 2]), 4), "path degree"]]);
  });
});

describe("branched kernels", () => {
  const x = zeros([2, 3, 2]);
  const y = zeros([2, 5, 2]);

  it("have a depth and orders that are some", () => {
    const kernel =
      (depth: unknown, order: unknown = 0): (() => unknown) =>
      () =>
        branchedSigKernel(x, y, depth as number, order as number);
    expectRefused("branchedSigKernel", [
      ...[-1, 1.5, NaN, 2 ** 53].map((depth): Refused => [`depth ${depth}`, kernel(depth), "depth"]),
      ...[undefined, null, "2", true, [2]].map((depth): Refused => [`depth ${String(depth)}`, kernel(depth), "depth", "type"]),
      ...[-1, 0.5, 63, [0], [1, 1, 1], [40, 23]].map((order): Refused => [`order ${String(order)}`, kernel(2, order), "dyadicOrder"]),
      ...[undefined, null, "1", true].map((order): Refused => [
        `order ${String(order)}`,
        () => branchedSigKernel(x, y, 2, order as never),
        "dyadicOrder",
        "type",
      ]),
      ["a polynomial scheme", () => branchedSigKernel(x, y, 2, 0, { order: 3 } as never), "order", "type"],
      ["different batches", () => branchedSigKernel(x, zeros([3, 5, 2]), 2, 0), "path1 path2"],
    ]);
    const stack =
      (kStack: Tensor): (() => unknown) =>
      () =>
        branchedSigKernelBackprop(zeros([2]), x, y, 2, 0, { kStack });
    expectRefused("branchedSigKernelBackprop", [
      ["a stack of too few depths", stack(zeros([2, 2, 3, 5])), "kStack"],
      ["a stack of one pair", stack(zeros([3, 3, 5])), "kStack"],
      ["a stack in float32", stack(zeros([2, 3, 3, 5], "float32")), "kStack path1", "type"],
      ["too many derivs", () => branchedSigKernelBackprop(zeros([3]), x, y, 2, 0), "derivs"],
    ]);
  });

  it("are refused where they are huge, before anything is allocated", () => {
    const grid = { returnGrid: true };
    expectRefused("branchedSigKernel", [
      ["a grid of 2^60 nodes", () => branchedSigKernel(line, line, 1, [30, 30], grid), "returnGrid dyadicOrder path1"],
    ]);
    const deep = thrownBy(() => branchedSigKernel(line, line, 2 ** 50, 0), "a depth beyond the memory");
    expect(asRefusal(deep, "a depth beyond the memory").code).toBe("TOO_LARGE");
    const wide = zeros([2 ** 14, 2, 1]);
    expectRefused("branchedSigKernelGram", [
      ["2^28 grids", () => branchedSigKernelGram(wide, wide, 1, 6, grid), "returnGrid dyadicOrder path1"],
    ]);
  });

  it("take NaN and infinities through the formula, and out of one pair only", () => {
    for (const bad of [NaN, Infinity]) {
      const k = branchedSigKernel([[0], [bad], [1]], [[0], [1]], 2, 0, quiet);
      expect(Number.isFinite(k.data[0])).toBe(false);
      const sick = tensor([0, 1, 2, 0, bad, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2], [5, 3, 1]);
      const well = tensor(new Array<number[]>(5).fill([0, 0.5]).flat(), [5, 2, 1]);
      const pairs = values(branchedSigKernel(sick, well, 2, 1, quiet));
      expect(pairs.map(Number.isFinite)).toEqual([true, false, true, true, true]);
      const gram = values(branchedSigKernelGram(sick, well, 2, 0, quiet));
      expect(gram.map(Number.isFinite)).toEqual(gram.map((_, i) => Math.floor(i / 5) !== 1));
    }
    // A path of one point has the kernel 1 with every other, and at depth 0 all have.
    expect(branchedSigKernel([[NaN]], [[0], [1]], 3, 0).data[0]).toBe(1);
    expect(branchedSigKernel([[NaN], [0]], [[0], [1]], 0, 0).data[0]).toBe(1);
  });
});
