// A worker: computes a small signature and says so, then begins something long if it is asked to.
import { parentPort, workerData } from "node:worker_threads";
import { sig } from "@sig/api";
import * as asynchronous from "@sig/api/async";
import { degree, longPath, smallPath } from "./common.mjs";

const now = sig(smallPath, 3);
const later = await asynchronous.sig(smallPath, 3, { nJobs: 2 });
parentPort.postMessage({ now: now.data, later: later.data });
if (workerData?.keepBusy) {
  const path = longPath();
  void asynchronous.sig(path, degree, { onProgress: () => {} });
  // The buffer goes away with a message while it is being read.
  parentPort.postMessage({ busy: path.data }, [path.data.buffer]);
}
