import { sig, sigKernel, sigKernelGram } from "@sig/api";
import type { StaticKernel, Tensor } from "@sig/api";
import { describe, expect } from "vitest";
import { asTensor, expectClose, expectSameBits } from "../../src/compare.js";
import { type KernelCase, kernelCases } from "../../src/kernelCases.js";
import { dot } from "../../src/operations/driver.js";
import { mapEntries, reverse } from "../../src/pathTools.js";
import { property } from "../../src/properties.js";
import { copy, itemOf, stack, tensor } from "../../src/tensors.js";

const tolerance = 1e-12;
/** Polynomials of so high an order that nothing is left to cut off. */
const exact = { method: "polynomial", order: 24 } as const;

const samplesOf = (m: number, n: number) => kernelCases({ batches: [[m], [n]] });
const single = kernelCases();
/** Paths whose kernel is an inner product of signatures that a low degree holds. */
const short = kernelCases({ maxDimension: 2, maxLength: 5, reach: 1.2, staticKernels: [undefined] });

const schemesOf = ({ random }: KernelCase) => {
  const order = 2 + Math.floor(20 * random());
  const dyadicOrder = Math.floor(4 * random());
  return [{ dyadicOrder }, { method: "polynomial", order } as const];
};

const valueOf = (k: Tensor): number => k.data[0] ?? NaN;

/** The path with a point put on each segment, at any place or twice the same point. */
function refined(path: Tensor, random: () => number): Tensor {
  const [length = 0, dimension = 0] = path.shape;
  const rows: number[] = [...path.data.subarray(0, dimension)];
  for (let i = 1; i < length; i++) {
    const share = random() < 0.2 ? 0 : random();
    const at = (row: number, c: number): number => path.data[row * dimension + c] ?? NaN;
    for (let c = 0; c < dimension; c++) rows.push((1 - share) * at(i - 1, c) + share * at(i, c));
    for (let c = 0; c < dimension; c++) rows.push(at(i, c));
  }
  return tensor(rows, [2 * length - 1, dimension]);
}

/** Fails unless the symmetric matrix plus `jitter` times its trace on the diagonal has a Cholesky factor. */
function expectPositive(gram: Tensor, jitter: number): void {
  const n = gram.shape[0] ?? 0;
  const a = Array.from({ length: n }, (_, i) => [...gram.data.subarray(i * n, (i + 1) * n)]);
  const trace = a.reduce((sum, row, i) => sum + (row[i] ?? NaN), 0);
  for (let k = 0; k < n; k++) {
    const pivot = (a[k]?.[k] ?? NaN) + jitter * trace;
    expect(pivot, `pivot ${k}`).toBeGreaterThan(0);
    for (let i = k + 1; i < n; i++) {
      const factor = (a[i]?.[k] ?? NaN) / pivot;
      for (let j = k + 1; j < n; j++) a[i]![j]! -= factor * (a[k]?.[j] ?? NaN);
    }
  }
}

