import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { setBackend, SigRangeError, SigTypeError } from "@sig/core";
import * as promises from "../src/async.js";
import * as api from "../src/index.js";
import * as pysiglib from "../src/pysiglib.js";
import { installFake, type FakeBackend } from "./fakeBackend.js";

type Entry = readonly [status: string, reason?: string];
type Kind = "functions" | "classes" | "constants";

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8"));
const surface = read("surface-pysiglib-4.0.0.json") as Record<"functions" | "classes", Record<string, object>> & { constants: string[] };
const ledger = read("ledger.json") as Record<Kind, Record<string, Entry>> & { statuses: Record<string, string> };

let fake: FakeBackend;
beforeAll(() => {
  fake = installFake("fake", 1000);
  setBackend("fake");
});
beforeEach(() => void fake.calls.splice(0));
afterAll(() => setBackend(null));

const path = [
  [0, 0],
  [1, 2],
  [4, 3],
];

function thrown(run: () => unknown): SigTypeError | SigRangeError {
  try {
    run();
  } catch (error) {
    return error as SigTypeError;
  }
  throw new Error("nothing was thrown");
}

test("src/pysiglib.ts is what the script writes", () => {
  const script = fileURLToPath(new URL("../scripts/generatePysiglib.mjs", import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [script, "--check"], { encoding: "utf8" });
  expect(status, stderr).toBe(0);
});

describe("the ledger", () => {
  const kinds: readonly Kind[] = ["functions", "classes", "constants"];
  const names = (kind: Kind): string[] => (kind === "constants" ? [...surface.constants] : Object.keys(surface[kind]));

  test.each(kinds)("has every name of the surface once: %s", (kind) => {
    expect(Object.keys(ledger[kind]).sort()).toEqual(names(kind).sort());
  });

  test("gives each a known status, with a reason where it is not the same", () => {
    for (const [name, [status, reason]] of kinds.flatMap((kind) => Object.entries(ledger[kind]))) {
      expect(Object.keys(ledger.statuses), name).toContain(status);
      expect(reason === undefined, name).toBe(status === "same");
    }
  });

  test("leaves nothing out: the whole surface is exported, and no more", () => {
    expect(Object.keys(ledger.statuses)).toEqual(["same", "different"]);
    expect(Object.keys(pysiglib).sort()).toEqual(kinds.flatMap(names).sort());
  });
});

test("every operation has both forms, which the promise module exports under the same names", () => {
  const synchronousOnly = Object.keys(api).filter((name) => !Object.hasOwn(promises, name));
  expect(Object.keys(promises).filter((name) => !Object.hasOwn(api, name))).toEqual([]);
  expect(synchronousOnly.filter((name) => /sig|path/i.test(name) && !/^Sig|Length|Stream$/.test(name))).toEqual([]);
});

describe("functions under pysiglib's names", () => {
  test("take its options in a trailing object, absent or empty", () => {
    pysiglib.sig(path, 2, { time_aug: true, end_time: 2, n_jobs: 1 });
    expect(fake.calls[0]?.call).toMatchObject({ timeAug: true, endTime: 2, horner: true, degree: 2 });
    expect(pysiglib.sig(path, 2, {})).toEqual(pysiglib.sig(path, 2));
    expect(pysiglib.words(2, 1, {})).toEqual([[], [0], [1]]);
    expect(pysiglib.log_sig(path, 2).shape).toEqual(api.logSig(path, 2).shape);
  });

  test("take null for None, and only there", () => {
    expect(pysiglib.sig(path, 2, { correction: null }).shape).toEqual([6]);
    expect(thrown(() => pysiglib.sig(path, 2, { time_aug: null as never }))).toMatchObject({ operation: "sig", argument: "time_aug" });
    expect(thrown(() => pysiglib.sig(null as never, 2))).toMatchObject({ operation: "sig", argument: "path" });
  });

  test("know its names alone", () => {
    expect(thrown(() => pysiglib.log_sig(path, 2, { timeAug: true } as never)).message).toContain('did you mean "time_aug"?');
    expect(thrown(() => pysiglib.log_sig(path, 2, { stream: true } as never))).toMatchObject({
      code: "UNKNOWN_OPTION",
      operation: "log_sig",
    });
    expect(thrown(() => pysiglib.log_sig_join([1, 2], [1, 2], 2, 1, { prepend: true } as never))).toMatchObject({ code: "UNKNOWN_OPTION" });
    expect(thrown(() => pysiglib.sig(path, 2, true as never))).toMatchObject({ argument: "options" });
  });

  test("speak its names in errors", () => {
    const error = thrown(() => pysiglib.sig_to_log_sig_backprop([1, 2], [1, 2, 3], 2, 1));
    expect(error).toMatchObject({ operation: "sig_to_log_sig_backprop", argument: "log_sig_derivs" });
    expect(error.message).toMatch(/^sig_to_log_sig_backprop: log_sig_derivs /);
    expect(error).toBeInstanceOf(SigRangeError);
    expect(thrown(() => pysiglib.word_to_idx([3], 2))).toMatchObject({ operation: "word_to_idx", argument: "word" });
    expect(thrown(() => pysiglib.words(-1, 2)).message).toMatch(/^words: alphabet_size /);
    expect(thrown(() => pysiglib.sig(path, 2, { n_jobs: "all" as never }))).toBeInstanceOf(SigTypeError);
  });

  test("give an array for a tuple", () => {
    expect(pysiglib.sig_join_backprop([1, 2], [1, 2], [1, 2], 2, 1)).toHaveLength(2);
  });
});

test("constants say where we are", () => {
  expect(pysiglib.__version__).toBe("4.0.0");
  expect(["Linux", "Darwin", "Windows"]).toContain(pysiglib.SYSTEM);
  expect(pysiglib.BUILT_WITH_AVX).toBe(process.arch === "x64");
});
