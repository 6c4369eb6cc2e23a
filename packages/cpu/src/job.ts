import type { Control, Real } from "@sig/core";
import { throwFailure, type Status } from "@sig/kernels";
import type { Native } from "./native.js";

/** Milliseconds between two reports of progress. */
const reportInterval = 20;

/** Performs the described call on threads of the addon, beginning at once. */
export async function promise(native: Native, arrays: readonly (Real | null)[], { signal, onProgress }: Control): Promise<void> {
  signal?.throwIfAborted();
  let job = 0;
  let reported = 0;
  let callbackError: { readonly error: unknown } | undefined;

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
      callbackError ??= { error };
      stop();
    }
  }

  const ended = new Promise<Status>((resolve) => {
    job = native.start(arrays, resolve);
    if (job < 0) resolve(-job);
  });
  signal?.addEventListener("abort", stop);
  const timer = onProgress && setInterval(report, reportInterval);
  const status = await ended;
  clearInterval(timer);
  signal?.removeEventListener("abort", stop);
  if (callbackError !== undefined) throw callbackError.error;
  signal?.throwIfAborted();
  throwFailure(status, "cpu");
  onProgress?.(1);
}
