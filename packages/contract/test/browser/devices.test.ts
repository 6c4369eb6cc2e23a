/** Tensors that stay on the device, and programs that swap backends while they run. */
import * as api from "@sig/api";
import { type DeviceTensor, setBackend, sigCombine, sigKernel, sigToLogSig, type Tensor, toDevice, withBackend } from "@sig/api";
import * as asynchronous from "@sig/api/async";
import { init } from "@sig/wasm";
import "@sig/wasm/register";
import "@sig/webgl/register";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { expectClose, expectSameBits } from "../../src/compare.js";
import { backpropParameters, callByName, forward, makeArrays, makeDerivs, parameters, backprop } from "../../src/operations/driver.js";
import { type Operation, titleOf } from "../../src/operations/spec.js";
import { served } from "./webglOperations.js";

const contexts = vi.hoisted(() => {
  const found: WebGL2RenderingContext[] = [];
  const getContext = Reflect.get(HTMLCanvasElement.prototype, "getContext") as (...args: unknown[]) => unknown;
  Reflect.set(HTMLCanvasElement.prototype, "getContext", function (this: HTMLCanvasElement, ...args: unknown[]) {
    const context = Reflect.apply(getContext, this, args);
    if (context instanceof WebGL2RenderingContext) found.push(context);
    return context;
  });
  return found;
});

const random = (...shape: number[]): Tensor => {
  const length = shape.reduce((size, axis) => size * axis, 1);
  return { data: Float32Array.from({ length }, (_, i) => ((i * 7919 + 13) % 1009) / 1009 - 0.5), shape, dtype: "float32" };
};
const onDevice = (tensor: Tensor): DeviceTensor => toDevice(tensor, { backend: "webgl" });

beforeAll(init);
afterEach(() => {
  setBackend(null);
  vi.restoreAllMocks();
});

/** What a call with its tensors on the device returns; undefined where it says that they are to be read. */
function onDeviceIfPossible(name: string, given: readonly unknown[]): DeviceTensor[] | undefined {
  try {
    const moved = given.map((value) =>
      typeof value === "object" && value !== null && "data" in value ? onDevice(value as Tensor) : value,
    );
    const result = callByName(name, moved);
    return (Array.isArray(result) ? result : [result]).filter((part) => part !== null) as DeviceTensor[];
  } catch (error) {
    if ((error as { code?: unknown }).code === "DEVICE_TENSOR") return undefined;
    throw error;
  }
}

describe("on the device the same is computed as from host tensors", () => {
  const each = served.map((op) => [titleOf(op), op] as const);

  function check(name: string, given: readonly unknown[], expected: readonly unknown[]): boolean {
    const found = onDeviceIfPossible(name, given);
    // A straight segment is joined to the unit there, since its tensor cannot be copied on the host.
    const expectSame =
      name === "linearSig" ? (...[a, e, label]: Parameters<typeof expectSameBits>) => expectClose(a, e, 1e-6, label) : expectSameBits;
    found?.forEach((tensor, i) => expectSame(tensor.readSync(), expected[i] as Tensor, `${name} ${i}`));
    return found !== undefined;
  }

  it.each(each)("by %s and its backprop", (_, op: Operation) => {
    let [forwards, backwards] = [0, 0];
    for (const s of op.samples.slice(0, 8)) {
      const arrays = makeArrays(op, s, "float32");
      const value = withBackend("webgl", () => forward(op, s, arrays));
      if (check(op.name, parameters(op, s, arrays), [value])) forwards++;
      if (op.backprop.skip?.(s)) continue;
      const derivs = makeDerivs(op, s, "float32");
      const gradients = withBackend("webgl", () => backprop(op, s, arrays, value, derivs));
      if (check(op.backprop.name, backpropParameters(op, s, arrays, value, derivs), gradients)) backwards++;
    }
    expect(forwards).toBeGreaterThan(0);
    // The one gradient of a gram of one batch is put together on the host.
    if (op.form === undefined) expect(backwards).toBeGreaterThan(0);
  });
});

