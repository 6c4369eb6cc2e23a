/** A backend in plain TypeScript, slow and simple: the numbers that composites of the kernel family are tested with. */
import { registerBackend, type Backend, type Calls, type Implementation, type KernelScheme, type Real, type Tensor } from "@sig/core";
import {
  Context,
  LinearKernel,
  Matern12Kernel,
  Matern32Kernel,
  Matern52Kernel,
  PolynomialKernel,
  RationalQuadraticKernel,
  RBFKernel,
  ScaledLinearKernel,
  type StaticKernel,
} from "../src/index.js";

type Matrix = number[][];

const zeros = (rows: number, columns: number): Matrix => Array.from({ length: rows }, () => new Array<number>(columns).fill(0));

function staticKernel({ name, parameters: [a = 0, b, c] }: Calls["sigKernel"]["staticKernel"]): StaticKernel {
  switch (name) {
    case "linear":
      return a === 1 ? new LinearKernel() : new ScaledLinearKernel(Math.sqrt(a));
    case "polynomial":
      return new PolynomialKernel(a, b, c);
    case "rationalQuadratic":
      return new RationalQuadraticKernel(a, b);
    default:
      return new { rbf: RBFKernel, matern12: Matern12Kernel, matern32: Matern32Kernel, matern52: Matern52Kernel }[name](a);
  }
}

/** The grid by finite differences, with what the adjoint needs. */
function differences(rho: Matrix, [left, right]: readonly [number, number]): { grid: Matrix; r: (i: number, j: number) => number } {
  const [rows, columns] = [rho.length * 2 ** left + 1, rho[0]!.length * 2 ** right + 1];
  const r = (i: number, j: number): number =>
    rho[Math.floor((i - 1) / 2 ** left)]![Math.floor((j - 1) / 2 ** right)]! / 2 ** (left + right);
  const grid = zeros(rows, columns);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      if (i === 0 || j === 0) grid[i]![j] = 1;
      else {
        const [a, b] = coefficients(r(i, j));
        grid[i]![j] = (grid[i - 1]![j]! + grid[i]![j - 1]!) * a - grid[i - 1]![j - 1]! * b;
      }
    }
  }
  return { grid, r };
}

const coefficients = (r: number): [a: number, b: number] => [1 + r / 2 + r ** 2 / 12, 1 - r ** 2 / 12];

function differencesBackprop(rho: Matrix, order: readonly [number, number], derivs: Matrix): Matrix {
  const { grid, r } = differences(rho, order);
  const weights = derivs.map((row) => [...row]);
  const out = rho.map((row) => row.map(() => 0));
  const share = 2 ** -(order[0] + order[1]);
  for (let i = grid.length - 1; i > 0; i--) {
    for (let j = grid[0]!.length - 1; j > 0; j--) {
      const w = weights[i]![j]!;
      const [a, b] = coefficients(r(i, j));
      weights[i - 1]![j]! += w * a;
      weights[i]![j - 1]! += w * a;
      weights[i - 1]![j - 1]! -= w * b;
      const cell = out[Math.floor((i - 1) / 2 ** order[0])]!;
      const slope = (grid[i - 1]![j]! + grid[i]![j - 1]!) * (1 / 2 + r(i, j) / 6) + (grid[i - 1]![j - 1]! * r(i, j)) / 6;
      cell[Math.floor((j - 1) / 2 ** order[1])]! += w * share * slope;
    }
  }
  return out;
}

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));

/** One edge of a cell from the edge across and the edge beside, to the order, and its derivative in rho. */
function edge(across: number[], beside: number[], rho: number, order: number): number[] {
  return Array.from({ length: order + 1 }, (_, q) => {
    if (q === 0) return beside.reduce((sum, a) => sum + a, 0);
    let sum = 0;
    for (let k = 1; k <= q; k++) sum += ((rho ** (q - k) * factorial(k)) / (factorial(q) * factorial(q - k))) * across[k]!;
    for (let k = 0; k <= order; k++) sum += ((rho ** q * factorial(k)) / (factorial(q) * factorial(q + k))) * beside[k]!;
    return sum;
  });
}

