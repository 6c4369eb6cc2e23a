/**
 * The workers of a realm, which compute what was promised: a call takes an idle one, a new one, or waits for its turn. They end with
 * the realm, and do not keep a process alive while they idle. A call is stopped by ending its worker.
 */
import { Status } from "@sig/kernels";
import type { Job } from "./job.js";
import type { Reply } from "./messages.js";
import { crashed } from "./status.js";
import { startThread, type Thread } from "./thread.js";

/** A job on its way. */
export interface Ticket {
  readonly job: Job;
  readonly module: WebAssembly.Module;
  /** How many workers there may be when it begins. */
  readonly limit: number;
  readonly onProgress: ((fraction: number) => void) | undefined;
  readonly ended: (status: Status) => void;
  readonly failed: (error: unknown) => void;
}

interface Seat {
  readonly thread: Thread;
  /** Keys of the tables that the worker has. */
  readonly tables: Set<string>;
  ticket: Ticket | undefined;
}

const seats: Seat[] = [];
const waiting: Ticket[] = [];

export function enqueue(ticket: Ticket): void {
  waiting.push(ticket);
  serve();
}

/** Ends a job that has not ended; what it would have said is not said. */
export function cancel(ticket: Ticket): void {
  const place = waiting.indexOf(ticket);
  if (place >= 0) waiting.splice(place, 1);
  const seat = seats.find((one) => one.ticket === ticket);
  if (seat) close(seat);
  ticket.ended(Status.stopped);
  serve();
}

/** Lets every worker drop a table, or all; a call that is computed keeps its own. */
export function forgetTables(key: string | undefined): void {
  for (const seat of seats) {
    seat.thread.post({ kind: "forget", key });
    if (key === undefined) seat.tables.clear();
    else seat.tables.delete(key);
  }
}

function serve(): void {
  while (waiting.length > 0) {
    const ticket = waiting[0]!;
    let seat = seats.find((one) => !one.ticket);
    if (!seat && seats.length >= Math.max(1, ticket.limit)) return;
    waiting.shift();
    try {
      seat ??= open(ticket.module);
      begin(seat, ticket);
    } catch (error) {
      if (seat) close(seat);
      // A copy of the arrays for which there is no memory.
      if (error instanceof RangeError) ticket.ended(Status.outOfMemory);
      else ticket.failed(crashed(error));
    }
  }
}

function open(module: WebAssembly.Module): Seat {
  const seat: Seat = {
    thread: startThread({ heard: (message) => heard(seat, message), failed: (reason) => lost(seat, reason) }),
    tables: new Set(),
    ticket: undefined,
  };
  seat.thread.post({ kind: "module", module });
  seats.push(seat);
  return seat;
}

function close(seat: Seat): void {
  seat.ticket = undefined;
  const place = seats.indexOf(seat);
  if (place >= 0) seats.splice(place, 1);
  seat.thread.end();
}

function begin(seat: Seat, ticket: Ticket): void {
  const { job } = ticket;
  const operands = job.operands.slice(0, job.inputs + job.outputs);
  const inputs = operands.slice(0, job.inputs).map((data) => data?.slice() ?? null);
  const { table } = job;
  seat.ticket = ticket;
  seat.thread.hold(true);
  seat.thread.post(
    {
      kind: "run",
      fields: job.fields,
      float64: operands.some((data) => data instanceof Float64Array),
      inputs,
      outputs: operands.slice(job.inputs).map((data) => data?.length ?? null),
      table: table && { key: table.key, arrays: seat.tables.has(table.key) ? undefined : table.arrays },
      withReports: ticket.onProgress !== undefined,
    },
    inputs.flatMap((data) => (data ? [data.buffer] : [])),
  );
  if (table) seat.tables.add(table.key);
}

function heard(seat: Seat, message: Reply): void {
  const { ticket } = seat;
  if (!ticket) return;
  if (message.kind === "progress") {
    ticket.onProgress?.(message.fraction);
    return;
  }
  seat.ticket = undefined;
  seat.thread.hold(false);
  if (message.kind === "done") {
    message.outputs.forEach((data, i) => {
      if (data) ticket.job.operands[ticket.job.inputs + i]?.set(data);
    });
    ticket.ended(message.status);
  } else {
    ticket.failed(crashed(new Error(message.reason)));
  }
  serve();
}

function lost(seat: Seat, reason: unknown): void {
  const { ticket } = seat;
  close(seat);
  ticket?.failed(crashed(reason));
  serve();
}
