/** Whatever a caller may hand over as a tensor, brought to one form: dense, row-major, float32 or float64. */
import { describe, describeShape, rangeError, typeError, withArticle, type Place } from "./errors.js";
import { allocate } from "./memory.js";
import { fromNested } from "./nested.js";
import { productOf } from "./sizes.js";
import { isDeviceTensor, makeTensor, type Real, type Tensor } from "./tensor.js";

// Read from the prototype, so that neither another realm nor a subclass nor a property set on one array can say otherwise.
const arrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array;
type Getter<T> = (this: unknown) => T;
const getter = (name: PropertyKey): unknown => Reflect.get(Object.getOwnPropertyDescriptor(arrayPrototype, name) ?? {}, "get");
const kindOf = getter(Symbol.toStringTag) as Getter<string | undefined>;
const lengthOf = getter("length") as Getter<number>;
const bufferOf = getter("buffer") as Getter<ArrayBuffer>;
const byteOffsetOf = getter("byteOffset") as Getter<number>;

/**
 * The value of an argument as a dense tensor. A dense array is passed through without a copy (as a view where it has an offset),
 * unless `snapshot` asks for one that nobody else holds; anything strided is gathered. The caller's array is never written to.
 *
 * Taken are numbers (rank 0), nested arrays of numbers (float64), bare Float32Array and Float64Array (rank 1), and objects of
 * `data` and `shape` with strides and offset in elements (ndarray, @stdlib/ndarray), of `data` and `dims` (onnxruntime), or of
 * `dataSync()` and `shape` (tfjs, jax-js; their strides mean nothing). The dtype is that of the array, whatever `dtype` says.
 *
 * @throws SigTypeError for another kind of value or another dtype, and for device tensors
 * @throws SigRangeError for a shape that its data does not fit, and for data whose buffer was detached or shrunk
 */
export function toDense(value: unknown, place: Place, snapshot: boolean): Tensor {
  if (typeof value === "object" && value !== null) {
    if (ArrayBuffer.isView(value)) {
      const data = checkReal(value, place);
      const length = lengthOf.call(data);
      if (length === 0) checkAttached(data, place);
      return finish(data, [length], place, snapshot);
    }
    if (Array.isArray(value)) return fromNested(value, place);
    if (isDeviceTensor(value)) {
      const how = "read it with `await tensor.read()` or `tensor.readSync()` and pass the result";
      throw typeError(place, `is a tensor on the device "${value.device}" and a host tensor is needed: ${how}`, "DEVICE_TENSOR");
    }
    return fromObject(value, place, snapshot);
  }
  if (typeof value === "number") return makeTensor(Float64Array.of(value), []);
  throw typeError(place, `must be a tensor or nested arrays of numbers, got ${describe(value)}`);
}

/** Objects of any library, told apart by what they have. Lengths of data are looked at last, when no code of the caller runs any more. */
function fromObject(value: object, place: Place, snapshot: boolean): Tensor {
  const parts = value as { [name in "data" | "dataSync" | "shape" | "dims" | "strides" | "stride" | "offset" | "location"]?: unknown };
  const { dataSync, dims } = parts;
  if (typeof dataSync === "function") {
    const shape = readShape(parts.shape, "shape", place);
    return fromDense(checkReal((dataSync as () => unknown).call(value), place), shape, place, snapshot);
  }
  if (dims !== undefined) {
    const shape = readShape(dims, "dims", place);
    const { location } = parts;
    if (typeof location === "string" && !location.startsWith("cpu")) {
      const how = "pass what `await tensor.getData()` returns, with the shape";
      throw typeError(place, `has its data at "${location}" and not on the host: ${how}`, "DEVICE_TENSOR");
    }
    return fromDense(checkReal(parts.data, place), shape, place, snapshot);
  }
  const { data, shape: sizes } = parts;
  if (sizes === undefined || data === undefined) {
    throw typeError(place, `must be a tensor or nested arrays of numbers, got ${describe(value)} without data and shape`);
  }
  const array = checkReal(data, place);
  const shape = readShape(sizes, "shape", place);
  const strides = readStrides(parts.strides ?? parts.stride, shape, place);
  const start = parts.offset;
  const offset = start === undefined ? undefined : readInteger(start, "offset", place);
  if (strides === undefined && offset === undefined) return fromDense(array, shape, place, snapshot);
  return fromStrided(array, shape, strides ?? denseStrides(shape), offset ?? 0, place, snapshot);
}

