/**
 * The workers of a realm, which compute what was promised: a call takes an idle one, a new one, or waits for its turn. They end with
 * the realm, and do not keep a process alive while they idle. A call is stopped by ending its worker. Workers that would idle help with
 * the large calls of others, and leave them for a call of their own.
 */
import { Status } from "@sig/kernels";
import { Gate } from "./gate.js";
import type { Kernels, OpenCall } from "./instance.js";
import type { Job } from "./job.js";
import type { Reply } from "./messages.js";
import { crashed } from "./status.js";
import { startThread, type Thread } from "./thread.js";

/** A job on its way. */
export interface Ticket {
  readonly job: Job;
  readonly kernels: Kernels;
  /** How many workers there may be when it begins. */
  readonly limit: number;
  readonly onProgress: ((fraction: number) => void) | undefined;
  readonly ended: (status: Status) => void;
  readonly failed: (error: unknown) => void;
}

interface Seat {
  readonly number: number;
  readonly thread: Thread;
  /** Keys of the tables that the worker has. */
  readonly tables: Set<string>;
  ticket: Ticket | undefined;
  /** The call of the ticket, where others help with it. */
  call: OpenCall | undefined;
  helping: { readonly leader: Seat | undefined; readonly call: OpenCall; readonly thread: number } | undefined;
}

/** Whom the helpers of a call help, and what they may be. */
interface Invitation {
  readonly kernels: Kernels;
  /** How many workers there may be. */
  readonly limit: number;
  /** Undefined: the calling thread. */
  readonly leader: Seat | undefined;
}

const seats: Seat[] = [];
const waiting: Ticket[] = [];
let seatsSoFar = 0;

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

/** Sends workers that idle, and new ones, to help with an open call. */
export function invite(call: OpenCall, { kernels, limit, leader }: Invitation): void {
  const team = `${leader?.number ?? 0}:${call.memoryNumber}`;
  for (let thread = 1; thread <= call.helpers; thread++) {
    let seat = seats.find((one) => !one.ticket && !one.helping);
    if (!seat && seats.length >= limit) return;
    try {
      seat ??= open(kernels);
      seat.thread.post({ kind: "help", help: { team, call, thread } });
      seat.helping = { leader, call, thread };
    } catch {
      // The call does without.
      return;
    }
  }
}

/** The call that the leader opened is over. */
export function release(leader: Seat | undefined): void {
  for (const seat of seats) if (seat.helping && seat.helping.leader === leader) seat.helping = undefined;
}

function serve(): void {
  while (waiting.length > 0) {
    const ticket = waiting[0]!;
    let seat = seats.find((one) => !one.ticket && !one.helping);
    if (!seat && seats.length >= Math.max(1, ticket.limit)) {
      seat = seats.find((one) => one.helping);
      if (!seat) return;
      const { call, thread } = seat.helping!;
      new Gate(call.memory, call.gate).dismiss(thread);
      seat.helping = undefined;
    }
    waiting.shift();
    try {
      seat ??= open(ticket.kernels);
      begin(seat, ticket);
    } catch (error) {
      if (seat) close(seat);
      // A copy of the arrays for which there is no memory.
      if (error instanceof RangeError) ticket.ended(Status.outOfMemory);
      else ticket.failed(crashed(error));
    }
  }
}

function open(kernels: Kernels): Seat {
  const seat: Seat = {
    number: ++seatsSoFar,
    thread: startThread({ heard: (message) => heard(seat, message), failed: (reason) => lost(seat, reason) }),
    tables: new Set(),
    ticket: undefined,
    call: undefined,
    helping: undefined,
  };
  seat.thread.hold(false);
  seat.thread.post({ kind: "kernels", kernels });
  seats.push(seat);
  return seat;
}

function close(seat: Seat): void {
  seat.ticket = undefined;
  if (seat.call) new Gate(seat.call.memory, seat.call.gate).end(Status.stopped);
  release(seat);
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
      threads: ticket.limit,
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
  if (message.kind === "open") {
    seat.call = message.call;
    invite(message.call, { kernels: ticket.kernels, limit: ticket.limit, leader: seat });
    return;
  }
  seat.ticket = undefined;
  seat.call = undefined;
  release(seat);
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
  // A call that it helped with cannot end any more.
  for (const one of [seat, seat.helping?.leader]) {
    const ticket = one?.ticket;
    if (one) close(one);
    ticket?.failed(crashed(reason));
  }
  serve();
}
