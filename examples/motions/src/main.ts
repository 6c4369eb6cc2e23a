/** Which activity is this? Signatures of smart-watch series, a ridge classifier, and a picture of what it looks at. */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { explain, type Tensor } from "@sig/api";
import { readSeries, type Series } from "./data.js";
import { features, gradientOfSeries, paths } from "./features.js";
import { classifyByKernel } from "./kernel.js";
import { influencePicture } from "./picture.js";
import { predict, scoreGradient, scores, train } from "./ridge.js";

const data = new URL("../data/BasicMotions/", import.meta.url);
const training = readSeries(new URL("BasicMotions_TRAIN.ts", data));
const test = readSeries(new URL("BasicMotions_TEST.ts", data));

const { choice, backends } = explain({ operation: "sig" });
const info = backends.find(({ name }) => name === choice.backend)?.info ?? {};
console.log(`backend ${choice.backend} (${choice.why}): SIMD target ${info.target}, ${info.threads} threads`);

const testPaths = paths(test);
const testFeatures = features(testPaths);
const classifier = train(features(paths(training)), training.labels);
const correct = test.labels.filter((label, i) => predict(classifier, testFeatures, i) === label).length;
console.log(`${testFeatures.shape[1]} signature features a series; accuracy ${correct} of ${test.count} on the test set`);
console.log(`${Math.round(seriesPerSecond(testPaths)).toLocaleString("en")} series per second`);

const chosen = test.labels.indexOf("Badminton");
const classIndex = classifier.classes.indexOf("Badminton");
const influence = gradientOfSeries(row(testPaths, chosen), row(testFeatures, chosen), scoreGradient(classifier, classIndex));
const picture = new URL("../out/influence.svg", import.meta.url);
mkdirSync(new URL(".", picture), { recursive: true });
writeFileSync(picture, influencePicture(`What makes test series ${chosen} a game of badminton`, rawSeries(test, chosen), influence));
console.log(
  `a small step along the gradient: the score rises by ${rise().toExponential(3)}, the gradient says ${predictedRise().toExponential(3)}`,
);
console.log(`picture of each sample's influence: ${fileURLToPath(picture)}`);

const kernel = classifyByKernel(training, test);
console.log(
  `signature kernel: accuracy ${kernel.correct} of ${test.count}; ${Math.round(kernel.kernelsPerSecond).toLocaleString("en")} kernels per second`,
);

if (correct !== 37 || kernel.correct !== 40) {
  console.error("expected 37 of 40 by features and 40 of 40 by the kernel");
  process.exitCode = 1;
}

function seriesPerSecond(path: Tensor): number {
  let best = Infinity;
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    features(path);
    best = Math.min(best, performance.now() - start);
  }
  return (1000 * (path.shape[0] ?? 0)) / best;
}

function row(tensor: Tensor, index: number): Tensor {
  const shape = tensor.shape.slice(1);
  const size = shape.reduce((a, b) => a * b, 1);
  return { ...tensor, data: tensor.data.subarray(index * size, (index + 1) * size), shape };
}

function rawSeries(series: Series, index: number): Tensor {
  const size = series.length * series.channels;
  return { data: series.values.subarray(index * size, (index + 1) * size), shape: [series.length, series.channels], dtype: "float64" };
}

/** How much the score of the chosen series changes when its samples move by 1e-6 times the gradient. */
function rise(): number {
  const size = test.length * test.channels;
  const moved = test.values.slice(chosen * size, (chosen + 1) * size).map((value, i) => value + 1e-6 * (influence.data[i] ?? 0));
  const after = scores(classifier, features(paths({ ...test, values: moved, count: 1 })), 0)[classIndex] ?? 0;
  return after - (scores(classifier, testFeatures, chosen)[classIndex] ?? 0);
}

function predictedRise(): number {
  return 1e-6 * Array.from(influence.data).reduce((sum, value) => sum + value * value, 0);
}
