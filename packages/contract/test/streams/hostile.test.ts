import { registerBackend, setMemoryLimit, withBackend, type IntervalStream, type WindowStream } from "@sig/api";
import * as api from "@sig/api";
import { afterEach, describe, expect, it } from "vitest";
import { expectClose, expectSameBits } from "../../src/compare.js";
import { asRefusal, expectRefusal, thrownBy } from "../../src/refusals.js";
import { intervalStreams, pointOf, slice, walk, windowStreams } from "../../src/streamCases.js";
import { zeros } from "../../src/tensors.js";

type Stream = IntervalStream | WindowStream;

const streams: readonly (readonly [string, () => Stream, (snapshot: never) => Stream])[] = [
  ...intervalStreams.map(({ name, make, restore }) => [name, () => make(2, 3), restore] as const),
  ...windowStreams.map(({ name, make, restore }) => [name, () => make(2, 3, 4, 2), restore] as const),
];

for (const [name, operations] of [
  ["broken", ["sig", "sigCombine", "sigToLogSig", "logSigBch", "logSigCombine", "branchedSig", "branchedSigCombine"]],
  ["broken products", ["sigCombine", "logSigCombine", "branchedSigCombine"]],
] as const)
  registerBackend({ name, priority: -9, create: () => brokenBackend(name, operations) });

/** A backend on which the given operations fail. */
function brokenBackend(name: string, operations: readonly string[]): api.Backend {
  const fail = (): never => {
    throw new api.SigError("out of order", { code: "INTERNAL" });
  };
  return {
    name,
    device: "host",
    capabilities: { dtypes: ["float32", "float64"], threads: 1, limits: {} },
    operations: Object.fromEntries(operations.map((operation) => [operation, { run: fail, start: fail }])),
    info: () => ({}),
    forget: () => undefined,
  };
}

const className = (name: string): string => /^[A-Za-z]*/.exec(name)?.[0] ?? "";

const badPoints: Readonly<Record<string, readonly [kind: "type" | "range", value: unknown]>> = {
  undefined: ["type", undefined],
  null: ["type", null],
  "a string": ["type", "1, 2"],
  integers: ["type", Int32Array.of(1, 2)],
  "another dtype": ["type", Float32Array.of(1, 2)],
  "text in an array": ["type", ["1", "2"]],
  "a number": ["range", 3],
  "too many channels": ["range", [1, 2, 3]],
  "too few channels": ["range", [1]],
  "a batch": ["range", [[1, 2]]],
  "a shape that its data does not fit": ["range", { data: new Float64Array(3), shape: [2] }],
};

