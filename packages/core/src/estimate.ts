import type { OperationName } from "./backend.js";

export interface Estimate {
  /** Result and working memory. */
  readonly bytes: number;
  /** Additions and multiplications. */
  readonly flops: number;
}

export interface EstimateParameters {
  readonly batch?: number | undefined;
  readonly length?: number | undefined;
  readonly dimension: number;
  readonly degree: number;
}

/** Placeholder until the formulas are in. */
export function estimate(_operation: OperationName, _parameters: EstimateParameters): Estimate {
  return { bytes: 0, flops: 0 };
}
