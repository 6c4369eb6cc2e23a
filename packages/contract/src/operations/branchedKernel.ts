import { type KernelChoice, type Scheme, toJet } from "../reference/kernels.js";
import { bothSamples, firstOf, firstPaths, grams, outputOfPair, results, secondOf, secondPath, secondPaths } from "./kernel.js";
import { type Sample, sample, samples } from "./sample.js";
import { type Operation, path } from "./spec.js";

const schemes: readonly Scheme[] = [
  { depth: 1, dyadicOrder: 0 },
  { depth: 2, dyadicOrder: 1 },
  { depth: 3, dyadicOrder: [0, 2] },
  { depth: 2, dyadicOrder: [1, 0] },
  { depth: 4, dyadicOrder: 0 },
];

const choices: readonly KernelChoice[] = [
  ...schemes.map((scheme) => ({ scheme })),
  { scheme: { depth: 2, dyadicOrder: 0 }, staticKernel: ["RBFKernel", [0.8]] },
  { scheme: { depth: 3, dyadicOrder: 1 }, staticKernel: ["Matern32Kernel", [1.1]] },
  { scheme: { depth: 2, dyadicOrder: [1, 2] }, staticKernel: ["PolynomialKernel", [2, 1, 0.5]] },
];

/** Iterated exponentials: paths are kept short. */
const magnitude = (s: Sample): number => 0.5 / Math.max(s.length, s.second.length, 3);

const required: Partial<Sample> = { kernel: { scheme: { depth: 2, dyadicOrder: 1 } }, options: { rightDeriv: true } };
const plain = (fields: Partial<Sample>): Sample => sample({ ...required, ...fields, options: { ...required.options, ...fields.options } });

const grid = {
  sizes: [
    [1, 1],
    [2, 1],
    [3, 1],
    [5, 1],
  ] as const,
  kernels: choices,
  lengths: [2, 3, 5, 8],
  options: {
    timeAug: [undefined, undefined, true],
    leadLag: [undefined, undefined, true],
    endTime: [undefined, 0.5],
    rightDeriv: [true],
  },
};

const seconds = [2, 3, 6, 9].map((length) => ({ length, batch: [] }));

const edges: readonly Sample[] = [
  plain({ batch: [0] }),
  plain({ length: 1, batch: [3] }),
  plain({ length: 0, batch: [2] }),
  plain({ second: { length: 1, batch: [] }, options: { returnGrid: true, timeAug: true } }),
  plain({ length: 4, batch: [2], kernel: { scheme: { depth: 0, dyadicOrder: 1 } } }),
  plain({ length: 4, kernel: { scheme: { depth: 0, dyadicOrder: 0 } }, options: { returnGrid: true } }),
  plain({ dimension: 1, length: 3, second: { length: 2, batch: [] }, kernel: { scheme: { depth: 2, dyadicOrder: [4, 0] } } }),
];

const options = ["staticKernel", "timeAug", "leadLag", "endTime", "returnGrid", "normalize"] as const;
const positional = ["depth", "dyadicOrder"] as const;
const batches = [[], [2], [3], [2, 2]];

const gramSamples = (name: string): Sample[] => [
  ...samples(
    name,
    {
      ...grid,
      lengths: [2, 3, 4],
      batches: [[], [1], [2], [3]],
      seconds: [2, 3, 4].flatMap((length) => batches.map((batch) => ({ length, batch }))),
      options: { ...grid.options, returnGrid: [undefined, undefined, true], maxBatch: [undefined, 1, 2] },
    },
    3,
  ),
  plain({ length: 4, batch: [2], second: { length: 3, batch: [3] }, options: { normalize: true } }),
  plain({ length: 1, batch: [2], second: { length: 3, batch: [2] }, options: { returnGrid: true } }),
  plain({ batch: [0], second: { length: 3, batch: [2] } }),
  plain({ dimension: 1, length: 2, batch: [9], second: { length: 3, batch: [1] } }),
];

export const branchedKernels: readonly Operation[] = [
  {
    name: "branchedSigKernel",
    positional: ["path1", "path2", ...positional],
    arrays: { path1: path, path2: secondPath },
    options,
    reference: ([x, y], s) => toJet(results(firstOf(x, s, [])[0]!, secondOf(y, s, [])[0]!, s)),
    output: outputOfPair,
    backprop: {
      name: "branchedSigKernelBackprop",
      positional: ["derivs", "path1", "path2", ...positional],
      arrays: ["path1", "path2"],
      derivs: "derivs",
      options: [...options, "rightDeriv"],
    },
    samples: [
      ...samples("branchedSigKernel", { ...grid, seconds, options: { ...grid.options, returnGrid: [undefined, undefined, true] } }, 6),
      ...samples("branchedSigKernel normalized", { ...grid, seconds, lengths: [2, 4], options: { ...grid.options, normalize: [true] } }, 1),
      ...edges,
    ],
    required,
    large: [
      plain({ dimension: 3, length: 12, second: { length: 17, batch: [] }, batch: [133] }),
      plain({ dimension: 2, length: 100, second: { length: 90, batch: [] }, kernel: { scheme: { depth: 3, dyadicOrder: 0 } } }),
    ],
    magnitude,
    floor: 1,
  },
  {
    name: "branchedSigKernelGram",
    positional: ["path1", "path2", ...positional],
    arrays: { path1: firstPaths, path2: secondPaths },
    joint: true,
    options: [...options, "maxBatch"],
    reference: (inputs, s) => toJet(grams(...bothSamples(inputs, s), s)),
    output: (s) => [...s.batch, ...s.second.batch, ...outputOfPair(s)],
    backprop: {
      name: "branchedSigKernelGramBackprop",
      positional: ["derivs", "path1", "path2", ...positional],
      arrays: ["path1", "path2"],
      derivs: "derivs",
      options: [...options, "maxBatch", "rightDeriv"],
    },
    samples: gramSamples("branchedSigKernelGram"),
    required: { ...required, second: { length: 3, batch: [3] } },
    large: [plain({ dimension: 3, length: 9, batch: [29], second: { length: 10, batch: [23] } })],
    magnitude,
    floor: 1,
  },
  {
    name: "branchedSigKernelGram",
    form: "of one argument",
    positional: ["path1", "path2", ...positional],
    arrays: { path1: firstPaths },
    joint: true,
    options: [...options, "maxBatch"],
    reference: ([x], s) => {
      const xs = firstOf(x, s, s.batch);
      return toJet(grams(xs, xs, s));
    },
    output: (s) => [...s.batch, ...s.batch, ...outputOfPair({ ...s, second: s })],
    backprop: {
      name: "branchedSigKernelGramBackprop",
      positional: ["derivs", "path1", "path2", ...positional],
      arrays: ["path1"],
      derivs: "derivs",
      options: [...options, "maxBatch"],
    },
    samples: gramSamples("branchedSigKernelGram of one argument").map((s) => ({ ...s, options: { ...s.options, rightDeriv: undefined } })),
    required: { kernel: { scheme: { depth: 2, dyadicOrder: 1 } } },
    large: [plain({ dimension: 2, length: 8, batch: [31], options: { rightDeriv: undefined } })],
    magnitude,
    floor: 1,
  },
];
