// Finds what compiles the addon: the system's CMake, Ninja and C++20 compiler, else pinned wheels in .tools/venv. WebAssembly is
// always compiled by the zig of those wheels, and CUDA by pinned wheels of nvcc in .tools/cuda.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, ".tools");
const wheels = join(root, "scripts", "native-tools.txt");
const cudaWheels = join(root, "scripts", "cuda-tools.txt");
const windows = process.platform === "win32";

/** A program that includes what the sources need and is compiled for the widest vectors. */
const probe = "#include <atomic>\n#include <thread>\n#include <vector>\ntemplate <class T> concept Any = true;\nint main() {}\n";

function output(command, args, input) {
  const result = spawnSync(command, args, { encoding: "utf8", input });
  return result.status === 0 ? result.stdout.trim().split("\n")[0] : undefined;
}

function compiles(compiler) {
  const [command, ...first] = compiler.split(" ");
  const flags = process.arch === "x64" ? ["-march=x86-64-v4"] : [];
  return output(command, [...first, "-std=c++20", ...flags, "-fsyntax-only", "-x", "c++", "-"], probe) !== undefined;
}

function systemToolchain() {
  if (process.env.SIG_WHEELS === "1") return undefined;
  const cmake = output("cmake", ["--version"]);
  const [, major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(cmake ?? "") ?? [];
  const ninja = output("ninja", ["--version"]);
  if (Number(major) * 100 + Number(minor) < 320 || ninja === undefined) return undefined;
  const compiler = [process.env.CXX, "c++", "g++", "clang++"].find((name) => name && compiles(name));
  if (!compiler) return undefined;
  const version = output(compiler.split(" ")[0], ["--version"]);
  return { kind: "system", cmake: "cmake", ninja: "ninja", compiler, environment: {}, identity: `${cmake}; ninja ${ninja}; ${version}` };
}

let system;

/** What is missing to compile the addon, as one line that names what to install, or undefined. */
export function toolchainProblem() {
  system ??= systemToolchain();
  return system ? undefined : wheelsProblem();
}

function wheelsProblem() {
  if (output(python(), ["--version"]) === undefined)
    return "Python 3 is missing: install it (Debian: apt-get install python3 python3-venv)";
  if (output(python(), ["-c", "import venv, ensurepip; print(1)"]) === undefined)
    return "Python's venv module is missing: install it (Debian: apt-get install python3-venv)";
  return undefined;
}

function python() {
  return windows ? "python" : "python3";
}

function run(command, args) {
  const result = spawnSync(command, args, { stdio: ["ignore", "inherit", "inherit"] });
  if (result.status !== 0) throw new Error(`failed: ${command} ${args.join(" ")}`);
}

/** Makes `venv` hold the wheels of a list; `what` names them. */
function installWheels(venv, list, what) {
  const wanted = readFileSync(list, "utf8");
  const stamp = join(venv, "installed.txt");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.log(`Fetching the wheels of ${what} into ${relative(root, venv)}`);
  mkdirSync(tools, { recursive: true });
  run(python(), ["-m", "venv", "--clear", venv]);
  run(join(venv, windows ? "Scripts" : "bin", "python"), ["-m", "pip", "install", "--quiet", "--no-deps", "-r", list]);
  writeFileSync(stamp, wanted);
}

function installedZig() {
  const venv = join(tools, "venv");
  installWheels(venv, wheels, "zig, CMake and Ninja");
  const bin = join(venv, windows ? "Scripts" : "bin");
  const command = output(join(bin, "python"), ["-c", "import os, ziglang; print(os.path.join(os.path.dirname(ziglang.__file__), 'zig'))"]);
  if (!command) throw new Error("the ziglang wheel does not work on this platform");
  const cache = join(tools, "zig-cache");
  return { command, bin, environment: { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache } };
}

/** The zig that compiles for WebAssembly, with what its environment needs, or the `problem` that keeps it from being had. */
export function findZig() {
  const problem = wheelsProblem();
  if (problem) return { problem };
  try {
    return installedZig();
  } catch (error) {
    return { problem: error.message };
  }
}

/** The CUDA compiler `nvcc` and the `python` beside it, or the `problem` that keeps it from being had. */
export function findNvcc() {
  const problem = wheelsProblem() ?? (process.platform === "linux" ? undefined : "its wheels are for Linux");
  if (problem) return { problem };
  try {
    const venv = join(tools, "cuda");
    installWheels(venv, cudaWheels, "the CUDA compiler (350 MB)");
    const interpreter = join(venv, "bin", "python");
    const folder = output(interpreter, ["-c", "import nvidia; print(list(nvidia.__path__)[0])"]);
    const nvcc = join(folder ?? "", "cu13", "bin", "nvcc");
    return existsSync(nvcc) ? { nvcc, python: interpreter } : { problem: "its wheels hold no nvcc for this platform" };
  } catch (error) {
    return { problem: error.message };
  }
}

function wheelToolchain() {
  const { command: zig, bin, environment } = installedZig();
  const cpu = process.arch === "x64" ? "-mcpu=x86_64_v2" : "-mcpu=baseline";
  return {
    kind: "wheels",
    cmake: join(bin, "cmake"),
    ninja: join(bin, "ninja"),
    // The processor and the level of optimisation are part of the command, so that zig builds its libraries once.
    compiler: `${zig} c++ ${cpu} -O3 -fno-sanitize=undefined -nostdlib++`,
    environment: { ...environment, PATH: `${bin}${delimiter}${process.env.PATH}` },
    identity: readFileSync(wheels, "utf8")
      .split("\n")
      .filter((line) => line && !line.startsWith("#"))
      .join("; "),
  };
}

/** `SIG_WHEELS=1` ignores the system's tools. */
export function findToolchain() {
  system ??= systemToolchain();
  const found = system ?? wheelToolchain();
  return { ...found, identity: `${process.platform}-${process.arch}; ${found.identity}` };
}
