import type { Backend, Calls, Capabilities, Implementation, OperationName, Operations } from "@sig/core";
import { GpuArray } from "./array.js";
import { measureCosts, notWorthwhile, type Costs } from "./crossover.js";
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

/** The context of this realm, which all instances of the backend share, and what was measured on the first one. */
let shared: Gpu | undefined;
let costs: Costs | undefined;

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
    ...webglTable,
    device: "webgl",
    upload(data) {
      const gpu = open();
      return new GpuArray(gpu, gpu.upload(data as Float32Array), data.length);
    },
    info: () => ({ backend: "webgl", renderer: open().renderer, kernels: open().compiledKernels, ...described(costs) }),
    forget: (key) => shared?.forget(key),
  };
}

/** What was measured for the automatic choice, in words; nothing before the first call that it was measured for. */
function described(measured: Costs | undefined): Record<string, number> {
  if (!measured) return {};
  const perMillisecond = (cost: number): number => Math.round(1 / Math.max(cost, 1e-12));
  return {
    "round trip in microseconds": Math.round(1000 * measured.roundTrip),
    "operations per millisecond": perMillisecond(measured.perOperation),
    "operations per millisecond elsewhere": perMillisecond(measured.perOperationHere),
  };
}

const capabilities: Capabilities = { dtypes: ["float32"], threads: 1, limits: LIMITS };

function makeOperations(): Operations {
  const made = <K extends OperationName>(name: K, steps: (session: Session, call: Calls[K]) => Work): Implementation<Calls[K]> =>
    implement(
      open,
      steps,
      (call, automatic) =>
        checks[name]?.(call) ?? (automatic ? notWorthwhile(name, call, () => (costs ??= measureCosts(open()))) : undefined),
    );
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

/** What the backend can do, which needs no browser to be looked at. */
export const webglTable: Pick<Backend, "name" | "capabilities" | "operations"> = {
  name: "webgl",
  capabilities,
  operations: makeOperations(),
};
