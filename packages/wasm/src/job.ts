import type { Real, Table } from "@sig/core";

/** A described call on its way into linear memory. */
export interface Job {
  /** The numbers of a `Description`. */
  readonly fields: Float64Array;
  /** Inputs, then outputs; null where there is nothing. */
  readonly operands: readonly (Real | null)[];
  /** How many of the operands are inputs, and how many outputs. */
  readonly inputs: number;
  readonly outputs: number;
  readonly table: Table | undefined;
}
