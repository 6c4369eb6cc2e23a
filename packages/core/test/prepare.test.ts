import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it, vi } from "vitest";
import {
  bchTable,
  clearCache,
  lyndonBasis,
  prepareLogSig,
  prepareLogSigAsync,
  registerBackend,
  setBackend,
  setCacheDir,
  SigError,
  SigRangeError,
  SigTypeError,
  type Backend,
} from "../src/index.js";
import { CACHE_BYTES, keep, recall } from "../src/cache.js";

const forget = vi.fn<(key?: string) => void>();
const backend: Backend = {
  name: "forgetful",
  device: "host",
  capabilities: { dtypes: [], threads: 1, limits: {} },
  operations: {},
  info: () => ({}),
  forget,
};

beforeEach(() => {
  clearCache();
  forget.mockClear();
});

describe("prepareLogSig", () => {
  it("prepares what the methods look up later", () => {
    prepareLogSig(2, 5, 1);
    prepareLogSig(2, 5, 2);
    prepareLogSig(2, 5, 3);
    const tables = ["words:2:5", "projection:2:5", "bch:2:5"].map(recall);
    expect(tables).not.toContain(undefined);
    expect([lyndonBasis(2, 5, { expansion: false, projection: false }), lyndonBasis(2, 5, { expansion: false }), bchTable(2, 5)]).toEqual(
      tables,
    );
    prepareLogSig(2, 4, 2, { timeAug: true, leadLag: true });
    expect(recall("projection:5:4")).toBeDefined();
  });

  it("needs nothing for method 0", () => {
    prepareLogSig(1000, 1000, 0);
  });

  it.each([
    [[0, 2, 1], SigRangeError, "dimension"],
    [[-1, 2, 1], SigRangeError, "dimension"],
    [["2", 2, 1], SigTypeError, "dimension"],
    [[2, 0, 1], SigRangeError, "degree"],
    [[2, 1.5, 1], SigRangeError, "degree"],
    [[2, 2, 4], SigRangeError, "method"],
    [[2, 2, undefined], SigTypeError, "method"],
    [[2, 2, 1, { timeAug: 1 }], SigTypeError, "timeAug"],
    [[2, 2, 1, { useDisk: "yes" }], SigTypeError, "useDisk"],
    [[2, 2, 0, { device: "gpu" }], SigRangeError, "device"],
    [[2, 2, 1, { devise: "cpu" }], SigTypeError, "devise"],
    // Too large: 2^31 places, a GiB of tables, BCH tables of a degree out of reach.
    [[2, 31, 1], SigRangeError, "degree"],
    [[9e15, 9e15, 3], SigRangeError, "degree"],
    [[2, 20, 2], SigRangeError, "degree"],
    [[2, 20, 3], SigRangeError, "degree"],
    [[50, 5, 2], SigRangeError, "degree"],
    [[1, 1e9, 3], SigRangeError, "degree"],
  ])("refuses %j at once", async (args, kind, argument) => {
    const call = args as unknown as Parameters<typeof prepareLogSig>;
    let error: unknown;
    try {
      prepareLogSig(...call);
    } catch (e) {
      error = e;
    }
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({ operation: "prepareLogSig", argument });
    await expect(prepareLogSigAsync(...call)).rejects.toBeInstanceOf(kind);
  });

  it("refuses integers that would not be exact", () => {
    expect(() => lyndonBasis(2, 16, { expansion: false }, "logSig")).toThrow(/logSig: degree .* pass 2\^52/);
  });

  it("prepares the same in slices and leaves the event loop free", async () => {
    prepareLogSig(3, 8, 3);
    const expected = recall("bch:3:8")!;
    clearCache();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    await Promise.all([prepareLogSigAsync(3, 8, 3), prepareLogSigAsync(3, 8, 2, { device: "cpu" })]);
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
    expect(recall("bch:3:8")).toEqual(expected);
    expect(recall("projection:3:8")).toBeDefined();
  });

  it("takes the options of the promise form", async () => {
    const onProgress = vi.fn();
    await prepareLogSigAsync(2, 3, 2, { onProgress });
    expect(onProgress.mock.calls).toEqual([[1]]);
    const refused = [null, 1, { signal: {} }, { onProgress: 1 }, { onprogress: onProgress }] as unknown as { signal: AbortSignal }[];
    for (const options of refused) await expect(prepareLogSigAsync(2, 3, 2, options)).rejects.toBeInstanceOf(SigTypeError);
    await expect(prepareLogSigAsync(2, 3, 2, { signal: AbortSignal.abort("early") })).rejects.toBe("early");
  });

  it("stops with the signal's reason", async () => {
    const controller = new AbortController();
    const work = prepareLogSigAsync(2, 15, 3, { signal: controller.signal });
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(work).rejects.toBe(reason);
    expect(recall("bch:2:15")).toBeUndefined();
  });
});

