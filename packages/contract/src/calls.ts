import { backpropParameters, callByName, forward, makeArrays, makeDerivs, parameters } from "./operations/driver.js";
import { operations } from "./operations/index.js";
import { sample } from "./operations/sample.js";
import { type Operation, titleOf } from "./operations/spec.js";
import { copy } from "./tensors.js";

/** A valid call of a public function, to be spoilt. */
export interface Call {
  readonly name: string;
  /** The name in the titles of tests. */
  readonly title: string;
  /** Names of the positional arguments; the options come after them. */
  readonly positional: readonly string[];
  /** Positions of the array arguments. */
  readonly arrays: readonly number[];
  /** Names of the options beside `nJobs` and `backend`. */
  readonly options: readonly string[];
  /** Fresh parameters of a valid call; the last one is the options object. */
  readonly make: () => unknown[];
  readonly isLog: boolean;
  /** Each array may have a batch of its own, but for the gradient of the result. */
  readonly ownBatches: boolean;
}

/** The sample behind every valid call here: two paths of four points in two dimensions, to degree 3. */
const base = sample({ batch: [2] });

const isLog = (op: Operation): boolean => /log/i.test(op.name);

function callsOf(op: Operation): Call[] {
  const s = { ...base, ...op.required };
  const arrays = makeArrays(op, s, "float64");
  const value = () => forward(op, s, arrays);
  const fresh = () => ({ ...arrays, inputs: arrays.inputs.map(copy) });
  const { backprop } = op;
  const isArray = (name: string): boolean =>
    name in op.arrays || backprop.arrays.includes(name) || name === backprop.derivs || name === backprop.value;
  const positions = (names: readonly string[]): number[] => names.flatMap((name, i) => (isArray(name) ? [i] : []));
  return [
    {
      name: op.name,
      title: titleOf(op),
      positional: op.positional,
      arrays: positions(op.positional),
      options: op.options,
      make: () => parameters(op, s, fresh()),
      isLog: isLog(op),
      ownBatches: op.joint ?? false,
    },
    {
      name: backprop.name,
      title: titleOf({ ...op, name: backprop.name }),
      positional: backprop.positional,
      arrays: positions(backprop.positional),
      options: backprop.options,
      make: () => backpropParameters(op, s, fresh(), value(), makeDerivs(op, s, "float64")),
      isLog: isLog(op),
      ownBatches: op.joint ?? false,
    },
  ];
}

/** One valid call of each operation and each backprop. */
export const calls: readonly Call[] = operations.flatMap(callsOf);

/** The valid parameters with the one at `position` replaced. */
export const replaced = (call: Call, position: number, value: unknown): unknown[] =>
  call.make().map((parameter, i) => (i === position ? value : parameter));

/** The valid parameters with more options. */
export const withOptions = (call: Call, more: object): unknown[] =>
  call.make().map((parameter, i) => (i === call.positional.length ? { ...(parameter as object), ...more } : parameter));

export const invoke = (call: Call, parameterList: readonly unknown[]): unknown => callByName(call.name, parameterList);
