import { readFile } from "node:fs/promises";
import * as api from "@sig/api";
import { setBackend, sig as sigNow, withBackend } from "@sig/api";
import type { Tensor } from "@sig/api";
import {
  branchedSig,
  branchedSigBackprop,
  branchedSigKernelGram,
  branchedSigKernelGramBackprop,
  sig,
  sigBackprop,
  sigToLogSig,
} from "@sig/api/async";
import { afterEach, describe, expect, it } from "vitest";
import { calls, invoke } from "../src/calls.js";
import { asTensor, expectSameBits } from "../src/compare.js";
import { promiseByName } from "../src/operations/driver.js";
import { points } from "../src/pathTools.js";
import { asRefusal, thrownBy } from "../src/refusals.js";
import { copy, randomNumbers, randomTensor, zeros } from "../src/tensors.js";

const results = (value: unknown): Tensor[] => (Array.isArray(value) ? value : [value]).map((item) => asTensor(item));

/** One path that takes a good part of a second: a single row, so that nothing but the kernel itself can notice an abort. */
const long = randomTensor(randomNumbers(1), [200_000, 3], "float64", 0.01);
const longDegree = 8;
const part = points(long, 0, 40_000);

type Resizable = ArrayBuffer & { resize(bytes: number): void };
const ResizableBuffer = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => Resizable;

/** What a caller may do to an array while the promise is pending. */
const mischief: Readonly<Record<string, { prepare: (a: Tensor) => Tensor; spoil: (a: Tensor) => void }>> = {
  "transfers its buffer": {
    prepare: copy,
    spoil: ({ data }) => structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] }),
  },
  "shrinks its buffer": {
    prepare: (a) => {
      const data = new Float64Array(new ResizableBuffer(a.data.byteLength, { maxByteLength: a.data.byteLength }));
      data.set(a.data);
      return { ...a, data };
    },
    spoil: ({ data }) => (data.buffer as Resizable).resize(0),
  },
  "overwrites it": { prepare: copy, spoil: ({ data }) => data.fill(NaN) },
  "overwrites shared memory": {
    prepare: (a) => {
      const data = new Float64Array(new SharedArrayBuffer(a.data.byteLength));
      data.set(a.data);
      return { ...a, data };
    },
    spoil: ({ data }) => data.fill(NaN),
  },
};

describe.each(calls.map((call) => [call.title, call] as const))("%s", (_, call) => {
  const { name } = call;
  it.each(Object.keys(mischief))("is not disturbed if the caller %s meanwhile", async (kind) => {
    const { prepare, spoil } = mischief[kind] as (typeof mischief)[string];
    const expected = results(invoke(call, call.make()));
    const parameters = call.make();
    for (const position of call.arrays) parameters[position] = prepare(parameters[position] as Tensor);
    const promise = promiseByName(name, parameters);
    for (const position of call.arrays) spoil(parameters[position] as Tensor);
    results(await promise).forEach((result, i) => expectSameBits(result, expected[i] as Tensor, name));
  });

  it("reports progress that never decreases and ends at 1", async () => {
    const fractions: number[] = [];
    const parameters = call.make();
    await promiseByName(name, [
      ...parameters.slice(0, -1),
      { ...(parameters.at(-1) as object), onProgress: (fraction: number) => fractions.push(fraction) },
    ]);
    expect(fractions.at(-1)).toBe(1);
    fractions.forEach((fraction, i) => expect(fraction).toBeGreaterThanOrEqual(fractions[i - 1] ?? 0));
  });

  it("rejects with the reason of a signal that is aborted already", async () => {
    const reason = { said: "no" };
    const parameters = call.make();
    const promise = promiseByName(name, [
      ...parameters.slice(0, -1),
      { ...(parameters.at(-1) as object), signal: AbortSignal.abort(reason) },
    ]);
    await expect(promise).rejects.toBe(reason);
  });
});

