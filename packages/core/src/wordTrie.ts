/** The `words` argument of the coefficient operations: a trie that shares the prefixes of the requested words. */
import type { WordTrie } from "./backend.js";
import { describe, rangeError, typeError, type Place } from "./errors.js";
import { checkBytes } from "./memory.js";

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
  let total = 0;
  for (let i = 0; i < list.length; i++) {
    const word = list[i];
    if (!Array.isArray(word)) throw typeError(place, `must be an array of words (arrays of letters), got ${describe(word)} at index ${i}`);
    total += word.length;
  }
  // The list, the trie and its hash table take at most 8 integers per letter and 2 per word.
  if (total >= 2 ** 28) throw rangeError(place, `must have fewer than 2^28 letters in all, got ${total}`, "TOO_LARGE");
  checkBytes(32 * total + 8 * list.length, place);
  const start = new Int32Array(list.length + 1);
  const letters = new Int32Array(total);
  let filled = 0;
  for (let i = 0; i < list.length; i++) {
    const word = list[i] as readonly unknown[];
    for (let k = 0; k < word.length; k++) letters[filled++] = checkLetter(word[k], dimension, place, i);
    start[i + 1] = filled;
  }
  return { start, letters };
}

function checkLetter(letter: unknown, dimension: number, place: Place, word: number): number {
  if (typeof letter !== "number") throw typeError(place, `must hold letters that are numbers, got ${describe(letter)} in word ${word}`);
  if (!Number.isInteger(letter) || letter < 0 || letter >= dimension) {
    throw rangeError(place, `must only hold letters in the range [0, ${dimension}), got ${letter} in word ${word}`);
  }
  return letter;
}

/** Multipliers of four hashes that together make 128 bits. */
const primes = [0x01000193, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f];

/** A hash of numbers. */
export function digest(parts: readonly ArrayLike<number>[]): string {
  const hashes = primes.map((prime) => {
    let hash = prime;
    for (const part of parts) {
      for (let i = 0; i < part.length; i++) {
        hash = Math.imul(hash ^ part[i]!, prime);
        hash ^= hash >>> 15;
      }
    }
    return (hash >>> 0).toString(16);
  });
  return hashes.join("-");
}

/** Names the content of a list: short ones are spelt out, long ones hashed. */
export function trieKey({ start, letters }: WordList, dimension: number, prefixes: boolean): string {
  const head = `words:${dimension}:${prefixes ? "prefixes" : "words"}:${start.length - 1}:${letters.length}`;
  if (start.length + letters.length <= 256) {
    let key = head;
    for (let i = 0; i + 1 < start.length; i++) {
      key += "|";
      for (let k = start[i]!; k < start[i + 1]!; k++) key += `${letters[k]!},`;
    }
    return key;
  }
  return `${head}:#${digest([start, letters])}`;
}

/**
 * The trie, as `WordTrie` of the Backend contract lays it out. An output is the node of each word; with `prefixes`, the nodes of all its
 * non-empty prefixes in increasing length, and of the empty word itself.
 */
export function buildTrie({ start, letters }: WordList, dimension: number, prefixes: boolean): WordTrie["arrays"] {
  const parent = new Int32Array(letters.length + 1);
  const letter = new Int32Array(letters.length + 1);
  const outputs = new Int32Array(letters.length + start.length);
  let nodes = 1;
  let count = 0;
  // A hash table with open addressing holds the children by (parent, letter); 0 is an empty slot.
  let slots = 16;
  while (slots < 2 * parent.length) slots *= 2;
  const children = new Int32Array(slots);
  for (let i = 0; i + 1 < start.length; i++) {
    let node = 0;
    for (let k = start[i]!; k < start[i + 1]!; k++) {
      const next = letters[k]!;
      let slot = Math.imul(Math.imul(node, dimension) + next + 1, 0x9e3779b1) >>> 0;
      slot = (slot ^ (slot >>> 15)) & (slots - 1);
      while (children[slot] !== 0 && (parent[children[slot]!] !== node || letter[children[slot]!] !== next))
        slot = (slot + 1) & (slots - 1);
      if (children[slot] === 0) {
        parent[nodes] = node;
        letter[nodes] = next;
        children[slot] = nodes++;
      }
      node = children[slot]!;
      if (prefixes) outputs[count++] = node;
    }
    if (!prefixes || start[i] === start[i + 1]) outputs[count++] = node;
  }
  return [parent.slice(0, nodes), letter.slice(0, nodes), outputs.slice(0, count)];
}
