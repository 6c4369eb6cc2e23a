import { SigRangeError } from "@sig/core";
import type { Backend } from "@sig/core";
import { operationsOf, threadCount } from "@sig/kernels";
import { AddonHost } from "./host.js";
import { type Native, loadNative } from "./native.js";

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
  const threads = threadCount(settings.threads, "createCpu", "threads");
  const host = new AddonHost(native, target);
  const targetName = native.targets[target]!.name;
  return {
    name: "cpu",
    device: "host",
    capabilities: { dtypes: ["float32", "float64"], threads, limits: {} },
    operations: operationsOf(host),
    info: () => ({ backend: "cpu", version, target: targetName, threads, addon: file }),
    forget: (key) => host.forget(key),
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
