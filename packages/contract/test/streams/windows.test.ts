import { SigWindowStream, sig, type Tensor, type TensorLike } from "@sig/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectClose, expectSameBits } from "../../src/compare.js";
import { property } from "../../src/properties.js";
import { pointOf, slice, walk, windowStreams } from "../../src/streamCases.js";
import { itemOf, tensor } from "../../src/tensors.js";

const near = { tolerance: 1e-11, floor: 1 };

interface Cut {
  readonly path: Tensor;
  readonly blocks: readonly number[];
  readonly windowSize: number;
  readonly stride: number;
  readonly degree: number;
}

/** Paths that come in blocks; a block of -1 is a single point. */
const cuts: fc.Arbitrary<Cut> = fc
  .record({
    blocks: fc.array(fc.integer({ min: -1, max: 12 }), { maxLength: 12 }),
    batchShape: fc.constantFrom([], [3], [2, 0]),
    windowSize: fc.integer({ min: 1, max: 7 }),
    stride: fc.integer({ min: 1, max: 9 }),
    dimension: fc.integer({ min: 1, max: 3 }),
    degree: fc.integer({ min: 1, max: 3 }),
    seed: fc.nat(),
  })
  .map(({ blocks, batchShape, windowSize, stride, dimension, degree, seed }) => {
    const length = blocks.reduce((sum, count) => sum + Math.abs(count), 0);
    return { path: walk(seed, batchShape, length, dimension), blocks, windowSize, stride, degree };
  });

describe.each(windowStreams.map((one) => [one.name, one] as const))("%s", (_, { make, restore, direct }) => {
  property("gives every complete window, however the points come", cuts, ({ path, blocks, windowSize, stride, degree }) => {
    const stream = make(path.shape.at(-1) ?? 0, degree, windowSize, stride);
    let at = 0;
    for (const count of blocks) {
      if (count < 0) stream.push(pointOf(path, at));
      else stream.pushBatch(slice(path, at, at + count));
      at += Math.abs(count);
      expect(stream.numWindows).toBe(Math.max(0, Math.floor((at - windowSize) / stride) + 1));
    }
    if (stream.numWindows === 0) return;
    const all = stream.sig();
    for (let w = 0; w < stream.numWindows; w++) {
      const expected = direct(slice(path, w * stride, w * stride + windowSize), degree);
      const size = expected.data.length;
      const shape = all.shape.slice(1);
      expectClose({ data: all.data.slice(w * size, (w + 1) * size), shape, dtype: all.dtype }, expected, near, `window ${w}`);
    }
  });

  property("a snapshot is the stream, bit for bit, and goes on like it", cuts, ({ path, blocks, windowSize, stride, degree }) => {
    const stream = make(path.shape.at(-1) ?? 0, degree, windowSize, stride);
    let at = 0;
    for (const count of blocks) {
      stream.pushBatch(slice(path, at, (at += Math.abs(count))));
      if (count === 5 && stream.numWindows > 0) stream.drain();
    }
    const text = JSON.stringify(stream);
    const again = restore(JSON.parse(text) as ReturnType<typeof stream.toJSON>);
    expect(JSON.stringify(again)).toBe(text);
    expect([again.numWindows, again.batchShape]).toEqual([stream.numWindows, stream.batchShape]);
    const more = walk(1, stream.batchShape ?? [], windowSize + stride, path.shape.at(-1) ?? 0);
    for (const one of [stream, again]) one.pushBatch(more);
    expectSameBits(again.sig(), stream.sig());
  });
});

const path = walk(11, [2], 40, 2);

describe("drain", () => {
  it("gives the windows since the last time, and forgets them", () => {
    const stream = new SigWindowStream(2, 2, 5, { stride: 3 });
    const whole = new SigWindowStream(2, 2, 5, { stride: 3 });
    whole.pushBatch(path);
    const all = whole.sig();
    let drained = 0;
    for (let t = 0; t < 40; t++) {
      stream.push(pointOf(path, t));
      if (t % 10 !== 9) continue;
      const windows = stream.drain();
      for (let w = 0; w < (windows.shape[0] ?? 0); w++) expectClose(itemOf(windows, 2, w), itemOf(all, 2, drained + w), near);
      drained += windows.shape[0] ?? 0;
      expect(stream.numWindows).toBe(drained);
      expect(stream.sig().shape).toEqual([0, 2, 6]);
      expect(stream.drain().shape).toEqual([0, 2, 6]);
    }
    expect(drained).toBe(whole.numWindows);
  });

  it("leaves to sig what came after it", () => {
    const stream = new SigWindowStream(2, 2, 5);
    stream.pushBatch(slice(path, 0, 10));
    expect(stream.drain().shape).toEqual([6, 2, 6]);
    stream.pushBatch(slice(path, 10, 12));
    expect(stream.numWindows).toBe(8);
    const late = stream.sig();
    expect(late.shape).toEqual([2, 2, 6]);
    expectClose(itemOf(late, 2, 0), sig(slice(path, 6, 11), 2), near);
  });

  it("keeps an endless stream in the memory of one window", () => {
    const stream = new SigWindowStream(2, 2, 50, { stride: 7 });
    let longest = 0;
    for (let t = 0; t < 20_000; t++) {
      stream.push([t, t * t]);
      if (stream.numWindows > 0) stream.drain();
      if (t % 1000 === 0) longest = Math.max(longest, JSON.stringify(stream).length);
    }
    expect(stream.numWindows).toBe(Math.floor((20_000 - 50) / 7) + 1);
    expect(longest).toBeLessThan(2000);
  });
});

