// Computes, then has nothing more to do: the process must end by itself, with no thread of the library holding it.
import { allThreads, explain, getMemoryLimit, sig } from "@sig/api";
import * as asynchronous from "@sig/api/async";
import { createCpu } from "@sig/cpu";
import { smallPath } from "./common.mjs";

sig([smallPath, smallPath, smallPath], 3, { nJobs: -1 });
await asynchronous.sig(smallPath, 11, { nJobs: -1 });
const settings = {
  SIG_CPU_TARGET: createCpu().info().target,
  SIG_BACKEND: explain({ operation: "sig" }).choice.backend,
  SIG_NUM_THREADS: String(allThreads()),
  SIG_MEMORY_LIMIT: String(getMemoryLimit()),
};
console.log(JSON.stringify({ leaving: Date.now(), settings }));
