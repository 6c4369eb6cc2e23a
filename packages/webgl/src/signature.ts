/** Signatures of paths and their gradients. */
import type { Calls } from "@sig/core";
import type { KernelSource } from "./glsl.js";
import type { GpuTexture } from "./gpu.js";
import { exponential, exponentialAdjoint, leftAdjoint, multiple, product, rightAdjoint, type Algebra, type Rows } from "./levels.js";
import type { Session, Work } from "./session.js";
import { increments, incrementsAdjoint, lettersOf, pointsOf } from "./transforms.js";
import { rowLengthOf, WORDS } from "./words.js";

/** Segments that one run of the kernel goes through: no run may take so long that the browser ends it. */
const SEGMENTS = 256;

/**
 * Extends signatures by some segments. A thread has a word and follows the coefficients of its beginnings, by Horner's scheme: with the
 * increment z, for k from the last letter to the first, s_k += (...((z_1 / k + s_1) z_2 / (k - 1) + s_2) ...) z_k / 1.
 */
function hornerSource(degree: number): KernelSource<"steps" | "before", HornerNumbers> {
  return {
    name: `horner${degree}`,
    arrays: ["steps", "before"],
    numbers: { d: "int", width: "int", scalar: "int", segments: "int", first: "int", last: "int" },
    functions: WORDS,
    body: `
  int row = i / (width + scalar);
  int place = i % (width + scalar) - scalar;
  if (place < 0) return 1.0;
  int n;
  int index;
  wordAt(place, d, n, index);
  int letters[${degree}];
  float s[${degree}];
  float z[${degree}];
  for (int k = ${degree - 1}, rest = index; k >= 0; k--) {
    letters[k] = k < n ? rest % d : 0;
    s[k] = first == 0 || k >= n ? 0.0 : before(row * (width + scalar) + scalar + levelStart(d, k + 1) + rest);
    if (k < n) rest /= d;
  }
  for (int t = first; t < last; t++) {
    int at = (row * segments + t) * d;
    for (int k = 0; k < ${degree}; k++) z[k] = k < n ? steps(at + letters[k]) : 0.0;
    for (int k = ${degree}; k >= 1; k--) {
      if (k > n) continue;
      float sum = z[0] / float(k);
      for (int j = 1; j < k; j++) sum = (sum + s[j - 1]) * z[j] / float(k - j);
      s[k - 1] += sum;
    }
  }
  float value = 0.0;
  for (int k = 1; k <= ${degree}; k++) if (k == n) value = s[k - 1];
  return value;`,
  };
}

type HornerNumbers = "d" | "width" | "scalar" | "segments" | "first" | "last";

const hornerSources = new Map<number, KernelSource<"steps" | "before", HornerNumbers>>();

function horner(degree: number): KernelSource<"steps" | "before", HornerNumbers> {
  const source = hornerSources.get(degree) ?? hornerSource(degree);
  hornerSources.set(degree, source);
  return source;
}

/** The algebra of a path, with one row per path and segment. */
function algebraOf(call: Calls["sig"] | Calls["sigBackprop"]): Algebra & { segments: number } {
  const segments = pointsOf(call) - 1;
  return { rows: call.batch * segments, segments, dimension: lettersOf(call), degree: call.degree };
}

export function* sig(session: Session, call: Calls["sig"]): Work {
  const { rows, segments, dimension, degree } = algebraOf(call);
  const scalar = Number(call.out.scalar);
  const steps = increments(session, call);
  if (call.stream) {
    const factors = { texture: exponential(session, { rows, dimension, degree }, steps, scalar), scalar };
    session.output(call.out.data, yield* beginnings(session, { rows, dimension, degree }, factors, segments, 1));
    return;
  }
  const width = rowLengthOf(dimension, degree);
  let value = steps;
  for (let first = 0; first < segments; first += SEGMENTS) {
    const last = Math.min(first + SEGMENTS, segments);
    const before = value;
    const numbers = { d: dimension, width, scalar, segments, first, last };
    value = session.run(horner(degree), call.batch * (width + scalar), { steps, before }, numbers);
    if (before !== steps) session.free(before);
    yield last / segments;
  }
  session.output(call.out.data, value);
}

