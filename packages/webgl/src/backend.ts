import type { Backend, Calls, Implementation, OperationName, Operations } from "@sig/core";
import { contextProblem, Gpu, unavailable } from "./gpu.js";
import { implement } from "./implementation.js";
import { sigKernel } from "./kernel.js";
import { sigKernelBackprop } from "./kernelBackprop.js";
import { checks, LIMITS } from "./limits.js";
import { sigToLogSig, sigToLogSigBackprop } from "./logSignature.js";
import type { Session, Work } from "./session.js";
import { sig, sigBackprop } from "./signature.js";
import { sigCombine, sigCombineBackprop, sigJoin, sigJoinBackprop } from "./signatureProducts.js";
import { transformPath, transformPathBackprop } from "./transforms.js";

/** The context of this realm, which all instances of the backend share. */
let shared: Gpu | undefined;

function open(): Gpu {
  if (shared?.isLost) {
    shared.destroy();
    shared = undefined;
  }
  return (shared ??= new Gpu());
}

/** Why the backend cannot work here; undefined where it can. Makes the context. */
export function webglProblem(): string | undefined {
  try {
    open();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The WebGL2 backend: signatures, log-signatures, signature kernels and their gradients in float32, on the one graphics context of this
 * page or worker. What it does not have, float64 above all, is served by another backend.
 *
 * @throws SigError (BACKEND_UNAVAILABLE) with the reason, where there is no WebGL2 that computes in float32
 */
export function createWebgl(): Backend {
  const problem = contextProblem();
  if (problem !== undefined) throw unavailable(problem);
  open();
  return {
    name: "webgl",
    device: "webgl",
    capabilities: { dtypes: ["float32"], threads: 1, limits: LIMITS },
    operations: operations(),
    info: () => ({ backend: "webgl", renderer: open().renderer, kernels: open().compiledKernels }),
    forget: (key) => shared?.forget(key),
  };
}

function operations(): Operations {
  const made = <K extends OperationName>(name: K, steps: (session: Session, call: Calls[K]) => Work): Implementation<Calls[K]> =>
    implement(open, steps, (call) => checks[name]?.(call));
  return {
    transformPath: made("transformPath", transformPath),
    transformPathBackprop: made("transformPathBackprop", transformPathBackprop),
    sig: made("sig", sig),
    sigBackprop: made("sigBackprop", sigBackprop),
    sigCombine: made("sigCombine", sigCombine),
    sigCombineBackprop: made("sigCombineBackprop", sigCombineBackprop),
    sigJoin: made("sigJoin", sigJoin),
    sigJoinBackprop: made("sigJoinBackprop", sigJoinBackprop),
    sigToLogSig: made("sigToLogSig", sigToLogSig),
    sigToLogSigBackprop: made("sigToLogSigBackprop", sigToLogSigBackprop),
    sigKernel: made("sigKernel", sigKernel),
    sigKernelBackprop: made("sigKernelBackprop", sigKernelBackprop),
  };
}
