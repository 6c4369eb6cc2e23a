import { Matern12Kernel, RBFKernel, sigKernel, sigKernelBackprop, sigKernelGram, sigKernelGramBackprop, withBackend } from "@sig/api";
import type { Tensor } from "@sig/api";
import { describe, expect, it } from "vitest";
import { asTensor, expectClose, expectSameBits } from "../src/compare.js";
import { expectedGradients, forward, label, makeArrays, makeDerivs, makeStaticKernel, parameters } from "../src/operations/driver.js";
import { kernels } from "../src/operations/kernel.js";
import { sample } from "../src/operations/sample.js";
import { type Operation, titleOf } from "../src/operations/spec.js";
import { staticKernelNames } from "../src/reference/staticKernels.js";
import { registerTargets } from "../src/targets.js";
import { copy, itemOf, matrix, randomNumbers, randomTensor, tensor } from "../src/tensors.js";

/** What the table of operations cannot say of kernels: sides of gradients, given grids, coincident points, sick paths. */
const random = randomNumbers(47);
const targets = registerTargets();
const schemes = [{ dyadicOrder: 0 }, { dyadicOrder: [2, 1] }, { method: "polynomial", order: 6 }] as const;
const pairwise = kernels.find((op) => op.name === "sigKernel") as Operation;
const ofTwo = kernels.filter((op) => op.form === undefined);

describe.each(ofTwo.map((op) => [op.backprop.name, op] as const))("%s", (name, op) => {
  const wanted = op.samples.filter((_, i) => i % 3 === 0);
  const run = (s: (typeof wanted)[number], more: object): readonly (Tensor | null)[] => {
    const [x, y, options] = parameters(op, s, makeArrays(op, s, "float64"), more) as [Tensor, Tensor, object];
    const backprop = op.backprop.name === "sigKernelBackprop" ? sigKernelBackprop : sigKernelGramBackprop;
    return backprop(makeDerivs(op, s, "float64"), x, y, options);
  };

  it("gives each side alone, both or none, and the first by default", () => {
    for (const s of wanted) {
      const both = run(s, { leftDeriv: true, rightDeriv: true }).map((gradient) => asTensor(gradient));
      const agreement = { tolerance: 1e-13, floor: 1 };
      for (const more of [{}, { leftDeriv: true }, { leftDeriv: true, rightDeriv: false }]) {
        const [left, right] = run(s, more);
        expectClose(left, both[0] as Tensor, agreement, `${label(name, s)} left`);
        expect(right).toBeNull();
      }
      const [left, right] = run(s, { leftDeriv: false, rightDeriv: true });
      expect(left).toBeNull();
      expectClose(right, both[1] as Tensor, agreement, `${label(name, s)} right`);
      expect(run(s, { leftDeriv: false })).toEqual([null, null]);
    }
  });

  it("takes the grid of the forward call, and it makes no difference", () => {
    for (const s of wanted) {
      if (s.options.normalize) continue;
      const kGrid = forward(op, { ...s, options: { ...s.options, returnGrid: true } }, makeArrays(op, s, "float64"));
      for (const sides of [{ leftDeriv: true, rightDeriv: true }, { leftDeriv: true }, { leftDeriv: false, rightDeriv: true }]) {
        const expected = run(s, { ...sides });
        run(s, { ...sides, kGrid }).forEach((gradient, i) => {
          if (expected[i] === null) expect(gradient).toBeNull();
          else expectClose(gradient, asTensor(expected[i]), { tolerance: 1e-13, floor: 1 }, `${label(name, s)} gradient ${i}`);
        });
      }
    }
  });
});

it("the gradient of the gram of one batch takes the grid too", () => {
  const op = kernels.find((found) => found.form !== undefined) as Operation;
  for (const s of op.samples) {
    if (s.options.normalize || s.batch.includes(0)) continue;
    const arrays = makeArrays(op, s, "float64");
    const [x, options] = parameters(op, s, arrays) as [Tensor, object];
    const kGrid = forward(op, { ...s, options: { ...s.options, returnGrid: true } }, arrays);
    const derivs = makeDerivs(op, s, "float64");
    const expected = sigKernelGramBackprop(derivs, x, options);
    expectClose(sigKernelGramBackprop(derivs, x, { ...options, kGrid }), expected, { tolerance: 1e-13, floor: 1 }, label(op.name, s));
  }
});