describe.each(streams)("%s", (name, make, restore) => {
  const owner = className(name);
  const path = walk(12, [], 40, 2);
  const filled = (): Stream => {
    const stream = make();
    stream.pushBatch(path);
    stream.push([1, 2]);
    return stream;
  };

  it("refuses points that do not fit the first, names the method, and is as before", () => {
    const stream = filled();
    const before = JSON.stringify(stream);
    for (const [what, [kind, value]] of Object.entries(badPoints)) {
      expectRefusal(
        thrownBy(() => {
          stream.push(value as never);
        }, what),
        { kind, operation: `${owner}.push`, argument: "point" },
        what,
      );
      const block = Array.isArray(value) ? [value] : value instanceof Float32Array ? { data: value, shape: [1, 2] } : value;
      expectRefusal(
        thrownBy(() => {
          stream.pushBatch(block as never);
        }, what),
        { kind, operation: `${owner}.pushBatch`, argument: "points" },
        what,
      );
    }
    expect(() => {
      stream.pushBatch(zeros([0, 3]));
    }).toThrow("(..., n, 2)");
    expect(() => {
      stream.pushBatch(zeros([5, 0, 2]));
    }).toThrow("batch shape () of the first push, got (5,)");
    expect(JSON.stringify(stream)).toBe(before);
  });

  it("is fixed by the first point, not by an empty block or a refused one", () => {
    const stream = make();
    expect(stream.batchShape).toBeNull();
    stream.pushBatch(zeros([7, 0, 2]));
    expect(() => {
      stream.push([1, 2, 3]);
    }).toThrow(api.SigRangeError);
    expect(stream.batchShape).toBeNull();
    stream.push(zeros([3, 2], "float32"));
    expect(stream.batchShape).toEqual([3]);
    (stream.batchShape as number[])[0] = 9;
    expect(stream.batchShape).toEqual([3]);
    expect(() => {
      stream.push(zeros([3, 2]));
    }).toThrow(api.SigTypeError);
    for (const shape of [[2, 2], [2], [3, 1, 2], [1, 3, 2]])
      expect(() => {
        stream.push(zeros(shape, "float32"));
      }, shape.join()).toThrow("batch shape (3,) of the first push");
  });

  it("reads buffers that shrink or vanish as the functions do", () => {
    const stream = filled();
    const before = JSON.stringify(stream);
    const gone = Float64Array.of(1, 2);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    expectRefusal(
      thrownBy(() => {
        stream.push(gone);
      }, "detached"),
      { operation: `${owner}.push`, argument: "point" },
      "detached",
    );
    expect(JSON.stringify(stream)).toBe(before);
  });

  it("sees what the caller pushes while a point is read", () => {
    const stream = make();
    const point = {
      get data() {
        if (stream.batchShape === null) stream.push(zeros([2, 2], "float32"));
        return Float64Array.of(1, 2);
      },
      shape: [2],
    };
    expect(() => {
      stream.push(point);
    }).toThrow(api.SigTypeError);
    expect(stream.batchShape).toEqual([2]);
  });

  it.each(["broken", "broken products"])("is as before where a backend fails in the middle of a push, and goes on: %s", (backend) => {
    const [stream, twin] = [filled(), filled()];
    const block = walk(13, [], 150, 2);
    const pushes = [...Array.from({ length: 150 }, (_, t) => [pointOf(block, t), 1] as const), [block, 2] as const];
    const push = (one: Stream, [value, rank]: (typeof pushes)[number]): void => {
      if (rank === 1) one.push(value);
      else one.pushBatch(value);
    };
    let failures = 0;
    for (const one of pushes) {
      const before = JSON.stringify(stream);
      try {
        withBackend(backend, () => {
          push(stream, one);
        });
        push(twin, one);
      } catch (reason) {
        expect(reason).toMatchObject({
          message: expect.stringContaining("out of order") as string,
          operation: expect.any(String) as string,
        });
        expect(JSON.stringify(stream)).toBe(before);
        failures++;
      }
    }
    const fails = backend === "broken" || "popFront" in stream;
    expect(failures > 0).toBe(fails);
    for (const one of [stream, twin]) one.pushBatch(block);
    expect(JSON.stringify(stream)).toBe(JSON.stringify(twin));
    if ("popFront" in stream) {
      expectSameBits(stream.sigAll(), (twin as IntervalStream).sigAll());
      expectSameBits(stream.sig(0, stream.endIndex), (twin as IntervalStream).sig(0, stream.endIndex));
    }
  });

  describe("refuses snapshots that are not its own", () => {
    type Json = Record<string, unknown> & { parameters: Record<string, unknown>; state: Record<string, unknown> };
    const snapshot = (): Json => JSON.parse(JSON.stringify(filled())) as Json;
    const refused = (change: (json: Json) => void, label: string): void => {
      const json = snapshot();
      change(json);
      asRefusal(
        thrownBy(() => restore(json as never), label),
        label,
      );
    };

    const closedValue = ({ state }: Json): unknown => (state["closed"] as Record<string, unknown>[])[0]?.["value"];

    it("what is no snapshot", () => {
      [undefined, null, 3, "{}", [], {}, JSON.stringify(filled()), new Date()].forEach((value, i) => {
        const reason = thrownBy(() => restore(value as never), `value ${i}`);
        expectRefusal(reason, { operation: `${owner}.fromJSON`, argument: "snapshot" }, `value ${i}`);
      });
    });

    it("of another class, or of a later version", () => {
      refused((json) => (json["stream"] = "OtherStream"), "class");
      refused((json) => (json["version"] = 2), "version");
    });

    it("with any field missing, of another kind, or out of bounds", () => {
      const visit = (holder: Record<string, unknown>, path: string, change: (at: string) => void): void => {
        for (const [field, value] of Object.entries(holder)) {
          const at = path === "" ? field : `${path}.${field}`;
          change(at);
          if (typeof value === "object" && value !== null) visit(value as Record<string, unknown>, at, change);
        }
      };
      const put = (json: Json, at: string, value: unknown): void => {
        const keys = at.split(".");
        const last = keys.pop() ?? "";
        const holder = keys.reduce<Record<string, unknown>>((object, key) => object[key] as Record<string, unknown>, json);
        holder[last] = value;
      };
      const fields: string[] = [];
      visit(snapshot(), "", (at) => fields.push(at));
      expect(fields.length).toBeGreaterThan(10);
      for (const at of fields) {
        for (const value of ["@@@@", -1, 1.5, 2 ** 60, true, {}, [[]], Symbol.iterator] as const) {
          const json = snapshot();
          put(json, at, value);
          let stream: Stream | undefined;
          try {
            stream = restore(json as never);
          } catch (reason) {
            asRefusal(reason, `${at} = ${typeof value}`);
          }
          // Some values mean something: then the stream must work.
          if (stream !== undefined) expect(() => JSON.stringify(stream), at).not.toThrow();
        }
      }
    });

    it("with less or more numbers than belong to it", () => {
      const points = (json: Json): Record<string, unknown> =>
        "open" in json.state ? (json.state["open"] as Record<string, unknown>) : json.state;
      refused((json) => (points(json)["points"] = (points(json)["points"] as string).slice(4)), "less");
      refused((json) => (points(json)["points"] = `AAAA${String(points(json)["points"])}`), "more");
      refused((json) => (json.state["dtype"] = "float32"), "dtype");
      refused((json) => (json.state["batchShape"] = [2]), "batch");
      refused((json) => (json.state["batchShape"] = [2 ** 30, 2 ** 30]), "large batch");
      refused((json) => (json.parameters["dimension"] = 3), "dimension");
      if ("start" in snapshot().state) {
        refused((json) => (json.state["start"] = 3), "start after the end");
        const open = (json: Json): Record<string, unknown> => json.state["open"] as Record<string, unknown>;
        const marks = (json: Json): number[] => open(json)["marks"] as number[];
        refused((json) => marks(json).unshift(0), "a mark twice");
        refused((json) => marks(json).splice(0, 1), "no mark at the beginning");
        refused((json) => marks(json).push(0), "a mark that goes back");
        refused((json) => Object.assign(json.state, { firstCheckpoint: 1, firstPiece: 1 }), "no origin");
        refused(
          (json) => Object.assign(json.state, { start: 1, firstCheckpoint: 1, firstPiece: 2, origin: closedValue(json) }),
          "more pieces than checkpoints",
        );
        refused(
          (json) => Object.assign(json.state, { firstCheckpoint: 3, firstPiece: 1, origin: closedValue(json) }),
          "start before the first piece",
        );
      } else {
        refused(
          (json) => (json.state["windows"] = [...(json.state["windows"] as string[]), ...(json.state["windows"] as string[])]),
          "windows",
        );
      }
    });

    it("and takes nJobs alone as an option", () => {
      const from = (api as unknown as Record<string, { fromJSON(snapshot: unknown, options: object): Stream }>)[owner];
      expect(() => from?.fromJSON(snapshot(), { nJobs: 2 })).not.toThrow();
      expect(() => from?.fromJSON(snapshot(), { nJobs: 0 })).toThrow(api.SigRangeError);
      expect(() => from?.fromJSON(snapshot(), { degree: 2 })).toThrow(api.SigTypeError);
    });
  });
});

