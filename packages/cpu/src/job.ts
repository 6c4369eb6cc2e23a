import type { Control, Real } from "@sig/core";
import type { Native } from "./native.js";
import { throwFailure } from "./status.js";

/** Milliseconds between two reports of progress. */
const reportInterval = 20;

/** Performs the described call on threads of the addon. */
export function promise(native: Native, arrays: readonly (Real | null)[], { signal, onProgress }: Control): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    let timer: ReturnType<typeof setInterval> | undefined;
    let reported = 0;
    let callbackError: { readonly error: unknown } | undefined;

    function settle(status: number): void {
      signal?.removeEventListener("abort", stop);
      clearInterval(timer);
      try {
        if (callbackError !== undefined) throw callbackError.error;
        signal?.throwIfAborted();
        throwFailure(status);
        onProgress?.(1);
        resolve();
      } catch (error) {
        reject(error);
      }
    }
    function stop(): void {
      native.stop(job);
    }
    function report(): void {
      const fraction = native.progress(job);
      if (fraction <= reported || fraction >= 1) return;
      reported = fraction;
      try {
        onProgress?.(fraction);
      } catch (error) {
        callbackError = { error };
        stop();
      }
    }

    const job = native.start(arrays, settle);
    if (job < 0) {
      settle(-job);
      return;
    }
    signal?.addEventListener("abort", stop);
    if (onProgress !== undefined) timer = setInterval(report, reportInterval);
  });
}
