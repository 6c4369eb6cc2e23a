/** How much one call may allocate. */
import { checkInteger } from "./checks.js";
import { rangeError, SigRangeError, type Place } from "./errors.js";
import { builtin, environment, host, shared } from "./state.js";
import type { Dtype, Real } from "./tensor.js";

interface Ceiling {
  limit: number | undefined;
  longest: number | undefined;
}

const ceiling = (): Ceiling => shared<Ceiling>("memory", () => ({ limit: undefined, longest: undefined }));

/**
 * Sets the ceiling in bytes on what one call may allocate; `null` goes back to the default: `SIG_MEMORY_LIMIT` (bytes) where it
 * is set, else half of the memory, as far as the host tells (2 GiB where it does not).
 */
export function setMemoryLimit(bytes: number | null): void {
  const place = { operation: "setMemoryLimit", argument: "bytes" };
  ceiling().limit = bytes === null ? undefined : checkInteger(bytes, place, { min: 1 });
}

/** The ceiling in bytes on what one call may allocate. */
export function getMemoryLimit(): number {
  return (ceiling().limit ??= defaultLimit());
}

function defaultLimit(): number {
  const text = environment("SIG_MEMORY_LIMIT");
  if (text !== undefined) {
    const place = { operation: "environment", argument: "SIG_MEMORY_LIMIT" };
    if (!/^\d{1,15}$/.test(text.trim())) throw rangeError(place, `must be a number of bytes, got "${text.slice(0, 40)}"`);
    return checkInteger(Number(text), place, { min: 1 });
  }
  const total = (builtin("node:os") as { totalmem?(): number } | undefined)?.totalmem?.();
  const gibibytes = host.navigator?.deviceMemory ?? 4;
  // Where no limit is set on a process, its constrained memory is 0 or beyond all memory.
  const constrained = host.process?.constrainedMemory?.() || Infinity;
  return Math.floor(Math.min(total ?? gibibytes * 2 ** 30, constrained) / 2);
}

/** Elements of the longest typed array that can exist here. */
export function longestArray(): number {
  const state = ceiling();
  const buffer = builtin("node:buffer") as { constants?: { MAX_LENGTH?: number } } | undefined;
  return (state.longest ??= buffer?.constants?.MAX_LENGTH ?? 2 ** 32 - 1);
}

/** Refuses to go on where a call would allocate `bytes`, and that is beyond the ceiling. */
export function checkBytes(bytes: number, place: Place): void {
  const limit = getMemoryLimit();
  if (bytes <= limit) return;
  throw rangeError(place, `needs ${inWords(bytes)}, and one call may allocate ${inWords(limit)} (setMemoryLimit raises it)`, "TOO_LARGE");
}

/** A new array of zeros, after the ceiling and the longest typed array were checked. */
export function allocate(dtype: Dtype, length: number, place: Place): Real {
  return allocateBy(zeroed, dtype, length, place);
}

/** The same with unspecified content where that is quicker: for what is written in full before anybody reads it. */
export function allocateBlank(dtype: Dtype, length: number, place: Place): Real {
  return allocateBy(length > 1024 ? blank : zeroed, dtype, length, place);
}

function zeroed(dtype: Dtype, length: number): Real {
  return dtype === "float32" ? new Float32Array(length) : new Float64Array(length);
}

interface BufferModule {
  readonly Buffer?: { allocUnsafeSlow?(bytes: number): { readonly buffer: ArrayBuffer; readonly byteOffset: number } };
}

/** Node lets memory go unzeroed up to 4 GiB; beyond that, zeros come from the system at no cost. */
function blank(dtype: Dtype, length: number): Real {
  const bytes = length * (dtype === "float32" ? 4 : 8);
  const buffers = bytes < 2 ** 31 ? (builtin("node:buffer") as BufferModule | undefined) : undefined;
  const memory = buffers?.Buffer?.allocUnsafeSlow?.(bytes);
  if (memory?.byteOffset !== 0) return zeroed(dtype, length);
  return dtype === "float32" ? new Float32Array(memory.buffer) : new Float64Array(memory.buffer);
}

function allocateBy(make: (dtype: Dtype, length: number) => Real, dtype: Dtype, length: number, place: Place): Real {
  if (length > 1024) {
    if (length > longestArray())
      throw rangeError(place, `needs ${length} numbers, more than a typed array holds (${longestArray()})`, "TOO_LARGE");
    checkBytes(length * (dtype === "float32" ? 4 : 8), place);
  }
  try {
    return make(dtype, length);
  } catch (cause) {
    const message = `${place.operation}: ${place.argument}: no memory for ${length} numbers of ${dtype}`;
    throw new SigRangeError(message, { code: "OUT_OF_MEMORY", operation: place.operation, argument: place.argument, cause });
  }
}

/** A number of bytes in the unit that suits it: "78 KiB". */
export function inWords(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) [bytes, unit] = [bytes / 1024, unit + 1];
  return `${bytes < 10 && unit > 0 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`;
}
