import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("children/gram.mjs", import.meta.url));
const bound = 300e6;

interface Growth {
  readonly grown: number;
  readonly kernels: number;
  readonly finite: boolean;
}

/** By how much a process grows that computes a gram of that many paths with as many others, in five dimensions. */
function growth(kind: string, paths: number, length: number): Growth {
  const output = execFileSync(process.execPath, [script, kind, String(paths), String(length)], {
    encoding: "utf8",
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  return JSON.parse(output.trim().split("\n").at(-1) ?? "") as Growth;
}

describe("the gram of a large sample", () => {
  it.each([
    ["linear", 1000, 100],
    ["rbf", 1000, 15],
    ["user", 100, 90],
    ["branched", 700, 30],
  ])("of %s kernels of %d paths grows the process by less than 300 MB", (kind, paths, length) => {
    // Whoever holds the increments of all pairs at once needs twice as much.
    const pairs = paths ** 2;
    expect(pairs * (length - 1) ** 2 * 8).toBeGreaterThan(2 * bound);
    const { grown, kernels, finite } = growth(kind, paths, length);
    expect({ kernels, finite }).toEqual({ kernels: pairs, finite: true });
    expect(grown).toBeLessThan(bound);
  });
});
