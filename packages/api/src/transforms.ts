/** Time augmentation and lead-lag of paths. */
import { checkFinite, describeShape, rangeError, type Real, type Tensor, type TensorLike } from "@sig/core";
import { pathCall, readPath, readRows, type PathInput, type PathOptions } from "./inputs.js";
import { perform, promised, synchronous, type Context, type Steps } from "./operation.js";
import { tensorOf } from "./outputs.js";

const DEFAULTS = Object.freeze({ timeAug: false, leadLag: false, endTime: 1, nJobs: 1 });

export function* transformPathBody(context: Context, path: TensorLike, options?: PathOptions): Steps<Tensor> {
  const given = context.options(options, DEFAULTS);
  const x = readPath(context, path, given);
  const out = context.blank("path", x.dtype, x.batch * x.points * x.letters);
  if (!x.timeAug && !x.leadLag) out.set(x.data);
  else if (x.points === 1) transformPoints(x, out);
  else if (out.length > 0) yield perform("transformPath", pathCall(x, { out }));
  return tensorOf(out, x.batchShape, x.points, x.letters);
}

/** A point is its own lag and lead, at time 0. */
function transformPoints({ data, dimension, letters, timeAug }: PathInput, out: Real): void {
  const channels = timeAug ? letters - 1 : letters;
  out.fill(0);
  for (let from = 0, to = 0; to < out.length; from += dimension, to += letters) {
    const point = data.subarray(from, from + dimension);
    for (let channel = 0; channel < channels; channel += dimension) out.set(point, to + channel);
  }
}

/**
 * The path after lead-lag and time augmentation, in this order: (..., length', dimension').
 * Row 2k of lead-lag is (x_k, x_k), row 2k + 1 is (x_k, x_(k+1)): all lag channels first, then all lead channels.
 * Time is the last channel and runs evenly from 0 to `endTime`.
 *
 * @param path (..., length, dimension)
 * @param options `timeAug` false, `leadLag` false, `endTime` 1, `nJobs` 1
 * @returns a new tensor; length' = 2 * length - 1 with `leadLag`, dimension' = dimension * (`leadLag` ? 2 : 1) + (`timeAug` ? 1 : 0)
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a bad shape, and where the result would be too large
 * @example transformPath([[0, 0], [1, 2], [4, 3]], { timeAug: true }).data // 0, 0, 0, 1, 2, 0.5, 4, 3, 1
 */
export const transformPath = synchronous("transformPath", transformPathBody);

/** The promise form of {@link transformPath}: also takes `signal`, `onProgress` and `backend`. */
export const transformPathAsync = promised("transformPath", transformPathBody);

export function* transformPathBackpropBody(context: Context, derivs: TensorLike, options?: PathOptions): Steps<Tensor> {
  const given = context.options(options, DEFAULTS);
  const threads = context.threads(given.nJobs);
  const timeAug = context.flag("timeAug", given.timeAug);
  const leadLag = context.flag("leadLag", given.leadLag);
  checkFinite(given.endTime, context.place("endTime"));
  const gradient = readRows(context, "derivs", derivs, 2, "(..., length', dimension')");
  const { data, dtype, batch, batchShape, shape } = gradient;
  const points = shape[shape.length - 2]!;
  const channels = shape[shape.length - 1]! - (timeAug ? 1 : 0);
  if (leadLag && points > 0 && points % 2 === 0) {
    throw rangeError(
      context.place("derivs"),
      `must have an odd number of points after lead-lag, got shape ${describeShape(shape)}`,
      "INVALID_SHAPE",
    );
  }
  if (channels < 1 || (leadLag && channels % 2 !== 0)) {
    const expected = `${leadLag ? "an even number of channels" : "at least one channel"}${timeAug ? " besides time" : ""}`;
    throw rangeError(context.place("derivs"), `must have ${expected}, got shape ${describeShape(shape)}`, "INVALID_SHAPE");
  }
  const length = leadLag ? Math.ceil(points / 2) : points;
  const dimension = leadLag ? channels / 2 : channels;
  const out = context.blank("derivs", dtype, batch * length * dimension);
  if (!timeAug && !leadLag) out.set(data);
  else if (points === 1) addPoints(data, out, dimension, channels, shape[shape.length - 1]!);
  else if (out.length > 0)
    yield perform("transformPathBackprop", { dtype, batch, threads, length, dimension, timeAug, leadLag, derivs: data, out });
  return tensorOf(out, batchShape, length, dimension);
}

/** The gradient of a point is that of its lag and its lead. */
function addPoints(derivs: Real, out: Real, dimension: number, channels: number, letters: number): void {
  out.fill(0);
  for (let i = 0; i < out.length; i++) {
    const row = Math.floor(i / dimension) * letters;
    for (let channel = i % dimension; channel < channels; channel += dimension) out[i]! += derivs[row + channel]!;
  }
}

/**
 * The gradient of a function F of `transformPath(path, options)` with respect to the path: the adjoint of a linear map.
 * The derivatives of time count for nothing.
 *
 * @param derivs dF/dout, (..., length', dimension')
 * @param options those given to `transformPath`: `timeAug` false, `leadLag` false, `endTime` 1 (no effect), `nJobs` 1
 * @returns dF/dpath, a new tensor (..., length, dimension)
 * @throws SigTypeError for an argument of another kind or an unknown option
 * @throws SigRangeError for a shape that no path transforms to
 * @example transformPathBackprop(derivs, { leadLag: true })
 */
export const transformPathBackprop = synchronous("transformPathBackprop", transformPathBackpropBody);

/** The promise form of {@link transformPathBackprop}. */
export const transformPathBackpropAsync = promised("transformPathBackprop", transformPathBackpropBody);
