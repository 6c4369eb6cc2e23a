/** Logarithms of signatures and their gradients. */
import type { Calls, LyndonBasis } from "@sig/core";
import type { KernelSource } from "./glsl.js";
import type { GpuTexture } from "./gpu.js";
import { leftAdjoint, multiple, product, rightAdjoint, type Rows } from "./levels.js";
import type { Session, Work } from "./session.js";
import { inputRows } from "./signatureProducts.js";
import { rowLengthOf, WORDS } from "./words.js";

type LogNumbers = "d" | "width" | "sigScalar" | "scalar" | "columns" | "mapped";

/**
 * log(1 + x) at a word is the sum over its cuts into k parts of (-1)^(k+1) / k times the product of x at the parts. f[k][j] is the sum over
 * the cuts of the first j letters into k parts.
 */
function logarithmSource(degree: number): KernelSource<"sig" | "places", LogNumbers> {
  const side = degree + 1;
  return {
    name: `logarithm${degree}`,
    arrays: ["sig", "places"],
    numbers: { d: "int", width: "int", sigScalar: "int", scalar: "int", columns: "int", mapped: "int" },
    functions: WORDS,
    body: `
  int row = i / (columns + scalar);
  int place = i % (columns + scalar) - scalar;
  if (place < 0) return 0.0;
  if (mapped == 1) place = int(places(place));
  int n;
  int index;
  wordAt(place, d, n, index);
  int x = row * (width + sigScalar) + sigScalar;
  float f[${side * side}];
  for (int at = 0; at < ${side * side}; at++) f[at] = 0.0;
  for (int from = 0; from < n; from++) {
    for (int to = from + 1; to <= n; to++) {
      int part = index / power(d, n - to) % power(d, to - from);
      float value = sig(x + levelStart(d, to - from) + part);
      if (from == 0) f[${side} + to] = value;
      else for (int k = 1; k <= from; k++) f[(k + 1) * ${side} + to] += f[k * ${side} + from] * value;
    }
  }
  float sum = 0.0;
  for (int k = n; k >= 1; k--) sum += (k % 2 == 1 ? 1.0 : -1.0) * f[k * ${side} + n] / float(k);
  return sum;`,
  };
}

const logarithmSources = new Map<number, KernelSource<"sig" | "places", LogNumbers>>();

function logarithm(degree: number): KernelSource<"sig" | "places", LogNumbers> {
  const source = logarithmSources.get(degree) ?? logarithmSource(degree);
  logarithmSources.set(degree, source);
  return source;
}

/** A row times a unit triangular sparse matrix: each number, and the sum over its entries. */
const SPARSE: KernelSource<"rows" | "start" | "column" | "value", "columns"> = {
  name: "sparse",
  arrays: ["rows", "start", "column", "value"],
  numbers: { columns: "int" },
  body: `
  int row = i / columns;
  int line = i % columns;
  float sum = rows(i);
  int end = int(start(line + 1));
  for (int e = int(start(line)); e < end; e++) sum += value(e) * rows(row * columns + int(column(e)));
  return sum;`,
};

/** Numbers at the places of the words they belong to, zero at the others; `source` holds 1 + the column of a place, or 0. */
const SCATTER: KernelSource<"rows" | "source", "width" | "columns"> = {
  name: "scatter",
  arrays: ["rows", "source"],
  numbers: { width: "int", columns: "int" },
  body: `
  int from = int(source(i % width));
  return from == 0 ? 0.0 : rows(i / width * columns + from - 1);`,
};

export function* sigToLogSig(session: Session, call: Calls["sigToLogSig"]): Work {
  const { batch, dimension, degree, method, basis } = call;
  const width = rowLengthOf(dimension, degree);
  const sig = inputRows(session, call.sig);
  const places = basis ? session.gpu.table(`${basis.key}/places`, () => basis.arrays[0]!) : sig.texture;
  const columns = basis ? basis.arrays[0]!.length : width;
  const scalar = Number(call.out.scalar && !basis);
  const numbers = { d: dimension, width, sigScalar: sig.scalar, scalar, columns, mapped: Number(basis !== undefined) };
  const words = session.run(logarithm(degree), batch * (columns + scalar), { sig: sig.texture, places }, numbers);
  const out =
    method === 2 && basis ? session.run(SPARSE, batch * columns, { rows: words, ...projection(session, basis) }, { columns }) : words;
  session.output(call.out.data, out);
  yield 1;
}

