/** The program of a worker: one call after another, its own ones and such that it helps with. Its owner ends it to stop a call. */
import type { Real, Table } from "@sig/core";
import { Status } from "@sig/kernels";
import { Helper } from "./helper.js";
import type { Kernels } from "./instance.js";
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
let helper: Helper | undefined;
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
  if (request.kind === "kernels") begin(request.kernels);
  else if (request.kind === "help") helper!.help(request.help);
  else if (request.kind === "forget") forget(request.key);
  else run(request);
}

function begin(kernels: Kernels): void {
  machine = new Machine(kernels, { report, recruit: (call) => reply({ kind: "open", call }) });
  helper = new Helper(kernels.module);
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
  const { fields, inputs, float64, threads, withReports } = request;
  lastReport = performance.now();
  try {
    const outputs = allocate(request.outputs, float64);
    const table = tableOf(request);
    const status = outputs
      ? machine!.run(
          { fields, operands: [...inputs, ...outputs], inputs: inputs.length, outputs: outputs.length, table },
          { threads, withReports },
        )
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
