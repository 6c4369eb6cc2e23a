/** GLSL on words: place p of a row of levels holds the word of n letters whose letters are the digits of `index` in base `d`. */

export const WORDS = `
int power(int base, int n) {
  int product = 1;
  for (int k = 0; k < n; k++) product *= base;
  return product;
}

// The place of the first word of n letters.
int levelStart(int d, int n) {
  int start = 0;
  for (int k = 1, size = d; k < n; k++, size *= d) start += size;
  return start;
}

void wordAt(int place, int d, out int n, out int index) {
  n = 1;
  index = place;
  for (int size = d; index >= size; size *= d) {
    index -= size;
    n++;
  }
}`;

/** Numbers of levels 1..degree over `dimension` letters. */
export function rowLengthOf(dimension: number, degree: number): number {
  let length = 0;
  for (let k = 1, size = dimension; k <= degree; k++, size *= dimension) length += size;
  return length;
}
