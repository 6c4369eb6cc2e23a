import { type Describe, Flag, Operation } from "./description.js";

export const transformPath: Describe<"transformPath"> = (to, call) => {
  to.begin(Operation.transformPath, call, Flag.none);
  to.path(call);
  to.input(call.path);
  to.output(call.out);
};

export const transformPathBackprop: Describe<"transformPathBackprop"> = (to, call) => {
  to.begin(Operation.transformPathBackprop, call, Flag.none);
  to.path(call);
  to.input(call.derivs);
  to.output(call.out);
};
