/**
 * The Backend contract: all that a backend author reads.
 *
 * A backend is a name, its probed capabilities, and a partial table from operation to implementation. It does numerics only:
 * `@sig/api` has checked every argument, laid every array out dense and row-major, allocated the outputs and prepared the algebra
 * tables before an implementation sees the call. A backend checks nothing twice, writes nothing but the outputs, and keeps no
 * reference to an array once `run` has returned or the promise of `start` has settled.
 *
 * Conventions of every call:
 * - `batch` is the product of the leading dimensions and at least 1; empty results, one-point paths and degree 0 are answered by api.
 * - Arrays of one call share `dtype`; outputs arrive with unspecified content and are written in full.
 * - `dimension` and `length` of a path describe it before `timeAug` and `leadLag`; the augmented path has
 *   `length' = leadLag ? 2 * length - 1 : length` points of `dimension' = (leadLag ? 2 : 1) * dimension + (timeAug ? 1 : 0)` channels,
 *   ordered lag, lead, time. Row 2k of lead-lag is (x_k, x_k), row 2k+1 is (x_k, x_{k+1}); time runs evenly from 0 to `endTime`.
 * - In calls without a path, `dimension` is that of the algebra itself.
 * - Results do not depend on `threads`, bit for bit.
 */
import type { BranchedScheme, IncrementShape, KernelPairs, KernelScheme } from "./kernelShapes.js";
import type { BchTable, LyndonBasis, SparseMap, Table, TreeCuts, TreeIntegrals, WordTrie } from "./tables.js";
import type { Dtype, Real } from "./tensor.js";

export type * from "./kernelShapes.js";
export type * from "./tables.js";

/**
 * Rows of a truncated tensor, levels 1..degree in lexicographic word order, or of values of trees, by their number of nodes in the order of
 * `trees`; after one scalar slot where `scalar` is set.
 */
export interface Levels {
  readonly data: Real;
  /** Each row begins with the scalar slot: never read, written as 1 by signatures and as 0 by logarithms and gradients. */
  readonly scalar: boolean;
}

interface Call {
  readonly dtype: Dtype;
  readonly batch: number;
  /** Threads the call may use, at least 1. */
  readonly threads: number;
}

interface PathShape extends Call {
  readonly length: number;
  readonly dimension: number;
  readonly timeAug: boolean;
  readonly leadLag: boolean;
}

interface PathCall extends PathShape {
  readonly path: Real;
  readonly endTime: number;
}

interface AlgebraCall extends Call {
  readonly dimension: number;
  readonly degree: number;
}

/** What is added to the logarithm of each segment: levels 2..degree over the original channels (absent letters count as zero). */
export interface Correction {
  readonly data: Real;
  readonly degree: number;
  /** `row`: one row for all; `segment`: (length - 1) rows for all paths; `batch`: (batch, length - 1) rows. */
  readonly layout: "row" | "segment" | "batch";
}

interface SigShape {
  readonly degree: number;
  /** One value per time: out has length' - 1 rows per path, row t over the first t + 2 points of the augmented path. */
  readonly stream: boolean;
  readonly correction: Correction | undefined;
}

/** Every operation and the description of one call of it. Shapes are rows over `batch`; `S` is the length of a row of levels. */
export interface Calls {
  /** out: (batch, length', dimension'). */
  transformPath: PathCall & { readonly out: Real };
  /** derivs: (batch, length', dimension'); out: (batch, length, dimension), the adjoint. */
  transformPathBackprop: PathShape & { readonly derivs: Real; readonly out: Real };

  /** Signature of each path; `horner: false` asks for the exponential of each segment and a product instead. */
  sig: PathCall & SigShape & { readonly horner: boolean; readonly out: Levels };
  /** sig: the forward value (may be recomputed), shaped like derivs; out: (batch, length, dimension). */
  sigBackprop: PathCall & SigShape & { readonly sig: Levels; readonly derivs: Levels; readonly out: Real };
  /** out = left (x) right, the truncated tensor product of two unit tensors. */
  sigCombine: AlgebraCall & { readonly left: Levels; readonly right: Levels; readonly out: Levels };
  sigCombineBackprop: AlgebraCall & {
    readonly derivs: Levels;
    readonly left: Levels;
    readonly right: Levels;
    readonly dLeft: Levels;
    readonly dRight: Levels;
  };
  /** out = sig (x) exp(displacement), or exp(displacement) (x) sig with `prepend`; displacement: (batch, dimension). */
  sigJoin: AlgebraCall & { readonly sig: Levels; readonly displacement: Real; readonly prepend: boolean; readonly out: Levels };
  sigJoinBackprop: AlgebraCall & {
    readonly derivs: Levels;
    readonly sig: Levels;
    readonly displacement: Real;
    readonly prepend: boolean;
    readonly dSig: Levels;
    readonly dDisplacement: Real;
  };
  /** out (x) sig = 1. */
  sigInverse: AlgebraCall & { readonly sig: Levels; readonly out: Levels };

