import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { setBackend } from "@sig/core";
import * as api from "../src/index.js";
import { installFake, type FakeBackend } from "./fakeBackend.js";

/** What each family answers by itself, and what it asks of a backend; the numbers are the contract suite's business. */

let fake: FakeBackend;
beforeAll(() => {
  fake = installFake("fake", 1000);
  setBackend("fake");
});
beforeEach(() => void fake.calls.splice(0));
afterAll(() => setBackend(null));

const zeros = (...shape: number[]) => ({ data: new Float64Array(shape.reduce((size, axis) => size * axis, 1)), shape });
const path = zeros(3, 2);
const asked = (): string[] => fake.calls.map(({ operation }) => operation);

describe("shapes", () => {
  test.each<[string, () => { shape: readonly number[] }, number[], string[]]>([
    ["logSig", () => api.logSig(zeros(4, 3, 2), 3), [4, 5], ["sig", "sigToLogSig"]],
    ["logSig, method 0", () => api.logSig(path, 3, { method: 0, scalarTerm: true }), [15], ["sig", "sigToLogSig"]],
    ["logSig, method 3", () => api.logSig(path, 3, { method: 3, timeAug: true }), [14], ["logSigBch"]],
    ["logSig, stream", () => api.logSig(zeros(4, 3, 2), 2, { stream: true, leadLag: true }), [4, 4, 10], ["sig", "sigToLogSig"]],
    ["logSig of a point", () => api.logSig(zeros(4, 1, 2), 2, { method: 3 }), [4, 3], []],
    ["logSig of no path", () => api.logSig(zeros(0, 3, 2), 2), [0, 3], []],
    ["logSig, stream of a point", () => api.logSig(zeros(1, 2), 2, { stream: true }), [0, 3], []],
    [
      "logSigBackprop",
      () => api.logSigBackprop(zeros(4, 3, 2), zeros(4, 2, 3), 2, { stream: true }),
      [4, 3, 2],
      ["sig", "sigToLogSigBackprop", "sigBackprop"],
    ],
    ["logSigBackprop, method 3", () => api.logSigBackprop(path, zeros(3), 2, { method: 3 }), [3, 2], ["logSigBchBackprop"]],
    ["sigBackprop", () => api.sigBackprop(zeros(5, 3, 2), zeros(5, 2, 7), zeros(5, 2, 6), 2, { stream: true }), [5, 3, 2], ["sigBackprop"]],
    ["sigBackprop of degree 0", () => api.sigBackprop(path, zeros(0), zeros(1), 0), [3, 2], []],
    ["sigCombine", () => api.sigCombine(zeros(2, 7), zeros(2, 6), 2, 2), [2, 7], ["sigCombine"]],
    ["sigCombine without the scalar term", () => api.sigCombine(zeros(6), zeros(7), 2, 2), [6], ["sigCombine"]],
    ["sigJoin of degree 0", () => api.sigJoin(zeros(3, 1), zeros(3, 2), 2, 0), [3, 1], []],
    ["sigInverse", () => api.sigInverse(zeros(7), 2, 2), [7], ["sigInverse"]],
    [
      "sigInverseBackprop",
      () => api.sigInverseBackprop(zeros(6), zeros(7), 2, 2),
      [7],
      ["sigInverse", "sigCombineBackprop", "sigCombineBackprop"],
    ],
    ["linearSig", () => api.linearSig(zeros(4, 2), 2, 2, { scalarTerm: true }), [4, 7], ["sig"]],
    ["linearSigBackprop", () => api.linearSigBackprop(zeros(4, 7), zeros(4, 2), 2, 2), [4, 2], ["sigJoinBackprop"]],
    ["linearSigBackprop of nothing", () => api.linearSigBackprop(zeros(0, 6), zeros(0, 2), 2, 2), [0, 2], []],
    ["sigToLogSig, method 0", () => api.sigToLogSig(zeros(7), 2, 2, { method: 0 }), [7], ["sigToLogSig"]],
    ["sigToLogSigBackprop", () => api.sigToLogSigBackprop(zeros(7), zeros(3), 2, 2), [7], ["sigToLogSigBackprop"]],
    ["logSigToSig, method 0", () => api.logSigToSig(zeros(6), 2, 2, { method: 0, scalarTerm: true }), [6], ["logSigToSig"]],
    ["logSigToSig", () => api.logSigToSig(zeros(3), 2, 2, { scalarTerm: true }), [7], ["logSigToSig"]],
    ["logSigToSigBackprop", () => api.logSigToSigBackprop(zeros(3), zeros(7), 2, 2), [3], ["logSigToSigBackprop"]],
    ["logSigCombine", () => api.logSigCombine(zeros(2, 6), zeros(2, 6), 2, 2, { timeAug: true }), [2, 6], ["logSigCombine"]],
    ["logSigJoin of nothing", () => api.logSigJoin(zeros(0, 3), zeros(0, 2), 2, 2), [0, 3], []],
    ["sigCoef", () => api.sigCoef(zeros(4, 3, 2), [[0], [0, 1, 1]], { prefixes: true }), [4, 4], ["sigCoef"]],
    ["sigCoef of one word", () => api.sigCoef(path, [0, 1]), [1], ["sigCoef"]],
    ["sigCoefBackprop", () => api.sigCoefBackprop(path, [[0, 1]], zeros(2), zeros(2)), [3, 2], ["sigCoefBackprop"]],
    ["extractSigCoef", () => api.extractSigCoef(zeros(4, 6), [[0], [1, 1]], 2), [4, 2], ["extractSigCoef"]],
    ["extractSigCoef of no words", () => api.extractSigCoef(zeros(4, 6), [], 2), [4, 0], []],
    [
      "extractSigCoefBackprop",
      () => api.extractSigCoefBackprop(zeros(4, 1), [0, 1], 2, 2, { scalarTerm: true }),
      [4, 7],
      ["extractSigCoefBackprop"],
    ],
    ["transformPath of no point", () => api.transformPath(zeros(4, 0, 2), { leadLag: true, timeAug: true }), [4, 0, 5], []],
    ["transformPath without transforms", () => api.transformPath(path), [3, 2], []],
    [
      "transformPathBackprop",
      () => api.transformPathBackprop(zeros(5, 5), { leadLag: true, timeAug: true }),
      [3, 2],
      ["transformPathBackprop"],
    ],
    ["transformPathBackprop of no row", () => api.transformPathBackprop(zeros(0, 4), { leadLag: true }), [0, 2], []],
  ])("%s", (_, run, shape, operations) => {
    expect(run().shape).toEqual(shape);
    expect(asked()).toEqual(operations);
  });
});

