/** Kernels and their gradients over batches of paths, from the primitives of a backend: the parts that kernels and metrics are made of. */
import type { BranchedScheme, Calls, Dtype, KernelPairs, KernelScheme, Real } from "@sig/core";
import type { Watch } from "./health.js";
import { pathCall, type PathInput } from "./inputs.js";
import type { Equation } from "./kernelInputs.js";
import { userKernel, userKernelBackprop } from "./kernelTiles.js";
import { perform, within, type Context, type Step, type Steps } from "./operation.js";

/** A batch of paths after their transforms. */
export interface Side {
  /** The argument that it comes from. */
  readonly argument: string;
  readonly dtype: Dtype;
  readonly data: Real;
  readonly batch: number;
  readonly points: number;
  readonly letters: number;
}

/** What to compute: the kernel of which pairs, at the last node or at all. */
export interface Problem {
  readonly equation: Equation;
  readonly pairing: KernelPairs["pairing"];
  readonly x: Side;
  readonly y: Side;
  /** The nodes of a pair where all of them are wanted. */
  readonly grid: readonly [rows: number, columns: number] | undefined;
  /** Looks after what is computed. */
  readonly watch: Watch | undefined;
}

export interface Gradients {
  readonly dX: Real | undefined;
  readonly dY: Real | undefined;
}

export function* transformed(context: Context, argument: string, path: PathInput, share = 1): Steps<Side> {
  const { dtype, data, batch, points, letters, timeAug, leadLag } = path;
  if ((!timeAug && !leadLag) || points < 2 || batch === 0) return { argument, dtype, data, batch, points, letters };
  const out = context.blank(argument, dtype, batch * points * letters);
  yield perform("transformPath", pathCall(path, { out }), share);
  return { argument, dtype, data: out, batch, points, letters };
}

/** The gradient of a path from that of the path after its transforms; zero for a path that has no effect. */
export function* untransformed(context: Context, argument: string, path: PathInput, derivs: Real | undefined, share = 1): Steps<Real> {
  if (derivs === undefined) return context.zeros(argument, path.dtype, path.data.length);
  if (!path.timeAug && !path.leadLag) return derivs;
  const { dtype, batch, threads, length, dimension, timeAug, leadLag } = path;
  const out = context.blank(argument, dtype, path.data.length);
  yield perform("transformPathBackprop", { dtype, batch, threads, length, dimension, timeAug, leadLag, derivs, out }, share);
  return out;
}

/** What backends are told of the scheme by which signature kernels are solved. */
type Scheme = { readonly solver: KernelScheme["solver"] } & { readonly grid: boolean };

/** A step of the solver: `signature` makes that of signature kernels, `branched` that of branched ones. */
export function solverStep(
  { equation: { solver }, grid }: Problem,
  signature: (scheme: Scheme) => Step,
  branched: (scheme: BranchedScheme) => Step,
): Step {
  if (solver.method !== "branched") return signature({ solver, grid: grid !== undefined });
  return branched({ depth: solver.depth, dyadicOrder: solver.dyadicOrder, grid: grid !== undefined });
}

/** How many pairs of paths there are. */
export function pairsOf({ pairing, x, y }: Problem): number {
  return pairing === "pairs" ? x.batch : x.batch * y.batch;
}

/** How many numbers there are for each pair. */
export function nodesOf({ grid }: Problem): number {
  return grid === undefined ? 1 : grid[0] * grid[1];
}

/** Pairs with a path of one point or none have the kernel 1, whatever becomes of the other, and all of depth 0; a batch of none has no kernels. */
export function isTrivial(problem: Problem): boolean {
  const { solver } = problem.equation;
  if (solver.method === "branched" && solver.depth === 0) return true;
  return problem.x.points < 2 || problem.y.points < 2 || pairsOf(problem) === 0;
}

