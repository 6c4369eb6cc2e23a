import { type Dual, dual, exp, minus, plus, scaled, shifted, sqrt, sum, times } from "./dual.js";
import { type Jet } from "./jet.js";
import { type Augmentation, augment } from "./paths.js";
import { type Point, type StaticKernelChoice, increments } from "./staticKernels.js";

export type DyadicOrder = number | readonly [number, number];

/** Finite differences on the refined grid, polynomials of an order on the edges of the cells, or the branched kernel of a depth. */
export type Scheme =
  { readonly dyadicOrder: DyadicOrder } | { readonly order: number } | { readonly depth: number; readonly dyadicOrder: DyadicOrder };

/** Which kernel of two paths is meant, but for their augmentation. */
export interface KernelChoice {
  readonly scheme: Scheme;
  /** Linear where there is none. */
  readonly staticKernel?: StaticKernelChoice | undefined;
}

type Grid = readonly (readonly Dual[])[];

export const dyadicOrders = (order: DyadicOrder): readonly [number, number] => (typeof order === "number" ? [order, order] : order);

/** Sizes of the grid of a pair of (augmented) paths; a path of no point counts as one point. */
export function gridSizes(length1: number, length2: number, scheme: Scheme): [number, number] {
  const [a, b] = "order" in scheme ? [0, 0] : dyadicOrders(scheme.dyadicOrder);
  return [Math.max(length1 - 1, 0) * 2 ** a + 1, Math.max(length2 - 1, 0) * 2 ** b + 1];
}

const ones = (rows: number, columns: number): Dual[][] =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, () => dual(1)));

/** The second-order scheme k = (up + left)(1 + r / 2 + r^2 / 12) - diagonal (1 - r^2 / 12), r the share of a fine cell in its coarse one. */
function finiteDifferences(cells: Grid, rows: number, columns: number, [a, b]: readonly [number, number]): Dual[][] {
  const grid = ones(rows, columns);
  const at = (i: number, j: number): Dual => grid[i]?.[j] as Dual;
  for (let i = 1; i < rows; i++) {
    for (let j = 1; j < columns; j++) {
      const r = scaled(cells[Math.floor((i - 1) / 2 ** a)]?.[Math.floor((j - 1) / 2 ** b)] as Dual, 2 ** -(a + b));
      const twelfth = scaled(times(r, r), 1 / 12);
      const sides = times(plus(at(i - 1, j), at(i, j - 1)), shifted(plus(scaled(r, 1 / 2), twelfth), 1));
      grid[i]![j] = minus(sides, minus(at(i - 1, j - 1), times(at(i - 1, j - 1), twelfth)));
    }
  }
  return grid;
}

/**
 * One cell: the power series sum c_ij s^i t^j with c_ij = rho c_(i-1)(j-1) / (i j) that has the polynomial `parallel` in s where t = 0
 * and `across` in t where s = 0 has the series sum_j c_ij in s where t = 1, of which the beginning is kept. The two polynomials may
 * differ at their common corner by what was cut off before; there `across` counts.
 */
function oppositeEdge(parallel: readonly Dual[], across: readonly Dual[], rho: Dual): Dual[] {
  const order = parallel.length - 1;
  const edge: Dual[] = [];
  let previous: readonly Dual[] = [];
  for (let i = 0; i <= order; i++) {
    const row = Array.from({ length: 2 * order + 1 }, (_, j) => {
      if (i === 0) return across[j] ?? dual(0);
      return j === 0 ? (parallel[i] as Dual) : scaled(times(rho, previous[j - 1] as Dual), 1 / (i * j));
    });
    edge.push(sum(row));
    previous = row;
  }
  return edge;
}

