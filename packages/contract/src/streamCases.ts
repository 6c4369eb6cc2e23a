/** What the tests of streams share: the streams there are, and paths to push into them. */
import {
  BranchedLogSigStream,
  BranchedLogSigWindowStream,
  BranchedSigStream,
  BranchedSigWindowStream,
  LogSigStream,
  LogSigWindowStream,
  SigStream,
  SigWindowStream,
  branchedLogSig,
  branchedSig,
  logSig,
  sig,
} from "@sig/api";
import type { Dtype, IntervalStream, StreamSnapshot, Tensor, WindowStream } from "@sig/api";
import fc from "fast-check";
import { randomNumbers, realArray, tensor, volume } from "./tensors.js";

const branchedLogs = [
  { planar: false, scalarTerm: false },
  { planar: false, scalarTerm: true, method: 0 },
  { planar: true, scalarTerm: true },
  { planar: true, scalarTerm: true, method: 0 },
  { planar: true, method: 2 },
] as const;
const nameOf = (options: object): string => `of ${JSON.stringify(options).replaceAll('"', "")}`;

export interface IntervalCase {
  readonly name: string;
  readonly make: (dimension: number, degree: number, nJobs?: number) => IntervalStream;
  readonly restore: (snapshot: StreamSnapshot) => IntervalStream;
  /** What the stream gives for a whole path. */
  readonly direct: (path: Tensor, degree: number) => Tensor;
}

export const intervalStreams: readonly IntervalCase[] = [
  {
    name: "SigStream",
    make: (dimension, degree, nJobs) => new SigStream(dimension, degree, { nJobs }),
    restore: (snapshot) => SigStream.fromJSON(snapshot),
    direct: sig,
  },
  {
    name: "SigStream with scalar term",
    make: (dimension, degree, nJobs) => new SigStream(dimension, degree, { scalarTerm: true, nJobs }),
    restore: (snapshot) => SigStream.fromJSON(snapshot),
    direct: (path, degree) => sig(path, degree, { scalarTerm: true }),
  },
  ...([2, 3] as const).map((method) => ({
    name: `LogSigStream of method ${method}`,
    make: (dimension: number, degree: number, nJobs?: number) => new LogSigStream(dimension, degree, { method, nJobs }),
    restore: (snapshot: StreamSnapshot) => LogSigStream.fromJSON(snapshot),
    direct: (path: Tensor, degree: number) => logSig(path, degree, { method }),
  })),
  ...[false, true].map((planar) => ({
    name: `BranchedSigStream${planar ? ", planar, with scalar term" : ""}`,
    make: (dimension: number, degree: number, nJobs?: number) =>
      new BranchedSigStream(dimension, degree, { planar, scalarTerm: planar, nJobs }),
    restore: (snapshot: StreamSnapshot) => BranchedSigStream.fromJSON(snapshot),
    direct: (path: Tensor, degree: number) => branchedSig(path, degree, { planar, scalarTerm: planar }),
  })),
  ...branchedLogs.map((options) => ({
    name: `BranchedLogSigStream ${nameOf(options)}`,
    make: (dimension: number, degree: number, nJobs?: number) => new BranchedLogSigStream(dimension, degree, { ...options, nJobs }),
    restore: (snapshot: StreamSnapshot) => BranchedLogSigStream.fromJSON(snapshot),
    direct: (path: Tensor, degree: number) => branchedLogSig(path, degree, options),
  })),
];

export interface WindowCase {
  readonly name: string;
  readonly make: (dimension: number, degree: number, windowSize: number, stride?: number) => WindowStream;
  readonly restore: (snapshot: StreamSnapshot) => WindowStream;
  readonly direct: (path: Tensor, degree: number) => Tensor;
}

