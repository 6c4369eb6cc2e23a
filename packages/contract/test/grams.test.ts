import { sigKernel, sigKernelGram as gramNow, sigMmd as mmdNow, withBackend } from "@sig/api";
import { sigKernel as sigKernelPromise, sigKernelGram, sigKernelGramBackprop, sigMmd } from "@sig/api/async";
import { describe, expect, it } from "vitest";
import { expectSameBits } from "../src/compare.js";
import { copy, randomNumbers, randomTensor, tensor } from "../src/tensors.js";
import { UserKernel } from "../src/userKernels.js";

/** The promise form where one call is much work or many steps: tiles of a gram, and a user's kernel on the event loop. */
const random = randomNumbers(5);
/** A gram that takes a good part of a second. */
const large = randomTensor(random, [120, 100, 3], "float64", 0.1);
const [x, y] = [randomTensor(random, [12, 7, 2], "float64", 0.2), randomTensor(random, [15, 6, 2], "float64", 0.2)];
const options = { dyadicOrder: 1 };

describe("a long gram", () => {
  it("reports progress on the way", async () => {
    const fractions: number[] = [];
    await sigKernelGram(large, { ...options, onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions.length).toBeGreaterThan(2);
    expect(fractions.at(-1)).toBe(1);
    fractions.forEach((fraction, i) => expect(fraction).toBeGreaterThan(fractions[i - 1] ?? -1));
  });

  it.each(["gram", "gradient"])("stops when its signal is aborted, with the reason of the signal: %s", async (what) => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let last = 0;
    const onProgress = (fraction: number): void => {
      last = fraction;
      controller.abort(reason);
    };
    const stopped = { ...options, signal: controller.signal, onProgress };
    const start = (): Promise<unknown> =>
      what === "gram"
        ? sigKernelGram(large, stopped)
        : sigKernelGramBackprop(tensor(new Float64Array(120 * 120).fill(1), [120, 120]), large, stopped);
    await expect(start()).rejects.toBe(reason);
    expect(last).toBeLessThan(1);
    // Nothing is left behind: the next call works.
    expectSameBits(await sigKernelGram(x, y, options), gramNow(x, y, options));
  });

  it("leaves the event loop running", async () => {
    let turns = 0;
    let done = false;
    const turn = (): void => {
      turns++;
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    await sigKernelGram(large, options);
    done = true;
    expect(turns).toBeGreaterThan(10);
  });
});

describe("a gram of a kernel of the user's", () => {
  const user = () => new UserKernel(0.7);

  it("gives the same bits as the synchronous form, whatever the caller does to the arrays meanwhile", async () => {
    const expected = gramNow(x, y, { ...options, staticKernel: user(), maxBatch: 5 });
    const [a, b] = [copy(x), copy(y)];
    const pending = sigKernelGram(a, b, { ...options, staticKernel: user(), maxBatch: 5 });
    a.data.fill(NaN);
    structuredClone(b.data.buffer, { transfer: [b.data.buffer as ArrayBuffer] });
    expectSameBits(await pending, expected);
    const mmd = mmdNow(x, y, { ...options, staticKernel: user() });
    expectSameBits(await sigMmd(x, y, { ...options, staticKernel: user(), maxBatch: 3 }), mmd);
  });

  it("yields to the event loop between tiles that take a while, and reports each", async () => {
    class Slow extends UserKernel {
      override increments(...parameters: Parameters<UserKernel["increments"]>): ReturnType<UserKernel["increments"]> {
        const end = performance.now() + 15;
        while (performance.now() < end);
        return super.increments(...parameters);
      }
    }
    const staticKernel = new Slow(0.7);
    const fractions: number[] = [];
    /** How many tiles had been asked for at each turn of the event loop. */
    const seen = new Set<number>();
    let done = false;
    const turn = (): void => {
      seen.add(staticKernel.calls.increments);
      if (!done) setImmediate(turn);
    };
    setImmediate(turn);
    await sigKernelGram(x, y, { ...options, staticKernel, maxBatch: 3, onProgress: (fraction) => fractions.push(fraction) });
    done = true;
    expect(staticKernel.calls.increments).toBe(20);
    expect(seen.size).toBeGreaterThan(10);
    expect(fractions).toHaveLength(20);
    expect(fractions.at(-1)).toBe(1);
    fractions.forEach((fraction, i) => expect(fraction).toBeGreaterThan(fractions[i - 1] ?? 0));
  });

  it("stops between tiles when its signal is aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const staticKernel = user();
    const onProgress = (): void => controller.abort(reason);
    const pending = sigKernelGram(x, y, { ...options, staticKernel, maxBatch: 3, signal: controller.signal, onProgress });
    await expect(pending).rejects.toBe(reason);
    expect(staticKernel.calls.increments).toBeLessThan(5);
  });

  it("runs beside others without mixing them up", async () => {
    const pending = Array.from({ length: 12 }, (_, i) => {
      const path = randomTensor(randomNumbers(i), [1 + (i % 5), 6, 2]);
      const given = { dyadicOrder: i % 3, ...(i % 2 ? { staticKernel: user() } : {}) };
      return { promise: sigKernelPromise(path, path, { ...given, nJobs: 1 + (i % 3) }), now: () => sigKernel(path, path, given) };
    });
    for (const { promise, now } of pending) expectSameBits(await promise, now());
  });
});

it("a backend named for a promise serves all of its steps", async () => {
  const given = { ...options, timeAug: true, normalize: true };
  const now = withBackend("cpu", () => gramNow(x, y, given));
  expectSameBits(await sigKernelGram(x, y, { ...given, backend: "cpu" }), now);
});
