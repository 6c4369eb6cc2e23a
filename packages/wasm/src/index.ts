/** The WebAssembly backend of the library: the kernels of the CPU backend with 128-bit SIMD, in browsers and in Node. */
import type { BackendEntry } from "@sig/core";
import { createWasm } from "./backend.js";
import { prepare } from "./module.js";

export { createWasm, type WasmSettings } from "./backend.js";

/** How the backend is registered; `@sig/wasm/register` does it. */
export const wasmEntry: BackendEntry = { name: "wasm", priority: 50, create: () => createWasm() };

/**
 * Compiles the kernels. A browser needs it once before the first synchronous call; in Node, and for the promise form, it merely takes
 * the wait away from the first call.
 *
 * @throws whatever keeps the browser from compiling, such as a Content-Security-Policy without 'wasm-unsafe-eval'; it may be tried again
 */
export async function init(): Promise<void> {
  await prepare();
}
