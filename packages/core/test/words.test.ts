import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  idxToWord,
  isLyndon,
  lyndonWords,
  lyndonWordsOfLength,
  SigRangeError,
  SigTypeError,
  words,
  wordsOfLength,
  wordToIdx,
} from "../src/index.js";

function refusal(run: () => unknown): { name: string; code: string; argument: string | undefined } {
  try {
    run();
  } catch (error) {
    if (error instanceof SigTypeError || error instanceof SigRangeError)
      return { name: error.name, code: error.code, argument: error.argument };
    throw error;
  }
  throw new Error("was not refused");
}

/** "0 01 1" as words; "-" is the empty one. */
const list = (text: string): number[][] =>
  text === "" ? [] : text.split(" ").map((word) => (word === "-" ? [] : Array.from(word, Number)));

const smallWord = fc
  .integer({ min: 1, max: 6 })
  .chain((letters) => fc.record({ letters: fc.constant(letters), word: fc.array(fc.nat({ max: letters - 1 }), { maxLength: 9 }) }));

/** The definition: smaller than each of its proper suffixes. */
function isLyndonByDefinition(word: readonly number[]): boolean {
  const smaller = (a: readonly number[], b: readonly number[]): boolean => {
    for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
    return a.length < b.length;
  };
  return word.length > 0 && word.every((_, i) => i === 0 || smaller(word, word.slice(i)));
}

describe("lists of words", () => {
  it("are lexicographic within a length", () => {
    expect(wordsOfLength(2, 2)).toEqual(list("00 01 10 11"));
    expect(wordsOfLength(3, 1)).toEqual(list("0 1 2"));
    expect(words(2, 2)).toEqual(list("- 0 1 00 01 10 11"));
    expect(words(1, 3)).toEqual(list("- 0 00 000"));
  });

  it("at their ends", () => {
    for (const letters of [0, 1, 3]) {
      expect(wordsOfLength(letters, 0)).toEqual([[]]);
      expect(words(letters, 0)).toEqual([[]]);
      expect(lyndonWords(letters, 0)).toEqual([]);
      expect(lyndonWordsOfLength(letters, 0)).toEqual([]);
    }
    expect(wordsOfLength(0, 2)).toEqual([]);
    expect(words(0, 2)).toEqual([[]]);
    expect(lyndonWords(0, 3)).toEqual([]);
    expect(lyndonWordsOfLength(1, 2)).toEqual([]);
    expect(lyndonWordsOfLength(1, 1)).toEqual([[0]]);
    expect(lyndonWords(1, 1e9)).toEqual([[0]]);
  });

  it("of Lyndon words go by length, then lexicographically", () => {
    expect(lyndonWords(2, 4)).toEqual(list("0 1 01 001 011 0001 0011 0111"));
    expect(lyndonWords(3, 3)).toEqual(list("0 1 2 01 02 12 001 002 011 012 021 022 112 122"));
    expect(lyndonWordsOfLength(2, 5)).toEqual(list("00001 00011 00101 00111 01011 01111"));
  });

  it("of Lyndon words hold all of them and no others", () => {
    for (const [letters, length] of [
      [2, 7],
      [3, 5],
      [4, 4],
      [6, 3],
    ] as const) {
      expect(lyndonWordsOfLength(letters, length)).toEqual(wordsOfLength(letters, length).filter(isLyndonByDefinition));
    }
  });

  it("are the caller's own", () => {
    words(2, 1)[1]![0] = 9;
    expect(words(2, 1)).toEqual(list("- 0 1"));
  });

  it.each([words, wordsOfLength, lyndonWords, lyndonWordsOfLength])("%o refuses what it cannot list, at once", (make) => {
    for (const [letters, length] of [
      [2, 40],
      [10, 400],
      [1e9, 1e9],
      [1e9, 1],
    ] as const) {
      expect(refusal(() => make(letters, length))).toMatchObject({ name: "SigRangeError", code: "TOO_LARGE" });
    }
    expect(refusal(() => make(-1, 2))).toMatchObject({ name: "SigRangeError", argument: "alphabetSize" });
    expect(refusal(() => make(2, 1.5))).toMatchObject({ name: "SigRangeError" });
    expect(refusal(() => make("2" as never, 2))).toMatchObject({ name: "SigTypeError", argument: "alphabetSize" });
    expect(refusal(() => make(2, undefined as never))).toMatchObject({ name: "SigTypeError" });
  });

  it("of one letter are bounded too", () => {
    expect(refusal(() => words(1, 1e6))).toMatchObject({ code: "TOO_LARGE" });
    expect(refusal(() => wordsOfLength(1, 1e9))).toMatchObject({ code: "TOO_LARGE" });
  });
});

