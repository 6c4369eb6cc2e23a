import type { Tensor } from "@sig/api";
import { describe, expect, it } from "vitest";
import { asTensor, expectSameBits } from "../../src/compare.js";
import { type Call, calls, invoke, replaced } from "../../src/calls.js";
import { expectRefusal, thrownBy } from "../../src/refusals.js";
import { promiseByName } from "../../src/operations/driver.js";
import { realArray } from "../../src/tensors.js";

const results = (value: unknown): Tensor[] => (Array.isArray(value) ? value : [value]).map((item) => asTensor(item));

const arrayNames = (call: Call): string[] => call.arrays.map((position) => call.positional[position] ?? "");

/** A resizable buffer, which the type library of the lowest supported Node does not know. */
type Resizable = ArrayBuffer & { resize(bytes: number): void };
const ResizableBuffer = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => Resizable;

/** The same tensor laid out in other ways: each must give the very same result. */
const disguises: Readonly<Record<string, (a: Tensor) => unknown>> = {
  "a view with an offset": (a) => {
    const data = new Float64Array(a.data.length + 7).fill(NaN);
    data.set(a.data, 3);
    return { ...a, data: data.subarray(3, 3 + a.data.length) };
  },
  "shared memory": (a) => {
    const data = new Float64Array(new SharedArrayBuffer(a.data.byteLength));
    data.set(a.data);
    return { ...a, data };
  },
  "a length-tracking view of a resizable buffer": (a) => {
    const data = new Float64Array(new ResizableBuffer(a.data.byteLength, { maxByteLength: 2 * a.data.byteLength }));
    data.set(a.data);
    return { ...a, data };
  },
  "memory of WebAssembly": (a) => {
    const data = new Float64Array(new WebAssembly.Memory({ initial: 1 }).buffer, 0, a.data.length);
    data.set(a.data);
    return { ...a, data };
  },
  "every second number, backwards, with an offset": (a) => {
    const data = new Float64Array(2 * a.data.length + 1).fill(NaN);
    a.data.forEach((x, i) => (data[2 * (a.data.length - 1 - i) + 1] = x));
    const strides = a.shape.map((_, axis) => -2 * a.shape.slice(axis + 1).reduce((product, size) => product * size, 1));
    return { data, shape: a.shape, strides, offset: 2 * (a.data.length - 1) + 1 };
  },
  "an ndarray": (a) => ({
    data: a.data,
    shape: a.shape,
    stride: a.shape.map((_, axis) => a.shape.slice(axis + 1).reduce((product, size) => product * size, 1)),
    offset: 0,
    dtype: "float64",
  }),
  "a tensor of onnxruntime": (a) => ({ data: a.data, dims: a.shape, type: "float64", location: "cpu" }),
  "a tensor of tfjs": (a) => ({
    dataSync: () => a.data,
    data: () => Promise.resolve(a.data),
    shape: a.shape,
    strides: [1],
    dtype: "float64",
  }),
  "a frozen object": (a) => Object.freeze({ ...a, shape: Object.freeze([...a.shape]) }),
  "nested arrays": (a) =>
    a.shape.reduceRight<unknown[]>(
      (rows, size) => Array.from({ length: rows.length / size }, (_, i) => rows.slice(i * size, (i + 1) * size)),
      [...a.data],
    )[0],
};

