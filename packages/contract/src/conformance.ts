/** What a backend answers for the samples of an operation, held against the references. Runs in Node, on pages and in their workers. */
import { withBackend } from "@sig/api";
import type { Dtype, Tensor } from "@sig/api";
import { expectClose, expectSameBits } from "./compare.js";
import {
  type Arrays,
  backprop,
  backpropParameters,
  expectedGradients,
  expectedValue,
  forward,
  label,
  makeArrays,
  makeDerivs,
  parameters,
  promiseByName,
} from "./operations/driver.js";
import type { Sample } from "./operations/sample.js";
import type { Operation } from "./operations/spec.js";
import { cast } from "./tensors.js";

/**
 * Relative to the norm of each level (values) or of the tensor (gradients), against float64 references: so the results of two SIMD
 * targets differ by at most twice that.
 */
const tolerance = { float64: 1e-12, float32: 1e-5 };
const threads = [1, 2, 3];

interface Case {
  readonly sample: Sample;
  readonly arrays: Arrays;
  readonly derivs: Tensor;
  readonly value: Tensor;
  readonly gradients: readonly Tensor[] | undefined;
}

const prepared = new Map<Operation, Case[]>();

/** The samples of an operation with what it must answer, computed once for all targets and dtypes. */
function preparedCases(op: Operation): Case[] {
  const known = prepared.get(op);
  if (known) return known;
  const cases = op.samples.map((sample) => {
    const arrays = makeArrays(op, sample, "float64");
    const derivs = makeDerivs(op, sample, "float64");
    const gradients = op.backprop.skip?.(sample) ? undefined : expectedGradients(op, sample, arrays, derivs);
    return { sample, arrays, derivs, value: expectedValue(op, sample, arrays), gradients };
  });
  prepared.set(op, cases);
  return cases;
}

const casesOf = (op: Operation, dtype: Dtype): Case[] =>
  preparedCases(op).map(({ sample, value, derivs, gradients }) => ({
    sample,
    arrays: makeArrays(op, sample, dtype),
    derivs: cast(derivs, dtype),
    value: cast(value, dtype),
    gradients: gradients?.map((gradient) => cast(gradient, dtype)),
  }));

/** Throws unless the values agree, bit for bit the same on any number of threads and in the promise form. */
export async function checkValues(op: Operation, dtype: Dtype, backend: string): Promise<void> {
  for (const { sample, arrays, value } of casesOf(op, dtype)) {
    const name = label(op.name, sample);
    const first = withBackend(backend, () => forward(op, sample, arrays, { nJobs: 1 }));
    expectClose(first, value, { tolerance: tolerance[dtype], groups: op.levels?.(sample) ?? [], floor: op.floor ?? 0 }, name);
    for (const nJobs of threads)
      expectSameBits(
        withBackend(backend, () => forward(op, sample, arrays, { nJobs })),
        first,
        `${name} nJobs ${nJobs}`,
      );
    const promised = await promiseByName(op.name, parameters(op, sample, arrays, { nJobs: 2, backend }));
    expectSameBits(promised, first, `${name} promise form`);
  }
}

/** Throws unless the gradients agree with the derivatives of the reference, likewise. */
export async function checkGradients(op: Operation, dtype: Dtype, backend: string): Promise<void> {
  for (const { sample, arrays, value, derivs, gradients } of casesOf(op, dtype)) {
    if (!gradients) continue;
    const name = label(op.backprop.name, sample);
    const first = withBackend(backend, () => backprop(op, sample, arrays, value, derivs, { nJobs: 1 }));
    if (first.length !== gradients.length) throw new Error(`${name}: ${first.length} gradients, expected ${gradients.length}`);
    gradients.forEach((gradient, i) =>
      expectClose(first[i], gradient, { tolerance: 10 * tolerance[dtype], floor: op.floor ?? 0 }, `${name} gradient ${i}`),
    );
    const again = threads.map((nJobs) => withBackend(backend, () => backprop(op, sample, arrays, value, derivs, { nJobs })));
    const promised = await promiseByName(op.backprop.name, backpropParameters(op, sample, arrays, value, derivs, { nJobs: 2, backend }));
    for (const [run, result] of [...again, Array.isArray(promised) ? promised : [promised]].entries()) {
      first.forEach((gradient, i) => expectSameBits(result[i], gradient, `${name} gradient ${i}, run ${run}`));
    }
  }
}
