import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { copyCall } from "./calls.js";

/** The package as it behaves where there is no Node, or not all of the package; decompression and compilation are those of the web platform. */
describe("without Node", () => {
  beforeEach(() => void vi.resetModules());
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllGlobals();
  });

  it("a synchronous call asks for init(), and works after it", async () => {
    const { createWasm, init } = await import("../src/index.js");
    vi.spyOn(process, "getBuiltinModule").mockReturnValue(undefined);
    const wasm = createWasm();
    const call = copyCall(Float64Array.of(3, 4));
    expect(() => wasm.operations.transformPath!.run(call)).toThrow(expect.objectContaining({ code: "BACKEND_UNAVAILABLE" }));
    expect(() => wasm.operations.transformPath!.run(call)).toThrow(/await init\(\)/);
    expect(wasm.info()["compiled"]).toBe("not yet");
    await Promise.all([init(), init()]);
    wasm.operations.transformPath!.run(call);
    expect([...call.out]).toEqual([3, 4]);
    expect(wasm.info()["compiled"]).toBe("yes");
  });

  it("promised calls do without shared memory where its module cannot be loaded, and info() says why", async () => {
    vi.doMock("../generated/sharedKernels.js", () => {
      throw new Error("gone with the last release");
    });
    const { createWasm } = await import("../src/index.js");
    const wasm = createWasm();
    const call = { ...copyCall(Float64Array.of(3, 4)), threads: 2 };
    await wasm.operations.transformPath!.start(call, { signal: undefined, onProgress: undefined });
    vi.doUnmock("../generated/sharedKernels.js");
    expect([...call.out]).toEqual([3, 4]);
    expect(wasm.info()["threads"]).toMatch(/could not be loaded/);
  });

  it("WebAssembly without SIMD, and none at all, is said when the backend is made", async () => {
    const { createWasm } = await import("../src/index.js");
    vi.stubGlobal("WebAssembly", { validate: () => false });
    expect(() => createWasm()).toThrow(/no 128-bit SIMD/);
    vi.stubGlobal("WebAssembly", undefined);
    expect(() => createWasm()).toThrow(expect.objectContaining({ code: "BACKEND_UNAVAILABLE" }));
  });
});
