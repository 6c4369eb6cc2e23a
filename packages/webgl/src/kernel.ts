/** Signature kernels by finite differences: the grid of a pair is swept in antidiagonals, the nodes of which are computed at once. */
import type { Calls } from "@sig/core";
import type { KernelSource } from "./glsl.js";
import type { GpuTexture } from "./gpu.js";
import type { Session, Work } from "./session.js";
import { incrementFunction, PAIR_NUMBERS, type KernelName } from "./staticKernel.js";

export type Pairing = Calls["sigKernel"]["pairing"];
type PairCall = Calls["sigKernel"] | Calls["sigKernelBackprop"];

/** The grid of a pair: rows x columns of cells, 2^orderX x 2^orderY of them in each cell between points. */
export interface Grid {
  readonly pairs: number;
  readonly rows: number;
  readonly columns: number;
  readonly orderX: number;
  readonly orderY: number;
}

export function gridOf(call: PairCall): Grid {
  const { pairing, batch, batchY, length, lengthY, solver } = call;
  const [orderX, orderY] = solver.method === "finiteDifference" ? solver.dyadicOrder : [0, 0];
  const rows = (length - 1) * 2 ** orderX;
  const columns = (lengthY - 1) * 2 ** orderY;
  return { pairs: pairing === "pairs" ? batch : batch * batchY, rows, columns, orderX, orderY };
}

/** The paths of pair `pair`: each with its own, all with all, or all with all where (i, j) counts as (j, i) for i > j. */
export const PAIR: Readonly<Record<Pairing, string>> = {
  pairs: `
  int pathX = pair;
  int pathY = pair;`,
  gram: `
  int pathX = pair / batchY;
  int pathY = pair % batchY;`,
  triangle: `
  int pathX = min(pair / batchY, pair % batchY);
  int pathY = max(pair / batchY, pair % batchY);`,
};

export const GRID_NUMBERS = { ...PAIR_NUMBERS, rows: "int", columns: "int", orderX: "int", orderY: "int" } as const;

type SweepNumbers = keyof typeof GRID_NUMBERS | "diagonal";

/** The increment of the small cell whose last node is (row, column). */
export const CELL = `
float cellIncrement(int pathX, int pathY, int row, int column) {
  int p = (pathX * length + ((row - 1) >> orderX)) * d;
  int q = (pathY * lengthY + ((column - 1) >> orderY)) * d;
  return increment(p, q) / float(1 << (orderX + orderY));
}`;

/**
 * The nodes of one antidiagonal, row by row, from the two before it. The unknown is h = k - 1, which keeps the digits that k loses as the
 * grid becomes finer: with u, v, w at the neighbours above, on the left and between them and a the increment of the cell,
 * h = ((u - w) + v) + (u + v) (a/2 + a^2/12) + w a^2/12 + 2 (a/2 + a^2/12) + a^2/12.
 */
function sweepSource(kernel: KernelName, pairing: Pairing): KernelSource<"x" | "y" | "previous" | "corner", SweepNumbers> {
  return {
    name: `sweep/${kernel}/${pairing}`,
    arrays: ["x", "y", "previous", "corner"],
    numbers: { ...GRID_NUMBERS, diagonal: "int" },
    functions: incrementFunction(kernel) + CELL,
    body: `
  int row = i % (rows + 1);
  int column = diagonal - row;
  if (row == 0 || column <= 0 || column > columns) return 0.0;
  int pair = i / (rows + 1);${PAIR[pairing]}
  float a = cellIncrement(pathX, pathY, row, column);
  float second = a * a / 12.0;
  float first = a / 2.0 + second;
  float u = previous(i - 1);
  float v = previous(i);
  float w = corner(i - 1);
  return ((u - w) + v) + ((u + v) * first + w * second + (2.0 * first + second));`,
  };
}

/** The kernel of each pair, from the last antidiagonal. */
const LAST: KernelSource<"diagonal", "rows"> = {
  name: "lastNode",
  arrays: ["diagonal"],
  numbers: { rows: "int" },
  body: "  return 1.0 + diagonal(i * (rows + 1) + rows);",
};

