import { SigError, SigRangeError, getMemoryLimit } from "@sig/core";

/** How a call ends: `sig_status` of sig_kernels.h, and the two answers of hosts in sig_description.hpp. */
export const Status = { ok: 0, stopped: 1, unsupported: 2, tooLarge: 3, outOfMemory: 16, overLimit: 17 } as const;
export type Status = number;

/** Throws unless the call ended well; `backend` is the one that performed it. */
export function throwFailure(status: Status, backend: string): void {
  switch (status) {
    case Status.ok:
      return;
    case Status.outOfMemory:
      throw new SigError(`the ${backend} backend ran out of memory`, { code: "OUT_OF_MEMORY" });
    case Status.tooLarge:
      throw new SigError("the working memory of the call is too large to address", { code: "TOO_LARGE" });
    case Status.overLimit: {
      const limit = `${getMemoryLimit()} bytes, what one call may allocate (setMemoryLimit raises it)`;
      throw new SigRangeError(`the working memory of the call is beyond ${limit}`, { code: "TOO_LARGE" });
    }
    default:
      throw new SigError(`the ${backend} kernels ended with status ${status}`, { code: "INTERNAL" });
  }
}
