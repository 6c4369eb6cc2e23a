import { readFileSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { TableSpace } from "../src/tableSpace.js";

const root = new URL("../", import.meta.url);

describe.each(["sig", "sig-shared"])("the WebAssembly module %s", (name) => {
  const module = readFileSync(new URL(`build/${name}.wasm`, root));
  const count = (...instruction: number[]): number => module.toString("latin1").split(String.fromCharCode(...instruction)).length - 1;

  it("is made of vector instructions", () => {
    expect(count(0xfd, 0xf2, 0x01), "f64x2.mul").toBeGreaterThan(1000);
    expect(count(0xfd, 0xe6, 0x01), "f32x4.mul").toBeGreaterThan(1000);
  });

  it("has the operations by which threads share work, and shared memory where it says so", () => {
    expect(count(0xfe, 0x1f, 0x03), "i64.atomic.rmw.add").toBeGreaterThan(2);
    expect(count(0xfe, 0x02, 0x03), "memory.atomic.wait64").toBeGreaterThan(0);
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(module)).map(({ kind }) => kind);
    expect(imports.includes("memory")).toBe(name === "sig-shared");
  });

  it("and the package are no larger than the README says", () => {
    const readme = readFileSync(new URL("README.md", root), "utf8");
    const stated = (what: string): number => Number(new RegExp(`${what} +\\| at most ([\\d.]+) MB`).exec(readme)?.[1]) * 1e6;
    const dist = fileURLToPath(new URL("dist/", root));
    const scripts = readdirSync(dist).filter((file) => file.endsWith(".js"));
    const bytesOf = (shared: boolean): number =>
      scripts
        .filter((file) => file.startsWith("sharedKernels") === shared)
        .map((file) => statSync(dist + file).size)
        .reduce((sum, bytes) => sum + bytes, 0);
    const sizes: [string, number][] = [
      ["WebAssembly module", module.length],
      ["JavaScript on every page", bytesOf(false)],
      ["JavaScript for threads", bytesOf(true)],
    ];
    for (const [what, bytes] of sizes) {
      expect(bytes, what).toBeLessThan(stated(what));
      // A ceiling that nothing comes near says nothing.
      expect(bytes, what).toBeGreaterThan(stated(what) / 2);
    }
  });
});

describe("the space of tables", () => {
  it("reuses the lowest gap that is large enough", () => {
    const space = new TableSpace(1000);
    expect(["a", "b", "c"].map((key) => space.add(key, 100))).toEqual([1000, 1100, 1200]);
    expect(space.end).toBe(1300);
    space.remove("a");
    expect(space.add("large", 200)).toBe(1300);
    expect(space.add("small", 60)).toBe(1000);
    space.remove("b");
    expect(space.add("two gaps", 140)).toBe(1060);
    expect(space.find("small")).toBe(1000);
    expect(space.find("b")).toBeUndefined();
    for (const key of ["large", "c", "nothing"]) space.remove(key);
    expect([space.end, space.size]).toEqual([1200, 2]);
  });
});
