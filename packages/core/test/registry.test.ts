import { afterEach, beforeEach, describe, expect, it, vi, type Mock } from "vitest";
import {
  availableBackends,
  explain,
  getBackend,
  operationNames,
  registerBackend,
  resolve,
  setBackend,
  setDiscovery,
  SigError,
  SigRangeError,
  SigTypeError,
  withBackend,
  type Backend,
  type BackendEntry,
  type Dtype,
  type Implementation,
  type OperationName,
} from "../src/index.js";
import { liveBackends } from "../src/registry.js";

const implementation: Implementation<unknown> = { run: () => undefined, start: () => Promise.resolve() };

function backend(name: string, operations: readonly OperationName[], dtypes: readonly Dtype[] = ["float32", "float64"]): Backend {
  return {
    name,
    device: "host",
    capabilities: { dtypes, threads: 1, limits: {} },
    operations: Object.fromEntries(operations.map((operation) => [operation, implementation])),
    info: () => ({ version: "1" }),
    forget: () => undefined,
  };
}

interface Counted extends BackendEntry {
  readonly create: Mock<() => Backend>;
}

function entry(name: string, priority: number, make: () => Backend): Counted {
  return { name, priority, create: vi.fn(make) };
}

const serving = (operation: OperationName, dtype: Dtype = "float64", name?: string): string =>
  resolve(operation, { dtype } as never, { backend: name, operationLabel: "label" }).backend.name;

