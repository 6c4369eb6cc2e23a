import type { Calls } from "@sig/core";

const plain = { dtype: "float32", threads: 1, timeAug: false, leadLag: false, endTime: 1, stream: false, horner: true } as const;

/** A call for signatures of paths that go straight by (1, 2) per step. */
export function sigCall(batch: number, length: number, degree: number): Calls["sig"] {
  const path = Float32Array.from({ length: batch * length * 2 }, (_, i) => (Math.floor(i / 2) % length) * (1 + (i % 2)));
  const data = new Float32Array(batch * (2 ** (degree + 1) - 2));
  return { ...plain, batch, length, dimension: 2, degree, path, correction: undefined, out: { data, scalar: false } };
}

/** The signature of such a path up to level 2. */
export function straight(length: number): Float32Array {
  const steps = length - 1;
  const square = (steps * steps) / 2;
  return Float32Array.of(steps, 2 * steps, square, 2 * square, 2 * square, 4 * square);
}
