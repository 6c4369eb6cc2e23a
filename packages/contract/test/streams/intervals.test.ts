import {
  BranchedLogSigStream,
  BranchedSigStream,
  LogSigStream,
  SigStream,
  branchedLogSigToSig,
  branchedSig,
  logSigToSig,
  sig,
  sigCombine,
  sigInverse,
} from "@sig/api";
import type { IntervalStream } from "@sig/api";
import { describe, expect, it } from "vitest";
import { difference, expectClose, expectSameBits } from "../../src/compare.js";
import { property } from "../../src/properties.js";
import { levelLengths } from "../../src/reference/algebra.js";
import { act, intervalStreams, pointOf, slice, streamRuns, walk } from "../../src/streamCases.js";
import { itemOf, randomNumbers, tensor, volume } from "../../src/tensors.js";

const near = { tolerance: 1e-11, floor: 1 };

describe.each(intervalStreams.map((one) => [one.name, one] as const))("%s", (_, { make, restore, direct }) => {
  property("any interval is the direct computation, whatever was pushed and popped", streamRuns, (run) => {
    const stream = make(run.dimension, run.degree);
    const checkpoints = act(stream, run);
    expect(stream.endIndex).toBe(checkpoints.length - 1);
    if (stream.size === 0) return;
    const first = stream.startIndex;
    const all = stream.sigAll();
    expect(all.shape[0]).toBe(stream.size);
    const size = volume(all.shape.slice(1));
    const random = randomNumbers(run.path.data.length);
    const draw = (): number => first + Math.floor(random() * stream.size);
    for (let i = 0; i < 8; i++) {
      const [start, end] = [draw(), draw()].sort((a, b) => a - b) as [number, number];
      const piece = slice(run.path, checkpoints[start]!, checkpoints[end]! + 1);
      expectClose(stream.sig(start, end), direct(piece, run.degree), near, `sig(${start}, ${end})`);
      const whole = slice(run.path, 0, checkpoints[end]! + 1);
      const row = tensor(all.data.slice((end - first) * size, (end - first + 1) * size), all.shape.slice(1));
      expectClose(row, direct(whole, run.degree), near, `sigAll at ${end}`);
    }
  });

  property("a snapshot is the stream, bit for bit, and goes on like it", streamRuns, (run) => {
    const stream = make(run.dimension, run.degree);
    act(stream, run);
    const text = JSON.stringify(stream);
    const again = restore(JSON.parse(text) as ReturnType<typeof stream.toJSON>);
    expect(JSON.stringify(again)).toBe(text);
    for (const one of [stream, again]) one.push(pointOf(run.path.data.length > 0 ? run.path : walk(1, [], 1, run.dimension), 0));
    if (run.path.data.length > 0) for (const one of [stream, again]) one.pushBatch(run.path);
    expect([again.size, again.startIndex, again.endIndex, again.batchShape]).toEqual([
      stream.size,
      stream.startIndex,
      stream.endIndex,
      stream.batchShape,
    ]);
    const random = randomNumbers(text.length);
    const draw = (): number => stream.startIndex + Math.floor(random() * stream.size);
    for (let i = 0; i < 8; i++) {
      const [a, b] = [draw(), draw()];
      expectSameBits(again.sig(a, b), stream.sig(a, b), `sig(${a}, ${b})`);
    }
    expectSameBits(again.sigAll(), stream.sigAll(), "sigAll");
  });

  it("answers backwards by the value of the reversed path, and from a checkpoint to itself by that of a point", () => {
    const path = walk(5, [2], 80, 2);
    const stream = make(2, 3);
    for (let t = 0; t < 80; t++) stream.push(pointOf(path, t));
    const reversed = Array.from({ length: 80 }, (_, t) => pointOf(path, 79 - t).data);
    const items = [0, 1].map((item) => reversed.flatMap((point) => [...point.subarray(2 * item, 2 * item + 2)]));
    expectClose(stream.sig(79, 0), direct(tensor(items.flat(), [2, 80, 2]), 3), near);
    expectSameBits(stream.sig(40, 40), direct(slice(path, 40, 41), 3));
  });

  it("stacks several intervals", () => {
    const path = walk(6, [3], 50, 2);
    const stream = make(2, 2);
    for (let t = 0; t < 50; t++) stream.push(pointOf(path, t));
    const pairs = [
      [3, 41],
      [41, 3],
      [7, 7],
    ] as const;
    const values = stream.sigBatch(pairs);
    expect(values.shape.slice(0, 2)).toEqual([3, 3]);
    pairs.forEach(([a, b], i) => {
      expectSameBits(itemOf(values, values.shape.length - 1, i), stream.sig(a, b), `interval ${i}`);
    });
    expect(stream.sigBatch([]).shape).toEqual([0, ...values.shape.slice(1)]);
  });

  it("keeps nothing of what the caller holds", () => {
    const stream = make(2, 2);
    const point = Float64Array.of(0, 0);
    for (let t = 0; t < 40; t++) {
      point[0] = t;
      point[1] = t * t;
      stream.push(point);
      point.fill(NaN);
    }
    const before = stream.sig(0, 39);
    stream.sig(0, 39).data.fill(NaN);
    stream.sig(0, 32).data.fill(NaN);
    stream.sigAll().data.fill(NaN);
    expectSameBits(stream.sig(0, 39), before);
    const path = tensor(Array.from({ length: 40 }, (_, t) => [t, t * t]).flat(), [40, 2]);
    expectClose(before, direct(path, 2), near);
  });

  it("has the same bits on any number of threads", () => {
    const path = walk(7, [33], 70, 3);
    const [one, three] = [make(3, 3, 1), make(3, 3, 3)];
    for (let t = 0; t < 70; t++) for (const stream of [one, three]) stream.push(pointOf(path, t));
    for (const [a, b] of [
      [0, 69],
      [5, 66],
    ] as const)
      expectSameBits(three.sig(a, b), one.sig(a, b));
  });

  it("takes empty batches", () => {
    const stream = make(2, 2);
    const width = direct(walk(1, [], 2, 2), 2).shape[0]!;
    for (let t = 0; t < 70; t++) stream.push({ data: new Float64Array(0), shape: [0, 2] });
    expect(stream.sig(0, 69).shape).toEqual([0, width]);
    expect(stream.sigAll().shape).toEqual([70, 0, width]);
  });

  it("computes in float32 where the points are", () => {
    const path = walk(8, [], 100, 2, "float32");
    const stream = make(2, 3);
    stream.pushBatch(slice(path, 0, 60));
    for (let t = 60; t < 100; t++) stream.push(pointOf(path, t));
    expectClose(stream.sig(0, 41), direct(path, 3), { tolerance: 1e-5, floor: 1 });
  });

  it("lets NaN spoil only the intervals that it is in", () => {
    const path = walk(9, [], 200, 2);
    const spoilt = tensor(
      path.data.map((x, i) => (i === 200 ? NaN : x)),
      path.shape,
    );
    const stream = make(2, 2);
    for (let t = 0; t < 200; t++) stream.push(pointOf(spoilt, t));
    expect(stream.sig(0, 150).data.some(Number.isNaN)).toBe(true);
    expectClose(stream.sig(0, 99), direct(slice(path, 0, 100), 2), near);
    expectClose(stream.sig(101, 199), direct(slice(path, 101, 200), 2), near);
  });
});

