import { type Dual, plus, scaled, sum } from "../reference/dual.js";
import { type KernelChoice, kernel, toJet } from "../reference/kernels.js";
import { type Point } from "../reference/staticKernels.js";
import { bothSamples, firstPaths, kernelChoice, kernelSamples, magnitude, required as requiredOfKernels, secondPaths } from "./kernel.js";
import { type Sample, sample } from "./sample.js";
import { type Backprop, type Operation } from "./spec.js";

type Paths = readonly (readonly Point[])[];

const mean = (terms: readonly Dual[]): Dual => scaled(sum(terms), 1 / terms.length);

/** The mean kernel of two different paths of a sample. */
const within = (xs: Paths, choice: KernelChoice): Dual =>
  mean(xs.flatMap((x, i) => xs.filter((_, j) => j !== i).map((other) => kernel(x, other, choice))));

const against = (xs: Paths, y: readonly Point[], choice: KernelChoice): Dual => mean(xs.map((x) => kernel(x, y, choice)));

/** lam times the mean kernel within the sample less twice its mean kernel with each y. */
const scores = (xs: Paths, ys: Paths, s: Sample): Dual[] =>
  ys.map((y) => plus(scaled(within(xs, kernelChoice(s)), s.options.lam ?? 1), scaled(against(xs, y, kernelChoice(s)), -2)));

const pathOptions = ["method", "dyadicOrder", "order", "staticKernel", "timeAug", "leadLag", "endTime", "maxBatch"];

const drawn = (name: string, fields: Partial<Sample>, keep: number): Sample[] =>
  kernelSamples(name, [1, 2], {
    lengths: [2, 3, 4],
    batches: [[2], [3], [2, 2]],
    seconds: [
      { length: 2, batch: [2] },
      { length: 4, batch: [3] },
      { length: 3, batch: [2, 1] },
    ],
    options: { timeAug: [undefined, true], leadLag: [undefined, undefined, true], lam: [undefined, 0.5, 0], maxBatch: [undefined, 1] },
  })
    .filter((_, i) => i % 4 === keep)
    .map((s) => ({ ...s, ...fields }));

const sized = (fields: Partial<Sample>): Sample => sample({ ...required, ...fields });
const required: Partial<Sample> = { ...requiredOfKernels, batch: [4], second: { length: 3, batch: [2] } };

const onePoint: readonly Sample[] = [
  sized({ length: 1 }),
  sized({ second: { length: 1, batch: [2] }, options: { timeAug: true } }),
  sized({ length: 2, batch: [2] }),
];

const large: readonly Sample[] = [
  sized({ dimension: 3, length: 7, batch: [13], second: { length: 8, batch: [11] } }),
  sized({
    length: 4,
    batch: [3, 2],
    second: { length: 5, batch: [5] },
    kernel: { scheme: { order: 3 }, staticKernel: ["Matern32Kernel", [1]] },
  }),
];

function metric(
  name: string,
  positional: readonly [string, string],
  options: readonly string[],
  rest: Pick<Operation, "reference" | "output" | "samples">,
): Operation {
  const backprop: Backprop = {
    name: `${name}Backprop`,
    positional: ["derivs", ...positional],
    arrays: positional,
    derivs: "derivs",
    options,
  };
  const [first, second] = positional;
  return {
    name,
    positional,
    arrays: { [first]: firstPaths, [second]: secondPaths },
    joint: true,
    options,
    backprop,
    required,
    large,
    magnitude,
    floor: 1,
    ...rest,
  };
}

export const metrics: readonly Operation[] = [
  metric("sigScore", ["sample", "y"], [...pathOptions, "lam"], {
    reference: (inputs, s) => toJet(scores(...bothSamples(inputs, s), s)),
    output: (s) => (s.second.batch.length > 0 ? s.second.batch : [1]),
    samples: [
      ...drawn("sigScore", {}, 0),
      ...onePoint,
      sized({ second: { length: 3, batch: [] } }),
      sized({ second: { length: 3, batch: [0] } }),
    ],
  }),
  metric("expectedSigScore", ["sample1", "sample2"], [...pathOptions, "lam"], {
    reference: (inputs, s) => toJet([mean(scores(...bothSamples(inputs, s), s))]),
    output: () => [1],
    samples: [...drawn("expectedSigScore", {}, 1), ...onePoint, sized({ second: { length: 3, batch: [] } })],
  }),
  metric("sigMmd", ["sample1", "sample2"], pathOptions, {
    reference: (inputs, s) => {
      const [xs, ys] = bothSamples(inputs, s);
      const choice = kernelChoice(s);
      const between = mean(ys.map((y) => against(xs, y, choice)));
      return toJet([plus(plus(within(xs, choice), within(ys, choice)), scaled(between, -2))]);
    },
    output: () => [],
    samples: [...drawn("sigMmd", {}, 2), ...onePoint],
  }),
];
