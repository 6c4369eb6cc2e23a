/** Calls that the tests share. */
import { wordTrie } from "@sig/core";
import type { Calls, WordTrie } from "@sig/core";

export const quietly = { signal: undefined, onProgress: undefined };

/** A reproducible random walk. */
function walk(numbers: number): Float64Array {
  const path = new Float64Array(numbers);
  for (let i = 1, state = 1; i < numbers; i++) {
    state = (state * 48271) % 2147483647;
    path[i] = path[i - 1]! + (state / 2147483647 - 0.5) / 10;
  }
  return path;
}

const dimension = 3;
const longPath = walk(300_000 * dimension);
const tries = new Map<number, WordTrie>();

/** The trie of all words of so many letters. */
export function trieOf(wordLength: number): WordTrie {
  let trie = tries.get(wordLength);
  if (trie === undefined) {
    const words = Array.from({ length: dimension ** wordLength }, (_, i) =>
      Array.from({ length: wordLength }, (_, k) => Math.floor(i / dimension ** k) % dimension),
    );
    tries.set(wordLength, (trie = wordTrie(words, dimension, false)));
  }
  return trie;
}

/** Coefficients of all words of `wordLength` letters over three. */
export function coefficientsCall(batch: number, length: number, wordLength = 5): Calls["sigCoef"] {
  return {
    dtype: "float64",
    batch,
    threads: 1,
    length,
    dimension,
    timeAug: false,
    leadLag: false,
    endTime: 1,
    path: longPath.subarray(0, batch * length * dimension),
    words: trieOf(wordLength),
    out: new Float64Array(batch * dimension ** wordLength),
  };
}

/** A call of several seconds on a single path. */
export function longCall(): Calls["sigCoef"] {
  return coefficientsCall(1, 300_000, 8);
}

/** Copies a path whose points number `length`, of which the array has as many as it says. */
export function copyCall(path: Float64Array, length = path.length, out = new Float64Array(path.length)): Calls["transformPath"] {
  return { dtype: "float64", batch: 1, threads: 1, length, dimension: 1, timeAug: false, leadLag: false, endTime: 1, path, out };
}
