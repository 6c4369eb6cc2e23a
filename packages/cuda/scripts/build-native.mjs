// Builds the addon with the compiled kernels into prebuilds/<platform>-<arch>/sig_cuda.node, where src/ looks for it, and the one with
// the emulated device, which is not shipped, into build/emulated/sig_cuda.node. Where nvcc cannot be had, only the latter.
//   --tests   builds the tests of launcher and kernels under the sanitizers instead, and runs them
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findToolchain } from "../../../scripts/toolchain.mjs";
import { buildFatbin } from "./build-fatbin.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({ options: { tests: { type: "boolean", default: false } } });

/** Of how many cases of an operation one is run, so that a run takes about a minute. */
const sampling = "16";

const toolchain = findToolchain();
const environment = { ...process.env, ...toolchain.environment, CXX: toolchain.compiler };
const require = createRequire(import.meta.url);
const headers = [dirname(require.resolve("node-addon-api")), join(dirname(require.resolve("node-api-headers")), "include")];

function run(command, args, expected = 0) {
  const result = spawnSync(command, args, { cwd: root, env: environment, stdio: expected ? "pipe" : "inherit", encoding: "utf8" });
  if (expected === 0 && result.status !== 0) process.exit(result.status ?? 1);
  return result;
}

/** Configures and builds in a folder of its own; another compiler or another setting starts afresh. */
function compile(name, settings, targets) {
  const build = join(root, "build", name);
  const all = [
    `-DCMAKE_MAKE_PROGRAM=${toolchain.ninja}`,
    "-DCMAKE_BUILD_TYPE=Release",
    "-DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG",
    `-DSIG_NODE_INCLUDE=${headers.join(";")}`,
    `-DSIG_ZIG=${toolchain.kind === "wheels" ? "ON" : "OFF"}`,
    ...settings,
  ];
  const configured = [toolchain.identity, toolchain.compiler, ...all].join("\n");
  const stamp = join(build, "configured.txt");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== configured) {
    rmSync(build, { recursive: true, force: true });
    mkdirSync(build, { recursive: true });
    run(toolchain.cmake, ["-S", ".", "-B", build, "-G", "Ninja", ...all]);
    writeFileSync(stamp, configured);
  }
  run(toolchain.cmake, ["--build", build, "--target", ...targets]);
  return build;
}

/** A planted bug has to be reported by the sanitizer that looks for it. */
function expectReport(test, bug, report) {
  const { stdout, stderr } = run(test, [bug], 1);
  const found = `${stdout}${stderr}`.includes(report);
  console.log(`${found ? "ok" : "FAILED"}: the sanitizer reports ${bug}`);
  if (!found) process.exit(1);
}

if (options.tests) {
  const build = compile("tests", [], ["sig_cuda_launcher_address", "sig_cuda_launcher_thread", "sig_cuda_kernels_address"]);
  const reports = { address: ["overrun", "heap-buffer-overflow"], thread: ["race", "data race"] };
  for (const [kind, [bug, report]] of Object.entries(reports)) {
    console.log(`Launcher under the ${kind} sanitizer`);
    const launcher = join(build, `sig_cuda_launcher_${kind}`);
    run(launcher, []);
    expectReport(launcher, bug, report);
  }
  console.log("Kernels under the address and undefined behaviour sanitizers");
  run(join(build, "sig_cuda_kernels_address"), [sampling]);
} else {
  compile("emulated", ["-DSIG_EMULATED=ON"], ["sig_cuda"]);
  require(join(root, "build", "emulated", "sig_cuda.node")); // a symbol that is missing shows here, not at the first use
  const { fatbin, problem } = buildFatbin();
  if (problem) {
    console.log(`Leaving out the kernels of @sig/cuda, for which the CUDA compiler is needed: ${problem}`);
  } else {
    const build = compile("release", [`-DSIG_FATBIN=${fatbin}`], ["sig_cuda"]);
    require(join(build, "sig_cuda.node"));
    const target = join(root, "prebuilds", `${process.platform}-${process.arch}`);
    mkdirSync(target, { recursive: true });
    // Renamed into place: a process that runs the old file keeps it.
    copyFileSync(join(build, "sig_cuda.node"), join(target, `sig_cuda.node.${process.pid}`));
    renameSync(join(target, `sig_cuda.node.${process.pid}`), join(target, "sig_cuda.node"));
  }
}
