import type { LyndonBasis } from "@sig/core";
import { type Describe, type Description, Flag, Operation } from "./description.js";

interface Coordinates {
  readonly dimension: number;
  readonly degree: number;
  readonly method: number;
  readonly basis: LyndonBasis | undefined;
}

function coordinates(to: Description, call: Coordinates): void {
  to.algebra(call);
  to.method(call.method);
  to.table = call.basis;
}

export const sigToLogSig: Describe<"sigToLogSig"> = (to, call) => {
  to.begin(Operation.sigToLogSig, call, Flag.none);
  coordinates(to, call);
  to.inputLevels(call.sig);
  to.outputLevels(call.out);
};

export const sigToLogSigBackprop: Describe<"sigToLogSigBackprop"> = (to, call) => {
  to.begin(Operation.sigToLogSigBackprop, call, Flag.none);
  coordinates(to, call);
  to.inputLevels(call.sig);
  to.inputLevels(call.derivs);
  to.outputLevels(call.out);
};

export const logSigToSig: Describe<"logSigToSig"> = (to, call) => {
  to.begin(Operation.logSigToSig, call, Flag.none);
  coordinates(to, call);
  to.inputLevels(call.logSig);
  to.outputLevels(call.out);
};

export const logSigToSigBackprop: Describe<"logSigToSigBackprop"> = (to, call) => {
  to.begin(Operation.logSigToSigBackprop, call, Flag.none);
  coordinates(to, call);
  to.inputLevels(call.logSig);
  to.inputLevels(call.derivs);
  to.outputLevels(call.out);
};

export const logSigCombine: Describe<"logSigCombine"> = (to, call) => {
  to.begin(Operation.logSigCombine, call, Flag.none);
  to.algebra(call);
  to.table = call.bch;
  to.input(call.left);
  to.input(call.right);
  to.output(call.out);
};

export const logSigCombineBackprop: Describe<"logSigCombineBackprop"> = (to, call) => {
  to.begin(Operation.logSigCombineBackprop, call, Flag.none);
  to.algebra(call);
  to.table = call.bch;
  to.input(call.derivs);
  to.input(call.left);
  to.input(call.right);
  to.output(call.dLeft);
  to.output(call.dRight);
};

export const logSigJoin: Describe<"logSigJoin"> = (to, call) => {
  to.begin(Operation.logSigJoin, call, call.prepend ? Flag.prepend : Flag.none);
  to.algebra(call);
  to.table = call.bch;
  to.input(call.logSig);
  to.input(call.displacement);
  to.output(call.out);
};

export const logSigJoinBackprop: Describe<"logSigJoinBackprop"> = (to, call) => {
  to.begin(Operation.logSigJoinBackprop, call, call.prepend ? Flag.prepend : Flag.none);
  to.algebra(call);
  to.table = call.bch;
  to.input(call.derivs);
  to.input(call.logSig);
  to.input(call.displacement);
  to.output(call.dLogSig);
  to.output(call.dDisplacement);
};

export const logSigBch: Describe<"logSigBch"> = (to, call) => {
  to.begin(Operation.logSigBch, call, call.stream ? Flag.stream : Flag.none);
  to.path(call);
  to.degree(call.degree);
  to.table = call.bch;
  to.input(call.path);
  to.output(call.out);
};

export const logSigBchBackprop: Describe<"logSigBchBackprop"> = (to, call) => {
  to.begin(Operation.logSigBchBackprop, call, call.stream ? Flag.stream : Flag.none);
  to.path(call);
  to.degree(call.degree);
  to.table = call.bch;
  to.input(call.path);
  to.input(call.derivs);
  to.output(call.out);
};
