/** The graphics processor: one WebGL2 context per realm, made at the first use and anew after it was lost, and the kernels compiled on it. */
import { SigError } from "@sig/core";
import type { IKernelRunShortcut, Texture } from "gpu.js";
import { GPU, WebGL2Kernel } from "./gpujs.js";
import { kernelText, type KernelSource } from "./glsl.js";

/** gpu.js computes places in float32, which holds integers up to here. */
export const LONGEST_ARRAY = 2 ** 24 - 1;

/** Compiled kernels that are kept; each holds on to its last result. */
const KEPT_KERNELS = 128;

/** A texture of gpu.js, with what its types leave out. */
export interface GpuTexture extends Texture {
  readonly texture: WebGLTexture;
  readonly size: Int32Array;
}

/** What gpu.js keeps behind the function that it returns. */
interface BuiltKernel {
  readonly constructor: unknown;
  /** Absent until the first run. */
  readonly context: WebGL2RenderingContext | null;
  readonly program: WebGLProgram;
}

type Kernel = Omit<IKernelRunShortcut, "kernel"> & ((...args: readonly unknown[]) => unknown) & KernelState;

interface KernelState {
  readonly kernel: BuiltKernel;
  readonly fallbackReason?: string | null;
}

/** The size of a texture that holds `length` numbers: four sizes per doubling, so that a kernel is compiled for few of them. */
export function textureLength(length: number): number {
  if (length > LONGEST_ARRAY)
    throw new SigError(`the webgl backend: an array of ${length} numbers, and a texture has place for ${LONGEST_ARRAY}`, {
      code: "TOO_LARGE",
    });
  const step = 2 ** Math.max(8, Math.ceil(Math.log2(length)) - 3);
  return Math.ceil(length / step) * step;
}

/** A context, and what lives on it. */
export class Gpu {
  private readonly gpu: GPU;
  /** Compiled kernels, the one used last at the end. */
  private readonly kernels = new Map<string, Kernel>();
  readonly gl: WebGL2RenderingContext;
  /** Algebra tables on the device, by key. */
  private readonly tables = new Map<string, GpuTexture>();

  /** @throws SigError (BACKEND_UNAVAILABLE) with the reason, where there is no WebGL2 that computes in float32 */
  constructor() {
    const problem = contextProblem();
    if (problem !== undefined) throw unavailable(problem);
    this.gpu = new GPU({ mode: "webgl2" });
    const uploaded = this.upload(Float32Array.of(0.1, -2, 3e20));
    const { context } = uploaded as unknown as { readonly context: WebGL2RenderingContext };
    this.gl = context;
    uploaded.delete();
  }

  get isLost(): boolean {
    return this.gl.isContextLost();
  }

