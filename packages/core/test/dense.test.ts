import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DEVICE_TENSOR, isLost, setMemoryLimit, SigRangeError, SigTypeError, toDense, type Tensor } from "../src/index.js";

const place = { operation: "sig", argument: "path" };
const dense = (value: unknown): Tensor => toDense(value, place, false);

function refusal(value: unknown): { kind: unknown; code: string; message: string } {
  try {
    dense(value);
  } catch (error) {
    if (error instanceof SigTypeError || error instanceof SigRangeError) {
      expect(error.operation).toBe("sig");
      expect(error.argument).toBe("path");
      return { kind: error.constructor, code: error.code, message: error.message };
    }
    throw error;
  }
  throw new Error("was not refused");
}

const six = [0, 1, 2, 3, 4, 5];

describe("nested arrays", () => {
  it.each([
    [
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [3, 2],
    ],
    [[1, 2, 3], [3]],
    [[[[7]]], [1, 1, 1]],
    [[], [0]],
    [
      [[], []],
      [2, 0],
    ],
    [
      [[[]], [[]], [[]]],
      [3, 1, 0],
    ],
  ])("%j has shape %j", (value, shape) => {
    const tensor = dense(value);
    expect(tensor.shape).toEqual(shape);
    expect(tensor.dtype).toBe("float64");
    expect([...tensor.data]).toEqual(value.flat(10));
  });

  it("keeps what is not finite", () => {
    expect([...dense([NaN, Infinity, -Infinity, -0]).data]).toEqual([NaN, Infinity, -Infinity, -0]);
  });

  it.each([[[[1, 2], [3]]], [[[1], 2]], [[1, [2]]], [[[], [1]]], [[[1], []]], [[[[1]], [[1], [2]]]]])("%j is ragged", (value) => {
    expect(refusal(value)).toMatchObject({ kind: SigRangeError, code: "INVALID_SHAPE" });
  });

  it.each([
    [["1", "2"]],
    [[1, null]],
    [[[1], [undefined]]],
    [[[1, true]]],
    [[1n]],
    [[{}]],
    [[1, "2"]],
    [[new Float64Array(2)]],
    [[[1], null]],
  ])("entries that are no numbers are refused (case %#)", (value) => {
    expect(refusal(value)).toMatchObject({ kind: SigTypeError, code: "INVALID_TYPE" });
  });

  it("ends on arrays that contain themselves, have holes, or repeat one row beyond all bounds", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(refusal(cycle)).toMatchObject({ kind: SigRangeError, message: expect.stringContaining("nested deeper") as string });
    expect(refusal(new Array(4e9))).toMatchObject({ kind: SigTypeError });
    let rows: unknown[] = [];
    for (let depth = 0; depth < 60; depth++) rows = [rows, rows];
    expect(refusal(rows)).toMatchObject({ kind: SigRangeError, code: "TOO_LARGE" });
  });
});