describe("after a million pushes", () => {
  const count = 1_000_000;
  const [dimension, degree] = [3, 4];
  const path = walk(2024, [], count + 1, dimension);
  const intervals = [
    [0, count],
    [12_345, 987_654],
    [500_000, 500_100],
    [count - 77, count],
  ] as const;
  const levels = { tolerance: 1e-12, groups: levelLengths(dimension, degree, false) };

  const filled = <Stream extends IntervalStream>(stream: Stream): Stream => {
    for (let t = 0; t <= count; t++) stream.push(path.data.subarray(t * dimension, (t + 1) * dimension));
    return stream;
  };

  it("every level of a signature is within 1e-12 of the direct computation", () => {
    const stream = filled(new SigStream(dimension, degree));
    for (const [a, b] of intervals) expectClose(stream.sig(a, b), sig(slice(path, a, b + 1), degree), levels, `sig(${a}, ${b})`);
  });

  it("so is the exponential of a log-signature", () => {
    const stream = filled(new LogSigStream(dimension, degree));
    for (const [a, b] of intervals) {
      const exponential = logSigToSig(stream.sig(a, b), dimension, degree, { method: 2 });
      expectClose(exponential, sig(slice(path, a, b + 1), degree), levels, `sig(${a}, ${b})`);
    }
  });

  it("and a branched signature, or the exponential of its logarithm", () => {
    const [top, planar] = [3, true];
    const agreement = { tolerance: 1e-12, groups: [3, 18, 135] };
    const signatures = filled(new BranchedSigStream(dimension, top, { planar }));
    const logarithms = filled(new BranchedLogSigStream(dimension, top, { planar, method: 2 }));
    for (const [a, b] of intervals) {
      const expected = branchedSig(slice(path, a, b + 1), top, { planar });
      expectClose(signatures.sig(a, b), expected, agreement, `sig(${a}, ${b})`);
      const exponential = branchedLogSigToSig(logarithms.sig(a, b), dimension, top, { planar, method: 2 });
      expectClose(exponential, expected, agreement, `exponential of sig(${a}, ${b})`);
    }
  });

  it("which a quotient of values from the first point on is not", () => {
    const [a, b] = [count - 77, count];
    const start = sig(slice(path, 0, a + 1), degree);
    const end = sig(slice(path, 0, b + 1), degree);
    const inverse = sigInverse(start, dimension, degree);
    const quotient = sigCombine(inverse, end, dimension, degree);
    expect(difference(quotient, sig(slice(path, a, b + 1), degree), levels)).toBeDefined();
  });
});

describe("memory", () => {
  it("is a bounded multiple of the points, however long the values", () => {
    const [dimension, degree, count] = [10, 4, 2000];
    const path = walk(3, [], count, dimension);
    const stream = new SigStream(dimension, degree);
    for (let t = 0; t < count; t++) stream.push(pointOf(path, t));
    expect(JSON.stringify(stream).length).toBeLessThan(6 * 8 * count * dimension);
  });

  it("is given back by popFront", () => {
    const path = walk(4, [], 5000, 2);
    const stream = new SigStream(2, 3);
    let longest = 0;
    for (let t = 0; t < 5000; t++) {
      stream.push(pointOf(path, t));
      if (stream.size > 100) stream.popFront();
      if (t % 500 === 0) longest = Math.max(longest, JSON.stringify(stream).length);
    }
    expect(stream.startIndex).toBe(4900);
    expectClose(stream.sig(4900, 4999), sig(slice(path, 4900, 5000), 3), near);
    expect(longest).toBeLessThan(20_000);
  });

  it("of a long block without checkpoints inside is that of its value", () => {
    const path = walk(5, [], 10_000, 2);
    const stream = new SigStream(2, 3);
    stream.pushBatch(path);
    stream.push([0, 0]);
    expect(JSON.stringify(stream).length).toBeLessThan(1000);
    expectClose(stream.sig(0, 1), sig(path, 3), near);
  });
});