function refusal(run: () => unknown): SigError | SigTypeError | SigRangeError {
  try {
    run();
  } catch (error) {
    if (error instanceof SigError || error instanceof SigTypeError || error instanceof SigRangeError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

function clear(): void {
  (globalThis as { [name: symbol]: unknown })[Symbol.for("@sig/core")] = undefined;
  vi.unstubAllEnvs();
  vi.stubEnv("SIG_BACKEND", "");
}
beforeEach(clear);
afterEach(clear);

const slow = entry("slow", 1, () => backend("slow", ["sig", "sigCoef", "transformPath"]));
const fast = entry("fast", 10, () => backend("fast", ["sig", "transformPath"]));
const single = entry("single", 100, () => backend("single", ["sig"], ["float32"]));
const broken = entry("broken", 1000, () => {
  throw new SigError("no such device", { code: "BACKEND_UNAVAILABLE" });
});

describe("a backend that declines a call", () => {
  const small = { dtype: "float32", batch: 1 } as never;
  const large = { dtype: "float32", batch: 100 } as never;
  const huge = { dtype: "float32", batch: 10_000 } as never;
  const declines = ({ batch }: { batch: number }, automatic: boolean): string | undefined =>
    batch > 1000 ? "too large" : automatic && batch < 10 ? "too small" : undefined;
  const device = (): Backend => {
    const made = backend("device", ["sig"], ["float32"]);
    return { ...made, operations: { sig: { ...implementation, declines } } };
  };
  const serves = (call: never, name?: string): string => resolve("sig", call, { backend: name, operationLabel: "label" }).backend.name;

  it("is passed over for that call alone", () => {
    registerBackend(entry("device", 200, device));
    registerBackend(slow);
    expect([small, large, huge].map((call) => serves(call))).toEqual(["slow", "device", "slow"]);
    expect([small, large, huge].map((call) => serves(call, "device"))).toEqual(["device", "device", "slow"]);
    setBackend("device");
    expect([small, large, huge].map((call) => serves(call))).toEqual(["device", "device", "slow"]);
  });

  it("computes what only it can, worth its while or not", () => {
    registerBackend(entry("device", 200, device));
    expect(serves(small)).toBe("device");
    expect(refusal(() => serves(huge)).message).toContain("device declines: too large");
  });

  it("is not created for a dtype that it never serves", () => {
    const single = { ...entry("device", 200, device), dtypes: ["float32"] } as const;
    registerBackend(single);
    registerBackend(slow);
    expect(serving("sig", "float64")).toBe("slow");
    expect(single.create).not.toHaveBeenCalled();
    expect(explain({ operation: "sig", dtype: "float64" }).choice.why).toContain("device has no float64");
    expect(serves(large)).toBe("device");
  });
});

describe("automatic choice", () => {
  beforeEach(() => {
    for (const one of [slow, fast, single, broken]) {
      one.create.mockClear();
      registerBackend(one);
    }
  });

  it("takes the highest priority that works, has the operation and keeps the dtype", () => {
    expect(serving("sig", "float32")).toBe("single");
    expect(serving("sig", "float64")).toBe("fast");
    expect(serving("transformPath", "float32")).toBe("fast");
    expect(serving("sigCoef")).toBe("slow");
    expect(availableBackends()).toEqual(["single", "fast", "slow"]);
  });

  it("creates nothing before it is needed, and everything once", () => {
    expect(single.create).not.toHaveBeenCalled();
    expect(liveBackends()).toEqual([]);
    serving("sig", "float32");
    expect(fast.create).not.toHaveBeenCalled();
    expect(liveBackends().map(({ name }) => name)).toEqual(["single"]);
    serving("transformPath");
    serving("sigCoef");
    for (const { create } of [single, fast, slow, broken]) expect(create).toHaveBeenCalledTimes(1);
  });

  it("looks again after a registration", () => {
    expect(serving("sigCoef")).toBe("slow");
    registerBackend(entry("late", 5, () => backend("late", ["sigCoef"])));
    expect(serving("sigCoef")).toBe("late");
  });

  it("an operation that nobody has is an error that says why not", () => {
    const error = refusal(() => serving("sigInverse"));
    expect(error).toMatchObject({ name: "SigError", code: "NO_BACKEND", operation: "label" });
    for (const part of ["broken does not work here: no such device", "single has no sigInverse", "slow has no sigInverse"]) {
      expect(error.message).toContain(part);
    }
  });

  it("an implementation may have fewer dtypes than its backend", () => {
    const narrow = backend("narrow", []);
    registerBackend(entry("narrow", 2000, () => ({ ...narrow, operations: { sigCoef: { ...implementation, dtypes: ["float32"] } } })));
    expect(serving("sigCoef", "float32")).toBe("narrow");
    expect(serving("sigCoef", "float64")).toBe("slow");
  });
});

it("without any backend the error says what to install, or what discovery found", () => {
  expect(refusal(() => serving("sig")).message).toContain("install @sig/cpu");
  setDiscovery(() => ({ cpu: "the package is not installed" }));
  expect(refusal(() => serving("sig")).message).toContain("cpu: the package is not installed");
  expect(refusal(() => setBackend("cpu")).message).toContain("the package is not installed");
  expect(explain().backends).toMatchObject([{ name: "cpu", available: false, reason: "the package is not installed" }]);
  registerBackend({ ...broken, name: "cpu" });
  expect(refusal(() => serving("sig")).message).not.toContain("not installed");
  expect(explain().backends).toMatchObject([{ name: "cpu", reason: "no such device" }]);
});

it("discovery runs once, at the first need", () => {
  const discovery = vi.fn(() => {
    registerBackend(slow);
    return undefined;
  });
  setDiscovery(discovery);
  expect(discovery).not.toHaveBeenCalled();
  expect(serving("sig")).toBe("slow");
  expect(availableBackends()).toEqual(["slow"]);
  expect(discovery).toHaveBeenCalledTimes(1);
});

describe("named backends", () => {
  beforeEach(() => {
    for (const one of [slow, fast, single, broken]) registerBackend(one);
  });

  it("come first, and what they lack is served by the next, in the same dtype", () => {
    setBackend("single");
    expect(getBackend()).toBe("single");
    expect(serving("sig", "float32")).toBe("single");
    expect(serving("sig", "float64")).toBe("fast");
    setBackend("slow");
    expect(serving("sig", "float32")).toBe("slow");
    setBackend(null);
    expect(getBackend()).toBe(null);
    expect(serving("sig", "float32")).toBe("single");
    expect(serving("sig", "float32", "slow")).toBe("slow");
    expect(serving("sig", "float32")).toBe("single");
  });

  it("unknown or broken ones are errors that list what there is", () => {
    for (const run of [() => setBackend("fsat"), () => withBackend("fsat", () => 0), () => serving("sig", "float64", "fsat")]) {
      const error = refusal(run);
      expect(error).toMatchObject({ name: "SigRangeError", code: "NO_BACKEND" });
      expect(error.message).toContain('did you mean "fast"?');
      expect(error.message).toContain("slow, fast, single, broken");
    }
    expect(refusal(() => setBackend("broken"))).toMatchObject({ name: "SigError", code: "BACKEND_UNAVAILABLE" });
    expect(refusal(() => setBackend("broken")).message).toContain("no such device");
    expect(refusal(() => setBackend(3 as never))).toMatchObject({ name: "SigTypeError" });
    expect(refusal(() => setBackend("__proto__"))).toMatchObject({ code: "NO_BACKEND" });
    expect(getBackend()).toBe(null);
  });

  it("SIG_BACKEND names one, below setBackend", () => {
    vi.stubEnv("SIG_BACKEND", "slow");
    expect(getBackend()).toBe("slow");
    expect(serving("sig")).toBe("slow");
    expect(explain({ operation: "sig" }).named).toEqual({ name: "slow", by: "SIG_BACKEND" });
    setBackend("fast");
    expect(serving("sig")).toBe("fast");
  });

  it("an impossible SIG_BACKEND is an error of the call", () => {
    vi.stubEnv("SIG_BACKEND", "gpu");
    expect(refusal(() => serving("sig"))).toMatchObject({
      name: "SigRangeError",
      code: "NO_BACKEND",
      argument: "SIG_BACKEND",
      operation: "label",
    });
  });

  it("withBackend nests and restores, also after an exception", () => {
    const seen = withBackend("slow", () => [serving("sig"), withBackend("fast", () => serving("sig")), serving("sig")]);
    expect(seen).toEqual(["slow", "fast", "slow"]);
    expect(serving("sig", "float32")).toBe("single");
    setBackend("fast");
    expect(() =>
      withBackend("slow", () => {
        throw new Error("mine");
      }),
    ).toThrow("mine");
    expect(getBackend()).toBe("fast");
    expect(serving("sig")).toBe("fast");
  });

  it("withBackend refuses asynchronous functions, whose later calls it could not reach", () => {
    const error = refusal(() => withBackend("slow", () => Promise.reject(new Error("lost"))));
    expect(error).toMatchObject({ name: "SigTypeError", operation: "withBackend", argument: "fn" });
    expect(refusal(() => withBackend("slow", { then: 1 } as never)).name).toBe("SigTypeError");
    expect(getBackend()).toBe(null);
  });
});

it("two copies of the package share their backends", async () => {
  registerBackend(slow);
  vi.resetModules();
  const copy = await import("../src/index.js");
  expect(copy.resolve).not.toBe(resolve);
  expect(copy.availableBackends()).toEqual(["slow"]);
});

describe("explain", () => {
  beforeEach(() => {
    for (const one of [slow, fast, single, broken]) registerBackend(one);
  });

  it("reports every backend and the choice", () => {
    const { named, backends, choice } = explain({ operation: "sigCoef", dtype: "float32" });
    expect(named).toBe(null);
    expect(backends.map(({ name, available }) => [name, available])).toEqual([
      ["broken", false],
      ["single", true],
      ["fast", true],
      ["slow", true],
    ]);
    expect(backends[0]).toMatchObject({ reason: "no such device", missing: operationNames });
    expect(backends[1]).toMatchObject({ dtypes: ["float32"], device: "host", info: { version: "1" } });
    expect(backends[2]!.missing).toEqual(operationNames.filter((name) => name !== "sig" && name !== "transformPath"));
    expect(choice.backend).toBe("slow");
    expect(choice.why).toContain("fast has no sigCoef");
  });

  it("agrees with what serves the call", () => {
    setBackend("single");
    for (const operation of ["sig", "sigCoef", "transformPath"] as const) {
      for (const dtype of ["float32", "float64"] as const)
        expect(explain({ operation, dtype }).choice.backend).toBe(serving(operation, dtype));
    }
    expect(explain({ operation: "sig", dtype: "float64" })).toMatchObject({
      named: { name: "single", by: "setBackend" },
      choice: { backend: "fast" },
    });
    expect(explain({ operation: "sig", backend: "slow" })).toMatchObject({
      named: { name: "slow", by: "call" },
      choice: { backend: "slow" },
    });
    expect(explain({ operation: "sigInverse" }).choice.backend).toBe(null);
    expect(explain().choice.backend).toBe("single");
  });

  it("refuses what cannot be asked", () => {
    expect(refusal(() => explain({ operation: "sigs" as never }))).toMatchObject({ argument: "operation", operation: "explain" });
    expect(refusal(() => explain({ operation: "sigs" as never })).message).toContain('did you mean "sig"?');
    expect(refusal(() => explain({ dtype: "int32" as never }))).toMatchObject({ argument: "dtype" });
    expect(refusal(() => explain("sig" as never))).toMatchObject({ code: "INVALID_TYPE" });
    expect(refusal(() => explain({ backend: "gpu" }))).toMatchObject({ code: "NO_BACKEND" });
  });
});
