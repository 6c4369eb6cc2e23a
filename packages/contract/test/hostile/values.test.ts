import {
  extractSigCoef,
  getMemoryLimit,
  idxToWord,
  linearLogSig,
  linearSig,
  logSig,
  logSigBackprop,
  logSigLength,
  prepareLogSig,
  setMemoryLimit,
  sig,
  sigBackprop,
  sigCoef,
  sigCombine,
  sigInverse,
  sigJoin,
  sigLength,
  sigToLogSig,
  transformPath,
  wordToIdx,
  words,
} from "@sig/api";
import { afterEach, describe, expect, it } from "vitest";
import { calls, invoke } from "../../src/calls.js";
import { asTensor } from "../../src/compare.js";
import { asRefusal, expectRefusal, thrownBy } from "../../src/refusals.js";
import { tensor, zeros } from "../../src/tensors.js";

const line = [
  [0, 0],
  [1, 2],
  [4, 3],
];
const values = (a: { data: ArrayLike<number> }): number[] => Array.from(a.data);

describe("NaN and infinities", () => {
  it("in an end point reach the words of that channel, and no others", () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const s = sig(
        [
          [0, 0],
          [1, 2],
          [bad, 3],
        ],
        3,
      );
      const clean = sig(line, 3);
      const all = words(2, 3).slice(1);
      all.forEach((word, i) => {
        if (word.includes(0)) expect(Number.isFinite(s.data[i]), `word ${word.join()}`).toBe(false);
        else expect(s.data[i], `word ${word.join()}`).toBe(clean.data[i]);
      });
    }
  });

  it("of one path stay out of the other paths of the batch", () => {
    for (const size of [2, 3, 9]) {
      for (const sick of [0, size - 1]) {
        const clean = sig(
          tensor(
            Array.from({ length: size * 8 }, (_, i) => Math.sin(i)),
            [size, 4, 2],
          ),
          3,
        );
        const path = tensor(
          Array.from({ length: size * 8 }, (_, i) => (Math.floor(i / 8) === sick ? NaN : Math.sin(i))),
          [size, 4, 2],
        );
        const s = sig(path, 3);
        for (let b = 0; b < size; b++) {
          const row = values(s).slice(b * 14, (b + 1) * 14);
          if (b === sick) expect(row.every(Number.isNaN)).toBe(true);
          else expect(row).toEqual(values(clean).slice(b * 14, (b + 1) * 14));
        }
      }
    }
  });

  it("go through every operation without an error, and leave a trace", () => {
    for (const call of calls) {
      const parameters = call.make();
      for (const position of call.arrays) (parameters[position] as { data: Float64Array }).data.fill(NaN);
      const outputs = [invoke(call, parameters)].flat().map((value) => asTensor(value));
      expect(
        outputs.some(({ data }) => data.some(Number.isNaN)),
        call.name,
      ).toBe(true);
    }
  });

  it("come out of an overflow", () => {
    expect(sig([[0], [1e200]], 2).data[1]).toBe(Infinity);
    expect(sig(tensor([0, 1e30], [2, 1], "float32"), 2).data[1]).toBe(Infinity);
  });

  it("in a scalar slot are never read", () => {
    const s = sig(line, 2, { scalarTerm: true });
    s.data[0] = NaN;
    expect(values(sigCombine(s, s, 2, 2))).not.toContain(NaN);
    expect(values(sigJoin(s, [1, 2], 2, 2))).not.toContain(NaN);
    expect(values(sigInverse(s, 2, 2))).not.toContain(NaN);
    expect(values(sigToLogSig(s, 2, 2, { method: 0 }))).not.toContain(NaN);
    expect(values(sigBackprop(line, s, s, 2))).not.toContain(NaN);
  });

  it("subnormal numbers and signed zeros are numbers", () => {
    const tiny = Number.MIN_VALUE;
    expect(
      values(
        sig(
          [
            [0, 0],
            [tiny, -tiny],
          ],
          1,
        ),
      ),
    ).toEqual([tiny, -tiny]);
    expect(values(sig([[0], [-0]], 2)).every((x) => x === 0)).toBe(true);
  });
});

