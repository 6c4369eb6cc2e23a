import { SigError } from "@sig/core";
import { Status, throwFailure as throwKernelFailure } from "@sig/kernels";

/** How a call ends of which a helper crashed, behind the numbers of `Status`. */
export const crashedHelper = 32;

export function throwFailure(status: Status): void {
  if (status === Status.outOfMemory)
    throw new SigError("the wasm backend ran out of memory: a call has at most 4 GiB for its arrays and working memory", {
      code: "OUT_OF_MEMORY",
    });
  if (status === crashedHelper) throw crashed(new Error("on a thread that helped"));
  throwKernelFailure(status, "wasm");
}

/** The kernels trapped, or the worker that ran them ended. */
export function crashed(cause: unknown): SigError {
  return new SigError(`the wasm kernels crashed: ${cause instanceof Error ? cause.message : String(cause)}`, { code: "INTERNAL", cause });
}
