/** One call on its way through the device: its inputs are uploaded, kernels run, results read back, and what it made is freed. */
import type { Real } from "@sig/core";
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

  /** An array of the call, on the device. */
  input(data: Real): GpuTexture {
    let texture = this.inputs.get(data);
    if (!texture) {
      texture = this.gpu.upload(data as Float32Array);
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
    this.outputs.push({ data, texture });
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
