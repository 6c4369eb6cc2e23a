import { operations } from "../../src/operations/index.js";
import type { Sample } from "../../src/operations/sample.js";
import type { Operation } from "../../src/operations/spec.js";

const names = ["transformPath", "sig", "sigCombine", "sigJoin", "linearSig", "sigToLogSig", "logSig", "sigKernel", "sigKernelGram"];

/** Whether a call leads to something that WebGL2 leaves to other backends. */
const isDeclined = ({ correction, kernel, options }: Sample): boolean =>
  correction !== undefined || options.method === 3 || (kernel !== undefined && "order" in kernel.scheme);

const only = (choose: (sample: Sample) => boolean): Operation[] =>
  operations.filter(({ name }) => names.includes(name)).map((op) => ({ ...op, samples: op.samples.filter(choose) }));

/** The entries with the samples that WebGL2 computes alone, gradients included. */
export const served = only((sample) => !isDeclined(sample));

/** With those that need another backend. */
export const declined = only(isDeclined).filter(({ samples }) => samples.length > 0);
