/** Tensors: what goes in, what comes out. */

export type Dtype = "float32" | "float64";

export type Real = Float32Array | Float64Array;

/**
 * Every result: dense, row-major, plain data. It can be cloned to another thread and handed as it is to `ndarray(data, shape)`,
 * `new ort.Tensor(dtype, data, shape)` or `tf.tensor(data, shape)`.
 */
export interface Tensor {
  readonly data: Real;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
}

/** Numbers nested to any depth, all rows of one depth equally long; becomes float64. */
export type NestedNumbers = readonly number[] | readonly NestedNumbers[];

/** A typed array with a shape, and where it has them strides and offset in elements: ours, ndarray, @stdlib/ndarray. */
export interface StridedTensor {
  readonly data: Real;
  readonly shape: readonly number[];
  readonly strides?: readonly number[];
  readonly stride?: readonly number[];
  readonly offset?: number;
}

/** A dense typed array with `dims`: onnxruntime. */
export interface DimsTensor {
  readonly data: unknown;
  readonly dims: readonly number[];
  readonly type: string;
}

/** A tensor that is read by a call: tfjs, jax-js (which consumes it: pass `x.ref` to keep `x`). */
export interface SyncTensor {
  dataSync(): unknown;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** Everything that is taken as a host tensor. A bare typed array has rank 1, a number rank 0. */
export type TensorLike = Tensor | Real | number | NestedNumbers | StridedTensor | DimsTensor | SyncTensor;

const brand: unique symbol = Symbol.for("@sig/deviceTensor") as never;

/** The property that marks a device tensor, the same in every copy of this package. */
export const DEVICE_TENSOR: typeof brand = brand;

/** A tensor that lives on a device; it is freed by `dispose()`. */
export interface DeviceTensor {
  readonly [DEVICE_TENSOR]: true;
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** The backend that holds it. */
  readonly device: string;
  /** Copies the values to the host. */
  read(): Promise<Tensor>;
  /** The same, blocking until they are there. */
  readSync(): Tensor;
  dispose(): void;
}

/** Whether a value is a device tensor, by its brand alone. */
export function isDeviceTensor(value: unknown): value is DeviceTensor {
  return typeof value === "object" && value !== null && (value as Partial<DeviceTensor>)[DEVICE_TENSOR] === true;
}

/** A dense tensor over `data`, whose length must be the product of `shape`. */
export function makeTensor(data: Real, shape: readonly number[]): Tensor {
  return { data, shape, dtype: data instanceof Float32Array ? "float32" : "float64" };
}
