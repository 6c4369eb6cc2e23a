import { type Describe, Flag, Operation } from "./description.js";

export const sigKernel: Describe<"sigKernel"> = (to, call) => {
  to.begin(Operation.sigKernel, call, Flag.none);
  to.pairs(call);
  to.solver(call);
  to.input(call.x);
  to.input(call.y);
  to.output(call.out);
};

export const sigKernelBackprop: Describe<"sigKernelBackprop"> = (to, call) => {
  to.begin(Operation.sigKernelBackprop, call, Flag.none);
  to.pairs(call);
  to.solver(call);
  to.input(call.derivs);
  to.input(call.x);
  to.input(call.y);
  to.input(call.kGrid);
  to.output(call.dX);
  to.output(call.dY);
};

export const incrementKernel: Describe<"incrementKernel"> = (to, call) => {
  to.begin(Operation.incrementKernel, call, Flag.none);
  to.increments(call);
  to.solver(call);
  to.input(call.increments);
  to.output(call.out);
};

export const incrementKernelBackprop: Describe<"incrementKernelBackprop"> = (to, call) => {
  to.begin(Operation.incrementKernelBackprop, call, Flag.none);
  to.increments(call);
  to.solver(call);
  to.input(call.derivs);
  to.input(call.increments);
  to.input(call.kGrid);
  to.output(call.out);
};

export const largestIncrement: Describe<"largestIncrement"> = (to, call) => {
  to.begin(Operation.largestIncrement, call, Flag.none);
  to.pairs(call);
  to.input(call.x);
  to.input(call.y);
  to.output(call.out);
};
