/** Gradients of signature kernels: the sweep backwards over the kept antidiagonals, then one sum per channel of each point. */
import type { Calls } from "@sig/core";
import type { KernelSource } from "./glsl.js";
import type { GpuTexture } from "./gpu.js";
import { CELL, GRID_NUMBERS, gridOf, PAIR, pairNumbers, source, stack, sweep, type Pairing } from "./kernel.js";
import type { Session, Work } from "./session.js";
import { gradientFunction, incrementFunction, PAIR_NUMBERS, type KernelName } from "./staticKernel.js";

type SweepNumbers = keyof typeof GRID_NUMBERS | "diagonal" | "grid";

/**
 * The derivatives of F by the nodes of one antidiagonal, from the two after it. A node adds to three others: to the one on its right and to
 * the one below it with the factor 1 + a/2 + a^2/12 of their cells, and to the one diagonally below with -(1 - a^2/12).
 */
function adjointSource(kernel: KernelName, pairing: Pairing): KernelSource<"x" | "y" | "derivs" | "next" | "corner", SweepNumbers> {
  return {
    name: `sweepAdjoint/${kernel}/${pairing}`,
    arrays: ["x", "y", "derivs", "next", "corner"],
    numbers: { ...GRID_NUMBERS, diagonal: "int", grid: "int" },
    functions: `${incrementFunction(kernel)}${CELL}
float side(float a) { return 1.0 + (a / 2.0 + a * a / 12.0); }`,
    body: `
  int row = i % (rows + 1);
  int column = diagonal - row;
  if (row == 0 || column <= 0 || column > columns) return 0.0;
  int pair = i / (rows + 1);${PAIR[pairing]}
  float sum = 0.0;
  if (grid == 1) sum = derivs((pair * (rows + 1) + row) * (columns + 1) + column);
  else if (row == rows && column == columns) sum = derivs(pair);
  if (column < columns) sum += next(i) * side(cellIncrement(pathX, pathY, row, column + 1));
  if (row < rows) sum += next(i + 1) * side(cellIncrement(pathX, pathY, row + 1, column));
  if (row < rows && column < columns) {
    float a = cellIncrement(pathX, pathY, row + 1, column + 1);
    sum -= corner(i + 1) * (1.0 - a * a / 12.0);
  }
  return sum;`,
  };
}

type CellNumbers = keyof typeof GRID_NUMBERS | "block";

/** The derivatives by the increments between points, (pairs, length - 1, lengthY - 1): sums over their small cells. */
function cellsSource(kernel: KernelName, pairing: Pairing): KernelSource<"x" | "y" | "nodes" | "slopes", CellNumbers> {
  return {
    name: `cellsAdjoint/${kernel}/${pairing}`,
    arrays: ["x", "y", "nodes", "slopes"],
    numbers: { ...GRID_NUMBERS, block: "int" },
    functions: incrementFunction(kernel) + CELL,
    body: `
  int cellY = i % (lengthY - 1);
  int cellX = i / (lengthY - 1) % (length - 1);
  int pair = i / ((lengthY - 1) * (length - 1));${PAIR[pairing]}
  int firstRow = (cellX << orderX) + 1;
  int firstColumn = (cellY << orderY) + 1;
  float a = cellIncrement(pathX, pathY, firstRow, firstColumn);
  float sum = 0.0;
  for (int row = firstRow; row < firstRow + (1 << orderX); row++) {
    for (int column = firstColumn; column < firstColumn + (1 << orderY); column++) {
      int at = (row + column) * block + pair * (rows + 1) + row;
      float u = nodes(at - block - 1);
      float v = nodes(at - block);
      float w = nodes(at - 2 * block - 1);
      sum += slopes(at) * ((2.0 + u + v) * (0.5 + a / 6.0) + (1.0 + w) * a / 6.0);
    }
  }
  return sum / float(1 << (orderX + orderY));`,
  };
}

type PointNumbers = keyof typeof PAIR_NUMBERS | "others" | "paired" | "strideOwn" | "strideOther" | "cellOwn" | "cellOther";

/**
 * The gradient by channel c of point p of a path, over all its pairs: with W_J the difference of the derivatives by the cells (p - 1, J)
 * and (p, J), the sum of W_J times that of the gradients of the static kernel at the points J + 1 and J of the other path. The gradient of
 * the second paths is that of the first with the two exchanged.
 */
