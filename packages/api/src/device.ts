/** Tensors that stay on a device from one call to the next. */
import {
  availableBackends,
  deviceArrayOf,
  getBackend,
  isDeviceTensor,
  liveBackends,
  makeDeviceTensor,
  makeTensor,
  rangeError,
  readOptions,
  Resident,
  residentOf,
  SigError,
  standIn,
  toDense,
  typeError,
  type Backend,
  type Calls,
  type DeviceArray,
  type DeviceTensor,
  type Dtype,
  type Implementation,
  type OperationName,
  type Place,
  type Real,
  type Tensor,
  type TensorLike,
} from "@sig/core";

/** A result as it is where the arguments are on a device. */
export type OnDevice<Result> =
  Result extends Promise<infer Value>
    ? Promise<OnDevice<Value>>
    : Result extends Tensor
      ? DeviceTensor
      : Result extends readonly unknown[]
        ? { [Index in keyof Result]: OnDevice<Result[Index]> }
        : Result;

/** The arguments of a function on a device: device tensors in the places of host tensors. */
export type DeviceArguments<Arguments extends unknown[]> = {
  [Index in keyof Arguments]: TensorLike extends Arguments[Index] ? DeviceTensor | Exclude<Arguments[Index], TensorLike> : Arguments[Index];
};

const READ_IT = "read the tensors with `await tensor.read()` or `tensor.readSync()` and pass the results";

/** One call whose tensors are on a device. */
export class DeviceCall {
  private readonly backend: Backend;
  /** Outputs of its steps. */
  private readonly made: Resident[] = [];

  constructor(
    readonly device: string,
    place: Place,
  ) {
    const backend = liveBackends().find((live) => live.device === device && live.upload);
    if (!backend) throw typeError(place, `is on the device "${device}", which no backend here works on`, "DEVICE_TENSOR");
    this.backend = backend;
  }

  /** An input, whose data stands for the array on the device. */
  tensor(value: DeviceTensor, place: Place): Tensor {
    const array = deviceArrayOf(value, place.operation);
    return { data: this.standIn(new Resident(value.dtype, array.length, array), place), dtype: value.dtype, shape: value.shape };
  }

  /** An output. */
  blank(dtype: Dtype, length: number, place: Place): Real {
    const resident = new Resident(dtype, length, undefined);
    this.made.push(resident);
    return this.standIn(resident, place);
  }

  private standIn(resident: Resident, { operation, argument }: Place): Real {
    const message = `${operation}: works on the numbers of ${argument} themselves, which are on the device "${this.device}": ${READ_IT}`;
    return standIn(resident, () => new SigError(message, { code: "DEVICE_TENSOR", operation, argument }));
  }

  implementation<K extends OperationName>(operation: K, call: Calls[K], label: string): Implementation<Calls[K]> {
    const implementation: Implementation<Calls[K]> | undefined = this.backend.operations[operation];
    const dtypes = implementation?.dtypes ?? this.backend.capabilities.dtypes;
    const declined = implementation?.declines?.(call, false);
    if (implementation && dtypes.includes(call.dtype) && declined === undefined) return implementation;
    const why = declined ?? `has no ${operation}${implementation ? ` in ${call.dtype}` : ""}`;
    const message = `${label}: the device "${this.device}" cannot compute it (${this.backend.name}: ${why}): ${READ_IT}`;
    throw new SigError(message, { code: "DEVICE_TENSOR", operation: label });
  }

  /** The result of the call, every tensor of it on the device; what was made on the way there is freed. */
  result(value: unknown): unknown {
    const kept = new Set<DeviceArray>();
    const result = this.moved(value, kept);
    this.free(kept);
    return result;
  }

  /** Frees what was made, where it has no result or besides what is kept of it. */
  free(kept?: ReadonlySet<DeviceArray>): void {
    for (const { array } of this.made) if (array && !kept?.has(array)) array.dispose();
  }

  private moved(value: unknown, kept: Set<DeviceArray>): unknown {
    if (Array.isArray(value)) return value.map((part) => this.moved(part, kept));
    if (typeof value !== "object" || value === null || !("data" in value)) return value;
    const { data, shape } = value as Tensor;
    const resident = residentOf(data);
    const array = resident?.array ?? this.upload(resident?.host ?? data);
    kept.add(array);
    return makeDeviceTensor(this.device, array, shape);
  }

  private upload(data: Real): DeviceArray {
    return this.backend.upload!(data);
  }
}

/**
 * A copy of a host tensor on the device of a backend. Functions that are given device tensors compute there and return device tensors;
 * `read()` brings one back and `dispose()` frees it.
 *
 * @param tensor a host tensor of a dtype that the backend has
 * @param options `backend`: the backend; by default the one that was named by `setBackend`, else the first that has a device
 * @throws SigTypeError for a dtype that the backend lacks, SigRangeError (`NO_BACKEND`) where no backend has a device
 * @example const path = toDevice({ data: new Float32Array(6), shape: [3, 2] }); const value = logSig(path, 3).readSync();
 */
export function toDevice(tensor: TensorLike, options?: { readonly backend?: string | undefined }): DeviceTensor {
  const place = { operation: "toDevice", argument: "tensor" };
  const { backend: name } = readOptions("toDevice", options, { backend: undefined as string | undefined });
  if (isDeviceTensor(tensor)) throw typeError(place, `is on the device "${tensor.device}" already`, "DEVICE_TENSOR");
  const { data, dtype, shape } = toDense(tensor, place, false);
  const backend = deviceBackend(name ?? getBackend() ?? undefined);
  if (!backend.capabilities.dtypes.includes(dtype)) {
    const has = backend.capabilities.dtypes.join(", ");
    throw typeError(
      place,
      `is ${dtype}, and the device of ${backend.name} has ${has}: Float32Array.from(data) converts it`,
      "INVALID_DTYPE",
    );
  }
  return makeDeviceTensor(backend.device, backend.upload!(data), makeTensor(data, [...shape]).shape);
}

/** The backend of a name, or the first, that works and has a device. */
function deviceBackend(name: string | undefined): Backend {
  const names = availableBackends();
  const backend = liveBackends().find((live) => (name === undefined || live.name === name) && names.includes(live.name) && live.upload);
  if (backend) return backend;
  const which = name === undefined ? "none of the backends here" : `the backend ${name}, which was named,`;
  const there = names.length > 0 ? names.join(", ") : "no backend";
  throw rangeError({ operation: "toDevice", argument: "backend" }, `${which} has a device of its own (there is: ${there})`, "NO_BACKEND");
}
