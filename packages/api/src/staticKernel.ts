/** What a static kernel is: a function of two points, seen by the signature kernel through its increments over the cells of a pair. */
import type { StaticKernelForm, Tensor } from "@sig/core";

/** What a static kernel keeps from `increments` for `gradX` and `gradY`, and from `gradX` for `gradY`. Each forward and backward pass has one. */
export class Context {
  /** What `saveForBackward` was given last. */
  savedTensors: readonly unknown[] = [];
  /** What `saveForGradY` was given last. */
  savedForY: readonly unknown[] = [];

  /** Keeps values for `gradX` and `gradY`. */
  saveForBackward(...values: readonly unknown[]): void {
    this.savedTensors = values;
  }

  /** Keeps values for `gradY`, which may also be called without `gradX` before it. */
  saveForGradY(...values: readonly unknown[]): void {
    this.savedForY = values;
  }
}

/**
 * A kernel k of two points, to put in place of their inner product: extend it, and hand an instance to the option `staticKernel`.
 * k must be symmetric. All tensors are dense, row-major and of the dtype of the call; paths come transformed and in tiles of pairs.
 * The methods run on the calling thread; what they return is checked, and what they throw is thrown by the call.
 */
export abstract class StaticKernel {
  /**
   * The increments of k over the cells of each pair of paths.
   *
   * @param context keeps what the gradients need
   * @param x (batch, length, dimension)
   * @param y (batch, lengthY, dimension)
   * @returns (batch, length - 1, lengthY - 1): k(x_i+1, y_j+1) - k(x_i, y_j+1) - k(x_i+1, y_j) + k(x_i, y_j)
   */
  abstract increments(context: Context, x: Tensor, y: Tensor): Tensor;

  /**
   * The gradient with respect to x of a function F of the increments.
   *
   * @param context the one that `increments` had
   * @param derivs dF/dincrements, (batch, length - 1, lengthY - 1)
   * @returns dF/dx, (batch, length, dimension)
   */
  abstract gradX(context: Context, derivs: Tensor): Tensor;

  /**
   * The gradient with respect to y, after `gradX` where both are wanted, alone otherwise.
   *
   * @param context the one that `increments` had
   * @param derivs dF/dincrements, (batch, length - 1, lengthY - 1)
   * @returns dF/dy, (batch, lengthY, dimension)
   */
  abstract gradY(context: Context, derivs: Tensor): Tensor;
}

/** A function of the inner product or of the squared distance of two points, and its derivative. */
export interface PointFunction {
  readonly of: "innerProduct" | "squaredDistance";
  value(at: number): number;
  /** Of an inner product p the derivative; of a squared distance q minus twice the derivative, so that the gradient in x is weight * (y - x). */
  weight(at: number): number;
}

/** The form of a kernel that backends can compute; none where a subclass has methods of its own. */
export let formOf: (kernel: StaticKernel) => StaticKernelForm | undefined;

/** A kernel that backends know by its form. Its own methods compute the same in TypeScript, for kernels that are made of others. */
export abstract class KnownKernel extends StaticKernel {
  readonly #form: StaticKernelForm;
  readonly #point: PointFunction;

  constructor(form: StaticKernelForm, point: PointFunction) {
    super();
    this.#form = form;
    this.#point = point;
  }

  override increments(context: Context, x: Tensor, y: Tensor): Tensor {
    context.saveForBackward(x, y);
    return incrementsOf(this.#point, x, y);
  }

  override gradX(context: Context, derivs: Tensor): Tensor {
    const [x, y] = context.savedTensors as readonly [Tensor, Tensor];
    return gradientOf(this.#point, derivs, x, y, "x");
  }

  override gradY(context: Context, derivs: Tensor): Tensor {
    const [x, y] = context.savedTensors as readonly [Tensor, Tensor];
    return gradientOf(this.#point, derivs, x, y, "y");
  }

  static {
    formOf = (kernel) => {
      if (!(#form in kernel)) return undefined;
      const known = KnownKernel.prototype;
      const inherited = kernel.increments === known.increments && kernel.gradX === known.gradX && kernel.gradY === known.gradY;
      return inherited ? kernel.#form : undefined;
    };
  }
}

function blankLike(tensor: Tensor, shape: readonly number[]): Tensor {
  const length = shape.reduce((size, axis) => size * axis, 1);
  const data = tensor.dtype === "float32" ? new Float32Array(length) : new Float64Array(length);
  return { data, shape, dtype: tensor.dtype };
}

/** The inner product or squared distance of the points that begin at two places. */
function compare(of: PointFunction["of"], x: Tensor, xAt: number, y: Tensor, yAt: number, dimension: number): number {
  let sum = 0;
  if (of === "innerProduct") {
    for (let c = 0; c < dimension; c++) sum += x.data[xAt + c]! * y.data[yAt + c]!;
  } else {
    for (let c = 0; c < dimension; c++) sum += (y.data[yAt + c]! - x.data[xAt + c]!) ** 2;
  }
  return sum;
}

function incrementsOf(point: PointFunction, x: Tensor, y: Tensor): Tensor {
  const [batch, length, dimension] = x.shape as readonly [number, number, number];
  const lengthY = y.shape[1]!;
  const out = blankLike(x, [batch, Math.max(length - 1, 0), Math.max(lengthY - 1, 0)]);
  const below = new Float64Array(lengthY);
  for (let pair = 0, to = 0; pair < batch; pair++) {
    for (let i = 0; i < length; i++) {
      const xAt = (pair * length + i) * dimension;
      let left = 0;
      let leftBelow = 0;
      for (let j = 0; j < lengthY; j++) {
        const here = point.value(compare(point.of, x, xAt, y, (pair * lengthY + j) * dimension, dimension));
        if (i > 0 && j > 0) out.data[to++] = here - left - (below[j]! - leftBelow);
        left = here;
        leftBelow = below[j]!;
        below[j] = here;
      }
    }
  }
  return out;
}

/** The points of the side are in rows; the derivative at a pair of points is the sum over the four cells that meet there. */
function gradientOf(point: PointFunction, derivs: Tensor, x: Tensor, y: Tensor, side: "x" | "y"): Tensor {
  const [batch, length, dimension] = x.shape as readonly [number, number, number];
  const lengthY = y.shape[1]!;
  const [own, other] = side === "x" ? [x, y] : [y, x];
  const out = new Float64Array(own.data.length);
  const [rows, columns] = [length - 1, lengthY - 1];
  const cell = (pair: number, i: number, j: number): number =>
    i < 0 || j < 0 || i >= rows || j >= columns ? 0 : derivs.data[(pair * rows + i) * columns + j]!;
  for (let pair = 0; pair < batch; pair++) {
    for (let i = 0; i < length; i++) {
      for (let j = 0; j < lengthY; j++) {
        const d = cell(pair, i - 1, j - 1) + cell(pair, i, j) - cell(pair, i, j - 1) - cell(pair, i - 1, j);
        const xAt = (pair * length + i) * dimension;
        const yAt = (pair * lengthY + j) * dimension;
        const w = d * point.weight(compare(point.of, x, xAt, y, yAt, dimension));
        const [ownAt, otherAt] = side === "x" ? [xAt, yAt] : [yAt, xAt];
        for (let c = 0; c < dimension; c++) {
          const towards = point.of === "innerProduct" ? 0 : own.data[ownAt + c]!;
          out[ownAt + c]! += w * (other.data[otherAt + c]! - towards);
        }
      }
    }
  }
  const gradient = blankLike(own, own.shape);
  gradient.data.set(out);
  return gradient;
}
