import { type Dual } from "../reference/dual.js";
import { type Jet } from "../reference/jet.js";
import { type KernelChoice, type Scheme, gridSizes, kernel, kernelGrid, normalized, pathsOf, toJet } from "../reference/kernels.js";
import { augmentedLength } from "../reference/paths.js";
import { type Point, type StaticKernelChoice } from "../reference/staticKernels.js";
import { volume } from "../tensors.js";
import { type Grid, type Sample, sample, samples } from "./sample.js";
import { type ItemShape, type Operation, path } from "./spec.js";

export const secondPath: ItemShape = (s) => [s.second.length, s.dimension];
/** A batch of paths as one item. */
export const firstPaths: ItemShape = (s) => [...s.batch, ...path(s)];
export const secondPaths: ItemShape = (s) => [...s.second.batch, ...secondPath(s)];

export const kernelChoice = (s: Sample): KernelChoice => s.kernel ?? { scheme: { dyadicOrder: 0 } };

export const firstOf = (jet: Jet | undefined, s: Sample, batch: readonly number[]): Point[][] =>
  pathsOf(jet!, volume(batch), s.length, s.dimension, s.options);
export const secondOf = (jet: Jet | undefined, s: Sample, batch: readonly number[]): Point[][] =>
  pathsOf(jet!, volume(batch), s.second.length, s.dimension, s.options);

/** The grid where the sample asks for one, else the kernel in an array. */
export function results(x: readonly Point[], y: readonly Point[], s: Sample): readonly Dual[] {
  if (s.options.returnGrid) return kernelGrid(x, y, kernelChoice(s)).flat();
  const k = (a: readonly Point[], b: readonly Point[]): Dual => kernel(a, b, kernelChoice(s));
  return [s.options.normalize ? normalized(k(x, y), k(x, x), k(y, y)) : k(x, y)];
}

export const outputOfPair: ItemShape = (s) =>
  s.options.returnGrid
    ? gridSizes(augmentedLength(s.length, s.options), augmentedLength(s.second.length, s.options), kernelChoice(s).scheme)
    : [];

/** Every path of the first sample with every path of the second. */
export const grams = (xs: readonly (readonly Point[])[], ys: readonly (readonly Point[])[], s: Sample): readonly Dual[] =>
  xs.flatMap((x) => ys.flatMap((y) => results(x, y, s)));

/** Points of both samples of a joint operation. */
export const bothSamples = ([first, second]: readonly Jet[], s: Sample): [Point[][], Point[][]] => [
  firstOf(first, s, s.batch),
  secondOf(second, s, s.second.batch),
];

const staticKernels: readonly (StaticKernelChoice | undefined)[] = [
  undefined,
  ["LinearKernel", []],
  ["ScaledLinearKernel", [1.3]],
  ["RBFKernel", [0.8]],
  ["PolynomialKernel", []],
  ["PolynomialKernel", [2, 1, 0.5]],
  ["PolynomialKernel", [2.5, 0.25, 1.5]],
  ["PolynomialKernel", [9, -0.75, 1]],
  ["PolynomialKernel", [0]],
  ["Matern12Kernel", [1.3]],
  ["Matern32Kernel", [1.1]],
  ["Matern52Kernel", [0.9]],
  ["RationalQuadraticKernel", [1.2, 0.7]],
];

const schemes: readonly Scheme[] = [
  { dyadicOrder: 0 },
  { order: 2 },
  { dyadicOrder: 1 },
  { order: 3 },
  { dyadicOrder: [0, 1] },
  { order: 5 },
  { dyadicOrder: [2, 1] },
  { order: 8 },
  { dyadicOrder: [1, 3] },
];

/** Every static kernel with a third of the schemes, so that every scheme has a third of the static kernels. */
export const kernelChoices: readonly KernelChoice[] = staticKernels.flatMap((staticKernel, i) =>
  schemes.filter((_, j) => (i + j) % 3 === 0).map((scheme) => ({ scheme, staticKernel })),
);

/** One sample of each kernel in one of the dimensions, the rest drawn. */
export const kernelSamples = (name: string, dimensions: readonly number[], grid: Omit<Grid, "sizes" | "kernels">): Sample[] =>
  kernelChoices.flatMap((choice, i) =>
    samples(`${name} ${i}`, { ...grid, sizes: [[dimensions[Math.floor(i / 3) % dimensions.length] ?? NaN, 1]], kernels: [choice] }, 1),
  );

/** Numbers of paths whose kernels are neither close to 1 nor huge. */
export const magnitude = (s: Sample): number => 1 / Math.sqrt(Math.max(s.length, s.second.length, 3));

const transforms = {
  timeAug: [undefined, undefined, true],
  leadLag: [undefined, undefined, undefined, true],
  endTime: [undefined, 0.5, -1],
} as const;
/** Backprops are asked for both gradients. */
const both = { rightDeriv: [true] } as const;
const seconds = [2, 3, 5, 9, 13].map((length) => ({ length, batch: [] }));

