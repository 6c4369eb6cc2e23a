/** The CUDA backend of the library: a native addon over NVIDIA's driver, which it opens at run time. */
import type { BackendEntry } from "@sig/core";
import { createCuda } from "./backend.js";
import { loadNative } from "./native.js";

export { createCuda, type CudaSettings } from "./backend.js";

/** How the backend is registered; `@sig/cuda/register` does it. Calls on host arrays go to it where it is named. */
export const cudaEntry: BackendEntry = { name: "cuda", priority: 10, create: () => createCuda() };

/** Why CUDA cannot be used here (no addon for this platform, no NVIDIA driver, no device), or undefined where it can. */
export function cudaProblem(): string | undefined {
  try {
    return loadNative(false).native.problem || undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Whether there is a CUDA device that this package can use; `cudaProblem()` says why not. */
export function isAvailable(): boolean {
  return cudaProblem() === undefined;
}
