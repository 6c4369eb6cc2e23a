import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SigRangeError, SigTypeError } from "@sig/core";
import * as pysiglib from "../src/pysiglib.js";

interface Surface {
  readonly classes: Readonly<Record<string, { readonly methods: object; readonly properties: readonly string[] }>>;
}

const { classes } = JSON.parse(readFileSync(new URL("../surface-pysiglib-4.0.0.json", import.meta.url), "utf8")) as Surface;
const exported = pysiglib as unknown as Readonly<Record<string, { readonly prototype: object } | undefined>>;
const streams = Object.keys(classes).filter((name) => name.endsWith("Stream") && exported[name] !== undefined);

/** The names that an object has from its class and those above it. */
function members(prototype: object): string[] {
  const above = Object.getPrototypeOf(prototype) as object;
  const own = Object.getOwnPropertyNames(prototype).filter((name) => name !== "constructor");
  return above === Object.prototype ? own : [...own, ...members(above)];
}

function thrown(run: () => unknown): SigTypeError | SigRangeError {
  try {
    run();
  } catch (error) {
    return error as SigTypeError;
  }
  throw new Error("nothing was thrown");
}

test.each(streams)("%s has pysiglib's members, and no others", (name) => {
  const { methods, properties } = classes[name]!;
  expect(members(exported[name]!.prototype).sort()).toEqual([...Object.keys(methods), ...properties].sort());
});

describe("errors speak pysiglib's names", () => {
  test("in constructors", () => {
    expect(thrown(() => new pysiglib.SigWindowStream(2, 2, 0))).toMatchObject({ operation: "SigWindowStream", argument: "window_size" });
    expect(thrown(() => new pysiglib.SigStream(2, 2, { n_jobs: 0 })).message).toMatch(/^SigStream: n_jobs /);
    expect(thrown(() => new pysiglib.SigStream(2, 2, { scalarTerm: true } as object)).message).toContain('did you mean "scalar_term"?');
    expect(thrown(() => new pysiglib.LogSigStream(2, 2, { method: null as never }))).toBeInstanceOf(SigTypeError);
    expect(thrown(() => new pysiglib.LogSigStream(2, 2, { method: 0 as never }))).toBeInstanceOf(SigRangeError);
    expect(thrown(() => new pysiglib.LogSigWindowStream(2, 2, 3, { stride: -1 }))).toMatchObject({ argument: "stride" });
  });

  test("in methods", () => {
    const stream = new pysiglib.SigStream(2, 2);
    expect(thrown(() => stream.push_batch([1, 2])).message).toMatch(/^SigStream\.push_batch: points must have shape/);
    expect(thrown(() => stream.push([1])).operation).toBe("SigStream.push");
    expect(thrown(() => stream.pop_front()).operation).toBe("SigStream.pop_front");
    expect(thrown(() => stream.sig_all()).message).toBe("SigStream.sig_all: nothing has been pushed yet");
    stream.push([0, 0]);
    expect(thrown(() => stream.sig(0, 1))).toMatchObject({ operation: "SigStream.sig", argument: "end" });
    expect(thrown(() => stream.sig_batch([[0, 2]]))).toMatchObject({ operation: "SigStream.sig_batch", argument: "intervals" });
    const windows = new pysiglib.LogSigWindowStream(2, 2, 3);
    expect(thrown(() => windows.sig()).message).toBe("LogSigWindowStream.sig: there is no complete window yet");
    expect([stream.batch_shape, windows.batch_shape]).toEqual([[], null]);
  });
});
