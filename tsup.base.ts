import type { Options } from "tsup";

/** How every public package is built: ES modules and their types, nothing bundled but the package's own files. */
export function library(entry: Record<string, string>): Options {
  return {
    entry,
    format: ["esm"],
    // The built types refer to other packages by name, not to their sources.
    dts: { compilerOptions: { customConditions: [] } },
    sourcemap: true,
    clean: true,
    target: "es2022",
    platform: "neutral",
    treeshake: true,
    splitting: true,
    // So that bundlers leave out the constants that nobody uses.
    pure: ["Object.freeze"],
  };
}
