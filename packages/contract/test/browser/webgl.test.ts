import { explain, sig, withBackend } from "@sig/api";
import { createWebgl, isAvailable, webglEntry } from "@sig/webgl";
import "@sig/webgl/register";
import { init } from "@sig/wasm";
import { registerBackend } from "@sig/core";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { checkGradients, checkValues } from "../../src/conformance.js";
import { titleOf } from "../../src/operations/spec.js";
import { reportOf } from "./report.js";
import { declined, served } from "./webglOperations.js";

const titled = (operations: typeof served) => operations.map((op) => [titleOf(op), op] as const);
const path = { data: Float32Array.of(0, 0, 1, 2), shape: [2, 2], dtype: "float32" } as const;

/** What the other tests take for granted: no other backend is registered until the last of them. */
describe("this page", () => {
  it("is one of Chromium with WebGL2, and has no other backend", () => {
    expect(navigator.userAgent).toMatch(/Chrome\/\d+/);
    expect(isAvailable()).toEqual({ available: true });
    expect(explain().backends.map(({ name, available }) => [name, available])).toEqual([["webgl", true]]);
  });

  it("has its own GPU, which loading gpu.js replaces for a moment", () => {
    expect(String((globalThis as { GPU?: unknown }).GPU)).toMatch(/native code/);
  });

  it("computes float32 alone", () => {
    expect(sig(path, 2).data).toEqual(Float32Array.of(1, 2, 0.5, 1, 1, 2));
    expect(() => sig([[0, 0]].concat([[1, 2]]), 2)).toThrow(expect.objectContaining({ code: "NO_BACKEND" }));
    expect(explain({ operation: "sig", dtype: "float64" }).choice).toEqual({ backend: null, why: "webgl has no float64" });
  });

  it.each(titled(served))("%s agrees with the reference", async (_, op) => {
    await checkValues(op, "float32", "webgl");
  });

  it.each(titled(served))("the backprop of %s agrees with the reference", async (_, op) => {
    await checkGradients(op, "float32", "webgl");
  });
});

it("a worker of the page computes the same", async () => {
  const worker = new Worker(new URL("./webglWorker.ts", import.meta.url), { type: "module" });
  expect(await reportOf(worker)).toEqual({ isWorker: true, failures: [], checked: served.map(titleOf) });
});

describe("beside WebAssembly", () => {
  beforeAll(async () => {
    await import("@sig/wasm/register");
    await init();
  });
  afterEach(() => vi.restoreAllMocks());
  afterAll(() => registerBackend(webglEntry));

  it.each(titled(declined))("%s and its backprop are computed where WebGL2 leaves them to it", async (_, op) => {
    await checkValues(op, "float32", "webgl");
    await checkGradients(op, "float32", "webgl");
  });

  it("it says which backend has what, and float64 is not WebGL2's", () => {
    const { choice, backends } = explain({ operation: "logSigToSig", dtype: "float32" });
    expect(choice).toEqual({ backend: "wasm", why: "highest priority of those that can; webgl has no logSigToSig" });
    expect(backends[0]?.missing).toContain("logSigToSig");
    expect(explain({ operation: "sig", dtype: "float64" }).choice.backend).toBe("wasm");
    expect(explain({ operation: "sig", dtype: "float32" }).choice.backend).toBe("webgl");
  });

  it("small calls are not sent to the device, unless it is named", () => {
    const webgl = createWebgl();
    const run = vi.spyOn(webgl.operations.sig!, "run");
    registerBackend({ ...webglEntry, create: () => webgl });
    const expected = Float32Array.of(1, 2, 0.5, 1, 1, 2);
    expect(sig(path, 2).data).toEqual(expected);
    expect(run).not.toHaveBeenCalled();
    expect(withBackend("webgl", () => sig(path, 2)).data).toEqual(expected);
    expect(run).toHaveBeenCalledOnce();
  });

  it("what a large call takes is measured once", () => {
    const webgl = createWebgl();
    registerBackend({ ...webglEntry, create: () => webgl });
    const data = Float32Array.from({ length: 64 * 200 * 3 }, (_, i) => ((i * 7919) % 1009) / 1e4);
    const large = sig({ data, shape: [64, 200, 3], dtype: "float32" }, 4);
    expect(large.shape).toEqual([64, 120]);
    const info = webgl.info();
    const there = Number(info["operations per millisecond"]);
    const here = Number(info["operations per millisecond elsewhere"]);
    expect(there).toBeGreaterThan(0);
    expect(here).toBeGreaterThan(0);
    sig({ data, shape: [64, 200, 3], dtype: "float32" }, 4);
    expect(webgl.info()).toMatchObject({ "operations per millisecond": there, "operations per millisecond elsewhere": here });
  });
});
