import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setBackend } from "@sig/core";
import * as promises from "../src/async.js";
import * as api from "../src/index.js";
import * as pysiglib from "../src/pysiglib.js";
import { installReference } from "./referenceBackend.js";

beforeAll(() => {
  installReference();
  setBackend("reference");
});
afterAll(() => setBackend(null));

const tensor = (values: number[], ...shape: number[]): api.Tensor => ({ data: Float64Array.from(values), shape, dtype: "float64" });
const x = tensor([0, 0, 1, 0.5, 0.5, 1], 1, 3, 2);
const y = tensor([0, 0, 0.5, 1, 1, 1], 1, 3, 2);
const derivs = tensor([1, 2, 3, 4], 1, 2, 2);

/** Increments of x and y, and their gradients for `derivs`; points x_2 and y_1 coincide. */
const known: [string, api.StaticKernel, number[], number[], number[]][] = [
  ["linear", new api.LinearKernel(), [1, 0.5, 0.25, -0.25], [-1.5, -1, -2, -2, 3.5, 3], [0.5, -2, -0.5, -1, 0, 3]],
  [
    "scaled",
    new api.ScaledLinearKernel(0.5),
    [0.25, 0.125, 0.0625, -0.0625],
    [-0.375, -0.25, -0.5, -0.5, 0.875, 0.75],
    [0.125, -0.5, -0.125, -0.25, 0, 0.75],
  ],
  [
    "RBF",
    new api.RBFKernel(2),
    [0.70827793, 0.27107811, 0.22119922, -0.22119922],
    [-0.46812817, -0.20049745, -1.07052286, -1.41775833, 2.56788595, 1.60578429],
    [0.26763071, -1.07052286, -0.26763071, -0.53526143, -1.02923492, 1.61825578],
  ],
  [
    "polynomial",
    new api.PolynomialKernel(),
    [7, 7.625, 3.390625, -3.390625],
    [-4.5, -3, -37.5, -37.5, 67.40625, 59.8125],
    [1.5, -6, -7.59375, -15.1875, 0, 56.25],
  ],
  [
    "Matern 1/2",
    new api.Matern12Kernel(1),
    [0.8392249, 0.19726713, 0.50693131, -0.50693131],
    [-0.197615066809, -0.051411150541, -0.584815665072, -1.505469151961, 2.864734387654, 0.877223497608],
    [0.14620392, -0.58481567, -0.14620392, -0.29240783, -2.08230366, 1.5568803],
  ],
  [
    "Matern 3/2",
    new api.Matern32Kernel(1),
    [0.80676566, 0.25683271, 0.34629731, -0.34629731],
    [-0.30171228, -0.08539879, -0.86525397, -1.69448707, 3.17266064, 1.29788096],
    [0.21631349, -0.86525397, -0.21631349, -0.43262699, -2.00569438, 1.77988586],
  ],
  [
    "Matern 5/2",
    new api.Matern52Kernel(1),
    [0.78587994, 0.26717793, 0.29750424, -0.29750424],
    [-0.34787197, -0.10845739, -0.95765832, -1.63288197, 3.02634936, 1.43648748],
    [0.23941458, -0.95765832, -0.23941458, -0.47882916, -1.72081907, 1.74133936],
  ],
  [
    "rational quadratic",
    new api.RationalQuadraticKernel(1, 2),
    [0.62912572, 0.23174411, 0.20987654, -0.20987654],
    [-0.37145017, -0.15030774, -0.8845697, -1.27599134, 2.33084026, 1.32685455],
    [0.22114243, -0.8845697, -0.22114243, -0.44228485, -1.07482039, 1.42629909],
  ],
];

function expectNear(actual: api.Tensor, expected: readonly number[], shape: readonly number[]): void {
  expect(actual.shape).toEqual(shape);
  expect(actual.data).toHaveLength(expected.length);
  actual.data.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(1e-8));
}