describe("a long computation", () => {
  it("reports progress on the way", async () => {
    const fractions: number[] = [];
    await sig(long, longDegree, { onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions.length).toBeGreaterThan(1);
    expect(fractions.at(-1)).toBe(1);
    fractions.forEach((fraction, i) => expect(fraction).toBeGreaterThan(fractions[i - 1] ?? -1));
  });

  it.each(["sig", "sigBackprop"])("%s stops when its signal is aborted, with the reason of the signal", async (name) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let last = 0;
    const onProgress = (fraction: number): void => {
      last = fraction;
      controller.abort(reason);
    };
    const options = { signal: controller.signal, onProgress };
    const value = randomTensor(randomNumbers(3), [api.sigLength(3, longDegree)]);
    const start = (path: Tensor, more?: object) =>
      name === "sig" ? sig(path, longDegree, more) : sigBackprop(path, value, value, longDegree, more);
    // Half of the work, begun before and left alone: it ends later.
    const settled: string[] = [];
    const twice = randomTensor(randomNumbers(2), [400_000, 3], "float64", 0.01);
    const other = start(long).then(() => settled.push("finished"));
    await expect(start(twice, options).finally(() => settled.push("aborted"))).rejects.toBe(reason);
    await other;
    expect(settled).toEqual(["aborted", "finished"]);
    expect(last).toBeLessThan(1);
    // Nothing is left behind: the next call works.
    expect((await sig([[0], [2]], 2)).data).toEqual(Float64Array.of(2, 2));
  });

  it("is not changed by an abort afterwards", async () => {
    const controller = new AbortController();
    const value = await sig([[0], [2]], 2, { signal: controller.signal });
    controller.abort();
    expect(value.data).toEqual(Float64Array.of(2, 2));
  });

  it("rejects with what its listener throws", async () => {
    const failure = new Error("listener");
    const onProgress = (): void => {
      throw failure;
    };
    await expect(sig(long, longDegree, { onProgress })).rejects.toBe(failure);
  });

  it("leaves the event loop running, and the pool of Node's own work free", async () => {
    const order: string[] = [];
    const jobs = Array.from({ length: 8 }, () => sig(part, longDegree).then(() => order.push("job")));
    let turns = 0;
    const turn = (): void => {
      turns++;
      if (!order.includes("job")) setImmediate(turn);
    };
    setImmediate(turn);
    const file = readFile(new URL(import.meta.url)).then(() => order.push("file"));
    const timer = new Promise<void>((resolve) => setTimeout(() => resolve(void order.push("timer")), 1));
    await Promise.all([...jobs, file, timer]);
    expect(order.indexOf("file")).toBeLessThan(order.indexOf("job"));
    expect(order.indexOf("timer")).toBeLessThan(order.indexOf("job"));
    expect(turns).toBeGreaterThan(10);
  });

  it("runs beside others without mixing them up", async () => {
    const paths = Array.from({ length: 40 }, (_, i) => randomTensor(randomNumbers(i), [1 + (i % 7), 20, 2]));
    const all = await Promise.all(paths.map((path, i) => sig(path, 4, { nJobs: 1 + (i % 3) })));
    all.forEach((value, i) => expectSameBits(value, sigNow(paths[i] as Tensor, 4), `path ${i}`));
  });

  it("holds synchronous calls up no more than a moment, which keep their results", async () => {
    const pending = sig(part, longDegree);
    const expected = sigNow(
      [
        [0, 0],
        [1, 2],
        [4, 3],
      ],
      2,
    );
    for (let i = 0; i < 100; i++)
      expectSameBits(
        sigNow(
          [
            [0, 0],
            [1, 2],
            [4, 3],
          ],
          2,
        ),
        expected,
      );
    expect(asTensor(await pending).shape).toEqual([api.sigLength(3, longDegree)]);
  });
});

describe("a long computation with trees", () => {
  const walk = points(long, 0, 4000);
  const batch = randomTensor(randomNumbers(4), [400, 60, 2], "float64", 0.02);
  const row = api.branchedSigLength(3, 6, { planar: true });
  const jobs: Readonly<Record<string, (options: object) => Promise<unknown>>> = {
    branchedSig: (options) => branchedSig(walk, 6, { ...options, planar: true }),
    branchedSigBackprop: (options) => {
      const value = zeros([row]);
      return branchedSigBackprop(points(walk, 0, 1000), value, value, 6, { ...options, planar: true });
    },
    branchedSigKernelGram: (options) => branchedSigKernelGram(batch, undefined, 3, 0, options),
    branchedSigKernelGramBackprop: (options) => branchedSigKernelGramBackprop(zeros([400, 400]), batch, batch, 2, 0, options),
  };

  it.each(Object.keys(jobs))("%s reports progress on the way, and stops when its signal is aborted", async (name) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const fractions: number[] = [];
    const onProgress = (fraction: number): void => {
      fractions.push(fraction);
      if (fractions.length === 2) controller.abort(reason);
    };
    await expect(jobs[name]?.({ signal: controller.signal, onProgress })).rejects.toBe(reason);
    expect(fractions.length).toBeGreaterThan(1);
    fractions.forEach((fraction, i) => expect(fraction).toBeGreaterThan(fractions[i - 1] ?? -1));
    expect(fractions.at(-1)).toBeLessThan(1);
  });
});

describe("the choice of a backend", () => {
  afterEach(() => setBackend(null));

  it("is made when the call is made", async () => {
    setBackend("cpu");
    const pending = sig([[0], [2]], 2);
    setBackend(null);
    expect((await pending).data).toEqual(Float64Array.of(2, 2));
  });

  it("can be named for one call, and an unknown name is refused with those there are", async () => {
    expect((await sig([[0], [2]], 2, { backend: "cpu" })).data).toEqual(Float64Array.of(2, 2));
    const reason: unknown = await sig([[0], [2]], 2, { backend: "abacus" }).catch((thrown: unknown) => thrown);
    expect(asRefusal(reason, "backend").message).toContain("cpu");
    expect(
      asRefusal(
        thrownBy(() => setBackend("abacus"), "setBackend"),
        "setBackend",
      ).message,
    ).toContain("cpu");
  });

  it("withBackend holds for its function alone, which must be synchronous", () => {
    const before = api.getBackend();
    expect(withBackend("cpu", () => sigNow([[0], [2]], 1).data[0])).toBe(2);
    expect(api.getBackend()).toBe(before);
    expect(() =>
      withBackend("cpu", () => {
        throw new Error("inside");
      }),
    ).toThrow("inside");
    expect(api.getBackend()).toBe(before);
    asRefusal(
      thrownBy(() => withBackend("cpu", () => sigToLogSig([1, 2, 3, 4, 5, 6], 2, 2)), "thenable"),
      "thenable",
    );
    expect(api.getBackend()).toBe(before);
  });
});
