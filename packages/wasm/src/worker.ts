/** The program of a worker: one call after another on an instance of its own. Its owner ends it to stop a call. */
import type { Real, Table } from "@sig/core";
import { Status } from "@sig/kernels";
import { Machine } from "./machine.js";
import type { Reply, Request } from "./messages.js";
import { builtin } from "./node.js";

/** Milliseconds between two reports of progress. */
const reportInterval = 20;

interface Scope {
  postMessage(message: Reply, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: { readonly data: Request }) => void): void;
}

const port = builtin("node:worker_threads")?.parentPort;
const scope = globalThis as unknown as Scope;
const tables = new Map<string, Table>();
let machine: Machine | undefined;
let lastReport = 0;

if (port) port.on("message", (message) => receive(message as Request));
else scope.addEventListener("message", ({ data }) => receive(data));

function reply(message: Reply, transfer: ArrayBuffer[] = []): void {
  if (port) port.postMessage(message, transfer);
  else scope.postMessage(message, transfer);
}

function report(fraction: number): void {
  const now = performance.now();
  if (now - lastReport < reportInterval) return;
  lastReport = now;
  reply({ kind: "progress", fraction });
}

function receive(request: Request): void {
  if (request.kind === "module") machine = new Machine(request.module, report);
  else if (request.kind === "forget") forget(request.key);
  else run(request);
}

function forget(key: string | undefined): void {
  machine?.forget(key);
  if (key === undefined) tables.clear();
  else tables.delete(key);
}

function tableOf(request: Request & { kind: "run" }): Table | undefined {
  if (request.table === undefined) return undefined;
  const { key, arrays } = request.table;
  if (arrays) tables.set(key, { key, arrays });
  return tables.get(key);
}

function run(request: Request & { kind: "run" }): void {
  const { fields, inputs, float64, withReports } = request;
  lastReport = performance.now();
  try {
    const outputs = allocate(request.outputs, float64);
    const table = tableOf(request);
    const status = outputs
      ? machine!.run({ fields, operands: [...inputs, ...outputs], inputs: inputs.length, outputs: outputs.length, table }, withReports)
      : Status.outOfMemory;
    const written = status === Status.ok && outputs ? outputs : [];
    reply(
      { kind: "done", status, outputs: written },
      written.flatMap((data) => (data ? [data.buffer as ArrayBuffer] : [])),
    );
  } catch (error) {
    reply({ kind: "crashed", reason: error instanceof Error ? error.message : String(error) });
  }
}

function allocate(lengths: readonly (number | null)[], float64: boolean): (Real | null)[] | undefined {
  try {
    return lengths.map((length) => (length === null ? null : float64 ? new Float64Array(length) : new Float32Array(length)));
  } catch {
    return undefined;
  }
}