export const windowStreams: readonly WindowCase[] = [
  ...[false, true].map((scalarTerm) => ({
    name: `SigWindowStream${scalarTerm ? " with scalar term" : ""}`,
    make: (dimension: number, degree: number, windowSize: number, stride?: number) =>
      new SigWindowStream(dimension, degree, windowSize, { stride, scalarTerm }),
    restore: (snapshot: StreamSnapshot) => SigWindowStream.fromJSON(snapshot),
    direct: (path: Tensor, degree: number) => sig(path, degree, { scalarTerm }),
  })),
  ...([0, 1, 2, 3] as const).map((method) => ({
    name: `LogSigWindowStream of method ${method}`,
    make: (dimension: number, degree: number, windowSize: number, stride?: number) =>
      new LogSigWindowStream(dimension, degree, windowSize, { stride, method }),
    restore: (snapshot: StreamSnapshot) => LogSigWindowStream.fromJSON(snapshot),
    direct: (path: Tensor, degree: number) => logSig(path, degree, { method }),
  })),
  ...[false, true].map((planar) => ({
    name: `BranchedSigWindowStream${planar ? ", planar, with scalar term" : ""}`,
    make: (dimension: number, degree: number, windowSize: number, stride?: number) =>
      new BranchedSigWindowStream(dimension, degree, windowSize, { stride, planar, scalarTerm: planar }),
    restore: (snapshot: StreamSnapshot) => BranchedSigWindowStream.fromJSON(snapshot),
    direct: (path: Tensor, degree: number) => branchedSig(path, degree, { planar, scalarTerm: planar }),
  })),
  ...[...branchedLogs, { planar: true, method: 3 } as const].map((options) => ({
    name: `BranchedLogSigWindowStream ${nameOf(options)}`,
    make: (dimension: number, degree: number, windowSize: number, stride?: number) =>
      new BranchedLogSigWindowStream(dimension, degree, windowSize, { ...options, stride }),
    restore: (snapshot: StreamSnapshot) => BranchedLogSigWindowStream.fromJSON(snapshot),
    direct: (path: Tensor, degree: number) => branchedLogSig(path, degree, options),
  })),
];

/** The points `from` to `to - 1` of paths (..., length, dimension). */
export function slice(path: Tensor, from: number, to: number): Tensor {
  const batchShape = path.shape.slice(0, -2);
  const [length = 0, dimension = 0] = path.shape.slice(-2);
  const out = realArray(path.dtype, volume(batchShape) * (to - from) * dimension);
  for (let item = 0; item < volume(batchShape); item++) {
    const start = item * length * dimension;
    out.set(path.data.subarray(start + from * dimension, start + to * dimension), item * (to - from) * dimension);
  }
  return { data: out, shape: [...batchShape, to - from, dimension], dtype: path.dtype };
}

/** One point of paths, (..., dimension). */
export function pointOf(path: Tensor, index: number): Tensor {
  const { data, shape, dtype } = slice(path, index, index + 1);
  return { data, shape: [...shape.slice(0, -2), ...shape.slice(-1)], dtype };
}

/** Random walks, (..., length, dimension). */
export function walk(seed: number, batchShape: readonly number[], length: number, dimension: number, dtype: Dtype = "float64"): Tensor {
  const random = randomNumbers(seed);
  const data = Array.from({ length: volume(batchShape) }, () => {
    const position = new Array<number>(dimension).fill(0);
    return Array.from({ length }, () => position.map((x, c) => (position[c] = x + random() - 0.5)));
  }).flat(2);
  return tensor(data, [...batchShape, length, dimension], dtype);
}

/** What is done to a stream: `points` pushed one by one, a `block` of points, checkpoints popped. */
export type Action = readonly ["points" | "block" | "pop", number];

export interface StreamRun {
  readonly actions: readonly Action[];
  readonly path: Tensor;
  readonly dimension: number;
  readonly degree: number;
}

/** Runs that fill several pieces, with long blocks in between. */
export const streamRuns: fc.Arbitrary<StreamRun> = fc
  .record({
    actions: fc.array(
      fc.oneof(
        fc.tuple(fc.constant("points" as const), fc.integer({ min: 1, max: 90 })),
        fc.tuple(fc.constant("block" as const), fc.integer({ min: 0, max: 90 })),
        fc.tuple(fc.constant("pop" as const), fc.integer({ min: 1, max: 60 })),
      ),
      { minLength: 1, maxLength: 8 },
    ),
    batchShape: fc.constantFrom([], [2], [2, 1]),
    dimension: fc.integer({ min: 1, max: 3 }),
    degree: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map(({ actions, batchShape, dimension, degree, seed }) => {
    const length = actions.reduce((sum, [kind, count]) => sum + (kind === "pop" ? 0 : count), 0);
    return { actions, path: walk(seed, batchShape, length, dimension), dimension, degree };
  });

/** Takes the actions on a stream, and returns the point at each checkpoint, also of those that were popped. */
export function act(stream: IntervalStream, { actions, path }: StreamRun): number[] {
  const checkpoints: number[] = [];
  let at = 0;
  for (const [kind, count] of actions) {
    if (kind === "pop") {
      for (let i = 0; i < count && stream.size > 1; i++) stream.popFront();
    } else if (kind === "points") {
      for (let i = 0; i < count; i++, at++) {
        stream.push(pointOf(path, at));
        checkpoints.push(at);
      }
    } else {
      stream.pushBatch(slice(path, at, at + count));
      if (checkpoints.length === 0 && count > 1) checkpoints.push(at);
      at += count;
      if (count > 0) checkpoints.push(at - 1);
    }
  }
  return checkpoints;
}
