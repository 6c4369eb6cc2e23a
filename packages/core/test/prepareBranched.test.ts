import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { recall } from "../src/cache.js";
import {
  clearCache,
  lyndonMap,
  prepareBranchedLogSig,
  prepareBranchedLogSigAsync,
  prepareBranchedSig,
  setCacheDir,
  SigRangeError,
  SigTypeError,
  treeCuts,
  treeIntegrals,
} from "../src/index.js";

const maps = ["words", "brackets", "expansion"] as const;
const lyndonKeys = (names: readonly string[]): string[] => names.flatMap((name) => [`lyndon-${name}`, `lyndon-${name}-transposed`]);
const known = (planar: boolean): string[] =>
  ["integrals", "cuts", ...lyndonKeys(maps)].filter((kind) => recall(`${kind}-${planar ? "forests" : "trees"}:3:3`) !== undefined);

afterEach(() => {
  clearCache();
});

describe("prepareBranchedLogSig", () => {
  test.each([
    [false, 0, []],
    [true, 0, []],
    [true, 1, ["words"]],
    [true, 2, maps],
    [true, 3, maps],
  ] as const)("with planar %s and method %d keeps all that values, gradients and products need", (planar, method, names) => {
    prepareBranchedLogSig(2, 3, method, { planar, timeAug: true });
    expect(known(planar)).toEqual(["integrals", "cuts", ...lyndonKeys(names)]);
    expect(known(!planar)).toEqual([]);
  });

  test.each([
    [[0, 2, 0], SigRangeError, "dimension"],
    [[2, 0, 0], SigRangeError, "degree"],
    [[2, 2, 4], SigRangeError, "method"],
    [[2, 2, 1], SigRangeError, "method"],
    [[2, 2, undefined], SigTypeError, "method"],
    [[2, 2, 0, { planar: 1 }], SigTypeError, "planar"],
    [[200, 4, 0], SigRangeError, "degree"],
  ])("refuses %j", async (args, kind, argument) => {
    const given = args as Parameters<typeof prepareBranchedLogSig>;
    const expected = expect.objectContaining({ operation: "prepareBranchedLogSig", argument }) as unknown;
    expect(() => prepareBranchedLogSig(...given)).toThrow(kind);
    expect(() => prepareBranchedLogSig(...given)).toThrow(expected);
    await expect(prepareBranchedLogSigAsync(...given)).rejects.toEqual(expected);
  });

  test("in its promise form keeps the same, and stops where it is aborted", async () => {
    const progress: number[] = [];
    await prepareBranchedLogSigAsync(3, 3, 2, { planar: true, onProgress: (fraction) => progress.push(fraction) });
    expect(known(true)).toEqual(["integrals", "cuts", ...lyndonKeys(maps)]);
    expect(progress.at(-1)).toBe(1);
    clearCache();
    const controller = new AbortController();
    const pending = prepareBranchedLogSigAsync(3, 6, 2, { planar: true, signal: controller.signal });
    setImmediate(() => controller.abort("enough"));
    await expect(pending).rejects.toBe("enough");
    expect(recall("lyndon-brackets-forests:3:6")).toBeUndefined();
  });
});

describe("tables of branched signatures on disk", () => {
  const directory = mkdtempSync(join(tmpdir(), "sig-branched-"));
  const files = (): string[] => readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".sigtable"));
  beforeAll(() => setCacheDir(directory));
  afterAll(() => rmSync(directory, { recursive: true }));
  const algebra = { dimension: 2, degree: 3, planar: true };
  const tables = () => [
    treeIntegrals(algebra, undefined, "test"),
    treeCuts(algebra, "test"),
    ...maps.flatMap((map) => [lyndonMap(algebra, map, false, "test"), lyndonMap(algebra, map, true, "test")]),
  ];

  test("are written on request alone, read, and computed again where they are damaged", () => {
    const expected = tables();
    prepareBranchedSig(2, 3, { planar: true });
    expect(files()).toEqual([]);
    prepareBranchedLogSig(2, 3, 2, { planar: true, useDisk: true });
    expect(files()).toHaveLength(expected.length);
    for (const damage of [false, true]) {
      for (const name of damage ? files() : []) {
        const bytes = readFileSync(join(directory, name));
        writeFileSync(join(directory, name), bytes.fill(255, bytes.length - 9));
      }
      clearCache();
      expect(tables()).toEqual(expected);
    }
  });
});
