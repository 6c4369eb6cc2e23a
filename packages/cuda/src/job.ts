import type { Control, Real } from "@sig/core";
import { throwFailure, type Status } from "@sig/kernels";
import { deviceFailed } from "./host.js";
import type { Native } from "./native.js";

/** Queues the described call on the device at once; no thread waits for it. An abort lets its blocks begin nothing more. */
export async function promise(native: Native, arrays: readonly (Real | null)[], { signal, onProgress }: Control): Promise<void> {
  let stop: (() => void) | undefined;
  const [status, failure] = await new Promise<[Status, string]>((resolve) => {
    const job = native.start(arrays, (...end) => resolve(end));
    if (job <= 0) resolve([-job, ""]);
    stop = () => native.stop(job);
    signal?.addEventListener("abort", stop);
  });
  if (stop) signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  if (failure) throw deviceFailed(failure);
  throwFailure(status, "cuda");
  onProgress?.(1);
}
