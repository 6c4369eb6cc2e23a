// An inline function compiled for AVX-512 that the linker may pick for every caller would crash older processors. So whatever a
// file of a SIMD target defines for sharing (weak and unique symbols) has to carry the target's namespace in its name.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

export function checkSymbols(build) {
  if (spawnSync("nm", ["--version"]).status !== 0) {
    console.log("Skipped the check of shared symbols: no nm on this machine");
    return;
  }
  for (const target of ["avx2", "avx512", "neon"]) {
    const folder = join(build, "kernels", "CMakeFiles", `sig_kernels_${target}.dir`, "src");
    if (!existsSync(folder)) continue;
    const objects = readdirSync(folder).filter((name) => /\.(o|obj)$/.test(name));
    if (objects.length === 0) throw new Error(`no objects of target ${target} in ${folder}`);
    for (const object of objects) {
      const symbols = spawnSync("nm", [join(folder, object)], { encoding: "utf8" }).stdout;
      const shared = symbols.split("\n").filter((line) => / [WVu] /.test(line) && !line.includes(`3sig${target.length}${target}`));
      if (shared.length > 0)
        throw new Error(`${object} of target ${target} defines symbols that other targets may be given:\n${shared.join("\n")}`);
    }
  }
}
