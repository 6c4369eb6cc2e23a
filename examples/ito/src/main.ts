/** Which integral? The Itô and the Stratonovich lift of the same Brownian paths, which a correction of the segments tells apart. */
import { branchedSigCoef, type Tensor, type Tree } from "@sig/api";
import { brownianPaths } from "./brownian.js";

const paths = 1000;
const steps = 500;
const horizon = 1;
const correlation = 0.6;

/** (paths, steps + 1, 2): two correlated Brownian motions W and V. */
const motions = brownianPaths(paths, steps, horizon, correlation, Number(process.argv[2] ?? 1));

// A tree is its children, then the label of its root: the value of [[0], 1] is the integral of W dV.
const trees: Tree[] = [[0], [[0], 0], [[0], 1], [[0], [0], 1]];
const [w, wdw, wdv, wwdv] = [0, 1, 2, 3] as const;

/** Polygons converge to the Stratonovich integral; Itô's lacks half the covariation of each step, at the chain of two letters. */
const halfCovariation = [1, correlation, correlation, 1].map((c) => (-c / 2) * (horizon / steps));
const stratonovich = branchedSigCoef(motions, trees);
const ito = branchedSigCoef(motions, trees, { correction: { data: Float64Array.from(halfCovariation), shape: [4], dtype: "float64" } });

const column = ({ data }: Tensor, tree: number): number[] => Array.from({ length: paths }, (_, p) => data[p * trees.length + tree] ?? NaN);
const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
const rms = (values: readonly number[]): number => Math.sqrt(mean(values.map((x) => x * x)));
const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((x, i) => x - (b[i] ?? NaN));

/** The sum of f(W) times the step of V or of time, at the left end of each step: what Itô's integral is the limit of. */
function leftSums(f: (w: number) => number, by: "V" | "time"): number[] {
  return Array.from({ length: paths }, (_, p) => {
    let sum = 0;
    for (let k = p * (steps + 1) * 2, t = 0; t < steps; t++, k += 2) {
      const step = by === "V" ? (motions.data[k + 3] ?? NaN) - (motions.data[k + 1] ?? NaN) : horizon / steps;
      sum += f(motions.data[k] ?? NaN) * step;
    }
    return sum;
  });
}

const square = (x: number): number => x * x;
/** W(T)^2 - 2 integral of W dW: 0 by the product rule, and T by Itô's formula. */
function productRule(lift: Tensor): number[] {
  const integrals = column(lift, wdw);
  return column(lift, w).map((x, p) => square(x) - 2 * (integrals[p] ?? NaN));
}

const rows = [
  ["mean of the integral of W dW", mean(column(stratonovich, wdw)), mean(column(ito, wdw))],
  ["mean of the integral of W dV", mean(column(stratonovich, wdv)), mean(column(ito, wdv))],
  ["largest W(T)^2 - 2 integral of W dW", Math.max(...productRule(stratonovich)), Math.max(...productRule(ito))],
  [
    "W dV less its sum at left ends, rms",
    ...[stratonovich, ito].map((lift) =>
      rms(
        minus(
          column(lift, wdv),
          leftSums((x) => x, "V"),
        ),
      ),
    ),
  ],
  ["W^2 dV less its sum at left ends, rms", ...[stratonovich, ito].map((lift) => rms(minus(column(lift, wwdv), leftSums(square, "V"))))],
] as const;
console.log(`${paths} pairs of Brownian motions W, V of correlation ${correlation}, ${steps} steps to T = ${horizon}`);
console.log("".padEnd(40), "Stratonovich".padStart(12), "Itô".padStart(12));
for (const [name, ...values] of rows) console.log(name.padEnd(40), ...values.map((x) => x.toFixed(4).padStart(12)));

/** The two lifts of the integral of W^2 dV are apart by the correlation times the integral of W dt. */
const apart = minus(column(stratonovich, wwdv), column(ito, wwdv));
const drift = leftSums((x) => correlation * x, "time");
console.log(
  `integral of W^2 dV: the lifts are ${rms(apart).toFixed(4)} apart (rms); less the drift ${rms(minus(apart, drift)).toFixed(4)}`,
);

const exact = Math.max(...productRule(stratonovich).map(Math.abs), ...productRule(ito).map((x) => Math.abs(x - horizon)));
const near = (value: number, wanted: number): boolean => Math.abs(value - wanted) < 0.1;
const means = near(rows[0][1], horizon / 2) && near(rows[1][1], (correlation * horizon) / 2) && near(rows[0][2], 0) && near(rows[1][2], 0);
if (!(exact < 1e-9 && means && rms(minus(apart, drift)) < 0.05 * rms(apart))) {
  console.error("expected the product rule and Itô's formula exactly, and means T / 2, correlation T / 2, 0 and 0");
  process.exitCode = 1;
}
