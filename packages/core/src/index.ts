/** @sig/core: tensors, words, algebra tables, and the contract and registry of backends. */
export * from "./backend.js";
export * from "./checks.js";
export * from "./dense.js";
export * from "./errors.js";
export * from "./estimate.js";
export * from "./memory.js";
export * from "./options.js";
export { bchTable, lyndonBasis, wordTrie } from "./prepare.js";
export * from "./registry.js";
export * from "./sizes.js";
export * from "./tensor.js";
export * from "./threads.js";
export * from "./words.js";
