import { describe, it } from "vitest";
import type { Tensor } from "@sig/api";
import { asTensor, expectClose, expectSameBits } from "../src/compare.js";
import {
  backprop,
  backpropParameters,
  forward,
  label,
  makeArrays,
  makeDerivs,
  parameters,
  promiseByName,
} from "../src/operations/driver.js";
import { operations } from "../src/operations/index.js";
import { type Sample, sample } from "../src/operations/sample.js";
import { type Operation, titleOf } from "../src/operations/spec.js";
import { itemOf, stack } from "../src/tensors.js";

const threads = [2, 3, 8, -1];

/** Batches and paths large enough to be split in every way there is. */
function samplesFor(op: Operation): readonly Sample[] {
  if (op.large) return op.large;
  const options = op.required?.options ?? {};
  const words = [[0], [1, 2, 0], [2, 2, 1, 0]];
  const batches = [
    sample({ dimension: 3, degree: 4, length: 20, batch: [301], options, words }),
    sample({ degree: 2, batch: [5000], options }),
  ];
  const longPaths = [[], [2]].map((batch) => sample({ dimension: 3, degree: 3, length: 5000, batch, options, words }));
  const methods = op.options.includes("method") ? [0, 1, 2, ...(op.name === "logSig" ? [3] : [])] : [undefined];
  const large = op.positional.includes("path") ? [...batches, ...longPaths] : batches;
  return methods.flatMap((method) => large.map((s) => (method === undefined ? s : { ...s, options: { ...s.options, method } })));
}

describe.each(operations.map((op) => [titleOf(op), op] as const))("%s", (_, op) => {
  it.each(["float64", "float32"] as const)("and its backprop have the same bits on any number of threads, in %s", async (dtype) => {
    for (const s of samplesFor(op)) {
      const name = label(op.name, s);
      const arrays = makeArrays(op, s, dtype);
      const derivs = makeDerivs(op, s, dtype);
      const value = forward(op, s, arrays);
      const gradients = backprop(op, s, arrays, value, derivs);
      const pending: Promise<unknown>[] = [];
      for (const nJobs of threads) {
        // While the synchronous calls run, promises of the same work keep other threads busy.
        pending.push(promiseByName(op.name, parameters(op, s, arrays, { nJobs })));
        pending.push(promiseByName(op.backprop.name, backpropParameters(op, s, arrays, value, derivs, { nJobs })));
        expectSameBits(forward(op, s, arrays, { nJobs }), value, `${name} nJobs ${nJobs}`);
        backprop(op, s, arrays, value, derivs, { nJobs }).forEach((gradient, i) =>
          expectSameBits(gradient, gradients[i] as Tensor, `${name} nJobs ${nJobs} gradient ${i}`),
        );
      }
      for (const [run, result] of (await Promise.all(pending)).entries()) {
        if (run % 2 === 0) expectSameBits(result, value, `${name} promise ${run}`);
        else [result].flat().forEach((gradient, i) => expectSameBits(gradient, gradients[i] as Tensor, `${name} promise ${run}`));
      }
    }
  });

  it.skipIf(op.joint)("treats every item of a large batch as it treats it alone", () => {
    const s = { ...samplesFor(op)[0], batch: [67] } as Sample;
    const arrays = makeArrays(op, s, "float64");
    const ranks = Object.values(op.arrays).map((shape) => shape(s).length);
    const alone = Array.from({ length: 67 }, (_unused, i) => {
      const inputs = arrays.inputs.map((input, j) => itemOf(input, ranks[j] ?? 0, i));
      return asTensor(forward(op, { ...s, batch: [] }, { inputs, correction: undefined }));
    });
    expectClose(forward(op, s, arrays), stack(alone, s.batch, alone[0]?.shape ?? [], "float64"), 1e-13, op.name);
  });
});