describe("tensors on the device", () => {
  it("are not read back from one call to the next", async () => {
    const read = vi.spyOn(WebGL2RenderingContext.prototype, "readPixels");
    const path = onDevice(random(3, 10, 2));
    const value = api.sig(path, 3);
    const product = sigCombine(value, value, 2, 3);
    const logarithm = await asynchronous.sigToLogSig(product, 2, 3, { method: 2 });
    expect(read).not.toHaveBeenCalled();
    const found = await logarithm.read();
    expect(read).toHaveBeenCalledOnce();
    const host = withBackend("wasm", () => {
      const sig = api.sig(random(3, 10, 2), 3);
      return sigToLogSig(sigCombine(sig, sig, 2, 3), 2, 3, { method: 2 });
    });
    expectClose(found, host, 1e-5);
    expectSameBits(logarithm.readSync(), found);
  });

  it("are freed when they are disposed of, and refused afterwards", () => {
    const freed = vi.spyOn(WebGL2RenderingContext.prototype, "deleteTexture");
    const value = api.sig(onDevice(random(1000, 4, 2)), 3);
    api.sig(onDevice(random(1000, 4, 2)), 3).dispose();
    freed.mockClear();
    value.dispose();
    expect(freed).toHaveBeenCalledOnce();
    // Of a call of several steps the result alone is left.
    const made = vi.spyOn(WebGL2RenderingContext.prototype, "createTexture");
    const path = onDevice(random(1000, 4, 2));
    for (let k = 0; k < 3; k++) api.logSig(path, 3).dispose();
    made.mockClear();
    freed.mockClear();
    for (let k = 0; k < 20; k++) api.logSig(path, 3).dispose();
    expect(made.mock.calls.length - freed.mock.calls.length).toBeLessThan(4);
    expect(() => value.readSync()).toThrow(/disposed of/);
    expect(() => sigToLogSig(value, 2, 3)).toThrow(/disposed of/);
  });

  it("may be disposed of while a promise needs them", async () => {
    const tensors = [onDevice(random(4, 30, 2)), onDevice(random(4, 20, 2)), onDevice(random(4))] as const;
    const promise = asynchronous.sigKernelBackprop(tensors[2], tensors[0], tensors[1], { dyadicOrder: 1 });
    for (const tensor of tensors) tensor.dispose();
    const [found] = await promise;
    const [expected] = withBackend("wasm", () => api.sigKernelBackprop(random(4), random(4, 30, 2), random(4, 20, 2), { dyadicOrder: 1 }));
    expectClose(found!.readSync(), expected!, 1e-4);
  });

  it("are float32, and stay out of functions that the device does not have", () => {
    expect(() => toDevice([[1, 2]], { backend: "webgl" })).toThrow(/Float32Array/);
    expect(() => api.sigInverse(onDevice(random(6)), 2, 2)).toThrow(/webgl: has no sigInverse/);
    expect(() => sigKernel(onDevice(random(4, 2)), onDevice(random(4, 2)), { method: "polynomial", order: 4 })).toThrow(
      /finite differences/,
    );
  });

  it("are gone with their context, and say so; the next ones work", async () => {
    const value = api.sig(onDevice(random(5, 2)), 2);
    for (const gl of contexts) if (!gl.isContextLost()) gl.getExtension("WEBGL_lose_context")?.loseContext();
    const code = { code: "DEVICE_LOST" };
    expect(() => value.readSync()).toThrow(expect.objectContaining(code));
    await expect(value.read()).rejects.toMatchObject(code);
    expect(() => sigToLogSig(value, 2, 2)).toThrow(expect.objectContaining(code));
    const expected = withBackend("wasm", () => api.sig(random(5, 2), 2));
    expectClose(api.sig(onDevice(random(5, 2)), 2).readSync(), expected, 1e-5);
  });
});

describe("one program", () => {
  const [x, y] = [random(6, 20, 3), random(6, 15, 3)];

  /** Calls of every kind; `enter` decides where the tensors of some of them are. */
  function program(enter: <T extends Tensor>(tensor: T) => T, leave: (tensor: Tensor) => Tensor): Tensor[] {
    const value = api.sig(enter(x), 3, { timeAug: true });
    const logarithm = api.sigToLogSig(value, 4, 3, { method: 1 });
    const kernel = sigKernel(enter(x), enter(y), { dyadicOrder: 1, staticKernel: new api.RBFKernel(2) });
    const gram = api.sigKernelGram(x, y, { dyadicOrder: 0 });
    return [...[value, logarithm, kernel].map(leave), gram];
  }
  const host = (): Tensor[] =>
    program(
      (tensor) => tensor,
      (tensor) => tensor,
    );
  const device = (): Tensor[] =>
    program(
      <T extends Tensor>(tensor: T) => onDevice(tensor) as unknown as T,
      (tensor) => (tensor as unknown as DeviceTensor).readSync(),
    );
  const named = <T>(name: string, run: () => T): T => {
    setBackend(name);
    return run();
  };

  it("gives the same numbers on every backend, with tensors on the host and on the device", () => {
    const expected = withBackend("wasm", host);
    const runs = [
      withBackend("webgl", host),
      named("wasm", host),
      named("webgl", host),
      withBackend("webgl", device),
      named("wasm", device),
      named("webgl", device),
    ];
    for (const run of runs) run.forEach((tensor, i) => expectClose(tensor, expected[i]!, 2e-5, `result ${i}`));
    const double = program(
      (tensor) => ({ ...tensor, data: Float64Array.from(tensor.data), dtype: "float64" }),
      (tensor) => tensor,
    );
    expected.slice(0, 3).forEach((tensor, i) => {
      const cast = { ...double[i]!, data: Float32Array.from(double[i]!.data), dtype: "float32" } as const;
      expectClose(tensor, cast, 2e-5, `result ${i} in float64`);
    });
  });
});