describe.each(calls.map((call) => [call.title, call] as const))("%s", (_, call) => {
  const { name } = call;
  it.each(Object.keys(disguises))("takes %s, and it makes no difference", (kind) => {
    const expected = results(invoke(call, call.make()));
    for (const position of call.arrays) {
      const disguised = disguises[kind]?.(call.make()[position] as Tensor);
      results(invoke(call, replaced(call, position, disguised))).forEach((result, i) =>
        expectSameBits(result, expected[i] as Tensor, kind),
      );
    }
  });

  it("gives results that do not depend on the place in memory, again and again", () => {
    const expected = results(invoke(call, call.make()));
    for (let run = 0; run < 20; run++)
      results(invoke(call, call.make())).forEach((result, i) => expectSameBits(result, expected[i] as Tensor));
  });

  it("gives results of their own: no array twice, none of the arguments", () => {
    const parameters = call.make();
    const outputs = [...results(invoke(call, parameters)), ...results(invoke(call, parameters))].map(({ data }) => data.buffer);
    const inputs = call.arrays.map((position) => (parameters[position] as Tensor).data.buffer);
    expect(new Set([...outputs, ...inputs]).size).toBe(outputs.length + inputs.length);
  });

  describe.each(lostBuffers())("%s", (_, lose) => {
    it("is refused, and the argument named", () => {
      for (const position of call.arrays) {
        const lost = lose(call.make()[position] as Tensor);
        const refusal = expectRefusal(
          thrownBy(() => invoke(call, replaced(call, position, lost)), name),
          { operation: name, argument: call.positional[position] ?? "" },
          name,
        );
        expect(refusal.code).toBe("DETACHED");
      }
    });

    it("is refused by the promise form too", async () => {
      for (const position of call.arrays) {
        const lost = lose(call.make()[position] as Tensor);
        const reason: unknown = await promiseByName(name, replaced(call, position, lost)).catch((thrown: unknown) => thrown);
        expectRefusal(reason, { operation: name, argument: call.positional[position] ?? "" }, name);
      }
    });
  });

  it("takes one array for several arguments", () => {
    const byLength = new Map<string, number[]>();
    for (const position of call.arrays) {
      const key = String((call.make()[position] as Tensor).shape);
      byLength.set(key, [...(byLength.get(key) ?? []), position]);
    }
    for (const positions of byLength.values()) {
      if (positions.length < 2) continue;
      const shared = call.make()[positions[0] ?? 0] as Tensor;
      const separate = call.make().map((parameter, i) => (positions.includes(i) ? { ...shared, data: shared.data.slice() } : parameter));
      const same = call.make().map((parameter, i) => (positions.includes(i) ? shared : parameter));
      const expected = results(invoke(call, separate));
      results(invoke(call, same)).forEach((result, i) =>
        expectSameBits(result, expected[i] as Tensor, `${name} arguments ${positions.join()}`),
      );
    }
  });

  it("takes the fields of a tensor once, so that none can change under its hands", () => {
    for (const position of call.arrays) {
      const given = call.make()[position] as Tensor;
      let reads = 0;
      const shifty = Object.defineProperty({ data: given.data, dtype: given.dtype }, "shape", {
        get: () => (reads++ === 0 ? given.shape : [2 ** 20, 2 ** 20]),
      });
      invoke(call, replaced(call, position, shifty));
    }
  });

  it("does not read an array that a getter of a later argument took away", () => {
    for (const [i, later] of call.arrays.slice(1).entries()) {
      const args = call.make();
      const { data } = args[call.arrays[i]!] as Tensor;
      const { shape, ...thief } = args[later] as Tensor;
      args[later] = Object.defineProperty(thief, "shape", {
        get: () => {
          if (data.length > 0) structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
          return shape;
        },
      });
      try {
        invoke(call, args);
      } catch (error) {
        expect(error).toMatchObject({ name: "SigRangeError" });
      }
    }
  });
});

/** A tensor that, when its shape is read, does something to another one that was read before. */
function treacherous(own: Tensor, spoil: () => void): unknown {
  const fields = { data: own.data, dtype: own.dtype };
  return Object.defineProperty(fields, "shape", {
    get: () => {
      spoil();
      return own.shape;
    },
  });
}

describe.each(calls.filter((call) => call.arrays.length > 1).map((call) => [call.title, call] as const))("%s", (_, call) => {
  const { name } = call;
  const expected = results(invoke(call, call.make()));

  it.each(["detaches", "shrinks"])("survives an argument that %s an earlier one while it is read", async (how) => {
    for (const later of call.arrays.slice(1)) {
      for (const form of ["synchronous", "promised"]) {
        const parameters = call.make();
        const first = parameters[call.arrays[0] ?? 0] as Tensor;
        const buffer = new ResizableBuffer(first.data.byteLength, { maxByteLength: first.data.byteLength });
        const data = new Float64Array(buffer);
        data.set(first.data);
        parameters[call.arrays[0] ?? 0] = { ...first, data };
        const spoil =
          how === "shrinks"
            ? () => buffer.resize(0)
            : () => void (buffer.byteLength > 0 && structuredClone(buffer, { transfer: [buffer] }));
        parameters[later] = treacherous(parameters[later] as Tensor, spoil);
        // Either the numbers were taken in time, or the loss is noticed.
        let outcome: unknown;
        try {
          outcome = form === "synchronous" ? invoke(call, parameters) : await promiseByName(name, parameters);
        } catch (reason) {
          expectRefusal(reason, { operation: name, argument: arrayNames(call) }, `${name} ${form}`);
          continue;
        }
        results(outcome).forEach((result, i) => expectSameBits(result, expected[i] as Tensor, `${name} ${form}`));
      }
    }
  });
});

function lostBuffers(): (readonly [string, (a: Tensor) => Tensor])[] {
  return [
    [
      "a detached buffer",
      (a) => {
        const data = realArray(a.dtype, a.data);
        structuredClone(data.buffer, { transfer: [data.buffer as ArrayBuffer] });
        return { ...a, data };
      },
    ],
    [
      "a buffer shrunk under a fixed view",
      (a) => {
        const buffer = new ResizableBuffer(a.data.byteLength, { maxByteLength: 2 * a.data.byteLength });
        const data = new Float64Array(buffer, 0, a.data.length);
        buffer.resize(4);
        return { ...a, data };
      },
    ],
    [
      "memory of WebAssembly that has grown",
      (a) => {
        const memory = new WebAssembly.Memory({ initial: 1 });
        const data = new Float64Array(memory.buffer, 0, a.data.length);
        memory.grow(1);
        return { ...a, data };
      },
    ],
  ];
}

/** Calls are made for float64, which these disguises assume. */
it("the calls are in float64", () => {
  const isDouble = (call: Call): boolean => call.arrays.every((position) => (call.make()[position] as Tensor).dtype === "float64");
  expect(calls.every(isDouble)).toBe(true);
});