/** The kernel at a vertex is the mean of what the two edges that end there say. */
function polynomials(cells: Grid, rows: number, columns: number, order: number): Dual[][] {
  const grid = ones(rows, columns);
  const one = [dual(1), ...Array.from({ length: order }, () => dual(0))];
  const edges: (readonly Dual[])[] = Array.from({ length: columns - 1 }, () => one);
  for (let i = 1; i < rows; i++) {
    let side: readonly Dual[] = one;
    for (let j = 1; j < columns; j++) {
      // Rows of the grid run along the first path, whose parameter is s here.
      const rho = cells[i - 1]?.[j - 1] as Dual;
      const left = edges[j - 1] as readonly Dual[];
      const top = oppositeEdge(side, left, rho);
      const right = oppositeEdge(left, side, rho);
      grid[i]![j] = scaled(plus(sum(top), sum(right)), 1 / 2);
      side = top;
      edges[j - 1] = right;
    }
  }
  return grid;
}

/** K_0 = 1; K_q is the exponential of the sum, over all cells before a node, of increment times mean of K_(q-1) at the four corners. */
function branched(cells: Grid, rows: number, columns: number, [a, b]: readonly [number, number], depth: number): Dual[][] {
  let grid = ones(rows, columns);
  for (let q = 1; q <= depth; q++) {
    const before = grid;
    const at = (i: number, j: number): Dual => before[i]?.[j] as Dual;
    const integral = ones(rows, columns).map((row) => row.map(() => dual(0)));
    for (let i = 1; i < rows; i++) {
      for (let j = 1; j < columns; j++) {
        const r = scaled(cells[Math.floor((i - 1) / 2 ** a)]?.[Math.floor((j - 1) / 2 ** b)] as Dual, 2 ** -(a + b));
        const mean = scaled(sum([at(i - 1, j - 1), at(i - 1, j), at(i, j - 1), at(i, j)]), 1 / 4);
        const sides = plus(integral[i - 1]?.[j] as Dual, integral[i]?.[j - 1] as Dual);
        integral[i]![j] = plus(minus(sides, integral[i - 1]?.[j - 1] as Dual), times(r, mean));
      }
    }
    grid = integral.map((row) => row.map(exp));
  }
  return grid;
}

/** The kernel at every node of the grid: 1 on the first row and column. */
export function kernelGrid(
  xs: readonly Point[],
  ys: readonly Point[],
  { scheme, staticKernel = ["LinearKernel", []] }: KernelChoice,
): Grid {
  const [rows, columns] = gridSizes(xs.length, ys.length, scheme);
  const cells = increments(xs, ys, staticKernel);
  if ("order" in scheme) return polynomials(cells, rows, columns, scheme.order);
  const orders = dyadicOrders(scheme.dyadicOrder);
  return "depth" in scheme ? branched(cells, rows, columns, orders, scheme.depth) : finiteDifferences(cells, rows, columns, orders);
}

/** The last node of the grid. */
export const kernel = (xs: readonly Point[], ys: readonly Point[], choice: KernelChoice): Dual =>
  kernelGrid(xs, ys, choice).at(-1)?.at(-1) ?? dual(1);

/** k(x, y) / sqrt(k(x, x) k(y, y)). */
export function normalized(k: Dual, kxx: Dual, kyy: Dual): Dual {
  const norm = sqrt(times(kxx, kyy));
  const value = k.value / norm.value;
  return dual(value, (k.slope - value * norm.slope) / norm.value);
}

/** The points of `count` paths (length, dimension) laid out one after the other, augmented. */
export function pathsOf(jet: Jet, count: number, length: number, dimension: number, flags: Augmentation): Point[][] {
  const size = length * dimension;
  return Array.from({ length: count }, (_, i) => {
    const part = { value: jet.value.slice(i * size, (i + 1) * size), slope: jet.slope.slice(i * size, (i + 1) * size) };
    return augment(part, dimension, flags).map((point) => point.value.map((value, c) => dual(value, point.slope[c] ?? NaN)));
  });
}

export const toJet = (numbers: readonly Dual[]): Jet => ({ value: numbers.map((x) => x.value), slope: numbers.map((x) => x.slope) });