describe("typed arrays", () => {
  it("a bare one has rank 1 and is not copied", () => {
    const data = Float32Array.from(six);
    const tensor = dense(data);
    expect(tensor.data).toBe(data);
    expect(tensor).toMatchObject({ shape: [6], dtype: "float32" });
    expect(dense(new Float64Array(0))).toMatchObject({ shape: [0], dtype: "float64" });
  });

  it("a number has rank 0", () => {
    expect(dense(2)).toEqual({ data: Float64Array.of(2), shape: [], dtype: "float64" });
  });

  it.each([Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array])(
    "%o is refused, alone and as data",
    (kind) => {
      const data = new kind(4);
      expect(refusal(data)).toMatchObject({ kind: SigTypeError, code: "INVALID_DTYPE" });
      expect(refusal({ data, shape: [4] })).toMatchObject({ kind: SigTypeError, code: "INVALID_DTYPE" });
    },
  );

  it("a DataView, a Buffer, an ArrayBuffer and a SharedArrayBuffer are refused", () => {
    for (const value of [new DataView(new ArrayBuffer(8)), Buffer.alloc(8), new ArrayBuffer(8), new SharedArrayBuffer(8)]) {
      expect(refusal(value).kind).toBe(SigTypeError);
    }
  });

  it("subclasses become the plain class over the same memory, whatever they override", () => {
    class Odd extends Float64Array {
      override get length(): number {
        return 1e9;
      }
      override get buffer(): ArrayBuffer {
        return new ArrayBuffer(8);
      }
      override get [Symbol.toStringTag](): "Float64Array" {
        return "Int8Array" as "Float64Array";
      }
    }
    const odd = new Odd(six);
    const { data, shape } = dense(odd);
    expect(Object.getPrototypeOf(data)).toBe(Float64Array.prototype);
    expect([...data]).toEqual(six);
    expect(shape).toEqual([6]);
    data[0] = 9;
    expect(odd[0]).toBe(9);
    expect(dense(new Odd(0)).shape).toEqual([0]);
    class Plain extends Float32Array {}
    const lost = new Plain(2);
    structuredClone(lost, { transfer: [lost.buffer] });
    expect(refusal(lost)).toMatchObject({ code: "DETACHED" });
  });

  it("an array of another realm is taken", async () => {
    const { runInNewContext } = await import("node:vm");
    const data = runInNewContext("Float32Array.of(1, 2, 3)") as Float32Array;
    expect(data instanceof Float32Array).toBe(false);
    expect(dense(data)).toMatchObject({ shape: [3], dtype: "float32" });
    expect([...dense({ data, shape: [3], stride: [-1], offset: 2 }).data]).toEqual([3, 2, 1]);
  });

  it("an object made to look like one is not one", () => {
    expect(refusal(Object.create(Float64Array.prototype)).kind).toBe(SigTypeError);
    expect(refusal({ data: new Proxy(new Float64Array(2), {}), shape: [2] }).kind).toBe(SigTypeError);
  });

  it("memory shared between threads is taken as it is", () => {
    const data = new Float64Array(new SharedArrayBuffer(48));
    data.set(six);
    expect(dense({ data, shape: [2, 3] }).data).toBe(data);
  });
});

describe("buffers that were lost", () => {
  const detached = (): Float64Array => {
    const data = Float64Array.from(six);
    structuredClone(data, { transfer: [data.buffer] });
    return data;
  };
  const shrunk = (): Float64Array => {
    const buffer = new (ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer & { resize(size: number): void })(48, {
      maxByteLength: 96,
    });
    const data = new Float64Array(buffer, 0, 6);
    buffer.resize(8);
    return data;
  };

  it.each([
    ["detached", detached],
    ["shrunk", shrunk],
  ])("%s, in every form", (_, make) => {
    const lost = { kind: SigRangeError, code: "DETACHED" };
    expect(refusal(make())).toMatchObject(lost);
    expect(refusal({ data: make(), shape: [2, 3], dtype: "float64" })).toMatchObject(lost);
    expect(refusal({ data: make(), shape: [0, 3] })).toMatchObject(lost);
    expect(refusal({ data: make(), shape: [2, 3], stride: [3, 1], offset: 0 })).toMatchObject(lost);
    expect(refusal({ data: make(), dims: [2, 3], type: "float64" })).toMatchObject(lost);
    expect(refusal({ dataSync: make, shape: [2, 3], dtype: "float64" })).toMatchObject(lost);
  });

  it("a getter that takes the buffer away while the shape is read is noticed", () => {
    const data = Float64Array.from(six);
    const value = {
      data,
      get shape() {
        structuredClone(data, { transfer: [data.buffer] });
        return [6];
      },
    };
    expect(refusal(value)).toMatchObject({ code: "DETACHED" });
  });

  it("an array that follows its buffer's length has its present one", () => {
    const buffer = new (ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer & { resize(size: number): void })(48, {
      maxByteLength: 96,
    });
    const data = new Float64Array(buffer);
    buffer.resize(16);
    expect(dense(data).shape).toEqual([2]);
    expect(refusal({ data, shape: [6] })).toMatchObject({ code: "INVALID_SHAPE" });
    const tensor = dense(data);
    buffer.resize(8);
    expect(data).toHaveLength(1);
    expect(tensor.data).toHaveLength(0);
    expect(isLost(tensor)).toBe(true);
    expect(isLost(dense(data))).toBe(false);
    expect(isLost(dense([[], []]))).toBe(false);
  });
});

