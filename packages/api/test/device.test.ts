import {
  registerBackend,
  residentOf,
  type Backend,
  type Calls,
  type DeviceArray,
  type DeviceTensor,
  type Dtype,
  type Real,
} from "@sig/core";
import { beforeEach, describe, expect, test } from "vitest";
import * as promises from "../src/async.js";
import * as api from "../src/index.js";
import * as pysiglib from "../src/pysiglib.js";

/** Numbers on an imagined device, which a backend alone looks at. */
class Memory implements DeviceArray {
  static alive = 0;

  constructor(readonly numbers: Real) {
    Memory.alive++;
  }

  get dtype(): Dtype {
    return this.numbers instanceof Float32Array ? "float32" : "float64";
  }

  get length(): number {
    return this.numbers.length;
  }

  read(out: Real): Promise<void> {
    this.readSync(out);
    return Promise.resolve();
  }

  readSync(out: Real): void {
    out.set(this.numbers);
  }

  dispose(): void {
    Memory.alive--;
  }
}

const calls: string[] = [];

/** Doubles what it is given, on its device or on the host. */
function doubled(call: Calls["sigCombine"]): void {
  const { left, out } = call;
  const memory = residentOf(left.data)?.array as Memory | undefined;
  const result = (memory?.numbers ?? left.data).map((x) => 2 * x);
  const target = residentOf(out.data);
  if (target) target.array = new Memory(result);
  else out.data.set(result);
  calls.push(memory ? "device" : "host");
}

const backend: Backend = {
  name: "imagined",
  device: "imagined",
  capabilities: { dtypes: ["float64"], threads: 1, limits: {} },
  operations: {
    sigCombine: {
      run: doubled,
      start: async (call) => doubled(call),
      declines: ({ degree }) => (degree > 2 ? "it is too high" : undefined),
    },
  },
  upload: (data) => new Memory(data.slice()),
  info: () => ({}),
  forget: () => undefined,
};

const code = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return undefined;
};

describe("tensors on a device", () => {
  let one: DeviceTensor;
  let two: DeviceTensor;

  beforeEach(() => {
    registerBackend({ name: "imagined", priority: 1, create: () => backend });
    one = api.toDevice([1, 2], { backend: "imagined" });
    two = api.toDevice([3, 4], { backend: "imagined" });
    calls.length = 0;
  });

  test("say what they are, and are read and freed", async () => {
    expect(one).toMatchObject({ device: "imagined", shape: [2], dtype: "float64" });
    expect(one.readSync()).toEqual({ data: Float64Array.of(1, 2), shape: [2], dtype: "float64" });
    expect(await one.read()).toEqual(one.readSync());
    const before = Memory.alive;
    one.dispose();
    one.dispose();
    expect(Memory.alive).toBe(before - 1);
    expect(() => one.readSync()).toThrow(/disposed of/);
    await expect(one.read()).rejects.toThrow(/disposed of/);
    expect(code(() => api.sigCombine(one, two, 2, 1))).toBe("DEVICE_TENSOR");
    const dispose = (two as unknown as Record<symbol, (() => void) | undefined>)[Symbol.dispose];
    dispose?.call(two);
    expect(Memory.alive).toBe(before - 2);
  });

  test("go through a call without leaving the device", async () => {
    const result = api.sigCombine(api.sigCombine(one, two, 2, 1), two, 2, 1);
    expect(calls).toEqual(["device", "device"]);
    expect(result.readSync().data).toEqual(Float64Array.of(4, 8));
    expect((pysiglib.sig_combine(one as never, two as never, 2, 1) as unknown as DeviceTensor).readSync().data).toEqual(
      Float64Array.of(2, 4),
    );
    calls.length = 2;
    const soon = await promises.sigCombine(one, two, 2, 1);
    expect((await soon.read()).data).toEqual(Float64Array.of(2, 4));
    expect(api.withBackend("imagined", () => api.sigCombine([1, 2], [3, 4], 2, 1)).data).toEqual(Float64Array.of(2, 4));
    expect(calls).toEqual(["device", "device", "device", "host"]);
  });

  test("come out of calls that need no backend", () => {
    const points = api.toDevice([[1, 2]], { backend: "imagined" });
    const value = api.sig(points, 1, { scalarTerm: true });
    expect(value.readSync()).toEqual({ data: Float64Array.of(1, 0, 0), shape: [3], dtype: "float64" });
  });

  test("stay where they are: what the device cannot do is an error that says how to read them", () => {
    expect(() => api.sigInverse(one, 2, 1)).toThrow(/has no sigInverse.*readSync/);
    expect(code(() => api.sigInverse(one, 2, 1))).toBe("DEVICE_TENSOR");
    const high = api.toDevice(new Float64Array(14), { backend: "imagined" });
    expect(() => api.sigCombine(high, high, 2, 3)).toThrow(/it is too high.*readSync/);
    expect(() => api.linearLogSig(one, 2, 1)).toThrow(/numbers of displacement themselves.*readSync/);
    expect(calls).toEqual([]);
  });

  test("are not mixed with others", () => {
    expect(() => api.sigCombine(one, [3, 4] as never, 2, 1)).toThrow(/sig2 is on the host, and sig1 on the device "imagined"/);
    expect(() => api.sigCombine([3, 4] as never, one, 2, 1)).toThrow(/sig2 is on the device "imagined", and sig1 on the host/);
    expect(code(() => api.sigCombine([3, 4] as never, one, 2, 1))).toBe("DEVICE_TENSOR");
  });

  test("are made by backends that have a device, in a dtype of theirs", () => {
    expect(code(() => api.toDevice(Float32Array.of(1), { backend: "imagined" }))).toBe("INVALID_DTYPE");
    expect(code(() => api.toDevice([1], { backend: "cpu" }))).toBe("NO_BACKEND");
    expect(code(() => api.toDevice(one as never))).toBe("DEVICE_TENSOR");
    expect(api.toDevice([1]).device).toBe("imagined");
  });
});