export const required: Partial<Sample> = { kernel: { scheme: { dyadicOrder: 1 } }, options: { rightDeriv: true } };
const plain = (fields: Partial<Sample>): Sample => sample({ ...required, ...fields, options: { ...required.options, ...fields.options } });
const finite: KernelChoice = { scheme: { dyadicOrder: [1, 0] }, staticKernel: ["RBFKernel", [0.5]] };
const polynomial = (order: number): KernelChoice => ({ scheme: { order } });

/** Paths of one point or none have the kernel 1 with every other, on every node. */
const pairEdges: readonly Sample[] = [
  plain({ batch: [0] }),
  plain({ batch: [2, 0], options: { timeAug: true, leadLag: true, returnGrid: true } }),
  ...[finite, polynomial(5)].flatMap((kernelOf) => [
    plain({ length: 1, batch: [3], kernel: kernelOf }),
    plain({ second: { length: 1, batch: [] }, kernel: kernelOf, options: { returnGrid: true } }),
    plain({ length: 1, second: { length: 1, batch: [] }, batch: [2], kernel: kernelOf, options: { normalize: true, timeAug: true } }),
    plain({ length: 1, kernel: kernelOf, options: { returnGrid: true, leadLag: true, timeAug: true } }),
  ]),
  plain({ length: 0, batch: [2] }),
  plain({ second: { length: 0, batch: [] }, kernel: polynomial(3) }),
];

/** The ends of what the solvers are made for. */
const pairExtremes: readonly Sample[] = [
  ...[17, 31, 64].flatMap((order) => [
    plain({ length: 3, kernel: polynomial(order) }),
    plain({ length: 2, second: { length: 2, batch: [] }, kernel: polynomial(order), options: { returnGrid: true } }),
  ]),
  plain({ dimension: 1, length: 2, second: { length: 2, batch: [] }, batch: [5], kernel: { scheme: { dyadicOrder: 4 } } }),
  plain({ length: 3, second: { length: 4, batch: [] }, kernel: { scheme: { dyadicOrder: [5, 0] } } }),
  plain({ length: 4, second: { length: 3, batch: [] }, kernel: { scheme: { dyadicOrder: [0, 5] } }, options: { returnGrid: true } }),
  plain({ dimension: 1, length: 60, second: { length: 2, batch: [] } }),
  plain({ dimension: 1, length: 2, second: { length: 70, batch: [] }, kernel: finite }),
  plain({ dimension: 17, length: 3, batch: [2], kernel: finite }),
];

/** Grams small enough for a gradient entry by entry. */
function gramSamples(name: string, batches: readonly (readonly number[])[]): Sample[] {
  const grid: Omit<Grid, "sizes"> = {
    lengths: [2, 3, 4],
    batches: [[], [1], [2], [3], [2, 2]],
    seconds: [2, 3, 5].flatMap((length) => batches.map((batch) => ({ length, batch }))),
  };
  const drawn = kernelSamples(name, [1, 2, 3], {
    ...grid,
    options: { ...transforms, ...both, returnGrid: [undefined, undefined, true], maxBatch: [undefined, -1, 1, 2] },
  });
  const normalizedOnes = kernelSamples(`${name} normalized`, [2, 3, 1], {
    ...grid,
    options: { ...transforms, ...both, normalize: [true] },
  });
  return [
    ...drawn.filter((_, i) => i % 2 === 0),
    ...normalizedOnes.filter((_, i) => i % 10 === 0),
    plain({ batch: [0], second: { length: 3, batch: [2] } }),
    plain({ batch: [2, 0], second: { length: 3, batch: [0] }, options: { timeAug: true, returnGrid: true } }),
    plain({ length: 1, batch: [3], second: { length: 2, batch: [2] }, options: { normalize: true, leadLag: true } }),
    plain({
      length: 2,
      batch: [3],
      second: { length: 1, batch: [2, 1] },
      kernel: polynomial(4),
      options: { returnGrid: true, timeAug: true },
    }),
    plain({ dimension: 1, length: 2, batch: [9], second: { length: 3, batch: [1] }, kernel: finite }),
    plain({ dimension: 1, length: 2, batch: [1], second: { length: 3, batch: [11] }, kernel: polynomial(3) }),
  ];
}

const gramLarge = (batches: readonly (readonly number[])[]): Sample[] =>
  batches.flatMap((batch, i) => [
    plain({ dimension: 3, length: 9, batch: [29], second: { length: 10, batch }, kernel: { scheme: { dyadicOrder: i % 2 } } }),
    plain({ dimension: 2, length: 6, batch: [5, 4], second: { length: 7, batch }, kernel: finite }),
    plain({ dimension: 2, length: 4, batch: [19], second: { length: 5, batch }, kernel: polynomial(4) }),
    plain({ dimension: 2, length: 100, batch: [2], second: { length: 60, batch: batch.slice(1) }, kernel: { scheme: { dyadicOrder: 0 } } }),
  ]);

