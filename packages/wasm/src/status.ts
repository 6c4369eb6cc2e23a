import { SigError } from "@sig/core";

/** How a job ends: `sig_status` of sig_kernels.h, and what hosts the kernels. */
export enum Status {
  ok,
  stopped,
  unsupported,
  tooLarge,
  outOfMemory = 16,
}

export function throwFailure(status: Status): void {
  if (status === Status.ok) return;
  if (status === Status.outOfMemory)
    throw new SigError("the wasm backend ran out of memory: a call has at most 4 GiB for its arrays and working memory", {
      code: "OUT_OF_MEMORY",
    });
  if (status === Status.tooLarge) throw new SigError("the working memory of the call is too large to address", { code: "TOO_LARGE" });
  throw new SigError(`the wasm kernels ended with status ${status}`, { code: "INTERNAL" });
}

/** The kernels trapped, or the worker that ran them ended. */
export function crashed(cause: unknown): SigError {
  return new SigError(`the wasm kernels crashed: ${cause instanceof Error ? cause.message : String(cause)}`, { code: "INTERNAL", cause });
}
