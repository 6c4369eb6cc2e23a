import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { setBackend } from "@sig/core";
import * as promises from "../src/async.js";
import * as api from "../src/index.js";
import { installFake, type FakeBackend } from "./fakeBackend.js";

/** As families.test.ts: branched signatures and log-signatures, whose planar rows have 10 and 7 entries here. */

let fake: FakeBackend;
beforeAll(() => {
  fake = installFake("fake", 1000);
  setBackend("fake");
});
beforeEach(() => void fake.calls.splice(0));
afterAll(() => setBackend(null));

const zeros = (...shape: number[]) => ({ data: new Float64Array(shape.reduce((size, axis) => size * axis, 1)), shape });
const path = zeros(3, 2);
const planar = true;
const asked = (): string[] => fake.calls.map(({ operation }) => operation);

type Row = [what: string, run: () => { shape: readonly number[] }, shape: number[], operations: string[]];

describe("shapes", () => {
  test.each<Row>([
    ["branchedSig", () => api.branchedSig(zeros(4, 3, 2), 2, { scalarTerm: true }), [4, 7], ["branchedSig"]],
    ["branchedSig of a point", () => api.branchedSig(zeros(4, 1, 2), 2, { planar }), [4, 10], []],
    ["branchedSigBackprop", () => api.branchedSigBackprop(path, zeros(7), zeros(6), 2), [3, 2], ["branchedSigBackprop"]],
    ["branchedSigCombine", () => api.branchedSigCombine(zeros(2, 7), zeros(2, 6), 2, 2), [2, 7], ["branchedSigCombine"]],
    ["branchedSigJoin", () => api.branchedSigJoin(zeros(6), zeros(2), 2, 2), [6], ["branchedSig", "branchedSigCombine"]],
    ["linearBranchedSig of degree 0", () => api.linearBranchedSig(zeros(4, 2), 2, 0, { scalarTerm: true }), [4, 1], []],
    ["branchedSigCoef", () => api.branchedSigCoef(zeros(4, 3, 2), [[0], null]), [4, 2], ["branchedSig", "extractSigCoef"]],
    ["branchedSigCoef of the empty tree", () => api.branchedSigCoef(zeros(4, 3, 2), [null]), [4, 1], []],
    ["branchedLogSig", () => api.branchedLogSig(zeros(4, 3, 2), 2), [4, 6], ["branchedSig", "branchedSigToLogSig"]],
    ["branchedLogSig, planar", () => api.branchedLogSig(path, 2, { planar }), [7], ["branchedSig", "branchedSigToLogSig", "sparseMap"]],
    ["branchedLogSig with scalar term", () => api.branchedLogSig(zeros(1, 2), 2, { planar, method: 0, scalarTerm: true }), [11], []],
    ["branchedLogSig of no path", () => api.branchedLogSig(zeros(0, 3, 2), 2, { planar, method: 3, timeAug: true }), [0, 15], []],
    [
      "branchedLogSigBackprop",
      () => api.branchedLogSigBackprop(path, zeros(7), 2, { planar, method: 2 }),
      [3, 2],
      ["branchedSig", "sparseMap", "branchedSigToLogSigBackprop", "branchedSigBackprop"],
    ],
    ["branchedSigToLogSig", () => api.branchedSigToLogSig(zeros(4, 7), 2, 2), [4, 7], ["branchedSigToLogSig"]],
    ["branchedSigToLogSig of nothing", () => api.branchedSigToLogSig(zeros(0, 11), 2, 2, { planar }), [0, 7], []],
    [
      "branchedSigToLogSigBackprop",
      () => api.branchedSigToLogSigBackprop(zeros(11), zeros(7), 2, 2, { planar }),
      [11],
      ["sparseMap", "branchedSigToLogSigBackprop"],
    ],
    [
      "branchedLogSigToSig, method 1",
      () => api.branchedLogSigToSig(zeros(4, 7), 2, 2, { planar, scalarTerm: true }),
      [4, 11],
      ["sparseMap", "sparseMap", "sparseMap", "branchedLogSigToSig"],
    ],
    [
      "branchedLogSigToSigBackprop, method 2",
      () => api.branchedLogSigToSigBackprop(zeros(7), zeros(11), 2, 2, { planar, method: 2 }),
      [7],
      ["sparseMap", "branchedLogSigToSigBackprop", "sparseMap"],
    ],
    ["linearBranchedLogSig", () => api.linearBranchedLogSig(zeros(4, 2), 2, 2, { planar }), [4, 7], []],
    ["linearBranchedLogSigBackprop", () => api.linearBranchedLogSigBackprop(zeros(4, 7), zeros(4, 2), 2, 2), [4, 2], []],
    [
      "branchedLogSigJoin",
      () => api.branchedLogSigJoin(zeros(4, 7), zeros(4, 2), 2, 2),
      [4, 7],
      ["sparseMap", "branchedLogSigToSig", "branchedSig", "branchedSigCombine", "branchedSigToLogSig", "sparseMap"],
    ],
    ["branchedLogSigJoin of nothing", () => api.branchedLogSigJoin(zeros(0, 7), zeros(0, 2), 2, 2), [0, 7], []],
    ["branchedLogSigCombine of nothing", () => api.branchedLogSigCombine(zeros(0, 7), zeros(0, 7), 2, 2), [0, 7], []],
  ])("%s", (_, run, shape, operations) => {
    expect(run().shape).toEqual(shape);
    expect(asked()).toEqual(operations);
  });

  test("of two gradients are those of the arguments, in their order, also with prepend", () => {
    for (const options of [{}, { prepend: true }]) {
      const gradients = api.branchedLogSigJoinBackprop(zeros(4, 7), zeros(4, 7), zeros(4, 2), 2, 2, options);
      expect(gradients.map(({ shape }) => shape)).toEqual([
        [4, 7],
        [4, 2],
      ]);
      const nothing = api.branchedLogSigJoinBackprop(zeros(0, 7), zeros(0, 7), zeros(0, 2), 2, 2, options);
      expect(nothing.map(({ shape }) => shape)).toEqual([
        [0, 7],
        [0, 2],
      ]);
    }
  });
});

