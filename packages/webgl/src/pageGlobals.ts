/** Keeps what gpu.js replaces when it is loaded: `GPU`, which is a WebGPU interface of the page. Has to be imported before gpu.js. */

const found = Object.getOwnPropertyDescriptor(globalThis, "GPU");

/** Puts `GPU` back as it was before this module was loaded. */
export function restorePageGlobals(): void {
  if (found) Object.defineProperty(globalThis, "GPU", found);
  else Reflect.deleteProperty(globalThis, "GPU");
}
