/** pysiglib's static kernels under its names: the protocol that a user's kernel follows there, and the classes that it comes with. */
import type { Tensor } from "@sig/core";
import * as ours from "./staticKernel.js";
import * as kernels from "./staticKernels.js";

/** A context under the names of @sig/api. */
let innerContext: (context: Context) => ours.Context;

/** The kernel of @sig/api that a known one stands for, unless a subclass has methods of its own. */
let innerKernel: (kernel: StaticKernel) => ours.StaticKernel | undefined;

/** What a static kernel keeps from `call` for `grad_x` and `grad_y`, and from `grad_x` for `grad_y`. */
export class Context {
  readonly #context: ours.Context;

  constructor(context = new ours.Context()) {
    this.#context = context;
  }

  /** What `save_for_backward` was given last. */
  get saved_tensors(): readonly unknown[] {
    return this.#context.savedTensors;
  }

  /** What `save_for_grad_y` was given last. */
  get saved_for_y(): readonly unknown[] {
    return this.#context.savedForY;
  }

  save_for_backward(...values: readonly unknown[]): void {
    this.#context.saveForBackward(...values);
  }

  save_for_grad_y(...values: readonly unknown[]): void {
    this.#context.saveForGradY(...values);
  }

  static {
    innerContext = (context) => context.#context;
  }
}

/**
 * A kernel of two points, seen through its increments: see StaticKernel of @sig/api, whose `increments`, `gradX` and `gradY` are
 * `call`, `grad_x` and `grad_y` here. Tensors are dense and of rank 3.
 */
export abstract class StaticKernel {
  /** x (batch, length, dimension), y (batch, length2, dimension) to increments (batch, length - 1, length2 - 1). */
  abstract call(ctx: Context, x: Tensor, y: Tensor): Tensor;
  /** Derivatives of the increments to those of x. */
  abstract grad_x(ctx: Context, derivs: Tensor): Tensor;
  /** Derivatives of the increments to those of y. */
  abstract grad_y(ctx: Context, derivs: Tensor): Tensor;
}

/** A kernel of @sig/api under pysiglib's names. */
abstract class KnownKernel extends StaticKernel {
  readonly #kernel: ours.StaticKernel;

  constructor(kernel: ours.StaticKernel) {
    super();
    this.#kernel = kernel;
  }

  override call(ctx: Context, x: Tensor, y: Tensor): Tensor {
    return this.#kernel.increments(innerContext(ctx), x, y);
  }

  override grad_x(ctx: Context, derivs: Tensor): Tensor {
    return this.#kernel.gradX(innerContext(ctx), derivs);
  }

  override grad_y(ctx: Context, derivs: Tensor): Tensor {
    return this.#kernel.gradY(innerContext(ctx), derivs);
  }

  static {
    innerKernel = (kernel) => {
      if (!(#kernel in kernel)) return undefined;
      const known = KnownKernel.prototype;
      const inherited = kernel.call === known.call && kernel.grad_x === known.grad_x && kernel.grad_y === known.grad_y;
      return inherited ? kernel.#kernel : undefined;
    };
  }
}

/** <x, y>. */
export class LinearKernel extends KnownKernel {
  constructor() {
    super(new kernels.LinearKernel());
  }
}

/** scale^2 <x, y>. */
export class ScaledLinearKernel extends KnownKernel {
  constructor(readonly scale = 1) {
    super(new kernels.ScaledLinearKernel(scale));
  }
}

/** exp(-|x - y|^2 / sigma). */
export class RBFKernel extends KnownKernel {
  constructor(readonly sigma: number) {
    super(new kernels.RBFKernel(sigma));
  }
}

/** scale (<x, y> + gamma)^degree. */
export class PolynomialKernel extends KnownKernel {
  constructor(
    readonly degree = 3,
    readonly gamma = 1,
    readonly scale = 1,
  ) {
    super(new kernels.PolynomialKernel(degree, gamma, scale));
  }
}

/** exp(-r / sigma), r = |x - y|. */
export class Matern12Kernel extends KnownKernel {
  constructor(readonly sigma: number) {
    super(new kernels.Matern12Kernel(sigma));
  }
}

/** (1 + u) exp(-u), u = sqrt(3) |x - y| / sigma. */
export class Matern32Kernel extends KnownKernel {
  constructor(readonly sigma: number) {
    super(new kernels.Matern32Kernel(sigma));
  }
}

/** (1 + u + u^2 / 3) exp(-u), u = sqrt(5) |x - y| / sigma. */
export class Matern52Kernel extends KnownKernel {
  constructor(readonly sigma: number) {
    super(new kernels.Matern52Kernel(sigma));
  }
}

/** (1 + |x - y|^2 / (2 alpha sigma^2))^-alpha. */
export class RationalQuadraticKernel extends KnownKernel {
  constructor(
    readonly sigma: number,
    readonly alpha = 1,
  ) {
    super(new kernels.RationalQuadraticKernel(sigma, alpha));
  }
}

/** A user's kernel under the names of @sig/api. */
class Adapted extends ours.StaticKernel {
  constructor(private readonly kernel: StaticKernel) {
    super();
  }

  override increments(context: ours.Context, x: Tensor, y: Tensor): Tensor {
    return this.kernel.call(new Context(context), x, y);
  }

  override gradX(context: ours.Context, derivs: Tensor): Tensor {
    return this.kernel.grad_x(new Context(context), derivs);
  }

  override gradY(context: ours.Context, derivs: Tensor): Tensor {
    return this.kernel.grad_y(new Context(context), derivs);
  }
}

/** The option `static_kernel` as @sig/api takes it; what is no static kernel is left for it to refuse. */
export function adaptKernel(value: unknown): unknown {
  if (!(value instanceof StaticKernel)) return value;
  return innerKernel(value) ?? new Adapted(value);
}

/** A function of two batches that would also take one alone: here both are needed. */
export function withBothBatches<Result>(form: (...args: never[]) => Result, second: number): (...args: never[]) => Result {
  const call = form as unknown as (...args: readonly unknown[]) => Result;
  return (...args: readonly unknown[]) => call(...args.map((value, i) => (i === second && value === undefined ? null : value)));
}