describe("isLyndon", () => {
  it("agrees with the definition", () => {
    fc.assert(
      fc.property(smallWord, ({ word }) => isLyndon(word) === isLyndonByDefinition(word)),
      { numRuns: 1000 },
    );
    for (const word of words(2, 8)) expect(isLyndon(word)).toBe(isLyndonByDefinition(word));
  });

  it("takes linear time", () => {
    const word = new Array<number>(1e6).fill(0);
    expect(isLyndon(word)).toBe(false);
    word.push(1);
    expect(isLyndon(word)).toBe(true);
  });

  it("refuses what is no word", () => {
    expect(refusal(() => isLyndon([-1]))).toMatchObject({ name: "SigRangeError", argument: "word" });
    expect(refusal(() => isLyndon([0.5]))).toMatchObject({ name: "SigRangeError" });
    for (const word of ["01", 1, null, undefined, ["0"], [0, undefined], new Array(2), { length: 0 }]) {
      expect(refusal(() => isLyndon(word as never))).toMatchObject({ name: "SigTypeError", argument: "word" });
    }
  });
});

describe("wordToIdx and idxToWord", () => {
  it("number the entries of a signature", () => {
    for (const letters of [1, 2, 3, 5]) {
      const all = words(letters, 4);
      expect(all.map((word) => wordToIdx(word, letters, { scalarTerm: true }))).toEqual([...all.keys()]);
      expect(all.slice(1).map((word) => wordToIdx(word, letters))).toEqual([...all.slice(1).keys()]);
      expect(all.map((_, idx) => idxToWord(idx, letters, { scalarTerm: true }))).toEqual(all);
    }
    expect(idxToWord(0, 0, { scalarTerm: true })).toEqual([]);
    expect(wordToIdx([], 0, { scalarTerm: true })).toBe(0);
  });

  it("are inverse to each other on all safe integers", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.integer({ min: 2, max: 1e6 }), fc.boolean(), (idx, letters, scalarTerm) => {
        expect(wordToIdx(idxToWord(idx, letters, { scalarTerm }), letters, { scalarTerm })).toBe(idx);
      }),
    );
    for (const letters of [2, 3, 10, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
      for (const scalarTerm of [true, false]) {
        const word = idxToWord(Number.MAX_SAFE_INTEGER, letters, { scalarTerm });
        expect(wordToIdx(word, letters, { scalarTerm })).toBe(Number.MAX_SAFE_INTEGER);
        const successor = [...word];
        let last = word.length - 1;
        while (last >= 0 && successor[last] === letters - 1) successor[last--] = 0;
        if (last >= 0) successor[last]!++;
        else successor.unshift(0);
        expect(refusal(() => wordToIdx(successor, letters, { scalarTerm }))).toMatchObject({ name: "SigRangeError", code: "TOO_LARGE" });
      }
    }
  });

  it("refuse places that leave the safe integers or belong to no word", () => {
    expect(refusal(() => wordToIdx(new Array<number>(80).fill(1), 2))).toMatchObject({
      name: "SigRangeError",
      code: "TOO_LARGE",
      argument: "word",
    });
    expect(refusal(() => wordToIdx([3], 2))).toMatchObject({ name: "SigRangeError", argument: "word" });
    expect(refusal(() => wordToIdx([0], 0))).toMatchObject({ name: "SigRangeError" });
    expect(refusal(() => wordToIdx([], 2))).toMatchObject({ name: "SigRangeError", argument: "word" });
    expect(refusal(() => wordToIdx("01" as never, 2))).toMatchObject({ name: "SigTypeError", argument: "word" });
    expect(refusal(() => wordToIdx([0], 2, true as never))).toMatchObject({ name: "SigTypeError", argument: "options" });
    for (const idx of [-1, -2, 0.5, NaN, 2 ** 53])
      expect(refusal(() => idxToWord(idx, 2))).toMatchObject({ name: "SigRangeError", argument: "idx" });
    expect(refusal(() => idxToWord("1" as never, 2))).toMatchObject({ name: "SigTypeError", argument: "idx" });
    expect(refusal(() => idxToWord(0, 0))).toMatchObject({ name: "SigRangeError", argument: "alphabetSize" });
    expect(refusal(() => idxToWord(2 ** 52, 1))).toMatchObject({ name: "SigRangeError", code: "TOO_LARGE" });
  });
});