describe("next to nothing", () => {
  it("a path of no point or of one has the signature of a point", () => {
    for (const flags of [{}, { timeAug: true }, { leadLag: true }, { timeAug: true, leadLag: true }]) {
      for (const path of [zeros([0, 2]), zeros([1, 2]), zeros([3, 1, 2]), zeros([3, 0, 2])]) {
        const s = sig(path, 2, { ...flags, scalarTerm: true });
        const rowLength = s.shape.at(-1) ?? 0;
        expect(values(s)).toEqual(values(s).map((_, i) => (i % rowLength === 0 ? 1 : 0)));
        for (const method of [0, 1, 2, 3] as const) expect(values(logSig(path, 2, { ...flags, method })).every((x) => x === 0)).toBe(true);
        expect(values(sigCoef(path, [[], [0]], flags))).toEqual(
          Array.from({ length: 2 * (s.data.length / rowLength) }, (_, i) => 1 - (i % 2)),
        );
        expect(sig(path, 2, { ...flags, stream: true }).data.length).toBe(0);
      }
    }
    expect(transformPath(zeros([0, 2]), { leadLag: true, timeAug: true }).shape).toEqual([0, 5]);
    expect(transformPath([[7, 8]], { leadLag: true, timeAug: true })).toEqual(tensor([7, 8, 7, 8, 0], [1, 5]));
  });

  it("degree 0 is the scalar alone for signatures and refused for log-signatures", () => {
    expect(sig(line, 0)).toEqual(tensor([], [0]));
    expect(sig(line, 0, { scalarTerm: true })).toEqual(tensor([1], [1]));
    expect(linearSig([1, 2], 2, 0, { scalarTerm: true })).toEqual(tensor([1], [1]));
    expect(sigLength(2, 0)).toBe(0);
    for (const refused of [
      () => logSig(line, 0),
      () => logSigBackprop(line, zeros([0]), 0),
      () => linearLogSig([1, 2], 2, 0),
      () => logSigLength(2, 0),
    ]) {
      expect(asRefusal(thrownBy(refused, "degree 0"), "degree 0").argument).toBe("degree");
    }
  });

  it("dimension 0 is refused everywhere", () => {
    for (const refused of [
      () => sig(zeros([3, 0]), 2),
      () => sig(zeros([3, 0]), 2, { timeAug: true }),
      () => sigCoef(zeros([3, 0]), [0]),
      () => transformPath(zeros([3, 0])),
      () => logSig(zeros([2, 3, 0]), 2, { method: 3 }),
    ]) {
      expect(asRefusal(thrownBy(refused, "dimension 0"), "dimension 0").argument).toBe("path");
    }
  });

  it("words have letters of the algebra, and a list of them may be empty only for extraction", () => {
    expect(extractSigCoef(sig(line, 2), [], 2).shape).toEqual([0]);
    for (const wrong of [[2], [[0], [5]], [[-1]], [[0.5]], [[[0]]], "01", 7, null, [["0"]], [[0], 1]]) {
      expectRefusal(
        thrownBy(() => sigCoef(line, wrong as number[]), "words"),
        { operation: "sigCoef", argument: "words" },
        JSON.stringify(wrong),
      );
    }
    expectRefusal(
      thrownBy(() => sigCoef(line, []), "no words"),
      { kind: "range", operation: "sigCoef", argument: "words" },
      "no words",
    );
    expectRefusal(
      thrownBy(() => extractSigCoef(sig(line, 2), [[0, 0, 0]], 2), "long"),
      { kind: "range", operation: "extractSigCoef", argument: "words" },
      "a word beyond the degree",
    );
  });
});

describe("huge sizes", () => {
  const limit = getMemoryLimit();
  afterEach(() => setMemoryLimit(limit));

  it("a result beyond 2^53, the largest typed array or the memory ceiling is refused before anything is allocated", () => {
    for (const degree of [2 ** 52, 10 ** 6, 1000, 60, 53, 52, 40, 36]) {
      for (const [operation, call] of Object.entries({
        sig: () => sig(line, degree),
        linearSig: () => linearSig([1, 2], 2, degree),
        logSig: () => logSig(line, degree, { method: 0 }),
      })) {
        expectRefusal(
          thrownBy(call, operation),
          { kind: "range", operation, argument: ["degree", "path", "displacement"] },
          `${operation} to degree ${degree}`,
        );
      }
    }
  });

  it("a batch counts as well", () => {
    const path = zeros([2 ** 14, 2, 2]);
    expectRefusal(
      thrownBy(() => sig(path, 25), "batch"),
      { kind: "range", operation: "sig", argument: ["path", "degree"] },
      "2^14 signatures of 2^26 numbers",
    );
  });

  it("the ceiling can be set", () => {
    setMemoryLimit(100_000);
    const refusal = asRefusal(
      thrownBy(() => sig(line, 14), "100 kB"),
      "100 kB",
    );
    expect(refusal.code).toBe("TOO_LARGE");
    expect(sig(line, 10).data.length).toBe(2046);
    setMemoryLimit(limit);
    expect(sig(line, 14).data.length).toBe(2 ** 15 - 2);
  });

  it("tables of log-signatures are bounded too", () => {
    for (const method of [1, 2, 3] as const) {
      for (const degree of [2 ** 40, 64, 40]) {
        for (const call of [() => prepareLogSig(2, degree, method), () => logSig(line, degree, { method })])
          asRefusal(thrownBy(call, "tables"), `method ${method} degree ${degree}`);
      }
    }
  });

  it("lengths and places of words are exact or refused", () => {
    for (const call of [
      () => sigLength(2, 53),
      () => sigLength(10, 19),
      () => logSigLength(3, 40),
      () => words(10, 12),
      () => wordToIdx(new Array(80).fill(1), 3),
      () => idxToWord(-2, 2),
      () => idxToWord(1, 0),
    ]) {
      asRefusal(thrownBy(call, String(call)), String(call));
    }
    expect(sigLength(2, 52)).toBe(2 ** 53 - 2);
  });
});