describe.each(intervalStreams.map((one) => [one.name, one] as const))("%s", (name, { make }) => {
  const owner = className(name);

  it("refuses checkpoints that are not there, and intervals that are none", () => {
    const stream = make(2, 2);
    for (const run of [() => stream.sig(0, 0), () => stream.sigAll(), () => stream.sigBatch([])])
      expect(run).toThrow("nothing has been pushed yet");
    expect(() => {
      stream.popFront();
    }).toThrow(`${owner}.popFront: at least 2 checkpoints are needed, there are 0`);
    stream.pushBatch(walk(1, [], 5, 2));
    stream.push([0, 0]);
    stream.popFront();
    for (const [start, end, argument] of [
      [0, 1, "start"],
      [1, 3, "end"],
      [2, -1, "end"],
      [9, 2, "start"],
      [1.5, 2, "start"],
      [1, NaN, "end"],
    ] as const)
      expectRefusal(
        thrownBy(() => stream.sig(start, end), `sig(${start}, ${end})`),
        { kind: "range", operation: `${owner}.sig`, argument },
        `sig(${start}, ${end})`,
      );
    for (const value of ["1", null, undefined, 1n, [1]])
      expect(() => stream.sig(value as never, 2), String(value)).toThrow(api.SigTypeError);
    for (const intervals of [null, 3, "12", [[1]], [1, 2], [[1, 2, 2]], [["1", 2]], [[0, 2]], [undefined, [1, 2]]])
      expectRefusal(
        thrownBy(() => stream.sigBatch(intervals as never), String(intervals)),
        { operation: `${owner}.sigBatch`, argument: "intervals" },
        String(intervals),
      );
    stream.popFront();
    expect(() => {
      stream.popFront();
    }).toThrow("there are 1");
    expect([stream.startIndex, stream.endIndex, stream.size]).toEqual([2, 2, 1]);
  });
});

