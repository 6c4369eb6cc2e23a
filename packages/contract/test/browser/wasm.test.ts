import { explain, sig } from "@sig/api";
import * as asynchronous from "@sig/api/async";
import { init } from "@sig/wasm";
import "@sig/wasm/register";
import { beforeAll, describe, expect, it } from "vitest";
import { checkGradients, checkValues } from "../../src/conformance.js";
import { operations } from "../../src/operations/index.js";
import { titleOf } from "../../src/operations/spec.js";
import { reportOf } from "./report.js";

const path = [
  [0, 0],
  [1, 2],
];

/** What the other tests take for granted. */
describe("this page", () => {
  it("is one of Chromium, without Node and without cross-origin isolation", () => {
    expect(navigator.userAgent).toMatch(/Chrome\/\d+/);
    expect("getBuiltinModule" in ((globalThis as { process?: object }).process ?? {})).toBe(false);
    expect(crossOriginIsolated).toBe(false);
  });

  it("is told to await init() before its first synchronous call", () => {
    expect(() => sig(path, 2)).toThrow(expect.objectContaining({ code: "BACKEND_UNAVAILABLE" }));
    expect(() => sig(path, 2)).toThrow(/await init\(\)/);
  });

  it("computes promises without init()", async () => {
    expect((await asynchronous.sig(path, 2)).data).toEqual(Float64Array.of(1, 2, 0.5, 1, 1, 2));
  });

  it("is served by WebAssembly with SIMD", async () => {
    await init();
    expect(sig(path, 2).data).toEqual(Float64Array.of(1, 2, 0.5, 1, 1, 2));
    const { choice, backends } = explain({ operation: "sig" });
    expect(choice.backend).toBe("wasm");
    expect(backends[0]?.info).toMatchObject({ target: "simd128", compiled: "yes" });
  });
});

describe.each(["float64", "float32"] as const)("on a page, in %s", (dtype) => {
  beforeAll(init);

  it.each(operations.map((op) => [titleOf(op), op] as const))("%s and its backprop agree with the reference", async (_, op) => {
    // In Node, test/operations.test.ts computes every sample in both.
    const some = { ...op, samples: op.samples.filter((_, i) => dtype === "float64" || i % 3 === 0) };
    await checkValues(some, dtype, "wasm");
    await checkGradients(some, dtype, "wasm");
  });
});

it("a worker of the page computes the same, and has workers of its own", async () => {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  expect(await reportOf(worker)).toEqual({ isWorker: true, failures: [], checked: operations.map(titleOf) });
});

describe("a promised call", () => {
  const points = 200_000;
  const data = Float64Array.from({ length: 3 * points }, (_, i) => ((i * 7919) % 1009) / 1e4);
  const long = { data, shape: [points, 3], dtype: "float64" } as const;

  it("leaves the page free, reports progress, and stops when its signal is aborted", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    const onProgress = (fraction: number): void => {
      expect(fraction).toBeLessThan(1);
      if (turns > 5) controller.abort(reason);
    };
    await expect(asynchronous.sig(long, 9, { signal: controller.signal, onProgress })).rejects.toBe(reason);
    clearInterval(timer);
    expect((await asynchronous.sig(path, 1)).data).toEqual(Float64Array.of(1, 2));
  });
});
