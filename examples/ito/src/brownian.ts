import type { Tensor } from "@sig/api";

/** Numbers in [0, 1) that depend on the seed alone (xorshift32). */
function randomNumbers(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Pairs of Brownian motions of the correlation, (paths, steps + 1, 2), which start at 0 and run up to the horizon. */
export function brownianPaths(paths: number, steps: number, horizon: number, correlation: number, seed: number): Tensor {
  const random = randomNumbers(seed);
  const scale = Math.sqrt(horizon / steps);
  const data = new Float64Array(paths * (steps + 1) * 2);
  let k = 0;
  for (let p = 0; p < paths; p++, k += 2) {
    for (let t = 0; t < steps; t++, k += 2) {
      // Two independent normal numbers at once (Box, Muller).
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      const angle = 2 * Math.PI * random();
      const [first, second] = [radius * Math.cos(angle), radius * Math.sin(angle)];
      data[k + 2] = (data[k] ?? NaN) + scale * first;
      data[k + 3] = (data[k + 1] ?? NaN) + scale * (correlation * first + Math.sqrt(1 - correlation ** 2) * second);
    }
  }
  return { data, shape: [paths, steps + 1, 2], dtype: "float64" };
}
