import * as api from "@sig/api";
import * as asynchronous from "@sig/api/async";
import type { Dtype, Tensor } from "@sig/api";
import { asTensor } from "../compare.js";
import { type Jet, constant } from "../reference/jet.js";
import { cast, itemOf, randomNumbers, randomTensor, seedOf, stack, volume, zeros } from "../tensors.js";
import { type KernelChoice } from "../reference/kernels.js";
import { type Sample, algebraDimension, describeSample } from "./sample.js";
import { type Operation, itemBatch } from "./spec.js";

type Functions = Readonly<Record<string, ((...parameters: unknown[]) => unknown) | undefined>>;

/** Calls a public function of @sig/api by its name. */
export function callByName(name: string, parameters: readonly unknown[]): unknown {
  const operation = (api as unknown as Functions)[name];
  if (!operation) throw new Error(`@sig/api has no ${name}`);
  return operation(...parameters);
}

/** Calls its promise form. */
export async function promiseByName(name: string, parameters: readonly unknown[]): Promise<unknown> {
  const operation = (asynchronous as unknown as Functions)[name];
  if (!operation) throw new Error(`@sig/api/async has no ${name}`);
  return await operation(...parameters);
}

/** The arrays of one call of an operation. */
export interface Arrays {
  readonly inputs: readonly Tensor[];
  readonly correction: Tensor | undefined;
}

/** Arrays for a sample, the same ones in every run and in either dtype: numbers that float32 can hold. */
export function makeArrays(op: Operation, s: Sample, dtype: Dtype): Arrays {
  const random = randomNumbers(seedOf(`${op.name} ${describeSample(s)}`));
  const draw = (shape: readonly number[]): Tensor => cast(randomTensor(random, shape, "float32", op.magnitude?.(s)), dtype);
  const inputs = Object.values(op.arrays).map((shape) => draw([...itemBatch(op, s), ...shape(s)]));
  if (!s.correction) return { inputs, correction: undefined };
  let width = 0;
  for (let k = 2; k <= s.correction.degree; k++) width += s.dimension ** k;
  const rows = { row: [], segment: [s.length - 1], batch: [...s.batch, s.length - 1] }[s.correction.layout];
  return { inputs, correction: draw([...rows, width]) };
}

export const outputShape = (op: Operation, s: Sample): number[] => [...itemBatch(op, s), ...op.output(s)];

/** Numbers for the gradient of a result. */
export function makeDerivs(op: Operation, s: Sample, dtype: Dtype, salt = ""): Tensor {
  return cast(randomTensor(randomNumbers(seedOf(`${op.backprop.name}${salt} ${describeSample(s)}`)), outputShape(op, s), "float32"), dtype);
}

/** A static kernel of the public class of that name. */
export function makeStaticKernel(name: string, parameters: readonly number[]): object {
  const StaticKernel = (api as unknown as Readonly<Record<string, (new (...parameters: readonly number[]) => object) | undefined>>)[name];
  if (!StaticKernel) throw new Error(`@sig/api has no ${name}`);
  return new StaticKernel(...parameters);
}

/** The options that ask for a kernel. */
export function kernelOptions({ scheme, staticKernel }: KernelChoice): Readonly<Record<string, unknown>> {
  const solver = "order" in scheme ? { method: "polynomial", order: scheme.order } : { dyadicOrder: scheme.dyadicOrder };
  return staticKernel ? { ...solver, staticKernel: makeStaticKernel(...staticKernel) } : solver;
}

function optionsFor(s: Sample, names: readonly string[], correction: Tensor | undefined, more: object): object {
  const given = { ...s.options, ...(s.kernel && kernelOptions(s.kernel)), correction };
  const chosen = Object.entries(given).filter(([name, value]) => names.includes(name) && value !== undefined);
  return { ...Object.fromEntries(chosen), ...more };
}

const scalarArguments = (s: Sample): Readonly<Record<string, unknown>> => ({
  dimension: s.dimension,
  degree: s.degree,
  words: s.words,
  trees: s.trees,
  depth: s.kernel && "depth" in s.kernel.scheme ? s.kernel.scheme.depth : undefined,
  dyadicOrder: s.kernel && "dyadicOrder" in s.kernel.scheme ? s.kernel.scheme.dyadicOrder : undefined,
});

/** Parameters of the public function, options last; `more` adds options to the sample's. */
export function parameters(op: Operation, s: Sample, { inputs, correction }: Arrays, more: object = {}): unknown[] {
  const named = { ...scalarArguments(s), ...Object.fromEntries(Object.keys(op.arrays).map((name, i) => [name, inputs[i]])) };
  return [...op.positional.map((name) => named[name]), optionsFor(s, op.options, correction, more)];
}

