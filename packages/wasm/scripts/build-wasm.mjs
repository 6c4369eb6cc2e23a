// Compiles the kernels to WebAssembly, with memory of their own into build/sig.wasm and with memory that threads share into
// build/sig-shared.wasm, and writes what src/ embeds into generated/: the compressed modules and the program of the workers.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build as bundle } from "esbuild";
import { findZig } from "../../../scripts/toolchain.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kernels = join(root, "..", "kernels");
const build = join(root, "build");
const zig = findZig();
if (zig.problem) {
  console.error(`WebAssembly cannot be compiled here: ${zig.problem}`);
  process.exit(1);
}

// Of WASI only the mathematics of its C library is used; the module imports nothing from it.
const target = ["-target", "wasm32-wasi", "-mcpu=generic+simd128+atomics+bulk_memory+nontrapping_fptoint+sign_ext", "-nostdlib++"];
// Without floating point exceptions and errno the compiler may vectorise; NaN and infinity keep their meaning.
const compile = [
  ...["-std=c++20", "-O3", "-fno-exceptions", "-fno-rtti", "-fno-math-errno", "-fno-trapping-math", "-fno-sanitize=undefined"],
  ...["-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-psabi", "-Wno-ignored-attributes"],
  ...["-DSIG_TARGET=simd128", "-DSIG_VECTOR_BYTES=16", `-I${join(kernels, "include")}`, `-I${join(kernels, "src")}`],
];
const stackBytes = 2 ** 20;
const link = ["-mexec-model=reactor", "-O3", "-Wl,--no-entry", `-Wl,-z,stack-size=${stackBytes}`, "-Wl,--export=__heap_base", "-Wl,-s"];
const shared = ["-Wl,--shared-memory", "-Wl,--import-memory", `-Wl,--max-memory=${2 ** 32 - 2 ** 16}`, "-Wl,--export=__stack_pointer"];

function zigCxx(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(zig.command, ["c++", ...target, ...args], {
      env: { ...process.env, ...zig.environment },
      stdio: ["ignore", "inherit", "inherit"],
    });
    child.on("error", reject);
    child.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`zig c++ ended with ${code} for ${args.at(-1)}`))));
  });
}

const folder = join(kernels, "src");
const sources = readdirSync(folder)
  .filter((name) => name.endsWith(".cpp") && name !== "select.cpp")
  .map((name) => join(folder, name));
const waiting = [join(root, "native", "host.cpp"), ...sources];
const objects = waiting.map((source) => join(build, `${basename(source, ".cpp")}.o`));
mkdirSync(build, { recursive: true });

/** Zig keeps a cache of its own: what did not change takes no time. */
async function compileNext() {
  for (let source; (source = waiting.pop());) await zigCxx([...compile, "-c", "-o", join(build, `${basename(source, ".cpp")}.o`), source]);
}
await Promise.all(Array.from({ length: availableParallelism() }, compileNext));

const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const own = await linked("sig.wasm", []);
checkModule(new WebAssembly.Module(own), ["report"], {});
writeModule("kernels", { kernels: compressed(own), version });
const threaded = await linked("sig-shared.wasm", shared);
const memory = new WebAssembly.Memory({ initial: 1024, maximum: 65535, shared: true });
checkModule(new WebAssembly.Module(threaded), ["memory", "report"], { memory });
writeModule("sharedKernels", { kernels: compressed(threaded) });

async function linked(name, options) {
  await zigCxx([...link, ...options, "-o", join(build, name), ...objects]);
  return readFileSync(join(build, name));
}

function checkModule(module, expected, env) {
  const imports = WebAssembly.Module.imports(module).map((one) => one.name);
  if (imports.sort().join() !== expected.join()) throw new Error(`the module imports ${imports.join()} instead of ${expected.join()}`);
  // Below the data, so that its overflow is a trap instead of a write into the data.
  const { exports } = new WebAssembly.Instance(module, { env, host: { report: () => undefined } });
  if (exports.frame() < stackBytes) throw new Error("the stack does not lie below the data");
}

function compressed(binary) {
  return gzipSync(binary, { level: 9 }).toString("base64");
}

function writeModule(name, values) {
  const lines = Object.entries(values).map(([key, value]) => `export const ${key} = ${JSON.stringify(value)};\n`);
  writeFileSync(join(root, "generated", `${name}.js`), lines.join(""));
}

const program = await bundle({
  entryPoints: [join(root, "src", "worker.ts")],
  bundle: true,
  write: false,
  format: "iife",
  minify: true,
  target: "es2022",
  conditions: ["@sig/source"],
  logLevel: "error",
});
writeModule("workerProgram", { workerProgram: program.outputFiles[0].text });
