/** Products of signatures, of a signature and a straight segment, and their gradients. */
import type { Calls, Levels } from "@sig/core";
import { exponential, exponentialAdjoint, leftAdjoint, product, rightAdjoint, type Algebra, type Rows } from "./levels.js";
import type { Session, Work } from "./session.js";

function algebraOf({ batch, dimension, degree }: { batch: number; dimension: number; degree: number }): Algebra {
  return { rows: batch, dimension, degree };
}

export function inputRows(session: Session, levels: Levels): Rows {
  return { texture: session.input(levels.data), scalar: Number(levels.scalar) };
}

export function* sigCombine(session: Session, call: Calls["sigCombine"]): Work {
  const scalar = Number(call.out.scalar);
  const out = product(session, algebraOf(call), inputRows(session, call.left), inputRows(session, call.right), { scalar });
  session.output(call.out.data, out);
  yield 1;
}

export function* sigCombineBackprop(session: Session, call: Calls["sigCombineBackprop"]): Work {
  const algebra = algebraOf(call);
  const derivs = inputRows(session, call.derivs);
  const left = inputRows(session, call.left);
  const right = inputRows(session, call.right);
  session.output(call.dLeft.data, leftAdjoint(session, algebra, derivs, right, { scalar: Number(call.dLeft.scalar) }));
  session.output(call.dRight.data, rightAdjoint(session, algebra, derivs, left, { scalar: Number(call.dRight.scalar) }));
  yield 1;
}

export function* sigJoin(session: Session, call: Calls["sigJoin"]): Work {
  const algebra = algebraOf(call);
  const sig = inputRows(session, call.sig);
  const segment = { texture: exponential(session, algebra, session.input(call.displacement)), scalar: 0 };
  const [left, right] = call.prepend ? [segment, sig] : [sig, segment];
  session.output(call.out.data, product(session, algebra, left, right, { scalar: Number(call.out.scalar) }));
  yield 1;
}

export function* sigJoinBackprop(session: Session, call: Calls["sigJoinBackprop"]): Work {
  const algebra = algebraOf(call);
  const derivs = inputRows(session, call.derivs);
  const sig = inputRows(session, call.sig);
  const displacement = session.input(call.displacement);
  const segment = { texture: exponential(session, algebra, displacement), scalar: 0 };
  const [ofSig, ofSegment] = call.prepend ? [rightAdjoint, leftAdjoint] : [leftAdjoint, rightAdjoint];
  session.output(call.dSig.data, ofSig(session, algebra, derivs, segment, { scalar: Number(call.dSig.scalar) }));
  const dSegment = ofSegment(session, algebra, derivs, sig);
  session.output(call.dDisplacement, exponentialAdjoint(session, algebra, dSegment, displacement));
  yield 1;
}
