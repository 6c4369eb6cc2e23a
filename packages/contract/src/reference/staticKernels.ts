import { type Dual, apply, exp, minus, plus, power, scaled, shifted, sqrt, sum, times } from "./dual.js";

export type Point = readonly Dual[];

/** A static kernel by the name of its public class and the parameters of its constructor. */
export type StaticKernelChoice = readonly [name: StaticKernelName, parameters: readonly number[]];

const dot = (x: Point, y: Point): Dual => sum(x.map((a, i) => times(a, y[i] as Dual)));

function squaredDistance(x: Point, y: Point): Dual {
  const differences = x.map((a, i) => minus(a, y[i] as Dual));
  return dot(differences, differences);
}

/** The distance, whose gradient at 0 is taken to be 0. */
const distance = (x: Point, y: Point): Dual => sqrt(squaredDistance(x, y));

/** (1 + u + c u^2) exp(-u), with the derivative ((2 c - 1) u - c u^2) exp(-u) written out. */
const matern = (u: Dual, c: number): Dual =>
  apply(u, (1 + u.value + c * u.value ** 2) * Math.exp(-u.value), ((2 * c - 1) * u.value - c * u.value ** 2) * Math.exp(-u.value));

/** base^degree; where the degree is no integer, a negative base counts as 0. */
const realPower = (base: Dual, degree: number): Dual =>
  base.value < 0 && !Number.isInteger(degree) ? apply(base, degree === 0 ? 1 : 0, 0) : power(base, degree);

/** The kernels of two points by their definitions. */
const definitions = {
  LinearKernel: (x, y) => dot(x, y),
  ScaledLinearKernel: (x, y, scale = 1) => scaled(dot(x, y), scale ** 2),
  RBFKernel: (x, y, sigma = NaN) => exp(scaled(squaredDistance(x, y), -1 / sigma)),
  PolynomialKernel: (x, y, degree = 3, gamma = 1, scale = 1) => scaled(realPower(shifted(dot(x, y), gamma), degree), scale),
  Matern12Kernel: (x, y, sigma = NaN) => exp(scaled(distance(x, y), -1 / sigma)),
  Matern32Kernel: (x, y, sigma = NaN) => matern(scaled(distance(x, y), Math.sqrt(3) / sigma), 0),
  Matern52Kernel: (x, y, sigma = NaN) => matern(scaled(distance(x, y), Math.sqrt(5) / sigma), 1 / 3),
  RationalQuadraticKernel: (x, y, sigma = NaN, alpha = 1) =>
    power(shifted(scaled(squaredDistance(x, y), 1 / (2 * alpha * sigma ** 2)), 1), -alpha),
} satisfies Readonly<Record<string, (x: Point, y: Point, ...parameters: number[]) => Dual>>;

export type StaticKernelName = keyof typeof definitions;
export const staticKernelNames = Object.keys(definitions) as readonly StaticKernelName[];

/** What a cell of two segments contributes: the mixed second difference of the kernel over its four corners. */
export function increments(xs: readonly Point[], ys: readonly Point[], [name, parameters]: StaticKernelChoice): Dual[][] {
  const kernel: (x: Point, y: Point, ...parameters: number[]) => Dual = definitions[name];
  const values = xs.map((x) => ys.map((y) => kernel(x, y, ...parameters)));
  const at = (i: number, j: number): Dual => values[i]?.[j] as Dual;
  return xs.slice(1).map((_, i) => ys.slice(1).map((__, j) => minus(plus(at(i + 1, j + 1), at(i, j)), plus(at(i, j + 1), at(i + 1, j)))));
}
