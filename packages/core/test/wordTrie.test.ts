import { describe, expect, it } from "vitest";
import { SigRangeError, SigTypeError, wordTrie } from "../src/index.js";

/** The word of each output. */
function outputsOf(words: unknown, dimension: number, prefixes: boolean): string[] {
  const [parent, letter, outputs] = wordTrie(words, dimension, prefixes).arrays;
  const spell = (node: number): string => (node === 0 ? "" : `${spell(parent![node]!)}${letter![node]}`);
  expect(parent!.every((above, n) => n === 0 || above < n)).toBe(true);
  return Array.from(outputs!, spell);
}

describe("wordTrie", () => {
  it("gives one output per word, in order and with repetitions", () => {
    expect(outputsOf([[0], [0, 1], [1, 0, 1], [0, 1], []], 2, false)).toEqual(["0", "01", "101", "01", ""]);
  });

  it("gives all non-empty prefixes, and the empty word itself", () => {
    expect(outputsOf([[0], [], [1, 0, 1], [1, 0]], 2, true)).toEqual(["0", "", "1", "10", "101", "1", "10"]);
  });

  it("shares prefixes", () => {
    const words = [
      [0, 1, 2],
      [0, 1, 1],
      [0, 1],
      [2, 0],
    ];
    expect(wordTrie(words, 3, false).arrays[0]!.length).toBe(7);
  });

  it("reads a flat array as one word, [] as none and [[]] as the empty word", () => {
    expect(outputsOf([1, 0], 2, false)).toEqual(["10"]);
    expect(outputsOf([], 2, false)).toEqual([]);
    expect(outputsOf([[]], 2, true)).toEqual([""]);
  });

  it("keeps tables of the same content, and tells different contents apart", () => {
    expect(wordTrie([[0, 1]], 2, false)).toBe(wordTrie([0, 1], 2, false));
    const keys = [wordTrie([[0, 1]], 2, false), wordTrie([[0, 1]], 3, false), wordTrie([[0, 1]], 2, true), wordTrie([[0], [1]], 2, false)];
    expect(new Set(keys.map(({ key }) => key)).size).toBe(4);
  });

  it("hashes long lists", () => {
    const words = Array.from({ length: 3000 }, (_, i) => Array.from({ length: 12 }, (_, k) => (i >> k) & 1));
    const table = wordTrie(words, 2, false);
    expect(table.key.length).toBeLessThan(100);
    expect(wordTrie(words, 2, false)).toBe(table);
    words[2999]![11] = 0;
    expect(wordTrie(words, 2, false).key).not.toBe(table.key);
    expect(outputsOf(words, 2, false)).toEqual(words.map((word) => word.join("")));
  });

  it.each([
    ["ab", SigTypeError, /words must be an array of words.*"ab"/],
    [null, SigTypeError, /null/],
    [[[0], 1], SigTypeError, /1 at index 1/],
    [[0, "1"], SigTypeError, /the string "1" in word 0/],
    [[[0], [0, undefined]], SigTypeError, /undefined in word 1/],
    // eslint-disable-next-line no-sparse-arrays -- the hole is the point
    [[[0, , 1]], SigTypeError, /undefined in word 0/],
    [[[0, 2]], SigRangeError, /\[0, 2\), got 2 in word 0/],
    [[[-1]], SigRangeError, /got -1/],
    [[[0.5]], SigRangeError, /got 0.5/],
    [[[NaN]], SigRangeError, /got NaN/],
  ])("refuses %j", (words, kind, message) => {
    expect(() => wordTrie(words, 2, false)).toThrow(kind);
    expect(() => wordTrie(words, 2, false)).toThrow(message);
  });
});
