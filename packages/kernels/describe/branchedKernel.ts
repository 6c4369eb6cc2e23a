import { type Describe, Flag, Operation } from "./description.js";

export const branchedSigKernel: Describe<"branchedSigKernel"> = (to, call) => {
  to.begin(Operation.branchedSigKernel, call, Flag.none);
  to.pairs(call);
  to.branchedSolver(call);
  to.input(call.x);
  to.input(call.y);
  to.output(call.out);
};

export const branchedSigKernelBackprop: Describe<"branchedSigKernelBackprop"> = (to, call) => {
  to.begin(Operation.branchedSigKernelBackprop, call, Flag.none);
  to.pairs(call);
  to.branchedSolver(call);
  to.input(call.derivs);
  to.input(call.x);
  to.input(call.y);
  to.output(call.dX);
  to.output(call.dY);
};

export const branchedIncrementKernel: Describe<"branchedIncrementKernel"> = (to, call) => {
  to.begin(Operation.branchedIncrementKernel, call, Flag.none);
  to.increments(call);
  to.branchedSolver(call);
  to.input(call.increments);
  to.output(call.out);
};

export const branchedIncrementKernelBackprop: Describe<"branchedIncrementKernelBackprop"> = (to, call) => {
  to.begin(Operation.branchedIncrementKernelBackprop, call, Flag.none);
  to.increments(call);
  to.branchedSolver(call);
  to.input(call.derivs);
  to.input(call.increments);
  to.output(call.out);
};
