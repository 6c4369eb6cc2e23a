/**
 * What every operation is made of. An operation is written once, as a generator: it checks its arguments, yields the primitive
 * calls that a backend computes, and returns the result. `synchronous` and `promised` derive its two forms from that body:
 * the first runs each call at once; the second copies every input before it first waits, then runs the calls off the event loop.
 */
import { setDiscovery } from "@sig/core";
import { discoverInstalled } from "./backends.js";
import { Context } from "./context.js";
import type { DeviceArguments, OnDevice } from "./device.js";
import { PromiseContext, type PromiseOptions } from "./promiseContext.js";
import type { Steps } from "./steps.js";

export { Context } from "./context.js";
export type { PromiseOptions } from "./promiseContext.js";
export { perform, within, type Step, type Steps } from "./steps.js";

setDiscovery(discoverInstalled);

/** All arguments are read before the first step; the options, which come last, before everything else. */
export type Body<Arguments extends unknown[], Result> = (context: Context, ...args: Arguments) => Steps<Result>;

/** The arguments of the promise form: the same, with `PromiseOptions` in the trailing options. */
type PromiseArguments<Arguments extends unknown[]> =
  Required<Arguments> extends [...infer Positional, infer Options] ? [...Positional, options?: Options & PromiseOptions] : never;

/** A public function: of device tensors it makes device tensors, and of others those of the host. */
export interface Form<Arguments extends unknown[], Result> {
  (...args: DeviceArguments<Arguments>): OnDevice<Result>;
  (...args: Arguments): Result;
}

/**
 * The form that computes on the calling thread and returns the result.
 *
 * @__NO_SIDE_EFFECTS__ bundlers leave out the operations that nobody imports
 */
export function synchronous<Arguments extends unknown[], Result>(
  operation: string,
  body: Body<Arguments, Result>,
): Form<Arguments, Result> {
  const form = (...args: Arguments): Result => {
    const context = new Context(operation);
    try {
      const steps = body(context, ...args);
      for (;;) {
        const step = steps.next();
        if (step.done) return context.result(step.value);
        context.run(step.value);
      }
    } catch (error) {
      context.abandon();
      throw error;
    }
  };
  return Object.defineProperty(form, "name", { value: operation }) as Form<Arguments, Result>;
}

/**
 * The form that returns a promise; whatever is wrong, it rejects.
 *
 * @__NO_SIDE_EFFECTS__
 */
export function promised<Arguments extends unknown[], Result>(
  operation: string,
  body: Body<Arguments, Result>,
): Form<PromiseArguments<Arguments>, Promise<Result>> {
  const form = async (...args: PromiseArguments<Arguments>): Promise<Result> => {
    const context = new PromiseContext(operation);
    try {
      const steps = body(context, ...(args as unknown as Arguments));
      for (;;) {
        const step = steps.next();
        if (step.done) {
          context.finish();
          return context.result(step.value);
        }
        await context.start(step.value);
      }
    } catch (error) {
      context.abandon();
      throw error;
    }
  };
  return Object.defineProperty(form, "name", { value: operation }) as Form<PromiseArguments<Arguments>, Promise<Result>>;
}
