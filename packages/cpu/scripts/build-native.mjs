// Builds the addon into prebuilds/<platform>-<arch>/sig_cpu.node, where src/ looks for it.
//   --tests                        builds the native tests of kernels and pool instead, and runs them
//   --targets=avx2                 compiles only these SIMD targets besides the baseline
//   --sanitize=address,undefined   builds build/sanitize-<names>/sig_cpu.node instead; with --tests, tests the kernels so
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { findToolchain } from "../../../scripts/toolchain.mjs";
import { checkSymbols } from "./check-symbols.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { values: options } = parseArgs({
  options: {
    sanitize: { type: "string", default: "" },
    targets: { type: "string", default: "" },
    tests: { type: "boolean", default: false },
  },
});
const build = join(root, "build", options.sanitize ? `sanitize-${options.sanitize.replaceAll(",", "-")}` : "release");
const toolchain = findToolchain();
const environment = { ...process.env, ...toolchain.environment, CXX: toolchain.compiler };

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, env: environment, stdio: "inherit" });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

const require = createRequire(import.meta.url);
const headers = [dirname(require.resolve("node-addon-api")), join(dirname(require.resolve("node-api-headers")), "include")];
const settings = [
  `-DCMAKE_MAKE_PROGRAM=${toolchain.ninja}`,
  "-DCMAKE_BUILD_TYPE=Release",
  "-DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG",
  `-DSIG_NODE_INCLUDE=${headers.join(";")}`,
  `-DSIG_SANITIZE=${options.sanitize}`,
  `-DSIG_ZIG=${toolchain.kind === "wheels" ? "ON" : "OFF"}`,
];
if (options.targets) settings.push(`-DSIG_TARGETS=${options.targets.replaceAll(",", ";")}`);

// Another compiler or another setting starts afresh; otherwise Ninja rebuilds what changed.
const configured = [toolchain.identity, toolchain.compiler, ...settings].join("\n");
const stamp = join(build, "configured.txt");
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== configured) {
  rmSync(build, { recursive: true, force: true });
  mkdirSync(build, { recursive: true });
  console.log(`Compiling the addon with ${toolchain.identity}`);
  if (toolchain.kind === "wheels") console.log("The first build also compiles the C++ runtime: this takes some minutes.");
  run(toolchain.cmake, ["-S", ".", "-B", build, "-G", "Ninja", ...settings]);
  writeFileSync(stamp, configured);
}
const targets = options.tests ? ["sig_kernels_test", "sig_pool_test"] : ["sig_cpu"];
run(toolchain.cmake, ["--build", build, "--target", ...targets]);

if (options.tests) {
  run(join(build, "kernels", "sig_kernels_test"), []);
  run(join(build, "sig_pool_test"), []);
} else if (!options.sanitize) {
  checkSymbols(build);
  require(join(build, "sig_cpu.node")); // a symbol that is missing shows here, not at the first use
  const target = join(root, "prebuilds", `${process.platform}-${process.arch}`);
  mkdirSync(target, { recursive: true });
  // Renamed into place: a process that runs the old file keeps it.
  copyFileSync(join(build, "sig_cpu.node"), join(target, `sig_cpu.node.${process.pid}`));
  renameSync(join(target, `sig_cpu.node.${process.pid}`), join(target, "sig_cpu.node"));
}