describe.each(targets)("on $name", ({ name: backend }) => {
  describe.each(["float64", "float32"] as const)("in %s", (dtype) => {
    it("gradients at coincident points are those of the definition, 0 where the distance is", () => {
      for (const name of staticKernelNames) {
        for (const scheme of [{ dyadicOrder: 1 }, { order: 6 }] as const) {
          const s = sample({
            ...pairwise.required,
            length: 4,
            second: { length: 5, batch: [] },
            batch: [3],
            kernel: { scheme, staticKernel: [name, name === "PolynomialKernel" ? [2] : name.endsWith("LinearKernel") ? [] : [0.9]] },
          });
          // Three points of the second path lie on points of the first, one of them on two.
          const { inputs } = makeArrays(pairwise, s, dtype);
          const [x, y] = inputs as [Tensor, Tensor];
          for (let item = 0; item < 3; item++) {
            const [fromX, toY] = [item * 8, item * 10];
            x.data.copyWithin(fromX + 6, fromX, fromX + 2);
            y.data.set(x.data.subarray(fromX, fromX + 4), toY + 2);
            y.data.set(x.data.subarray(fromX + 4, fromX + 6), toY + 8);
          }
          const derivs = makeDerivs(pairwise, s, dtype);
          const options = { ...(parameters(pairwise, s, { inputs, correction: undefined })[2] as object), rightDeriv: true };
          const gradients = withBackend(backend, () => sigKernelBackprop(derivs, x, y, options));
          expectedGradients(pairwise, s, { inputs, correction: undefined }, derivs).forEach((gradient, i) =>
            expectClose(
              gradients[i],
              tensor(gradient.data, gradient.shape, dtype),
              dtype === "float64" ? 1e-11 : 1e-4,
              `${label(name, s)} gradient ${i}`,
            ),
          );
        }
      }
    });

    it("NaN and infinities of one path stay out of the kernels and gradients of the others", () => {
      for (const scheme of schemes) {
        for (const staticKernel of [undefined, new RBFKernel(1)]) {
          for (const [m, n] of [
            [2, 3],
            [9, 2],
            [1, 9],
          ] as const) {
            const options = { ...scheme, staticKernel, onWarning: () => undefined };
            const [x, y] = [randomTensor(random, [m, 4, 2], dtype, 0.5), randomTensor(random, [n, 5, 2], dtype, 0.5)];
            const clean = asTensor(withBackend(backend, () => sigKernelGram(x, y, options)));
            const derivs = randomTensor(random, [m, n], dtype);
            const backpropOptions = { ...scheme, staticKernel, rightDeriv: true };
            const [dX, dY] = withBackend(backend, () => sigKernelGramBackprop(derivs, x, y, backpropOptions)).map((g) => asTensor(g)) as [
              Tensor,
              Tensor,
            ];
            for (const bad of [NaN, Infinity]) {
              for (const sick of new Set([0, m - 1])) {
                const spoilt = copy(x);
                spoilt.data[sick * 8 + 3] = bad;
                const gram = asTensor(withBackend(backend, () => sigKernelGram(spoilt, y, options)));
                const [sickX, sickY] = withBackend(backend, () => sigKernelGramBackprop(derivs, spoilt, y, backpropOptions));
                for (let i = 0; i < m; i++) {
                  const row = itemOf(gram, 1, i);
                  if (i !== sick) {
                    expectSameBits(row, itemOf(clean, 1, i), `${JSON.stringify(scheme)} row ${i}`);
                    expectSameBits(itemOf(asTensor(sickX), 2, i), itemOf(dX, 2, i));
                  } else if (Number.isNaN(bad)) {
                    expect(row.data.every(Number.isNaN)).toBe(true);
                    expect(itemOf(asTensor(sickX), 2, i).data.some(Number.isNaN)).toBe(true);
                  }
                }
                // Every second path is compared with the sick one.
                if (Number.isNaN(bad)) for (let j = 0; j < n; j++) expect(itemOf(asTensor(sickY), 2, j).data.some(Number.isNaN)).toBe(true);
              }
            }
            expect(dY.shape).toEqual(y.shape);
          }
        }
      }
    });
  });
});

