/**
 * The static kernels that backends know. With r = |x - y|; Matern kernels are those of smoothness 1/2, 3/2 and 5/2 (Rasmussen,
 * Williams: Gaussian processes for machine learning, 2006, chapter 4).
 */
import { describe, rangeError, typeError, type StaticKernelForm } from "@sig/core";
import { KnownKernel, type PointFunction } from "./staticKernel.js";

function checkNumber(kernel: string, name: string, value: number): number {
  const place = { operation: kernel, argument: name };
  if (typeof value !== "number") throw typeError(place, `must be a number, got ${describe(value)}`);
  if (!Number.isFinite(value)) throw rangeError(place, `must be finite, got ${value}`);
  return value;
}

function checkPositive(kernel: string, name: string, value: number): number {
  if (checkNumber(kernel, name, value) > 0) return value;
  throw rangeError({ operation: kernel, argument: name }, `must be positive, got ${value}`);
}

function checkNotNegative(kernel: string, name: string, value: number): number {
  if (checkNumber(kernel, name, value) >= 0) return value;
  throw rangeError({ operation: kernel, argument: name }, `must not be negative, got ${value}`);
}

/** <x, y>, the static kernel where none is given. */
export class LinearKernel extends KnownKernel {
  override get form(): StaticKernelForm {
    return { name: "linear", parameters: [1] };
  }

  protected override pointFunction(): PointFunction {
    return linear(1);
  }
}

/** scale^2 <x, y>: the linear kernel of paths that are scaled by `scale`. */
export class ScaledLinearKernel extends KnownKernel {
  readonly scale: number;

  /** @throws SigRangeError where `scale` (default 1) is negative or not finite */
  constructor(scale = 1) {
    super();
    this.scale = checkNotNegative("ScaledLinearKernel", "scale", scale);
  }

  override get form(): StaticKernelForm {
    return { name: "linear", parameters: [this.scale * this.scale] };
  }

  protected override pointFunction(): PointFunction {
    return linear(this.scale * this.scale);
  }
}

function linear(factor: number): PointFunction {
  return { of: "innerProduct", value: (p) => factor * p, weight: () => factor };
}

/** scale (<x, y> + gamma)^degree. For a degree that is no integer, a negative base counts as 0. */
export class PolynomialKernel extends KnownKernel {
  readonly degree: number;
  readonly gamma: number;
  readonly scale: number;

  /** @throws SigRangeError where `degree` (default 3) or `scale` (default 1) is negative, or one of them or `gamma` (default 1) not finite */
  constructor(degree = 3, gamma = 1, scale = 1) {
    super();
    this.degree = checkNotNegative("PolynomialKernel", "degree", degree);
    this.gamma = checkNumber("PolynomialKernel", "gamma", gamma);
    this.scale = checkNotNegative("PolynomialKernel", "scale", scale);
  }

  override get form(): StaticKernelForm {
    return { name: "polynomial", parameters: [this.degree, this.gamma, this.scale] };
  }

  protected override pointFunction(): PointFunction {
    const { degree, gamma, scale } = this;
    const clamped = !Number.isInteger(degree);
    const base = (p: number): number => (clamped ? Math.max(p + gamma, 0) : p + gamma);
    const flat = (p: number): boolean => degree === 0 || (clamped && p + gamma < 0);
    return {
      of: "innerProduct",
      value: (p) => scale * base(p) ** degree,
      weight: (p) => (flat(p) ? 0 : scale * degree * base(p) ** (degree - 1)),
    };
  }
}

/** A kernel of the distance with one scale of length. */
abstract class DistanceKernel extends KnownKernel {
  readonly sigma: number;

  /** @throws SigRangeError where `sigma` is not positive and finite */
  constructor(sigma: number) {
    super();
    this.sigma = checkPositive(new.target.name, "sigma", sigma);
  }
}

/** exp(-r^2 / sigma). */
export class RBFKernel extends DistanceKernel {
  override get form(): StaticKernelForm {
    return { name: "rbf", parameters: [this.sigma] };
  }

  protected override pointFunction(): PointFunction {
    const { sigma } = this;
    return {
      of: "squaredDistance",
      value: (q) => Math.exp(-q / sigma),
      weight: (q) => (2 / sigma) * Math.exp(-q / sigma),
    };
  }
}

/** exp(-r / sigma). It has no gradient at r = 0, where 0 stands for it. */
export class Matern12Kernel extends DistanceKernel {
  override get form(): StaticKernelForm {
    return { name: "matern12", parameters: [this.sigma] };
  }

  protected override pointFunction(): PointFunction {
    const { sigma } = this;
    return {
      of: "squaredDistance",
      value: (q) => Math.exp(-Math.sqrt(q) / sigma),
      weight: (q) => (q === 0 ? 0 : Math.exp(-Math.sqrt(q) / sigma) / (sigma * Math.sqrt(q))),
    };
  }
}

/** (1 + u) exp(-u), u = sqrt(3) r / sigma. */
export class Matern32Kernel extends DistanceKernel {
  override get form(): StaticKernelForm {
    return { name: "matern32", parameters: [this.sigma] };
  }

  protected override pointFunction(): PointFunction {
    const u = (q: number): number => Math.sqrt(3 * q) / this.sigma;
    return {
      of: "squaredDistance",
      value: (q) => (1 + u(q)) * Math.exp(-u(q)),
      weight: (q) => (3 / this.sigma ** 2) * Math.exp(-u(q)),
    };
  }
}

/** (1 + u + u^2 / 3) exp(-u), u = sqrt(5) r / sigma. */
export class Matern52Kernel extends DistanceKernel {
  override get form(): StaticKernelForm {
    return { name: "matern52", parameters: [this.sigma] };
  }

  protected override pointFunction(): PointFunction {
    const u = (q: number): number => Math.sqrt(5 * q) / this.sigma;
    return {
      of: "squaredDistance",
      value: (q) => (1 + u(q) + u(q) ** 2 / 3) * Math.exp(-u(q)),
      weight: (q) => (5 / (3 * this.sigma ** 2)) * (1 + u(q)) * Math.exp(-u(q)),
    };
  }
}

/** (1 + r^2 / (2 alpha sigma^2))^-alpha. */
export class RationalQuadraticKernel extends KnownKernel {
  readonly sigma: number;
  readonly alpha: number;

  /** @throws SigRangeError where `sigma` or `alpha` (default 1) is not positive and finite */
  constructor(sigma: number, alpha = 1) {
    super();
    this.sigma = checkPositive("RationalQuadraticKernel", "sigma", sigma);
    this.alpha = checkPositive("RationalQuadraticKernel", "alpha", alpha);
  }

  override get form(): StaticKernelForm {
    return { name: "rationalQuadratic", parameters: [this.sigma, this.alpha] };
  }

  protected override pointFunction(): PointFunction {
    const { sigma, alpha } = this;
    const base = (q: number): number => 1 + q / (2 * alpha * sigma ** 2);
    return {
      of: "squaredDistance",
      value: (q) => base(q) ** -alpha,
      weight: (q) => base(q) ** (-alpha - 1) / sigma ** 2,
    };
  }
}