describe("constructors", () => {
  const bad = (make: () => unknown, argument: string, kind: "type" | "range"): void => {
    const refusal = asRefusal(thrownBy(make, argument), argument);
    expect(refusal.argument).toBe(argument);
    expect(refusal).toBeInstanceOf(kind === "type" ? api.SigTypeError : api.SigRangeError);
  };
  const { SigStream, LogSigStream, SigWindowStream, LogSigWindowStream, BranchedSigStream, BranchedSigWindowStream } = api;
  const { BranchedLogSigStream, BranchedLogSigWindowStream } = api;

  it("check every argument", () => {
    for (const make of [
      (dimension: never, degree: never, options?: never) => new SigStream(dimension, degree, options),
      (dimension: never, degree: never, options?: never) => new LogSigStream(dimension, degree, options),
      (dimension: never, degree: never, options?: never) => new SigWindowStream(dimension, degree, 3, options),
      (dimension: never, degree: never, options?: never) => new BranchedSigStream(dimension, degree, options),
      (dimension: never, degree: never, options?: never) => new BranchedSigWindowStream(dimension, degree, 3, options),
      (dimension: never, degree: never, options?: never) => new BranchedLogSigStream(dimension, degree, options),
      (dimension: never, degree: never, options?: never) => new BranchedLogSigWindowStream(dimension, degree, 3, options),
      (dimension: never, degree: never, options?: never) => new LogSigWindowStream(dimension, degree, 3, options),
    ] as ((dimension: unknown, degree: unknown, options?: object) => unknown)[]) {
      bad(() => make(0, 2), "dimension", "range");
      bad(() => make("2", 2), "dimension", "type");
      bad(() => make(2, -1), "degree", "range");
      bad(() => make(2, 1.5), "degree", "range");
      bad(() => make(2, null), "degree", "type");
      bad(() => make(2, 2, { nJobs: 0 }), "nJobs", "range");
      bad(() => make(2, 2, { timeAug: true }), "timeAug", "type");
      bad(() => make(2, 2, { planar: 1 }), "planar", "type");
      bad(() => make(2, 2, [] as object), "options", "type");
    }
    bad(() => new SigStream(2, 2, { scalarTerm: 1 as never }), "scalarTerm", "type");
    bad(() => new LogSigStream(2, 0), "degree", "range");
    bad(() => new LogSigStream(2, 2, { method: 1 as never }), "method", "range");
    bad(() => new LogSigWindowStream(2, 2, 3, { method: 7 as never }), "method", "range");
    for (const make of [
      (degree: number, options: object) => new BranchedLogSigStream(2, degree, options),
      (degree: number, options: object) => new BranchedLogSigWindowStream(2, degree, 3, options),
    ]) {
      bad(() => make(0, {}), "degree", "range");
      bad(() => make(2, { method: 1 }), "method", "range");
      bad(() => make(2, { method: 4, planar: true }), "method", "range");
      bad(() => make(2, { method: null }), "method", "type");
      bad(() => make(2, { scalarTerm: 1 }), "scalarTerm", "type");
    }
    bad(() => new BranchedLogSigStream(2, 2, { method: 3 as never, planar: true }), "method", "range");
    bad(() => new SigWindowStream(2, 2, 0), "windowSize", "range");
    bad(() => new SigWindowStream(2, 2, 2, { stride: 0 }), "stride", "range");
    bad(() => new SigWindowStream(2, 2, 2, { stride: "1" as never }), "stride", "type");
  });

  it("refuse at once a table that would be too large", () => {
    expect(() => new LogSigStream(40, 8)).toThrow(api.SigRangeError);
    for (const make of [BranchedSigStream, BranchedLogSigStream])
      for (const planar of [false, true]) expect(() => new make(9, 7, { planar })).toThrow(api.SigRangeError);
    for (const make of [BranchedSigWindowStream, BranchedLogSigWindowStream])
      for (const planar of [false, true]) expect(() => new make(9, 7, 3, { planar })).toThrow(api.SigRangeError);
  });

  it("take degree 0, where signatures are empty or a scalar", () => {
    const stream = new SigStream(2, 0, { scalarTerm: true });
    for (let t = 0; t < 80; t++) stream.push([t, t]);
    expect(stream.sig(3, 70)).toEqual({ data: Float64Array.of(1), shape: [1], dtype: "float64" });
    const empty = new SigStream(2, 0);
    for (let t = 0; t < 80; t++) empty.push([t, t]);
    expect(empty.sigAll().shape).toEqual([80, 0]);
  });
});