describe("the worked examples", () => {
  const X = matrix([
    [0, 0],
    [1, 0.5],
    [0.5, 1],
  ]);
  const Y = matrix([
    [0, 0],
    [0.5, 1],
    [1, 1],
  ]);

  it("of kernels", () => {
    const values: readonly (readonly [object, number])[] = [
      [{ dyadicOrder: 0 }, 2.8928290473090277],
      [{ dyadicOrder: 1 }, 2.9091932957330995],
      [{ dyadicOrder: 2 }, 2.9023589692457565],
      [{ dyadicOrder: [3, 3] }, 2.8993047395094487],
      [{ dyadicOrder: [1, 0] }, 2.9110203524447837],
      [{ dyadicOrder: [0, 1] }, 2.92803579351716],
      [{ method: "polynomial", order: 2 }, 2.867897033691406],
      [{ method: "polynomial", order: 3 }, 2.8963428243589986],
      [{ method: "polynomial", order: 16 }, 2.898045840263193],
      [{ dyadicOrder: 1, normalize: true }, 0.77428054],
      [{ dyadicOrder: 1, timeAug: true, endTime: 2 }, 20.567849642531165],
      [{ dyadicOrder: 1, leadLag: true, timeAug: true }, 11.560135556715098],
    ];
    for (const [options, value] of values) expectClose(sigKernel(X, Y, options), tensor([value], []), 1e-8, JSON.stringify(options));
    const line = [[0], [1]];
    const steep = [[0], [2]];
    for (const [options, value] of [
      [{ dyadicOrder: 0 }, 4],
      [{ dyadicOrder: 1 }, 4.25830078125],
      [{ dyadicOrder: 6 }, 4.252435962101778],
      [{ method: "polynomial", order: 12 }, 4.252350879502624],
    ] as const)
      expectClose(sigKernel(line, steep, options), tensor([value], []), 1e-14);
  });

  it("of gradients through the grid, and of a gram", () => {
    const [dX, dY] = sigKernelBackprop(tensor(new Array<number>(9).fill(1), [3, 3]), X, Y, {
      dyadicOrder: 0,
      returnGrid: true,
      rightDeriv: true,
    });
    const left = [-5.250372992622, -6.779500325521, 2.26719156901, 3.391208224826, 2.983181423611, 3.388292100694];
    const right = [-5.085354275174, -5.083896213108, 2.653143988715, 1.934238009983, 2.432210286458, 3.149658203125];
    expectClose(dX, tensor(left, [3, 2]), 1e-11);
    expectClose(dY, tensor(right, [3, 2]), 1e-11);
    const both = tensor([...X.data, ...Y.data], [2, 3, 2]);
    expectClose(sigKernelGram(both, { dyadicOrder: 0 }), tensor([3.03075155, 2.89282905, 2.89282905, 4.42534129], [2, 2]), 1e-8);
    const total = sigKernelGramBackprop(tensor([1, 1, 1, 1], [2, 2]), both, { dyadicOrder: 0 });
    const first = [-2.720513, -3.73388, -0.030185, -0.285149, 2.750699, 4.019029].map((entry) => 2 * entry);
    expectClose(itemOf(total, 2, 0), tensor(first, [3, 2]), 1e-6);
  });

  it("of a kernel whose gradient has a corner where points coincide", () => {
    const staticKernel = new Matern12Kernel(1);
    const [dX] = sigKernelBackprop(1, X, Y, { dyadicOrder: 0, staticKernel });
    expect(asTensor(dX).data.every(Number.isFinite)).toBe(true);
    const [same] = sigKernelBackprop(1, X, copy(X), { dyadicOrder: 0, staticKernel });
    expect(asTensor(same).data.every(Number.isFinite)).toBe(true);
  });
});

describe.each(kernels.map((op) => [titleOf(op), op] as const))("%s", (_, op) => {
  it("gives no gradient to what its derivs do not weigh", () => {
    const s = op.samples.find((found) => found.options.returnGrid && found.length > 2 && !found.batch.includes(0));
    if (!s) throw new Error("no such sample");
    const arrays = makeArrays(op, s, "float64");
    const given = parameters(op, s, arrays);
    const options = { ...(given.at(-1) as object), rightDeriv: op.positional.length > 1 ? true : undefined };
    const value = forward(op, s, arrays);
    const derivs = makeDerivs(op, s, "float64");
    // Kernels on the edges of the grid are 1, whatever the paths.
    const [rows = 0, columns = 0] = value.shape.slice(-2);
    const spoilt = copy(derivs);
    spoilt.data.forEach((entry, i) => (spoilt.data[i] = Math.floor(i / columns) % rows === 0 || i % columns === 0 ? 1e6 : entry));
    const backprop = (weights: Tensor): readonly unknown[] =>
      [op.backprop.name === "sigKernelBackprop" ? sigKernelBackprop : sigKernelGramBackprop]
        .map((run) => (run as (...parameters: unknown[]) => unknown)(weights, ...given.slice(0, -1), options))
        .flat();
    const expected = backprop(derivs);
    backprop(spoilt).forEach((gradient, i) => expectClose(gradient, asTensor(expected[i]), 1e-13));
  });
});

it("every static kernel of the library is in the reference", () => {
  for (const name of staticKernelNames) expect(makeStaticKernel(name, [1]).constructor.name).toBe(name);
});
