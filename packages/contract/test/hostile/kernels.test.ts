import {
  RBFKernel,
  StaticKernel,
  expectedSigScore,
  getMemoryLimit,
  setMemoryLimit,
  sigKernel,
  sigKernelBackprop,
  sigKernelGram,
  sigKernelGramBackprop,
  sigMmd,
  sigScore,
  sigScoreBackprop,
} from "@sig/api";
import * as pysiglib from "@sig/api/pysiglib";
import { afterEach, describe, expect, it } from "vitest";
import { expectClose } from "../../src/compare.js";
import { expectRefusal, thrownBy } from "../../src/refusals.js";
import { tensor, zeros } from "../../src/tensors.js";

const line = [[0], [1]];
const options = { dyadicOrder: 0 };

/** What is refused: a title, the call, the kind of error and the arguments that it may name. */
type Refused = readonly [what: string, run: () => unknown, kind: "type" | "range", ...argument: string[]];

function expectRefused(operation: string, cases: readonly Refused[]): void {
  for (const [what, run, kind, ...argument] of cases) expectRefusal(thrownBy(run, what), { kind, operation, argument }, what);
}

describe("options of kernels", () => {
  it("belong to their method, and one of them is needed", () => {
    const given =
      (chosen: object): (() => unknown) =>
      () =>
        sigKernel(line, line, chosen);
    const polynomial = (order?: unknown): (() => unknown) => given({ method: "polynomial", order });
    expectRefused("sigKernel", [
      ["no order at all", given({}), "range", "dyadicOrder"],
      ["order for finite differences", given({ dyadicOrder: 0, order: 3 }), "range", "order"],
      ["dyadic order for polynomials", given({ method: "polynomial", order: 3, dyadicOrder: 0 }), "range", "dyadicOrder"],
      ["no order for polynomials", polynomial(), "range", "order"],
      ...[1, 0, -1, 65, 2.5, NaN].map((order) => [`order ${order}`, polynomial(order), "range", "order"] as const),
      ...["3", true, [3], 3n].map((order) => [`order ${typeof order}`, polynomial(order), "type", "order"] as const),
      ["normalized grid", given({ dyadicOrder: 0, normalize: true, returnGrid: true }), "range", "normalize", "returnGrid"],
      ["a listener that is none", given({ ...options, onWarning: "console" }), "type", "onWarning"],
    ]);
    const messageOf = (run: () => unknown): string => (thrownBy(run, "message") as Error).message;
    expect(messageOf(given({ method: "polynomal", order: 3 }))).toContain('did you mean "polynomial"');
    expect(messageOf(given({ ...options, staticKernel: RBFKernel }))).toMatch(/instance/);
  });

  it("of sides have no meaning for the gram of one batch, which has one gradient", () => {
    for (const side of ["leftDeriv", "rightDeriv"] as const)
      expectRefused("sigKernelGramBackprop", [
        [side, () => sigKernelGramBackprop(zeros([2, 2]), zeros([2, 3, 1]), { ...options, [side]: true }), "range", side],
      ]);
  });
});

describe("arguments of kernels", () => {
  const x = zeros([2, 3, 2]);
  const y = zeros([4, 5, 2]);

  it("have the shapes that belong to them", () => {
    const gram =
      (derivs: unknown, more: object = {}): (() => unknown) =>
      () =>
        sigKernelGramBackprop(derivs as number, x, y, { ...options, ...more });
    const given = (kGrid: unknown): (() => unknown) => gram(zeros([2, 4]), { kGrid });
    expectRefused("sigKernelGramBackprop", [
      ["a number for a gram", gram(1), "range", "derivs"],
      ["too many rows", gram(zeros([3, 4])), "range", "derivs"],
      ["transposed", gram(zeros([4, 2])), "range", "derivs"],
      ["no grid", gram(zeros([2, 4]), { returnGrid: true }), "range", "derivs"],
      ["a grid unasked for", gram(zeros([2, 4, 3, 5])), "range", "derivs"],
      ["another dtype", gram(zeros([2, 4], "float32")), "type", "derivs", "path1"],
      ["kGrid of another refinement", given(zeros([2, 4, 5, 9])), "range", "kGrid"],
      ["kGrid of one pair", given(zeros([3, 5])), "range", "kGrid"],
      ["kGrid in float32", given(zeros([2, 4, 3, 5], "float32")), "type", "kGrid", "path1"],
      ["kGrid of text", given("grid"), "type", "kGrid"],
    ]);
    expectRefused("sigKernelBackprop", [
      ["a vector for one pair", () => sigKernelBackprop([1, 2], line, line, options), "range", "derivs"],
    ]);
    const pair =
      (path1: typeof x, path2: typeof x): (() => unknown) =>
      () =>
        sigKernel(path1, path2, options);
    expectRefused("sigKernel", [
      ["different batches", pair(x, y), "range", "path1", "path2"],
      ["a batch and a path", pair(x, zeros([5, 2])), "range", "path1", "path2"],
      ["other channels", pair(x, zeros([2, 5, 3])), "range", "path1", "path2"],
      ["no channels", pair(zeros([2, 3, 0]), zeros([2, 3, 0])), "range", "path1", "path2"],
      ["a vector", pair(zeros([3]), zeros([3])), "range", "path1"],
    ]);
  });

  it("may be a number for the derivative of a single kernel, in either dtype", () => {
    const [ofNumber] = sigKernelBackprop(2, line, line, options);
    const [ofTensor] = sigKernelBackprop(tensor([2], []), line, line, options);
    expect(ofNumber).toEqual(ofTensor);
    const single = tensor([0, 1], [2, 1], "float32");
    expect(sigKernelBackprop(2, single, single, options)[0]?.dtype).toBe("float32");
  });

  it("are samples of at least two paths where two are compared, and of one where it is scored", () => {
    const one = zeros([1, 3, 2]);
    const none = zeros([0, 5, 2]);
    expectRefused("sigScore", [["one path", () => sigScore(one, y, options), "range", "sample"]]);
    expectRefused("expectedSigScore", [
      ["one path", () => expectedSigScore(zeros([3, 2]), y, options), "range", "sample1"],
      ["nothing to score", () => expectedSigScore(x, none, options), "range", "sample2"],
    ]);
    expectRefused("sigMmd", [
      ["one path", () => sigMmd(one, y, options), "range", "sample1"],
      ["one other path", () => sigMmd(x, zeros([1, 5, 2]), options), "range", "sample2"],
      ["no path", () => sigMmd(x, none, options), "range", "sample2"],
    ]);
    expectRefused("sigScoreBackprop", [["too many derivs", () => sigScoreBackprop(zeros([5]), x, y, options), "range", "derivs"]]);
    expect(sigScore(x, none, options).shape).toEqual([0]);
  });
});

