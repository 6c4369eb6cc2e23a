import { beforeEach, describe, expect, it, vi } from "vitest";
import type { KernelSource } from "../../src/glsl.js";
import { Gpu } from "../../src/gpu.js";
import { GPU, WebGL2Kernel } from "../../src/gpujs.js";
import { createWebgl, isAvailable } from "../../src/index.js";
import { readNow } from "../../src/readback.js";
import { sigCall, straight } from "../calls.js";

/** Contexts that the page asked for, as far as they compute. */
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

const loseContexts = (): void => {
  for (const gl of contexts) if (!gl.isContextLost()) gl.getExtension("WEBGL_lose_context")?.loseContext();
};

function numbersOf(gpu: Gpu, source: KernelSource, length: number, arrays: readonly Float32Array[] = [], numbers: readonly number[] = []) {
  const uploaded = arrays.map((array) => gpu.upload(array));
  const texture = gpu.run(source, length, uploaded, numbers);
  const out = new Float32Array(length);
  readNow(gpu.gl, texture.texture, texture.size[0]!, out);
  for (const made of [...uploaded, texture]) made.delete();
  return out;
}

const kernel = (name: string, body: string, arrays: readonly string[] = [], numbers: KernelSource["numbers"] = {}): KernelSource => ({
  name,
  body,
  arrays,
  numbers,
});

describe("the environment", () => {
  it("has WebGL2, and gpu.js computes on it", () => {
    expect(isAvailable()).toEqual({ available: true });
    const gpu = new GPU({ mode: "webgl2" });
    expect(gpu.Kernel === WebGL2Kernel).toBe(true);
    expect(createWebgl().info()).toMatchObject({ backend: "webgl", renderer: expect.stringMatching(/./) as string });
  });

  it("has its own GPU again, which gpu.js had replaced", () => {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, "GPU");
    expect(String(descriptor?.value)).toMatch(/function GPU\(\) \{ \[native code\] \}/);
  });
});

describe("a kernel", () => {
  let gpu: Gpu;
  beforeEach(() => {
    gpu = new Gpu();
    return () => gpu.destroy();
  });

  it("is given numbers as they are", () => {
    const numbers = Float32Array.of(NaN, Infinity, -Infinity, -0, 1e-30, 16777215, 0.1);
    const found = numbersOf(gpu, kernel("copy", "return data(i);", ["data"]), numbers.length, [numbers]);
    expect([...found].map((x, i) => Object.is(x, numbers[i]))).toEqual([...numbers].map(() => true));
  });

  it("counts on beyond a thousand", () => {
    const body = "float sum = 0.0; for (int k = 0; k < bound; k++) sum += 1.0; return sum + shift;";
    const source = kernel("count", body, [], { bound: "int", shift: "float" });
    expect(numbersOf(gpu, source, 1, [], [5000, 0.5])[0]).toBe(5000.5);
    expect(numbersOf(gpu, source, 1, [], [7, 2])[0]).toBe(9);
  });

  it("finds every place of a long array", () => {
    const length = 3_000_001;
    const data = Float32Array.from({ length }, (_, i) => i);
    const found = numbersOf(gpu, kernel("mirror", "return data(total - 1 - i);", ["data"]), length, [data]);
    expect(found.findIndex((x, i) => x !== length - 1 - i)).toBe(-1);
  });

  it("takes arrays of other lengths, also shorter ones", () => {
    const source = kernel("copy", "return data(i);", ["data"]);
    for (const length of [5, 2000, 2]) {
      const data = Float32Array.from({ length }, (_, i) => length + i);
      expect(numbersOf(gpu, source, length, [data])).toEqual(data);
    }
  });

  it("that does not compile is an error, not the result of another one", () => {
    numbersOf(gpu, kernel("one", "return 1.0;"), 4);
    expect(() => numbersOf(gpu, kernel("broken", "return nothing(i);"), 4)).toThrow(expect.objectContaining({ code: "INTERNAL" }));
    expect(() => numbersOf(gpu, { ...kernel("endless", "return 1.0;"), arrays: Array.from({ length: 40 }, (_, k) => `a${k}`) }, 4)).toThrow(
      /40 arrays/,
    );
  });

  it("that does not link is an error too", () => {
    // Declared and never defined: that is found by the linker.
    const source = { ...kernel("unlinked", "return missing(i);"), functions: "float missing(int i);" };
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    expect(() => numbersOf(gpu, source, 4)).toThrow(expect.objectContaining({ code: "INTERNAL" }));
    warn.mockRestore();
  });
});

describe("the backend", () => {
  const run = (length: number, batch = 1): Float32Array => {
    const call = sigCall(batch, length, 2);
    createWebgl().operations.sig!.run(call);
    return call.out.data as Float32Array;
  };

  it("compiles nothing new for a path that grows", () => {
    run(2);
    const before = createWebgl().info()["kernels"];
    for (let length = 3; length < 100; length++) expect(run(length)).toEqual(straight(length));
    expect(createWebgl().info()["kernels"]).toBe(before);
  });

  it("frees what it makes", () => {
    const gl = contexts.filter((context) => !context.isContextLost()).at(-1)!;
    const made = vi.spyOn(WebGL2RenderingContext.prototype, "createTexture");
    const freed = vi.spyOn(WebGL2RenderingContext.prototype, "deleteTexture");
    for (let k = 0; k < 3; k++) run(700);
    made.mockClear();
    freed.mockClear();
    for (let k = 0; k < 50; k++) run(700);
    expect(gl.getError()).toBe(gl.NO_ERROR);
    expect(made.mock.calls.length - freed.mock.calls.length).toBeLessThan(4);
    vi.restoreAllMocks();
  });

  it("survives the loss of its context: the next call makes another", async () => {
    expect(run(5)).toEqual(straight(5));
    loseContexts();
    expect(run(6)).toEqual(straight(6));
    loseContexts();
    const call = sigCall(1, 7, 2);
    await createWebgl().operations.sig!.start(call, { signal: undefined, onProgress: undefined });
    expect(call.out.data).toEqual(straight(7));
  });

  it("starts again where the context is lost on the way", async () => {
    const call = sigCall(64, 3000, 2);
    const promise = createWebgl().operations.sig!.start(call, { signal: undefined, onProgress: undefined });
    loseContexts();
    await promise;
    expect((call.out.data as Float32Array).slice(0, 2)).toEqual(straight(3000).slice(0, 2));
  });

  it("leaves the page free while it waits, and stops when told to", async () => {
    const reason = new Error("enough");
    const controller = new AbortController();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const fractions: number[] = [];
    const onProgress = (fraction: number): void => {
      fractions.push(fraction);
      if (fractions.length === 2) controller.abort(reason);
    };
    const call = sigCall(8, 40_000, 6);
    await expect(createWebgl().operations.sig!.start(call, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    expect(fractions[1]).toBeLessThan(1);
  });
});