  /** The name that the driver gives of itself. */
  get renderer(): string {
    const info = this.gl.getExtension("WEBGL_debug_renderer_info");
    return String(this.gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : this.gl.RENDERER));
  }

  /** Copies numbers to the device; where there is none, a zero. */
  upload(numbers: Float32Array): GpuTexture {
    const data = numbers.length > 0 ? numbers : new Float32Array(1);
    const length = textureLength(data.length);
    const kernel = this.compiled(`upload/${length}`, () =>
      this.gpu.createKernel("function(data) { return data[this.thread.x]; }", {
        ...SETTINGS,
        output: [length],
        argumentTypes: ["Array"],
      } as object),
    );
    return this.launch(kernel, [data]);
  }

  /** Computes `length` numbers. */
  run(source: KernelSource, length: number, textures: readonly GpuTexture[], numbers: readonly number[]): GpuTexture {
    const size = textureLength(length);
    const kernel = this.compiled(`${source.name}/${size}`, () => {
      const { entry, native, argumentTypes } = kernelText(source);
      return this.gpu.createKernel(entry, {
        ...SETTINGS,
        output: [size],
        argumentTypes,
        nativeFunctions: [{ name: "compute", source: native, settings: { returnType: "Number", argumentTypes: {} } }],
      } as object);
    });
    return this.launch(kernel, [...textures, ...numbers, length]);
  }

  /** A table on the device, which stays until it is forgotten; `make` is asked for its numbers once. */
  table(key: string, make: () => ArrayLike<number>): GpuTexture {
    let texture = this.tables.get(key);
    if (!texture) {
      texture = this.upload(Float32Array.from(make()));
      this.tables.set(key, texture);
    }
    return texture;
  }

  /** Drops the tables whose keys begin with `key`. */
  forget(key = ""): void {
    for (const [name, texture] of this.tables) {
      if (!name.startsWith(key)) continue;
      this.tables.delete(name);
      texture.delete();
    }
  }

  /** How many kernels are compiled at present. */
  get compiledKernels(): number {
    return this.kernels.size;
  }

  /** Lets go of the context. */
  destroy(): void {
    this.kernels.clear();
    this.gpu.destroy().catch(() => undefined);
  }

  private compiled(key: string, make: () => IKernelRunShortcut): Kernel {
    let kernel = this.kernels.get(key);
    if (kernel) this.kernels.delete(key);
    else kernel = make() as unknown as Kernel;
    this.kernels.set(key, kernel);
    if (this.kernels.size > KEPT_KERNELS) {
      const [oldest, unused] = this.kernels.entries().next().value!;
      this.kernels.delete(oldest);
      unused.destroy();
    }
    return kernel;
  }

  private launch(kernel: Kernel, args: readonly unknown[]): GpuTexture {
    const isNew = !checked.has(kernel);
    let result: unknown;
    try {
      result = kernel(...args);
    } catch (cause) {
      if (kernel.kernel.context?.isContextLost()) throw lost(cause);
      throw new SigError(`the webgl backend: ${String(cause)}`, { code: "INTERNAL", cause });
    }
    if (isNew) check(kernel);
    checked.add(kernel);
    return result as GpuTexture;
  }
}

const SETTINGS = {
  precision: "single",
  // Anything else may compute in the half precision of a mobile processor.
  tactic: "precision",
  pipeline: true,
  immutable: true,
  dynamicArguments: true,
};

const checked = new WeakSet<Kernel>();

/** After the first run of a kernel: gpu.js reports neither that it does not link nor that it runs somewhere else, and answers anyway. */
function check(kernel: Kernel): void {
  const { constructor, context, program } = kernel.kernel;
  if (constructor !== WebGL2Kernel || kernel.fallbackReason)
    throw unavailable(`gpu.js left WebGL2: ${kernel.fallbackReason ?? "no reason was given"}`);
  if (!context || context.isContextLost()) throw lost(undefined);
  if (!context.getProgramParameter(program, context.LINK_STATUS))
    throw new SigError(`the webgl backend: a kernel does not link: ${context.getProgramInfoLog(program) ?? "no reason was given"}`, {
      code: "INTERNAL",
    });
}

export function unavailable(why: string): SigError {
  return new SigError(`the webgl backend is not available here: ${why}`, { code: "BACKEND_UNAVAILABLE" });
}

/** The error of a call whose context was lost on the way. */
export function lost(cause: unknown): SigError {
  const message =
    "the webgl backend: the browser took the graphics context away; tensors on it are gone, and the next call makes a new one";
  return new SigError(message, { code: "DEVICE_LOST", cause });
}

/** Why there can be no context here. Does not make one. */
export function contextProblem(): string | undefined {
  const { document, OffscreenCanvas, WebGL2RenderingContext } = globalThis as Partial<typeof globalThis>;
  if (!WebGL2RenderingContext || (!document && !OffscreenCanvas)) return "there is no WebGL2 (it needs a browser)";
  if (!GPU.isWebGL2Supported) return "the browser gives no WebGL2 context";
  return undefined;
}
