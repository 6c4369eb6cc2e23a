import * as api from "@sig/api";
import {
  Context,
  RBFKernel,
  StaticKernel,
  expectedSigScore,
  sigKernel,
  sigKernelBackprop,
  sigKernelGram,
  sigKernelGramBackprop,
  sigMmd,
} from "@sig/api";
import type { Tensor } from "@sig/api";
import * as asynchronous from "@sig/api/async";
import { describe, expect, it } from "vitest";
import { asTensor, expectClose, expectSameBits } from "../src/compare.js";
import { makeStaticKernel } from "../src/operations/driver.js";
import { dual } from "../src/reference/dual.js";
import { type StaticKernelName, increments } from "../src/reference/staticKernels.js";
import { expectRefusal, thrownBy } from "../src/refusals.js";
import { copy, matrix, randomNumbers, randomTensor, tensor, zeros } from "../src/tensors.js";
import { UserKernel } from "../src/userKernels.js";

const random = randomNumbers(31);
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
const weights = tensor([1, 2, 3, 4], [1, 2, 2]);
const batched = (path: Tensor): Tensor => ({ ...path, shape: [1, ...path.shape] });

interface Worked {
  readonly kernel: readonly [StaticKernelName, readonly number[]];
  readonly increments: readonly number[];
  readonly gradX: readonly number[];
  readonly gradY: readonly number[];
  /** Finite differences of dyadic order 1. */
  readonly value: number;
}

/** X[2] and Y[1] are the same point, where the gradient of a kernel of the distance is 0. */
const worked: readonly Worked[] = [
  {
    kernel: ["LinearKernel", []],
    increments: [1, 0.5, 0.25, -0.25],
    gradX: [-1.5, -1, -2, -2, 3.5, 3],
    gradY: [0.5, -2, -0.5, -1, 0, 3],
    value: 2.9091932957330995,
  },
  {
    kernel: ["ScaledLinearKernel", [0.5]],
    increments: [0.25, 0.125, 0.0625, -0.0625],
    gradX: [-0.375, -0.25, -0.5, -0.5, 0.875, 0.75],
    gradY: [0.125, -0.5, -0.125, -0.25, 0, 0.75],
    value: 1.3989611382094185,
  },
  {
    kernel: ["RBFKernel", [2]],
    increments: [0.70827793, 0.27107811, 0.22119922, -0.22119922],
    gradX: [-0.46812817, -0.20049745, -1.07052286, -1.41775833, 2.56788595, 1.60578429],
    gradY: [0.26763071, -1.07052286, -0.26763071, -0.53526143, -1.02923492, 1.61825578],
    value: 2.1132747089066624,
  },
  {
    kernel: ["PolynomialKernel", []],
    increments: [7, 7.625, 3.390625, -3.390625],
    gradX: [-4.5, -3, -37.5, -37.5, 67.40625, 59.8125],
    gradY: [1.5, -6, -7.59375, -15.1875, 0, 56.25],
    value: 74.41667406117767,
  },
  {
    kernel: ["Matern12Kernel", [1]],
    increments: [0.8392249, 0.19726713, 0.50693131, -0.50693131],
    gradX: [-0.197615066809, -0.051411150541, -0.584815665072, -1.505469151961, 2.864734387654, 0.877223497608],
    gradY: [0.14620392, -0.58481567, -0.14620392, -0.29240783, -2.08230366, 1.5568803],
    value: 2.0186088550745747,
  },
  {
    kernel: ["Matern32Kernel", [1]],
    increments: [0.80676566, 0.25683271, 0.34629731, -0.34629731],
    gradX: [-0.30171228, -0.08539879, -0.86525397, -1.69448707, 3.17266064, 1.29788096],
    gradY: [0.21631349, -0.86525397, -0.21631349, -0.43262699, -2.00569438, 1.77988586],
    value: 2.1527695302085483,
  },
  {
    kernel: ["Matern52Kernel", [1]],
    increments: [0.78587994, 0.26717793, 0.29750424, -0.29750424],
    gradX: [-0.34787197, -0.10845739, -0.95765832, -1.63288197, 3.02634936, 1.43648748],
    gradY: [0.23941458, -0.95765832, -0.23941458, -0.47882916, -1.72081907, 1.74133936],
    value: 2.169414403892235,
  },
  {
    kernel: ["RationalQuadraticKernel", [1, 2]],
    increments: [0.62912572, 0.23174411, 0.20987654, -0.20987654],
    gradX: [-0.37145017, -0.15030774, -0.8845697, -1.27599134, 2.33084026, 1.32685455],
    gradY: [0.22114243, -0.8845697, -0.22114243, -0.44228485, -1.07482039, 1.42629909],
    value: 1.9562257134609342,
  },
];