describe("known kernels in TypeScript", () => {
  test.each(known)("%s", (_, kernel, increments, gradX, gradY) => {
    const memory = new api.Context();
    expectNear(kernel.increments(memory, x, y), increments, [1, 2, 2]);
    expectNear(kernel.gradY(memory, derivs), gradY, [1, 3, 2]);
    expectNear(kernel.gradX(memory, derivs), gradX, [1, 3, 2]);
  });

  test.each(known)("%s of each pair of a batch, in its dtype", (_, kernel) => {
    const twice = (a: api.Tensor, b: api.Tensor): api.Tensor => ({
      data: Float32Array.from([...a.data, ...b.data]),
      shape: [2, ...a.shape.slice(1)],
      dtype: "float32",
    });
    const memory = new api.Context();
    const both = kernel.increments(memory, twice(x, y), twice(y, x));
    const alone = [kernel.increments(new api.Context(), x, y), kernel.increments(new api.Context(), y, x)].flatMap(({ data }) => [...data]);
    expect(both.dtype).toBe("float32");
    both.data.forEach((value, i) => expect(Math.abs(value - alone[i]!)).toBeLessThan(1e-6));
    expect(kernel.gradX(memory, twice(derivs, derivs)).data).toBeInstanceOf(Float32Array);
  });

  test("integer degrees are plain powers, others take a negative base for 0", () => {
    const [a, b] = [tensor([0, 1], 1, 2, 1), tensor([0, -3], 1, 2, 1)];
    const increment = (degree: number): number => new api.PolynomialKernel(degree).increments(new api.Context(), a, b).data[0]!;
    expect(increment(6)).toBe(64 - 1);
    expect(increment(7)).toBe(-128 - 1);
    expect(increment(2.5)).toBe(-1);
    expect(increment(0)).toBe(0);
    const memory = new api.Context();
    const flat = new api.PolynomialKernel(0.5, -1);
    flat.increments(memory, a, b);
    expect(flat.gradX(memory, tensor([1], 1, 1, 1)).data).toEqual(new Float64Array(2));
  });

  test.each<[string, () => unknown, string]>([
    ["scale -1", () => new api.ScaledLinearKernel(-1), "scale"],
    ["sigma 0", () => new api.RBFKernel(0), "sigma"],
    ["sigma NaN", () => new api.Matern12Kernel(NaN), "sigma"],
    ["sigma infinite", () => new api.Matern32Kernel(Infinity), "sigma"],
    ["alpha 0", () => new api.RationalQuadraticKernel(1, 0), "alpha"],
    ["degree -1", () => new api.PolynomialKernel(-1), "degree"],
    ["gamma NaN", () => new api.PolynomialKernel(2, NaN), "gamma"],
    ["negative scale", () => new pysiglib.PolynomialKernel(2, 1, -1), "scale"],
  ])("%s is refused", (_, make, argument) => {
    expect(make).toThrow(api.SigRangeError);
    expect(make).toThrow(new RegExp(`Kernel: ${argument} must`));
    expect(() => new api.RBFKernel("1" as never)).toThrow(api.SigTypeError);
  });

  test("have their parameters as attributes", () => {
    expect(new api.ScaledLinearKernel()).toMatchObject({ scale: 1 });
    expect(new api.PolynomialKernel(2)).toMatchObject({ degree: 2, gamma: 1, scale: 1 });
    expect(new pysiglib.RationalQuadraticKernel(3)).toMatchObject({ sigma: 3, alpha: 1 });
  });
});

/** The linear kernel, as a user would write it; it counts its calls. */
class Mine extends api.StaticKernel {
  readonly calls: string[] = [];

  increments(memory: api.Context, a: api.Tensor, b: api.Tensor): api.Tensor {
    this.calls.push(`increments ${a.shape.join("x")}`);
    const inner = new api.LinearKernel();
    return inner.increments(memory, a, b);
  }

  gradX(memory: api.Context, d: api.Tensor): api.Tensor {
    this.calls.push("gradX");
    memory.saveForGradY("from gradX");
    return new api.LinearKernel().gradX(memory, d);
  }

