import { explain } from "@sig/api";
import * as asynchronous from "@sig/api/async";
import { createWasm, init } from "@sig/wasm";
import "@sig/wasm/register";
import { beforeAll, describe, expect, it } from "vitest";
import { expectSameBits } from "../../src/compare.js";
import { checkGradients, checkValues } from "../../src/conformance.js";
import { operations } from "../../src/operations/index.js";
import { titleOf } from "../../src/operations/spec.js";
import { largeNow, largeSoon, watchHelp } from "./large.js";
import type { Report } from "./worker.js";

beforeAll(init);

describe("this page", () => {
  it("is one of Chromium with cross-origin isolation, where threads share memory", () => {
    expect(navigator.userAgent).toMatch(/Chrome\/\d+/);
    expect(crossOriginIsolated).toBe(true);
    expect(explain().backends[0]?.info).toMatchObject({ backend: "wasm", threads: "shared memory" });
    expect(createWasm({ workers: 3 }).capabilities.threads).toBe(3);
  });

  it("computes promised calls on several threads and synchronous ones on its own, with the same bits", async () => {
    const helped = watchHelp();
    const now = largeNow(3);
    expect(helped()).toBe(0);
    const soon = await largeSoon(3);
    expect(helped()).toBeGreaterThan(0);
    const alone = await largeSoon(1);
    now.forEach((value, i) => {
      expectSameBits(soon[i], value, "on several threads");
      expectSameBits(alone[i], value, "on one thread");
    });
  });
});

it("an abort stops all threads of a call, and the next call works", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const data = Float64Array.from({ length: 4000 * 600 }, (_, i) => ((i * 7919) % 1009) / 1e4);
  const helped = watchHelp();
  const promise = asynchronous.sig({ data, shape: [4000, 200, 3], dtype: "float64" }, 9, {
    nJobs: 3,
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  await expect(promise).rejects.toBe(reason);
  expect(helped()).toBeGreaterThan(0);
  const again = await largeSoon(3);
  largeNow(1).forEach((value, i) => expectSameBits(again[i], value, "afterwards"));
});

// The samples that begin each list; all of them are computed on a page without isolation.
describe.each(["float64", "float32"] as const)("on an isolated page, in %s", (dtype) => {
  it.each(operations.map((op) => [titleOf(op), op] as const))("%s and its backprop agree with the reference", async (_, op) => {
    const first = { ...op, samples: op.samples.slice(0, 3) };
    await checkValues(first, dtype, "wasm");
    await checkGradients(first, dtype, "wasm");
  });
});

it("a worker of the page computes synchronous calls on several threads too, with the same bits", async () => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const report = await new Promise<Report | string>((resolve, reject) => {
    worker.addEventListener("message", ({ data }) => resolve(data as Report));
    worker.addEventListener("error", ({ message }) => reject(new Error(message)));
  });
  worker.terminate();
  if (typeof report === "string") throw new Error(report);
  expect(report.threads).toBe("shared memory");
  expect(report.helpNow).toBeGreaterThan(0);
  expect(report.helpSoon).toBeGreaterThan(0);
  largeNow(1).forEach((value, i) => {
    expectSameBits(report.now[i], value, "at once");
    expectSameBits(report.soon[i], value, "promised");
  });
  expect(report.checked).toEqual(operations.map(titleOf));
});
