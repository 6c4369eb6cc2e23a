/** What the body of an operation works with: how it reads its arguments, gets its outputs and has its steps computed. */
import {
  allocate,
  allocateBlank,
  checkFlag,
  checkInteger,
  isDeviceTensor,
  isLost,
  lostData,
  readOptions,
  resolve,
  SigError,
  SigRangeError,
  threadsOf,
  toDense,
  typeError,
  type Dtype,
  type ErrorDetails,
  type OperationName,
  type Place,
  type Real,
  type Tensor,
} from "@sig/core";
import { DeviceCall } from "./device.js";
import type { Step } from "./steps.js";

interface Input {
  readonly argument: string;
  readonly tensor: Tensor;
}

/** What a body knows of the call it serves. */
export class Context {
  /** The caller's own arrays, as far as they were read. */
  private readonly inputs: Input[] = [];
  /** Where the tensors are, once one was found on a device. */
  protected device: DeviceCall | undefined;
  private first: string | undefined;

  constructor(
    /** The public name, which errors carry. */
    readonly operation: string,
  ) {}

  /** The place that an error about `argument` names. */
  place(argument: string): Place {
    return { operation: this.operation, argument };
  }

  /** The trailing options, complete; unknown names are refused. */
  options<Defaults extends object>(value: unknown, defaults: Defaults): Defaults {
    return readOptions(this.operation, value, defaults);
  }

  /** An input, dense and row-major. */
  tensor(argument: string, value: unknown): Tensor {
    const where = isDeviceTensor(value) ? value.device : undefined;
    if (this.first === undefined) {
      this.first = argument;
      if (where !== undefined) this.device = new DeviceCall(where, this.place(argument));
    } else if (this.device?.device !== where) {
      const place = (device: string | undefined): string => (device === undefined ? "on the host" : `on the device "${device}"`);
      const here = `is ${place(where)}, and ${this.first} ${place(this.device?.device)}: all tensors of a call have to be in one place`;
      throw typeError(this.place(argument), here, "DEVICE_TENSOR");
    }
    if (this.device && isDeviceTensor(value)) return this.device.tensor(value, this.place(argument));
    return this.hostTensor(argument, value);
  }

  protected hostTensor(argument: string, value: unknown): Tensor {
    const tensor = toDense(value, this.place(argument), false);
    this.inputs.push({ argument, tensor });
    return tensor;
  }

  /** Whether the numbers of tensors are on a device, and cannot be looked at. */
  get onDevice(): boolean {
    return this.device !== undefined;
  }

  /** What the call returns. */
  result<Result>(value: Result): Result {
    return this.device ? (this.device.result(value) as Result) : value;
  }

  /** Frees what a call that fails leaves on a device. */
  abandon(): void {
    this.device?.free();
  }

  /** Data that code of the caller made on the way, as a step can use it: of the size of its shape, and nobody else's where it waits. */
  made(argument: string, data: Real, shape: readonly number[]): Real {
    return toDense({ data, shape }, this.place(argument), false).data;
  }

  /** Looks at the inputs again before they are used: reading one argument may run a getter that takes away the buffer of another. */
  private checkInputs(): void {
    for (const { argument, tensor } of this.inputs) if (isLost(tensor)) throw lostData(this.place(argument));
  }

  /** A zero-filled array; `argument` is the input that decides its size. */
  zeros(argument: string, dtype: Dtype, length: number): Real {
    this.checkInputs();
    return allocate(dtype, length, this.place(argument));
  }

  /** An output that a backend is about to write in full. */
  blank(argument: string, dtype: Dtype, length: number): Real {
    if (this.device) return this.device.blank(dtype, length, this.place(argument));
    this.checkInputs();
    return allocateBlank(dtype, length, this.place(argument));
  }

  integer(argument: string, value: unknown, min: number, max?: number): number {
    if (Number.isSafeInteger(value) && (value as number) >= min && max === undefined) return value as number;
    return checkInteger(value, this.place(argument), max === undefined ? { min } : { min, max });
  }

  flag(argument: string, value: unknown): boolean {
    return typeof value === "boolean" ? value : checkFlag(value, this.place(argument));
  }

  /** The threads that the option `nJobs` stands for. */
  threads(nJobs: unknown): number {
    return nJobs === 1 ? 1 : threadsOf(nJobs, this.place("nJobs"));
  }

  /** Computes a step on the calling thread. */
  run<K extends OperationName>(step: Step<K>): void {
    this.checkInputs();
    const implementation = this.device
      ? this.device.implementation(step.operation, step.call, this.operation)
      : resolve(step.operation, step.call, { operationLabel: this.operation }).implementation;
    try {
      implementation.run(step.call);
    } catch (error) {
      throw attributed(error, this.operation);
    }
  }
}

/** An error of a backend, which knows nothing of the operation that it serves, with the operation's name. */
export function attributed(error: unknown, operation: string): unknown {
  if (!(error instanceof Error) || !/^Sig(Range)?Error$/.test(error.name)) return error;
  const { code, operation: known } = error as Error & ErrorDetails;
  if (known !== undefined) return error;
  const details = { code, operation, cause: error };
  const message = `${operation}: ${error.message}`;
  return error.name === "SigRangeError" ? new SigRangeError(message, details) : new SigError(message, details);
}
