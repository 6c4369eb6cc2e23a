/**
 * Numbers with their derivative in one direction. The references are written once, on jets, and so give every operation's value and,
 * to the precision of the arithmetic, its derivative: what the backprops are held against.
 */
export interface Jet {
  readonly value: readonly number[];
  readonly slope: readonly number[];
}

export const constant = (value: readonly number[]): Jet => ({ value, slope: value.map(() => 0) });

/** A linear map acts on value and slope alike. */
export const linear = (jet: Jet, map: (x: readonly number[]) => readonly number[]): Jet => ({
  value: map(jet.value),
  slope: map(jet.slope),
});

/** One jet after the other. */
export const join = (jets: readonly Jet[]): Jet => ({
  value: jets.flatMap((jet) => [...jet.value]),
  slope: jets.flatMap((jet) => [...jet.slope]),
});
