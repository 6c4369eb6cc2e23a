import { readFileSync } from "node:fs";
import * as pysiglib from "@sig/api/pysiglib";
import { SigError, SigRangeError, SigTypeError, type Tensor } from "@sig/api";
import { describe, expect, it } from "vitest";
import { expectClose, expectSameBits } from "../src/compare.js";
import { type FixtureCase, decode, fixtureFiles, tensorsIn } from "../src/fixtures.js";
import { copy } from "../src/tensors.js";

/** The acceptance tolerance, which leaves room for pysiglib's own rounding. */
const tolerance = { float64: 1e-9, float32: 3e-4 };

const exported = pysiglib as unknown as Readonly<Record<string, (...parameters: unknown[]) => unknown>>;

function call(name: string, positional: readonly unknown[], keywords: object): unknown {
  const operation = exported[name];
  if (!operation) throw new Error(`@sig/api/pysiglib has no ${name}`);
  return Object.keys(keywords).length > 0 ? operation(...positional, keywords) : operation(...positional);
}

function check(actual: unknown, expected: unknown, label: string): void {
  if (Array.isArray(expected) && tensorsIn(expected).length > 0) {
    expect(actual, label).toHaveLength(expected.length);
    expected.forEach((item, i) => check((actual as unknown[])[i], item, `${label} result ${i}`));
  } else if (typeof expected === "object" && expected !== null && "data" in expected) {
    const value = expected as Tensor;
    expectClose(actual, value, tolerance[value.dtype], label);
  } else {
    expect(actual, label).toEqual(expected);
  }
}

/** Wrong kinds and dtypes are type errors, wrong values and shapes range errors, whatever Python calls them. */
function checkRefusal(name: string, { error, args, kwargs }: FixtureCase, run: () => unknown): void {
  let thrown: unknown;
  try {
    run();
  } catch (reason) {
    thrown = reason;
  }
  const label = `${name} must refuse this: ${error?.message}`;
  expect(thrown !== undefined, label).toBe(true);
  expect(
    [SigTypeError, SigRangeError, SigError].some((kind) => thrown instanceof kind),
    `${label}, not with ${String(thrown)}`,
  ).toBe(true);
  if (/same dtype/.test(error?.message ?? "")) expect(thrown, label).toBeInstanceOf(SigTypeError);
  else if (error?.type === "TypeError" && ![...args, ...Object.values(kwargs)].includes(2.5))
    expect(thrown, label).toBeInstanceOf(SigTypeError);
  else if (error?.type !== "TypeError") expect(thrown, label).toBeInstanceOf(SigRangeError);
}

describe("reference cases of pysiglib 4.0.0", () => {
  const files = fixtureFiles();
  let run = 0;

  it("are there for every function that computes something, each file naming its function", () => {
    const surface = JSON.parse(readFileSync(new URL("../../api/surface-pysiglib-4.0.0.json", import.meta.url), "utf8")) as {
      functions: Readonly<Record<string, unknown>>;
    };
    const wanted = Object.keys(surface.functions).filter((name) => !/^prepare_|_cache|^signature$/.test(name));
    expect(files.map((file) => file.function)).toEqual(wanted.sort());
    expect(files.length).toBe(67);
    for (const file of files) {
      expect(file.oracle).toBe("pysiglib 4.0.0");
      expect(file.cases.length, file.function).toBeGreaterThan(0);
    }
  });

  for (const file of files) {
    describe(file.function, () => {
      it.each(file.cases.map((fixture, index) => [`case ${index} ${fixture.note ?? ""}`, index, fixture] as const))(
        "%s",
        (_, index, fixture) => {
          run++;
          for (const [name, positional, keywords] of fixture.prepare) call(name, positional, keywords);
          const args = decode(fixture.args) as unknown[];
          const kwargs = decode(fixture.kwargs) as object;
          const inputs = [...tensorsIn(args), ...tensorsIn(kwargs)].filter(
            ({ data }) => data instanceof Float32Array || data instanceof Float64Array,
          );
          const before = inputs.map(copy);
          const label = `${file.function} case ${index}`;
          if (fixture.error) checkRefusal(file.function, fixture, () => call(file.function, args, kwargs));
          else check(call(file.function, args, kwargs), decode(fixture.expected), label);
          inputs.forEach((input, i) => expectSameBits(input, before[i] as Tensor, `${label}: input ${i} afterwards`));
        },
      );
    });
  }

  it("were all run", () => {
    expect(run).toBe(files.reduce((sum, file) => sum + file.cases.length, 0));
  });
});