  /** out: (batch, outputs). */
  sigCoef: PathCall & { readonly words: WordTrie; readonly out: Real };
  /** derivs: (batch, outputs); out: (batch, length, dimension). */
  sigCoefBackprop: PathCall & { readonly words: WordTrie; readonly derivs: Real; readonly out: Real };
  /** out[b, j] = rows[b, index[j]]; `words.arrays = [index]` (Int32). */
  extractSigCoef: Call & { readonly rows: Real; readonly rowLength: number; readonly words: Table; readonly out: Real };
  /** out (batch, rowLength): the adjoint, which adds up repeated places. */
  extractSigCoefBackprop: Call & { readonly derivs: Real; readonly rowLength: number; readonly words: Table; readonly out: Real };

  /** Tensor logarithm; method 0: out is a row of levels, 1: its Lyndon words, 2: Lyndon brackets (out.scalar is then false). */
  sigToLogSig: AlgebraCall & LogSigMethod & { readonly sig: Levels; readonly out: Levels };
  sigToLogSigBackprop: AlgebraCall & LogSigMethod & { readonly sig: Levels; readonly derivs: Levels; readonly out: Levels };
  /** Tensor exponential of a log-signature in the coordinates of `method`. */
  logSigToSig: AlgebraCall & LogSigMethod & { readonly logSig: Levels; readonly out: Levels };
  logSigToSigBackprop: AlgebraCall & LogSigMethod & { readonly logSig: Levels; readonly derivs: Levels; readonly out: Levels };
  /** log(exp(left) (x) exp(right)) in Lyndon brackets; rows of m coordinates. */
  logSigCombine: AlgebraCall & { readonly bch: BchTable; readonly left: Real; readonly right: Real; readonly out: Real };
  logSigCombineBackprop: AlgebraCall & {
    readonly bch: BchTable;
    readonly derivs: Real;
    readonly left: Real;
    readonly right: Real;
    readonly dLeft: Real;
    readonly dRight: Real;
  };
  /** The same with one argument of level 1: BCH(logSig, displacement), or BCH(displacement, logSig) with `prepend`. */
  logSigJoin: AlgebraCall & {
    readonly bch: BchTable;
    readonly logSig: Real;
    readonly displacement: Real;
    readonly prepend: boolean;
    readonly out: Real;
  };
  logSigJoinBackprop: AlgebraCall & {
    readonly bch: BchTable;
    readonly derivs: Real;
    readonly logSig: Real;
    readonly displacement: Real;
    readonly prepend: boolean;
    readonly dLogSig: Real;
    readonly dDisplacement: Real;
  };
  /** Method 3: Lyndon brackets of the path by one BCH join per segment; `stream` as in `sig`. */
  logSigBch: PathCall & { readonly degree: number; readonly stream: boolean; readonly bch: BchTable; readonly out: Real };
  logSigBchBackprop: PathCall & {
    readonly degree: number;
    readonly stream: boolean;
    readonly bch: BchTable;
    readonly derivs: Real;
    readonly out: Real;
  };

  /** The signature kernel of each pair. */
  sigKernel: Call & KernelPairs & KernelScheme & { readonly x: Real; readonly y: Real; readonly out: Real };
  /**
   * Gradients of the solver's own result; not for `triangle`. dX, dY: like x and y, or undefined where not wanted. kGrid: the grid of
   * the forward call, with finite differences only; may be recomputed.
   */
  sigKernelBackprop: Call &
    KernelPairs &
    KernelScheme & {
      readonly derivs: Real;
      readonly x: Real;
      readonly y: Real;
      readonly kGrid: Real | undefined;
      readonly dX: Real | undefined;
      readonly dY: Real | undefined;
    };
  /** The kernel of given increments (batch, length - 1, lengthY - 1), such as those of a static kernel that only its author knows. */
  incrementKernel: Call & IncrementShape & KernelScheme & { readonly increments: Real; readonly out: Real };
  /** out: like increments. */
  incrementKernelBackprop: Call &
    KernelScheme & {
      readonly length: number;
      readonly lengthY: number;
      readonly derivs: Real;
      readonly increments: Real;
      readonly kGrid: Real | undefined;
      readonly out: Real;
    };
  /** The largest magnitude of the increments of each pair, NaN where one is NaN. */
  largestIncrement: Call & KernelPairs & { readonly x: Real; readonly y: Real; readonly out: Real };

