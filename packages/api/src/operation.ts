/**
 * What every operation is made of. An operation is written once, as a generator: it checks its arguments, yields the primitive
 * calls that a backend computes, and returns the result. `synchronous` and `promised` derive its two forms from that body:
 * the first runs each call at once; the second copies every input before it first waits, then runs the calls off the event loop.
 */
import {
  allocate,
  allocateBlank,
  checkFlag,
  checkInteger,
  getBackend,
  isDeviceTensor,
  isLost,
  lostData,
  readOptions,
  resolve,
  setDiscovery,
  SigError,
  SigRangeError,
  threadsOf,
  toDense,
  typeError,
  type Calls,
  type Dtype,
  type Implementation,
  type ErrorDetails,
  type OperationName,
  type Place,
  type Real,
  type Tensor,
} from "@sig/core";
import { discoverInstalled } from "./backends.js";
import { DeviceCall, type DeviceArguments, type OnDevice } from "./device.js";

setDiscovery(discoverInstalled);

/** One primitive call on the way to a result. */
export interface Step<K extends OperationName = OperationName> {
  readonly operation: K;
  readonly call: Calls[K];
  /** How much of the work that remains this call stands for; 1 for the last. Progress is measured by it. */
  readonly share: number;
}

export type Steps<Result> = Generator<Step, Result, undefined>;

/** All arguments are read before the first step; the options, which come last, before everything else. */
export type Body<Arguments extends unknown[], Result> = (context: Context, ...args: Arguments) => Steps<Result>;

/** A primitive call for the body of an operation to yield. */
export function perform<K extends OperationName>(operation: K, call: Calls[K], share = 1): Step<K> {
  return { operation, call, share };
}

/** The steps of a part of an operation, where that part is `share` of the work that remains. */
export function* within<Result>(share: number, steps: Steps<Result>): Steps<Result> {
  let part = share;
  let all = 1;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    const portion = part * step.value.share;
    yield perform(step.value.operation, step.value.call, portion / all);
    part -= portion;
    all -= portion;
  }
}

/** Options of the promise form, besides those of the operation. */
export interface PromiseOptions {
  /** Aborting stops the computation; the promise rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Hears the fraction of the work that is done: it never decreases and ends at 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /** The backend to compute on; by default the one a synchronous call would take now. */
  readonly backend?: string | undefined;
}

/** The arguments of the promise form: the same, with `PromiseOptions` in the trailing options. */
type PromiseArguments<Arguments extends unknown[]> =
  Required<Arguments> extends [...infer Positional, infer Options] ? [...Positional, options?: Options & PromiseOptions] : never;

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

const NO_CONTROL: Required<PromiseOptions> = { signal: undefined, onProgress: undefined, backend: undefined };

/** Milliseconds of work between two turns of the event loop. */
const SLICE = 5;

/** The context of one promise: inputs are copied, and steps run on the threads of the backend. */
class PromiseContext extends Context {
  private control = NO_CONTROL;
  /** Named once, within the caller's own call: later steps do not see what becomes of `setBackend` meanwhile. */
  private backend: string | undefined;
  private done = 0;
  private reported = 0;
  private failure: { readonly reason: unknown } | undefined;
  private turnDue = performance.now() + SLICE;

  override options<Defaults extends object>(value: unknown, defaults: Defaults): Defaults {
    const options = super.options(value, { ...defaults, ...NO_CONTROL });
    const { signal, onProgress, backend } = options;
    if (signal !== undefined && !isAbortSignal(signal)) throw typeError(this.place("signal"), "must be an AbortSignal");
    if (onProgress !== undefined && typeof onProgress !== "function") throw typeError(this.place("onProgress"), "must be a function");
    if (backend !== undefined && typeof backend !== "string") throw typeError(this.place("backend"), "must be the name of a backend");
    signal?.throwIfAborted();
    this.control = { signal, onProgress, backend };
    this.backend = backend ?? getBackend() ?? undefined;
    return options;
  }

  protected override hostTensor(argument: string, value: unknown): Tensor {
    return toDense(value, this.place(argument), true);
  }

  override made(argument: string, data: Real, shape: readonly number[]): Real {
    return toDense({ data, shape }, this.place(argument), true).data;
  }

