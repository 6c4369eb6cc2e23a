/** The operations of a backend that hosts the kernels, from the descriptions of their calls. */
import type { Calls, Control, Implementation, OperationName, Operations } from "@sig/core";
import * as branched from "./branched.js";
import * as branchedKernel from "./branchedKernel.js";
import * as coefficients from "./coefficients.js";
import type { Describe, Description } from "./description.js";
import * as kernel from "./kernel.js";
import * as logSignature from "./logSignature.js";
import * as signature from "./signature.js";
import * as transforms from "./transforms.js";

/** What performs the call that its description states. */
export interface Host {
  readonly description: Description;
  run(): void;
  start(control: Control): Promise<void>;
}

export function operationsOf(host: Host): Operations {
  const { description } = host;

  /** Both forms of an operation. */
  function implement<K extends OperationName>(describe: Describe<K>): Implementation<Calls[K]> {
    return {
      run(call) {
        describe(description, call);
        host.run();
      },
      start(call, control) {
        describe(description, call);
        return host.start(control);
      },
    };
  }

  return {
    transformPath: implement(transforms.transformPath),
    transformPathBackprop: implement(transforms.transformPathBackprop),
    sig: implement(signature.sig),
    sigBackprop: implement(signature.sigBackprop),
    sigCombine: implement(signature.sigCombine),
    sigCombineBackprop: implement(signature.sigCombineBackprop),
    sigJoin: implement(signature.sigJoin),
    sigJoinBackprop: implement(signature.sigJoinBackprop),
    sigInverse: implement(signature.sigInverse),
    sigCoef: implement(coefficients.sigCoef),
    sigCoefBackprop: implement(coefficients.sigCoefBackprop),
    extractSigCoef: implement(coefficients.extractSigCoef),
    extractSigCoefBackprop: implement(coefficients.extractSigCoefBackprop),
    sigToLogSig: implement(logSignature.sigToLogSig),
    sigToLogSigBackprop: implement(logSignature.sigToLogSigBackprop),
    logSigToSig: implement(logSignature.logSigToSig),
    logSigToSigBackprop: implement(logSignature.logSigToSigBackprop),
    logSigCombine: implement(logSignature.logSigCombine),
    logSigCombineBackprop: implement(logSignature.logSigCombineBackprop),
    logSigJoin: implement(logSignature.logSigJoin),
    logSigJoinBackprop: implement(logSignature.logSigJoinBackprop),
    logSigBch: implement(logSignature.logSigBch),
    logSigBchBackprop: implement(logSignature.logSigBchBackprop),
    sigKernel: implement(kernel.sigKernel),
    sigKernelBackprop: implement(kernel.sigKernelBackprop),
    incrementKernel: implement(kernel.incrementKernel),
    incrementKernelBackprop: implement(kernel.incrementKernelBackprop),
    largestIncrement: implement(kernel.largestIncrement),
    branchedSig: implement(branched.branchedSig),
    branchedSigBackprop: implement(branched.branchedSigBackprop),
    branchedSigCombine: implement(branched.branchedSigCombine),
    branchedSigCombineBackprop: implement(branched.branchedSigCombineBackprop),
    branchedSigKernel: implement(branchedKernel.branchedSigKernel),
    branchedSigKernelBackprop: implement(branchedKernel.branchedSigKernelBackprop),
    branchedIncrementKernel: implement(branchedKernel.branchedIncrementKernel),
    branchedIncrementKernelBackprop: implement(branchedKernel.branchedIncrementKernelBackprop),
    branchedSigToLogSig: implement(branched.branchedSigToLogSig),
    branchedSigToLogSigBackprop: implement(branched.branchedSigToLogSigBackprop),
    branchedLogSigToSig: implement(branched.branchedLogSigToSig),
    branchedLogSigToSigBackprop: implement(branched.branchedLogSigToSigBackprop),
    sparseMap: implement(branched.sparseMap),
  };
}
