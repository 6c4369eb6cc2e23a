import { createCpu } from "@sig/cpu";
import { webglTable } from "@sig/webgl";
import { expect, it } from "vitest";
import { type Able, features, primitivesOf } from "../src/features.js";
import { operations } from "../src/operations/index.js";
import { reportSkip } from "../src/skips.js";
import { wasm } from "../src/targets.js";

/** Its table is the same on every device. */
const cuda = await import("@sig/cuda").then(({ createCuda }) => createCuda({ device: "emulated" })).catch(() => undefined);
const missing = [wasm ? [] : "@sig/wasm", cuda ? [] : "@sig/cuda"].flat();
if (missing.length > 0) reportSkip("FEATURES.md", `not built here: ${missing.join(", ")}`, true);

it.skipIf(missing.length > 0)("FEATURES.md says what the backends can do", async () => {
  const cpu = createCpu();
  const backends: Able[] = [cpu, wasm!.createWasm(), webglTable, cuda!];
  await expect(features(backends, primitivesOf(operations, cpu))).toMatchFileSnapshot("../../../FEATURES.md");
});

it("what a backend lacks shows in its column", () => {
  const operations = Object.fromEntries(Object.entries(createCpu().operations).filter(([name]) => name === "sig"));
  const able: Able = { name: "half", capabilities: { dtypes: ["float32"], threads: 1, limits: {} }, operations };
  const text = features([able], new Map([["sigScore", ["sig", "sigBackprop"]]]));
  expect(text).toContain("| sigScore | -            | in part      | sig, sigBackprop |");
  expect(text).toMatch(/^\| sig +\| - +\| yes +\|$/m);
});
