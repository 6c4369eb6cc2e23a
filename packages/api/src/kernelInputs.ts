/** Readers of the arguments that signature kernels share. */
import {
  checkSameDtype,
  checkShape,
  describe,
  describeShape,
  nearest,
  rangeError,
  typeError,
  type BranchedScheme,
  type DeviceTensor,
  type KernelScheme,
  type Real,
  type StaticKernelForm,
  type TensorLike,
} from "@sig/core";
import type { OnDevice } from "./device.js";
import type { Reported, Unreported } from "./health.js";
import {
  checkAgreement,
  readNamedPath,
  readPathSettings,
  readRows,
  type PathInput,
  type PathOptions,
  type PathSettings,
} from "./inputs.js";
import type { Context } from "./operation.js";
import { formOf, StaticKernel } from "./staticKernel.js";
import { LinearKernel } from "./staticKernels.js";

export interface StaticKernelOptions {
  /** The kernel of two points, in place of their inner product. */
  readonly staticKernel?: StaticKernel | undefined;
}

/** How a kernel is computed. */
export interface SolverOptions extends PathOptions, StaticKernelOptions {
  /** The numerical scheme. Default "finite_difference". */
  readonly method?: "finite_difference" | "polynomial" | undefined;
  /** Finite differences, and needed there: each segment of a path is cut into 2^l; one l >= 0, or one for each of the two paths. */
  readonly dyadicOrder?: number | readonly [number, number] | undefined;
  /** Polynomials, and needed there: their degree, 2 to 64. */
  readonly order?: number | undefined;
}

export interface TileOptions {
  /** User-defined static kernels see tiles of at most maxBatch^2 pairs; -1 (default) leaves their size open. Results do not depend on it. */
  readonly maxBatch?: number | undefined;
}

export interface GramOptions extends SolverOptions, TileOptions {}

export interface BackpropOptions extends SideOptions {
  /** The grid that `returnGrid` gave for the same arguments, so that it need not be computed again. */
  readonly kGrid?: TensorLike | undefined;
}

export interface SideOptions {
  /** The gradient of the first paths is wanted. Default true. */
  readonly leftDeriv?: boolean | undefined;
  /** The gradient of the second paths is wanted. Default false. */
  readonly rightDeriv?: boolean | undefined;
}

/** How the equation of a kernel is solved: that of signatures, or that of branched ones. */
export type Solver = KernelScheme["solver"] | ({ readonly method: "branched" } & Omit<BranchedScheme, "grid">);

/** Everything that the options say of a kernel but what is done with it. */
export interface Equation extends PathSettings {
  readonly solver: Solver;
  /** k(x, y) = k(y, x): not so where the two paths are refined differently. */
  readonly symmetric: boolean;
  readonly kernel: StaticKernel;
  /** How backends know the static kernel; undefined for one that only its author knows. */
  readonly form: StaticKernelForm | undefined;
  /** Pairs in a tile of a user's kernel. */
  readonly tile: number | undefined;
}

/** A function of two batches of paths: what it gives, and what with `health: true`. */
export interface PairForm<Options, Value, Report> {
  (path1: DeviceTensor, path2: DeviceTensor, options: Options & Unreported): OnDevice<Value>;
  (path1: TensorLike, path2: TensorLike, options: Options & Reported): Report;
  (path1: TensorLike, path2: TensorLike, options: Options & Unreported): Value;
}

/** The same where the second batch may be the first. */
export interface GramForm<Options, Value, Report> {
  (path: DeviceTensor, options: Options & Unreported): OnDevice<Value>;
  (path1: DeviceTensor, path2: DeviceTensor | undefined, options: Options & Unreported): OnDevice<Value>;
  (path: TensorLike, options: Options & Reported): Report;
  (path: TensorLike, options: Options & Unreported): Value;
  (path1: TensorLike, path2: TensorLike | undefined, options: Options & Reported): Report;
  (path1: TensorLike, path2: TensorLike | undefined, options: Options & Unreported): Value;
}