  /** Values of the elements of the table, over the whole path. */
  branchedSig: PathCall & BranchedShape & { readonly out: Levels };
  /** out: (batch, length, dimension). */
  branchedSigBackprop: PathCall & BranchedShape & { readonly derivs: Levels; readonly out: Real };
  /** out(t) = left(t) + right(t) + the sum over all other cuts of t of left(what is taken) right(what is left). */
  branchedSigCombine: CutCall & { readonly left: Levels; readonly right: Levels; readonly out: Levels };
  branchedSigCombineBackprop: CutCall & {
    readonly derivs: Levels;
    readonly left: Levels;
    readonly right: Levels;
    readonly dLeft: Levels;
    readonly dRight: Levels;
  };
  /** Branched kernels take the pairs, increments, results and gradients of `sigKernel` and `incrementKernel`. */
  branchedSigKernel: Call & KernelPairs & BranchedScheme & { readonly x: Real; readonly y: Real; readonly out: Real };
  branchedSigKernelBackprop: Call &
    KernelPairs &
    BranchedScheme & {
      readonly derivs: Real;
      readonly x: Real;
      readonly y: Real;
      readonly dX: Real | undefined;
      readonly dY: Real | undefined;
    };
  branchedIncrementKernel: Call & IncrementShape & BranchedScheme & { readonly increments: Real; readonly out: Real };
  branchedIncrementKernelBackprop: Call &
    IncrementShape &
    BranchedScheme & { readonly derivs: Real; readonly increments: Real; readonly out: Real };

  /** The logarithm for the product of branchedSigCombine, at every basis element. */
  branchedSigToLogSig: CutCall & { readonly sig: Levels; readonly out: Levels };
  branchedSigToLogSigBackprop: CutCall & { readonly sig: Levels; readonly derivs: Levels; readonly out: Levels };
  /** The exponential. */
  branchedLogSigToSig: CutCall & { readonly logSig: Levels; readonly out: Levels };
  branchedLogSigToSigBackprop: CutCall & { readonly logSig: Levels; readonly derivs: Levels; readonly out: Levels };
  /** Rows times a sparse matrix, from rowLength numbers (a scalar slot not counted) to as many as the map has lines. */
  sparseMap: Call & { readonly rows: Levels; readonly rowLength: number; readonly map: SparseMap; readonly out: Levels };
}

interface BranchedShape {
  readonly integrals: TreeIntegrals;
  /** Coefficients of chains, root first, as the table expects them. */
  readonly correction: Correction | undefined;
}

interface CutCall extends AlgebraCall {
  readonly cuts: TreeCuts;
}

interface LogSigMethod {
  readonly method: 0 | 1 | 2;
  /** Present for methods 1 and 2. */
  readonly basis: LyndonBasis | undefined;
}

export type OperationName = keyof Calls;

/** What the promise form hands to a backend besides the call. */
export interface Control {
  /** Aborting asks the backend to stop soon and to reject with the signal's own reason. */
  readonly signal: AbortSignal | undefined;
  /** Called on the calling thread with a fraction that never decreases and ends at 1. */
  readonly onProgress: ((fraction: number) => void) | undefined;
}

export interface Implementation<C> {
  /** Computes on the calling thread and the backend's own, and returns when the outputs are written. */
  run(call: C): void;
  /**
   * Computes without blocking the event loop. Every array of the call is private to it until the promise settles: api has
   * snapshotted the caller's, so nobody writes, detaches or resizes one meanwhile.
   */
  start(call: C, control: Control): Promise<void>;
  /** The dtypes served, where these are fewer than the backend's. */
  readonly dtypes?: readonly Dtype[];
  /**
   * Why the next backend is to serve this call instead; undefined where it is not. `automatic`: nobody named this backend, so that it may
   * also decline what is not worth its while.
   */
  declines?(call: C, automatic: boolean): string | undefined;
}

export type Operations = { readonly [K in OperationName]?: Implementation<Calls[K]> };

/** What was found on this machine when the backend was made. */
export interface Capabilities {
  readonly dtypes: readonly Dtype[];
  /** Threads that one call can use. */
  readonly threads: number;
  /** Named sizes beyond which a call is served by another backend. */
  readonly limits: Readonly<Record<string, number>>;
}

/** Numbers on a device. */
export interface DeviceArray {
  readonly dtype: Dtype;
  readonly length: number;
  /** Copies them to `out`; throws a `SigError` (`DEVICE_LOST`) where they are gone. */
  read(out: Real): Promise<void>;
  readSync(out: Real): void;
  dispose(): void;
}

export interface Backend {
  readonly name: string;
  /** Where its tensors live: `host` works on the caller's own arrays. */
  readonly device: string;
  /**
   * Copies numbers to the device. A backend that has it finds in its calls stand-ins of arrays on the device (`residentOf`): it reads
   * inputs there, and leaves an output as the `array` of its resident.
   */
  readonly upload?: (data: Real) => DeviceArray;
  readonly capabilities: Capabilities;
  readonly operations: Operations;
  /** One line per fact worth printing: version, SIMD target, device name. */
  info(): Readonly<Record<string, string | number>>;
  /** Drops what the backend keeps of the tables under `key`, or of all tables. */
  forget(key?: string): void;
}

/** How a backend announces itself; `create` runs at the first use and throws a `SigError` with the reason where it cannot work here. */
export interface BackendEntry {
  readonly name: string;
  /** Among backends that can serve a call, the highest comes first. */
  readonly priority: number;
  /** The dtypes that it serves at most, where a call of another one need not create it. */
  readonly dtypes?: readonly Dtype[];
  create(): Backend;
}
