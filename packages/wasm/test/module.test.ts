import { readFileSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { TableSpace } from "../src/tableSpace.js";

const root = new URL("../", import.meta.url);

describe("the WebAssembly module", () => {
  const module = readFileSync(new URL("build/sig.wasm", root));
  const count = (...instruction: number[]): number => module.toString("latin1").split(String.fromCharCode(...instruction)).length - 1;

  it("is made of vector instructions", () => {
    expect(count(0xfd, 0xf2, 0x01), "f64x2.mul").toBeGreaterThan(1000);
    expect(count(0xfd, 0xe6, 0x01), "f32x4.mul").toBeGreaterThan(1000);
  });

  it("and the package are no larger than the README says", () => {
    const readme = readFileSync(new URL("README.md", root), "utf8");
    const stated = (what: string): number => Number(new RegExp(`${what} +\\| at most ([\\d.]+) MB`).exec(readme)?.[1]) * 1e6;
    const dist = fileURLToPath(new URL("dist/", root));
    const packageBytes = readdirSync(dist).reduce((sum, file) => sum + statSync(dist + file).size, 0);
    expect(module.length).toBeLessThan(stated("WebAssembly module"));
    expect(packageBytes).toBeLessThan(stated("JavaScript of the package"));
    // A ceiling that nothing comes near says nothing.
    expect(module.length).toBeGreaterThan(stated("WebAssembly module") / 2);
    expect(packageBytes).toBeGreaterThan(stated("JavaScript of the package") / 2);
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
