/** Work of several seconds on one path, for the tests of how a process ends. */
export const length = 300_000;
export const degree = 10;

export function longPath() {
  const data = new Float64Array(length * 3);
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i) / 100;
  return { data, shape: [length, 3], dtype: "float64" };
}

/** Numbers of a small signature, to compare between threads. */
export const smallPath = [
  [0, 0],
  [1, 2],
  [4, 3],
];
