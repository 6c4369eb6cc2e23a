import { type Context, StaticKernel, type Tensor } from "@sig/api";
import { tensor, zeros } from "./tensors.js";

type Pairwise = (pair: number, i: number, j: number) => void;

/** Every pair of a tile with every two of its points. */
function everyPair(x: Tensor, y: Tensor, visit: Pairwise): void {
  const [batch = 0, length = 0] = x.shape;
  for (let pair = 0; pair < batch; pair++) for (let i = 0; i < length; i++) for (let j = 0; j < (y.shape[1] ?? 0); j++) visit(pair, i, j);
}

/**
 * A kernel of a user's own: exp(-|x - y|^2 / sigma), written without regard to what the library has. It counts its calls, and takes part
 * in the whole protocol: what gradY needs is kept partly by increments and partly by gradX.
 */
export class UserKernel extends StaticKernel {
  readonly calls = { increments: 0, gradX: 0, gradY: 0 };
  /** Pairs in each tile that was seen. */
  readonly tiles: number[] = [];

  constructor(readonly sigma: number) {
    super();
  }

  private value(x: Tensor, y: Tensor, pair: number, i: number, j: number): number {
    let square = 0;
    for (let c = 0; c < (x.shape[2] ?? 0); c++) square += this.difference(x, y, pair, i, j, c) ** 2;
    return Math.exp(-square / this.sigma);
  }

  /** How two points differ in one channel. */
  private difference(x: Tensor, y: Tensor, pair: number, i: number, j: number, channel: number): number {
    const entry = (a: Tensor, point: number): number => a.data[(pair * (a.shape[1] ?? 0) + point) * (a.shape[2] ?? 0) + channel] ?? NaN;
    return entry(x, i) - entry(y, j);
  }

  increments(context: Context, x: Tensor, y: Tensor): Tensor {
    this.calls.increments++;
    this.tiles.push(x.shape[0] ?? 0);
    context.saveForBackward(x, y);
    const [batch = 0, length = 0] = x.shape;
    const [rows, columns] = [length - 1, (y.shape[1] ?? 0) - 1];
    const out = zeros([batch, rows, columns], x.dtype);
    everyPair(x, y, (pair, i, j) => {
      if (i === 0 || j === 0) return;
      const k = (a: number, b: number): number => this.value(x, y, pair, i - a, j - b);
      out.data[(pair * rows + i - 1) * columns + j - 1] = k(0, 0) - k(1, 0) - k(0, 1) + k(1, 1);
    });
    return out;
  }

  private gradient(context: Context, derivs: Tensor, side: "x" | "y"): Tensor {
    const [x, y] = context.savedTensors as [Tensor, Tensor];
    const [, rows = 0, columns = 0] = derivs.shape;
    const own = side === "x" ? x : y;
    const sums = new Float64Array(own.data.length);
    const at = (pair: number, i: number, j: number): number =>
      i < 0 || j < 0 || i >= rows || j >= columns ? 0 : (derivs.data[(pair * rows + i) * columns + j] ?? NaN);
    everyPair(x, y, (pair, i, j) => {
      const weight = at(pair, i, j) + at(pair, i - 1, j - 1) - at(pair, i - 1, j) - at(pair, i, j - 1);
      const factor = ((side === "x" ? -2 : 2) / this.sigma) * weight * this.value(x, y, pair, i, j);
      const [, length = 0, dimension = 0] = own.shape;
      const place = (pair * length + (side === "x" ? i : j)) * dimension;
      for (let c = 0; c < dimension; c++) sums[place + c]! += factor * this.difference(x, y, pair, i, j, c);
    });
    return tensor(sums, own.shape, own.dtype);
  }

  gradX(context: Context, derivs: Tensor): Tensor {
    this.calls.gradX++;
    context.saveForGradY("gradX was here");
    return this.gradient(context, derivs, "x");
  }

  gradY(context: Context, derivs: Tensor): Tensor {
    this.calls.gradY++;
    if (context.savedForY.length > 0 && context.savedForY[0] !== "gradX was here") throw new Error("not what gradX saved");
    return this.gradient(context, derivs, "y");
  }
}
