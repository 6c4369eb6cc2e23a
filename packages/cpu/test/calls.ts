/** Calls that the tests share. */
import { wordTrie } from "@sig/core";
import type { Calls, WordTrie } from "@sig/core";

/** A reproducible random walk. */
export function walk(numbers: number): Float64Array {
  const path = new Float64Array(numbers);
  for (let i = 1, state = 1; i < numbers; i++) {
    state = (state * 48271) % 2147483647;
    path[i] = path[i - 1]! + (state / 2147483647 - 0.5) / 10;
  }
  return path;
}

const dimension = 3;
const longPath = walk(300_000 * dimension);

/** All words of so many letters. */
function wordsOfLength(length: number): number[][] {
  return Array.from({ length: dimension ** length }, (_, i) =>
    Array.from({ length }, (_, k) => Math.floor(i / dimension ** k) % dimension),
  );
}

const tries = new Map<number, WordTrie>();

function trieOf(wordLength: number): WordTrie {
  let trie = tries.get(wordLength);
  if (trie === undefined) tries.set(wordLength, (trie = wordTrie(wordsOfLength(wordLength), dimension, false)));
  return trie;
}

/**
 * Coefficients of all words of `wordLength` letters over three: with 6 letters a millisecond of one thread is worth some thousand points,
 * with 8 some hundred.
 */
export function coefficientsCall(batch: number, length: number, threads: number, wordLength = 6): Calls["sigCoef"] {
  const words = trieOf(wordLength);
  return {
    dtype: "float64",
    batch,
    threads,
    length,
    dimension,
    timeAug: false,
    leadLag: false,
    endTime: 1,
    path: longPath.subarray(0, batch * length * dimension),
    words,
    out: new Float64Array(batch * dimension ** wordLength),
  };
}

/** A call of several seconds. */
export function longCall(threads: number): Calls["sigCoef"] {
  return coefficientsCall(1, 300_000, threads, 8);
}
