/** Time augmentation and lead-lag, their adjoint, and the increments of the transformed path. */
import { augmentedDimension, augmentedLength, type Calls } from "@sig/core";
import type { KernelSource } from "./glsl.js";
import type { GpuTexture } from "./gpu.js";
import type { Session, Work } from "./session.js";

/** What a call says of its path; after the transforms there are `points` points of `letters` channels. */
export interface PathSizes {
  readonly batch: number;
  readonly length: number;
  readonly dimension: number;
  readonly timeAug: boolean;
  readonly leadLag: boolean;
}

export const pointsOf = (call: PathSizes): number => augmentedLength(call.length, call);

export const lettersOf = (call: PathSizes): number => augmentedDimension(call.dimension, call);

const SHAPE = { length: "int", d: "int", leadLag: "int", points: "int", letters: "int" } as const;

function shapeOf(call: PathSizes): Record<keyof typeof SHAPE, number> {
  return { length: call.length, d: call.dimension, leadLag: Number(call.leadLag), points: pointsOf(call), letters: lettersOf(call) };
}

const TRANSFORM: KernelSource<"path", keyof typeof SHAPE | "timeStep"> = {
  name: "transform",
  arrays: ["path"],
  numbers: { ...SHAPE, timeStep: "float" },
  body: `
  int row = i / letters;
  int channel = i % letters;
  int point = row % points;
  if (channel >= (1 + leadLag) * d) return timeStep * float(point);
  if (leadLag == 1) point = (point + channel / d) / 2;
  return path((row / points * length + point) * d + channel % d);`,
};

/** The increment of a channel, the difference of two points; that of a channel that rests in a half step of lead-lag is 0. */
const INCREMENTS: KernelSource<"path", keyof typeof SHAPE | "timeStep"> = {
  name: "increments",
  arrays: ["path"],
  numbers: { ...SHAPE, timeStep: "float" },
  body: `
  int row = i / letters;
  int channel = i % letters;
  int step = row % (points - 1);
  if (channel >= (1 + leadLag) * d) return timeStep;
  if (leadLag == 1) {
    // Leads move in even steps, lags in odd ones.
    if (step % 2 == channel / d) return 0.0;
    step /= 2;
  }
  int at = (row / (points - 1) * length + step) * d + channel % d;
  return path(at + d) - path(at);`,
};

const TRANSFORM_ADJOINT: KernelSource<"derivs", keyof typeof SHAPE> = {
  name: "transformAdjoint",
  arrays: ["derivs"],
  numbers: SHAPE,
  body: `
  int channel = i % d;
  int point = i / d % length;
  int first = i / (d * length) * points;
  if (leadLag == 0) return derivs((first + point) * letters + channel);
  float sum = 0.0;
  for (int at = 2 * point - 1; at <= 2 * point + 1; at++) {
    if (at < 0 || at >= points) continue;
    if (at >= 2 * point) sum += derivs((first + at) * letters + channel);
    if (at <= 2 * point) sum += derivs((first + at) * letters + d + channel);
  }
  return sum;`,
};

/** The gradient of the points from that of the steps between them. */
const DIFFERENCE_ADJOINT: KernelSource<"derivs", "points" | "letters"> = {
  name: "differenceAdjoint",
  arrays: ["derivs"],
  numbers: { points: "int", letters: "int" },
  body: `
  int channel = i % letters;
  int point = i / letters % points;
  int at = (i / (letters * points) * (points - 1) + point) * letters + channel;
  float before = point > 0 ? derivs(at - letters) : 0.0;
  float after = point < points - 1 ? derivs(at) : 0.0;
  return before - after;`,
};

function timeStepOf(call: PathSizes & { readonly endTime: number }): number {
  return call.endTime / (pointsOf(call) - 1);
}

/** Steps of the transformed path: (batch, points - 1, letters). */
export function increments(
  session: Session,
  call: PathSizes & { readonly path: Calls["sig"]["path"]; readonly endTime: number },
): GpuTexture {
  const shape = shapeOf(call);
  const length = call.batch * (shape.points - 1) * shape.letters;
  return session.run(INCREMENTS, length, { path: session.input(call.path) }, { ...shape, timeStep: timeStepOf(call) });
}

/** The gradient of the path, before its transforms, from that of the steps. */
export function incrementsAdjoint(session: Session, call: PathSizes, derivs: GpuTexture): GpuTexture {
  const shape = shapeOf(call);
  const points = session.run(DIFFERENCE_ADJOINT, call.batch * shape.points * shape.letters, { derivs }, shape);
  if (!call.timeAug && !call.leadLag) return points;
  const gradient = session.run(TRANSFORM_ADJOINT, call.batch * call.length * call.dimension, { derivs: points }, shape);
  session.free(points);
  return gradient;
}

export function* transformPath(session: Session, call: Calls["transformPath"]): Work {
  const shape = shapeOf(call);
  const path = session.input(call.path);
  const out = session.run(TRANSFORM, call.batch * shape.points * shape.letters, { path }, { ...shape, timeStep: timeStepOf(call) });
  session.output(call.out, out);
  yield 1;
}

export function* transformPathBackprop(session: Session, call: Calls["transformPathBackprop"]): Work {
  const derivs = session.input(call.derivs);
  session.output(call.out, session.run(TRANSFORM_ADJOINT, call.batch * call.length * call.dimension, { derivs }, shapeOf(call)));
  yield 1;
}
