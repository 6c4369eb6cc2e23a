import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { setBackend } from "@sig/core";
import { sig } from "../src/signature.js";
import { installFake, type FakeBackend } from "./fakeBackend.js";

let fake: FakeBackend;
beforeAll(() => {
  fake = installFake("fake", 1000);
  setBackend("fake");
});
beforeEach(() => void fake.calls.splice(0));

const path = [
  [0, 0],
  [1, 2],
  [4, 3],
];

describe("sig", () => {
  test("hands a complete, dense call to the backend", () => {
    const result = sig(path, 2, { timeAug: true, endTime: 3, scalarTerm: true });
    expect(result).toEqual({ data: new Float64Array(13).fill(7), shape: [13], dtype: "float64" });
    expect(fake.calls).toHaveLength(1);
    expect(fake.calls[0]).toMatchObject({
      operation: "sig",
      call: {
        dtype: "float64",
        batch: 1,
        threads: 1,
        length: 3,
        dimension: 2,
        timeAug: true,
        leadLag: false,
        endTime: 3,
        degree: 2,
        stream: false,
        horner: true,
      },
    });
  });

  test("keeps the leading axes and the dtype", () => {
    const data = new Float32Array(2 * 3 * 4 * 2);
    const result = sig({ data, shape: [2, 3, 4, 2] }, 3);
    expect(result.shape).toEqual([2, 3, 14]);
    expect(result.dtype).toBe("float32");
    expect(fake.calls[0]?.call).toMatchObject({ batch: 6, length: 4 });
  });

  test.each([
    ["one point", [[1, 2]], 2, {}, [6]],
    ["one point under lead-lag and time", [[1, 2]], 2, { leadLag: true, timeAug: true }, [30]],
    ["degree 0", path, 0, {}, [0]],
    ["no point", { data: new Float64Array(0), shape: [3, 0, 2] }, 2, {}, [3, 6]],
    ["no point under lead-lag", { data: new Float64Array(0), shape: [0, 2] }, 2, { leadLag: true }, [20]],
    ["no path", { data: new Float64Array(0), shape: [0, 3, 2] }, 2, {}, [0, 6]],
    ["stream of one point", [[1, 2]], 2, { stream: true }, [0, 6]],
    ["stream of no point", { data: new Float64Array(0), shape: [0, 2] }, 2, { stream: true, leadLag: true }, [0, 20]],
  ])("%s needs no backend", (_, value, degree, options, shape) => {
    expect(sig(value, degree, options)).toMatchObject({ shape });
    const withScalar = sig(value, degree, { ...options, scalarTerm: true });
    const rowLength = shape.at(-1)! + 1;
    expect(withScalar.shape).toEqual([...shape.slice(0, -1), rowLength]);
    withScalar.data.forEach((entry, i) => expect(entry).toBe(i % rowLength === 0 ? 1 : 0));
    expect(fake.calls).toHaveLength(0);
  });

  test("stream has a row for each time but the first", () => {
    expect(sig(path, 2, { stream: true }).shape).toEqual([2, 6]);
    expect(sig(path, 2, { stream: true, leadLag: true }).shape).toEqual([4, 20]);
  });
});
