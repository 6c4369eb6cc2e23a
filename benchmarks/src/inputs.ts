import type { Dtype, Tensor } from "@sig/api";

/** Uniform numbers in (-scale, scale) from a fixed seed (mulberry32), so that every run sees the same input; another salt gives others. */
export function random(dtype: Dtype, shape: readonly number[], scale = 1, salt = 0): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const data = dtype === "float64" ? new Float64Array(size) : new Float32Array(size);
  let state = 0x9e3779b9 ^ size ^ salt;
  for (let i = 0; i < size; i++) {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    data[i] = scale * (((t ^ (t >>> 14)) >>> 0) / 2147483648 - 1);
  }
  return { data, shape, dtype };
}

/** A batch of random walks whose extent is about 1, whatever their length. */
export function walks(dtype: Dtype, batch: number, length: number, dimension: number, salt = 0): Tensor {
  const { data, shape } = random(dtype, [batch, length, dimension], Math.sqrt(3 / length), salt);
  for (let b = 0; b < batch; b++)
    for (let i = (b * length + 1) * dimension; i < (b + 1) * length * dimension; i++) data[i] = (data[i] ?? 0) + (data[i - dimension] ?? 0);
  return { data, shape: batch === 1 ? shape.slice(1) : shape, dtype };
}
