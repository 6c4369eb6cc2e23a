import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

/** Each compares what it computes with what it must find, and says by its exit code whether it does. */
const examples = { ito: /Itô/, stream: /sensor leads/ };

it.each(Object.entries(examples))("examples/%s finds what it must", (name, found) => {
  const file = fileURLToPath(new URL(`../../../examples/${name}/dist/main.js`, import.meta.url));
  expect(execFileSync(process.execPath, [file], { encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } })).toMatch(found);
});
