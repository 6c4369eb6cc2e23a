/** The free associative algebra in the plainest way: polynomials as maps from words (strings of digits) to coefficients. */
export type Polynomial = Map<string, number>;

export function add(a: Polynomial, b: Polynomial, factor = 1): Polynomial {
  const sum = new Map(a);
  for (const [word, x] of b) sum.set(word, (sum.get(word) ?? 0) + factor * x);
  for (const [word, x] of sum) if (x === 0) sum.delete(word);
  return sum;
}

export function scale(a: Polynomial, factor: number): Polynomial {
  return new Map([...a].map(([word, x]) => [word, factor * x]));
}

/** The product without words longer than the degree. */
export function multiply(a: Polynomial, b: Polynomial, degree: number): Polynomial {
  const product: Polynomial = new Map();
  for (const [u, x] of a) {
    for (const [v, y] of b) {
      if (u.length + v.length <= degree) product.set(u + v, (product.get(u + v) ?? 0) + x * y);
    }
  }
  return product;
}

export function commutator(a: Polynomial, b: Polynomial, degree: number): Polynomial {
  return add(multiply(a, b, degree), multiply(b, a, degree), -1);
}

export function exp(a: Polynomial, degree: number): Polynomial {
  let sum: Polynomial = new Map([["", 1]]);
  let power = sum;
  for (let n = 1; n <= degree; n++) {
    power = scale(multiply(power, a, degree), 1 / n);
    sum = add(sum, power);
  }
  return sum;
}

export function log(a: Polynomial, degree: number): Polynomial {
  const x = add(a, new Map([["", 1]]), -1);
  let sum: Polynomial = new Map();
  let power: Polynomial = new Map([["", 1]]);
  for (let n = 1; n <= degree; n++) {
    power = multiply(power, x, degree);
    sum = add(sum, power, (n % 2 === 1 ? 1 : -1) / n);
  }
  return sum;
}

export function isLyndonWord(word: string): boolean {
  for (let i = 1; i < word.length; i++) if (word.slice(i) <= word) return false;
  return word.length > 0;
}

/** Lyndon words by length, then lexicographic, picked from all words. */
export function lyndonWordsUpTo(dimension: number, degree: number): string[] {
  const found: string[] = [];
  let level = [""];
  for (let n = 1; n <= degree; n++) {
    level = level.flatMap((word) => Array.from({ length: dimension }, (_, letter) => `${word}${letter}`));
    found.push(...level.filter(isLyndonWord));
  }
  return found;
}

/** The standard bracketing, written in words. */
export function bracketOf(word: string): Polynomial {
  if (word.length === 1) return new Map([[word, 1]]);
  let cut = 1;
  while (!isLyndonWord(word.slice(cut))) cut++;
  return commutator(bracketOf(word.slice(0, cut)), bracketOf(word.slice(cut)), word.length);
}

/** The same with other elements for the letters. */
export function bracketAt(word: string, letters: readonly Polynomial[], degree: number): Polynomial {
  if (word.length === 1) return letters[Number(word)]!;
  let cut = 1;
  while (!isLyndonWord(word.slice(cut))) cut++;
  return commutator(bracketAt(word.slice(0, cut), letters, degree), bracketAt(word.slice(cut), letters, degree), degree);
}

/** The word at a place in a row of levels without scalar slot. */
export function wordAt(place: number, dimension: number): string {
  let length = 1;
  for (; place >= dimension ** length; length++) place -= dimension ** length;
  return place.toString(dimension).padStart(length, "0");
}
