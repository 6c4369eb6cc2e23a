/** Numbers that stay on the device. */
import type { DeviceArray, Real } from "@sig/core";
import { lost, type Gpu, type GpuTexture } from "./gpu.js";
import { readNow, readSoon } from "./readback.js";

export class GpuArray implements DeviceArray {
  readonly dtype = "float32";

  constructor(
    private readonly gpu: Gpu,
    private readonly texture: GpuTexture,
    readonly length: number,
  ) {}

  /** The texture for a call on `gpu`, which frees it when it is done; throws where the context that it is on is gone. */
  held(gpu: Gpu): GpuTexture {
    if (this.gpu !== gpu) throw lost(undefined);
    this.check();
    return this.texture.clone() as GpuTexture;
  }

  readSync(out: Real): void {
    this.check();
    readNow(this.gpu.gl, this.texture.texture, this.texture.size[0]!, out as Float32Array);
    this.check();
  }

  async read(out: Real): Promise<void> {
    this.check();
    await readSoon(this.gpu.gl, this.texture.texture, this.texture.size[0]!, out as Float32Array);
    this.check();
  }

  dispose(): void {
    this.texture.delete();
  }

  private check(): void {
    if (this.gpu.isLost) throw lost(undefined);
  }
}