export const kernels: readonly Operation[] = [
  {
    name: "sigKernel",
    positional: ["path1", "path2"],
    arrays: { path1: path, path2: secondPath },
    options: ["method", "dyadicOrder", "order", "staticKernel", "timeAug", "leadLag", "endTime", "returnGrid", "normalize"],
    reference: ([x, y], s) => toJet(results(firstOf(x, s, [])[0]!, secondOf(y, s, [])[0]!, s)),
    output: outputOfPair,
    backprop: {
      name: "sigKernelBackprop",
      positional: ["derivs", "path1", "path2"],
      arrays: ["path1", "path2"],
      derivs: "derivs",
      options: ["method", "dyadicOrder", "order", "staticKernel", "timeAug", "leadLag", "endTime", "returnGrid", "normalize", "rightDeriv"],
    },
    samples: [
      ...kernelSamples("sigKernel", [1, 2, 3, 5, 8], {
        lengths: [2, 3, 4, 7, 11],
        seconds,
        options: { ...transforms, ...both, returnGrid: [undefined, undefined, true] },
      }),
      ...kernelSamples("sigKernel normalized", [2, 3, 1], {
        lengths: [2, 3, 5],
        seconds: seconds.slice(0, 3),
        options: { ...transforms, ...both, normalize: [true] },
      }).filter((_, i) => i % 4 === 0),
      ...pairEdges,
      ...pairExtremes,
    ],
    required,
    large: [
      plain({ dimension: 3, length: 12, second: { length: 17, batch: [] }, batch: [133] }),
      plain({ dimension: 2, length: 7, second: { length: 7, batch: [] }, batch: [70, 7], kernel: { scheme: { dyadicOrder: 0 } } }),
      plain({ dimension: 5, length: 9, second: { length: 8, batch: [] }, batch: [67], kernel: polynomial(5) }),
      plain({ dimension: 2, length: 400, second: { length: 270, batch: [] }, kernel: finite }),
      plain({ dimension: 2, length: 600, second: { length: 30, batch: [] }, batch: [2], kernel: { scheme: { dyadicOrder: 0 } } }),
      plain({ dimension: 2, length: 50, second: { length: 70, batch: [] }, kernel: polynomial(4), options: { returnGrid: true } }),
    ],
    magnitude,
    floor: 1,
  },
  {
    name: "sigKernelGram",
    positional: ["path1", "path2"],
    arrays: { path1: firstPaths, path2: secondPaths },
    joint: true,
    options: ["method", "dyadicOrder", "order", "staticKernel", "timeAug", "leadLag", "endTime", "returnGrid", "normalize", "maxBatch"],
    reference: (inputs, s) => toJet(grams(...bothSamples(inputs, s), s)),
    output: (s) => [...s.batch, ...s.second.batch, ...outputOfPair(s)],
    backprop: {
      name: "sigKernelGramBackprop",
      positional: ["derivs", "path1", "path2"],
      arrays: ["path1", "path2"],
      derivs: "derivs",
      options: [
        "method",
        "dyadicOrder",
        "order",
        "staticKernel",
        "timeAug",
        "leadLag",
        "endTime",
        "returnGrid",
        "normalize",
        "maxBatch",
        "rightDeriv",
      ],
    },
    samples: gramSamples("sigKernelGram", [[], [2], [3, 1], [5], [9]]),
    required: { ...required, second: { length: 3, batch: [3] } },
    large: gramLarge([[23], [1], [9, 3]]),
    magnitude,
    floor: 1,
  },
  {
    name: "sigKernelGram",
    form: "of one argument",
    positional: ["path1"],
    arrays: { path1: firstPaths },
    joint: true,
    options: ["method", "dyadicOrder", "order", "staticKernel", "timeAug", "leadLag", "endTime", "returnGrid", "normalize", "maxBatch"],
    reference: ([x], s) => {
      const xs = firstOf(x, s, s.batch);
      return toJet(grams(xs, xs, s));
    },
    output: (s) => [...s.batch, ...s.batch, ...outputOfPair({ ...s, second: s })],
    backprop: {
      name: "sigKernelGramBackprop",
      positional: ["derivs", "path1"],
      arrays: ["path1"],
      derivs: "derivs",
      options: ["method", "dyadicOrder", "order", "staticKernel", "timeAug", "leadLag", "endTime", "returnGrid", "normalize", "maxBatch"],
    },
    samples: gramSamples("sigKernelGram of one argument", [[]]),
    required,
    large: gramLarge([[]]),
    magnitude: (s) => magnitude({ ...s, second: s }),
    floor: 1,
  },
];
