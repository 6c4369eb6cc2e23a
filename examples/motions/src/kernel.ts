import { RBFKernel, sigKernelGram, type Tensor } from "@sig/api";
import { runningSums, type Series } from "./data.js";
import { regress } from "./regression.js";

const RIDGE = 1e-3;
const OPTIONS = { dyadicOrder: 0, timeAug: true, staticKernel: new RBFKernel(0.5), normalize: true } as const;

/** How many test series the normalised signature kernel classifies rightly, and how many kernels a second it computes. */
export function classifyByKernel(training: Series, test: Series): { correct: number; kernelsPerSecond: number } {
  const standard = moments(training);
  const trainingPaths = paths(training, standard);
  const testPaths = paths(test, standard);
  const gram = rows(sigKernelGram(trainingPaths, OPTIONS));
  gram.forEach((row, i) => (row[i] = (row[i] ?? 0) + RIDGE));
  const { classes, coefficients } = regress(gram, training.labels);
  const start = performance.now();
  const similarity = sigKernelGram(testPaths, trainingPaths, OPTIONS);
  const seconds = (performance.now() - start) / 1000;
  const correct = rows(similarity).filter((row, i) => {
    const scores = coefficients.map((alpha) => row.reduce((sum, value, j) => sum + value * (alpha[j] ?? 0), 0));
    return classes[scores.indexOf(Math.max(...scores))] === test.labels[i];
  }).length;
  return { correct, kernelsPerSecond: similarity.data.length / seconds };
}

interface Moments {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/** Of each channel, over all series and times. */
function moments({ values, channels }: Series): Moments {
  const count = values.length / channels;
  const mean = new Float64Array(channels);
  values.forEach((value, i) => (mean[i % channels] = (mean[i % channels] ?? 0) + value / count));
  const variance = new Float64Array(channels);
  values.forEach((value, i) => (variance[i % channels] = (variance[i % channels] ?? 0) + (value - (mean[i % channels] ?? 0)) ** 2 / count));
  return { mean, deviation: variance.map(Math.sqrt) };
}

/** Standardised channels, summed up over ten samples a unit, and times 0.2. */
function paths(series: Series, { mean, deviation }: Moments): Tensor {
  return runningSums(series, (value, c) => ((value - (mean[c] ?? 0)) / (deviation[c] ?? 1)) * (0.2 / 10));
}

function rows({ data, shape }: Tensor): Float64Array[] {
  const width = shape[1] ?? 0;
  return Array.from({ length: shape[0] ?? 0 }, (_, i) => Float64Array.from(data.subarray(i * width, (i + 1) * width)));
}
