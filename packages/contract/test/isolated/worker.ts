/** Computes inside a worker of a page, at once and as promises, and reports. */
import { explain, setBackend, type Tensor } from "@sig/api";
import { init } from "@sig/wasm";
import "@sig/wasm/register";
import { checkGradients, checkValues } from "../../src/conformance.js";
import { operations } from "../../src/operations/index.js";
import { titleOf } from "../../src/operations/spec.js";
import { largeNow, largeSoon, watchHelp } from "./large.js";

export interface Report {
  readonly threads: unknown;
  readonly helpNow: number;
  readonly helpSoon: number;
  readonly now: readonly Tensor[];
  readonly soon: readonly Tensor[];
  readonly checked: readonly string[];
}

async function report(): Promise<Report> {
  await init();
  setBackend("wasm");
  const helped = watchHelp();
  const now = largeNow(3);
  const helpNow = helped();
  const soon = await largeSoon(3);
  const helpSoon = helped() - helpNow;
  const checked: string[] = [];
  for (const op of operations.map((all) => ({ ...all, samples: all.samples.slice(0, 2) }))) {
    await checkValues(op, "float64", "wasm");
    await checkGradients(op, "float64", "wasm");
    checked.push(titleOf(op));
  }
  return { threads: explain().backends[0]?.info?.["threads"], helpNow, helpSoon, now, soon, checked };
}

report().then(
  (result) => postMessage(result),
  (error: unknown) => postMessage(String(error)),
);