describe("tables in memory", () => {
  it("makes the tables used longest ago give way, and tells the backends", () => {
    registerBackend({ name: "forgetful", priority: -1, create: () => backend });
    setBackend("forgetful");
    setBackend(null);
    const half = { length: CACHE_BYTES / 16 };
    const table = (key: string): void => void keep({ key, arrays: [{ ...half, byteLength: CACHE_BYTES / 2 } as unknown as Float64Array] });
    table("a");
    table("b");
    recall("a");
    table("c");
    expect([recall("a"), recall("b"), recall("c")].map((found) => found?.key)).toEqual(["a", undefined, "c"]);
    expect(forget.mock.calls).toEqual([["b"]]);
    keep({ key: "huge", arrays: [{ byteLength: 3 * CACHE_BYTES } as unknown as Float64Array] });
    expect(["a", "c", "huge"].map((key) => recall(key)?.key)).toEqual([undefined, undefined, "huge"]);
    clearCache({ device: "cpu" });
    expect(recall("huge")).toBeUndefined();
    expect(forget).toHaveBeenLastCalledWith();
  });
});

describe("tables on disk", () => {
  const directory = mkdtempSync(join(tmpdir(), "sig-tables-"));
  const folder = join(directory, "sig-tables");
  afterAll(() => rmSync(directory, { recursive: true }));
  const files = (): string[] => (existsSync(folder) ? readdirSync(folder).sort() : []);

  it("refuses what is no directory", () => {
    expect(() => setCacheDir(5 as unknown as string)).toThrow(SigTypeError);
    expect(() => setCacheDir(join(directory, "missing"))).toThrow(/setCacheDir: dir does not exist/);
    writeFileSync(join(directory, "file"), "");
    expect(() => setCacheDir(join(directory, "file"))).toThrow(SigRangeError);
  });

  it("needs Node", () => {
    const original = Object.getOwnPropertyDescriptor(process, "getBuiltinModule")!;
    Object.defineProperty(process, "getBuiltinModule", { ...original, value: undefined });
    try {
      expect(() => setCacheDir(directory)).toThrow(SigError);
      expect(() => prepareLogSig(2, 2, 2, { useDisk: true })).toThrow(/useDisk: the disk cache needs/);
      expect(() => clearCache({ useDisk: true })).toThrow(/the disk cache needs/);
    } finally {
      Object.defineProperty(process, "getBuiltinModule", original);
    }
  });

  it("writes on request only, reads what it wrote, and recomputes what is damaged", async () => {
    setCacheDir(directory);
    prepareLogSig(3, 4, 2);
    expect(files()).toEqual([]);
    const expected = recall("projection:3:4")!;
    // Also a table that is in memory already is written.
    prepareLogSig(3, 4, 2, { useDisk: true });
    await prepareLogSigAsync(3, 4, 3, { useDisk: true });
    expect(files()).toEqual(["bch-3-4.sigtable", "projection-3-4.sigtable"]);
    const file = join(folder, "projection-3-4.sigtable");
    const sound = readFileSync(file);

    clearCache();
    prepareLogSig(3, 4, 2);
    expect(recall("projection:3:4")).toEqual(expected);

    const damages: ((bytes: Buffer) => Buffer)[] = [
      (bytes) => bytes.fill(1, 0, 1),
      (bytes) => bytes.fill(9, 12, 13),
      (bytes) => bytes.fill(255, 24, 28),
      (bytes) => bytes.fill(255, 28, 60),
      (bytes) => bytes.fill(1, bytes.length - 100, bytes.length - 99),
      (bytes) => bytes.fill(1, bytes.length - 1),
      (bytes) => bytes.subarray(0, bytes.length - 1),
      (bytes) => bytes.subarray(0, 20),
      () => Buffer.alloc(0),
    ];
    for (const damage of damages) {
      writeFileSync(file, damage(Buffer.from(sound)));
      clearCache();
      prepareLogSig(3, 4, 2);
      expect(recall("projection:3:4")).toEqual(expected);
    }
    prepareLogSig(3, 4, 2, { useDisk: true });
    expect(readFileSync(file).equals(sound)).toBe(true);

    writeFileSync(join(folder, "other"), "");
    clearCache({ useDisk: true });
    expect(files()).toEqual(["other"]);
  });

  it("says where a table could not be written", () => {
    rmSync(folder, { recursive: true, force: true });
    writeFileSync(folder, "a file where the folder should be");
    expect(() => prepareLogSig(2, 2, 2, { useDisk: true })).toThrow(/could not be written to/);
    rmSync(folder);
  });
});