/** A typed array of a dtype that is served, as an instance of this realm's own class. */
function checkReal(data: unknown, place: Place): Real {
  const kind = ArrayBuffer.isView(data) ? kindOf.call(data) : undefined;
  if (kind === "Float64Array")
    return Object.getPrototypeOf(data) === Float64Array.prototype ? (data as Real) : adopt(data as Real, Float64Array, place);
  if (kind === "Float32Array")
    return Object.getPrototypeOf(data) === Float32Array.prototype ? (data as Real) : adopt(data as Real, Float32Array, place);
  if (kind !== undefined) {
    const hint = kind.startsWith("Big") || kind.startsWith("Float") ? "convert it first" : "Float64Array.from(array) converts it";
    throw typeError(place, `must hold float32 or float64 numbers, got ${withArticle(kind)}: ${hint}`, "INVALID_DTYPE");
  }
  if (typeof data === "function") throw typeError(place, "has `data` as a method: await it, and pass the result with its shape");
  throw typeError(place, `must hold its data in a Float32Array or Float64Array, got ${describe(data)}`);
}

/** An array of a subclass or of another realm, as a plain one over the same memory. */
function adopt(data: Real, kind: Float64ArrayConstructor | Float32ArrayConstructor, place: Place): Real {
  if (lengthOf.call(data) === 0) checkAttached(data, place);
  return new kind(bufferOf.call(data), byteOffsetOf.call(data), lengthOf.call(data));
}

function readInteger(value: unknown, name: string, place: Place): number {
  if (typeof value !== "number") throw typeError(place, `has ${describe(value)} in its ${name}, where an integer is expected`);
  if (!Number.isSafeInteger(value)) throw rangeError(place, `has ${value} in its ${name}, where an integer is expected`, "INVALID_SHAPE");
  return value;
}

function readIntegers(value: unknown, name: string, place: Place): number[] {
  if (!Array.isArray(value) && !(ArrayBuffer.isView(value) && kindOf.call(value) !== undefined)) {
    throw typeError(place, `must have an array of integers as its ${name}, got ${describe(value)}`);
  }
  const list = value as ArrayLike<unknown>;
  const rank = list.length;
  if (rank > maxRank) throw rangeError(place, `has ${rank} axes, and at most ${maxRank} are taken`, "INVALID_SHAPE");
  const integers: number[] = [];
  for (let axis = 0; axis < rank; axis++) integers.push(readInteger(list[axis], name, place));
  return integers;
}

const maxRank = 64;

function readShape(value: unknown, name: string, place: Place): number[] {
  const shape = readIntegers(value, name, place);
  for (const size of shape) if (size < 0) throw rangeError(place, `has the negative size ${size} in its ${name}`, "INVALID_SHAPE");
  return shape;
}

function readStrides(value: unknown, shape: readonly number[], place: Place): number[] | undefined {
  // A tensor of rank 0 needs no stride; @stdlib gives it one of 0.
  if (value === undefined || value === null || shape.length === 0) return undefined;
  const strides = readIntegers(value, "strides", place);
  if (strides.length === shape.length) return strides;
  throw rangeError(
    place,
    `has ${strides.length} strides for the ${shape.length} axes of its shape ${describeShape(shape)}`,
    "INVALID_SHAPE",
  );
}

function denseStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis]!;
  }
  return strides;
}

