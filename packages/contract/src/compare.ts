import type { Tensor } from "@sig/api";

/** Largest error allowed, as a multiple of the largest expected magnitude: of the whole tensor, or of each group of `groups` entries of a row. */
export interface Agreement {
  readonly tolerance: number;
  /** Lengths of consecutive groups (the levels) that make up one row; each is measured on its own scale. */
  readonly groups?: readonly number[];
  /** The smallest scale: for results that may vanish while what they are computed from does not. */
  readonly floor?: number;
}

/** Says how `actual` differs from `expected`, or nothing where they agree. NaN agrees with NaN alone, infinities with themselves. */
export function difference(actual: Tensor, expected: Tensor, { tolerance, groups, floor = 0 }: Agreement): string | undefined {
  if (actual.dtype !== expected.dtype) return `dtype is ${actual.dtype}, expected ${expected.dtype}`;
  if (actual.shape.join() !== expected.shape.join())
    return `shape is [${actual.shape.join(", ")}], expected [${expected.shape.join(", ")}]`;
  if (actual.data.constructor !== expected.data.constructor)
    return `data is a ${actual.data.constructor.name}, expected a ${expected.data.constructor.name}`;
  if (actual.data.length !== expected.data.length) return `data has ${actual.data.length} entries, expected ${expected.data.length}`;

  const rowLengths = groups?.filter((length) => length > 0) ?? [];
  const lengths = rowLengths.length > 0 ? rowLengths : [expected.data.length];
  for (let start = 0, group = 0; start < expected.data.length; group++) {
    const end = start + (lengths[group % lengths.length] ?? 0);
    const scale = Math.max(floor, magnitude(expected, start, end));
    for (let i = start; i < end; i++) {
      const a = actual.data[i] ?? NaN;
      const e = expected.data[i] ?? NaN;
      if (!sameNumber(a, e, tolerance * scale)) return `entry ${i} is ${a}, expected ${e} (scale ${scale}, tolerance ${tolerance})`;
    }
    start = end;
  }
  return undefined;
}

function sameNumber(a: number, e: number, allowed: number): boolean {
  if (!Number.isFinite(e) || !Number.isFinite(a)) return Object.is(a, e);
  return Math.abs(a - e) <= allowed;
}

function magnitude(a: Tensor, start: number, end: number): number {
  let largest = 0;
  for (let i = start; i < end; i++) {
    const x = Math.abs(a.data[i] ?? 0);
    if (Number.isFinite(x) && x > largest) largest = x;
  }
  return largest;
}

/** Fails unless the tensors agree; `label` names the case in the message. */
export function expectClose(actual: unknown, expected: Tensor, agreement: Agreement | number, label = ""): void {
  const found = difference(asTensor(actual, label), expected, typeof agreement === "number" ? { tolerance: agreement } : agreement);
  if (found !== undefined) throw new Error(`${label}: ${found}`);
}

/** Fails unless shape, dtype and every bit agree. */
export function expectSameBits(actual: unknown, expected: Tensor, label = ""): void {
  const a = asTensor(actual, label);
  const found = difference(a, expected, { tolerance: 0 });
  if (found !== undefined) throw new Error(`${label}: ${found}`);
  for (let i = 0; i < a.data.length; i++) {
    if (!Object.is(a.data[i], expected.data[i]))
      throw new Error(`${label}: entry ${i} is ${a.data[i]}, expected the very same as ${expected.data[i]}`);
  }
}

export function asTensor(value: unknown, label = ""): Tensor {
  if (typeof value !== "object" || value === null || !("data" in value) || !("shape" in value) || !("dtype" in value)) {
    throw new Error(`${label}: not a tensor: ${String(value)}`);
  }
  return value as Tensor;
}
