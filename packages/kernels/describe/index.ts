/** The TypeScript side of the kernels: calls of the Backend contract in the numbers of the C ABI. Each backend over the kernels bundles it. */
export { Description, descriptionLength } from "./description.js";
export { type Host, operationsOf } from "./operations.js";
export { Status, throwFailure } from "./status.js";
export { TableNumbers } from "./tableNumbers.js";
export { threadCount } from "./threadCount.js";