describe("signature kernels", () => {
  property("are symmetric, with the dyadic orders exchanged", single, ({ x, y, staticKernel, random, ...rest }) => {
    for (const scheme of schemesOf({ x, y, staticKernel, random, ...rest })) {
      expectClose(sigKernel(x, y, { ...scheme, staticKernel }), asTensor(sigKernel(y, x, { ...scheme, staticKernel })), tolerance);
    }
    expectClose(
      sigKernel(x, y, { dyadicOrder: [2, 0], staticKernel }),
      asTensor(sigKernel(y, x, { dyadicOrder: [0, 2], staticKernel })),
      tolerance,
    );
  });

  property("of a sample with itself form a positive matrix, whatever the static kernel", samplesOf(5, 1), ({ x, staticKernel, random }) => {
    // Among the paths are two that are almost the same.
    const width = x.data.length / 5;
    x.data.copyWithin(width, 0, width);
    x.data[width] = (x.data[width] ?? NaN) + 1e-3 * random();
    expectPositive(asTensor(sigKernelGram(x, { ...exact, staticKernel })), 1e-11);
    expectPositive(asTensor(sigKernelGram(x, { dyadicOrder: 3, staticKernel })), 1e-4);
  });

  property("are inner products of signatures", short, ({ x, y }) => {
    for (const flags of [{}, { timeAug: true, endTime: 0.4 }]) {
      const degree = flags.timeAug && x.shape[1] === 2 ? 9 : 12;
      const product = 1 + dot(sig(x, degree, flags).data, sig(y, degree, flags).data);
      const k = asTensor(sigKernel(x, y, { ...exact, ...flags }));
      expect(Math.abs(valueOf(k) - product)).toBeLessThan(1e-8);
      // The error of finite differences falls with the square of the cells, and so twice as fast after one step of Richardson's.
      const [coarse, fine] = [5, 6].map((dyadicOrder) => valueOf(asTensor(sigKernel(x, y, { dyadicOrder, ...flags })))) as [number, number];
      expect(Math.abs((4 * fine - coarse) / 3 - product)).toBeLessThan(1e-6);
    }
  });

  property("of scaled paths are those of the scaled kernel", short, ({ x, y }) => {
    const scale = 0.7;
    const [a, b] = [x, y].map((path) => mapEntries(path, (entry) => scale * entry)) as [Tensor, Tensor];
    const product = 1 + dot(sig(a, 12).data, sig(b, 12).data);
    expect(Math.abs(valueOf(asTensor(sigKernel(a, b, exact))) - product)).toBeLessThan(1e-9);
  });

  property("do not depend on the speed at which a path is run through", kernelCases({ staticKernels: [undefined] }), ({ x, y, random }) => {
    const k = asTensor(sigKernel(x, y, exact));
    expectClose(sigKernel(refined(x, random), y, exact), k, tolerance * 10);
    expectClose(sigKernel(refined(x, random), refined(y, random), exact), k, tolerance * 10);
    // Finite differences see it, but not in the limit.
    const limitOf = (path: Tensor): number => {
      const [coarse, fine] = [4, 5].map((dyadicOrder) => valueOf(asTensor(sigKernel(path, y, { dyadicOrder })))) as [number, number];
      return (4 * fine - coarse) / 3;
    };
    expect(Math.abs(limitOf(refined(x, random)) - limitOf(x))).toBeLessThan(1e-5);
  });

  property("of both paths reversed are the same", kernelCases({ staticKernels: [undefined] }), ({ x, y }) => {
    expectClose(sigKernel(reverse(x), reverse(y), exact), asTensor(sigKernel(x, y, exact)), tolerance * 10);
  });

  property("do not see a translation", single, ({ x, y, dimension, staticKernel, random }) => {
    const shift = Array.from({ length: dimension }, random);
    const moved = (path: Tensor): Tensor => mapEntries(path, (entry, i) => entry + (shift[i % dimension] ?? NaN));
    for (const scheme of [{ dyadicOrder: 1 }, exact]) {
      expectClose(sigKernel(moved(x), y, scheme), asTensor(sigKernel(x, y, scheme)), tolerance);
      // Nor do those of a distance, if both paths are translated.
      if (staticKernel && "sigma" in staticKernel) {
        const options = { ...scheme, staticKernel };
        expectClose(sigKernel(moved(x), moved(y), options), asTensor(sigKernel(x, y, options)), tolerance);
      }
    }
  });

  property(
    "of normalized paths are at most 1, and 1 for a path with itself",
    samplesOf(3, 2),
    ({ x, y, staticKernel, random, ...rest }) => {
      for (const scheme of schemesOf({ x, y, staticKernel, random, ...rest })) {
        const options = { ...scheme, staticKernel, normalize: true };
        const gram = asTensor(sigKernelGram(x, options));
        for (let i = 0; i < 3; i++) expect(Math.abs((gram.data[4 * i] ?? NaN) - 1)).toBeLessThan(tolerance);
        expectClose(sigKernel(x, copy(x), options), tensor([1, 1, 1], [3]), tolerance);
      }
      const between = asTensor(sigKernelGram(x, y, { ...exact, staticKernel, normalize: true }));
      for (const value of between.data) expect(Math.abs(value)).toBeLessThanOrEqual(1 + tolerance);
    },
  );

  property("on the grid are those of the beginnings of the paths", single, ({ x, y, staticKernel, dimension }) => {
    for (const scheme of [{ dyadicOrder: 0 }, { method: "polynomial", order: 5 } as const]) {
      const grid = asTensor(sigKernel(x, y, { ...scheme, staticKernel, returnGrid: true }));
      const [rows = 0, columns = 0] = grid.shape;
      for (const [i, j] of [
        [rows - 1, columns - 1],
        [1, columns - 1],
        [Math.floor(rows / 2), 1],
        [0, columns - 1],
      ] as const) {
        const beginning = (path: Tensor, length: number): Tensor => tensor(path.data.slice(0, length * dimension), [length, dimension]);
        const k = asTensor(sigKernel(beginning(x, i + 1), beginning(y, j + 1), { ...scheme, staticKernel }));
        expectClose(tensor([grid.data[i * columns + j] ?? NaN], []), k, tolerance);
      }
    }
  });
});