/** What backends are told of the paths. */
export function pairsCall(
  { equation, pairing, x, y }: Problem,
  staticKernel: KernelPairs["staticKernel"],
): Omit<Calls["largestIncrement"], "out"> {
  return {
    dtype: x.dtype,
    batch: x.batch,
    threads: equation.threads,
    pairing,
    batchY: y.batch,
    length: x.points,
    lengthY: y.points,
    dimension: x.letters,
    staticKernel,
    x: x.data,
    y: y.data,
  };
}

/** The kernels of all pairs, (pairs) or (pairs, nodes). */
export function* solve(context: Context, problem: Problem, share = 1): Steps<Real> {
  const { equation, x, grid, watch } = problem;
  const out = context.blank(grid === undefined ? x.argument : "returnGrid", x.dtype, pairsOf(problem) * nodesOf(problem));
  if (isTrivial(problem)) {
    out.fill(1);
    return out;
  }
  if (equation.form === undefined) {
    yield* within(share, userKernel(context, problem, out));
  } else {
    const call = Object.assign(pairsCall(problem, equation.form), { out });
    yield solverStep(
      problem,
      (scheme) => perform("sigKernel", Object.assign(call, scheme), share),
      (scheme) => perform("branchedSigKernel", Object.assign(call, scheme), share),
    );
  }
  watch?.seeKernels(problem, out);
  return out;
}

/** The gradients of the paths (after their transforms) that are wanted; undefined also where the kernel does not depend on them. */
export function* solveBackprop(
  context: Context,
  problem: Problem,
  derivs: Real,
  wanted: { readonly x: boolean; readonly y: boolean },
  kGrid: Real | undefined,
  share = 1,
): Steps<Gradients> {
  const { equation, x, y } = problem;
  if (isTrivial(problem) || (!wanted.x && !wanted.y)) return { dX: undefined, dY: undefined };
  if (equation.form === undefined) return yield* within(share, userKernelBackprop(context, problem, derivs, wanted, kGrid));
  const dX = wanted.x ? context.blank(x.argument, x.dtype, x.data.length) : undefined;
  const dY = wanted.y ? context.blank(y.argument, y.dtype, y.data.length) : undefined;
  const call = Object.assign(pairsCall(problem, equation.form), { derivs, dX, dY });
  yield solverStep(
    problem,
    (scheme) => perform("sigKernelBackprop", Object.assign(call, scheme, { kGrid }), share),
    (scheme) => perform("branchedSigKernelBackprop", Object.assign(call, scheme), share),
  );
  return { dX, dY };
}

/** The gradient of paths that are on both sides, as a batch of pairs (x, x) or as a gram. */
export function* totalBackprop(
  context: Context,
  problem: Problem,
  derivs: Real,
  kGrid: Real | undefined,
  share = 1,
): Steps<Real | undefined> {
  if (problem.equation.symmetric) {
    const both = withTransposed(context, problem, derivs);
    return (yield* solveBackprop(context, problem, both, { x: true, y: false }, kGrid, share)).dX;
  }
  const { dX, dY } = yield* solveBackprop(context, problem, derivs, { x: true, y: true }, kGrid, share);
  return addTo(dX, dY);
}

/** derivs of k(x_i, x_j) and of the same number at k(x_j, x_i), grids transposed. */
function withTransposed(context: Context, problem: Problem, derivs: Real): Real {
  const { pairing, x, grid } = problem;
  const out = context.blank(x.argument, x.dtype, derivs.length);
  const side = grid === undefined ? 1 : grid[0];
  const nodes = side * side;
  for (let pair = 0; pair * nodes < derivs.length; pair++) {
    const mirrored = pairing === "pairs" ? pair : (pair % x.batch) * x.batch + Math.floor(pair / x.batch);
    for (let s = 0; s < side; s++) {
      for (let t = 0; t < side; t++) {
        const at = pair * nodes + s * side + t;
        out[at] = derivs[at]! + derivs[mirrored * nodes + t * side + s]!;
      }
    }
  }
  return out;
}

/** The sum, written to the first; a gradient that is not there is zero. */
export function addTo(first: Real | undefined, second: Real | undefined): Real | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  for (let i = 0; i < first.length; i++) first[i]! += second[i]!;
  return first;
}
