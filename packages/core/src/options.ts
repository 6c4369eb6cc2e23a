import { describe, SigTypeError } from "./errors.js";

/**
 * The options of a call, complete: own properties of `options` over `defaults`, where `undefined` means the default. Values are
 * not looked at. Anything but a plain object is refused, and so is an unknown name, with the nearest known one.
 *
 * Without options the result is `defaults` itself, so freeze it.
 */
export function readOptions<T extends object>(operation: string, options: unknown, defaults: T): T {
  if (options === undefined) return defaults;
  if (typeof options !== "object" || options === null || Array.isArray(options) || ArrayBuffer.isView(options)) {
    throw new SigTypeError(`${operation}: expected an object of options last, got ${describe(options)}`, {
      code: "INVALID_TYPE",
      operation,
      argument: "options",
    });
  }
  const complete = { ...defaults } as Record<string, unknown>;
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(defaults, name)) throw unknownOption(operation, name, Object.keys(defaults));
    const value = (options as Record<string, unknown>)[name];
    if (value !== undefined) complete[name] = value;
  }
  return complete as T;
}

function unknownOption(operation: string, name: string, known: readonly string[]): SigTypeError {
  const close = nearest(name, known);
  const hint =
    close !== undefined ? `; did you mean "${close}"?` : known.length > 0 ? `; known are ${known.join(", ")}` : "; it takes none";
  return new SigTypeError(`${operation}: unknown option "${name.slice(0, 60)}"${hint}`, {
    code: "UNKNOWN_OPTION",
    operation,
    argument: name,
  });
}

/** The known name that a misspelt one was probably meant to be, if any is near: case and underscores do not count. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.slice(0, 60).toLowerCase().replace(/[_-]/g, "");
  const wanted = plain(name);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours that lead from one text to the other. */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? beforePrevious[j - 2]! + 1 : Infinity;
      current.push(Math.min(replaced, swapped, previous[j]! + 1, current[j - 1]! + 1));
    }
    [beforePrevious, previous] = [previous, current];
  }
  return previous[b.length]!;
}
