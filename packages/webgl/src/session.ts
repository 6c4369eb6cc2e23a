/** One call on its way through the device: its inputs are uploaded, kernels run, results read back, and what it made is freed. */
import { residentOf, type Real } from "@sig/core";
import { GpuArray } from "./array.js";
import type { KernelSource } from "./glsl.js";
import { lost, type Gpu, type GpuTexture } from "./gpu.js";
import { readNow, readSoon } from "./readback.js";

/** The steps of a call; each yields the fraction of the work that is then done. */
export type Work = Generator<number, void, undefined>;

interface Output {
  readonly data: Real;
  readonly texture: GpuTexture;
}

export class Session {
  private readonly made = new Set<GpuTexture>();
  private readonly inputs = new Map<Real, GpuTexture>();
  private readonly outputs: Output[] = [];

  constructor(readonly gpu: Gpu) {}

  /** Holds on to what a call has on the device, which its owner may dispose of before it is used. */
  hold(call: object): void {
    for (const value of Object.values(call) as unknown[]) {
      if (typeof value !== "object" || value === null) continue;
      const data = (residentOf(value as Real) ? value : (value as { readonly data?: unknown }).data) as Real | undefined;
      if (data && residentOf(data)?.array) this.input(data);
    }
  }

  /** An array of the call, on the device. */
  input(data: Real): GpuTexture {
    let texture = this.inputs.get(data);
    if (!texture) {
      const resident = residentOf(data);
      const array = resident?.array;
      texture = array instanceof GpuArray ? array.held(this.gpu) : this.gpu.upload((resident?.host ?? data) as Float32Array);
      this.inputs.set(data, texture);
      this.made.add(texture);
    }
    return texture;
  }

  /** Runs a kernel on arrays and numbers, given by the names that its source has for them. */
  run<A extends string, N extends string>(
    source: KernelSource<A, N>,
    length: number,
    arrays: Readonly<Record<A, GpuTexture>>,
    numbers: Readonly<Record<N, number>>,
  ): GpuTexture {
    const textures = source.arrays.map((name) => arrays[name]);
    const values = (Object.keys(source.numbers) as N[]).map((name) => numbers[name]);
    const texture = this.gpu.run(source, length, textures, values);
    this.made.add(texture);
    return texture;
  }

  /** Frees an intermediate result before the end. */
  free(...textures: readonly (GpuTexture | undefined)[]): void {
    for (const texture of textures) if (texture && this.made.delete(texture)) texture.delete();
  }

  /** Says what `data` is to receive. */
  output(data: Real, texture: GpuTexture): void {
    const resident = residentOf(data);
    if (!resident) {
      this.outputs.push({ data, texture });
      return;
    }
    this.made.delete(texture);
    resident.array = new GpuArray(this.gpu, texture, resident.length);
  }

  readNow(): void {
    for (const { data, texture } of this.outputs) readNow(this.gpu.gl, texture.texture, texture.size[0]!, data as Float32Array);
    this.checkContext();
  }

  async readSoon(): Promise<void> {
    await Promise.all(
      this.outputs.map(({ data, texture }) => readSoon(this.gpu.gl, texture.texture, texture.size[0]!, data as Float32Array)),
    );
    this.checkContext();
  }

  close(): void {
    for (const texture of this.made) texture.delete();
    this.made.clear();
  }

  /** On a lost context nothing fails: what is read back is zeros or stale. */
  private checkContext(): void {
    if (this.gpu.isLost) throw lost(undefined);
  }
}
