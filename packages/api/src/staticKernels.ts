/**
 * The static kernels that backends know. With r = |x - y|; Matern kernels are those of smoothness 1/2, 3/2 and 5/2 (Rasmussen,
 * Williams: Gaussian processes for machine learning, 2006, chapter 4).
 */
import { checkFinite, rangeError } from "@sig/core";
import { KnownKernel, type PointFunction } from "./staticKernel.js";

function checkPositive(operation: string, argument: string, value: number): number {
  if (checkFinite(value, { operation, argument }) > 0) return value;
  throw rangeError({ operation, argument }, `must be positive, got ${value}`);
}

function checkNotNegative(operation: string, argument: string, value: number): number {
  if (checkFinite(value, { operation, argument }) >= 0) return value;
  throw rangeError({ operation, argument }, `must not be negative, got ${value}`);
}

function linear(factor: number): PointFunction {
  return { of: "innerProduct", value: (p) => factor * p, weight: () => factor };
}

/** <x, y>, the static kernel where none is given. */
export class LinearKernel extends KnownKernel {
  constructor() {
    super({ name: "linear", parameters: [1] }, linear(1));
  }
}

/** scale^2 <x, y>: the linear kernel of paths that are scaled by `scale`. */
export class ScaledLinearKernel extends KnownKernel {
  readonly scale: number;

  /** @throws SigRangeError where `scale` (default 1) is negative or not finite */
  constructor(scale = 1) {
    const factor = checkNotNegative("ScaledLinearKernel", "scale", scale) ** 2;
    super({ name: "linear", parameters: [factor] }, linear(factor));
    this.scale = scale;
  }
}

/** scale (<x, y> + gamma)^degree. For a degree that is no integer, a negative base counts as 0. */
export class PolynomialKernel extends KnownKernel {
  readonly degree: number;
  readonly gamma: number;
  readonly scale: number;

  /** @throws SigRangeError where `degree` (default 3) or `scale` (default 1) is negative, or one of them or `gamma` (default 1) not finite */
  constructor(degree = 3, gamma = 1, scale = 1) {
    checkNotNegative("PolynomialKernel", "degree", degree);
    checkFinite(gamma, { operation: "PolynomialKernel", argument: "gamma" });
    checkNotNegative("PolynomialKernel", "scale", scale);
    const clamped = !Number.isInteger(degree);
    const base = (p: number): number => (clamped ? Math.max(p + gamma, 0) : p + gamma);
    const isFlat = (p: number): boolean => degree === 0 || (clamped && p + gamma < 0);
    super(
      { name: "polynomial", parameters: [degree, gamma, scale] },
      {
        of: "innerProduct",
        value: (p) => scale * base(p) ** degree,
        weight: (p) => (isFlat(p) ? 0 : scale * degree * base(p) ** (degree - 1)),
      },
    );
    this.degree = degree;
    this.gamma = gamma;
    this.scale = scale;
  }
}

/** exp(-r^2 / sigma). */
export class RBFKernel extends KnownKernel {
  readonly sigma: number;

  /** @throws SigRangeError where `sigma` is not positive and finite */
  constructor(sigma: number) {
    checkPositive("RBFKernel", "sigma", sigma);
    super(
      { name: "rbf", parameters: [sigma] },
      { of: "squaredDistance", value: (q) => Math.exp(-q / sigma), weight: (q) => (2 / sigma) * Math.exp(-q / sigma) },
    );
    this.sigma = sigma;
  }
}

/** exp(-r / sigma). It has no gradient at r = 0, where 0 stands for it. */
export class Matern12Kernel extends KnownKernel {
  readonly sigma: number;

  /** @throws SigRangeError where `sigma` is not positive and finite */
  constructor(sigma: number) {
    checkPositive("Matern12Kernel", "sigma", sigma);
    super(
      { name: "matern12", parameters: [sigma] },
      {
        of: "squaredDistance",
        value: (q) => Math.exp(-Math.sqrt(q) / sigma),
        weight: (q) => (q === 0 ? 0 : Math.exp(-Math.sqrt(q) / sigma) / (sigma * Math.sqrt(q))),
      },
    );
    this.sigma = sigma;
  }
}

/** (1 + u) exp(-u), u = sqrt(3) r / sigma. */
export class Matern32Kernel extends KnownKernel {
  readonly sigma: number;

  /** @throws SigRangeError where `sigma` is not positive and finite */
  constructor(sigma: number) {
    checkPositive("Matern32Kernel", "sigma", sigma);
    const u = (q: number): number => Math.sqrt(3 * q) / sigma;
    super(
      { name: "matern32", parameters: [sigma] },
      { of: "squaredDistance", value: (q) => (1 + u(q)) * Math.exp(-u(q)), weight: (q) => (3 / sigma ** 2) * Math.exp(-u(q)) },
    );
    this.sigma = sigma;
  }
}

/** (1 + u + u^2 / 3) exp(-u), u = sqrt(5) r / sigma. */
export class Matern52Kernel extends KnownKernel {
  readonly sigma: number;

  /** @throws SigRangeError where `sigma` is not positive and finite */
  constructor(sigma: number) {
    checkPositive("Matern52Kernel", "sigma", sigma);
    const u = (q: number): number => Math.sqrt(5 * q) / sigma;
    super(
      { name: "matern52", parameters: [sigma] },
      {
        of: "squaredDistance",
        value: (q) => (1 + u(q) + u(q) ** 2 / 3) * Math.exp(-u(q)),
        weight: (q) => (5 / (3 * sigma ** 2)) * (1 + u(q)) * Math.exp(-u(q)),
      },
    );
    this.sigma = sigma;
  }
}

/** (1 + r^2 / (2 alpha sigma^2))^-alpha. */
export class RationalQuadraticKernel extends KnownKernel {
  readonly sigma: number;
  readonly alpha: number;

  /** @throws SigRangeError where `sigma` or `alpha` (default 1) is not positive and finite */
  constructor(sigma: number, alpha = 1) {
    checkPositive("RationalQuadraticKernel", "sigma", sigma);
    checkPositive("RationalQuadraticKernel", "alpha", alpha);
    const base = (q: number): number => 1 + q / (2 * alpha * sigma ** 2);
    super(
      { name: "rationalQuadratic", parameters: [sigma, alpha] },
      { of: "squaredDistance", value: (q) => base(q) ** -alpha, weight: (q) => base(q) ** (-alpha - 1) / sigma ** 2 },
    );
    this.sigma = sigma;
    this.alpha = alpha;
  }
}
