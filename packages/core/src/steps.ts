/** Long computations in steps: one body serves the synchronous form and the one that leaves the event loop free between slices. */

/** A computation that may be paused at each `yield`; a step takes well below a millisecond. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Runs all steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Milliseconds of work between two turns of the event loop; well below the promised 20, since a step and the garbage it leaves may take some more. */
const SLICE = 5;

/** Runs the steps in slices. Aborting rejects with the signal's reason at the end of the slice. */
export async function finishInSlices<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    const end = performance.now() + SLICE;
    do {
      const step = steps.next();
      if (step.done === true) return step.value;
    } while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
