import type { Tensor } from "@sig/api";

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
  const classes = [...new Set(labels)];
  const factor = cholesky(kernel);
  const weights = classes.map((name) => {
    const alpha = solve(
      factor,
      Float64Array.from(labels, (label) => (label === name ? 1 : -1)),
    );
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

/** The lower triangle L of a symmetric positive definite matrix = L L^T. */
function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const lower: Float64Array[] = [];
  matrix.forEach((row, i) => {
    const current = new Float64Array(row.length);
    for (let j = 0; j <= i; j++) {
      let rest = row[j] ?? 0;
      const other = j < i ? (lower[j] ?? current) : current;
      for (let k = 0; k < j; k++) rest -= (current[k] ?? 0) * (other[k] ?? 0);
      current[j] = j === i ? Math.sqrt(rest) : rest / (other[j] ?? 1);
    }
    lower.push(current);
  });
  return lower;
}

function solve(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let rest = right[i] ?? 0;
    for (let k = 0; k < i; k++) rest -= (lower[i]?.[k] ?? 0) * (y[k] ?? 0);
    y[i] = rest / (lower[i]?.[i] ?? 1);
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let rest = y[i] ?? 0;
    for (let k = i + 1; k < n; k++) rest -= (lower[k]?.[i] ?? 0) * (x[k] ?? 0);
    x[i] = rest / (lower[i]?.[i] ?? 1);
  }
  return x;
}