function pointsSource(kernel: KernelName): KernelSource<"x" | "y" | "cells", PointNumbers> {
  return {
    name: `pointsAdjoint/${kernel}`,
    arrays: ["x", "y", "cells"],
    numbers: {
      ...PAIR_NUMBERS,
      others: "int",
      paired: "int",
      strideOwn: "int",
      strideOther: "int",
      cellOwn: "int",
      cellOther: "int",
    },
    functions: gradientFunction(kernel),
    body: `
  int c = i % d;
  int point = i / d % length;
  int path = i / (d * length);
  int p = (path * length + point) * d;
  float sum = 0.0;
  for (int other = 0; other < others; other++) {
    int q = (paired == 1 ? path : other) * lengthY * d;
    int cell = path * strideOwn + other * strideOther + point * cellOwn;
    float before = gradient(p, q, c);
    for (int j = 0; j < lengthY - 1; j++, cell += cellOther) {
      q += d;
      float after = gradient(p, q, c);
      float weight = 0.0;
      if (point > 0) weight += cells(cell - cellOwn);
      if (point < length - 1) weight -= cells(cell);
      sum += weight * (after - before);
      before = after;
    }
  }
  return sum;`,
  };
}

/** The gradient of the paths of one side. */
function pointGradient(session: Session, call: Calls["sigKernelBackprop"], cells: GpuTexture, side: "x" | "y"): GpuTexture {
  const { batch, batchY, length, lengthY, dimension, pairing, staticKernel } = call;
  const paired = pairing === "pairs";
  const pairCells = (length - 1) * (lengthY - 1);
  const [x, y] = [session.input(call.x), session.input(call.y)];
  const numbers = pairNumbers(call);
  const kernel = source(`pointsAdjoint/${staticKernel.name}`, () => pointsSource(staticKernel.name));
  if (side === "x") {
    const strides = { strideOwn: (paired ? 1 : batchY) * pairCells, strideOther: pairCells, cellOwn: lengthY - 1, cellOther: 1 };
    const others = paired ? 1 : batchY;
    return session.run(kernel, batch * length * dimension, { x, y, cells }, { ...numbers, ...strides, others, paired: Number(paired) });
  }
  const strides = { strideOwn: pairCells, strideOther: batchY * pairCells, cellOwn: 1, cellOther: lengthY - 1 };
  const exchanged = { ...numbers, length: lengthY, lengthY: length, others: paired ? 1 : batch, paired: Number(paired) };
  return session.run(kernel, batchY * lengthY * dimension, { x: y, y: x, cells }, { ...exchanged, ...strides });
}

export function* sigKernelBackprop(session: Session, call: Calls["sigKernelBackprop"]): Work {
  const { staticKernel, pairing } = call;
  const grid = gridOf(call);
  const { pairs, rows, columns } = grid;
  const block = pairs * (rows + 1);
  const [x, y] = [session.input(call.x), session.input(call.y)];
  const numbers = { ...pairNumbers(call), ...grid };
  const forward = yield* sweep(session, call, true, 0.4);
  const nodes = stack(session, forward, block);
  const derivs = session.input(call.derivs);
  const kernel = source(`sweepAdjoint/${staticKernel.name}/${pairing}`, () => adjointSource(staticKernel.name, pairing));
  const backward: GpuTexture[] = [];
  for (let diagonal = rows + columns; diagonal >= 0; diagonal--) {
    const next = backward[diagonal + 1] ?? derivs;
    const corner = backward[diagonal + 2] ?? derivs;
    backward[diagonal] = session.run(kernel, block, { x, y, derivs, next, corner }, { ...numbers, diagonal, grid: Number(call.grid) });
    yield 0.8 - (0.4 * diagonal) / (rows + columns);
  }
  const slopes = stack(session, backward, block);
  const cellsKernel = source(`cellsAdjoint/${staticKernel.name}/${pairing}`, () => cellsSource(staticKernel.name, pairing));
  const length = pairs * (call.length - 1) * (call.lengthY - 1);
  const cells = session.run(cellsKernel, length, { x, y, nodes, slopes }, { ...numbers, block });
  session.free(nodes, slopes);
  if (call.dX) session.output(call.dX, pointGradient(session, call, cells, "x"));
  if (call.dY) session.output(call.dY, pointGradient(session, call, cells, "y"));
  yield 1;
}
