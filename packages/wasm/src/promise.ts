import type { Control } from "@sig/core";
import type { Status } from "@sig/kernels";
import type { Job } from "./job.js";
import { kernelsSoon } from "./module.js";
import { throwFailure } from "./status.js";
import { cancel, enqueue, type Ticket } from "./workers.js";

/** Performs the job on a worker and those that help it; there may be up to `workers` in all. */
export async function promise(job: Job, workers: number, { signal, onProgress }: Control): Promise<void> {
  signal?.throwIfAborted();
  const kernels = await kernelsSoon();
  signal?.throwIfAborted();
  let reported = 0;
  let callbackError: { readonly error: unknown } | undefined;
  let stop: (() => void) | undefined;

  const ended = new Promise<Status>((resolve, reject) => {
    function report(fraction: number): void {
      if (fraction <= reported || fraction >= 1) return;
      reported = fraction;
      try {
        onProgress?.(fraction);
      } catch (error) {
        callbackError = { error };
        cancel(ticket);
      }
    }
    const ticket: Ticket = { job, kernels, limit: workers, onProgress: onProgress && report, ended: resolve, failed: reject };
    stop = () => cancel(ticket);
    enqueue(ticket);
  });
  signal?.addEventListener("abort", stop!);
  let status: Status;
  try {
    status = await ended;
  } finally {
    signal?.removeEventListener("abort", stop!);
  }
  if (callbackError !== undefined) throw callbackError.error;
  signal?.throwIfAborted();
  throwFailure(status);
  onProgress?.(1);
}
