import type { Tensor } from "@sig/api";
import { regress } from "./regression.js";

/** A one-against-all linear classifier on standardised features. */
export interface Classifier {
  readonly classes: readonly string[];
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
  /** Per class, one weight per standardised feature. */
  readonly weights: readonly Float64Array[];
}

/** Kernel ridge regression on the linear kernel K = F F^T with targets +1 and -1 per class and ridge 0.01 trace(K) / rows. */
export function train(features: Tensor, labels: readonly string[]): Classifier {
  const [rows = 0, columns = 0] = features.shape;
  const { mean, deviation } = moments(features);
  const standard = Array.from({ length: rows }, (_, i) => standardise(features, i, mean, deviation));
  const kernel = standard.map((a) => Float64Array.from(standard, (b) => dot(a, b)));
  const trace = kernel.reduce((sum, row, i) => sum + (row[i] ?? 0), 0);
  kernel.forEach((row, i) => (row[i] = (row[i] ?? 0) + (0.01 * trace) / rows));
  const { classes, coefficients } = regress(kernel, labels);
  const weights = coefficients.map((alpha) => {
    const weight = new Float64Array(columns);
    standard.forEach((row, i) => row.forEach((value, j) => (weight[j] = (weight[j] ?? 0) + (alpha[i] ?? 0) * value)));
    return weight;
  });
  return { classes, mean, deviation, weights };
}

/** The score of every class for row `row` of the features. */
export function scores(classifier: Classifier, features: Tensor, row: number): Float64Array {
  const standard = standardise(features, row, classifier.mean, classifier.deviation);
  return Float64Array.from(classifier.weights, (weight) => dot(weight, standard));
}

/** The class with the highest score. */
export function predict(classifier: Classifier, features: Tensor, row: number): string {
  const all = scores(classifier, features, row);
  return classifier.classes[all.indexOf(Math.max(...all))] ?? "";
}

/** The derivative of the score of class `index` with respect to the raw features. */
export function scoreGradient(classifier: Classifier, index: number): Float64Array {
  return Float64Array.from(classifier.weights[index] ?? [], (weight, j) => weight / (classifier.deviation[j] ?? 1));
}

function moments(features: Tensor): { mean: Float64Array; deviation: Float64Array } {
  const [rows = 0, columns = 0] = features.shape;
  const mean = new Float64Array(columns);
  const deviation = new Float64Array(columns);
  for (let j = 0; j < columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows; i++) sum += features.data[i * columns + j] ?? 0;
    const average = sum / rows;
    let squares = 0;
    for (let i = 0; i < rows; i++) squares += ((features.data[i * columns + j] ?? 0) - average) ** 2;
    mean[j] = average;
    deviation[j] = Math.sqrt(squares / rows) + 1e-9;
  }
  return { mean, deviation };
}

function standardise(features: Tensor, row: number, mean: Float64Array, deviation: Float64Array): Float64Array {
  return mean.map((average, j) => ((features.data[row * mean.length + j] ?? 0) - average) / (deviation[j] ?? 1));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
