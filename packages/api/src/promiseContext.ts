/** The promise form of a context. */
import {
  getBackend,
  resolve,
  toDense,
  typeError,
  type Calls,
  type Implementation,
  type OperationName,
  type Real,
  type Tensor,
} from "@sig/core";
import { attributed, Context } from "./context.js";
import type { Step } from "./steps.js";

/** Options of the promise form, besides those of the operation. */
export interface PromiseOptions {
  /** Aborting stops the computation; the promise rejects with the signal's own reason. */
  readonly signal?: AbortSignal | undefined;
  /** Hears the fraction of the work that is done: it never decreases and ends at 1. */
  readonly onProgress?: ((fraction: number) => void) | undefined;
  /** The backend to compute on; by default the one a synchronous call would take now. */
  readonly backend?: string | undefined;
}

const NO_CONTROL: Required<PromiseOptions> = { signal: undefined, onProgress: undefined, backend: undefined };

/** Milliseconds of work between two turns of the event loop. */
const SLICE = 5;

/** The context of one promise: inputs are copied, and steps run on the threads of the backend. */
export class PromiseContext extends Context {
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

function isAbortSignal(value: object): boolean {
  return "aborted" in value && "addEventListener" in value && "throwIfAborted" in value;
}
