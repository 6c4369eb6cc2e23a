/** Kernels on rows of levels: products and their two adjoints, and exponentials of vectors. All of the signature family is made of them. */
import type { KernelSource } from "./glsl.js";
import type { GpuTexture } from "./gpu.js";
import type { Session } from "./session.js";
import { rowLengthOf, WORDS } from "./words.js";

/** Rows on the device; `scalar` is 1 where each begins with the scalar slot. */
export interface Rows {
  readonly texture: GpuTexture;
  readonly scalar: number;
}

/** The shape of a result: how many rows, of which algebra. */
export interface Algebra {
  readonly rows: number;
  readonly dimension: number;
  readonly degree: number;
}

/**
 * Which rows of its operands a row of a result is made from: rows belong to sequences of `times`, and the operand of row t is that of
 * t + shift in the same sequence, where there is one.
 */
export interface Shifts {
  readonly times: number;
  readonly left: number;
  readonly right: number;
}

const HERE: Shifts = { times: 1, left: 0, right: 0 };

const SHAPE = { d: "int", width: "int", scalar: "int", unit: "float" } as const;

/** What every kernel of rows begins with: the row, and the place of the word in it. */
const PLACE = `
  int row = i / (width + scalar);
  int place = i % (width + scalar) - scalar;
  if (place < 0) return unit;
  int n;
  int index;
  wordAt(place, d, n, index);`;

const PRODUCT: KernelSource<
  "left" | "right",
  keyof typeof SHAPE | "leftScalar" | "rightScalar" | "a" | "b" | "times" | "leftShift" | "rightShift"
> = {
  name: "product",
  arrays: ["left", "right"],
  numbers: {
    ...SHAPE,
    leftScalar: "int",
    rightScalar: "int",
    a: "float",
    b: "float",
    times: "int",
    leftShift: "int",
    rightShift: "int",
  },
  functions: WORDS,
  body: `${PLACE}
  int time = row % times;
  int l = (row + leftShift) * (width + leftScalar) + leftScalar;
  int r = (row + rightShift) * (width + rightScalar) + rightScalar;
  if (time + leftShift < 0 || time + leftShift >= times) return right(r + place);
  if (time + rightShift < 0 || time + rightShift >= times) return left(l + place);
  float sum = a * left(l + place) + b * right(r + place);
  int headSize = d;
  int tailSize = power(d, n - 1);
  r += levelStart(d, n - 1);
  for (int k = 1; k < n; k++) {
    sum += left(l + index / tailSize) * right(r + index % tailSize);
    l += headSize;
    headSize *= d;
    tailSize /= d;
    r -= tailSize;
  }
  return sum;`,
};

/** a left + b right + the sum of left_u right_v over words uv: with 1 at level 0 of both, a = b = 1, the product. */
export function product(
  session: Session,
  algebra: Algebra,
  left: Rows,
  right: Rows,
  { a = 1, b = 1, scalar = 0, unit = 1, shifts = HERE }: { a?: number; b?: number; scalar?: number; unit?: number; shifts?: Shifts } = {},
): GpuTexture {
  const { d, width } = shapeOf(algebra);
  const numbers = { leftScalar: left.scalar, rightScalar: right.scalar, a, b };
  return session.run(
    PRODUCT,
    algebra.rows * (width + scalar),
    { left: left.texture, right: right.texture },
    { d, width, scalar, unit, ...numbers, times: shifts.times, leftShift: shifts.left, rightShift: shifts.right },
  );
}

const ADJOINT_SHAPE = { ...SHAPE, degree: "int", derivsScalar: "int", otherScalar: "int", a: "float", times: "int", shift: "int" } as const;
type AdjointNumbers = keyof typeof ADJOINT_SHAPE | "derivsTimes" | "derivsShift" | "baseScalar" | "accumulate";

/** The beginning of both adjoints. Where row t has no operand at t + shift, that operand counts as the unit. */
const ADJOINT_PLACE = `${PLACE}
  int time = row % times;
  float sum = accumulate == 1 ? base(row * (width + baseScalar) + baseScalar + place) : 0.0;
  if (time + derivsShift >= times) return sum;
  int g = (derivsTimes == times ? row + derivsShift : row / times) * (width + derivsScalar) + derivsScalar;
  int r = (row + shift) * (width + otherScalar) + otherScalar;
  sum += a * derivs(g + place);
  if (time + shift < 0 || time + shift >= times) return sum;
  int own = power(d, n);
  int size = d;`;

const adjointSource = (name: string, term: string): KernelSource<"derivs" | "other" | "base", AdjointNumbers> => ({
  name,
  arrays: ["derivs", "other", "base"],
  numbers: { ...ADJOINT_SHAPE, derivsTimes: "int", derivsShift: "int", baseScalar: "int", accumulate: "int" },
  functions: WORDS,
  body: `${ADJOINT_PLACE}
  for (int m = 1; m <= degree - n; m++) {
    int start = g + levelStart(d, n + m);
    for (int v = 0; v < size; v++) sum += ${term} * other(r + v);
    r += size;
    size *= d;
  }
  return sum;`,
});