  gradY(memory: api.Context, d: api.Tensor): api.Tensor {
    this.calls.push(`gradY ${memory.savedForY.join("")}`);
    return new api.LinearKernel().gradY(memory, d);
  }
}

const paths = tensor(
  Array.from({ length: 30 }, (_, i) => Math.sin(i * i)),
  5,
  3,
  2,
);

describe("a user's kernel", () => {
  test.each([-1, 1, 2, 3, 100])("gives what the known one gives, in tiles of %s", (maxBatch) => {
    for (const more of [{}, { returnGrid: true }, { normalize: true, leadLag: true }]) {
      const options = { dyadicOrder: 1, maxBatch, ...more };
      const staticKernel = new Mine();
      const triangle = api.sigKernelGram(paths, options);
      expectNear(api.sigKernelGram(paths, { ...options, staticKernel }), [...triangle.data], triangle.shape);
      expect(api.sigKernelGram(paths, y, { ...options, staticKernel })).toEqual(api.sigKernelGram(paths, y, options));
      const weights = api.sigKernelGram(paths, paths, options);
      const wanted = { ...options, rightDeriv: true };
      const [dX, dY] = api.sigKernelGramBackprop(weights, paths, paths, { ...wanted, staticKernel });
      const [eX, eY] = api.sigKernelGramBackprop(weights, paths, paths, wanted);
      expectNear(dX!, [...eX!.data], [5, 3, 2]);
      expectNear(dY!, [...eY!.data], [5, 3, 2]);
    }
  });

  test("sees tiles of at most maxBatch^2 pairs, half of them for one batch", () => {
    const kernel = new Mine();
    api.sigKernelGram(paths, { dyadicOrder: 0, staticKernel: kernel, maxBatch: 2 });
    expect(kernel.calls).toEqual(["increments 4x3x2", "increments 4x3x2", "increments 4x3x2", "increments 3x3x2"]);
  });

  test("is asked for gradients in order, and for that of y alone", () => {
    const kernel = new Mine();
    const options = { dyadicOrder: 0, staticKernel: kernel };
    api.sigKernelBackprop([1], x, y, { ...options, rightDeriv: true });
    expect(kernel.calls).toEqual(["increments 1x3x2", "gradX", "gradY from gradX"]);
    kernel.calls.splice(0);
    api.sigKernelBackprop([1], x, y, { ...options, leftDeriv: false, rightDeriv: true });
    expect(kernel.calls).toEqual(["increments 1x3x2", "gradY "]);
  });

  test("gets copies of the paths, in the dtype of the call", () => {
    const data = Float32Array.from(x.data);
    class Careless extends Mine {
      override increments(memory: api.Context, a: api.Tensor, b: api.Tensor): api.Tensor {
        expect([a.dtype, b.dtype]).toEqual(["float32", "float32"]);
        a.data.fill(7);
        return super.increments(memory, a, b);
      }
    }
    expect(api.sigKernel({ data, shape: [3, 2] }, { data, shape: [3, 2] }, { dyadicOrder: 0, staticKernel: new Careless() }).data[0]).toBe(
      1,
    );
    expect(data).toEqual(Float32Array.from(x.data));
  });

  test("may be a known one with a method of its own", () => {
    class Half extends api.LinearKernel {
      override increments(memory: api.Context, a: api.Tensor, b: api.Tensor): api.Tensor {
        const rho = super.increments(memory, a, b);
        return { ...rho, data: rho.data.map((value) => value / 2) };
      }
    }
    const scaled = new api.ScaledLinearKernel(Math.SQRT1_2);
    const value = api.sigKernel(x, y, { dyadicOrder: 1, staticKernel: new Half() }).data[0]!;
    expect(value).toBeCloseTo(api.sigKernel(x, y, { dyadicOrder: 1, staticKernel: scaled }).data[0]!, 12);
    expect(value).not.toBeCloseTo(api.sigKernel(x, y, { dyadicOrder: 1 }).data[0]!, 3);
  });

  test("throws what it throws, in both forms", async () => {
    class Failing extends Mine {
      override increments(): api.Tensor {
        throw new Error("mine");
      }
    }
    const options = { dyadicOrder: 0, staticKernel: new Failing() };
    expect(() => api.sigKernel(x, y, options)).toThrow("mine");
    await expect(promises.sigKernel(x, y, options)).rejects.toThrow("mine");
  });

  test("lets others run between its tiles in the promise form, and can be stopped there", async () => {
    const kernel = new Mine();
    const seen: number[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 0);
    const options = { dyadicOrder: 0, staticKernel: kernel, maxBatch: 1 };
    await promises.sigKernelGram(paths, paths, { ...options, onProgress: (fraction) => seen.push(fraction) });
    clearInterval(timer);
    expect(kernel.calls).toHaveLength(25);
    expect(turns).toBeGreaterThan(2);
    expect(seen).toHaveLength(25);
    seen.forEach((fraction, i) => expect(fraction).toBeCloseTo((i + 1) / 25, 10));
    kernel.calls.splice(0);
    const controller = new AbortController();
    const stopped = promises.sigKernelGram(paths, paths, {
      ...options,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error("enough")),
    });
    await expect(stopped).rejects.toThrow("enough");
    expect(kernel.calls.length).toBeLessThan(4);
  });

  test("may do with its arrays what it likes while a promise is under way", async () => {
    let returned: api.Tensor | undefined;
    class Restless extends Mine {
      override increments(memory: api.Context, a: api.Tensor, b: api.Tensor): api.Tensor {
        return (returned = super.increments(memory, a, b));
      }
    }
    const pending = promises.sigKernel(x, y, { dyadicOrder: 0, staticKernel: new Restless() });
    returned?.data.fill(100);
    expect(returned?.data[0]).toBe(100);
    expect(await pending).toEqual(api.sigKernel(x, y, { dyadicOrder: 0 }));
  });

  const results: [string, unknown, string][] = [
    ["nothing", undefined, "SigTypeError"],
    ["an array", [1, 2, 3, 4], "SigTypeError"],
    ["another dtype", { data: new Float32Array(4), shape: [1, 2, 2] }, "SigTypeError"],
    ["no shape", { data: new Float64Array(4) }, "SigTypeError"],
    ["another shape", tensor([1, 2, 3, 4], 2, 2), "SigRangeError"],
    ["too few numbers", tensor([1, 2, 3], 1, 2, 2), "SigRangeError"],
  ];
  test.each(results)("that returns %s is refused", (_, result, name) => {
    class Wrong extends Mine {
      override increments(): api.Tensor {
        return result as api.Tensor;
      }
    }
    const run = (): unknown => api.sigKernel(x, y, { dyadicOrder: 0, staticKernel: new Wrong() });
    expect(run).toThrow(expect.objectContaining({ name, operation: "sigKernel", argument: "staticKernel" }));
    expect(run).toThrow("must return a float64 tensor of shape (1, 2, 2) from increments");
  });

  test("that lies about the length of its data is refused", () => {
    class Short extends Float64Array {
      override get length(): number {
        return 4;
      }
    }
    class Wrong extends Mine {
      override increments(): api.Tensor {
        return { data: new Short(1), shape: [1, 2, 2], dtype: "float64" };
      }
    }
    expect(() => api.sigKernel(x, y, { dyadicOrder: 0, staticKernel: new Wrong() })).toThrow(api.SigRangeError);
  });

  test.each(["gradX", "gradY"] as const)("whose %s returns another shape is refused", (method) => {
    const kernel = new Mine();
    kernel[method] = () => derivs;
    const run = (): unknown => api.sigKernelBackprop([1], x, y, { dyadicOrder: 0, staticKernel: kernel, rightDeriv: true });
    expect(run).toThrow(`must return a float64 tensor of shape (1, 3, 2) from ${method}`);
  });
});

