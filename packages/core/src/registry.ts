/**
 * The backends of this process: which there are, which was asked for, and which serves a call.
 *
 * A call is served by the backend that was named (for the call, by `withBackend` or `setBackend`, or by `SIG_BACKEND`, in this
 * order), and without a name by the one of highest priority that works here. What that backend lacks, an operation or a dtype, the
 * next one by priority serves; no backend computes in another dtype than that of the arguments. `explain()` shows the choice.
 */
import type { Backend, BackendEntry, Calls, Implementation, OperationName } from "./backend.js";
import { describe, SigError, SigRangeError, SigTypeError } from "./errors.js";
import { nearest } from "./options.js";
import { environment, shared } from "./state.js";
import type { Dtype } from "./tensor.js";

/** One name and what became of it. */
export interface Registered {
  readonly entry: BackendEntry;
  backend: Backend | undefined;
  /** Why `create` failed; it is not tried again. */
  failure: unknown;
}

export interface Resolution<K extends OperationName = OperationName> {
  readonly backend: Backend;
  readonly implementation: Implementation<Calls[K]>;
}

/** Finds installed backends and registers them; returns why others could not be, by name. */
export type Discovery = () => Readonly<Record<string, string>> | undefined;

interface Registry {
  readonly entries: Map<string, Registered>;
  forced: string | null;
  discovery: Discovery | undefined;
  notes: Readonly<Record<string, string>>;
  /** Choices made already, by dtype, operation and name; empty after every change. */
  readonly choices: Map<string, Resolution>[];
}

const makeRegistry = (): Registry => ({
  entries: new Map(),
  forced: null,
  discovery: undefined,
  notes: {},
  choices: [new Map<string, Resolution>(), new Map<string, Resolution>()],
});

const registry = (): Registry => shared("registry", makeRegistry);

function changed(state: Registry): void {
  for (const choices of state.choices) choices.clear();
}

/** Every operation of the contract. */
const operations: Readonly<Record<OperationName, true>> = {
  transformPath: true,
  transformPathBackprop: true,
  sig: true,
  sigBackprop: true,
  sigCombine: true,
  sigCombineBackprop: true,
  sigJoin: true,
  sigJoinBackprop: true,
  sigInverse: true,
  sigCoef: true,
  sigCoefBackprop: true,
  extractSigCoef: true,
  extractSigCoefBackprop: true,
  sigToLogSig: true,
  sigToLogSigBackprop: true,
  logSigToSig: true,
  logSigToSigBackprop: true,
  logSigCombine: true,
  logSigCombineBackprop: true,
  logSigJoin: true,
  logSigJoinBackprop: true,
  logSigBch: true,
  logSigBchBackprop: true,
  sigKernel: true,
  sigKernelBackprop: true,
  incrementKernel: true,
  incrementKernelBackprop: true,
  largestIncrement: true,
  branchedSig: true,
  branchedSigBackprop: true,
  branchedSigCombine: true,
  branchedSigCombineBackprop: true,
  branchedSigKernel: true,
  branchedSigKernelBackprop: true,
  branchedIncrementKernel: true,
  branchedIncrementKernelBackprop: true,
  branchedSigToLogSig: true,
  branchedSigToLogSigBackprop: true,
  branchedLogSigToSig: true,
  branchedLogSigToSigBackprop: true,
  sparseMap: true,
};

/** The names of all operations that a backend may implement. */
export const operationNames = Object.freeze(Object.keys(operations)) as readonly OperationName[];

/** Adds a backend, or replaces the one of the same name. Nothing of it is created before its first use. */
export function registerBackend(entry: BackendEntry): void {
  const state = registry();
  state.entries.set(entry.name, { entry, backend: undefined, failure: undefined });
  changed(state);
}

/** Installs what is called once, before backends are first looked for. */
export function setDiscovery(discovery: Discovery | undefined): void {
  const state = registry();
  state.discovery = discovery;
  changed(state);
}

export function discovered(): Registry {
  const state = registry();
  const { discovery } = state;
  if (discovery !== undefined) {
    state.discovery = undefined;
    state.notes = { ...state.notes, ...discovery() };
  }
  return state;
}

