/** Static kernels that only their author knows: their increments are asked for tile by tile, and a backend solves for each tile. */
import { describe, describeShape, rangeError, typeError, type Dtype, type Real, type Tensor } from "@sig/core";
import { isFinitePath } from "./health.js";
import { nodesOf, pairsOf, solverStep, type Gradients, type Problem, type Side } from "./kernelSolver.js";
import { perform, type Context, type Steps } from "./operation.js";
import { Context as KernelContext, type StaticKernel } from "./staticKernel.js";

/** Numbers of a tile where its size is left open: 16 MiB in float64. */
const TILE_NUMBERS = 2 ** 21;

/** Consecutive pairs: x[p] with y[p] are places in the batches. */
interface Tile {
  readonly first: number;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** The pairs of a problem in the order of its results; of a triangle those with x <= y alone. */
function* tilesOf(problem: Problem): Generator<Tile & { readonly share: number }> {
  const { equation, pairing, x, y } = problem;
  const total = pairing === "pairs" ? x.batch : pairing === "gram" ? x.batch * y.batch : (x.batch * (x.batch + 1)) / 2;
  const numbers = (x.points + y.points) * x.letters + x.points * y.points + nodesOf(problem);
  const size = equation.tile ?? Math.max(1, Math.floor(TILE_NUMBERS / numbers));
  let [i, j] = [0, 0];
  for (let first = 0; first < total; first += size) {
    const count = Math.min(size, total - first);
    const tile = { first, x: new Array<number>(count), y: new Array<number>(count), share: count / (total - first) };
    for (let p = 0; p < count; p++) {
      tile.x[p] = i;
      tile.y[p] = j;
      j++;
      if (pairing === "pairs") i++;
      else if (j === y.batch) j = pairing === "gram" ? (i++, 0) : ++i;
    }
    yield tile;
  }
}

/** A copy of the paths at `places`, which belongs to the user's kernel. */
function gather(context: Context, { argument, dtype, data, points, letters }: Side, places: readonly number[]): Tensor {
  const width = points * letters;
  const out = context.blank(argument, dtype, places.length * width);
  places.forEach((place, p) => out.set(data.subarray(place * width, (place + 1) * width), p * width));
  return { data: out, shape: [places.length, points, letters], dtype };
}

function isOf(dtype: Dtype, data: unknown): data is Real {
  return dtype === "float32" ? data instanceof Float32Array : data instanceof Float64Array;
}

/** What a method of the user's returned, if it is what it should be. */
function checkResult(context: Context, method: keyof StaticKernel, value: unknown, dtype: Dtype, shape: readonly number[]): Real {
  const place = context.place("staticKernel");
  const expected = `must return a ${dtype} tensor of shape ${describeShape(shape)} from ${method}`;
  if (typeof value !== "object" || value === null) throw typeError(place, `${expected}, got ${describe(value)}`);
  const { data, shape: own } = value as { readonly data?: unknown; readonly shape?: unknown };
  if (!isOf(dtype, data)) throw typeError(place, `${expected}, got ${describe(value)} whose data is ${describe(data)}`, "INVALID_DTYPE");
  if (!Array.isArray(own)) throw typeError(place, `${expected}, got ${describe(value)} whose shape is ${describe(own)}`);
  const sizes = own as readonly unknown[];
  const length = shape.reduce((size, axis) => size * axis, 1);
  if (sizes.length !== shape.length || sizes.some((size, axis) => size !== shape[axis]))
    throw rangeError(place, `${expected}, got shape ${describeShape(sizes as number[])}`, "INVALID_SHAPE");
  if (data.length !== length) throw rangeError(place, `${expected}, got ${data.length} numbers`, "INVALID_SHAPE");
  return context.made("staticKernel", data, shape);
}

/** A tile, what its kernel keeps, and its increments. */
function openTile(context: Context, { equation, x, y }: Problem, tile: Tile): { memory: KernelContext; increments: Real } {
  const memory = new KernelContext();
  const value: unknown = equation.kernel.increments(memory, gather(context, x, tile.x), gather(context, y, tile.y));
  const shape = [tile.x.length, x.points - 1, y.points - 1];
  return { memory, increments: checkResult(context, "increments", value, x.dtype, shape) };
}

/** What the solver is told of a tile. */
function tileCall({ equation, x, y }: Problem, tile: Tile, increments: Real) {
  return { dtype: x.dtype, batch: tile.x.length, threads: equation.threads, length: x.points, lengthY: y.points, increments };
}

/** The numbers of a tile in an array over all pairs. */
function partOf(data: Real, tile: Tile, nodes: number): Real {
  return data.subarray(tile.first * nodes, (tile.first + tile.x.length) * nodes);
}

/** Writes the kernels of all pairs. */
export function* userKernel(context: Context, problem: Problem, out: Real): Steps<void> {
  const { pairing, x, y, watch } = problem;
  const nodes = nodesOf(problem);
  const inPlace = pairing !== "triangle";
  for (const tile of tilesOf(problem)) {
    const { increments } = openTile(context, problem, tile);
    watch?.seeIncrements(increments, tile.x.length, (p) => isFinitePath(x, tile.x[p]!) && isFinitePath(y, tile.y[p]!));
    const values = inPlace ? partOf(out, tile, nodes) : context.blank(x.argument, x.dtype, tile.x.length * nodes);
    const call = Object.assign(tileCall(problem, tile, increments), { out: values });
    yield solverStep(
      problem,
      (scheme) => perform("incrementKernel", Object.assign(call, scheme), tile.share),
      (scheme) => perform("branchedIncrementKernel", Object.assign(call, scheme), tile.share),
    );
    if (!inPlace) mirror(problem, tile, values, out);
  }
}

/** The kernels of a tile of a triangle at both of their places, the grids of one transposed. */
function mirror({ x, grid }: Problem, tile: Tile, values: Real, out: Real): void {
  const side = grid === undefined ? 1 : grid[0];
  const nodes = side * side;
  for (let p = 0; p < tile.x.length; p++) {
    const above = (tile.x[p]! * x.batch + tile.y[p]!) * nodes;
    const below = (tile.y[p]! * x.batch + tile.x[p]!) * nodes;
    for (let s = 0; s < side; s++) {
      for (let t = 0; t < side; t++) {
        out[above + s * side + t] = out[below + t * side + s] = values[p * nodes + s * side + t]!;
      }
    }
  }
}

/** The gradient of a side: for each path the sum over the pairs that it is in, in double precision. */
class Sum {
  private readonly total: Real;

