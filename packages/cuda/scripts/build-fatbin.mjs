// Compiles kernels/kernels.cu by nvcc into build/kernels.fatbin, for every architecture, and states what became of each kernel:
// build/resources.json holds registers, spills and shared memory by kernel and architecture, size and compile time.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findNvcc } from "../../../scripts/toolchain.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const build = join(root, "build");

/** SASS for each of these, and PTX of the first, which newer ones can compile. */
export const architectures = [75, 80, 86, 89, 90, 100, 120];

/** Ceilings, which README.md states. */
const mostBytes = 4e6;
const mostSeconds = 240;

const flags = ["-std=c++20", "-O3", "--compress-mode=size", "-Xptxas", "-v", "-t", "2", "-I", join("..", "kernels", "include")];

function sources() {
  const hash = createHash("sha256");
  for (const folder of [join(root, "kernels"), join(root, "..", "kernels", "include")])
    for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  for (const file of [fileURLToPath(import.meta.url), join(root, "..", "..", "scripts", "cuda-tools.txt")]) hash.update(readFileSync(file));
  return hash.digest("hex");
}

/** What the assembler says of each kernel: by architecture, then by name. */
function resourcesOf(log) {
  const found = {};
  const entry =
    /Compiling entry function '(\w+)' for 'sm_(\d+)'[\s\S]*?(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads[\s\S]*?Used (\d+) registers([^\n]*)/g;
  for (const [, kernel, architecture, stack, stores, loads, registers, rest] of log.matchAll(entry)) {
    const shared = Number(/(\d+) bytes smem/.exec(rest)?.[1] ?? 0);
    found[architecture] ??= {};
    found[architecture][kernel] = { registers: Number(registers), stack: Number(stack), spills: Number(stores) + Number(loads), shared };
  }
  return found;
}

/** The compiled kernels, made anew where a source changed, or the `problem` that keeps them from being made. */
export function buildFatbin() {
  const { nvcc, python, problem } = findNvcc();
  if (problem) return { problem };
  const fatbin = join(build, "kernels.fatbin");
  const stamp = join(build, "kernels.txt");
  const wanted = sources();
  if (existsSync(fatbin) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return { fatbin };
  mkdirSync(build, { recursive: true });
  console.log("Compiling the CUDA kernels for seven architectures (about a minute)");
  const targets = architectures.flatMap((sm, i) => ["-gencode", `arch=compute_${sm},code=[${i === 0 ? `compute_${sm},` : ""}sm_${sm}]`]);
  // Python measures the time of the processor that its children took; Node cannot.
  const measure =
    "import resource, subprocess, sys\ncode = subprocess.run(sys.argv[1:]).returncode\nprint(resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime)\nsys.exit(code)";
  const command = [nvcc, ...flags, ...targets, "-fatbin", join("kernels", "kernels.cu"), "-o", fatbin];
  const result = spawnSync(python, ["-c", measure, ...command], { cwd: root, encoding: "utf8", maxBuffer: 2 ** 28 });
  if (result.status !== 0) throw new Error(`nvcc failed:\n${result.stdout}${result.stderr}`);
  const log = result.stdout + result.stderr;
  const seconds = Number(result.stdout.trim().split("\n").at(-1));
  const bytes = statSync(fatbin).size;
  if (bytes > mostBytes) throw new Error(`the compiled kernels take ${bytes} bytes, more than ${mostBytes}`);
  if (!(seconds < mostSeconds)) throw new Error(`compiling took ${seconds} seconds of a processor, more than ${mostSeconds}`);
  writeFileSync(join(build, "resources.json"), JSON.stringify({ bytes, seconds, kernels: resourcesOf(log) }, undefined, 1));
  writeFileSync(stamp, wanted);
  return { fatbin };
}
