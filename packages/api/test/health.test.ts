import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { setBackend } from "@sig/core";
import * as promises from "../src/async.js";
import * as api from "../src/index.js";
import * as pysiglib from "../src/pysiglib.js";
import { installFake } from "./fakeBackend.js";
import { installReference } from "./referenceBackend.js";

beforeAll(() => {
  installReference();
  installFake("without the largest increment", 1, 1, ["sigKernel"]);
});
beforeEach(() => setBackend("reference"));
afterEach(() => vi.restoreAllMocks());
afterAll(() => setBackend(null));

const fd = { dyadicOrder: 0 };
/** The path stays at its last point. */
const padded = (path: readonly number[]): number[][] => Array.from({ length: 40 }, (_, i) => [path[Math.min(i, path.length - 1)]!]);
/** Increments of 2^40, under which the kernel overflows at dyadic order 0. */
const long = Array.from({ length: 40 }, (_, i) => [2 ** 20 * i]);
const short = padded([0, 0.5]);
/** k(x, x) < 0 at dyadic order 0; the largest increment is 30.25. */
const steep = padded([0, 3, 0, -3, 2.5, 2]);

describe("a report", () => {
  test("of kernels that are well", () => {
    const { value, health } = api.sigKernel([short, short], [short, padded([0, 3])], { ...fd, health: true });
    expect(value).toEqual(api.sigKernel([short, short], [short, padded([0, 3])], fd));
    expect(health).toEqual({ ok: true, overflowed: 0, negative: 0, largestIncrement: 1.5, dyadicOrder: 1 });
    expect(api.sigKernelGram([[[1], [1]]], { ...fd, health: true }).health).toMatchObject({ largestIncrement: 0, dyadicOrder: 0 });
    expect(api.sigKernel([[1]], short, { ...fd, health: true }).health).toEqual({
      ok: true,
      overflowed: 0,
      negative: 0,
      largestIncrement: 0,
      dyadicOrder: 0,
    });
  });

  test("of an overflow names the order that leaves no cell more than 1", () => {
    const { health } = api.sigKernelGram([long, short], { ...fd, health: true });
    expect(health).toEqual({ ok: false, overflowed: 3, negative: 0, largestIncrement: 2 ** 40, dyadicOrder: 20 });
    expect(api.sigKernel([[0], [1.01]], [[0], [4]], { ...fd, health: true }).health.dyadicOrder).toBe(2);
    expect(api.sigKernel([[0], [1]], [[0], [4]], { ...fd, health: true }).health.dyadicOrder).toBe(1);
  });

  test("says that no order helps, where it was used already or the increments themselves overflow", () => {
    const many = Array.from({ length: 500 }, (_, i) => [i]);
    const { value, health } = api.sigKernel(many, many, { ...fd, health: true });
    expect(value.data[0]).not.toSatisfy(Number.isFinite);
    expect(health).toEqual({ ok: false, overflowed: 1, negative: 0, largestIncrement: 1, dyadicOrder: null });
    const huge = [[0], [1e300]];
    expect(api.sigKernel(huge, huge, { ...fd, health: true }).health).toMatchObject({ largestIncrement: Infinity, dyadicOrder: null });
  });

  test("counts only kernels of finite paths", () => {
    const broken = padded([0, NaN]);
    expect(api.sigKernelGram([broken, short], { ...fd, health: true }).health).toEqual({
      ok: true,
      overflowed: 0,
      negative: 0,
      largestIncrement: 0.25,
      dyadicOrder: 0,
    });
  });

  test("counts negative kernels of a path with itself, and no others", () => {
    for (const paths of [
      [steep, short],
      [short, steep],
    ])
      expect(api.sigKernelGram(paths, { ...fd, health: true }).health).toMatchObject({ ok: false, negative: 1, dyadicOrder: 3 });
    expect(api.sigKernelGram([steep], { ...fd, health: true, returnGrid: true }).health).toMatchObject({ ok: false, negative: 1 });
    expect(api.sigKernel(steep, short, { ...fd, health: true, normalize: true }).health).toMatchObject({ ok: false, negative: 1 });
    const { value, health } = api.sigKernel(steep, steep, { ...fd, health: true });
    expect(value.data[0]).toBeLessThan(0);
    expect(health.ok).toBe(true);
    expect(api.sigMmd([steep, short], [short, short], { ...fd, health: true }).health.negative).toBe(1);
  });

  test("of a user's kernel uses what it returned", () => {
    class Mine extends api.LinearKernel {
      override increments(memory: api.Context, x: api.Tensor, y: api.Tensor): api.Tensor {
        const rho = super.increments(memory, x, y);
        return { ...rho, data: rho.data.map((value) => 3 * value) };
      }
    }
    const { health } = api.sigKernelGram([short, padded([0, 2])], { ...fd, staticKernel: new Mine(), health: true, maxBatch: 1 });
    expect(health).toMatchObject({ ok: true, largestIncrement: 12, dyadicOrder: 2 });
    const broken = { ...fd, staticKernel: new Mine(), health: true } as const;
    expect(api.sigKernelGram([short, padded([0, NaN])], broken).health).toMatchObject({ ok: true, overflowed: 0, largestIncrement: 0.75 });
  });

  test("comes with the promise form", async () => {
    const expected = api.sigKernelGram([long, short], { ...fd, health: true });
    expect(await promises.sigKernelGram([long, short], { ...fd, health: true })).toEqual(expected);
  });
});

describe("a warning", () => {
  test("goes to the console once per call, with the largest increment and the order", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    api.sigKernelGram([long, long], { ...fd, normalize: true });
    expect(warn).toHaveBeenCalledTimes(1);
    const message = String(warn.mock.calls[0]?.[0]);
    expect(message).toMatch(/^sigKernelGram: 4 of 4 kernels of finite paths are not finite\./);
    expect(message).toContain("The largest increment of a cell is 1.10e+12");
    expect(message).toContain("dyadicOrder 20");
  });

  test("speaks pysiglib's names under them", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    pysiglib.sig_kernel_gram([long, long], [long], { dyadic_order: 0 });
    pysiglib.sig_mmd([long, long], [short, short], { dyadic_order: 0 });
    expect(warn).toHaveBeenCalledTimes(2);
    expect(String(warn.mock.calls[0]?.[0])).toMatch(/^sig_kernel_gram: 2 of 2 .* dyadic_order 20 /);
    expect(String(warn.mock.calls[1]?.[0])).toMatch(/^sig_mmd: /);
  });

  test("goes to onWarning instead, with the report", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const onWarning = vi.fn();
    api.sigKernelGram([steep, short], { ...fd, onWarning });
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining("negative"), expect.objectContaining({ negative: 1 }));
    api.sigScore([long, long], [short, short], { ...fd, onWarning });
    expect(onWarning).toHaveBeenCalledTimes(2);
    expect(warn).not.toHaveBeenCalled();
  });

  test("is not given of what is well, or in a report", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    api.sigKernelGram([short, short], fd);
    api.sigKernelGram([long, long], { ...fd, health: true });
    api.sigKernel([[0], [NaN]], short, fd);
    expect(warn).not.toHaveBeenCalled();
  });

  test("costs nothing where nobody asked and all is well", () => {
    setBackend("without the largest increment");
    expect(api.sigKernelGram([short, short], fd).data).toEqual(Float64Array.of(1, 1, 1, 1));
  });
});
