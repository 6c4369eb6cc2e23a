import type { Real } from "@sig/core";
import { describe, expect, it } from "vitest";
import { createWasm } from "../src/index.js";
import { coefficientsCall, longCall, quietly, trieOf } from "./calls.js";

const wasm = createWasm({ workers: 2 });
const sigCoef = wasm.operations.sigCoef!;
const sameBits = (a: Real, b: Real): boolean =>
  Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));

describe("a promised call", () => {
  it("has the bits of the synchronous one, with more calls than workers, and tables that are forgotten meanwhile", async () => {
    const expected = coefficientsCall(20, 60);
    sigCoef.run(expected);
    const calls = Array.from({ length: 12 }, () => coefficientsCall(20, 60));
    const promises = calls.map((call) => sigCoef.start(call, quietly));
    wasm.forget(trieOf(5).key);
    await promises[3];
    wasm.forget();
    await Promise.all(promises);
    for (const call of calls) expect(sameBits(call.out, expected.out)).toBe(true);
  });

  it("leaves the event loop free and reports growing progress, also within one task", async () => {
    const fractions: number[] = [];
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await sigCoef.start(coefficientsCall(1, 60_000, 7), { signal: undefined, onProgress: (fraction) => fractions.push(fraction) });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(1);
    expect(fractions.length).toBeGreaterThan(2);
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual([...new Set(fractions)].sort((a, b) => a - b));
  });

  it("rejects with what the progress callback throws", async () => {
    const onProgress = (): void => {
      throw new Error("no more");
    };
    await expect(sigCoef.start(longCall(), { signal: undefined, onProgress })).rejects.toThrow("no more");
  });

  it("rejects with the reason of a signal aborted before, during and after", async () => {
    const reason = new Error("changed my mind");
    await expect(sigCoef.start(coefficientsCall(1, 10), { ...quietly, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const during = new AbortController();
    const promise = sigCoef.start(longCall(), { signal: during.signal, onProgress: () => during.abort(reason) });
    await expect(promise).rejects.toBe(reason);

    const late = new AbortController();
    const call = coefficientsCall(2, 10);
    await sigCoef.start(call, { ...quietly, signal: late.signal });
    late.abort(reason);
    expect(call.out[0]).not.toBe(0);
  });

  it("can be aborted while it waits for a worker, and does not hold up those behind it", async () => {
    const controllers = Array.from({ length: 10 }, () => new AbortController());
    const settled = Promise.allSettled(controllers.map(({ signal }) => sigCoef.start(longCall(), { ...quietly, signal })));
    const last = coefficientsCall(1, 10);
    const finished = sigCoef.start(last, quietly);
    setTimeout(() => controllers.forEach((controller) => controller.abort()), 5);
    for (const { status } of await settled) expect(status).toBe("rejected");
    await finished;
    expect(last.out[0]).not.toBe(0);
  });
});
