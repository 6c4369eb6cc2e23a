import { describe, expect, it } from "vitest";
import type { Real } from "@sig/core";
import { createCpu } from "../src/index.js";
import { coefficientsCall, longCall } from "./calls.js";

const cpu = createCpu();
const sigCoef = cpu.operations.sigCoef!;
function sameBits(a: Real, b: Real): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength));
}
const quietly = { signal: undefined, onProgress: undefined };

describe("threads", () => {
  it("do not change a bit of the result", async () => {
    const expected = coefficientsCall(37, 60, 1);
    sigCoef.run(expected);
    for (const threads of [2, 3, 8]) {
      const call = coefficientsCall(37, 60, threads);
      sigCoef.run(call);
      expect(sameBits(call.out, expected.out)).toBe(true);
      call.out.fill(0);
      await sigCoef.start(call, quietly);
      expect(sameBits(call.out, expected.out)).toBe(true);
    }
  });

  it("are shared by synchronous and promised calls at once", async () => {
    const expected = coefficientsCall(37, 60, 1);
    sigCoef.run(expected);
    const calls = Array.from({ length: 24 }, (_, i) => coefficientsCall(37, 60, 1 + (i % 5)));
    const promises = calls.map((call) => sigCoef.start(call, quietly));
    for (const threads of [2, 3]) {
      const call = coefficientsCall(37, 60, threads);
      sigCoef.run(call);
      expect(sameBits(call.out, expected.out)).toBe(true);
    }
    await Promise.all(promises);
    for (const call of calls) expect(sameBits(call.out, expected.out)).toBe(true);
  });
});

describe("a promised call", () => {
  it("leaves the event loop free", async () => {
    const controller = new AbortController();
    let pending = true;
    const promise = sigCoef.start(longCall(2), { signal: controller.signal, onProgress: undefined }).finally(() => (pending = false));
    const settled = Promise.allSettled([promise]);
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(pending).toBe(true);
    controller.abort();
    await settled;
  });

  it("reports growing progress that ends at 1", async () => {
    const fractions: number[] = [];
    await sigCoef.start(coefficientsCall(100, 3000, 2, 7), { signal: undefined, onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions.length).toBeGreaterThan(1);
    expect(fractions.at(-1)).toBe(1);
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
  });

  it("rejects with what the progress callback throws", async () => {
    const onProgress = (): void => {
      throw new Error("no more");
    };
    await expect(sigCoef.start(coefficientsCall(100, 3000, 2, 7), { signal: undefined, onProgress })).rejects.toThrow("no more");
  });

  it("rejects with the reason of a signal aborted before, during and after", async () => {
    const reason = new Error("changed my mind");
    await expect(sigCoef.start(coefficientsCall(1, 10, 1), { signal: AbortSignal.abort(reason), onProgress: undefined })).rejects.toBe(
      reason,
    );

    for (const during of [longCall(2), coefficientsCall(300, 1000, 2, 7)]) {
      const controller = new AbortController();
      const promise = sigCoef.start(during, { signal: controller.signal, onProgress: undefined });
      setTimeout(() => controller.abort(reason), 5);
      await expect(promise).rejects.toBe(reason);
    }

    const late = new AbortController();
    const call = coefficientsCall(2, 10, 1);
    await sigCoef.start(call, { signal: late.signal, onProgress: undefined });
    late.abort(reason);
    expect(call.out[0]).not.toBe(0);
  });

  it("can be aborted while it waits for a thread", async () => {
    const controllers = Array.from({ length: 40 }, () => new AbortController());
    const promises = controllers.map(({ signal }) => sigCoef.start(longCall(1), { signal, onProgress: undefined }));
    const settled = Promise.allSettled(promises);
    controllers.forEach((controller) => controller.abort());
    for (const { status } of await settled) expect(status).toBe("rejected");
  });
});
