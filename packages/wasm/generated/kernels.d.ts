/** The kernels as scripts/build-wasm.mjs compiles them: a WebAssembly module, compressed by gzip, in base64. */
export const kernels: string;
/** The version of this package. */
export const version: string;
