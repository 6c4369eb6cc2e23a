import { branched } from "./branched.js";
import { branchedKernels } from "./branchedKernel.js";
import { branchedLogSignature } from "./branchedLogSignature.js";
import { coefficients } from "./coefficients.js";
import { kernels } from "./kernel.js";
import { logSignature } from "./logSignature.js";
import { metrics } from "./metrics.js";
import { signature } from "./signature.js";
import type { Operation } from "./spec.js";
import { transforms } from "./transforms.js";

/** Every operation of the library with its backprop, one declarative entry each: what all generic tests are made from. */
export const operations: readonly Operation[] = [
  ...transforms,
  ...signature,
  ...coefficients,
  ...logSignature,
  ...kernels,
  ...metrics,
  ...branched,
  ...branchedLogSignature,
  ...branchedKernels,
];
