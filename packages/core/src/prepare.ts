/** The algebra tables of the Backend contract, prepared at their first use. */
import type { BchTable, LyndonBasis, WordTrie } from "./backend.js";
import { bchSeries, structureConstants } from "./bch.js";
import { LyndonBrackets, type Steps } from "./brackets.js";
import { levelOffset, lyndonWordTable } from "./lyndon.js";
import { buildTrie, readWords } from "./wordTrie.js";

function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

const tables = new Map<string, LyndonBasis>();

function remembered(key: string, make: () => readonly (Int32Array | Float64Array)[]): LyndonBasis {
  let table = tables.get(key);
  if (table === undefined) tables.set(key, (table = { key, arrays: make() }));
  return table;
}

function* basisSteps(dimension: number, degree: number, expansion: boolean): Steps<LyndonBasis["arrays"]> {
  const words = lyndonWordTable(dimension, degree);
  const brackets = new LyndonBrackets(words);
  for (let n = 1; n <= degree; n++) yield* brackets.enterLevel();
  const inverse = yield* brackets.inverse();
  const count = words.code.length;
  const lyndon = new Int32Array(count);
  const levels = [];
  for (let n = 1; n <= degree; n++) {
    const offset = levelOffset(dimension, n);
    for (let i = words.levelStart[n - 1]!; i < words.levelStart[n]!; i++) lyndon[i] = offset + words.code[i]!;
    if (expansion) levels.push({ offset, first: words.levelStart[n - 1]!, ...(yield* brackets.expand(n)) });
  }
  const total = levels.reduce((sum, level) => sum + level.code.length, 0);
  const termStart = new Int32Array(expansion ? count + 1 : 0);
  const termIndex = new Int32Array(total);
  const termValue = new Float64Array(total);
  let place = 0;
  for (const { offset, first, start, code, value } of levels) {
    start.forEach((begin, i) => (termStart[first + i] = place + begin));
    termValue.set(value, place);
    code.forEach((word, e) => (termIndex[place + e] = offset + word));
    place += code.length;
  }
  return [lyndon, inverse.start, inverse.index, inverse.value, termStart, termIndex, termValue];
}

/** The Lyndon basis up to the degree; `expansion` adds the brackets written in words. */
export function lyndonBasis(dimension: number, degree: number, options: { readonly expansion: boolean }): LyndonBasis {
  const key = `lyndon:${dimension}:${degree}:${options.expansion ? "expanded" : "projection"}`;
  return remembered(key, () => finish(basisSteps(dimension, degree, options.expansion)));
}

/** The BCH series and the structure constants up to the degree. */
export function bchTable(dimension: number, degree: number): BchTable {
  return remembered(`bch:${dimension}:${degree}`, () => {
    const words = lyndonWordTable(dimension, degree);
    const series = finish(bchSeries(dimension === 1 ? 1 : degree));
    const constants = finish(structureConstants(words));
    return [
      series.left,
      series.right,
      series.count0,
      series.count1,
      series.beta,
      words.levelStart,
      constants.groupStart,
      constants.pairLeft,
      constants.pairRight,
      constants.pairStart,
      constants.entry,
      constants.constant,
    ];
  });
}

/** The trie of a `words` argument, see `readWords`. */
export function wordTrie(words: unknown, dimension: number, prefixes: boolean, operation = "sigCoef"): WordTrie {
  const list = readWords(words, dimension, { operation, argument: "words" });
  return remembered(`words:${dimension}:${prefixes}:${list.start.join()}:${list.letters.join()}`, () =>
    buildTrie(list, dimension, prefixes),
  );
}