/** The products of the factors of each sequence up to every time, by doubling; yields up to `share`. */
function* beginnings(session: Session, algebra: Algebra, factors: Rows, times: number, share: number): Generator<number, GpuTexture> {
  let value = factors.texture;
  for (let reach = 1; reach < times; reach *= 2) {
    const rows = { texture: value, scalar: factors.scalar };
    const shifts = { times, left: -reach, right: 0 };
    const next = product(session, algebra, rows, rows, { scalar: factors.scalar, shifts });
    if (value !== factors.texture) session.free(value);
    value = next;
    yield (share * reach) / times;
  }
  return value;
}

export function* sigBackprop(session: Session, call: Calls["sigBackprop"]): Work {
  const algebra = algebraOf(call);
  const times = algebra.segments;
  const steps = increments(session, call);
  const factors = { texture: exponential(session, algebra, steps), scalar: 0 };
  const derivs = { texture: session.input(call.derivs.data), scalar: Number(call.derivs.scalar) };
  const before = { texture: yield* beginnings(session, algebra, factors, times, 0.4), scalar: 0 };
  const gradient = call.stream
    ? yield* streamGradient(session, algebra, derivs, factors, times)
    : yield* endGradient(session, algebra, derivs, factors, times);
  // F depends on exp(z_t) through the product of what is before it, exp(z_t), and what is after it.
  const dFactors = rightAdjoint(session, algebra, { texture: gradient, scalar: 0 }, before, { times, shift: -1 });
  session.free(gradient, before.texture);
  yield 0.9;
  const dSteps = exponentialAdjoint(session, algebra, dFactors, steps);
  session.free(dFactors);
  session.output(call.out, incrementsAdjoint(session, call, dSteps));
  yield 1;
}

/** The gradient of the signature up to every time, where F is one of the whole signature: through the product of the factors to come. */
function* endGradient(session: Session, algebra: Algebra, derivs: Rows, factors: Rows, times: number): Generator<number, GpuTexture> {
  let after = factors.texture;
  for (let reach = 1; reach < times; reach *= 2) {
    const rows = { texture: after, scalar: 0 };
    const next = product(session, algebra, rows, rows, { shifts: { times, left: 0, right: reach } });
    if (after !== factors.texture) session.free(after);
    after = next;
    yield 0.4 + (0.3 * reach) / times;
  }
  return leftAdjoint(session, algebra, derivs, { texture: after, scalar: 0 }, { times, shift: 1, derivsTimes: 1 });
}

/**
 * The same where F is one of the signatures up to all times. Rows t hold the product W_t of the factors of the times t to t + reach - 1,
 * and the gradient G_t that comes from these times; G_t(2 reach) = G_t + the adjoint of multiplying by W_(t+1), at G_(t + reach).
 */
function* streamGradient(session: Session, algebra: Algebra, derivs: Rows, factors: Rows, times: number): Generator<number, GpuTexture> {
  let gradient = derivs;
  let window = factors.texture;
  for (let reach = 1; reach < times; reach *= 2) {
    const rows = { texture: window, scalar: 0 };
    const options = { times, shift: 1, derivsShift: reach, base: gradient };
    const sum = leftAdjoint(session, algebra, gradient, rows, options);
    if (gradient !== derivs) session.free(gradient.texture);
    gradient = { texture: sum, scalar: 0 };
    const next = product(session, algebra, rows, rows, { shifts: { times, left: 0, right: reach } });
    if (window !== factors.texture) session.free(window);
    window = next;
    yield 0.4 + (0.4 * reach) / times;
  }
  return gradient === derivs ? multiple(session, algebra, derivs, {}) : gradient.texture;
}