/** What discovery found to be missing, as far as nobody has registered it since. */
export function missingBackends(state: Registry): [name: string, reason: string][] {
  return Object.entries(state.notes).filter(([name]) => !state.entries.has(name));
}

function byPriority(state: Registry): Registered[] {
  return [...state.entries.values()].sort((a, b) => b.entry.priority - a.entry.priority);
}

/** The backend, created at its first use; undefined where that failed, with the reason kept. */
export function opened(registered: Registered): Backend | undefined {
  if (registered.backend === undefined && registered.failure === undefined) {
    try {
      registered.backend = registered.entry.create();
    } catch (failure) {
      registered.failure = failure ?? new SigError("no reason was given", { code: "BACKEND_UNAVAILABLE" });
    }
  }
  return registered.backend;
}

export function reasonOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : describe(failure);
}

function listBackends(state: Registry): string {
  const names = [...state.entries.keys()];
  const missing = missingBackends(state).map(([name, reason]) => `${name} (${reason})`);
  return [...(names.length > 0 ? names : ["no backend is registered"]), ...missing].join(", ");
}

/** The registered backend of a name, working, or an error that lists what there is. */
function named(state: Registry, name: unknown, operation: string, argument: string): Registered {
  if (typeof name !== "string") {
    throw new SigTypeError(`${operation}: ${argument} must be the name of a backend, got ${describe(name)}`, {
      code: "INVALID_TYPE",
      operation,
      argument,
    });
  }
  const registered = state.entries.get(name);
  if (registered === undefined) {
    const note = state.notes[name];
    const close = nearest(name, [...state.entries.keys()]);
    const why =
      note !== undefined ? `is not available: ${note}` : close !== undefined ? `is unknown; did you mean "${close}"?` : "is unknown";
    const message = `${operation}: ${argument} "${name.slice(0, 40)}" ${why} (there is: ${listBackends(state)})`;
    throw new SigRangeError(message, { code: "NO_BACKEND", operation, argument });
  }
  if (opened(registered) === undefined) {
    const cause = registered.failure;
    const message = `${operation}: backend "${name}" does not work here: ${reasonOf(cause)}`;
    throw new SigError(message, { code: "BACKEND_UNAVAILABLE", operation, argument, cause });
  }
  return registered;
}

/**
 * Names the backend that serves all calls from now on, as far as it can; `null` goes back to the automatic choice.
 *
 * @throws SigRangeError (`NO_BACKEND`) for an unknown name, SigError (`BACKEND_UNAVAILABLE`) where it does not work here
 */
export function setBackend(name: string | null): void {
  const state = discovered();
  if (name !== null) named(state, name, "setBackend", "name");
  state.forced = name;
  changed(state);
}

/** The backend named by `withBackend`, `setBackend` or `SIG_BACKEND`; `null` where the choice is automatic. */
export function getBackend(): string | null {
  return registry().forced ?? environment("SIG_BACKEND") ?? null;
}

/**
 * Runs `fn` with a backend named, and restores what was before, also when `fn` throws. Calls may be nested. `fn` must be
 * synchronous: calls of the promise form take `{ backend }` instead.
 */
export function withBackend<T>(name: string, fn: () => T): T {
  const operation = "withBackend";
  const details = { code: "INVALID_TYPE", operation, argument: "fn" } as const;
  if (typeof fn !== "function") throw new SigTypeError(`withBackend: fn must be a function, got ${describe(fn)}`, details);
  const state = discovered();
  named(state, name, operation, "name");
  const before = state.forced;
  state.forced = name;
  changed(state);
  let result: T;
  try {
    result = fn();
  } finally {
    state.forced = before;
    changed(state);
  }
  if (isThenable(result)) {
    // Its outcome is lost with the error below; a rejection must not end the process besides.
    result.then(undefined, () => undefined);
    throw new SigTypeError(
      "withBackend: fn must be synchronous, but it returned a promise; pass { backend } to the calls of the promise form",
      details,
    );
  }
  return result;
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}

/** The names of the backends that work here, the automatic choice first. */
export function availableBackends(): string[] {
  const working = byPriority(discovered()).filter((registered) => opened(registered) !== undefined);
  return working.map((registered) => registered.entry.name);
}

