import {
  branchedLogSig,
  branchedLogSigBackprop,
  branchedLogSigCombine,
  branchedLogSigJoin,
  branchedLogSigLength,
  branchedLogSigToSig,
  branchedLogSigToSigBackprop,
  branchedSig,
  branchedSigToLogSig,
  branchedSigToLogSigBackprop,
  getMemoryLimit,
  linearBranchedLogSig,
  linearBranchedLogSigBackprop,
  prepareBranchedLogSig,
  setMemoryLimit,
} from "@sig/api";
import * as promises from "@sig/api/async";
import type { LogSigMethod, Tensor } from "@sig/api";
import { afterEach, describe, expect, it } from "vitest";
import { expectClose } from "../../src/compare.js";
import { asRefusal, expectRefusal, thrownBy } from "../../src/refusals.js";
import { itemOf, randomNumbers, randomTensor, tensor, zeros } from "../../src/tensors.js";

const line = [
  [0, 0],
  [1, 2],
  [4, 3],
];
const values = (a: { data: ArrayLike<number> }): number[] => Array.from(a.data);

const forms = [
  { planar: false, method: 0 },
  { planar: true, method: 0 },
  { planar: true, method: 1 },
  { planar: true, method: 2 },
  { planar: true, method: 3 },
] as const;
const pathless = [
  { planar: false, method: 0 },
  { planar: true, method: 0 },
  { planar: true, method: 1 },
  { planar: true, method: 2 },
] as const;

describe("methods", () => {
  it("beyond 0 are for planar forests alone", () => {
    for (const method of [1, 2, 3] as const) {
      for (const [operation, call] of Object.entries({
        branchedLogSig: () => branchedLogSig(line, 2, { method }),
        branchedLogSigBackprop: () => branchedLogSigBackprop(line, zeros([6]), 2, { method }),
        branchedSigToLogSig: () => branchedSigToLogSig(zeros([6]), 2, 2, { method: method as 1 }),
        branchedLogSigToSig: () => branchedLogSigToSig(zeros([6]), 2, 2, { method: method as 1 }),
        linearBranchedLogSig: () => linearBranchedLogSig([1, 2], 2, 2, { method }),
        prepareBranchedLogSig: () => {
          prepareBranchedLogSig(2, 2, method);
        },
      }))
        expectRefusal(thrownBy(call, operation), { kind: "range", operation, argument: "method" }, operation);
    }
  });

  it("3 is for paths and segments alone, and the refusal says what to take instead", () => {
    for (const call of [
      () => branchedSigToLogSig(zeros([10]), 2, 2, { planar: true, method: 3 as never }),
      () => branchedSigToLogSigBackprop(zeros([10]), zeros([7]), 2, 2, { planar: true, method: 3 as never }),
      () => branchedLogSigToSig(zeros([7]), 2, 2, { planar: true, method: 3 as never }),
      () => branchedLogSigToSigBackprop(zeros([7]), zeros([10]), 2, 2, { planar: true, method: 3 as never }),
    ])
      expect(call).toThrow("must be 0, 1 or 2, got 3: the coordinates of method 3 are those of method 2");
  });

  it("3 takes no correction but an empty one, as lead-lag does", () => {
    const planar = true;
    const correction = [0.1, 0.2, 0.3, 0.4];
    for (const options of [
      { planar, method: 3, correction },
      { planar, method: 2, correction, leadLag: true },
      { correction, leadLag: true },
    ] as const)
      for (const call of [() => branchedLogSig(line, 2, options), () => branchedLogSigBackprop(line, zeros([7]), 2, options)])
        expect(asRefusal(thrownBy(call, "correction"), "correction").argument).toBe("correction");
    const empty = zeros([0]);
    expect(branchedLogSig(line, 2, { planar, method: 3, correction: empty })).toEqual(branchedLogSig(line, 2, { planar, method: 3 }));
  });

  it("of coordinates in Lyndon forests have no scalar slot, on either side", () => {
    const planar = true;
    for (const method of [1, 2] as const) {
      const bad = zeros([8]);
      for (const [argument, call] of [
        ["blogsigDerivs", () => branchedSigToLogSigBackprop(zeros([10]), bad, 2, 2, { planar, method })],
        ["blogsig", () => branchedLogSigToSig(bad, 2, 2, { planar, method })],
        ["derivs", () => linearBranchedLogSigBackprop(bad, [1, 2], 2, 2, { planar, method })],
        ["blogsig", () => branchedLogSigJoin(bad, [1, 2], 2, 2)],
        ["blogsig2", () => branchedLogSigCombine(zeros([7]), bad, 2, 2)],
      ] as const)
        expect(asRefusal(thrownBy(call, argument), argument).argument).toBe(argument);
    }
  });
});

