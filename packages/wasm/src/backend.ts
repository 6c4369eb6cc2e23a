import { SigError } from "@sig/core";
import type { Backend } from "@sig/core";
import { operationsOf, threadCount } from "@sig/kernels";
import { version } from "../generated/kernels.js";
import { WasmHost } from "./host.js";
import { isCompiled, threadsProblem, wasmProblem } from "./module.js";

/** Settings of `createWasm`. */
export interface WasmSettings {
  /**
   * Workers that may compute at the same time, each on a call of its own or several on one. Default: `SIG_NUM_THREADS` from the
   * environment, else as many as the machine runs at once.
   */
  readonly workers?: number | undefined;
}

/**
 * The WebAssembly backend: every operation, float32 and float64. A synchronous call runs on the calling thread, a promised one on a
 * worker. Where threads can share memory (in Node, and where `crossOriginIsolated` is true), workers help with large calls: with promised
 * ones, and after `init` with synchronous ones of all threads but a page's own. Workers are shared by all instances.
 *
 * @throws SigError (BACKEND_UNAVAILABLE) where there is no WebAssembly with 128-bit SIMD.
 * @throws SigRangeError (INVALID_VALUE) for fewer than 1 workers.
 */
export function createWasm(settings: WasmSettings = {}): Backend {
  const problem = wasmProblem();
  if (problem !== undefined) throw new SigError(`the wasm backend is not available here: ${problem}`, { code: "BACKEND_UNAVAILABLE" });
  const workers = threadCount(settings.workers, "createWasm", "workers");
  const host = new WasmHost(workers);
  return {
    name: "wasm",
    device: "host",
    capabilities: { dtypes: ["float32", "float64"], threads: threadsProblem() === undefined ? workers : 1, limits: {} },
    operations: operationsOf(host),
    info: () => ({
      backend: "wasm",
      version,
      target: "simd128",
      workers,
      compiled: isCompiled() ? "yes" : "not yet",
      threads: threadsProblem() ?? "shared memory",
    }),
    forget: (key) => host.forget(key),
  };
}