  constructor(
    private readonly context: Context,
    private readonly side: Side,
  ) {
    this.total = context.zeros(side.argument, "float64", side.data.length);
  }

  add(method: "gradX" | "gradY", value: unknown, places: readonly number[]): void {
    const { dtype, points, letters } = this.side;
    const width = points * letters;
    const gradient = checkResult(this.context, method, value, dtype, [places.length, points, letters]);
    for (let p = 0; p < places.length; p++) {
      const to = places[p]! * width;
      for (let k = 0; k < width; k++) this.total[to + k]! += gradient[p * width + k]!;
    }
  }

  result(): Real {
    return this.side.dtype === "float32" ? Float32Array.from(this.total) : this.total;
  }
}

/** The gradients of the paths. */
export function* userKernelBackprop(
  context: Context,
  problem: Problem,
  derivs: Real,
  wanted: { readonly x: boolean; readonly y: boolean },
  kGrid: Real | undefined,
): Steps<Gradients> {
  const { equation, x, y } = problem;
  const { kernel } = equation;
  const nodes = nodesOf(problem);
  const gridNodes = kGrid === undefined ? 0 : kGrid.length / pairsOf(problem);
  const dX = wanted.x ? new Sum(context, x) : undefined;
  const dY = wanted.y ? new Sum(context, y) : undefined;
  for (const tile of tilesOf(problem)) {
    const { memory, increments } = openTile(context, problem, tile);
    const out = context.blank(x.argument, x.dtype, increments.length);
    const call = Object.assign(tileCall(problem, tile, increments), { derivs: partOf(derivs, tile, nodes), out });
    const kept = { kGrid: kGrid && partOf(kGrid, tile, gridNodes) };
    yield solverStep(
      problem,
      (scheme) => perform("incrementKernelBackprop", Object.assign(call, scheme, kept), tile.share),
      (scheme) => perform("branchedIncrementKernelBackprop", Object.assign(call, scheme), tile.share),
    );
    const gradient: Tensor = { data: out, shape: [tile.x.length, x.points - 1, y.points - 1], dtype: x.dtype };
    dX?.add("gradX", kernel.gradX(memory, gradient), tile.x);
    dY?.add("gradY", kernel.gradY(memory, gradient), tile.y);
  }
  return { dX: dX?.result(), dY: dY?.result() };
}
