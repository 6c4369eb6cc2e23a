/** Finds the backends that are installed beside this package, in Node. Elsewhere a program imports `@sig/<name>/register`. */
const INSTALLABLE = ["cpu", "wasm", "cuda", "webgl"];

interface Require {
  (name: string): unknown;
  resolve(name: string): string;
}

interface NodeModules {
  createRequire(from: string): Require;
}

/** The part of Node's `process` that is used here. */
interface NodeProcess {
  readonly argv?: readonly string[];
  getBuiltinModule?(name: "module"): NodeModules;
}

/**
 * Registers every backend that this package or the main program can import, and tells why others are missing.
 * `@sig/core` calls it once, before it first chooses a backend.
 */
export function discoverInstalled(): Record<string, string> {
  const { process } = globalThis as { readonly process?: NodeProcess };
  const missing: Record<string, string> = {};
  const modules = process?.getBuiltinModule?.("module");
  if (!process || !modules) return missing;
  const places = [import.meta.url, process.argv?.[1]];
  for (const name of INSTALLABLE) {
    if (name === "webgl" && !("WebGL2RenderingContext" in globalThis)) {
      missing[name] = "it needs WebGL2, which a browser has";
      continue;
    }
    const reason = load(modules, places, `@sig/${name}/register`);
    if (reason !== undefined) missing[name] = reason;
  }
  return missing;
}

/** Loads `file` from the first place that sees it; otherwise says why not. */
function load(modules: NodeModules, places: readonly (string | undefined)[], file: string): string | undefined {
  for (const place of places) {
    const require = finder(modules, place, file);
    if (!require) continue;
    try {
      require(file);
      return undefined;
    } catch (error) {
      return `it is installed but cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return `it is not installed (npm install ${file.replace("/register", "")})`;
}

function finder(modules: NodeModules, place: string | undefined, file: string): Require | undefined {
  if (!place) return undefined;
  try {
    const require = modules.createRequire(place);
    require.resolve(file);
    return require;
  } catch {
    return undefined;
  }
}
