/** How a function of ours becomes pysiglib's: its names for arguments and options, its defaults, and its None. */
import { readOptions, SigRangeError, SigTypeError } from "@sig/core";

/** `logSigDerivs` for `log_sig_derivs`. */
function camelCase(name: string): string {
  return name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * The function `ours` under pysiglib's `name`. Its positional arguments keep their order; its options are those of `defaults`, where
 * null stands for None: it means that nothing is given, and is refused for every other option. Errors speak pysiglib's names.
 */
export function upstream<Result>(
  name: string,
  ours: (...args: never[]) => Result,
  positional: readonly string[],
  defaults: Readonly<Record<string, unknown>>,
): (...args: readonly unknown[]) => Result {
  const call = ours as unknown as (...args: readonly unknown[]) => Result;
  const form = (...args: readonly unknown[]): Result => {
    const given = readOptions(name, args[positional.length], defaults);
    const options: Record<string, unknown> = {};
    for (const option of Object.keys(defaults)) {
      const value = given[option];
      if (value !== null || defaults[option] !== null) options[camelCase(option)] = value;
    }
    const required = Array.from(positional, (_, i) => args[i]);
    try {
      return Object.keys(options).length > 0 ? call(...required, options) : call(...required);
    } catch (error) {
      throw respelled(error, name, [...positional, ...Object.keys(defaults)]);
    }
  };
  return Object.defineProperty(form, "name", { value: name });
}

/** The same error in pysiglib's words. */
function respelled(error: unknown, operation: string, names: readonly string[]): unknown {
  if (!(error instanceof SigTypeError || error instanceof SigRangeError) || error.operation === undefined) return error;
  const spelling = new Map(names.map((name) => [camelCase(name), name]));
  const argument = spelling.get(error.argument ?? "") ?? error.argument;
  const prefix = `${error.operation}: `;
  const problem = error.message.startsWith(prefix) ? error.message.slice(prefix.length) : error.message;
  const message = `${operation}: ${problem.replace(/\b[a-z]+[A-Za-z0-9]*\b/g, (word) => spelling.get(word) ?? word)}`;
  const details = { code: error.code, operation, argument, cause: error.cause };
  return error instanceof SigTypeError ? new SigTypeError(message, details) : new SigRangeError(message, details);
}

interface Host {
  readonly process?: { readonly platform?: string; readonly arch?: string };
}

/** The operating system as Python names it; "Browser" where there is none to ask. */
export function systemName(): string {
  const platform = (globalThis as Host).process?.platform;
  const names: Readonly<Record<string, string>> = { linux: "Linux", darwin: "Darwin", win32: "Windows" };
  return platform === undefined ? "Browser" : (names[platform] ?? platform);
}

/** Whether the processor is one for which @sig/cpu has AVX kernels; which kernels run is chosen at run time. */
export function isX64(): boolean {
  return (globalThis as Host).process?.arch === "x64";
}
