import { availableParallelism, totalmem } from "node:os";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { allocate, allThreads, getMemoryLimit, maxThreads, setMemoryLimit, SigRangeError, SigTypeError, threadsOf } from "../src/index.js";

const place = { operation: "sig", argument: "nJobs" };

function refusal(run: () => unknown): SigTypeError | SigRangeError {
  try {
    run();
  } catch (error) {
    if (error instanceof SigTypeError || error instanceof SigRangeError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

function clear(): void {
  (globalThis as { [name: symbol]: unknown })[Symbol.for("@sig/core")] = undefined;
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
}
beforeEach(() => {
  clear();
  for (const name of ["SIG_NUM_THREADS", "SIG_MEMORY_LIMIT"]) vi.stubEnv(name, "");
});
afterEach(clear);

describe("threads", () => {
  it("nJobs counts from 1 up, or from all down", () => {
    vi.stubEnv("SIG_NUM_THREADS", "4");
    expect([1, 2, 4, 5, 64].map((nJobs) => threadsOf(nJobs, place))).toEqual([1, 2, 4, 5, 64]);
    expect([-1, -2, -4].map((nJobs) => threadsOf(nJobs, place))).toEqual([4, 3, 1]);
    expect(threadsOf(1e9, place)).toBe(maxThreads);
  });

  it.each([0, -5, -1e9, 1.5, NaN, Infinity])("refuses %d of 4", (nJobs) => {
    vi.stubEnv("SIG_NUM_THREADS", "4");
    expect(refusal(() => threadsOf(nJobs, place))).toMatchObject({ name: "SigRangeError", ...place });
  });

  it.each(["1", null, undefined, true, 1n])("refuses the kind of %o", (nJobs) => {
    expect(refusal(() => threadsOf(nJobs, place)).name).toBe("SigTypeError");
  });

  it("all of them are those of the machine, or SIG_NUM_THREADS", () => {
    expect(allThreads()).toBe(Math.min(availableParallelism(), maxThreads));
    vi.stubEnv("SIG_NUM_THREADS", "3");
    expect(allThreads()).toBe(3);
    for (const text of ["0", "-1", "many", "2.5", "1e3", "99999", "0x10"]) {
      vi.stubEnv("SIG_NUM_THREADS", text);
      expect(refusal(() => allThreads())).toMatchObject({ name: "SigRangeError", argument: "SIG_NUM_THREADS" });
    }
  });

  it("a browser tells by its navigator, or has one", () => {
    vi.stubGlobal("process", undefined);
    vi.stubGlobal("navigator", { hardwareConcurrency: 6 });
    vi.resetModules();
    return import("../src/threads.js").then((browser) => {
      expect(browser.allThreads()).toBe(6);
      expect(browser.threadsOf(-6, place)).toBe(1);
    });
  });
});

describe("memory", () => {
  it("the ceiling is half of the memory, SIG_MEMORY_LIMIT, or what was set", () => {
    expect(getMemoryLimit()).toBeLessThanOrEqual(totalmem() / 2);
    expect(getMemoryLimit()).toBeGreaterThan(2 ** 20);
    vi.stubEnv("SIG_MEMORY_LIMIT", "1000000");
    setMemoryLimit(null);
    expect(getMemoryLimit()).toBe(1000000);
    setMemoryLimit(5e9);
    expect(getMemoryLimit()).toBe(5e9);
    setMemoryLimit(null);
    vi.stubEnv("SIG_MEMORY_LIMIT", "4GB");
    expect(refusal(() => getMemoryLimit())).toMatchObject({ name: "SigRangeError", argument: "SIG_MEMORY_LIMIT" });
  });

  it("a ceiling is a positive integer", () => {
    for (const bytes of [0, -1, 1.5, NaN]) expect(refusal(() => setMemoryLimit(bytes)).name).toBe("SigRangeError");
    expect(refusal(() => setMemoryLimit("1" as never)).name).toBe("SigTypeError");
  });

  it("allocates below the ceiling and refuses above, before allocating", () => {
    setMemoryLimit(80_000);
    const data = allocate("float64", 10_000, place);
    expect(data).toEqual(new Float64Array(10_000));
    expect(allocate("float32", 20_000, place)).toBeInstanceOf(Float32Array);
    const error = refusal(() => allocate("float64", 10_001, place));
    expect(error).toMatchObject({ name: "SigRangeError", code: "TOO_LARGE", ...place });
    expect(error.message).toContain("78 KiB");
    expect(refusal(() => allocate("float32", 2 ** 33, place)).message).toContain("more than a typed array holds");
    expect(refusal(() => allocate("float32", 2 ** 53 - 1, place)).code).toBe("TOO_LARGE");
  });

  it("what the machine refuses is an error of ours", () => {
    setMemoryLimit(Number.MAX_SAFE_INTEGER);
    vi.stubGlobal("Float64Array", function () {
      throw new RangeError("Array buffer allocation failed");
    });
    expect(refusal(() => allocate("float64", 10, place))).toMatchObject({ name: "SigRangeError", code: "OUT_OF_MEMORY" });
  });
});
