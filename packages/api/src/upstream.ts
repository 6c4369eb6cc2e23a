/** How a function of ours becomes pysiglib's: its names for arguments and options, its defaults, and its None. */
import { readOptions, SigRangeError, SigTypeError } from "@sig/core";
import { adaptKernel } from "./upstreamKernels.js";

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
  const names = Object.keys(defaults).map((option) => [option, camelCase(option)] as const);
  const words = [...positional, ...Object.keys(defaults)];
  // Kernels and what is made of them look after their health; their gradients do not.
  const warns = "static_kernel" in defaults && !("left_deriv" in defaults);
  const translated = (options: Readonly<Record<string, unknown>>): readonly unknown[] => {
    if (names.length === 0) return [];
    const result: Record<string, unknown> = {};
    for (const [option, camel] of names) {
      const value = options[option];
      const given = value === null && defaults[option] === null ? undefined : value;
      result[camel] = option === "static_kernel" ? adaptKernel(given) : given;
    }
    if (warns) result["onWarning"] = (message: string): void => console.warn(respelledText(message, name, words));
    return [Object.freeze(result)];
  };
  const whenAbsent = translated(defaults);
  const form = (...args: readonly unknown[]): Result => {
    const given = args[positional.length];
    const options = given === undefined ? whenAbsent : translated(readOptions(name, given, defaults));
    const required = args.length === positional.length ? args : Array.from(positional, (_, i) => args[i]);
    try {
      return call(...required, ...options);
    } catch (error) {
      throw respelled(error, name, words);
    }
  };
  return Object.defineProperty(form, "name", { value: name });
}

/** The methods of a static kernel. */
const METHODS = [
  ["increments", "call"],
  ["gradX", "grad_x"],
  ["gradY", "grad_y"],
] as const;

/** The same error in pysiglib's words. */
export function respelled(error: unknown, operation: string, names: readonly string[]): unknown {
  if (!(error instanceof SigTypeError || error instanceof SigRangeError) || error.operation === undefined) return error;
  const argument = spellingOf(names).get(error.argument ?? "") ?? error.argument;
  const message = respelledText(error.message, operation, names);
  const details = { code: error.code, operation, argument, cause: error.cause };
  return error instanceof SigTypeError ? new SigTypeError(message, details) : new SigRangeError(message, details);
}

function spellingOf(names: readonly string[]): Map<string, string> {
  const spelling = new Map<string, string>(names.includes("static_kernel") ? METHODS : []);
  for (const name of names) spelling.set(camelCase(name), name);
  return spelling;
}

/** A message that begins with the name of a function. */
function respelledText(message: string, operation: string, names: readonly string[]): string {
  const spelling = spellingOf(names);
  const problem = message.replace(/^[A-Za-z0-9.]+: /, "");
  return `${operation}: ${problem.replace(/\b[a-z]+[A-Za-z0-9]*\b/g, (word) => spelling.get(word) ?? word)}`;
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
