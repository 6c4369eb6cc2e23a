import { readFileSync } from "node:fs";
import * as pysiglib from "@sig/api/pysiglib";
import { SigRangeError, type Tensor } from "@sig/api";
import { describe, expect, it } from "vitest";
import { expectClose } from "../../src/compare.js";
import { decode, folder, tensorsIn } from "../../src/fixtures.js";

interface Step {
  readonly method: string;
  readonly args: readonly unknown[];
  readonly expected?: unknown;
  readonly error?: { readonly type: string; readonly message: string };
}

interface StreamFixture {
  readonly class: string;
  readonly name: string;
  readonly prepare: readonly (readonly [string, readonly unknown[], object])[];
  readonly args: readonly unknown[];
  readonly kwargs: object;
  readonly steps: readonly Step[];
}

const read = (file: URL): unknown => JSON.parse(readFileSync(file, "utf8"));
const { oracle, streams } = read(new URL("streams.json", folder)) as { oracle: string; streams: readonly StreamFixture[] };
const surface = read(new URL("../../../api/surface-pysiglib-4.0.0.json", import.meta.url)) as { classes: Record<string, unknown> };

const exported = pysiglib as unknown as Readonly<Record<string, unknown>>;
const tolerance = { float64: 1e-9, float32: 3e-4 };

function take(stream: Readonly<Record<string, unknown>>, { method, args }: Step): unknown {
  const member = stream[method];
  if (typeof member !== "function") return member;
  return (member as (...args: unknown[]) => unknown).apply(stream, decode(args) as unknown[]);
}

/** Where upstream multiplies a value by its inverse and finds rounding errors, ours is exact: they are no scale. */
const isUnit = ({ method, args }: Step): boolean => {
  const intervals = method === "sig" ? [args] : method === "sig_batch" ? (args[0] as readonly (readonly unknown[])[]) : [];
  return intervals.length > 0 && intervals.every(([start, end]) => start !== undefined && start === end);
};

describe("reference cases of pysiglib 4.0.0: streams", () => {
  it("are there, four of each class or more", () => {
    expect(oracle).toBe("pysiglib 4.0.0");
    const classes = Object.keys(surface.classes).filter((name) => name.endsWith("Stream"));
    expect(classes.length).toBe(8);
    for (const name of classes) expect(streams.filter((stream) => stream.class === name).length, name).toBeGreaterThanOrEqual(4);
  });

  for (const fixture of streams) {
    it(fixture.name, () => {
      for (const [name, args, options] of fixture.prepare) {
        (exported[name] as (...args: unknown[]) => void)(...args, options);
      }
      const make = exported[fixture.class] as new (...args: unknown[]) => Readonly<Record<string, unknown>>;
      const stream = new make(...fixture.args, ...(Object.keys(fixture.kwargs).length > 0 ? [fixture.kwargs] : []));
      expect(fixture.steps.length).toBeGreaterThan(5);
      fixture.steps.forEach((step, i) => {
        const label = `${fixture.name} step ${i}: ${step.method}`;
        if (step.error) {
          expect(() => take(stream, step), label).toThrow(SigRangeError);
          return;
        }
        const actual = take(stream, step);
        const expected = decode(step.expected);
        if (tensorsIn(expected).length > 0) {
          const value = expected as Tensor;
          expectClose(actual, value, { tolerance: tolerance[value.dtype], floor: isUnit(step) ? 1 : 0 }, label);
        } else {
          expect(actual, label).toEqual(expected);
        }
      });
    });
  }
});
