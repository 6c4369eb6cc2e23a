/**
 * Errors of the library. Each carries a `code` for programs, the public `operation` that refused, and the `argument` at fault.
 *
 * The class says whose turn it is: `SigTypeError` for a value of the wrong kind (a string, an integer array, mixed dtypes),
 * `SigRangeError` for a value of the right kind that cannot be used (a negative degree, a wrong shape, too large a result), and
 * `SigError` for everything that is no fault of an argument (no backend, out of memory).
 */

export type ErrorCode =
  | "INVALID_TYPE"
  | "INVALID_VALUE"
  | "INVALID_SHAPE"
  | "INVALID_DTYPE"
  | "UNKNOWN_OPTION"
  | "DETACHED"
  | "DEVICE_TENSOR"
  | "DEVICE_LOST"
  | "TOO_LARGE"
  | "OUT_OF_MEMORY"
  | "NO_BACKEND"
  | "BACKEND_UNAVAILABLE"
  | "DISK_CACHE"
  | "INTERNAL";

export interface ErrorDetails {
  readonly code: ErrorCode;
  /** The public function that was called, as the caller wrote it. */
  readonly operation?: string | undefined;
  /** The argument or option at fault. */
  readonly argument?: string | undefined;
  readonly cause?: unknown;
}

/** Where a value came from, for messages: `{ operation: "sig", argument: "path" }`. */
export interface Place {
  readonly operation: string;
  readonly argument: string;
}

function causeOf(details: ErrorDetails): { cause?: unknown } {
  return details.cause === undefined ? {} : { cause: details.cause };
}

/** A failure that no argument is to blame for. */
export class SigError extends Error {
  readonly code: ErrorCode;
  readonly operation: string | undefined;
  readonly argument: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, causeOf(details));
    this.name = "SigError";
    this.code = details.code;
    this.operation = details.operation;
    this.argument = details.argument;
  }
}

/** An argument of the wrong kind or dtype. */
export class SigTypeError extends TypeError {
  readonly code: ErrorCode;
  readonly operation: string | undefined;
  readonly argument: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, causeOf(details));
    this.name = "SigTypeError";
    this.code = details.code;
    this.operation = details.operation;
    this.argument = details.argument;
  }
}

/** An argument of the right kind with an unusable value, shape or size. */
export class SigRangeError extends RangeError {
  readonly code: ErrorCode;
  readonly operation: string | undefined;
  readonly argument: string | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message, causeOf(details));
    this.name = "SigRangeError";
    this.code = details.code;
    this.operation = details.operation;
    this.argument = details.argument;
  }
}

/** A `SigTypeError` about the argument at `place`: "sig: path <problem>". */
export function typeError(place: Place, problem: string, code: ErrorCode = "INVALID_TYPE"): SigTypeError {
  return new SigTypeError(`${place.operation}: ${place.argument} ${problem}`, {
    code,
    operation: place.operation,
    argument: place.argument,
  });
}

/** A `SigRangeError` about the argument at `place`: "sig: degree <problem>". */
export function rangeError(place: Place, problem: string, code: ErrorCode = "INVALID_VALUE"): SigRangeError {
  return new SigRangeError(`${place.operation}: ${place.argument} ${problem}`, {
    code,
    operation: place.operation,
    argument: place.argument,
  });
}

/** A few words for an offending value, safe for anything at all: "the string \"2\"", "an Int32Array", "null". */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `the string ${JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value)}`;
    case "bigint":
      return "a BigInt";
    case "number":
    case "boolean":
    case "undefined":
      return String(value);
    case "symbol":
      return "a symbol";
    case "function":
      return "a function";
    default:
      return value === null ? "null" : describeObject(value as object);
  }
}

function describeObject(value: object): string {
  try {
    if (Array.isArray(value)) return value.length === 0 ? "an empty array" : `an array of length ${value.length}`;
    const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
    if (typeof name !== "string" || name === "" || name === "Object") return "an object";
    return withArticle(name.slice(0, 40));
  } catch {
    return "an object";
  }
}

/** "an Int32Array", "a Uint8Array". */
export function withArticle(name: string): string {
  return `${/^([AEIO]|Un)/.test(name) ? "an" : "a"} ${name}`;
}

/** A shape as people write it: "(3, 5, 2)". */
export function describeShape(shape: readonly number[]): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}
