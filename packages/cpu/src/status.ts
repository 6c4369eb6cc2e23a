import { SigError } from "@sig/core";

/** How a call ends: `sig_status` of sig_kernels.h, and `out_of_memory` of native/execution.hpp. */
const ok = 0;
const tooLarge = 3;
const outOfMemory = 16;

export function throwFailure(status: number): void {
  if (status === ok) return;
  if (status === outOfMemory) throw new SigError("the cpu backend ran out of memory", { code: "OUT_OF_MEMORY" });
  if (status === tooLarge) throw new SigError("the working memory of the call is too large to address", { code: "TOO_LARGE" });
  throw new SigError(`the cpu kernels ended with status ${status}`, { code: "INTERNAL" });
}
