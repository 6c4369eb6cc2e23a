/** The pairs of paths and the schemes that calls of kernels describe. */

/**
 * A static kernel k(x, y) of two points that backends know by name; with r = |x - y| and the parameters in order:
 * `linear` [c] is c <x, y>; `rbf` [sigma] exp(-r^2 / sigma); `polynomial` [degree, gamma, c] c (<x, y> + gamma)^degree, where for a
 * degree that is no integer a negative base counts as 0; `rationalQuadratic` [sigma, alpha] (1 + r^2 / (2 alpha sigma^2))^-alpha;
 * `matern12` [sigma] exp(-r / sigma), `matern32` [sigma] (1 + u) exp(-u) with u = sqrt(3) r / sigma, `matern52` [sigma]
 * (1 + u + u^2 / 3) exp(-u) with u = sqrt(5) r / sigma. At r = 0 the gradient of a kernel of r is 0.
 */
export interface StaticKernelForm {
  readonly name: "linear" | "rbf" | "polynomial" | "matern12" | "matern32" | "matern52" | "rationalQuadratic";
  readonly parameters: readonly number[];
}

/**
 * The pairs of paths of a kernel call: x (batch, length, dimension), y (batchY, lengthY, dimension), at least 2 points each, with no
 * transform to apply. `pairs`: (x_p, y_p), batchY = batch, results (batch); `gram`: every x with every y, results (batch, batchY);
 * `triangle`: y is x and the kernel symmetric: computed for i <= j and mirrored (grids transposed).
 * Cell (i, j) of a pair has the increment k(x_i+1, y_j+1) - k(x_i, y_j+1) - k(x_i+1, y_j) + k(x_i, y_j).
 */
export interface KernelPairs {
  readonly pairing: "pairs" | "gram" | "triangle";
  readonly batchY: number;
  readonly length: number;
  readonly lengthY: number;
  readonly dimension: number;
  readonly staticKernel: StaticKernelForm;
}

/**
 * How the equation of the kernel is solved: finite differences on the grid of ((length - 1) 2^dyadicOrder[0] + 1) x
 * ((lengthY - 1) 2^dyadicOrder[1] + 1) nodes, or polynomials of the order on the edges of the length x lengthY cells.
 */
export interface KernelScheme {
  readonly solver:
    | { readonly method: "finiteDifference"; readonly dyadicOrder: readonly [number, number] }
    | { readonly method: "polynomial"; readonly order: number };
  /** Results (and derivs) hold the kernel at every node of the grid, (..., rows, columns), not only at the last. */
  readonly grid: boolean;
}

/** The pair of paths that given increments (batch, length - 1, lengthY - 1) belong to. */
export interface IncrementShape {
  readonly length: number;
  readonly lengthY: number;
}

/** The branched kernel of depth at least 1 on the refined grid: K_0 = 1, K_q the exponential of the integral of K_(q-1). */
export interface BranchedScheme {
  readonly depth: number;
  readonly dyadicOrder: readonly [number, number];
  /** As in KernelScheme. */
  readonly grid: boolean;
}