/** The kernel at every node, from all antidiagonals; of pairs (i, j) with i > j in a triangle the grid of (j, i), transposed. */
function gridSource(pairing: Pairing): KernelSource<"diagonals", "rows" | "columns" | "batchY" | "block"> {
  const swap = pairing === "triangle" ? "if (pair / batchY > pair % batchY) { int swapped = row; row = column; column = swapped; }" : "";
  return {
    name: `grid/${pairing}`,
    arrays: ["diagonals"],
    numbers: { rows: "int", columns: "int", batchY: "int", block: "int" },
    body: `
  int column = i % (columns + 1);
  int row = i / (columns + 1) % (rows + 1);
  int pair = i / ((columns + 1) * (rows + 1));
  ${swap}
  return 1.0 + diagonals((row + column) * block + pair * (rows + 1) + row);`,
  };
}

const STACKED = ["a0", "a1", "a2", "a3", "a4", "a5", "a6"] as const;

/** Arrays of the same length, one after the other; the last may be shorter. */
const STACK: KernelSource<(typeof STACKED)[number], "block"> = {
  name: "stack",
  arrays: STACKED,
  numbers: { block: "int" },
  body: `
  int part = i / block;
  int at = i % block;
  ${STACKED.map((name, k) => `if (part == ${k}) return ${name}(at);`).join("\n  ")}
  return 0.0;`,
};

/** Puts arrays of `block` numbers one after the other, and frees them. */
export function stack(session: Session, arrays: readonly GpuTexture[], block: number): GpuTexture {
  const total = block * arrays.length;
  let parts = arrays;
  for (let size = block; parts.length > 1; size *= STACKED.length) {
    const next: GpuTexture[] = [];
    for (let first = 0; first < parts.length; first += STACKED.length) {
      const group = parts.slice(first, first + STACKED.length);
      const length = Math.min(size * group.length, total - size * first);
      const named = Object.fromEntries(STACKED.map((name, k) => [name, group[k] ?? group[0]!]));
      next.push(session.run(STACK, length, named as Record<(typeof STACKED)[number], GpuTexture>, { block: size }));
      session.free(...group);
    }
    parts = next;
  }
  return parts[0]!;
}

const sources = new Map<string, KernelSource>();

/** A source that is made once per key. */
export function source<A extends string, N extends string>(key: string, make: () => KernelSource<A, N>): KernelSource<A, N> {
  let found = sources.get(key);
  if (!found) sources.set(key, (found = make()));
  return found as KernelSource<A, N>;
}

/** What every kernel of pairs is told. */
export function pairNumbers(call: PairCall): Record<keyof typeof PAIR_NUMBERS, number> {
  const [p0 = 0, p1 = 0, p2 = 0] = call.staticKernel.parameters;
  return { d: call.dimension, length: call.length, lengthY: call.lengthY, batchY: call.batchY, p0, p1, p2 };
}

/** All antidiagonals, or with `keep` false the last alone; yields up to `share`. */
export function* sweep(session: Session, call: PairCall, keep: boolean, share: number): Generator<number, GpuTexture[]> {
  const { staticKernel, pairing } = call;
  const grid = gridOf(call);
  const kernel = source(`sweep/${staticKernel.name}/${pairing}`, () => sweepSource(staticKernel.name, pairing));
  const x = session.input(call.x);
  const y = session.input(call.y);
  const numbers = { ...pairNumbers(call), ...grid };
  const diagonals: GpuTexture[] = [];
  const last = grid.rows + grid.columns;
  for (let diagonal = 0; diagonal <= last; diagonal++) {
    const previous = diagonals[diagonal - 1] ?? x;
    const corner = diagonals[diagonal - 2] ?? x;
    diagonals.push(session.run(kernel, grid.pairs * (grid.rows + 1), { x, y, previous, corner }, { ...numbers, diagonal }));
    if (!keep) session.free(diagonals[diagonal - 2]);
    yield (share * diagonal) / last;
  }
  return keep ? diagonals : diagonals.slice(-1);
}

export function* sigKernel(session: Session, call: Calls["sigKernel"]): Work {
  const grid = gridOf(call);
  const { pairs, rows, columns } = grid;
  const diagonals = yield* sweep(session, call, call.grid, 0.9);
  if (!call.grid) {
    session.output(call.out, session.run(LAST, pairs, { diagonal: diagonals[0]! }, { rows }));
    return;
  }
  const block = pairs * (rows + 1);
  const all = stack(session, diagonals, block);
  const text = source(`grid/${call.pairing}`, () => gridSource(call.pairing));
  const numbers = { rows, columns, batchY: call.batchY, block };
  session.output(call.out, session.run(text, pairs * (rows + 1) * (columns + 1), { diagonals: all }, numbers));
}
