import { type Describe, Flag, Operation } from "./description.js";

export const branchedSig: Describe<"branchedSig"> = (to, call) => {
  to.begin(Operation.branchedSig, call, Flag.none);
  to.path(call);
  to.table = call.integrals;
  to.input(call.path);
  to.correction(call.correction);
  to.outputLevels(call.out);
};

export const branchedSigBackprop: Describe<"branchedSigBackprop"> = (to, call) => {
  to.begin(Operation.branchedSigBackprop, call, Flag.none);
  to.path(call);
  to.table = call.integrals;
  to.input(call.path);
  to.correction(call.correction);
  to.inputLevels(call.derivs);
  to.output(call.out);
};

export const branchedSigCombine: Describe<"branchedSigCombine"> = (to, call) => {
  to.begin(Operation.branchedSigCombine, call, Flag.none);
  to.algebra(call);
  to.table = call.cuts;
  to.inputLevels(call.left);
  to.inputLevels(call.right);
  to.outputLevels(call.out);
};

export const branchedSigCombineBackprop: Describe<"branchedSigCombineBackprop"> = (to, call) => {
  to.begin(Operation.branchedSigCombineBackprop, call, Flag.none);
  to.algebra(call);
  to.table = call.cuts;
  to.inputLevels(call.derivs);
  to.inputLevels(call.left);
  to.inputLevels(call.right);
  to.outputLevels(call.dLeft);
  to.outputLevels(call.dRight);
};

export const branchedSigToLogSig: Describe<"branchedSigToLogSig"> = (to, call) => {
  to.begin(Operation.branchedSigToLogSig, call, Flag.none);
  to.algebra(call);
  to.table = call.cuts;
  to.inputLevels(call.sig);
  to.outputLevels(call.out);
};

export const branchedSigToLogSigBackprop: Describe<"branchedSigToLogSigBackprop"> = (to, call) => {
  to.begin(Operation.branchedSigToLogSigBackprop, call, Flag.none);
  to.algebra(call);
  to.table = call.cuts;
  to.inputLevels(call.sig);
  to.inputLevels(call.derivs);
  to.outputLevels(call.out);
};

export const branchedLogSigToSig: Describe<"branchedLogSigToSig"> = (to, call) => {
  to.begin(Operation.branchedLogSigToSig, call, Flag.none);
  to.algebra(call);
  to.table = call.cuts;
  to.inputLevels(call.logSig);
  to.outputLevels(call.out);
};

export const branchedLogSigToSigBackprop: Describe<"branchedLogSigToSigBackprop"> = (to, call) => {
  to.begin(Operation.branchedLogSigToSigBackprop, call, Flag.none);
  to.algebra(call);
  to.table = call.cuts;
  to.inputLevels(call.logSig);
  to.inputLevels(call.derivs);
  to.outputLevels(call.out);
};

export const sparseMap: Describe<"sparseMap"> = (to, call) => {
  to.begin(Operation.sparseMap, call, Flag.none);
  to.rowLength(call.rowLength);
  to.table = call.map;
  to.inputLevels(call.rows);
  to.outputLevels(call.out);
};
