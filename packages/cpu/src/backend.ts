import { SigRangeError, allThreads } from "@sig/core";
import type { Backend, Operations } from "@sig/core";
import * as branched from "./branched.js";
import * as branchedKernel from "./branchedKernel.js";
import * as coefficients from "./coefficients.js";
import { Descriptor } from "./descriptor.js";
import { implement } from "./implementation.js";
import * as kernel from "./kernel.js";
import * as logSignature from "./logSignature.js";
import { type Native, loadNative } from "./native.js";
import * as signature from "./signature.js";
import * as transforms from "./transforms.js";

/** Settings of `createCpu`. */
export interface CpuSettings {
  /**
   * SIMD target: "baseline", "avx2", "avx512" or "neon". Default: `SIG_CPU_TARGET` from the environment, else the best that this
   * processor runs.
   */
  readonly target?: string | undefined;
  /** Threads that one call can use. Default: `SIG_NUM_THREADS` from the environment, else as many as the machine runs at once. */
  readonly threads?: number | undefined;
}

/**
 * The CPU backend: every operation, float32 and float64.
 *
 * Threads are shared by all instances of the process, and a result does not depend on their number.
 *
 * @throws SigError (BACKEND_UNAVAILABLE) where the addon cannot be loaded.
 * @throws SigRangeError (INVALID_VALUE) for a target that is unknown or that this processor cannot run, and for fewer than 1 threads.
 */
export function createCpu(settings: CpuSettings = {}): Backend {
  const { native, file, version } = loadNative();
  const target = chooseTarget(native, settings.target ?? globalThis.process.env["SIG_CPU_TARGET"]);
  const threads = chooseThreads(settings.threads);
  const descriptor = new Descriptor(native, target);
  const targetName = native.targets[target]!.name;
  return {
    name: "cpu",
    device: "host",
    capabilities: { dtypes: ["float32", "float64"], threads, limits: {} },
    operations: operationsOf(descriptor),
    info: () => ({ backend: "cpu", version, target: targetName, threads, addon: file }),
    forget: (key) => descriptor.forget(key),
  };
}

function chooseTarget(native: Native, wanted: string | undefined): number {
  const { targets } = native;
  const supported = targets.filter((target) => target.supported).map((target) => target.name);
  if (wanted === undefined || wanted === "") return targets.findIndex((target) => target.supported);
  const place = targets.findIndex((target) => target.name === wanted);
  if (targets[place]?.supported === true) return place;
  const problem = place < 0 ? "is not a target of this build" : "cannot run on this processor";
  throw new SigRangeError(`the SIMD target ${JSON.stringify(wanted)} ${problem}, which has ${supported.join(", ")}`, {
    code: "INVALID_VALUE",
    operation: "createCpu",
    argument: "target",
  });
}

function chooseThreads(wanted: number | undefined): number {
  if (wanted === undefined) return allThreads();
  if (Number.isSafeInteger(wanted) && wanted >= 1) return wanted;
  throw new SigRangeError(`threads must be an integer of at least 1, got ${wanted}`, {
    code: "INVALID_VALUE",
    operation: "createCpu",
    argument: "threads",
  });
}

function operationsOf(descriptor: Descriptor): Operations {
  return {
    transformPath: implement(descriptor, transforms.transformPath),
    transformPathBackprop: implement(descriptor, transforms.transformPathBackprop),
    sig: implement(descriptor, signature.sig),
    sigBackprop: implement(descriptor, signature.sigBackprop),
    sigCombine: implement(descriptor, signature.sigCombine),
    sigCombineBackprop: implement(descriptor, signature.sigCombineBackprop),
    sigJoin: implement(descriptor, signature.sigJoin),
    sigJoinBackprop: implement(descriptor, signature.sigJoinBackprop),
    sigInverse: implement(descriptor, signature.sigInverse),
    sigCoef: implement(descriptor, coefficients.sigCoef),
    sigCoefBackprop: implement(descriptor, coefficients.sigCoefBackprop),
    extractSigCoef: implement(descriptor, coefficients.extractSigCoef),
    extractSigCoefBackprop: implement(descriptor, coefficients.extractSigCoefBackprop),
    sigToLogSig: implement(descriptor, logSignature.sigToLogSig),
    sigToLogSigBackprop: implement(descriptor, logSignature.sigToLogSigBackprop),
    logSigToSig: implement(descriptor, logSignature.logSigToSig),
    logSigToSigBackprop: implement(descriptor, logSignature.logSigToSigBackprop),
    logSigCombine: implement(descriptor, logSignature.logSigCombine),
    logSigCombineBackprop: implement(descriptor, logSignature.logSigCombineBackprop),
    logSigJoin: implement(descriptor, logSignature.logSigJoin),
    logSigJoinBackprop: implement(descriptor, logSignature.logSigJoinBackprop),
    logSigBch: implement(descriptor, logSignature.logSigBch),
    logSigBchBackprop: implement(descriptor, logSignature.logSigBchBackprop),
    sigKernel: implement(descriptor, kernel.sigKernel),
    sigKernelBackprop: implement(descriptor, kernel.sigKernelBackprop),
    incrementKernel: implement(descriptor, kernel.incrementKernel),
    incrementKernelBackprop: implement(descriptor, kernel.incrementKernelBackprop),
    largestIncrement: implement(descriptor, kernel.largestIncrement),
    branchedSig: implement(descriptor, branched.branchedSig),
    branchedSigBackprop: implement(descriptor, branched.branchedSigBackprop),
    branchedSigCombine: implement(descriptor, branched.branchedSigCombine),
    branchedSigCombineBackprop: implement(descriptor, branched.branchedSigCombineBackprop),
    branchedSigKernel: implement(descriptor, branchedKernel.branchedSigKernel),
    branchedSigKernelBackprop: implement(descriptor, branchedKernel.branchedSigKernelBackprop),
    branchedIncrementKernel: implement(descriptor, branchedKernel.branchedIncrementKernel),
    branchedIncrementKernelBackprop: implement(descriptor, branchedKernel.branchedIncrementKernelBackprop),
    branchedSigToLogSig: implement(descriptor, branched.branchedSigToLogSig),
    branchedSigToLogSigBackprop: implement(descriptor, branched.branchedSigToLogSigBackprop),
    branchedLogSigToSig: implement(descriptor, branched.branchedLogSigToSig),
    branchedLogSigToSigBackprop: implement(descriptor, branched.branchedLogSigToSigBackprop),
    sparseMap: implement(descriptor, branched.sparseMap),
  };
}