export const SOLVER_DEFAULTS = Object.freeze({
  method: "finite_difference",
  dyadicOrder: undefined,
  order: undefined,
  staticKernel: undefined,
  timeAug: false,
  leadLag: false,
  endTime: 1,
  nJobs: 1,
});

/** Options of an equation beside those of its solver. */
type GivenEquation = Readonly<Record<keyof PathOptions | "staticKernel", unknown>> & { readonly maxBatch?: unknown };
type Given = GivenEquation & Readonly<Record<"method" | "dyadicOrder" | "order", unknown>>;

const LINEAR = new LinearKernel();
const LINEAR_FORM = formOf(LINEAR);

export function readEquation(context: Context, given: Given): Equation {
  return equationOf(context, given, readSolver(context, given));
}

export function readBranchedEquation(context: Context, depth: unknown, dyadicOrder: unknown, given: GivenEquation): Equation {
  const solver = {
    method: "branched",
    depth: context.integer("depth", depth, 0),
    dyadicOrder: readDyadicOrder(context, dyadicOrder),
  } as const;
  return equationOf(context, given, solver);
}

function equationOf(context: Context, given: GivenEquation, solver: Solver): Equation {
  const { threads, timeAug, leadLag, endTime } = readPathSettings(context, given);
  const symmetric = solver.method === "polynomial" || solver.dyadicOrder[0] === solver.dyadicOrder[1];
  const kernel = given.staticKernel === undefined ? LINEAR : readStaticKernel(context, given.staticKernel);
  const form = kernel === LINEAR ? LINEAR_FORM : formOf(kernel);
  const tile = given.maxBatch === undefined || given.maxBatch === -1 ? undefined : context.integer("maxBatch", given.maxBatch, 1) ** 2;
  return { threads, timeAug, leadLag, endTime, solver, symmetric, kernel, form, tile };
}

const METHODS = ["finite_difference", "polynomial"];

function readSolver(context: Context, { method, dyadicOrder, order }: Given): KernelScheme["solver"] {
  if (method === "finite_difference") {
    if (order !== undefined)
      throw rangeError(context.place("order"), 'belongs to method "polynomial"; finite differences take dyadicOrder');
    if (dyadicOrder === undefined) throw rangeError(context.place("dyadicOrder"), 'is needed for method "finite_difference"');
    return { method: "finiteDifference", dyadicOrder: readDyadicOrder(context, dyadicOrder) };
  }
  if (typeof method !== "string") throw typeError(context.place("method"), `must be ${METHODS.join(" or ")}, got ${describe(method)}`);
  if (method !== "polynomial") {
    const close = nearest(method, METHODS);
    const hint = close === undefined ? "" : `; did you mean "${close}"?`;
    throw rangeError(context.place("method"), `must be "${METHODS.join('" or "')}", got ${describe(method)}${hint}`);
  }
  if (dyadicOrder !== undefined)
    throw rangeError(context.place("dyadicOrder"), 'belongs to method "finite_difference"; polynomials take order');
  if (order === undefined) throw rangeError(context.place("order"), 'is needed for method "polynomial"');
  return { method: "polynomial", order: context.integer("order", order, 2, 64) };
}

function readDyadicOrder(context: Context, value: unknown): readonly [number, number] {
  const pair: readonly unknown[] = Array.isArray(value) ? value : [value, value];
  const place = context.place("dyadicOrder");
  if (typeof value !== "number" && !Array.isArray(value))
    throw typeError(place, `must be an integer or a pair of integers, got ${describe(value)}`);
  if (pair.length !== 2) throw rangeError(place, `must be an integer or a pair of integers, got ${describe(value)}`);
  const left = context.integer("dyadicOrder", pair[0], 0);
  const right = context.integer("dyadicOrder", pair[1], 0);
  if (left + right >= 63) throw rangeError(place, `must be below 63, for both paths together, got ${left} and ${right}`);
  return [left, right];
}

