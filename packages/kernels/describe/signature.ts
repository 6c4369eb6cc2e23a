import { type Describe, Flag, Operation } from "./description.js";

export const sig: Describe<"sig"> = (to, call) => {
  to.begin(Operation.sig, call, (call.stream ? Flag.stream : 0) | (call.horner ? 0 : Flag.direct));
  to.path(call);
  to.degree(call.degree);
  to.input(call.path);
  to.correction(call.correction);
  to.outputLevels(call.out);
};

export const sigBackprop: Describe<"sigBackprop"> = (to, call) => {
  to.begin(Operation.sigBackprop, call, call.stream ? Flag.stream : Flag.none);
  to.path(call);
  to.degree(call.degree);
  to.input(call.path);
  to.correction(call.correction);
  to.inputLevels(call.sig);
  to.inputLevels(call.derivs);
  to.output(call.out);
};

export const sigCombine: Describe<"sigCombine"> = (to, call) => {
  to.begin(Operation.sigCombine, call, Flag.none);
  to.algebra(call);
  to.inputLevels(call.left);
  to.inputLevels(call.right);
  to.outputLevels(call.out);
};

export const sigCombineBackprop: Describe<"sigCombineBackprop"> = (to, call) => {
  to.begin(Operation.sigCombineBackprop, call, Flag.none);
  to.algebra(call);
  to.inputLevels(call.derivs);
  to.inputLevels(call.left);
  to.inputLevels(call.right);
  to.outputLevels(call.dLeft);
  to.outputLevels(call.dRight);
};

export const sigJoin: Describe<"sigJoin"> = (to, call) => {
  to.begin(Operation.sigJoin, call, call.prepend ? Flag.prepend : Flag.none);
  to.algebra(call);
  to.inputLevels(call.sig);
  to.input(call.displacement);
  to.outputLevels(call.out);
};

export const sigJoinBackprop: Describe<"sigJoinBackprop"> = (to, call) => {
  to.begin(Operation.sigJoinBackprop, call, call.prepend ? Flag.prepend : Flag.none);
  to.algebra(call);
  to.inputLevels(call.derivs);
  to.inputLevels(call.sig);
  to.input(call.displacement);
  to.outputLevels(call.dSig);
  to.output(call.dDisplacement);
};

export const sigInverse: Describe<"sigInverse"> = (to, call) => {
  to.begin(Operation.sigInverse, call, Flag.none);
  to.algebra(call);
  to.inputLevels(call.sig);
  to.outputLevels(call.out);
};
