import { join, linear } from "../reference/jet.js";
import { placeOf } from "../reference/lyndon.js";
import { augment, prefixSignatures } from "../reference/paths.js";
import { toRow } from "../reference/algebra.js";
import { algebraDimension, sample, samples } from "./sample.js";
import { type Operation, path, tensorRow } from "./spec.js";
import { pathEdges, pathGrid } from "./signature.js";

type Word = readonly number[];

/** A few words of up to `degree` letters, the same one twice among them. */
function drawWords(random: () => number, dimension: number, degree: number): readonly Word[] {
  const letters = (length: number): Word => Array.from({ length }, () => Math.floor(random() * dimension));
  const words = Array.from({ length: 1 + Math.floor(random() * 6) }, () => letters(1 + Math.floor(random() * degree)));
  return [...words, words[0] as Word];
}

/** The non-empty prefixes of a word; the empty word has itself. */
const prefixesOf = (word: Word): readonly Word[] => (word.length === 0 ? [[]] : word.map((_, i) => word.slice(0, i + 1)));

const wanted = (words: readonly Word[], prefixes: boolean | undefined): readonly Word[] => (prefixes ? words.flatMap(prefixesOf) : words);

export const coefficients: readonly Operation[] = [
  {
    name: "sigCoef",
    positional: ["path", "words"],
    arrays: { path },
    options: ["timeAug", "leadLag", "endTime", "prefixes"],
    reference: ([points], s) => {
      const dimension = algebraDimension(s);
      const words = wanted(s.words, s.options.prefixes);
      const degree = Math.max(...words.map((word) => word.length));
      const last = prefixSignatures(augment(points!, s.dimension, s.options), dimension, degree).slice(-1);
      return linear(join(last.map((series) => toRow(series, true))), (row) =>
        words.map((word) => row[placeOf(word, dimension) + 1] ?? NaN),
      );
    },
    output: (s) => [wanted(s.words, s.options.prefixes).length],
    required: { options: { prefixes: true } },
    backprop: {
      name: "sigCoefBackprop",
      positional: ["path", "words", "coefs", "derivs"],
      arrays: ["path"],
      derivs: "derivs",
      value: "coefs",
      options: ["timeAug", "leadLag", "endTime"],
      skip: (s) => !s.options.prefixes,
    },
    samples: [
      ...samples("sigCoef", {
        ...pathGrid,
        options: { ...pathGrid.options, stream: [undefined], prefixes: [undefined, true, true] },
        corrections: [undefined],
        words: drawWords,
      }),
      ...pathEdges.map((s) => ({ ...s, options: { ...s.options, stream: undefined, prefixes: true } })),
      sample({ words: [[]], options: { prefixes: true } }),
      sample({ words: [[], [1, 0], []], batch: [3], options: { prefixes: true } }),
      sample({ words: [[0, 1], []], length: 1 }),
      sample({ words: [[0, 1, 1, 0, 1, 0, 0, 1, 1]], length: 5, options: { prefixes: true } }),
    ],
  },
  {
    name: "extractSigCoef",
    positional: ["sig", "words", "dimension"],
    arrays: { sig: tensorRow },
    options: ["timeAug", "leadLag", "scalarTerm"],
    reference: ([sig], s) =>
      linear(sig!, (row) => s.words.map((word) => row[placeOf(word, algebraDimension(s)) + (s.scalar ? 1 : 0)] ?? NaN)),
    output: (s) => [s.words.length],
    backprop: {
      name: "extractSigCoefBackprop",
      positional: ["derivs", "words", "dimension", "degree"],
      arrays: [],
      derivs: "derivs",
      options: ["timeAug", "leadLag", "scalarTerm"],
    },
    samples: [
      ...samples("extractSigCoef", {
        sizes: [
          [1, 4],
          [2, 3],
          [3, 2],
          [3, 4],
          [5, 2],
        ],
        options: { timeAug: [undefined, true], leadLag: [undefined, true] },
        words: drawWords,
      }),
      sample({ words: [[1, 0], [], [1, 0]], scalar: true, options: { scalarTerm: true } }),
      sample({ words: [[0]], scalar: true, batch: [2], options: { scalarTerm: true } }),
      sample({ words: [], batch: [2] }),
      sample({ batch: [0] }),
    ],
  },
];
