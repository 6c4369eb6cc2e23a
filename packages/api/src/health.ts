/** Whether kernels came out as they should: what overflowed, what is negative and cannot be, and which dyadic order would help. */
import { typeError, type Real } from "@sig/core";
import { isTrivial, nodesOf, pairsCall, pairsOf, type Problem, type Side } from "./kernelSolver.js";
import { perform, type Context, type Steps } from "./operation.js";

export interface KernelHealth {
  /** Nothing to report. */
  readonly ok: boolean;
  /** Kernels that are not finite though their paths are. */
  readonly overflowed: number;
  /** Kernels of a path with itself that are negative, which the exact ones cannot be. */
  readonly negative: number;
  /** The largest magnitude of the increments of the static kernel over the cells of a pair, before these are refined. */
  readonly largestIncrement: number;
  /** The smallest dyadic order for both paths that leaves no cell an increment beyond 1; null where no order helps. */
  readonly dyadicOrder: number | null;
}

export interface WarningOptions {
  /** Hears, once per call, of kernels that overflowed or are negative where they cannot be. By default `console.warn` does. */
  readonly onWarning?: ((message: string, health: KernelHealth) => void) | undefined;
}

/** With this option a function returns `{ value, health }`, and nothing is told to `onWarning`. */
export interface Reported {
  readonly health: true;
}

/** Without the option, or with its default, a function returns the value alone. */
export interface Unreported {
  readonly health?: false | undefined;
}

/** A result and how its kernels came out. */
export interface Examined<Value> {
  readonly value: Value;
  readonly health: KernelHealth;
}

export const HEALTH_DEFAULTS = Object.freeze({ health: false, onWarning: undefined });

type Listener = (message: string, health: KernelHealth) => void;

/** Looks at the kernels of one call. It costs next to nothing as long as they are well. */
export class Watch {
  private readonly wanted: boolean;
  private readonly listener: Listener | undefined;
  private readonly problems: Problem[] = [];
  private kernels = 0;
  private overflowed = 0;
  private negative = 0;
  private largest = 0;

  constructor(
    private readonly context: Context,
    { health, onWarning }: { readonly health: unknown; readonly onWarning: unknown },
  ) {
    this.wanted = context.flag("health", health);
    if (onWarning !== undefined && typeof onWarning !== "function")
      throw typeError(context.place("onWarning"), "must be a function of a message and a report");
    this.listener = onWarning as Listener | undefined;
  }

  /** The part of the work that the kernels are, the rest being the report. */
  get share(): number {
    return this.wanted ? 0.8 : 1;
  }

  /** Increments of pairs of paths, equally many of each pair. What is no number has come from an overflow, unless a path was not finite. */
  seeIncrements(increments: Real, pairs: number, isFinitePair: (pair: number) => boolean): void {
    const each = increments.length / pairs;
    for (let i = 0; i < increments.length; i++) {
      const size = Math.abs(increments[i]!);
      if (size <= this.largest) continue;
      if (size < Infinity) this.largest = size;
      else if (isFinitePair(Math.floor(i / each))) this.largest = Infinity;
    }
  }

  /** The last nodes of pairs that were computed, unless they stay on a device: what goes wrong in a grid reaches its end. */
  seeKernels(problem: Problem, out: Real): void {
    this.problems.push(problem);
    if (this.context.onDevice) return;
    const nodes = nodesOf(problem);
    const pairs = pairsOf(problem);
    this.kernels += pairs;
    for (let last = nodes - 1; last < out.length; last += nodes) {
      if (!Number.isFinite(out[last])) {
        this.overflowed += countOverflow(problem, out, nodes);
        break;
      }
    }
    if (problem.x !== problem.y) return;
    const stride = problem.pairing === "pairs" ? nodes : (problem.y.batch + 1) * nodes;
    for (let last = nodes - 1; last < out.length; last += stride) if (out[last]! < 0) this.negative++;
  }

  /** What the call returns, after the warning where there is one. */
  *report<Value>(value: Value): Steps<Value | Examined<Value>> {
    const ok = this.overflowed === 0 && this.negative === 0;
    if (ok && !this.wanted) return value;
    for (const problem of this.problems) yield* this.measure(problem);
    const health = {
      ok,
      overflowed: this.overflowed,
      negative: this.negative,
      largestIncrement: this.largest,
      dyadicOrder: this.helpfulOrder(ok),
    };
    if (this.wanted) return { value, health };
    const message = this.message(health);
    if (this.listener) this.listener(message, health);
    else console.warn(message);
    return value;
  }

  /** Looks for the largest increment; those of a user's static kernel were seen as they came. */
  private *measure(problem: Problem): Steps<void> {
    const { equation, x } = problem;
    if (equation.form === undefined || isTrivial(problem)) return;
    const out = this.context.blank(x.argument, x.dtype, pairsOf(problem));
    yield perform("largestIncrement", Object.assign(pairsCall(problem, equation.form), { out }), 0.5);
    const finite = new FinitePairs(problem);
    this.seeIncrements(out, out.length, (pair) => finite.has(pair));
  }

  /** The dyadic order to recommend; where something is wrong, the order of the call itself is no help. */
  private helpfulOrder(ok: boolean): number | null {
    let order = 0;
    while (this.largest / 4 ** order > 1 && order < 31) order++;
    if (!(this.largest / 4 ** order <= 1)) return null;
    const used = this.problems.map(({ equation: { solver } }) =>
      solver.method === "polynomial" ? -1 : solver.dyadicOrder[0] + solver.dyadicOrder[1],
    );
    return !ok && used.some((sum) => sum >= 2 * order) ? null : order;
  }

  private message({ overflowed, negative, largestIncrement, dyadicOrder }: KernelHealth): string {
    const found = [];
    if (overflowed > 0) found.push(`${overflowed} of ${this.kernels} kernels of finite paths are not finite`);
    if (negative > 0) found.push(`${negative} kernels of a path with itself are negative, which no exact one is`);
    const cell = `The largest increment of a cell is ${largestIncrement.toPrecision(3)}`;
    const advice =
      dyadicOrder === null
        ? "and no dyadic order helps: scale the paths down"
        : `and finite differences with dyadicOrder ${dyadicOrder} bring it to 1 or less`;
    return `${this.context.operation}: ${found.join("; ")}. ${cell}, ${advice}.`;
  }
}

/** Which pairs of a problem have finite paths. */
class FinitePairs {
  private readonly x: readonly boolean[];
  private readonly y: readonly boolean[];

  constructor(private readonly problem: Problem) {
    const { x, y } = problem;
    this.x = Array.from({ length: x.batch }, (_, path) => isFinitePath(x, path));
    this.y = x === y ? this.x : Array.from({ length: y.batch }, (_, path) => isFinitePath(y, path));
  }

  has(pair: number): boolean {
    const { pairing, y } = this.problem;
    if (pairing === "pairs") return this.x[pair]! && this.y[pair]!;
    return this.x[Math.floor(pair / y.batch)]! && this.y[pair % y.batch]!;
  }
}

export function isFinitePath({ data, points, letters }: Side, path: number): boolean {
  const width = points * letters;
  for (let i = path * width; i < (path + 1) * width; i++) if (!Number.isFinite(data[i])) return false;
  return true;
}

function countOverflow(problem: Problem, out: Real, nodes: number): number {
  const finite = new FinitePairs(problem);
  let count = 0;
  for (let pair = 0; (pair + 1) * nodes <= out.length; pair++)
    if (!Number.isFinite(out[(pair + 1) * nodes - 1]) && finite.has(pair)) count++;
  return count;
}
