import { sig, sigBackprop, type Tensor } from "@sig/api";
import { runningSums, type Series } from "./data.js";

/** Degree of the signature; with the time channel a row has 7 + 49 + 343 = 399 features. */
export const DEGREE = 3;

const SCALE = 1 / 100;

/** The path of each series: a zero base point, then the running sum of the raw channels over 100. Shape (count, length + 1, channels). */
export function paths(series: Series): Tensor {
  return runningSums(series, (value) => value * SCALE);
}

/** The signature of each path with time appended: shape (count, 399). */
export function features(path: Tensor): Tensor {
  return sig(path, DEGREE, { timeAug: true });
}

/** Carries a gradient in the features of one series back to its raw samples: shape (length, channels). */
export function gradientOfSeries(path: Tensor, feature: Tensor, gradient: Float64Array): Tensor {
  const dPath = sigBackprop(path, feature, { data: gradient, shape: feature.shape, dtype: "float64" }, DEGREE, { timeAug: true });
  const [points = 0, channels = 0] = dPath.shape;
  // A sample moves every later point of the running sum.
  const data = new Float64Array((points - 1) * channels);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let t = points - 2; t >= 0; t--) {
      sum += dPath.data[(t + 1) * channels + c] ?? 0;
      data[t * channels + c] = sum * SCALE;
    }
  }
  return { data, shape: [points - 1, channels], dtype: "float64" };
}
