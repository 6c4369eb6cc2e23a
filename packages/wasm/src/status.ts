import { SigError } from "@sig/core";
import { Status, throwFailure as throwKernelFailure } from "@sig/kernels";

export function throwFailure(status: Status): void {
  if (status === Status.outOfMemory)
    throw new SigError("the wasm backend ran out of memory: a call has at most 4 GiB for its arrays and working memory", {
      code: "OUT_OF_MEMORY",
    });
  throwKernelFailure(status, "wasm");
}

/** The kernels trapped, or the worker that ran them ended. */
export function crashed(cause: unknown): SigError {
  return new SigError(`the wasm kernels crashed: ${cause instanceof Error ? cause.message : String(cause)}`, { code: "INTERNAL", cause });
}