describe("under pysiglib's names", () => {
  class Mine extends pysiglib.StaticKernel {
    call(ctx: pysiglib.Context, a: api.Tensor, b: api.Tensor): api.Tensor {
      const rho = new pysiglib.LinearKernel().call(ctx, a, b);
      ctx.save_for_backward(...ctx.saved_tensors, "extra");
      return rho;
    }

    grad_x(ctx: pysiglib.Context, d: api.Tensor): api.Tensor {
      expect(ctx.saved_tensors[2]).toBe("extra");
      ctx.save_for_grad_y("y");
      return new pysiglib.LinearKernel().grad_x(ctx, d);
    }

    grad_y(ctx: pysiglib.Context, d: api.Tensor): api.Tensor {
      expect(ctx.saved_for_y).toEqual(["y"]);
      return new pysiglib.LinearKernel().grad_y(ctx, d);
    }
  }

  test("a user's kernel has call, grad_x and grad_y", () => {
    const options = { dyadic_order: 1, left_deriv: true, right_deriv: true };
    const [dX, dY] = pysiglib.sig_kernel_backprop([1], x, y, { ...options, static_kernel: new Mine() });
    const [eX, eY] = pysiglib.sig_kernel_backprop([1], x, y, { ...options, static_kernel: null });
    expectNear(dX!, [...eX!.data], [1, 3, 2]);
    expectNear(dY!, [...eY!.data], [1, 3, 2]);
  });

  test("known kernels are instances of its class, and are fused unless a method is overridden", () => {
    expect(new pysiglib.RBFKernel(1)).toBeInstanceOf(pysiglib.StaticKernel);
    const memory = new pysiglib.Context();
    expectNear(new pysiglib.RBFKernel(2).call(memory, x, y), known[2]![2], [1, 2, 2]);
    expectNear(new pysiglib.RBFKernel(2).grad_y(memory, derivs), known[2]![4], [1, 3, 2]);
    class Doubled extends pysiglib.LinearKernel {
      override call(ctx: pysiglib.Context, a: api.Tensor, b: api.Tensor): api.Tensor {
        const rho = super.call(ctx, a, b);
        return { ...rho, data: rho.data.map((value) => value * 2) };
      }
    }
    const value = (static_kernel: pysiglib.StaticKernel): number => pysiglib.sig_kernel(x, y, { dyadic_order: 0, static_kernel }).data[0]!;
    expect(value(new Doubled())).toBeCloseTo(value(new pysiglib.ScaledLinearKernel(Math.SQRT2)), 12);
    expect(value(new pysiglib.RBFKernel(2))).toBe(api.sigKernel(x, y, { dyadicOrder: 0, staticKernel: new api.RBFKernel(2) }).data[0]);
  });

  test("errors speak its names", () => {
    class Wrong extends Mine {
      override call(): api.Tensor {
        return derivs.data as never;
      }
    }
    const run = (): unknown => pysiglib.sig_kernel(x, y, { dyadic_order: 0, static_kernel: new Wrong() });
    expect(run).toThrow(expect.objectContaining({ operation: "sig_kernel", argument: "static_kernel" }));
    expect(run).toThrow("from call");
    expect(() => pysiglib.sig_kernel(x, y, { static_kernel: "rbf" as never, dyadic_order: 0 })).toThrow(
      "sig_kernel: static_kernel must be",
    );
    expect(() => pysiglib.sig_kernel(x, y)).toThrow('sig_kernel: dyadic_order is needed for method "finite_difference"');
    expect(() => pysiglib.sig_kernel_gram(x, undefined as never, { dyadic_order: 0 })).toThrow("sig_kernel_gram: path2 must be");
    expect(() => pysiglib.sig_kernel_gram_backprop(derivs, x, undefined as never, { dyadic_order: 0 })).toThrow(
      "sig_kernel_gram_backprop: path2 must be",
    );
  });
});