function fromDense(data: Real, shape: number[], place: Place, snapshot: boolean): Tensor {
  const size = productOf(shape, place);
  const length = lengthOf.call(data);
  if (length !== size) {
    checkAttached(data, place);
    throw rangeError(place, `has ${length} numbers in its data, and its shape ${describeShape(shape)} needs ${size}`, "INVALID_SHAPE");
  }
  if (size === 0) checkAttached(data, place);
  return finish(data, shape, place, snapshot);
}

function fromStrided(data: Real, shape: number[], strides: readonly number[], offset: number, place: Place, snapshot: boolean): Tensor {
  const size = productOf(shape, place);
  const length = lengthOf.call(data);
  if (length === 0) checkAttached(data, place);
  if (size === 0) return makeTensor(allocate(dtypeOf(data), 0, place), shape);
  let first = offset;
  let last = offset;
  let dense = true;
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const reach = (shape[axis]! - 1) * strides[axis]!;
    if (reach < 0) first += reach;
    else last += reach;
    if (shape[axis] !== 1 && strides[axis] !== step) dense = false;
    step *= shape[axis]!;
  }
  if (first < 0 || last >= length) {
    const reached = `shape ${describeShape(shape)}, strides ${describeShape(strides)} and offset ${offset} reach from ${first} to ${last}`;
    throw rangeError(place, `is outside its data of ${length} numbers: ${reached}`, "INVALID_SHAPE");
  }
  if (dense) return finish(length === size ? data : viewOf(data, offset, size), shape, place, snapshot);
  const out = allocate(dtypeOf(data), size, place);
  gather(data, shape, strides, offset, out);
  return makeTensor(out, shape);
}

/** Row-major copy of a strided array that lies within its data and is not empty. */
function gather(data: Real, shape: readonly number[], strides: readonly number[], offset: number, out: Real): void {
  const inner = shape.length - 1;
  const innerSize = shape[inner]!;
  const innerStride = strides[inner]!;
  const index = new Array<number>(shape.length).fill(0);
  let from = offset;
  for (let to = 0; to < out.length;) {
    for (let i = 0, at = from; i < innerSize; i++, at += innerStride) out[to++] = data[at]!;
    for (let axis = inner - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      index[axis]!++;
      if (index[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
}

/** A view of no length is one of nothing, or one that has lost its buffer: then every method refuses to work. */
function checkAttached(data: Real, place: Place): void {
  if (lengthOf.call(data) > 0) return;
  try {
    arrayPrototype.at.call(data as never, 0);
  } catch {
    throw lostData(place);
  }
}

/** Whether a dense tensor has lost data since it was made: a view of a resizable buffer may have become shorter. */
export function isLost({ data, shape }: Tensor): boolean {
  let size = 1;
  for (let axis = 0; axis < shape.length; axis++) size *= shape[axis]!;
  return lengthOf.call(data) !== size;
}

/** The error for a tensor whose buffer is gone. */
export function lostData(place: Place): Error {
  return rangeError(place, "has lost its data: the buffer was detached (transferred to another thread?) or shrunk", "DETACHED");
}

function viewOf(data: Real, offset: number, size: number): Real {
  const start = data.byteOffset + offset * data.BYTES_PER_ELEMENT;
  return data instanceof Float32Array ? new Float32Array(data.buffer, start, size) : new Float64Array(data.buffer, start, size);
}

function dtypeOf(data: Real): "float32" | "float64" {
  return data instanceof Float32Array ? "float32" : "float64";
}

function finish(data: Real, shape: readonly number[], place: Place, snapshot: boolean): Tensor {
  if (!snapshot) {
    // A view that follows its buffer's length could become shorter while other arguments are read; a fixed one becomes empty.
    const { resizable } = bufferOf.call(data) as { readonly resizable?: boolean };
    return makeTensor(resizable === true ? viewOf(data, 0, lengthOf.call(data)) : data, shape);
  }
  const copy = allocate(dtypeOf(data), lengthOf.call(data), place);
  copy.set(data);
  return makeTensor(copy, shape);
}