function polynomials(rho: Matrix, order: number): Matrix {
  const constant = [1, ...new Array<number>(order).fill(0)];
  const grid = zeros(rho.length + 1, rho[0]!.length + 1).map((row) => row.map(() => 1));
  const bottoms = rho[0]!.map(() => constant);
  rho.forEach((row, i) => {
    let left = constant;
    row.forEach((cell, j) => {
      const bottom = bottoms[j]!;
      const top = edge(bottom, left, cell, order);
      const right = edge(left, bottom, cell, order);
      grid[i + 1]![j + 1] = [...top, ...right].reduce((sum, a) => sum + a, 0) / 2;
      bottoms[j] = top;
      left = right;
    });
  });
  return grid;
}

function solveGrid(rho: Matrix, { solver }: KernelScheme): Matrix {
  return solver.method === "polynomial" ? polynomials(rho, solver.order) : differences(rho, solver.dyadicOrder).grid;
}

/** Polynomials are differentiated by central differences of fourth order. */
function solveBackprop(rho: Matrix, { solver }: KernelScheme, derivs: Matrix): Matrix {
  if (solver.method !== "polynomial") return differencesBackprop(rho, solver.dyadicOrder, derivs);
  return rho.map((row, i) =>
    row.map((_, j) => {
      const at = (h: number): number => {
        const shifted = rho.map((other, k) => other.map((value, l) => (k === i && l === j ? value + h : value)));
        return polynomials(shifted, solver.order).reduce(
          (sum, line, s) => sum + line.reduce((part, k, t) => part + k * derivs[s]![t]!, 0),
          0,
        );
      };
      const h = 1e-3;
      return (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    }),
  );
}

const slice = (data: Real, at: number, rows: number, columns: number): Matrix =>
  Array.from({ length: rows }, (_, i) => [...data.subarray((at * rows + i) * columns, (at * rows + i + 1) * columns)]);

/** A path in float64, alone in its batch. */
function pathAt(data: Real, at: number, length: number, dimension: number): Tensor {
  const part = Float64Array.from(data.subarray(at * length * dimension, (at + 1) * length * dimension));
  return { data: part, shape: [1, length, dimension], dtype: "float64" };
}

function* pairsOf(call: Pick<Calls["sigKernel"], "pairing" | "batch" | "batchY">): Generator<[pair: number, x: number, y: number]> {
  if (call.pairing === "pairs") for (let p = 0; p < call.batch; p++) yield [p, p, p];
  else for (let i = 0; i < call.batch; i++) for (let j = 0; j < call.batchY; j++) yield [i * call.batchY + j, i, j];
}

/** derivs of a pair at every node. */
function derivsAt(derivs: Real, pair: number, grid: Matrix, all: boolean): Matrix {
  const out = zeros(grid.length, grid[0]!.length);
  if (all) return slice(derivs, pair, grid.length, grid[0]!.length);
  out.at(-1)![grid[0]!.length - 1] = derivs[pair]!;
  return out;
}

function write(out: Real, pair: number, grid: Matrix, all: boolean): void {
  if (all) out.set(grid.flat(), pair * grid.length * grid[0]!.length);
  else out[pair] = grid.at(-1)!.at(-1)!;
}

const kernels: { [K in keyof Calls]?: (call: Calls[K]) => void } = {
  transformPath({ path, batch, length, dimension, timeAug, leadLag, endTime, out }) {
    const points = leadLag ? 2 * length - 1 : length;
    let to = 0;
    for (let b = 0; b < batch; b++) {
      for (let p = 0; p < points; p++) {
        const rows = leadLag ? [Math.floor(p / 2), Math.ceil(p / 2)] : [p];
        for (const row of rows) for (let c = 0; c < dimension; c++) out[to++] = path[(b * length + row) * dimension + c]!;
        if (timeAug) out[to++] = (p * endTime) / (points - 1);
      }
    }
  },
  transformPathBackprop({ derivs, batch, length, dimension, timeAug, leadLag, out }) {
    const points = leadLag ? 2 * length - 1 : length;
    let from = 0;
    out.fill(0);
    for (let b = 0; b < batch; b++) {
      for (let p = 0; p < points; p++) {
        const rows = leadLag ? [Math.floor(p / 2), Math.ceil(p / 2)] : [p];
        for (const row of rows) for (let c = 0; c < dimension; c++) out[(b * length + row) * dimension + c]! += derivs[from++]!;
        if (timeAug) from++;
      }
    }
  },
  sigKernel(call) {
    const { x, y, length, lengthY, dimension, out, grid } = call;
    for (const [pair, i, j] of pairsOf(call)) {
      const rho = staticKernel(call.staticKernel).increments(
        new Context(),
        pathAt(x, i, length, dimension),
        pathAt(y, j, lengthY, dimension),
      );
      write(out, pair, solveGrid(slice(rho.data, 0, length - 1, lengthY - 1), call), grid);
    }
  },
  sigKernelBackprop(call) {
    const { x, y, length, lengthY, dimension, derivs, dX, dY } = call;
    const sums = [dX, dY].map((out) => out && new Float64Array(out.length));
    for (const [pair, i, j] of pairsOf(call)) {
      const memory = new Context();
      const kernel = staticKernel(call.staticKernel);
      const increments = kernel.increments(memory, pathAt(x, i, length, dimension), pathAt(y, j, lengthY, dimension));
      const rho = slice(increments.data, 0, length - 1, lengthY - 1);
      const data = Float64Array.from(solveBackprop(rho, call, derivsAt(derivs, pair, solveGrid(rho, call), call.grid)).flat());
      const gradient: Tensor = { ...increments, data };
      const { [0]: ofX, [1]: ofY } = sums;
      if (ofX) kernel.gradX(memory, gradient).data.forEach((value, k) => (ofX[i * length * dimension + k]! += value));
      if (ofY) kernel.gradY(memory, gradient).data.forEach((value, k) => (ofY[j * lengthY * dimension + k]! += value));
    }
    [dX, dY].forEach((out, k) => out?.set(sums[k]!));
  },
  incrementKernel(call) {
    for (let p = 0; p < call.batch; p++) {
      write(call.out, p, solveGrid(slice(call.increments, p, call.length - 1, call.lengthY - 1), call), call.grid);
    }
  },
  incrementKernelBackprop(call) {
    const [rows, columns] = [call.length - 1, call.lengthY - 1];
    for (let p = 0; p < call.batch; p++) {
      const rho = slice(call.increments, p, rows, columns);
      const gradient = solveBackprop(rho, call, derivsAt(call.derivs, p, solveGrid(rho, call), call.grid));
      call.out.set(gradient.flat(), p * rows * columns);
    }
  },
  largestIncrement(call) {
    const { x, y, length, lengthY, dimension, out } = call;
    for (const [pair, i, j] of pairsOf(call)) {
      const rho = staticKernel(call.staticKernel).increments(
        new Context(),
        pathAt(x, i, length, dimension),
        pathAt(y, j, lengthY, dimension),
      );
      out[pair] = [...rho.data].reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    }
  },
};

/** Registers the backend under its name, "reference". */
export function installReference(): Backend {
  const implement = <C>(run: (call: C) => void): Implementation<C> => ({
    run,
    start: async (call, { signal, onProgress }) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
      run(call);
      onProgress?.(1);
    },
  });
  const operations = Object.fromEntries(Object.entries(kernels).map(([name, run]) => [name, implement(run as (call: unknown) => void)]));
  const backend: Backend = {
    name: "reference",
    device: "host",
    capabilities: { dtypes: ["float32", "float64"], threads: 1, limits: {} },
    operations,
    info: () => ({ backend: "reference" }),
    forget: () => undefined,
  };
  registerBackend({ name: "reference", priority: 1, create: () => backend });
  return backend;
}