describe("next to nothing", () => {
  it("a path of no point or of one has the log-signature 0, and so has its gradient", () => {
    for (const flags of [{}, { timeAug: true }, { leadLag: true }, { timeAug: true, leadLag: true, endTime: 3 }]) {
      for (const path of [zeros([0, 2]), zeros([1, 2]), zeros([3, 1, 2]), zeros([3, 0, 2])]) {
        for (const form of forms) {
          const log = branchedLogSig(path, 2, { ...form, ...flags, scalarTerm: true });
          expect(log.shape.slice(0, -1)).toEqual(path.shape.slice(0, -2));
          expect(values(log).every((x) => x === 0)).toBe(true);
          const ones = tensor(
            log.data.map(() => 1),
            log.shape,
          );
          expect(branchedLogSigBackprop(path, ones, 2, { ...form, ...flags })).toEqual(zeros(path.shape));
        }
      }
    }
  });

  it("degree 0 and dimension 0 are refused", () => {
    for (const [argument, call] of [
      ["degree", () => branchedLogSig(line, 0)],
      ["degree", () => branchedLogSigBackprop(line, zeros([0]), 0)],
      ["degree", () => branchedSigToLogSig(zeros([0]), 2, 0)],
      ["degree", () => branchedLogSigToSig(zeros([0]), 2, 0)],
      ["degree", () => linearBranchedLogSig([1, 2], 2, 0)],
      ["degree", () => branchedLogSigJoin(zeros([0]), [1, 2], 2, 0)],
      ["degree", () => prepareBranchedLogSig(2, 0, 0)],
      ["dimension", () => branchedSigToLogSig(zeros([0]), 0, 2)],
      ["dimension", () => linearBranchedLogSig(zeros([0]), 0, 2)],
      ["dimension", () => prepareBranchedLogSig(0, 2, 0)],
      ["path", () => branchedLogSig(zeros([3, 0]), 2)],
    ] as const)
      expect(asRefusal(thrownBy(call, argument), argument).argument).toBe(argument);
  });
});

describe("numbers that are none", () => {
  it("in a scalar slot are never read, and have no gradient", () => {
    for (const { planar } of forms.slice(0, 2)) {
      const sig = branchedSig(line, 3, { planar, scalarTerm: true });
      sig.data[0] = NaN;
      const derivs = tensor(
        sig.data.map(() => 1),
        sig.shape,
      );
      derivs.data[0] = NaN;
      const log = branchedSigToLogSig(sig, 2, 3, { planar, method: 0 });
      const gradient = branchedSigToLogSigBackprop(sig, derivs, 2, 3, { planar, method: 0 });
      const back = branchedLogSigToSigBackprop(log, derivs, 2, 3, { planar, method: 0 });
      expect([log.data[0], gradient.data[0], back.data[0]]).toEqual([0, 0, 0]);
      log.data[0] = NaN;
      const again = branchedLogSigToSig(log, 2, 3, { planar, method: 0 });
      expect(again.data[0]).toBe(1);
      for (const result of [again, gradient, back, log]) expect(values(result).slice(1)).not.toContain(NaN);
      if (planar) expect(values(branchedSigToLogSig(sig, 2, 3, { planar, method: 2 }))).not.toContain(NaN);
    }
  });

  it("of one path stay out of the other paths of the batch", () => {
    for (const form of forms) {
      const path = randomTensor(randomNumbers(3), [9, 4, 2]);
      const clean = branchedLogSig(path, 3, form);
      for (let i = 3 * 8; i < 4 * 8; i++) path.data[i] = NaN;
      const log = branchedLogSig(path, 3, form);
      for (let item = 0; item < 9; item++) {
        if (item === 3) expect(values(itemOf(log, 1, item)).some(Number.isNaN)).toBe(true);
        else expect(itemOf(log, 1, item)).toEqual(itemOf(clean, 1, item));
      }
    }
  });
});