/** In the product left (x) right: dLeft_u = a G_u + the sum of G_uv right_v. */
const LEFT_ADJOINT = adjointSource("leftAdjoint", "derivs(start + index * size + v)");
/** dRight_v = a G_v + the sum of G_uv left_u. */
const RIGHT_ADJOINT = adjointSource("rightAdjoint", "derivs(start + v * own + index)");

/** How an adjoint finds its operands. */
export interface AdjointOptions {
  readonly a?: number;
  readonly scalar?: number;
  /** Rows belong to sequences of `times`; the other operand of row t is that of t + shift. */
  readonly times?: number;
  readonly shift?: number;
  /** The gradient of row t: that of t + `derivsShift` (nothing beyond the end), or one for the whole sequence with `derivsTimes` 1. */
  readonly derivsTimes?: number;
  readonly derivsShift?: number;
  /** Added to the result. */
  readonly base?: Rows | undefined;
}

function adjoint(
  session: Session,
  source: ReturnType<typeof adjointSource>,
  algebra: Algebra,
  derivs: Rows,
  other: Rows,
  { a = 1, scalar = 0, times = 1, shift = 0, derivsTimes = times, derivsShift = 0, base }: AdjointOptions,
): GpuTexture {
  const { d, width } = shapeOf(algebra);
  return session.run(
    source,
    algebra.rows * (width + scalar),
    { derivs: derivs.texture, other: other.texture, base: (base ?? derivs).texture },
    {
      d,
      width,
      scalar,
      unit: 0,
      degree: algebra.degree,
      derivsScalar: derivs.scalar,
      otherScalar: other.scalar,
      a,
      times,
      shift,
      derivsTimes,
      derivsShift,
      baseScalar: base?.scalar ?? 0,
      accumulate: Number(base !== undefined),
    },
  );
}

/** The gradient of the left operand of a product from that of the result and the right operand. */
export function leftAdjoint(session: Session, algebra: Algebra, derivs: Rows, right: Rows, options: AdjointOptions = {}): GpuTexture {
  return adjoint(session, LEFT_ADJOINT, algebra, derivs, right, options);
}

/** The gradient of the right operand, from the left one. */
export function rightAdjoint(session: Session, algebra: Algebra, derivs: Rows, left: Rows, options: AdjointOptions = {}): GpuTexture {
  return adjoint(session, RIGHT_ADJOINT, algebra, derivs, left, options);
}

/** a G: the adjoint where the other operand is the unit. */
export function multiple(
  session: Session,
  algebra: Algebra,
  rows: Rows,
  options: Pick<AdjointOptions, "a" | "scalar" | "base">,
): GpuTexture {
  return adjoint(session, LEFT_ADJOINT, algebra, rows, rows, { ...options, times: 1, shift: 1 });
}

const EXPONENTIAL: KernelSource<"vector", keyof typeof SHAPE> = {
  name: "exponential",
  arrays: ["vector"],
  numbers: SHAPE,
  functions: WORDS,
  body: `${PLACE}
  float value = 1.0;
  for (int k = 1; k <= n; k++) {
    value *= vector(row * d + index % d) / float(k);
    index /= d;
  }
  return value;`,
};

/** exp(v) of vectors v: (rows, dimension) to rows of levels. */
export function exponential(session: Session, algebra: Algebra, vector: GpuTexture, scalar = 0): GpuTexture {
  const { d, width } = shapeOf(algebra);
  return session.run(EXPONENTIAL, algebra.rows * (width + scalar), { vector }, { d, width, scalar, unit: 1 });
}

const EXPONENTIAL_ADJOINT: KernelSource<"derivs" | "vector", "d" | "width" | "degree"> = {
  name: "exponentialAdjoint",
  arrays: ["derivs", "vector"],
  numbers: { d: "int", width: "int", degree: "int" },
  body: `
  int row = i / d;
  int channel = i % d;
  int g = row * width;
  float sum = 0.0;
  float factorial = 1.0;
  for (int n = 1, size = d; n <= degree; n++, size *= d) {
    factorial *= float(n);
    float level = 0.0;
    for (int index = 0; index < size; index++) {
      // The product of the letters of the word, and its derivative.
      float value = 1.0;
      float slope = 0.0;
      for (int k = 0, rest = index; k < n; k++, rest /= d) {
        float letter = vector(row * d + rest % d);
        slope = slope * letter + (rest % d == channel ? value : 0.0);
        value *= letter;
      }
      level += derivs(g + index) * slope;
    }
    sum += level / factorial;
    g += size;
  }
  return sum;`,
};

/** The gradient of the vectors from that of their exponentials, (rows, S) without scalar slot. */
export function exponentialAdjoint(session: Session, algebra: Algebra, derivs: GpuTexture, vector: GpuTexture): GpuTexture {
  const { d, width } = shapeOf(algebra);
  return session.run(EXPONENTIAL_ADJOINT, algebra.rows * d, { derivs, vector }, { d, width, degree: algebra.degree });
}

function shapeOf({ dimension, degree }: Algebra): { d: number; width: number } {
  return { d: dimension, width: rowLengthOf(dimension, degree) };
}
