import { describe, expect, it } from "vitest";
import { explain, registerBackend, setBackend, SigError } from "@sig/core";
import { createCuda, cudaEntry, cudaProblem, isAvailable } from "../src/index.js";
import { loadNative } from "../src/native.js";

const path = Float64Array.of(0, 0, 1, 2, 4, 3);
const shape = { dtype: "float64", batch: 1, threads: 1, length: 3, dimension: 2, timeAug: true, leadLag: true, endTime: 3 } as const;

describe("the emulated device", () => {
  const cuda = createCuda({ device: "emulated" });

  it("is named so", () => {
    expect(cuda.info()).toMatchObject({ backend: "cuda", device: "emulated" });
  });

  it("computes through host code, driver and kernels", () => {
    const out = new Float64Array(25);
    cuda.operations.transformPath!.run({ ...shape, path, out });
    expect([...out]).toEqual([0, 0, 0, 0, 0, 0, 0, 1, 2, 0.75, 1, 2, 1, 2, 1.5, 1, 2, 4, 3, 2.25, 4, 3, 4, 3, 3]);
  });

  it("ends promised calls by a message of the driver, several at a time", async () => {
    const results = await Promise.all(
      [1, 2, 3].map(async (factor) => {
        const out = new Float64Array(7);
        const scaled = path.map((x) => factor * x);
        const progress: number[] = [];
        await cuda.operations.sig!.start(
          {
            ...shape,
            timeAug: false,
            leadLag: false,
            degree: 2,
            stream: false,
            correction: undefined,
            horner: true,
            path: scaled,
            out: { data: out, scalar: true },
          },
          { signal: undefined, onProgress: (fraction) => progress.push(fraction) },
        );
        expect(progress).toEqual([1]);
        return [...out];
      }),
    );
    // x = (4, 3), and the area between the segments (1, 2) and (3, 1).
    expect(results).toEqual([1, 2, 3].map((f) => [1, 4 * f, 3 * f, 8 * f * f, 3.5 * f * f, 8.5 * f * f, 4.5 * f * f]));
  });

  it("rejects an aborted call with the reason, and computes on", async () => {
    const controller = new AbortController();
    const long = new Float64Array(2 * 3000).map((_, i) => Math.sin(i));
    const out = new Float64Array(14);
    const call = {
      ...shape,
      timeAug: false,
      leadLag: false,
      length: 3000,
      degree: 3,
      stream: false,
      correction: undefined,
      horner: true,
      path: long,
    };
    const promise = cuda.operations.sig!.start(
      { ...call, out: { data: out, scalar: false } },
      { signal: controller.signal, onProgress: undefined },
    );
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(promise).rejects.toBe(reason);
    cuda.operations.sig!.run({ ...call, out: { data: out, scalar: false } });
    expect(out[0]).toBeCloseTo(long[5998]! - long[0]!, 12);
  });

  it("refuses rows of levels that its kernels cannot count", () => {
    const run = () =>
      cuda.operations.sig!.run({
        ...shape,
        degree: 30,
        stream: false,
        correction: undefined,
        horner: true,
        path,
        out: { data: path, scalar: false },
      });
    expect(run).toThrow(SigError);
  });
});

describe("a machine without an NVIDIA driver", () => {
  const problem = cudaProblem();

  it("says why, in one place and the other", () => {
    expect(isAvailable()).toBe(problem === undefined);
    if (problem === undefined) return;
    expect(problem).toMatch(/NVIDIA driver|no addon/);
    expect(() => createCuda({ device: 0 })).toThrow(problem);
    registerBackend({ ...cudaEntry, create: () => createCuda({ device: 0 }) });
    expect(explain().backends).toMatchObject([
      { name: "cuda", available: false, reason: expect.stringContaining("NVIDIA driver") as string },
    ]);
    expect(() => setBackend("cuda")).toThrow(/"cuda" does not work here: the cuda backend is not available here/);
  });

  it("refuses what names no device", () => {
    expect(() => createCuda({ device: -1 })).toThrow(/device must be the number of a CUDA device/);
    expect(() => createCuda({ device: "third" as never })).toThrow(/got third/);
  });

  it("opens the emulated device from a build of the repository alone", () => {
    expect(loadNative(true).file).toContain("emulated");
    expect(loadNative(true).file).not.toContain("prebuilds");
  });
});