  private implementation<K extends OperationName>(step: Step<K>): Implementation<Calls[K]> {
    if (this.device) return this.device.implementation(step.operation, step.call, this.operation);
    const resolved = resolve(step.operation, step.call, { backend: this.backend, operationLabel: this.operation });
    this.backend ??= resolved.backend.name;
    return resolved.implementation;
  }

  /** Computes a step off the event loop; the part before the first await runs within the caller's own call. */
  async start<K extends OperationName>(step: Step<K>): Promise<void> {
    const { signal, onProgress } = this.control;
    if (this.done > 0 && performance.now() >= this.turnDue) await this.turn();
    signal?.throwIfAborted();
    const implementation = this.implementation(step);
    const before = this.done;
    this.done += (1 - before) * step.share;
    const part = this.done - before;
    try {
      await implementation.start(step.call, {
        signal,
        onProgress: onProgress && ((fraction) => this.report(before + part * fraction)),
      });
    } catch (error) {
      throw attributed(error, this.operation);
    }
    this.report(before + part);
    if (this.failure) throw this.failure.reason;
  }

  /**
   * Lets the event loop turn. A step that ends at once leaves it no time, and what the caller's own code does between the steps, such
   * as a static kernel of the user's, takes as long as it takes.
   */
  private async turn(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.turnDue = performance.now() + SLICE;
  }

  /** An exception of the listener is kept for the promise, so that it does not surface inside a backend. */
  report(fraction: number): void {
    const { onProgress } = this.control;
    if (!onProgress || this.failure || !(fraction > this.reported)) return;
    this.reported = Math.min(fraction, 1);
    try {
      onProgress(this.reported);
    } catch (reason) {
      this.failure = { reason };
    }
  }

  finish(): void {
    this.report(1);
    if (this.failure) throw this.failure.reason;
  }
}

/** An error of a backend, which knows nothing of the operation that it serves, with the operation's name. */
function attributed(error: unknown, operation: string): unknown {
  if (!(error instanceof Error) || !/^Sig(Range)?Error$/.test(error.name)) return error;
  const { code, operation: known } = error as Error & ErrorDetails;
  if (known !== undefined) return error;
  const details = { code, operation, cause: error };
  const message = `${operation}: ${error.message}`;
  return error.name === "SigRangeError" ? new SigRangeError(message, details) : new SigError(message, details);
}

function isAbortSignal(value: object): boolean {
  return "aborted" in value && "addEventListener" in value && "throwIfAborted" in value;
}

/** A public function: of device tensors it makes device tensors, and of others those of the host. */
export interface Form<Arguments extends unknown[], Result> {
  (...args: DeviceArguments<Arguments>): OnDevice<Result>;
  (...args: Arguments): Result;
}

/**
 * The form that computes on the calling thread and returns the result.
 *
 * @__NO_SIDE_EFFECTS__ bundlers leave out the operations that nobody imports
 */
export function synchronous<Arguments extends unknown[], Result>(
  operation: string,
  body: Body<Arguments, Result>,
): Form<Arguments, Result> {
  const form = (...args: Arguments): Result => {
    const context = new Context(operation);
    try {
      const steps = body(context, ...args);
      for (;;) {
        const step = steps.next();
        if (step.done) return context.result(step.value);
        context.run(step.value);
      }
    } catch (error) {
      context.abandon();
      throw error;
    }
  };
  return Object.defineProperty(form, "name", { value: operation }) as Form<Arguments, Result>;
}

/**
 * The form that returns a promise; whatever is wrong, it rejects.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function promised<Arguments extends unknown[], Result>(
  operation: string,
  body: Body<Arguments, Result>,
): Form<PromiseArguments<Arguments>, Promise<Result>> {
  const form = async (...args: PromiseArguments<Arguments>): Promise<Result> => {
    const context = new PromiseContext(operation);
    try {
      const steps = body(context, ...(args as unknown as Arguments));
      for (;;) {
        const step = steps.next();
        if (step.done) {
          context.finish();
          return context.result(step.value);
        }
        await context.start(step.value);
      }
    } catch (error) {
      context.abandon();
      throw error;
    }
  };
  return Object.defineProperty(form, "name", { value: operation }) as Form<PromiseArguments<Arguments>, Promise<Result>>;
}
