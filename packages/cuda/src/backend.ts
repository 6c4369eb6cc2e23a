import { SigRangeError } from "@sig/core";
import type { Backend, OperationName } from "@sig/core";
import { operationsOf } from "@sig/kernels";
import { CudaHost } from "./host.js";
import { type DeviceFacts, type Native, loadNative, unavailable } from "./native.js";

/** Settings of `createCuda`. */
export interface CudaSettings {
  /**
   * Number of the device, from 0 on. Default: `SIG_CUDA_DEVICE` from the environment, else 0. "emulated" runs the kernels on the CPU,
   * for tests, and is to be had in builds of the repository alone.
   */
  readonly device?: number | "emulated" | undefined;
}

/** The operations that have kernels for the device; other backends serve the rest. */
const served: readonly OperationName[] = [
  "transformPath",
  "transformPathBackprop",
  "sig",
  "sigBackprop",
  "sigCombine",
  "sigCombineBackprop",
  "sigJoin",
  "sigJoinBackprop",
  "sigInverse",
  "sigCoef",
  "sigCoefBackprop",
  "extractSigCoef",
  "extractSigCoefBackprop",
  "sigToLogSig",
  "sigToLogSigBackprop",
  "logSigToSig",
  "logSigToSigBackprop",
];

/**
 * The CUDA backend, float32 and float64, on one device. A call copies its arrays there and its results back.
 *
 * @throws SigError (BACKEND_UNAVAILABLE) where there is no addon, no NVIDIA driver or no device that it can use.
 * @throws SigRangeError (INVALID_VALUE) for a device that is no number from 0 on.
 */
export function createCuda(settings: CudaSettings = {}): Backend {
  const device = chooseDevice(settings.device ?? globalThis.process.env["SIG_CUDA_DEVICE"]);
  const { native, version } = loadNative(device === "emulated");
  if (native.problem) throw unavailable(native.problem);
  const facts = open(native, device);
  const host = new CudaHost(native);
  const all = operationsOf(host);
  return {
    name: "cuda",
    device: "host",
    capabilities: { dtypes: ["float32", "float64"], threads: 1, limits: {} },
    operations: Object.fromEntries(served.map((name) => [name, all[name]])),
    info: () => ({
      backend: "cuda",
      version,
      device: facts.name,
      cuda: facts.driver,
      processors: facts.processors,
      bytes: facts.memoryBytes,
    }),
    forget: (key) => host.forget(key),
  };
}

function chooseDevice(wanted: number | string | undefined): number | "emulated" {
  if (wanted === undefined || wanted === "") return 0;
  if (wanted === "emulated") return wanted;
  const device = Number(wanted);
  if (Number.isSafeInteger(device) && device >= 0) return device;
  throw new SigRangeError(`device must be the number of a CUDA device, from 0 on, got ${wanted}`, {
    code: "INVALID_VALUE",
    operation: "createCuda",
    argument: "device",
  });
}

function open(native: Native, device: number | "emulated"): DeviceFacts {
  try {
    return native.open(device === "emulated" ? 0 : device);
  } catch (cause) {
    throw unavailable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}
