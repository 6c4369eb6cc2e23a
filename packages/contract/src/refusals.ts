import { SigError, SigRangeError, SigTypeError } from "@sig/api";
import { expect } from "vitest";

/** What every refusal carries. */
export interface Refusal {
  readonly code: string;
  readonly operation: string | undefined;
  readonly argument: string | undefined;
  readonly message: string;
}

const inspect = (value: unknown): string => {
  try {
    return value instanceof Error ? `${value.name}: ${value.message}\n${value.stack}` : String(value);
  } catch {
    return "something that cannot be printed";
  }
};

/** What the call throws; fails if it returns. */
export function thrownBy(run: () => unknown, label: string): unknown {
  try {
    run();
  } catch (reason) {
    return reason;
  }
  throw new Error(`${label}: should have been refused`);
}

/** Fails unless `reason` is one of the library's errors with its fields in order. */
export function asRefusal(reason: unknown, label: string): Refusal {
  const known = reason instanceof SigTypeError || reason instanceof SigRangeError || reason instanceof SigError;
  if (!known) throw new Error(`${label}: threw ${inspect(reason)}`);
  expect(reason.code, label).toMatch(/^[A-Z]+(_[A-Z]+)*$/);
  expect(reason.message.length, label).toBeGreaterThan(10);
  return reason;
}

interface Expected {
  readonly kind?: "type" | "range";
  readonly operation: string;
  /** One of these names. */
  readonly argument: string | readonly string[];
}

export function expectRefusal(reason: unknown, { kind, operation, argument }: Expected, label: string): Refusal {
  const refusal = asRefusal(reason, label);
  if (kind === "type") expect(reason, `${label}: ${refusal.message}`).toBeInstanceOf(SigTypeError);
  if (kind === "range") expect(reason, `${label}: ${refusal.message}`).toBeInstanceOf(SigRangeError);
  expect(refusal.operation, label).toBe(operation);
  expect([argument].flat(), `${label}: names the argument ${refusal.argument} (${refusal.message})`).toContain(refusal.argument);
  return refusal;
}