function readStaticKernel(context: Context, value: unknown): StaticKernel {
  if (value instanceof StaticKernel) return value;
  const isClass = typeof value === "function" && value.prototype instanceof StaticKernel;
  const hint = isClass ? ": the class itself was given, an instance is needed" : "";
  throw typeError(context.place("staticKernel"), `must be a StaticKernel, got ${describe(value)}${hint}`);
}

/** Two batches of paths of one dtype and dimension. */
export function readPaths(context: Context, path1: unknown, path2: unknown, equation: Equation): [x: PathInput, y: PathInput] {
  return readTwoPaths(context, "path1", path1, "path2", path2, equation);
}

export function readTwoPaths(
  context: Context,
  first: string,
  path1: unknown,
  second: string,
  path2: unknown,
  equation: Equation,
): [x: PathInput, y: PathInput] {
  const x = readNamedPath(context, first, path1, equation);
  const y = readNamedPath(context, second, path2, equation);
  if (x.dtype !== y.dtype) checkSameDtype(x, context.place(first), y, context.place(second));
  if (x.dimension !== y.dimension) {
    const channels = `must have ${x.dimension} channels, as ${first} has, got shape ${describeShape(y.shape)}`;
    throw rangeError(context.place(second), channels, "INVALID_SHAPE");
  }
  return [x, y];
}

/** What follows the first batch of a gram: another batch and options, or the options alone. */
export function splitGram(second: unknown, third: unknown): [path2: unknown, options: unknown] {
  if (third !== undefined || typeof second !== "object" || second === null) return [second, third];
  const isTensor =
    Array.isArray(second) || ArrayBuffer.isView(second) || ["data", "shape", "dims", "dataSync"].some((name) => name in second);
  return isTensor ? [second, third] : [undefined, second];
}

/** Without a second batch the two are one object. */
export function readGramPaths(context: Context, path1: unknown, path2: unknown, equation: Equation): [x: PathInput, y: PathInput] {
  if (path2 !== undefined) return readPaths(context, path1, path2, equation);
  const path = readNamedPath(context, "path1", path1, equation);
  return [path, path];
}

/** Pairs of paths have the same leading axes; nothing is broadcast. */
export function readPairedPaths(context: Context, path1: unknown, path2: unknown, equation: Equation): [x: PathInput, y: PathInput] {
  const [x, y] = readPaths(context, path1, path2, equation);
  checkAgreement(context, "path2", y, "path1", x);
  return [x, y];
}

/** Rows and columns of the nodes of one pair: those of its cells after refinement, and one more; a path of no point counts as a point. */
export function gridShape(context: Context, { solver }: Equation, x: PathInput, y: PathInput): [rows: number, columns: number] {
  const [left, right] = solver.method === "polynomial" ? [0, 0] : solver.dyadicOrder;
  const rows = Math.max(x.points - 1, 0) * 2 ** left + 1;
  const columns = Math.max(y.points - 1, 0) * 2 ** right + 1;
  if (rows > Number.MAX_SAFE_INTEGER || columns > Number.MAX_SAFE_INTEGER)
    throw rangeError(context.place("dyadicOrder"), `is too large: a grid of ${rows} x ${columns} nodes`, "TOO_LARGE");
  return [rows, columns];
}

/** An argument of exactly the shape and the dtype that the paths ask for. A number is taken for the derivative of a single value. */
export function readLike(context: Context, argument: string, value: unknown, x: PathInput, first: string, shape: readonly number[]): Real {
  if (typeof value === "number" && shape.every((size) => size === 1)) {
    return x.dtype === "float32" ? Float32Array.of(value) : Float64Array.of(value);
  }
  const rows = readRows(context, argument, value, 0, "()");
  checkShape(rows, context.place(argument), shape);
  if (rows.dtype !== x.dtype) checkSameDtype(x, context.place(first), rows, context.place(argument));
  return rows.data;
}
