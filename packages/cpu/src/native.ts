/** Finds and loads the addon. Its state belongs to the environment (main thread or worker) that loads it. */
import { SigError } from "@sig/core";
import type { Real } from "@sig/core";
import type { Status } from "@sig/kernels";

/** What native/addon.cpp exports. */
export interface Native {
  /** The numbers that describe the next call; host.ts writes them. */
  readonly description: ArrayBuffer;
  /** SIMD targets compiled in, best first. */
  readonly targets: readonly { readonly name: string; readonly supported: boolean }[];
  /** Runs the described call on its inputs, then outputs. */
  run(a: Real | null, b: Real | null, c: Real | null, d: Real | null, e: Real | null, f: Real | null): Status;
  /** Begins the described call and returns the number of the job, or minus a status. */
  start(arrays: readonly (Real | null)[], settled: (status: Status) => void): number;
  stop(job: number): void;
  /** The share of the job's work that is done. */
  progress(job: number): number;
  /** Copies the arrays of a table; returns its number. */
  table(arrays: readonly (Int32Array | Float64Array)[]): number;
  forget(table: number): void;
}

export interface Loaded {
  readonly native: Native;
  readonly file: string;
  readonly version: string;
}

let loaded: Loaded | undefined;

/** The addon, loaded at the first call. `SIG_CPU_ADDON` names another file in its place. */
export function loadNative(): Loaded {
  loaded ??= load();
  return loaded;
}

function load(): Loaded {
  const { process } = globalThis as { process?: NodeJS.Process };
  if (typeof process?.getBuiltinModule !== "function") throw unavailable("it needs Node.js 20.16 or later");
  const require = process.getBuiltinModule("node:module").createRequire(import.meta.url);
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  const platform = `${process.platform}-${process.arch}`;
  const file = process.env["SIG_CPU_ADDON"] ?? fileURLToPath(new URL(`../prebuilds/${platform}/sig_cpu.node`, import.meta.url));
  try {
    const native = require(file) as Native;
    const { version } = require("../package.json") as { version: string };
    return { native, file, version };
  } catch (cause) {
    throw unavailable(`no addon for ${platform}: tried ${file} (${cause instanceof Error ? cause.message : String(cause)})`, cause);
  }
}

function unavailable(reason: string, cause?: unknown): SigError {
  return new SigError(`the cpu backend is not available here: ${reason}`, { code: "BACKEND_UNAVAILABLE", cause });
}
