/** The text of src/worker.ts with all that it imports, as scripts/build-wasm.mjs bundles it. */
export const workerProgram: string;
