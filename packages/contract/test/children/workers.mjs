// Four workers at once, then twenty that are terminated in the middle of their work.
import { Worker } from "node:worker_threads";
import { sig } from "@sig/api";
import { smallPath } from "./common.mjs";

function start(workerData) {
  const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData });
  return Object.assign(worker, { ended: new Promise((resolve) => worker.once("exit", resolve)) });
}
const message = (worker) => new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
const expected = sig(smallPath, 3).data.join();

for (let round = 0; round < 3; round++) {
  const workers = Array.from({ length: 4 }, () => start({}));
  for (const { now, later } of await Promise.all(workers.map(message))) {
    if (now.join() !== expected || later.join() !== expected) throw new Error(`a worker computed ${now.join()} and ${later.join()}`);
  }
  await Promise.all(workers.map((worker) => worker.ended));
}

for (let round = 0; round < 5; round++) {
  const workers = Array.from({ length: 4 }, () => start({ keepBusy: true }));
  await Promise.all(workers.map((worker) => message(worker).then(() => message(worker))));
  await Promise.all(workers.map((worker) => worker.terminate()));
  if (sig(smallPath, 3).data.join() !== expected) throw new Error("the main thread computes something else afterwards");
}
console.log(JSON.stringify({ workers: "ended" }));
