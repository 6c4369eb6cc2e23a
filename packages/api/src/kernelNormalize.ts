/** Kernels divided by the lengths of their signatures: k(x, y) / sqrt(k(x, x) k(y, y)). */
import type { Real } from "@sig/core";
import { addTo, solve, solveBackprop, totalBackprop, type Gradients, type Problem, type Side } from "./kernelSolver.js";
import { within, type Context, type Steps } from "./operation.js";

/** The kernels of the paths of one side with themselves. */
interface Selves {
  readonly x: Real;
  readonly y: Real;
}

/** Pairs of each path of a side with itself. */
function selfProblem({ equation, watch }: Problem, side: Side): Problem {
  return { equation, pairing: "pairs", x: side, y: side, grid: undefined, watch };
}

/** A triangle has the kernels of its paths with themselves on its diagonal. */
function* selvesOf(context: Context, problem: Problem, kernels: Real): Steps<Selves> {
  const { pairing, x, y } = problem;
  if (pairing === "triangle") {
    const diagonal = context.blank(x.argument, x.dtype, x.batch);
    for (let i = 0; i < x.batch; i++) diagonal[i] = kernels[i * (x.batch + 1)]!;
    return { x: diagonal, y: diagonal };
  }
  return { x: yield* solve(context, selfProblem(problem, x), 0.5), y: yield* solve(context, selfProblem(problem, y)) };
}

/** The places of the two paths of a pair. */
function placesOf({ pairing, y }: Problem, pair: number): [x: number, y: number] {
  return pairing === "pairs" ? [pair, pair] : [Math.floor(pair / y.batch), pair % y.batch];
}

/** sqrt(a b), which is a where both are equal; NaN where the product is not positive. */
function lengthOf(a: number, b: number): number {
  if (a === 0 || b === 0 || a < 0 !== b < 0) return NaN;
  const product = a * b;
  return product > 1e-290 && product < Infinity ? Math.sqrt(product) : Math.sqrt(Math.abs(a)) * Math.sqrt(Math.abs(b));
}

/** Solves without a grid and normalises. */
export function* solveNormalized(context: Context, problem: Problem): Steps<Real> {
  const kernels = yield* solve(context, problem, problem.pairing === "triangle" ? 1 : 0.6);
  const selves = yield* selvesOf(context, problem, kernels);
  for (let pair = 0; pair < kernels.length; pair++) {
    const [i, j] = placesOf(problem, pair);
    kernels[pair]! /= lengthOf(selves.x[i]!, selves.y[j]!);
  }
  return kernels;
}

/** What the derivatives of normalised kernels are for the kernels and for those of paths with themselves. */
interface Weights extends Selves {
  readonly kernels: Real;
}

function* weightsOf(context: Context, problem: Problem, derivs: Real): Steps<Weights> {
  const { x, y } = problem;
  const kernels = yield* solve(context, problem, 0.6);
  const selves = yield* selvesOf(context, problem, kernels);
  const [ofX, ofY] = [new Float64Array(x.batch), new Float64Array(y.batch)];
  for (let pair = 0; pair < kernels.length; pair++) {
    const [i, j] = placesOf(problem, pair);
    const [a, b] = [selves.x[i]!, selves.y[j]!];
    const weight = derivs[pair]! / lengthOf(a, b);
    const half = (weight * kernels[pair]!) / 2;
    ofX[i]! -= half / a;
    ofY[j]! -= half / b;
    kernels[pair] = weight;
  }
  const inDtype = (values: Float64Array): Real => (x.dtype === "float32" ? Float32Array.from(values) : values);
  return { kernels, x: inDtype(ofX), y: inDtype(ofY) };
}

/** The gradients of normalised kernels. */
export function* normalizedBackprop(
  context: Context,
  problem: Problem,
  derivs: Real,
  wanted: { readonly x: boolean; readonly y: boolean },
): Steps<Gradients> {
  const weights = yield* within(0.4, weightsOf(context, problem, derivs));
  const { dX, dY } = yield* solveBackprop(context, problem, weights.kernels, wanted, undefined, 0.6);
  const self = (side: Side, own: Real): Steps<Real | undefined> => totalBackprop(context, selfProblem(problem, side), own, undefined, 0.5);
  return {
    dX: wanted.x ? addTo(dX, yield* self(problem.x, weights.x)) : undefined,
    dY: wanted.y ? addTo(dY, yield* self(problem.y, weights.y)) : undefined,
  };
}

/** The gradient of a normalised gram of one batch. `problem` is the gram, `forward` the same or its triangle. */
export function* normalizedTotalBackprop(context: Context, problem: Problem, forward: Problem, derivs: Real): Steps<Real | undefined> {
  const weights = yield* within(0.4, weightsOf(context, forward, derivs));
  const gradient = yield* totalBackprop(context, problem, weights.kernels, undefined, 0.7);
  const own = weights.x.map((weight, i) => weight + weights.y[i]!);
  return addTo(gradient, yield* totalBackprop(context, selfProblem(problem, problem.x), own, undefined));
}
