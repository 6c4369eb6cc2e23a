/**
 * Tensors on devices, and how they get into calls. Where an operation works on a device, every array of its call that is there or is to be
 * there is a stand-in: of the type of a host array, with its length, and without its numbers. The backend finds the `Resident` behind it.
 */
import type { DeviceArray } from "./backend.js";
import { describeShape, SigError } from "./errors.js";
import { allocate } from "./memory.js";
import { shared } from "./state.js";
import { DEVICE_TENSOR, makeTensor, type DeviceTensor, type Dtype, type Real } from "./tensor.js";

const arrays = (): WeakMap<DeviceTensor, DeviceArray> => shared("deviceArrays", () => new WeakMap<DeviceTensor, DeviceArray>());
const residents = (): WeakMap<Real, Resident> => shared("residents", () => new WeakMap<Real, Resident>());

/** A device tensor over an array, whose length is the product of the shape; it frees the array when it is disposed of. */
export function makeDeviceTensor(device: string, array: DeviceArray, shape: readonly number[]): DeviceTensor {
  const { dtype, length } = array;
  const room = (operation: string): Real => allocate(dtype, length, { operation, argument: "tensor" });
  const tensor: DeviceTensor = {
    [DEVICE_TENSOR]: true,
    shape,
    dtype,
    device,
    async read() {
      const out = room("read");
      await deviceArrayOf(tensor, "read").read(out);
      return makeTensor(out, shape);
    },
    readSync() {
      const out = room("readSync");
      deviceArrayOf(tensor, "readSync").readSync(out);
      return makeTensor(out, shape);
    },
    dispose() {
      arrays().get(tensor)?.dispose();
      arrays().delete(tensor);
    },
  };
  arrays().set(tensor, array);
  // `using` disposes of tensors where the language has it.
  if (typeof Symbol.dispose === "symbol") Object.defineProperty(tensor, Symbol.dispose, { value: () => tensor.dispose() });
  return tensor;
}

/** The array of a device tensor. */
export function deviceArrayOf(tensor: DeviceTensor, operation: string): DeviceArray {
  const array = arrays().get(tensor);
  if (array) return array;
  throw new SigError(`${operation}: the tensor of shape ${describeShape(tensor.shape)} on the device "${tensor.device}" was disposed of`, {
    code: "DEVICE_TENSOR",
    operation,
  });
}

/** What a stand-in stands for. */
export class Resident {
  /** Numbers that were written before the array was on the device. */
  host: Real | undefined;

  constructor(
    readonly dtype: Dtype,
    readonly length: number,
    /** The array on the device: of an input, or of an output once the backend has computed it. */
    public array: DeviceArray | undefined,
  ) {}
}

/** The resident that `data` stands for; undefined for a host array. */
export function residentOf(data: Real): Resident | undefined {
  return residents().get(data);
}

/**
 * A stand-in. It may be written to as long as nothing is on the device; every other access to its numbers throws what `refuse` returns, so
 * that code which works on the numbers themselves refuses device tensors by itself.
 */
export function standIn(resident: Resident, refuse: () => Error): Real {
  const kind = resident.dtype === "float32" ? Float32Array : Float64Array;
  const written = (): Real => {
    if (resident.array) throw refuse();
    return (resident.host ??= new kind(resident.length));
  };
  const data = new Proxy(Object.create(kind.prototype) as Real, {
    get(_, key) {
      if (key === "length") return resident.length;
      const host = written();
      const value: unknown = Reflect.get(host, key, host);
      return typeof value === "function" ? (value.bind(host) as unknown) : value;
    },
    set(_, key, value: number) {
      return Reflect.set(written(), key, value);
    },
  });
  residents().set(data, resident);
  return data;
}
