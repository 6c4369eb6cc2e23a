/** The primitive calls that make an operation. */
import type { Calls, OperationName } from "@sig/core";

/** One primitive call on the way to a result. */
export interface Step<K extends OperationName = OperationName> {
  readonly operation: K;
  readonly call: Calls[K];
  /** How much of the work that remains this call stands for; 1 for the last. Progress is measured by it. */
  readonly share: number;
}

export type Steps<Result> = Generator<Step, Result, undefined>;

/** A primitive call for the body of an operation to yield. */
export function perform<K extends OperationName>(operation: K, call: Calls[K], share = 1): Step<K> {
  return { operation, call, share };
}

/** The steps of a part of an operation, where that part is `share` of the work that remains. */
export function* within<Result>(share: number, steps: Steps<Result>): Steps<Result> {
  let part = share;
  let all = 1;
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    const portion = part * step.value.share;
    yield perform(step.value.operation, step.value.call, portion / all);
    part -= portion;
    all -= portion;
  }
}
