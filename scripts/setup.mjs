// Makes a fresh clone ready: the pinned pnpm in .tools, the locked dependencies, everything built. What is up to date is left alone.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findToolchain, findZig, toolchainProblem } from "./toolchain.mjs";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tools = join(root, ".tools");
const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const windows = process.platform === "win32";

/** Ends the program with one line and a non-zero code. */
export function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Runs a command in the repository root with pnpm on the PATH and ends the program where it fails. */
export function run(command, args, environment = {}) {
  const status = attempt(command, args, environment);
  if (status !== 0) fail(`failed with code ${status}: ${command} ${args.join(" ")}`);
}

/** Runs a command like `run` and returns its exit code. */
export function attempt(command, args, environment = {}) {
  const bin = [join(tools, "pnpm", "node_modules", ".bin"), join(root, "node_modules", ".bin")];
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", ...environment, PATH: [...bin, process.env.PATH].join(delimiter) };
  const result = spawnSync(command, args, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"], shell: windows });
  if (result.error) fail(`cannot run ${command}: ${result.error.message}`);
  return result.status ?? 1;
}

function nodeProblem() {
  const wanted = manifest.engines.node.replace(">=", "");
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = wanted.split(".").map(Number);
  if (major > wantedMajor || (major === wantedMajor && minor >= wantedMinor)) return undefined;
  return `Node ${wanted} or newer is needed, this is ${process.versions.node}: install a newer one (Debian: apt-get install nodejs, where it is new enough)`;
}

function npmProblem() {
  if (spawnSync("npm", ["--version"], { shell: windows }).status === 0) return undefined;
  return "npm is missing: install it (Debian: apt-get install npm)";
}

function installPnpm() {
  const version = manifest.packageManager.replace("pnpm@", "");
  const installed = join(tools, "pnpm", "node_modules", "pnpm", "package.json");
  if (existsSync(installed) && JSON.parse(readFileSync(installed, "utf8")).version === version) return;
  console.log(`Fetching pnpm ${version} into .tools`);
  run("npm", ["install", "--prefix", join(tools, "pnpm"), "--no-audit", "--no-fund", "--loglevel=error", `pnpm@${version}`]);
}

/** Hash of all that decides what `pnpm install` does. */
function dependencies() {
  const hash = createHash("sha256");
  const files = ["package.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"];
  for (const group of ["packages", "examples"])
    for (const name of readdirSync(join(root, group)).sort()) files.push(`${group}/${name}/package.json`);
  files.push("benchmarks/package.json");
  for (const file of files) {
    const path = join(root, file);
    if (existsSync(path))
      hash
        .update(`${file}\n`)
        .update(readFileSync(path))
        .update(String(existsSync(join(dirname(path), "node_modules"))));
  }
  return hash.digest("hex");
}

function installDependencies() {
  const stamp = join(tools, "installed.txt");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === dependencies()) return;
  run("pnpm", ["install", "--frozen-lockfile"]);
  mkdirSync(tools, { recursive: true });
  writeFileSync(stamp, dependencies());
}

/** Builds what the examples need, and with `all` the rest of what the tests run on. */
export function setUp({ all = true } = {}) {
  const problems = [nodeProblem(), npmProblem(), toolchainProblem()].filter(Boolean);
  if (problems.length > 0) fail(problems.join("\n"));
  installPnpm();
  installDependencies();
  const toolchain = findToolchain();
  const { problem } = findZig();
  if (problem) console.log(`Leaving out @sig/wasm, which cannot be compiled here: ${problem}`);
  const without = problem ? ["--filter=!@sig/wasm", "--filter=!@sig/example-playground"] : [];
  if (!all) without.push("--filter=!@sig/cuda");
  console.log(`Building what changed with ${toolchain.identity} (a first build takes minutes)`);
  run("turbo", ["run", "build", "--output-logs=errors-only", ...without], { SIG_TOOLCHAIN: toolchain.identity });
}
