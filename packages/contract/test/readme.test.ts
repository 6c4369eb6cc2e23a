import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { typescriptBlocks } from "../src/readme.js";
import { wasm } from "../src/targets.js";

const root = new URL("../../../", import.meta.url);
/** Inside the package, so that the examples find the built packages as a user's program would. */
const folder = new URL("../node_modules/.readme/", import.meta.url);

const cuda = await import("@sig/cuda").catch(() => undefined);
const packages = ["core", "cpu", ...(wasm ? ["wasm"] : []), ...(cuda ? ["cuda"] : []), "api"];
const files = ["README.md", ...packages.map((name) => `packages/${name}/README.md`)];
const examples = files.flatMap((file) =>
  typescriptBlocks(new URL(file, root)).map((source, i) => ({
    name: `${file} example ${i + 1}`,
    source,
    script: `${file.replace(/\W/g, "_")}_${i + 1}`,
  })),
);

const compilerOptions: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  skipLibCheck: true,
  types: ["node"],
};

describe("examples in READMEs", () => {
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(new URL("package.json", folder), `{ "type": "module" }`);
    for (const { script, source } of examples) writeFileSync(new URL(`${script}.ts`, folder), source);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("are there in every README", () => {
    for (const file of files) expect(typescriptBlocks(new URL(file, root)).length, file).toBeGreaterThan(0);
  });

  it("are correct TypeScript", { timeout: 60_000 }, () => {
    const program = ts.createProgram(
      examples.map(({ script }) => fileURLToPath(new URL(`${script}.ts`, folder))),
      { ...compilerOptions, noEmit: true },
    );
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map((problem) => `${problem.file?.fileName.split("/").at(-1)}: ${ts.flattenDiagnosticMessageText(problem.messageText, "\n")}`);
    expect(problems).toEqual([]);
  });

  it.each(examples)("$name runs", ({ script, source }) => {
    const { outputText } = ts.transpileModule(source, { compilerOptions: { ...compilerOptions, module: ts.ModuleKind.ESNext } });
    const file = fileURLToPath(new URL(`${script}.mjs`, folder));
    writeFileSync(file, outputText);
    execFileSync(process.execPath, [file], { stdio: "pipe", env: { ...process.env, NODE_OPTIONS: "" } });
  });
});