describe("grams", () => {
  const pairs = (x: Tensor, y: Tensor, options: { dyadicOrder: number; staticKernel: StaticKernel | undefined }): Tensor[] =>
    Array.from({ length: x.shape[0] ?? 0 }, (_, i) =>
      Array.from({ length: y.shape[0] ?? 0 }, (__, j) => asTensor(sigKernel(itemOf(x, 2, i), itemOf(y, 2, j), options))),
    ).flat();

  property("hold the kernels of the pairs", samplesOf(4, 6), ({ x, y, staticKernel }) => {
    const options = { dyadicOrder: 1, staticKernel };
    expectClose(sigKernelGram(x, y, options), stack(pairs(x, y, options), [4, 6], [], "float64"), tolerance);
    expectClose(sigKernelGram(x, options), stack(pairs(x, x, options), [4, 4], [], "float64"), tolerance);
  });

  property(
    "of one argument are those of the sample and a copy of it, symmetric to the bit",
    samplesOf(5, 1),
    ({ x, staticKernel, ...rest }) => {
      for (const scheme of schemesOf({ x, staticKernel, ...rest })) {
        for (const more of [{}, { normalize: true }, { timeAug: true }]) {
          const options = { ...scheme, staticKernel, ...more };
          const gram = asTensor(sigKernelGram(x, options));
          expectClose(gram, asTensor(sigKernelGram(x, copy(x), options)), tolerance);
          expectSameBits(transposed(gram), gram);
        }
      }
      // Where the two sides are refined differently the gram is not symmetric, and nothing is mirrored.
      const options = { dyadicOrder: [2, 0] as const, staticKernel };
      expectClose(sigKernelGram(x, options), asTensor(sigKernelGram(x, copy(x), options)), tolerance);
    },
  );

  property("of one argument have transposed grids", samplesOf(3, 1), ({ x, staticKernel }) => {
    const options = { dyadicOrder: 1, staticKernel, returnGrid: true };
    expectClose(sigKernelGram(x, options), asTensor(sigKernelGram(x, copy(x), options)), tolerance);
  });

  property("have the same bits for one object given twice and for two", samplesOf(4, 1), ({ x, staticKernel }) => {
    for (const scheme of [{ dyadicOrder: 0 }, { dyadicOrder: [1, 0] as const }, { method: "polynomial", order: 4 } as const]) {
      const options = { ...scheme, staticKernel };
      expectSameBits(sigKernelGram(x, x, options), asTensor(sigKernelGram(x, copy(x), options)));
    }
  });

  property("have the same bits for every maxBatch and any number of threads", samplesOf(7, 5), ({ x, y, staticKernel, ...rest }) => {
    for (const scheme of schemesOf({ x, y, staticKernel, ...rest })) {
      const options = { ...scheme, staticKernel };
      const gram = asTensor(sigKernelGram(x, y, options));
      for (const maxBatch of [1, 2, 3, 100]) expectSameBits(sigKernelGram(x, y, { ...options, maxBatch }), gram);
      for (const nJobs of [2, 3]) expectSameBits(sigKernelGram(x, y, { ...options, nJobs }), gram);
      const own = asTensor(sigKernelGram(x, options));
      for (const maxBatch of [1, 3]) expectSameBits(sigKernelGram(x, { ...options, maxBatch, nJobs: 2 }), own);
    }
  });

  property("take samples of any rank", samplesOf(6, 4), ({ x, y, staticKernel }) => {
    const options = { dyadicOrder: 0, staticKernel, normalize: true };
    const gram = asTensor(sigKernelGram(x, y, options));
    const reshaped = sigKernelGram({ ...x, shape: [2, 3, ...x.shape.slice(1)] }, { ...y, shape: [1, 2, 2, ...y.shape.slice(1)] }, options);
    expectSameBits(reshaped, { ...gram, shape: [2, 3, 1, 2, 2] });
    expectClose(sigKernelGram(itemOf(x, 2, 0), itemOf(y, 2, 0), options), tensor([gram.data[0] ?? NaN], []), tolerance);
  });
});

function transposed(a: Tensor): Tensor {
  const [rows = 0, columns = 0] = a.shape;
  return mapEntries(a, (_, i) => a.data[(i % columns) * rows + Math.floor(i / columns)] ?? NaN);
}
