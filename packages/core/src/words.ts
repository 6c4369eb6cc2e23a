/**
 * Words over the letters 0 .. alphabetSize - 1, as arrays of letters. A path of d channels has the alphabet of size d, and the
 * entries of its signature are indexed by words, shorter ones first, lexicographic within a length.
 */
import { checkFlag, checkInteger } from "./checks.js";
import { describe, rangeError, typeError, type Place } from "./errors.js";
import { readOptions } from "./options.js";

export type Word = readonly number[];

/** Lists of words are refused where their letters, and four more for each word, would be more than this. */
export const maxLetters = 2 ** 27;

/**
 * All words of exactly `length` letters, lexicographic: alphabetSize^length of them. Length 0 gives the empty word alone.
 *
 * @throws SigRangeError (`TOO_LARGE`) beyond {@link maxLetters}
 */
export function wordsOfLength(alphabetSize: number, length: number): number[][] {
  const operation = "wordsOfLength";
  const letters = checkInteger(alphabetSize, { operation, argument: "alphabetSize" }, { min: 0 });
  const place = { operation, argument: "length" };
  checkInteger(length, place, { min: 0 });
  checkListSize(letters ** length, length, place);
  const list: number[][] = [];
  appendWords(list, letters, length);
  return list;
}

/**
 * The empty word, then all words of 1 .. maxLength letters, in the order of a signature with its scalar term.
 *
 * @throws SigRangeError (`TOO_LARGE`) beyond {@link maxLetters}
 */
export function words(alphabetSize: number, maxLength: number): number[][] {
  const operation = "words";
  const letters = checkInteger(alphabetSize, { operation, argument: "alphabetSize" }, { min: 0 });
  const place = { operation, argument: "maxLength" };
  checkInteger(maxLength, place, { min: 0 });
  if (letters === 0) return [[]];
  if (letters === 1) checkListSize(maxLength, maxLength / 2, place);
  else checkListSize(letters ** maxLength, maxLength, place);
  const list: number[][] = [];
  for (let length = 0; length <= maxLength; length++) appendWords(list, letters, length);
  return list;
}

function checkListSize(count: number, length: number, place: Place): void {
  if (count * (length + 4) > maxLetters) {
    throw rangeError(
      place,
      `is too large: about ${count} words of ${length} letters (at most 2^27 letters, four more for each word)`,
      "TOO_LARGE",
    );
  }
}

function appendWords(list: number[][], letters: number, length: number): void {
  if (letters === 0 && length > 0) return;
  const word = new Array<number>(length).fill(0);
  for (;;) {
    list.push(word.slice());
    let last = length - 1;
    while (last >= 0 && word[last] === letters - 1) word[last--] = 0;
    if (last < 0) return;
    word[last]!++;
  }
}

/**
 * The Lyndon words of exactly `length` letters, lexicographic. None for length 0.
 *
 * @throws SigRangeError (`TOO_LARGE`) beyond {@link maxLetters}
 */
export function lyndonWordsOfLength(alphabetSize: number, length: number): number[][] {
  const operation = "lyndonWordsOfLength";
  const letters = checkInteger(alphabetSize, { operation, argument: "alphabetSize" }, { min: 0 });
  const place = { operation, argument: "length" };
  checkInteger(length, place, { min: 0 });
  return lyndonByLength(letters, length, place)[length] ?? [];
}

/**
 * The Lyndon words of 1 .. maxLength letters, by length, then lexicographic: the order of log-signature coordinates.
 *
 * @throws SigRangeError (`TOO_LARGE`) beyond {@link maxLetters}
 */
export function lyndonWords(alphabetSize: number, maxLength: number): number[][] {
  const operation = "lyndonWords";
  const letters = checkInteger(alphabetSize, { operation, argument: "alphabetSize" }, { min: 0 });
  const place = { operation, argument: "maxLength" };
  checkInteger(maxLength, place, { min: 0 });
  return lyndonByLength(letters, maxLength, place).flat();
}

/** Duval's generation: Lyndon words of up to `longest` letters in lexicographic order, filed under their length. */
function lyndonByLength(letters: number, longest: number, place: Place): number[][][] {
  if (letters === 0 || longest === 0) return [];
  if (letters === 1) return [[], [[0]]];
  // Of the letters^n words of length n, at most one in n is a Lyndon word.
  checkListSize(letters ** longest / longest, longest, place);
  const byLength: number[][][] = Array.from({ length: longest + 1 }, () => []);
  const word = [-1];
  while (word.length > 0) {
    word[word.length - 1]!++;
    const period = word.length;
    byLength[period]!.push(word.slice());
    while (word.length < longest) word.push(word[word.length - period]!);
    while (word[word.length - 1] === letters - 1) word.pop();
  }
  return byLength;
}