/** A source that counts what was taken from it, and knows whether it was closed. */
function counted(count: number, item: (t: number) => TensorLike = (t) => [t, t * t]) {
  const state = { taken: 0, closed: false };
  async function* generate(): AsyncGenerator<TensorLike> {
    try {
      for (; state.taken < count;) {
        await Promise.resolve();
        yield item(state.taken++);
      }
    } finally {
      state.closed = true;
    }
  }
  return { source: generate(), state };
}

describe("from", () => {
  it("gives each window of a source as its last point comes, and takes no point before it is asked for", async () => {
    const stream = new SigWindowStream(2, 2, 4, { stride: 2 });
    const { source, state } = counted(9);
    const windows = stream.from(source);
    expect(state.taken).toBe(0);
    for (const taken of [4, 6, 8]) {
      const { value } = await windows.next();
      expectClose(
        value,
        sig(
          tensor(
            range(taken - 4, taken).flatMap((t) => [t, t * t]),
            [4, 2],
          ),
          2,
        ),
        near,
      );
      await new Promise((resolve) => setTimeout(resolve, 1));
      expect(state.taken).toBe(taken);
    }
    expect((await windows.next()).done).toBe(true);
    expect(state).toEqual({ taken: 9, closed: true });
    expect(stream.numWindows).toBe(3);
  });

  it("hands windows over: they count as drained", async () => {
    const stream = new SigWindowStream(2, 1, 2);
    stream.pushBatch([
      [0, 0],
      [1, 1],
    ]);
    let given = 0;
    for await (const window of stream.from(counted(1000).source)) given += window.shape.length;
    expect(given).toBe(1000);
    expect(stream.numWindows).toBe(1001);
    expect(stream.sig().shape).toEqual([1, 2]);
  });

  it("closes the source when the loop is left, and keeps the windows that it did not get to", async () => {
    const stream = new SigWindowStream(2, 1, 2);
    const { source, state } = counted(9, (t) => range(5 * t, 5 * t + 5).map((x) => [x, x]));
    for await (const window of stream.from(source, { blocks: true })) {
      expect(window.shape).toEqual([2]);
      break;
    }
    expect(state).toEqual({ taken: 1, closed: true });
    expect(stream.numWindows).toBe(4);
    expect(stream.drain().shape).toEqual([3, 2]);
  });

  it("goes on where another source ended", async () => {
    const stream = new SigWindowStream(2, 1, 3);
    for await (const window of stream.from(counted(2).source)) expect(window).toBeUndefined();
    const { value } = await stream.from([[9, 9]]).next();
    expect(value).toMatchObject({ shape: [2], data: Float64Array.of(9, 9) });
  });

  it("takes web streams, and iterables that are not asynchronous", async () => {
    const web = new ReadableStream<TensorLike>({
      start(controller) {
        for (let t = 0; t < 5; t++) controller.enqueue([t, -t]);
        controller.close();
      },
    });
    for (const source of [web, range(0, 5).map((t) => [t, -t])]) {
      const stream = new SigWindowStream(2, 1, 5);
      const windows: Tensor[] = [];
      for await (const window of stream.from(source as unknown as AsyncIterable<TensorLike>)) windows.push(window);
      expect(windows.map(({ data }) => [...data])).toEqual([[4, -4]]);
    }
  });

  it("passes on what the source throws, and closes it where a point is refused, which changes nothing", async () => {
    const broken = (async function* (): AsyncGenerator<TensorLike> {
      yield [0, 0];
      await Promise.reject(new Error("the line is dead"));
    })();
    const stream = new SigWindowStream(2, 1, 2);
    await expect(stream.from(broken).next()).rejects.toThrow("the line is dead");
    const { source, state } = counted(5, (t) => (t === 1 ? [1, 2, 3] : [t, t]));
    const text = (): string => JSON.stringify(stream);
    const windows = stream.from(source);
    await windows.next();
    const before = text();
    await expect(windows.next()).rejects.toMatchObject({ code: "INVALID_SHAPE", operation: "SigWindowStream.from", argument: "source" });
    expect(text()).toBe(before);
    expect(state).toEqual({ taken: 2, closed: true });
  });

  it("refuses at once what is no source", () => {
    const stream = new SigWindowStream(2, 1, 2);
    for (const source of [undefined, null, 3, "text", {}, { data: new Float64Array(2), shape: [2] }, () => [[0, 0]]])
      expect(() => stream.from(source as never), typeof source).toThrow(/SigWindowStream\.from: source must be an iterable of points/);
    expect(() => stream.from([], { block: true } as never)).toThrow('did you mean "blocks"?');
    expect(() => stream.from([], { blocks: 1 as never })).toThrow("blocks must be true or false");
  });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
