import { SigError, SigRangeError, getMemoryLimit } from "@sig/core";

/** How a call ends: `sig_status` of sig_kernels.h, and what native/execution.hpp adds. */
const ok = 0;
const tooLarge = 3;
const outOfMemory = 16;
const overLimit = 17;

export function throwFailure(status: number): void {
  if (status === ok) return;
  if (status === outOfMemory) throw new SigError("the cpu backend ran out of memory", { code: "OUT_OF_MEMORY" });
  if (status === tooLarge) throw new SigError("the working memory of the call is too large to address", { code: "TOO_LARGE" });
  if (status === overLimit) {
    const limit = `${getMemoryLimit()} bytes, what one call may allocate (setMemoryLimit raises it)`;
    throw new SigRangeError(`the working memory of the call is beyond ${limit}`, { code: "TOO_LARGE" });
  }
  throw new SigError(`the cpu kernels ended with status ${status}`, { code: "INTERNAL" });
}