describe("tensors of other libraries", () => {
  const data = Float64Array.from(six);

  it("ndarray: stride and offset", () => {
    expect([...dense({ data, shape: [3, 2], stride: [1, 3], offset: 0, dtype: "float64" }).data]).toEqual([0, 3, 1, 4, 2, 5]);
  });

  it("@stdlib/ndarray: strides, offset, column-major order, and a stride for rank 0", () => {
    expect([...dense({ data, shape: [2, 3], strides: [1, 2], offset: 0, order: "column-major" }).data]).toEqual([0, 2, 4, 1, 3, 5]);
    const scalar = dense({ data, shape: [], strides: [0], offset: 4 });
    expect(scalar.shape).toEqual([]);
    expect([...scalar.data]).toEqual([4]);
  });

  it("onnxruntime: dims, and data behind a getter", () => {
    class OnnxTensor {
      readonly dims = [2, 3];
      readonly type = "float64";
      readonly location: string;
      constructor(location: string) {
        this.location = location;
      }
      get data(): Float64Array {
        if (this.location !== "cpu") throw new Error("The data is not on CPU.");
        return data;
      }
    }
    expect(dense(new OnnxTensor("cpu"))).toMatchObject({ data, shape: [2, 3] });
    expect(refusal(new OnnxTensor("gpu-buffer"))).toMatchObject({ kind: SigTypeError, code: "DEVICE_TENSOR" });
    expect(refusal({ dims: [4], type: "float16", data: new Uint16Array(4) })).toMatchObject({ code: "INVALID_DTYPE" });
  });

  it("tfjs and jax-js: dataSync is called once, data is a method, strides lack an axis", () => {
    let calls = 0;
    const tensor = {
      shape: [2, 3],
      strides: [3],
      dtype: "float32",
      data: () => Promise.resolve(data),
      dataSync() {
        calls++;
        return data;
      },
    };
    expect(dense(tensor)).toEqual({ data, shape: [2, 3], dtype: "float64" });
    expect(calls).toBe(1);
    expect(refusal({ ...tensor, dataSync: undefined }).kind).toBe(SigTypeError);
  });

  it("a device tensor is known by its brand, and the error says how to read it", () => {
    const handle = { [DEVICE_TENSOR]: true, device: "cuda", shape: [6], dtype: "float64", dataSync: () => data, data };
    expect(refusal(handle)).toMatchObject({
      kind: SigTypeError,
      code: "DEVICE_TENSOR",
      message: expect.stringContaining("readSync") as string,
    });
  });

  it("the class of the array decides on the dtype", () => {
    expect(dense({ data: Float32Array.from(six), shape: [6], dtype: "float64" }).dtype).toBe("float32");
  });

  it("exceptions of the caller's own getters pass through", () => {
    const value = {
      get shape(): number[] {
        throw new Error("mine");
      },
      data,
    };
    expect(() => dense(value)).toThrow("mine");
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error("proxy");
        },
      },
    );
    expect(() => dense(hostile)).toThrow("proxy");
  });
});