/** The backends created so far. */
export function liveBackends(): Backend[] {
  return [...registry().entries.values()].flatMap(({ backend }) => backend ?? []);
}

function lacks(backend: Backend, operation: OperationName, dtype: Dtype): string | undefined {
  const implementation = backend.operations[operation];
  if (implementation === undefined) return `has no ${operation}`;
  const dtypes = implementation.dtypes ?? backend.capabilities.dtypes;
  return dtypes.includes(dtype) ? undefined : `has no ${dtype} for ${operation}`;
}

/** Why a backend cannot serve an operation; undefined where it can. It is not created for a dtype that it never serves. */
export function problemWith(registered: Registered, operation: OperationName | undefined, dtype: Dtype): string | undefined {
  const { dtypes } = registered.entry;
  if (operation !== undefined && dtypes && !dtypes.includes(dtype)) return `has no ${dtype}`;
  const backend = opened(registered);
  if (backend === undefined) return `does not work here: ${reasonOf(registered.failure)}`;
  return operation === undefined ? undefined : lacks(backend, operation, dtype);
}

/** Backends in the order in which they are asked: the named one, then the others by priority. */
export function candidates(state: Registry, backend: string | undefined, operation: string): Registered[] {
  const all = byPriority(state);
  const variable = state.forced === null ? environment("SIG_BACKEND") : undefined;
  let first: Registered;
  if (backend !== undefined) first = named(state, backend, operation, "backend");
  else if (state.forced !== null) first = named(state, state.forced, operation, "backend");
  else if (variable !== undefined) first = named(state, variable, operation, "SIG_BACKEND");
  else return all;
  return [first, ...all.filter((other) => other !== first)];
}

/**
 * The backend and implementation that serve a call on host arrays.
 *
 * @param options `backend`: the name given with the call; `operationLabel`: the public operation, for errors
 * @throws SigError (`NO_BACKEND`) where none can
 */
export function resolve<K extends OperationName>(
  operation: K,
  call: Calls[K],
  options: { readonly backend?: string | undefined; readonly operationLabel: string },
): Resolution<K> {
  const { dtype } = call;
  const state = registry();
  const choices = state.choices[dtype === "float32" ? 0 : 1]!;
  const key = options.backend === undefined ? operation : `${operation}/${options.backend}`;
  let choice = choices.get(key);
  if (choice === undefined) {
    choice = choose(operation, dtype, options.backend, options.operationLabel);
    choices.set(key, choice);
  }
  if (choice.implementation.declines === undefined) return choice;
  return choose(operation, dtype, options.backend, options.operationLabel, call);
}

/** The first backend that can serve an operation, and where `call` is given does not decline it. */
function choose(operation: OperationName, dtype: Dtype, name: string | undefined, label: string, call?: Calls[OperationName]): Resolution {
  const state = discovered();
  const order = candidates(state, name, label);
  let reasons: string[] = [];
  const find = (automatic: boolean): Resolution | undefined => {
    reasons = [];
    for (const registered of order) {
      const problem = problemWith(registered, operation, dtype);
      const backend = problem === undefined ? opened(registered) : undefined;
      const implementation = backend?.operations[operation] as Resolution["implementation"] | undefined;
      const declined = call && implementation?.declines?.(call, automatic);
      if (backend && implementation && declined === undefined) return { backend, implementation };
      reasons.push(`${registered.entry.name} ${problem ?? `declines: ${declined}`}`);
    }
    return undefined;
  };
  const automatic = name === undefined && getBackend() === null;
  // What nobody finds worth its while is still to be computed.
  const found = find(automatic) ?? (automatic ? find(false) : undefined);
  if (found) return found;
  for (const [missing, reason] of missingBackends(state)) reasons.push(`${missing}: ${reason}`);
  const why = reasons.length > 0 ? reasons.join("; ") : "none is registered; install @sig/cpu, or import the register module of a backend";
  throw new SigError(`${label}: no backend computes ${operation} in ${dtype}: ${why}`, { code: "NO_BACKEND", operation: label });
}