describe("without a backend", () => {
  test("a straight segment has its displacement for a logarithm, in all coordinates", () => {
    const padded = (length: number, start = 0): Float64Array => {
      const row = new Float64Array(length);
      row.set([1, 2], start);
      return row;
    };
    expect(api.linearBranchedLogSig([1, 2], 2, 2).data).toEqual(padded(6));
    expect(api.linearBranchedLogSig([1, 2], 2, 2, { scalarTerm: true }).data).toEqual(padded(7, 1));
    expect(api.linearBranchedLogSig([1, 2], 2, 2, { planar, method: 0 }).data).toEqual(padded(10));
    for (const method of [undefined, 1, 2, 3] as const)
      expect(api.linearBranchedLogSig([1, 2], 2, 2, { planar, method, scalarTerm: true }).data).toEqual(padded(7));
    expect(api.linearBranchedLogSigBackprop([9, 5, 6, 0, 0, 0, 0], [1, 2], 2, 2).data).toEqual(Float64Array.of(5, 6));
    expect(api.linearBranchedLogSigBackprop([5, 6, 9, 0, 0, 0, 0], [1, 2], 2, 2, { planar }).data).toEqual(Float64Array.of(5, 6));
    expect(asked()).toEqual([]);
  });
});

describe("methods", () => {
  test("ask for the map to their coordinates", () => {
    for (const method of [1, 2, 3] as const) api.branchedLogSig(path, 2, { planar, method });
    const keys = fake.calls.flatMap(({ call }) => ("map" in call ? [(call["map"] as { key: string }).key] : []));
    expect(keys.map((key) => key.split(":")[0])).toEqual(["lyndon-words-forests", "lyndon-brackets-forests", "lyndon-brackets-forests"]);
  });

  test("hand the correction on, and take it into the table", () => {
    api.branchedLogSig(path, 3, { planar, correction: zeros(2, 4), timeAug: true });
    expect(fake.calls[0]?.call).toMatchObject({
      correction: { layout: "segment", degree: 2 },
      integrals: { key: expect.stringMatching(/:2:2$/) as string },
    });
  });
});

describe("progress", () => {
  test.each<[string, (options: api.PromiseOptions) => Promise<unknown>]>([
    ["a path", (options) => promises.branchedLogSigBackprop(path, zeros(7), 2, { planar, method: 2, ...options })],
    ["a map", (options) => promises.branchedLogSigToSigBackprop(zeros(7), zeros(10), 2, 2, { planar, ...options })],
    ["a product", (options) => promises.branchedLogSigJoinBackprop(zeros(7), zeros(7), zeros(2), 2, 2, { prepend: true, ...options })],
  ])("of %s is spread over its steps and ends with the last", async (_, run) => {
    const fractions: number[] = [];
    await run({ onProgress: (fraction) => fractions.push(fraction) });
    expect(fractions).toEqual([...fractions].sort((a, b) => a - b));
    expect(fractions.at(-1)).toBe(1);
    expect(fractions.length).toBeGreaterThan(3 * fake.calls.length);
    const gaps = fractions.map((fraction, i) => fraction - (fractions[i - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(0.3);
  });
});
