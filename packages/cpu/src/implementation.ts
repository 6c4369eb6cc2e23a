import type { Calls, Implementation, OperationName } from "@sig/core";
import type { Descriptor } from "./descriptor.js";

/** Writes one call into the descriptor. */
export type Describe<K extends OperationName> = (to: Descriptor, call: Calls[K]) => void;

/** Both forms of an operation from its description. */
export function implement<K extends OperationName>(descriptor: Descriptor, describe: Describe<K>): Implementation<Calls[K]> {
  return {
    run(call) {
      describe(descriptor, call);
      descriptor.run();
    },
    start(call, control) {
      describe(descriptor, call);
      return descriptor.start(control);
    },
  };
}
