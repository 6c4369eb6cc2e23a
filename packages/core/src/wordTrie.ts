/** The `words` argument of the coefficient operations: a trie that shares the prefixes of the requested words. */
import type { WordTrie } from "./backend.js";
import { describe, rangeError, typeError, type Place } from "./errors.js";

/** Words one after the other: word i has the letters start[i] .. start[i + 1] - 1. */
export interface WordList {
  readonly start: Int32Array;
  readonly letters: Int32Array;
}

/**
 * Reads a `words` argument: an array of words, each an array of letters; a flat array of numbers is one word, `[]` is no words and `[[]]`
 * the list with the empty word. Letters are integers in [0, dimension).
 */
export function readWords(words: unknown, dimension: number, place: Place): WordList {
  if (!Array.isArray(words)) throw typeError(place, `must be an array of words (arrays of letters), got ${describe(words)}`);
  const list: readonly unknown[] = words.length > 0 && typeof words[0] === "number" ? [words] : words;
  const start = new Int32Array(list.length + 1);
  list.forEach((word, i) => {
    if (!Array.isArray(word)) throw typeError(place, `must be an array of words (arrays of letters), got ${describe(word)} at index ${i}`);
    start[i + 1] = start[i]! + word.length;
  });
  const letters = new Int32Array(start[list.length]!);
  list.forEach((word, i) =>
    (word as readonly unknown[]).forEach((letter, k) => {
      if (typeof letter !== "number") throw typeError(place, `must hold letters that are numbers, got ${describe(letter)} in word ${i}`);
      if (!Number.isInteger(letter) || letter < 0 || letter >= dimension) {
        throw rangeError(place, `must only hold letters in the range [0, ${dimension}), got ${letter} in word ${i}`);
      }
      letters[start[i]! + k] = letter;
    }),
  );
  return { start, letters };
}

/** Builds the trie; with `prefixes` each word gives one output per non-empty prefix (the empty word one of its own). */
export function buildTrie({ start, letters }: WordList, dimension: number, prefixes: boolean): WordTrie["arrays"] {
  const parent: number[] = [0];
  const letter: number[] = [0];
  const outputs: number[] = [];
  const children = new Map<number, number>();
  for (let i = 0; i + 1 < start.length; i++) {
    let node = 0;
    for (let k = start[i]!; k < start[i + 1]!; k++) {
      const edge = node * dimension + letters[k]!;
      const child = children.get(edge) ?? parent.length;
      if (child === parent.length) {
        children.set(edge, child);
        parent.push(node);
        letter.push(letters[k]!);
      }
      node = child;
      if (prefixes) outputs.push(node);
    }
    if (!prefixes || start[i] === start[i + 1]) outputs.push(node);
  }
  return [Int32Array.from(parent), Int32Array.from(letter), Int32Array.from(outputs)];
}
