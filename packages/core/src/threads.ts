import { checkInteger } from "./checks.js";
import { rangeError, type Place } from "./errors.js";
import { builtin, environment, host, shared } from "./state.js";

/** No call uses more threads than this, whatever is asked for. */
export const maxThreads = 1024;

interface Machine {
  threads: number | undefined;
}

function machineThreads(): number {
  const machine = shared<Machine>("machine", () => ({ threads: undefined }));
  return (machine.threads ??= countThreads());
}

function countThreads(): number {
  const os = builtin("node:os") as { availableParallelism?(): number } | undefined;
  const count = os?.availableParallelism?.() ?? host.navigator?.hardwareConcurrency ?? 1;
  return Number.isSafeInteger(count) && count >= 1 ? Math.min(count, maxThreads) : 1;
}

/** How many threads "all" means: `SIG_NUM_THREADS` where it is set, else those that the machine lends to this process. */
export function allThreads(): number {
  const text = environment("SIG_NUM_THREADS");
  if (text === undefined) return machineThreads();
  const place = { operation: "environment", argument: "SIG_NUM_THREADS" };
  if (!/^\d{1,15}$/.test(text.trim())) throw rangeError(place, `must be an integer from 1 to ${maxThreads}, got "${text.slice(0, 40)}"`);
  return checkInteger(Number(text), place, { min: 1, max: maxThreads });
}

/**
 * The threads that `nJobs` stands for: itself where positive (at most {@link maxThreads}), all for -1, all but k for -1 - k.
 * Zero is refused, and so is a negative number that would leave no thread.
 */
export function threadsOf(nJobs: unknown, place: Place): number {
  if (nJobs === 1) return 1;
  const jobs = checkInteger(nJobs, place, { min: Number.MIN_SAFE_INTEGER });
  if (jobs === 0) throw rangeError(place, "must not be 0: 1 is serial, -1 takes all threads");
  if (jobs > 0) return Math.min(jobs, maxThreads);
  const all = allThreads();
  if (all + 1 + jobs < 1) throw rangeError(place, `must be at least ${-all}, which leaves one of the ${all} threads, got ${jobs}`);
  return all + 1 + jobs;
}