function checkWord(word: unknown, place: Place, letters: number): Word {
  if (!Array.isArray(word)) throw typeError(place, `must be an array of letters, got ${describe(word)}`);
  const upper = letters === Infinity ? "inf" : String(letters);
  for (let i = 0; i < word.length; i++) {
    const letter: unknown = word[i];
    if (typeof letter !== "number") throw typeError(place, `must be an array of integers, but letter ${i} is ${describe(letter)}`);
    if (!Number.isSafeInteger(letter) || letter < 0 || letter >= letters) {
      throw rangeError(place, `must only contain integers in the range [0, ${upper}), but letter ${i} is ${letter}`);
    }
  }
  return word as Word;
}

/** Whether a word is smaller than each of its proper suffixes: true for one letter, false for the empty word. */
export function isLyndon(word: Word): boolean {
  checkWord(word, { operation: "isLyndon", argument: "word" }, Infinity);
  // Duval's factorisation, left at the first factor: the word is Lyndon if that is the whole word.
  let i = 0;
  let j = 1;
  for (; j < word.length && word[i]! <= word[j]!; j++) i = word[i]! < word[j]! ? 0 : i + 1;
  return word.length > 0 && j >= word.length && i === 0;
}

export interface IndexOptions {
  /** The signature begins with its scalar term, the entry of the empty word. Default false. */
  readonly scalarTerm?: boolean | undefined;
}

const indexDefaults = Object.freeze({ scalarTerm: false });

/**
 * Place of a word in a signature: f(w) = (w_0 + 1) d^(n-1) + ... + (w_(n-1) + 1) with the scalar term, f(w) - 1 without.
 *
 * @param word letters from 0 to alphabetSize - 1; the empty word has a place only with `scalarTerm`
 * @throws SigRangeError (`TOO_LARGE`) where the place passes 2^53 - 1
 */
export function wordToIdx(word: Word, alphabetSize: number, options?: IndexOptions): number {
  const operation = "wordToIdx";
  const scalarTerm = readScalarTerm(operation, options);
  const letters = checkInteger(alphabetSize, { operation, argument: "alphabetSize" }, { min: 0 });
  const place = { operation, argument: "word" };
  checkWord(word, place, letters);
  if (word.length === 0 && !scalarTerm) {
    throw rangeError(place, "must not be empty: the empty word is the scalar term, which a signature has with scalarTerm: true only");
  }
  const offset = scalarTerm ? 0 : 1;
  let index = 0;
  for (let i = 0; i < word.length; i++) {
    const shifted = index * letters;
    const added = word[i]! + 1;
    // Both sides are exact: a product that passes 2^53 cannot round to below it.
    if (shifted > Number.MAX_SAFE_INTEGER + offset - added) throw rangeError(place, "is too long: its place passes 2^53 - 1", "TOO_LARGE");
    index = shifted + added;
  }
  return index - offset;
}

/**
 * The word at a place of a signature, the inverse of {@link wordToIdx}.
 *
 * @throws SigRangeError for a negative place, one that no word has (an alphabet of no letters), and a word too long for an array
 */
export function idxToWord(idx: number, alphabetSize: number, options?: IndexOptions): number[] {
  const operation = "idxToWord";
  const scalarTerm = readScalarTerm(operation, options);
  const place = { operation, argument: "idx" };
  const letters = checkInteger(alphabetSize, { operation, argument: "alphabetSize" }, { min: 0 });
  let rest = checkInteger(idx, place, { min: 0 }) + (scalarTerm ? 0 : 1);
  if (letters === 0 && rest > 0) throw rangeError({ operation, argument: "alphabetSize" }, `must be at least 1 for a word at ${idx}`);
  if (letters === 1 && rest > maxLetters) throw rangeError(place, `is too large: the word has ${rest} letters`, "TOO_LARGE");
  const word: number[] = [];
  while (rest > 0) {
    const letter = (rest - 1) % letters;
    word.push(letter);
    rest = (rest - 1 - letter) / letters;
  }
  return word.reverse();
}

function readScalarTerm(operation: string, options: IndexOptions | undefined): boolean {
  const { scalarTerm } = readOptions<{ scalarTerm: unknown }>(operation, options, indexDefaults);
  return checkFlag(scalarTerm, { operation, argument: "scalarTerm" });
}
