/** Calls of many tasks, whose results the threads of a page and of its worker compare. */
import { type Tensor, sig, sigKernel } from "@sig/api";
import * as asynchronous from "@sig/api/async";

/** A reproducible path that no thread computes by functions whose last bit is up to it. */
function paths(batch: number, length: number, dimension: number): Tensor {
  const data = new Float64Array(batch * length * dimension);
  for (let i = 0, state = 1; i < data.length; i++) {
    state = (state * 48271) % 2147483647;
    data[i] = state / 2147483647 / 10;
  }
  return { data, shape: [batch, length, dimension], dtype: "float64" };
}

const x = paths(400, 60, 3);
const y = paths(400, 50, 3);

/** Results of synchronous calls. */
export function largeNow(nJobs: number): Tensor[] {
  return [sig(x, 5, { nJobs }), sigKernel(x, y, { dyadicOrder: 1, nJobs })];
}

/** The same, promised. */
export async function largeSoon(nJobs: number): Promise<Tensor[]> {
  return [await asynchronous.sig(x, 5, { nJobs }), await asynchronous.sigKernel(x, y, { dyadicOrder: 1, nJobs })];
}

/** Counts the requests for help that workers started here are sent from now on. */
export function watchHelp(): () => number {
  let count = 0;
  const post = Object.getOwnPropertyDescriptor(Worker.prototype, "postMessage")!.value as (...args: unknown[]) => void;
  Worker.prototype.postMessage = function (this: Worker, ...args: unknown[]): void {
    if ((args[0] as { kind?: unknown }).kind === "help") count++;
    post.apply(this, args);
  };
  return () => count;
}