type Sparse = Readonly<Record<"start" | "column" | "value", GpuTexture>>;

/** The inverse projection of the basis on the device. */
function projection({ gpu }: Session, { key, arrays }: LyndonBasis): Sparse {
  return {
    start: gpu.table(`${key}/start`, () => arrays[1]!),
    column: gpu.table(`${key}/column`, () => arrays[2]!),
    value: gpu.table(`${key}/value`, () => arrays[3]!),
  };
}

/** Its transpose. */
function transposed({ gpu }: Session, { key, arrays }: LyndonBasis): Sparse {
  const make = (): { start: Int32Array; column: Int32Array; value: Float64Array } => {
    const [start, column, value] = [arrays[1]!, arrays[2]!, arrays[3]!];
    const lines = arrays[0]!.length;
    const ends = new Int32Array(lines + 1);
    for (const line of column) ends[line + 1]!++;
    for (let line = 0; line < lines; line++) ends[line + 1]! += ends[line]!;
    const next = ends.slice();
    const result = { start: ends, column: new Int32Array(column.length), value: new Float64Array(column.length) };
    for (let line = 0; line < lines; line++) {
      for (let e = start[line]!; e < start[line + 1]!; e++) {
        const to = next[column[e]!]!++;
        result.column[to] = line;
        result.value[to] = value[e]!;
      }
    }
    return result;
  };
  let made: ReturnType<typeof make> | undefined;
  const part = (name: keyof Sparse): GpuTexture => gpu.table(`${key}/transposed/${name}`, () => (made ??= make())[name]);
  return { start: part("start"), column: part("column"), value: part("value") };
}

/** The gradient of the whole logarithm, from one in the coordinates of the method. */
function wholeGradient(session: Session, call: Calls["sigToLogSigBackprop"]): Rows {
  const { batch, dimension, degree, method, basis } = call;
  if (!basis) return inputRows(session, call.derivs);
  const columns = basis.arrays[0]!.length;
  const width = rowLengthOf(dimension, degree);
  let rows = session.input(call.derivs.data);
  if (method === 2) rows = session.run(SPARSE, batch * columns, { rows, ...transposed(session, basis) }, { columns });
  const source = session.gpu.table(`${basis.key}/source`, () => {
    const columnOf = new Int32Array(width);
    basis.arrays[0]!.forEach((place, column) => (columnOf[place] = column + 1));
    return columnOf;
  });
  return { texture: session.run(SCATTER, batch * width, { rows, source }, { width, columns }), scalar: 0 };
}

/**
 * With c_k = (-1)^(k+1) / k, log(1 + x) = y_0 by Horner's scheme y_k = x (c_(k+1) + y_(k+1)), y_degree = 0. The gradient D_k of y_k gives
 * that of y_(k+1), and adds what comes through the factor x.
 */
export function* sigToLogSigBackprop(session: Session, call: Calls["sigToLogSigBackprop"]): Work {
  const { batch, dimension, degree } = call;
  const algebra = { rows: batch, dimension, degree };
  const c = (k: number): number => (k % 2 === 1 ? 1 : -1) / k;
  const plain = (texture: GpuTexture): Rows => ({ texture, scalar: 0 });
  const x = inputRows(session, call.sig);
  const y: Rows[] = [];
  for (let k = degree - 1; k >= 1; k--) {
    const next = y[k + 1];
    y[k] = plain(next ? product(session, algebra, x, next, { a: c(k + 1), b: 0 }) : multiple(session, algebra, x, { a: c(k + 1) }));
    yield (0.4 * (degree - k)) / degree;
  }
  let gradient = wholeGradient(session, call);
  let base: Rows | undefined;
  for (let k = 0; k < degree; k++) {
    const next = y[k + 1];
    const scalar = next ? 0 : Number(call.out.scalar);
    const options = { a: c(k + 1), scalar, base };
    const sum = next ? leftAdjoint(session, algebra, gradient, next, options) : multiple(session, algebra, gradient, options);
    session.free(base?.texture);
    base = { texture: sum, scalar };
    if (next) gradient = plain(rightAdjoint(session, algebra, gradient, x, { a: 0 }));
    yield 0.4 + (0.6 * (k + 1)) / degree;
  }
  session.output(call.out.data, base!.texture);
}