describe("sizes", () => {
  const limit = getMemoryLimit();
  afterEach(() => {
    setMemoryLimit(limit);
  });

  it("beyond what can be prepared are refused at once", () => {
    const calls = (degree: number, planar: boolean, method: LogSigMethod): Readonly<Record<string, () => unknown>> => ({
      branchedLogSig: () => branchedLogSig(line, degree, { planar, method }),
      linearBranchedLogSig: () => linearBranchedLogSig([1, 2], 2, degree, { planar, method }),
      prepareBranchedLogSig: () => {
        prepareBranchedLogSig(2, degree, method, { planar });
      },
    });
    for (const degree of [2 ** 52, 10 ** 6, 1000, 60, 25]) {
      for (const { planar, method } of forms) {
        for (const [operation, call] of Object.entries(calls(degree, planar, method)))
          expectRefusal(
            thrownBy(call, operation),
            { kind: "range", operation, argument: ["degree", "displacement"] },
            `${operation} ${degree}`,
          );
      }
    }
  });

  it("are held against the ceiling", () => {
    const path = randomTensor(randomNumbers(4), [100, 3, 2]);
    for (const form of forms) {
      branchedLogSig(path, 4, form);
      setMemoryLimit(50_000);
      expect(
        asRefusal(
          thrownBy(() => branchedLogSig(path, 4, form), "ceiling"),
          "ceiling",
        ).code,
      ).toBe("TOO_LARGE");
      setMemoryLimit(limit);
    }
  });

  it("of one node may be as wide as one likes", () => {
    const v = randomTensor(randomNumbers(5), [300]);
    for (const form of forms) expectClose(branchedLogSig(tensor([...zeros([300]).data, ...v.data], [2, 300]), 1, form), v, 1e-15);
    expect(branchedLogSigLength(300, 1, { planar: true })).toBe(300);
  });
});

describe("preparation", () => {
  it("checks its arguments in both forms", async () => {
    for (const [argument, given] of [
      ["dimension", ["2", 2, 0]],
      ["degree", [2, 1.5, 0]],
      ["method", [2, 2, null]],
      ["method", [2, 2, undefined]],
      ["method", [2, 2, 4, { planar: true }]],
      ["method", [2, 2, -1]],
      ["planar", [2, 2, 0, { planar: 1 }]],
      ["device", [2, 2, 0, { device: "tpu" }]],
      ["options", [2, 2, 0, true]],
    ] as const) {
      const parameters = given as unknown as Parameters<typeof prepareBranchedLogSig>;
      const reason = thrownBy(() => {
        prepareBranchedLogSig(...parameters);
      }, argument);
      expectRefusal(reason, { operation: "prepareBranchedLogSig", argument }, argument);
      const rejected = await promises.prepareBranchedLogSig(...parameters).catch((thrown: unknown) => thrown);
      expectRefusal(rejected, { operation: "prepareBranchedLogSig", argument }, argument);
    }
  });

  it("can be given up, and done again", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const pending = promises.prepareBranchedLogSig(3, 4, 2, { planar: true, timeAug: true, signal: controller.signal });
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await promises.prepareBranchedLogSig(2, 3, 3, { planar: true });
    const logs: Tensor[] = pathless.map((form) => branchedLogSig(line, 3, form));
    expect(logs.map(({ shape }) => shape[0])).toEqual([20, 50, 33, 33]);
  });
});
