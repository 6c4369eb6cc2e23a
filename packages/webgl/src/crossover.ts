/**
 * Whether a call is worth the way to the device, for calls that nobody sent here by name. What a device takes for a round trip and what it
 * computes in a millisecond differ by orders of magnitude from one to the next, so they are measured here, once, by the first call that is
 * large enough to be worth asking.
 */
import type { Calls, OperationName } from "@sig/core";
import type { Gpu } from "./gpu.js";
import { gridOf } from "./kernel.js";
import { Session } from "./session.js";
import { sig } from "./signature.js";
import { lettersOf, pointsOf } from "./transforms.js";
import { rowLengthOf } from "./words.js";

/** Multiplications and additions, and numbers that go to the device or come back. */
export interface Effort {
  readonly operations: number;
  readonly moved: number;
}

/** What was measured, in milliseconds. */
export interface Costs {
  /** A call that computes next to nothing. */
  readonly roundTrip: number;
  /** One number more to move. */
  readonly perNumber: number;
  /** One operation more, on the device and here. */
  readonly perOperation: number;
  readonly perOperationHere: number;
}

/** Below this nothing is asked: no round trip is as fast as these operations are here. */
const LEAST_OPERATIONS = 2e6;

/** How many times faster the kernels of the other backends are than the loop that stands for them in the measurement: SIMD. */
const KERNEL_GAIN = 4;

type Efforts = { readonly [K in OperationName]?: (call: Calls[K]) => Effort };

function ofPath(call: Calls["sig"] | Calls["sigBackprop"], passes: number): Effort {
  const width = rowLengthOf(lettersOf(call), call.degree);
  const segments = pointsOf(call) - 1;
  const numbers = call.batch * width * (call.stream ? segments : 1);
  return {
    operations: passes * call.batch * segments * width * call.degree,
    moved: passes * (call.batch * call.length * call.dimension + numbers),
  };
}

function ofRows(call: { readonly batch: number; readonly dimension: number; readonly degree: number }, passes: number): Effort {
  const numbers = call.batch * rowLengthOf(call.dimension, call.degree);
  return { operations: passes * numbers * call.degree, moved: 3 * numbers };
}

function ofPairs(call: Calls["sigKernel"] | Calls["sigKernelBackprop"], passes: number): Effort {
  const { pairs, rows, columns } = gridOf(call);
  const paths = (call.batch * call.length + call.batchY * call.lengthY) * call.dimension;
  const results = pairs * (call.grid ? (rows + 1) * (columns + 1) : 1);
  return { operations: passes * pairs * rows * columns * (12 + 2 * call.dimension), moved: passes * paths + results };
}

/** Transforms of paths move more than they compute, and are not listed: on their own they are never worth it. */
const efforts: Efforts = {
  sig: (call) => ofPath(call, 1),
  sigBackprop: (call) => ofPath(call, 3),
  sigCombine: (call) => ofRows(call, 1),
  sigCombineBackprop: (call) => ofRows(call, 2),
  sigJoin: (call) => ofRows(call, 1),
  sigJoinBackprop: (call) => ofRows(call, 2),
  sigToLogSig: (call) => ofRows(call, call.degree),
  sigToLogSigBackprop: (call) => ofRows(call, 3 * call.degree),
  sigKernel: (call) => ofPairs(call, 1),
  sigKernelBackprop: (call) => ofPairs(call, 3),
};

/** Why another backend is likely to be faster; undefined where this one is. */
export function notWorthwhile<K extends OperationName>(name: K, call: Calls[K], costs: () => Costs): string | undefined {
  const effort = efforts[name]?.(call);
  if (effort === undefined || effort.operations < LEAST_OPERATIONS) return "the work is too small for the way to the device";
  const { roundTrip, perNumber, perOperation, perOperationHere } = costs();
  const here = effort.operations * perOperationHere;
  const there = roundTrip + effort.moved * perNumber + effort.operations * perOperation;
  if (there < here) return undefined;
  return `it would take about ${there.toFixed(1)} ms on the device and ${here.toFixed(1)} ms here`;
}

const LETTERS = 3;
const DEGREE = 4;

function probeCall(batch: number, length: number): Calls["sig"] {
  const plain = { dtype: "float32", threads: 1, timeAug: false, leadLag: false, endTime: 1, stream: false, horner: true } as const;
  const path = Float32Array.from({ length: batch * length * LETTERS }, (_, i) => ((i * 7919) % 101) / 1000);
  const data = new Float32Array(batch * rowLengthOf(LETTERS, DEGREE));
  const sizes = { batch, length, dimension: LETTERS, degree: DEGREE };
  return { ...plain, ...sizes, path, correction: undefined, out: { data, scalar: false } };
}

/** Milliseconds of the faster of two runs, after one that compiles. */
function fastest(run: () => void): number {
  run();
  const times = [0, 1].map(() => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return Math.min(...times);
}

/** The loop that stands for the kernels of other backends: one level of products of two rows. */
function hereLoop(rows: Float32Array, width: number): void {
  for (let at = width; at + width <= rows.length; at += width) {
    for (let i = 0; i < width; i++) rows[at + i] = rows[at + i]! * 0.5 + rows[at - width + i]! * 0.25;
  }
}

/** Measures in some tens of milliseconds, with calls that grow until they take clearly longer than a round trip. */
export function measureCosts(gpu: Gpu): Costs {
  const time = (call: Calls["sig"]): number =>
    fastest(() => {
      const session = new Session(gpu);
      try {
        for (const work = sig(session, call); !work.next().done;);
        session.readNow();
      } finally {
        session.close();
      }
    });
  const roundTrip = time(probeCall(1, 2));
  const grown = (length: number): Effort & { readonly time: number } => {
    for (let batch = 16; ; batch *= 4) {
      const call = probeCall(batch, length);
      const found = time(call);
      if (found > 3 * roundTrip || batch >= 4096) return { ...ofPath(call, 1), time: found };
    }
  };
  // Much to move and next to nothing to compute; then much to compute from little.
  const wide = grown(2);
  const long = grown(65);
  const perNumber = Math.max(0, wide.time - roundTrip) / wide.moved;
  const computing = Math.max(0, long.time - roundTrip - long.moved * perNumber);
  const rows = new Float32Array(1 << 18).fill(0.1);
  const here = fastest(() => hereLoop(rows, 1 << 8));
  return { roundTrip, perNumber, perOperation: computing / long.operations, perOperationHere: here / (2 * rows.length * KERNEL_GAIN) };
}
