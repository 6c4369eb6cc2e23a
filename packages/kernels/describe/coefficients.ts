import { type Describe, Flag, Operation } from "./description.js";

export const sigCoef: Describe<"sigCoef"> = (to, call) => {
  to.begin(Operation.sigCoef, call, Flag.none);
  to.path(call);
  to.table = call.words;
  to.input(call.path);
  to.output(call.out);
};

export const sigCoefBackprop: Describe<"sigCoefBackprop"> = (to, call) => {
  to.begin(Operation.sigCoefBackprop, call, Flag.none);
  to.path(call);
  to.table = call.words;
  to.input(call.path);
  to.input(call.derivs);
  to.output(call.out);
};

export const extractSigCoef: Describe<"extractSigCoef"> = (to, call) => {
  to.begin(Operation.extractSigCoef, call, Flag.none);
  to.rowLength(call.rowLength);
  to.table = call.words;
  to.input(call.rows);
  to.output(call.out);
};

export const extractSigCoefBackprop: Describe<"extractSigCoefBackprop"> = (to, call) => {
  to.begin(Operation.extractSigCoefBackprop, call, Flag.none);
  to.rowLength(call.rowLength);
  to.table = call.words;
  to.input(call.derivs);
  to.output(call.out);
};
