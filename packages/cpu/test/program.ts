/** Programs in processes and worker threads of their own, with the backend compiled from its sources. */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

// Inside the package, since the backend looks for its addon relative to itself.
const folder = fileURLToPath(new URL(`../build/programs-${process.pid}`, import.meta.url));

/** Writes the program, which finds `createCpu`, `coefficientsCall`, `longCall` and `quietly` defined; returns its file. */
export async function program(name: string, source: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const library = join(folder, "..", `library-${process.pid}.mjs`);
  const test = fileURLToPath(new URL(".", import.meta.url));
  const contents = `export { createCpu } from "../src/index.js"; export { coefficientsCall, longCall } from "./calls.js";`;
  await build({
    stdin: { contents, resolveDir: test, loader: "ts" },
    bundle: true,
    format: "esm",
    platform: "node",
    conditions: ["@sig/source"],
    outfile: library,
    logLevel: "error",
  });
  const head = `import { createCpu, coefficientsCall, longCall } from ${JSON.stringify(pathToFileURL(library).href)};
    import { Worker, isMainThread, parentPort } from "node:worker_threads";
    const quietly = { signal: undefined, onProgress: undefined };\n`;
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, head + source);
  return file;
}

export function removePrograms(): void {
  rmSync(folder, { recursive: true, force: true });
  rmSync(join(folder, "..", `library-${process.pid}.mjs`), { force: true });
}

export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
  /** When the process was gone, in milliseconds since the epoch. */
  readonly time: number;
}

export function runProgram(file: string): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [file], { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    let time = 0;
    child.stdout.on("data", (data: Buffer) => (output += data.toString()));
    child.stderr.on("data", (data: Buffer) => (output += data.toString()));
    child.on("exit", () => (time = Date.now()));
    child.on("close", (code, signal) => resolve({ code, signal, output, time }));
  });
}
