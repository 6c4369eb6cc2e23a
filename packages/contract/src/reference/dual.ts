/** One number with its derivative in one direction: what the references of kernels compute with. */
export interface Dual {
  readonly value: number;
  readonly slope: number;
}

export const dual = (value: number, slope = 0): Dual => ({ value, slope });

export const plus = (a: Dual, b: Dual): Dual => ({ value: a.value + b.value, slope: a.slope + b.slope });
export const minus = (a: Dual, b: Dual): Dual => ({ value: a.value - b.value, slope: a.slope - b.slope });
export const times = (a: Dual, b: Dual): Dual => ({ value: a.value * b.value, slope: a.slope * b.value + a.value * b.slope });
export const scaled = (a: Dual, factor: number): Dual => ({ value: a.value * factor, slope: a.slope * factor });
export const shifted = (a: Dual, by: number): Dual => ({ value: a.value + by, slope: a.slope });

export const sum = (terms: readonly Dual[]): Dual => terms.reduce(plus, dual(0));

/** The function whose value and derivative at `a` are given. */
export const apply = (a: Dual, value: number, derivative: number): Dual => ({ value, slope: derivative * a.slope });

export const exp = (a: Dual): Dual => apply(a, Math.exp(a.value), Math.exp(a.value));
/** The square root, taken to be flat at 0. */
export const sqrt = (a: Dual): Dual => apply(a, Math.sqrt(a.value), a.value === 0 ? 0 : 0.5 / Math.sqrt(a.value));
export const power = (a: Dual, exponent: number): Dual =>
  apply(a, a.value ** exponent, exponent === 0 ? 0 : exponent * a.value ** (exponent - 1));
