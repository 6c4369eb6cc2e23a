/** Which backends there are, what they can do, and which of them serves a call. */
import type { OperationName } from "./backend.js";
import { describe, rangeError } from "./errors.js";
import { nearest, readOptions } from "./options.js";
import {
  candidates,
  discovered,
  getBackend,
  missingBackends,
  opened,
  operationNames,
  problemWith,
  reasonOf,
  type Registered,
} from "./registry.js";
import type { Dtype } from "./tensor.js";

export interface BackendReport {
  readonly name: string;
  readonly priority: number | undefined;
  readonly available: boolean;
  /** Why it is not available. */
  readonly reason?: string;
  readonly device?: string;
  readonly dtypes: readonly Dtype[];
  readonly threads?: number;
  readonly limits?: Readonly<Record<string, number>>;
  readonly info?: Readonly<Record<string, string | number>>;
  /** Operations that it leaves to others. */
  readonly missing: readonly OperationName[];
}

export interface Explanation {
  /** The backend that was named, and by what; `null` where the choice is automatic. */
  readonly named: { readonly name: string; readonly by: "setBackend" | "SIG_BACKEND" | "call" } | null;
  /** In the order in which they are asked. */
  readonly backends: readonly BackendReport[];
  /** Which backend serves the operation and dtype asked about, and why; without a query, which comes first. */
  readonly choice: { readonly backend: string | null; readonly why: string };
}

export interface Query {
  readonly operation?: OperationName | undefined;
  readonly dtype?: Dtype | undefined;
  readonly backend?: string | undefined;
}

function report(registered: Registered): BackendReport {
  const { name, priority } = registered.entry;
  const backend = opened(registered);
  if (backend === undefined) {
    return { name, priority, available: false, reason: reasonOf(registered.failure), dtypes: [], missing: operationNames };
  }
  const { dtypes, threads, limits } = backend.capabilities;
  const missing = operationNames.filter((operation) => backend.operations[operation] === undefined);
  return { name, priority, available: true, device: backend.device, dtypes, threads, limits, info: backend.info(), missing };
}

const queryDefaults: { readonly [K in keyof Query]-?: Query[K] } = Object.freeze({
  operation: undefined,
  dtype: "float64",
  backend: undefined,
});

function readQuery(query: Query | undefined): { operation: OperationName | undefined; dtype: Dtype; backend: string | undefined } {
  const { operation, dtype, backend } = readOptions("explain", query, queryDefaults);
  if (operation !== undefined && !operationNames.includes(operation)) {
    const close = typeof operation === "string" ? nearest(operation, operationNames) : undefined;
    const hint = close === undefined ? `they are ${operationNames.join(", ")}` : `did you mean "${close}"?`;
    throw rangeError(
      { operation: "explain", argument: "operation" },
      `must be one that backends implement, got ${describe(operation)}; ${hint}`,
    );
  }
  if (dtype !== "float32" && dtype !== "float64") {
    throw rangeError({ operation: "explain", argument: "dtype" }, `must be "float32" or "float64", got ${describe(dtype)}`);
  }
  return { operation, dtype, backend };
}

/**
 * What there is and what is chosen: for all backends, and for one operation and dtype (default float64) where asked.
 *
 * @param query `operation`: a primitive of the Backend contract, of which the other operations are made; `backend`: as if given with a call
 */
export function explain(query?: Query): Explanation {
  const { operation, dtype, backend } = readQuery(query);
  const state = discovered();
  const order = candidates(state, backend, "explain");
  const reports = order.map(report);
  for (const [name, reason] of missingBackends(state)) {
    reports.push({ name, priority: undefined, available: false, reason, dtypes: [], missing: operationNames });
  }
  const name = backend ?? getBackend();
  const by = backend !== undefined ? "call" : state.forced !== null ? "setBackend" : "SIG_BACKEND";
  const passed: string[] = [];
  for (const registered of order) {
    const problem = problemWith(registered, operation, dtype);
    if (problem !== undefined) {
      passed.push(`${registered.entry.name} ${problem}`);
      continue;
    }
    const first = name === registered.entry.name ? `named by ${by}` : "highest priority of those that can";
    const why = passed.length > 0 ? `${first}; ${passed.join("; ")}` : first;
    return { named: name === null ? null : { name, by }, backends: reports, choice: { backend: registered.entry.name, why } };
  }
  const why = passed.length > 0 ? passed.join("; ") : "no backend is registered";
  return { named: name === null ? null : { name, by }, backends: reports, choice: { backend: null, why } };
}