describe("without a backend", () => {
  test("a point under transforms is its own lag and lead, at time 0", () => {
    expect(api.transformPath([[1, 2]], { leadLag: true, timeAug: true, endTime: 5 }).data).toEqual(Float64Array.of(1, 2, 1, 2, 0));
    expect(api.transformPath([[3]], { timeAug: true }).data).toEqual(Float64Array.of(3, 0));
    expect(api.transformPathBackprop([[1, 2, 10, 20, 7]], { leadLag: true, timeAug: true }).data).toEqual(Float64Array.of(11, 22));
  });

  test("a straight segment has its displacement for a logarithm", () => {
    expect(api.linearLogSig([[1, 2]], 2, 2, { method: 0, scalarTerm: true })).toMatchObject({
      data: Float64Array.of(0, 1, 2, 0, 0, 0, 0),
      shape: [1, 7],
    });
    expect(api.linearLogSigBackprop([9, 5, 6, 0, 0, 0, 0], [1, 2], 2, 2, { method: 0 }).data).toEqual(Float64Array.of(5, 6));
    expect(asked()).toEqual([]);
  });

  test("the empty word has the coefficient 1, also of a point", () => {
    expect(api.sigCoef([[1, 2]], [[], [0], []]).data).toEqual(Float64Array.of(1, 0, 1));
  });

  test("gradients of a point are zero", () => {
    expect(api.sigBackprop([[1, 2]], zeros(6), { data: new Float64Array(6).fill(9), shape: [6] }, 2).data).toEqual(new Float64Array(2));
    const [dSig, dStep] = api.sigJoinBackprop([9], [1], [1, 2], 2, 0);
    expect([...dSig.data, ...dStep.data]).toEqual([0, 0, 0]);
  });
});

describe("correction", () => {
  test.each<[string, number[], number[], string]>([
    ["a row", [4], [3, 2], "row"],
    ["a row per segment", [2, 4], [3, 2], "segment"],
    ["a row per segment for all paths", [2, 12], [5, 3, 2], "segment"],
    ["a row per segment of each path", [5, 2, 4], [5, 3, 2], "batch"],
    ["of two levels", [12], [3, 2], "row"],
  ])("%s", (_, shape, pathShape, layout) => {
    api.sig(zeros(...pathShape), 3, { correction: zeros(...shape) });
    expect(fake.calls[0]?.call["correction"]).toMatchObject({ layout, degree: shape.at(-1) === 4 ? 2 : 3 });
  });

  test.each([
    ["of a width that no levels have", zeros(5), {}],
    ["of more levels than the degree", zeros(28), {}],
    ["for another number of segments", zeros(3, 4), {}],
    ["under lead-lag", zeros(4), { leadLag: true }],
    ["of rank 0", 1, {}],
  ])("is refused: %s", (_, correction, options) => {
    expect(() => api.sig(path, 3, { correction, ...options })).toThrow(api.SigRangeError);
    expect(() => api.sig(path, 3, { correction, ...options })).toThrow("sig: correction ");
  });

  test("is refused with method 3, and with another dtype", () => {
    expect(() => api.logSig(path, 3, { correction: zeros(4), method: 3 })).toThrow(api.SigRangeError);
    expect(() => api.sig(path, 3, { correction: new Float32Array(4) })).toThrow(api.SigTypeError);
  });

  test("that is empty is none", () => {
    for (const shape of [[0], [2, 0], [0, 4]]) api.sig(path, 3, { correction: zeros(...shape), leadLag: true });
    expect(fake.calls.map(({ call }) => call["correction"])).toEqual([undefined, undefined, undefined]);
  });
});
