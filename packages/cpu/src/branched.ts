import { Flag, Operation } from "./descriptor.js";
import type { Describe } from "./implementation.js";

export const branchedSig: Describe<"branchedSig"> = (to, call) => {
  to.begin(Operation.branchedSig, call, Flag.none);
  to.path(call);
  to.table(call.integrals);
  to.input(call.path);
  to.correction(call.correction);
  to.outputLevels(call.out);
};

export const branchedSigBackprop: Describe<"branchedSigBackprop"> = (to, call) => {
  to.begin(Operation.branchedSigBackprop, call, Flag.none);
  to.path(call);
  to.table(call.integrals);
  to.input(call.path);
  to.correction(call.correction);
  to.inputLevels(call.derivs);
  to.output(call.out);
};

export const branchedSigCombine: Describe<"branchedSigCombine"> = (to, call) => {
  to.begin(Operation.branchedSigCombine, call, Flag.none);
  to.algebra(call);
  to.table(call.cuts);
  to.inputLevels(call.left);
  to.inputLevels(call.right);
  to.outputLevels(call.out);
};

export const branchedSigCombineBackprop: Describe<"branchedSigCombineBackprop"> = (to, call) => {
  to.begin(Operation.branchedSigCombineBackprop, call, Flag.none);
  to.algebra(call);
  to.table(call.cuts);
  to.inputLevels(call.derivs);
  to.inputLevels(call.left);
  to.inputLevels(call.right);
  to.outputLevels(call.dLeft);
  to.outputLevels(call.dRight);
};