describe("huge kernels", () => {
  const limit = getMemoryLimit();
  afterEach(() => setMemoryLimit(limit));

  it("are refused before anything is allocated", () => {
    const x = zeros([2 ** 14, 2, 1]);
    const grid =
      (path: typeof x | number[][], dyadicOrder: number | readonly [number, number]): (() => unknown) =>
      () =>
        sigKernel(path, path, { dyadicOrder, returnGrid: true });
    const blamed = ["returnGrid", "dyadicOrder", "path1"];
    expectRefused("sigKernel", [
      ["a grid of 2^60 nodes", grid(line, [30, 30]), "range", ...blamed],
      ["a grid of more than 2^53 rows", grid([[0], [1], [0]], [54, 0]), "range", ...blamed],
    ]);
    expectRefused("sigKernelGram", [["2^28 grids", () => sigKernelGram(x, x, { dyadicOrder: 6, returnGrid: true }), "range", ...blamed]]);
    setMemoryLimit(1e6);
    const wide = zeros([500, 2, 1]);
    expectRefused("sigKernelGram", [["a gram beyond the ceiling", () => sigKernelGram(wide, wide, options), "range", "path1", "path2"]]);
  });
});

describe("NaN and infinities", () => {
  it("go through kernels as through the formula", () => {
    const polynomial = { method: "polynomial", order: 4 } as const;
    for (const bad of [NaN, Infinity]) {
      for (const given of [options, polynomial]) {
        const k = sigKernel([[0], [bad], [1]], [[0], [1]], { ...given, onWarning: () => undefined });
        expect(Number.isFinite(k.data[0]), JSON.stringify(given)).toBe(false);
      }
      // Far away is near to nothing for a kernel of the distance.
      const far = sigKernel([[0], [bad], [1]], [[0], [1]], { ...options, staticKernel: new RBFKernel(1) });
      expect(Number.isFinite(far.data[0])).toBe(bad === Infinity);
    }
    // A path of one point has the kernel 1 with every other, whatever its numbers.
    expect(sigKernel([[NaN]], [[0], [1]], options).data[0]).toBe(1);
  });
});

interface Paths {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
}

describe("under pysiglib's names", () => {
  it("a user's kernel has pysiglib's methods", () => {
    /** The linear kernel of paths in one dimension. */
    class Linear extends pysiglib.StaticKernel {
      call(context: pysiglib.Context, x: Paths, y: Paths) {
        context.save_for_backward(x, y);
        const columns = (y.shape[1] ?? 0) - 1;
        const step = (path: Paths, i: number): number => (path.data[i + 1] ?? NaN) - (path.data[i] ?? NaN);
        const cells = Array.from({ length: ((x.shape[1] ?? 0) - 1) * columns }, (_, cell) => [Math.floor(cell / columns), cell % columns]);
        return tensor(
          cells.map(([i = NaN, j = NaN]) => step(x, i) * step(y, j)),
          [1, cells.length / columns, columns],
        );
      }
      grad_x(context: pysiglib.Context) {
        return zeros((context.saved_tensors[0] as Paths).shape);
      }
      grad_y(context: pysiglib.Context) {
        return zeros((context.saved_tensors[1] as Paths).shape);
      }
    }
    const given = { dyadic_order: 0, static_kernel: new Linear() };
    expectClose(pysiglib.sig_kernel([[0], [1]], [[0], [2]], given), tensor([4], []), 1e-15);
    const both = { ...given, left_deriv: true, right_deriv: true };
    expect(pysiglib.sig_kernel_backprop(1, [[0], [1]], [[0], [2]], both)).toEqual([zeros([2, 1]), zeros([2, 1])]);
    expect(Linear.prototype instanceof StaticKernel || Linear.prototype instanceof pysiglib.StaticKernel).toBe(true);
  });
});
