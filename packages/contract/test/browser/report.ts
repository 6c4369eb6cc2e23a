import type { Dtype } from "@sig/api";
import { checkGradients, checkValues } from "../../src/conformance.js";
import { type Operation, titleOf } from "../../src/operations/spec.js";

/** What a worker has to say. */
export interface Report {
  readonly isWorker: boolean;
  readonly checked: readonly string[];
  readonly failures: readonly string[];
}

/** Checks a few samples of every operation in a worker, and posts the report to its page. */
export async function reportOn(operations: readonly Operation[], dtype: Dtype, backend: string): Promise<void> {
  const checked: string[] = [];
  const failures: string[] = [];
  for (const op of operations.map((all) => ({ ...all, samples: all.samples.slice(0, 3) }))) {
    try {
      await checkValues(op, dtype, backend);
      await checkGradients(op, dtype, backend);
      checked.push(titleOf(op));
    } catch (error) {
      failures.push(`${titleOf(op)}: ${String(error)}`);
    }
  }
  postMessage({ isWorker: !("document" in globalThis), checked, failures } satisfies Report);
}

/** The report of a worker that runs the module. */
export async function reportOf(worker: Worker): Promise<Report> {
  const report = await new Promise<Report>((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => resolve(data as Report));
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
  });
  worker.terminate();
  return report;
}