describe("strides", () => {
  const data = Float64Array.from(six);
  const strided = (shape: unknown, stride: unknown, offset: unknown): unknown => ({ data, shape, stride, offset });

  it("negative, zero, and those of axes of size 1", () => {
    expect([...dense(strided([6], [-1], 5)).data]).toEqual([5, 4, 3, 2, 1, 0]);
    expect([...dense(strided([2, 3], [0, -2], 4)).data]).toEqual([4, 2, 0, 4, 2, 0]);
    expect(dense(strided([1, 6], [999, 1], 0)).data).toBe(data);
  });

  it("a dense part of a larger array is a view of it, another is copied, and a snapshot always is", () => {
    const view = dense(strided([2, 2], [2, 1], 2)).data;
    expect(view.buffer).toBe(data.buffer);
    expect([...view]).toEqual([2, 3, 4, 5]);
    expect(dense(strided([2, 2], [1, 2], 0)).data.buffer).not.toBe(data.buffer);
    const copies = [data, { data, shape: [6] }, strided([2, 2], [2, 1], 2)].map((value) => toDense(value, place, true).data);
    for (const copy of copies) expect(copy.buffer).not.toBe(data.buffer);
    expect([...copies[2]!]).toEqual([2, 3, 4, 5]);
  });

  it("huge ones are out of range, not a crash", () => {
    for (const [shape, stride, offset] of [
      [[2], [2 ** 52], 0],
      [[2], [-(2 ** 52)], 0],
      [[2 ** 40, 2], [2 ** 52, -(2 ** 52)], 0],
      [[6], [1], 1],
      [[6], [-1], 4],
      [[1], [1], 6],
      [[1], [1], -1],
    ] as const) {
      expect(refusal(strided(shape, stride, offset))).toMatchObject({ kind: SigRangeError, code: "INVALID_SHAPE" });
    }
  });

  it("one number repeated beyond the memory ceiling is refused before it is allocated", () => {
    setMemoryLimit(2 ** 20);
    try {
      expect(refusal(strided([2 ** 30], [0], 0))).toMatchObject({ kind: SigRangeError, code: "TOO_LARGE" });
    } finally {
      setMemoryLimit(null);
    }
  });

  it.each([
    [[2, 3], [3], 0],
    [[NaN], [1], 0],
    [[1.5], [1], 0],
    [[-1], [1], 0],
    [[6], [NaN], 0],
    [[6], [1], 0.5],
    [[2 ** 30, 2 ** 30], [0, 0], 0],
    [[2 ** 53], [0], 0],
    [new Array(1000).fill(1), [1], 0],
  ])("shape %j with strides %j and offset %j is refused", (shape, stride, offset) => {
    expect(refusal(strided(shape, stride, offset)).kind).toBe(SigRangeError);
  });

  it.each([
    ["6", [1], 0],
    [[6], "1", 0],
    [["6"], [1], 0],
    [[6n], [1], 0],
    [[6], [1], "0"],
    [[6], [1], null],
    [{ length: 1 }, [1], 0],
    [null, [1], 0],
  ])("shape %o with strides %o and offset %o is of the wrong kind", (shape, stride, offset) => {
    expect(refusal(strided(shape, stride, offset)).kind).toBe(SigTypeError);
  });

  it("sizes are not negative, and axes are few", () => {
    expect(refusal({ data, shape: [-2, -3] }).message).toContain("negative");
    expect(refusal({ data: new Float64Array(1), shape: new Array(1000).fill(1) }).message).toContain("1000 axes");
  });

  it("without strides, data and shape must agree", () => {
    expect(refusal({ data, shape: [7] })).toMatchObject({ kind: SigRangeError, code: "INVALID_SHAPE" });
    expect(refusal({ data, shape: [5] })).toMatchObject({ kind: SigRangeError, code: "INVALID_SHAPE" });
    expect(refusal({ data, shape: [0, 3] })).toMatchObject({ kind: SigRangeError, code: "INVALID_SHAPE" });
    expect(dense({ data: new Float64Array(0), shape: [2, 0, 5] }).shape).toEqual([2, 0, 5]);
    expect(dense({ data, shape: Int32Array.of(3, 2) }).shape).toEqual([3, 2]);
  });

  it("the shape of the result is the caller's no longer", () => {
    const shape = [2, 3];
    const tensor = dense({ data, shape });
    shape[0] = 99;
    expect(tensor.shape).toEqual([2, 3]);
  });

  // An odometer that carries wrongly still agrees on matrices: hence up to four axes of any sign.
  it("any strided view equals the naive gather, and leaves its data alone", () => {
    const axis = fc.record({ size: fc.integer({ min: 0, max: 4 }), stride: fc.integer({ min: -7, max: 7 }) });
    fc.assert(
      fc.property(fc.array(axis, { maxLength: 4 }), fc.boolean(), (axes, single) => {
        const reach = axes.map(({ size, stride }) => Math.max(0, size - 1) * stride);
        const low = reach.filter((r) => r < 0).reduce((a, b) => a + b, 0);
        const high = reach.filter((r) => r > 0).reduce((a, b) => a + b, 0);
        const all = Array.from({ length: high - low + 1 }, (_, i) => i);
        const values = single ? Float32Array.from(all) : Float64Array.from(all);
        let expected = [0 - low];
        for (const { size, stride } of axes) expected = expected.flatMap((at) => Array.from({ length: size }, (_, i) => at + i * stride));
        const tensor = dense({ data: values, shape: axes.map((a) => a.size), strides: axes.map((a) => a.stride), offset: -low });
        expect([...tensor.data]).toEqual(expected);
        expect(tensor.dtype).toBe(single ? "float32" : "float64");
        expect([...values]).toEqual(all);
      }),
    );
  });
});

it.each([undefined, null, "text", true, 1n, Symbol("s"), () => 0, {}, { shape: [1] }, { data: [1, 2], shape: [2] }, new Map(), new Date()])(
  "refuses case %#, which is no tensor at all",
  (value) => {
    expect(refusal(value)).toMatchObject({ kind: SigTypeError, code: "INVALID_TYPE" });
  },
);
