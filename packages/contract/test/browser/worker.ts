/** Checks a few samples of every operation inside a worker of a page, and reports. */
import { init } from "@sig/wasm";
import "@sig/wasm/register";
import { checkGradients, checkValues } from "../../src/conformance.js";
import { operations } from "../../src/operations/index.js";
import { titleOf } from "../../src/operations/spec.js";

export interface Report {
  readonly isWorker: boolean;
  readonly checked: readonly string[];
  readonly failures: readonly string[];
}

async function report(): Promise<Report> {
  const checked: string[] = [];
  const failures: string[] = [];
  await init();
  for (const op of operations.map((all) => ({ ...all, samples: all.samples.slice(0, 3) }))) {
    try {
      await checkValues(op, "float64", "wasm");
      await checkGradients(op, "float64", "wasm");
      checked.push(titleOf(op));
    } catch (error) {
      failures.push(`${titleOf(op)}: ${String(error)}`);
    }
  }
  return { isWorker: !("document" in globalThis), checked, failures };
}

report().then(
  (result) => postMessage(result),
  (error: unknown) => postMessage({ isWorker: true, checked: [], failures: [String(error)] }),
);