describe.each(worked.map((example) => [example.kernel[0], example] as const))("%s", (name, { kernel, value, ...example }) => {
  const staticKernel = makeStaticKernel(...kernel) as StaticKernel;

  it("gives the numbers that were worked out for it, through its own methods and in a kernel", () => {
    const context = new Context();
    expectClose(staticKernel.increments(context, batched(X), batched(Y)), tensor(example.increments, [1, 2, 2]), 1e-8);
    expectClose(staticKernel.gradX(context, weights), tensor(example.gradX, [1, 3, 2]), 1e-8);
    expectClose(staticKernel.gradY(context, weights), tensor(example.gradY, [1, 3, 2]), 1e-8);
    expectClose(sigKernel(X, Y, { dyadicOrder: 1, staticKernel }), tensor([value], []), 1e-9);
  });

  it("has methods that agree with its definition, at coincident points too", () => {
    const points = randomTensor(random, [2, 4, 3]);
    const others = randomTensor(random, [2, 5, 3]);
    others.data.set(points.data.subarray(3, 9), 6);
    const pointsOf = (a: Tensor, pair: number, moved = -1) => {
      const [, length = 0, dimension = 0] = a.shape;
      const first = pair * length * dimension;
      return Array.from({ length }, (_, i) =>
        Array.from({ length: dimension }, (__, c) => {
          const at = first + i * dimension + c;
          return dual(a.data[at] ?? NaN, at === moved ? 1 : 0);
        }),
      );
    };
    const definition = (movedX = -1, movedY = -1) =>
      [0, 1].flatMap((pair) => increments(pointsOf(points, pair, movedX), pointsOf(others, pair, movedY), kernel).flat());
    const context = new Context();
    const derivs = randomTensor(random, [2, 3, 4]);
    const value = staticKernel.increments(context, points, others);
    expectClose(
      value,
      tensor(
        definition().map((cell) => cell.value),
        [2, 3, 4],
      ),
      1e-13,
    );
    const gradient = (a: Tensor, slopes: (entry: number) => ReturnType<typeof definition>): Tensor =>
      tensor(
        Array.from(a.data, (_, entry) => slopes(entry).reduce((sum, cell, i) => sum + cell.slope * (derivs.data[i] ?? NaN), 0)),
        a.shape,
      );
    expectClose(
      staticKernel.gradY(context, derivs),
      gradient(others, (entry) => definition(-1, entry)),
      1e-12,
    );
    expectClose(
      staticKernel.gradX(context, derivs),
      gradient(points, (entry) => definition(entry)),
      1e-12,
    );
  });

  it("refuses parameters that it cannot have", () => {
    const given = kernel[1];
    // gamma may be of either sign.
    const wrong = [NaN, Infinity, -Infinity, -1, "1", null, true, 1n, [1]];
    given.forEach((_, position) => {
      for (const value of [...wrong, ...(name === "ScaledLinearKernel" ? [] : [0])]) {
        const parameters = given.map((parameter, i) => (i === position ? value : parameter)) as number[];
        expectRefusal(
          thrownBy(() => makeStaticKernel(name, parameters), `${name}(${String(parameters)})`),
          { kind: typeof value === "number" ? "range" : "type", operation: name, argument: ["sigma", "alpha", "scale"] },
          `${name}(${String(parameters)})`,
        );
      }
    });
  });
});

describe("PolynomialKernel", () => {
  it("keeps its parameters, and checks each", () => {
    expect(new api.PolynomialKernel()).toMatchObject({ degree: 3, gamma: 1, scale: 1 });
    expect(new api.PolynomialKernel(2.5, -1, 0)).toMatchObject({ degree: 2.5, gamma: -1, scale: 0 });
    for (const [parameters, argument] of [
      [[-1], "degree"],
      [[NaN], "degree"],
      [[2, NaN], "gamma"],
      [[2, 1, -0.5], "scale"],
      [[2, 1, Infinity], "scale"],
    ] as const)
      expectRefusal(
        thrownBy(() => makeStaticKernel("PolynomialKernel", parameters), argument),
        { kind: "range", operation: "PolynomialKernel", argument },
        `PolynomialKernel(${parameters.join()})`,
      );
  });
});

