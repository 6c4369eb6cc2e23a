import { join } from "../reference/jet.js";
import { augment } from "../reference/paths.js";
import { sample, samples } from "./sample.js";
import { type Operation, augmentedPath, path } from "./spec.js";

const flags = { timeAug: [false, true], leadLag: [false, true], endTime: [undefined, 2.5, -1, 0] } as const;

export const transforms: readonly Operation[] = [
  {
    name: "transformPath",
    positional: ["path"],
    arrays: { path },
    options: ["timeAug", "leadLag", "endTime"],
    reference: ([points], s) => join(augment(points!, s.dimension, s.options)),
    output: augmentedPath,
    backprop: {
      name: "transformPathBackprop",
      positional: ["derivs"],
      arrays: [],
      derivs: "derivs",
      options: ["timeAug", "leadLag", "endTime"],
    },
    samples: [
      ...samples("transformPath", {
        sizes: [1, 2, 3, 4, 7, 8, 9].map((d) => [d, 1] as const),
        lengths: [1, 2, 3, 4, 9, 40],
        options: flags,
      }),
      sample({ length: 0, batch: [2], options: { timeAug: true } }),
      sample({ batch: [0] }),
    ],
  },
];
