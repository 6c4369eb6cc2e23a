/** For each class the solution of (matrix) alpha = targets, +1 for series of the class and -1 for others; the matrix has its ridge already. */
export function regress(
  matrix: readonly Float64Array[],
  labels: readonly string[],
): { classes: readonly string[]; coefficients: readonly Float64Array[] } {
  const classes = [...new Set(labels)];
  const factor = cholesky(matrix);
  const coefficients = classes.map((name) =>
    solve(
      factor,
      Float64Array.from(labels, (label) => (label === name ? 1 : -1)),
    ),
  );
  return { classes, coefficients };
}

/** The lower triangle L of a symmetric positive definite matrix = L L^T. */
function cholesky(matrix: readonly Float64Array[]): Float64Array[] {
  const lower: Float64Array[] = [];
  matrix.forEach((row, i) => {
    const current = new Float64Array(row.length);
    for (let j = 0; j <= i; j++) {
      let rest = row[j] ?? 0;
      const other = j < i ? (lower[j] ?? current) : current;
      for (let k = 0; k < j; k++) rest -= (current[k] ?? 0) * (other[k] ?? 0);
      current[j] = j === i ? Math.sqrt(rest) : rest / (other[j] ?? 1);
    }
    lower.push(current);
  });
  return lower;
}

function solve(lower: readonly Float64Array[], right: Float64Array): Float64Array {
  const n = right.length;
  const y = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let rest = right[i] ?? 0;
    for (let k = 0; k < i; k++) rest -= (lower[i]?.[k] ?? 0) * (y[k] ?? 0);
    y[i] = rest / (lower[i]?.[i] ?? 1);
  }
  const x = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let rest = y[i] ?? 0;
    for (let k = i + 1; k < n; k++) rest -= (lower[k]?.[i] ?? 0) * (x[k] ?? 0);
    x[i] = rest / (lower[i]?.[i] ?? 1);
  }
  return x;
}
