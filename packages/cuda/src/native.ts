/** Finds and loads the addon. Its state belongs to the environment (main thread or worker) that loads it. */
import { SigError } from "@sig/core";
import type { Real } from "@sig/core";
import type { Status } from "@sig/kernels";

/** What is known of an open device. */
export interface DeviceFacts {
  readonly name: string;
  /** Version of CUDA that the driver supports. */
  readonly driver: string;
  readonly memoryBytes: number;
  readonly processors: number;
}

/** What native/addon.cpp exports. */
export interface Native {
  /** The numbers that describe the next call; host.ts writes them. */
  readonly description: ArrayBuffer;
  /** Why there is no CUDA here; empty where there is. */
  readonly problem: string;
  /** Opens a device; of the emulated one, the number is the order in which its threads take turns. */
  open(device: number): DeviceFacts;
  /** Runs the described call on its inputs, then outputs. */
  run(a: Real | null, b: Real | null, c: Real | null, d: Real | null, e: Real | null, f: Real | null): Status;
  /** Begins the described call and returns the number of the job, or minus a status; `failure` is empty unless the device failed. */
  start(arrays: readonly (Real | null)[], settled: (status: Status, failure: string) => void): number;
  stop(job: number): void;
  /** Copies the arrays of a table to the device; returns its number. */
  table(arrays: readonly (Int32Array | Float64Array)[]): number;
  forget(table: number): void;
}

export interface Loaded {
  readonly native: Native;
  readonly file: string;
  readonly version: string;
}

const loaded = new Map<boolean, Loaded>();

/** The addon, loaded at the first call; or the one with the emulated device, which only a build of the repository has. */
export function loadNative(emulated: boolean): Loaded {
  let addon = loaded.get(emulated);
  if (addon === undefined) {
    addon = load(emulated);
    loaded.set(emulated, addon);
  }
  return addon;
}

function load(emulated: boolean): Loaded {
  const { process } = globalThis as { process?: NodeJS.Process };
  if (typeof process?.getBuiltinModule !== "function") throw unavailable("it needs Node.js 20.16 or later");
  const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  const platform = `${process.platform}-${process.arch}`;
  const place = emulated ? "../build/emulated/sig_cuda.node" : `../prebuilds/${platform}/sig_cuda.node`;
  const file = fileURLToPath(new URL(place, import.meta.url));
  try {
    const native = require(file) as Native;
    const { version } = require("../package.json") as { version: string };
    return { native, file, version };
  } catch (cause) {
    const what = emulated ? "the emulated device is part of builds of the repository alone" : `no addon for ${platform}`;
    throw unavailable(`${what}: tried ${file} (${cause instanceof Error ? cause.message.split("\n")[0]! : String(cause)})`, cause);
  }
}

export function unavailable(reason: string, cause?: unknown): SigError {
  return new SigError(`the cuda backend is not available here: ${reason}`, { code: "BACKEND_UNAVAILABLE", cause });
}