/** Parameters of the backprop; `value` is the result of the forward call. */
export function backpropParameters(
  op: Operation,
  s: Sample,
  { inputs, correction }: Arrays,
  value: Tensor,
  derivs: Tensor,
  more: object = {},
): unknown[] {
  const { positional, arrays, derivs: derivsName, value: valueName, options } = op.backprop;
  const named: Record<string, unknown> = {
    ...scalarArguments(s),
    ...Object.fromEntries(arrays.map((name, i) => [name, inputs[i]])),
    [derivsName]: derivs,
  };
  if (valueName) named[valueName] = value;
  return [...positional.map((name) => named[name]), optionsFor(s, options, correction, more)];
}

export const forward = (op: Operation, s: Sample, arrays: Arrays, more: object = {}): Tensor =>
  asTensor(callByName(op.name, parameters(op, s, arrays, more)), op.name);

/** Gradients of the operation's arrays, in their order. */
export function backprop(op: Operation, s: Sample, arrays: Arrays, value: Tensor, derivs: Tensor, more: object = {}): Tensor[] {
  const result = callByName(op.backprop.name, backpropParameters(op, s, arrays, value, derivs, more));
  return (Array.isArray(result) ? result : [result]).map((gradient) => asTensor(gradient, op.backprop.name));
}

function correctionRows(s: Sample, correction: Tensor | undefined, item: number): number[][] | undefined {
  if (!s.correction || !correction) return undefined;
  const width = correction.shape.at(-1) ?? 0;
  const { layout } = s.correction;
  const first = layout === "batch" ? item * (s.length - 1) : 0;
  return Array.from({ length: s.length - 1 }, (_, segment) => {
    const row = layout === "row" ? 0 : first + segment;
    return [...correction.data.subarray(row * width, (row + 1) * width)];
  });
}

/** The reference's jet of item `index`, along the directions given (zero where there are none). */
function referenceItem(op: Operation, s: Sample, { inputs, correction }: Arrays, index: number, directions?: readonly Tensor[]): Jet {
  const shapes = Object.values(op.arrays).map((shape) => shape(s));
  const jets = inputs.map((input, i) => {
    const value = [...itemOf(input, shapes[i]?.length ?? 0, index).data];
    const direction = directions?.[i];
    return direction ? { value, slope: [...itemOf(direction, shapes[i]?.length ?? 0, index).data] } : constant(value);
  });
  return op.reference(jets, s, correctionRows(s, correction, index));
}

/** What the operation must return, by float64 arithmetic. */
export function expectedValue(op: Operation, s: Sample, arrays: Arrays): Tensor {
  const items = Array.from({ length: volume(itemBatch(op, s)) }, (_, i) => referenceItem(op, s, arrays, i).value);
  return { data: Float64Array.from(items.flat()), shape: outputShape(op, s), dtype: "float64" };
}

/** The derivative of the result along `directions`: J v. */
export function expectedSlope(op: Operation, s: Sample, arrays: Arrays, directions: readonly Tensor[]): Tensor {
  const items = Array.from({ length: volume(itemBatch(op, s)) }, (_, i) => referenceItem(op, s, arrays, i, directions).slope);
  return { data: Float64Array.from(items.flat()), shape: outputShape(op, s), dtype: "float64" };
}

/** J^T w, from one derivative per entry of an item. */
export function expectedGradients(op: Operation, s: Sample, arrays: Arrays, derivs: Tensor): Tensor[] {
  const shapes = Object.values(op.arrays).map((shape) => shape(s));
  const rank = op.output(s).length;
  return shapes.map((shape, input) => {
    const items = Array.from({ length: volume(itemBatch(op, s)) }, (_, index) => {
      const w = itemOf(derivs, rank, index).data;
      const gradient = Float64Array.from({ length: volume(shape) }, (_, entry) => {
        const directions = arrays.inputs.map((other) => zeros(other.shape));
        const direction = directions[input] as Tensor;
        direction.data[index * volume(shape) + entry] = 1;
        return dot(referenceItem(op, s, arrays, index, directions).slope, w);
      });
      return { data: gradient, shape, dtype: "float64" } as const;
    });
    return stack(items, itemBatch(op, s), shape, "float64");
  });
}

export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? NaN) * (b[i] ?? NaN);
  return sum;
}

/** The dimension a call works in, for messages. */
export const label = (name: string, s: Sample): string => `${name} ${describeSample(s)} (algebra dimension ${algebraDimension(s)})`;
