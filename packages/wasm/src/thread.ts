/** A worker thread of Node or of a browser. */
import { workerProgram } from "../generated/workerProgram.js";
import type { Reply, Request } from "./messages.js";
import { builtin } from "./node.js";

export interface Thread {
  post(message: Request, transfer?: ArrayBuffer[]): void;
  /** Whether the thread keeps the process alive. */
  hold(held: boolean): void;
  end(): void;
}

interface Listeners {
  readonly heard: (message: Reply) => void;
  /** The thread is gone, other than by `end`. */
  readonly failed: (reason: unknown) => void;
}

export function startThread(listeners: Listeners): Thread {
  const threads = builtin("node:worker_threads");
  return threads ? nodeThread(threads.Worker, listeners) : browserThread(listeners);
}

type NodeWorkers = NonNullable<ReturnType<typeof builtin<"node:worker_threads">>>["Worker"];

function nodeThread(NodeWorker: NodeWorkers, { heard, failed }: Listeners): Thread {
  const worker = new NodeWorker(workerProgram, { eval: true, execArgv: [], env: {} });
  let ended = false;
  worker.on("message", (message) => heard(message as Reply));
  worker.on("error", failed);
  worker.on("exit", (code) => {
    if (!ended) failed(new Error(`its worker ended with code ${String(code)}`));
  });
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    hold: (held) => (held ? worker.ref() : worker.unref()),
    end() {
      ended = true;
      void worker.terminate();
    },
  };
}

let programUrl: string | undefined;

function browserThread({ heard, failed }: Listeners): Thread {
  programUrl ??= URL.createObjectURL(new Blob([workerProgram], { type: "text/javascript" }));
  const worker = new Worker(programUrl);
  worker.addEventListener("message", ({ data }) => heard(data as Reply));
  worker.addEventListener("error", (event) =>
    failed(new Error(event.message || "its worker did not start; a Content-Security-Policy has to allow blob: in worker-src")),
  );
  worker.addEventListener("messageerror", () => failed(new Error("its worker could not be understood")));
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    hold: () => undefined,
    end: () => worker.terminate(),
  };
}
