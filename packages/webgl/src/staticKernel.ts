/** GLSL of static kernels k(x_p, y_q) of two points and of their gradients; with r = |x - y|. */
import type { StaticKernelForm } from "@sig/core";

export type KernelName = StaticKernelForm["name"];

/** The numbers of kernels of paths: x (batch, length, d), y (batchY, lengthY, d), and the parameters of the static kernel. */
export const PAIR_NUMBERS = { d: "int", length: "int", lengthY: "int", batchY: "int", p0: "float", p1: "float", p2: "float" } as const;

const INNER = `
float inner(int p, int q) {
  float sum = 0.0;
  for (int c = 0; c < d; c++) sum += x(p + c) * y(q + c);
  return sum;
}`;

const SQUARE = `
float square(int p, int q) {
  float sum = 0.0;
  for (int c = 0; c < d; c++) {
    float difference = x(p + c) - y(q + c);
    sum += difference * difference;
  }
  return sum;
}`;

/** base^exponent; 0 for a negative base and an exponent that is no integer. pow is only as good as an exponential of a logarithm. */
const POWER = `
float realPower(float base, float exponent) {
  if (exponent == floor(exponent) && abs(exponent) <= 64.0) {
    float product = 1.0;
    for (int k = 0; k < int(abs(exponent)); k++) product *= base;
    return exponent < 0.0 ? 1.0 / product : product;
  }
  return base < 0.0 ? 0.0 : pow(base, exponent);
}`;

interface Formula {
  /** Functions that the expressions call. */
  readonly functions: string;
  /** k(x_p, y_q), where p and q are the places of the points. */
  readonly value: string;
  /** Channel c of its gradient in x_p: `slope` times x_p - y_q for a kernel of r, times y_q for one of the inner product. */
  readonly slope: string;
}

const FORMULAS: Readonly<Record<KernelName, Formula>> = {
  linear: { functions: INNER, value: "p0 * inner(p, q)", slope: "p0" },
  polynomial: {
    functions: INNER + POWER,
    value: "p2 * realPower(inner(p, q) + p1, p0)",
    slope: "p0 == 0.0 ? 0.0 : p2 * p0 * realPower(inner(p, q) + p1, p0 - 1.0)",
  },
  rbf: { functions: SQUARE, value: "exp(-square(p, q) / p0)", slope: "-2.0 / p0 * exp(-square(p, q) / p0)" },
  rationalQuadratic: {
    functions: SQUARE + POWER,
    value: "realPower(1.0 + square(p, q) / (2.0 * p1 * p0 * p0), -p1)",
    slope: "-realPower(1.0 + square(p, q) / (2.0 * p1 * p0 * p0), -p1 - 1.0) / (p0 * p0)",
  },
  matern12: {
    functions: `${SQUARE}
float slope12(float r) { return r == 0.0 ? 0.0 : -exp(-r / p0) / (p0 * r); }`,
    value: "exp(-sqrt(square(p, q)) / p0)",
    slope: "slope12(sqrt(square(p, q)))",
  },
  matern32: {
    functions: `${SQUARE}
float scaled(int p, int q) { return sqrt(3.0 * square(p, q)) / p0; }`,
    value: "(1.0 + scaled(p, q)) * exp(-scaled(p, q))",
    slope: "-3.0 / (p0 * p0) * exp(-scaled(p, q))",
  },
  matern52: {
    functions: `${SQUARE}
float scaled(int p, int q) { return sqrt(5.0 * square(p, q)) / p0; }
float value52(float u) { return (1.0 + u + u * u / 3.0) * exp(-u); }`,
    value: "value52(scaled(p, q))",
    slope: "-5.0 / (3.0 * p0 * p0) * (1.0 + scaled(p, q)) * exp(-scaled(p, q))",
  },
};

const isOfInner = (name: KernelName): boolean => name === "linear" || name === "polynomial";

/** increment(p, q): of the cell whose first corner is at these places of x and y. The linear kernel multiplies increments of the paths. */
export function incrementFunction(name: KernelName): string {
  const { functions, value } = FORMULAS[name];
  if (name === "linear") {
    return `
float increment(int p, int q) {
  float sum = 0.0;
  for (int c = 0; c < d; c++) sum += (x(p + d + c) - x(p + c)) * (y(q + d + c) - y(q + c));
  return p0 * sum;
}`;
  }
  return `${functions}
float kernelAt(int p, int q) { return ${value}; }
float increment(int p, int q) {
  return (kernelAt(p + d, q + d) - kernelAt(p, q + d)) - (kernelAt(p + d, q) - kernelAt(p, q));
}`;
}

/** gradient(p, q, c): channel c of the gradient of k(x_p, y_q) in x_p. */
export function gradientFunction(name: KernelName): string {
  const { functions, slope } = FORMULAS[name];
  const direction = isOfInner(name) ? "y(q + c)" : "(x(p + c) - y(q + c))";
  return `${name === "linear" ? "" : functions}
float gradient(int p, int q, int c) { return (${slope}) * ${direction}; }`;
}