describe("a static kernel of the user's", () => {
  const sigma = 0.8;
  const sizes = { x: [3, 4, 2], y: [3, 6, 2] } as const;
  const settings = [
    { dyadicOrder: 0 },
    { dyadicOrder: [1, 2] },
    { method: "polynomial", order: 6 },
    { dyadicOrder: 1, timeAug: true, leadLag: true, endTime: 0.5 },
    { dyadicOrder: 1, returnGrid: true },
    { dyadicOrder: 1, normalize: true },
    { method: "polynomial", order: 3, returnGrid: true, leadLag: true },
  ] as const;

  describe.each(["float64", "float32"] as const)("in %s", (dtype) => {
    const [x, y] = [randomTensor(random, sizes.x, dtype, 0.5), randomTensor(random, sizes.y, dtype, 0.5)];
    const tolerance = dtype === "float64" ? 1e-12 : 1e-5;

    it.each(settings)("equals the built-in kernel that computes the same, values and gradients: %j", (options) => {
      const user = { ...options, staticKernel: new UserKernel(sigma) };
      const built = { ...options, staticKernel: new RBFKernel(sigma) };
      const agreement = { tolerance: 10 * tolerance, floor: 1 };
      const pairs = asTensor(sigKernel(x, y, built));
      expectClose(sigKernel(x, y, user), pairs, agreement);
      const gram = asTensor(sigKernelGram(x, y, built));
      expectClose(sigKernelGram(x, y, user), gram, agreement);
      const own = asTensor(sigKernelGram(x, built));
      expectClose(sigKernelGram(x, user), own, agreement);

      const both = { leftDeriv: true, rightDeriv: true };
      const ofPairs = randomTensor(random, pairs.shape, dtype);
      const ofGram = randomTensor(random, gram.shape, dtype);
      const ofOwn = randomTensor(random, own.shape, dtype);
      const expected = [
        ...sigKernelBackprop(ofPairs, x, y, { ...built, ...both }),
        ...sigKernelGramBackprop(ofGram, x, y, { ...built, ...both }),
        sigKernelGramBackprop(ofOwn, x, built),
      ];
      const actual = [
        ...sigKernelBackprop(ofPairs, x, y, { ...user, ...both }),
        ...sigKernelGramBackprop(ofGram, x, y, { ...user, ...both }),
        sigKernelGramBackprop(ofOwn, x, user),
      ];
      expected.forEach((gradient, i) => expectClose(actual[i], asTensor(gradient), agreement, `gradient ${i}`));
    });

    it("serves the metrics", () => {
      for (const metric of [sigMmd, expectedSigScore]) {
        const value = metric(x, y, { dyadicOrder: 1, staticKernel: new UserKernel(sigma) });
        expectClose(value, asTensor(metric(x, y, { dyadicOrder: 1, staticKernel: new RBFKernel(sigma) })), {
          tolerance: 10 * tolerance,
          floor: 1,
        });
      }
    });
  });

  const [x, y] = [randomTensor(random, [5, 4, 2]), randomTensor(random, [3, 6, 2])];
  const options = { dyadicOrder: 0 };

  it("sees tiles of at most maxBatch^2 pairs, which change no bit", () => {
    const gram = asTensor(sigKernelGram(x, y, { ...options, staticKernel: new UserKernel(sigma) }));
    for (const maxBatch of [1, 2, 3]) {
      const staticKernel = new UserKernel(sigma);
      expectSameBits(sigKernelGram(x, y, { ...options, staticKernel, maxBatch }), gram);
      expect(Math.max(...staticKernel.tiles)).toBeLessThanOrEqual(maxBatch ** 2);
      expect(staticKernel.tiles.reduce((sum, pairs) => sum + pairs, 0)).toBe(15);
    }
    const once = new UserKernel(sigma);
    sigKernelGram(x, { ...options, staticKernel: once, maxBatch: 2 });
    expect(once.tiles.reduce((sum, pairs) => sum + pairs, 0)).toBe(15);
  });

  it("is asked for the gradients that are wanted, gradY alone too", () => {
    const derivs = zeros([5, 3]);
    for (const [leftDeriv, rightDeriv] of [
      [true, false],
      [false, true],
      [true, true],
      [false, false],
    ] as const) {
      const staticKernel = new UserKernel(sigma);
      const [dX, dY] = sigKernelGramBackprop(derivs, x, y, { ...options, staticKernel, leftDeriv, rightDeriv, maxBatch: 2 });
      expect([dX !== null, dY !== null]).toEqual([leftDeriv, rightDeriv]);
      const { calls } = staticKernel;
      expect([calls.gradX, calls.gradY]).toEqual([leftDeriv ? calls.increments : 0, rightDeriv ? calls.increments : 0]);
    }
  });

  it("gets copies, so that the arrays of the caller stay as they are", () => {
    class Vandal extends UserKernel {
      override increments(context: Context, a: Tensor, b: Tensor): Tensor {
        const out = super.increments(context, copy(a), copy(b));
        a.data.fill(NaN);
        b.data.fill(NaN);
        return out;
      }
    }
    const before = [copy(x), copy(y)] as const;
    const value = sigKernelGram(x, y, { ...options, staticKernel: new Vandal(sigma) });
    expectSameBits(value, asTensor(sigKernelGram(x, y, { ...options, staticKernel: new UserKernel(sigma) })));
    expectSameBits(x, before[0]);
    expectSameBits(y, before[1]);
  });

  it("throws through the call", async () => {
    const failure = new Error("no such kernel");
    const thrower = new UserKernel(sigma);
    thrower.increments = () => {
      throw failure;
    };
    expect(() => sigKernel(x, x, { ...options, staticKernel: thrower })).toThrow(failure);
    await expect(asynchronous.sigKernelGram(x, y, { ...options, staticKernel: thrower })).rejects.toBe(failure);
  });

  const spoilt: Readonly<Record<string, readonly ["type" | "range", (sound: Tensor) => unknown]>> = {
    nothing: ["type", () => undefined],
    "a number": ["type", () => 1],
    "a bare array": ["type", (sound) => sound.data],
    "numbers in a plain array": ["type", (sound) => ({ ...sound, data: [...sound.data] })],
    "another dtype": ["type", (sound) => tensor(sound.data, sound.shape, "float32")],
    "no shape": ["type", ({ data, dtype }) => ({ data, dtype })],
    "another shape": ["range", (sound) => ({ ...sound, shape: [sound.shape[0], sound.shape[2], sound.shape[1]] })],
    "a missing axis": ["range", (sound) => ({ ...sound, shape: sound.shape.slice(1) })],
    "too few numbers": ["range", (sound) => ({ ...sound, data: sound.data.slice(1) })],
    "too many numbers": ["range", (sound) => ({ ...sound, data: new Float64Array(sound.data.length + 1) })],
    "an array whose buffer is gone": [
      "range",
      (sound) => {
        const data = sound.data.slice();
        structuredClone(data.buffer, { transfer: [data.buffer] });
        return { ...sound, data };
      },
    ],
  };

  describe.each(["increments", "gradX", "gradY"] as const)("whose %s", (method) => {
    it.each(Object.keys(spoilt))("returns %s is refused", async (what) => {
      const [kind, spoil] = spoilt[what] as (typeof spoilt)[string];
      const staticKernel = new UserKernel(sigma);
      const sound = staticKernel[method].bind(staticKernel) as (...parameters: unknown[]) => Tensor;
      staticKernel[method] = (...parameters: unknown[]) => spoil(sound(...parameters)) as Tensor;
      const run = () => sigKernelGramBackprop(zeros([5, 3]), x, y, { ...options, staticKernel, rightDeriv: true, maxBatch: 2 });
      const expected = { kind, operation: "sigKernelGramBackprop", argument: "staticKernel" } as const;
      const refusal = expectRefusal(thrownBy(run, what), expected, what);
      expect(refusal.message).toContain(method);
      const reason: unknown = await asynchronous
        .sigKernelGramBackprop(zeros([5, 3]), x, y, { ...options, staticKernel, rightDeriv: true })
        .catch((thrown: unknown) => thrown);
      expectRefusal(reason, expected, what);
    });
  });

  it("may be a kernel of the library with methods of its own, or made of others", () => {
    class Doubled extends RBFKernel {
      override increments(context: Context, a: Tensor, b: Tensor): Tensor {
        const out = super.increments(context, a, b);
        return tensor(
          Array.from(out.data, (cell) => 2 * cell),
          out.shape,
        );
      }
    }
    class Sum extends StaticKernel {
      private readonly parts = [new RBFKernel(sigma), new RBFKernel(sigma)] as const;
      private add(tensors: readonly Tensor[]): Tensor {
        return tensor(
          Array.from(tensors[0]?.data ?? [], (entry, i) => entry + (tensors[1]?.data[i] ?? NaN)),
          tensors[0]?.shape ?? [],
        );
      }
      increments(context: Context, a: Tensor, b: Tensor): Tensor {
        const contexts = this.parts.map(() => new Context());
        context.saveForBackward(contexts);
        return this.add(this.parts.map((part, i) => part.increments(contexts[i] as Context, a, b)));
      }
      gradX(context: Context, derivs: Tensor): Tensor {
        const [contexts] = context.savedTensors as readonly [Context[]];
        return this.add(this.parts.map((part, i) => part.gradX(contexts[i] as Context, derivs)));
      }
      gradY(context: Context, derivs: Tensor): Tensor {
        const [contexts] = context.savedTensors as readonly [Context[]];
        return this.add(this.parts.map((part, i) => part.gradY(contexts[i] as Context, derivs)));
      }
    }
    const doubled = asTensor(sigKernelGram(x, y, { ...options, staticKernel: new Doubled(sigma) }));
    expectClose(sigKernelGram(x, y, { ...options, staticKernel: new Sum() }), doubled, 1e-12);
    expect(doubled.data).not.toEqual(asTensor(sigKernelGram(x, y, { ...options, staticKernel: new RBFKernel(sigma) })).data);
    const derivs = randomTensor(random, [5, 3]);
    const [half] = sigKernelGramBackprop(derivs, x, y, { ...options, staticKernel: new Sum() });
    expect(asTensor(half).shape).toEqual(x.shape);
  });
});
