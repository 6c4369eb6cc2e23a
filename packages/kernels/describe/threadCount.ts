import { SigRangeError, allThreads } from "@sig/core";

/**
 * How many threads a setting of a backend asks for; where it is absent, `SIG_NUM_THREADS` or as many as the machine runs at once.
 *
 * @throws SigRangeError (INVALID_VALUE) for less than 1
 */
export function threadCount(wanted: number | undefined, operation: string, argument: string): number {
  if (wanted === undefined) return allThreads();
  if (Number.isSafeInteger(wanted) && wanted >= 1) return wanted;
  throw new SigRangeError(`${argument} must be an integer of at least 1, got ${wanted}`, { code: "INVALID_VALUE", operation, argument });
}