describe("under a small memory ceiling", () => {
  afterEach(() => {
    setMemoryLimit(null);
  });

  const refuseBlock = (stream: Stream): void => {
    const block = walk(2, [], 10_000, 2);
    const before = JSON.stringify(stream);
    setMemoryLimit(10_000);
    expect(() => {
      stream.pushBatch(block);
    }).toThrow(api.SigRangeError);
    setMemoryLimit(null);
    expect(JSON.stringify(stream)).toBe(before);
    stream.pushBatch(block);
    expect(JSON.stringify(stream)).not.toBe(before);
  };

  it("a push that is refused changes nothing, and the next one goes through", () => {
    const windows = new api.SigWindowStream(2, 3, 5);
    windows.pushBatch(walk(1, [], 20, 2));
    refuseBlock(windows);
    expect(windows.numWindows).toBe(10_016);
  });

  it("also where it has filled a piece already", () => {
    const path = walk(1, [], 100, 2);
    const stream = new api.SigStream(2, 3);
    for (let t = 0; t < 40; t++) stream.push(pointOf(path, t));
    refuseBlock(stream);
    for (let t = 40; t < 100; t++) stream.push(pointOf(path, t));
    expect(stream.endIndex).toBe(100);
    const whole = api.sigCombine(api.sig(slice(path, 0, 40), 3), stream.sig(39, 100), 2, 3);
    expectClose(stream.sig(0, 100), whole, 1e-11);
    expectClose(stream.sig(40, 100), api.sigCombine(stream.sig(40, 70), stream.sig(70, 100), 2, 3), 1e-11);
  });
});
