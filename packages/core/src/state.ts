/** State that all copies of this package in one realm share, and the few facts about the host that are read without importing anything. */

/** The value under `key`, made once; an application with two copies of this package still has one registry. */
export function shared<T>(key: string, make: () => T): T {
  const home = globalThis as { [name: symbol]: unknown };
  const symbol = Symbol.for("@sig/core");
  const all = (home[symbol] ??= new Map<string, unknown>()) as Map<string, unknown>;
  if (!all.has(key)) all.set(key, make());
  return all.get(key) as T;
}

interface Host {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>;
    getBuiltinModule?(name: string): unknown;
    constrainedMemory?(): number;
  };
  readonly navigator?: { readonly hardwareConcurrency?: number; readonly deviceMemory?: number };
}

export const host = globalThis as Host;

/** A variable of the environment; undefined where it is unset or empty, may not be read, or there is no environment. */
export function environment(name: string): string | undefined {
  try {
    return host.process?.env?.[name] || undefined;
  } catch {
    return undefined;
  }
}

/** A built-in module of Node, or of what imitates it; undefined elsewhere. */
export function builtin(name: string): unknown {
  try {
    return host.process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}
