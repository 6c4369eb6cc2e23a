// Computes a large gram in a process of its own; prints by how many bytes that made it grow.
import { branchedSigKernelGram, RBFKernel, sigKernelGram, StaticKernel } from "@sig/api";

const [kind, paths, length] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const dimension = 5;

/** The linear kernel as a user would write it. */
class UserKernel extends StaticKernel {
  increments(context, x, y) {
    const [batch, points, letters] = x.shape;
    const [rows, columns] = [points - 1, y.shape[1] - 1];
    const data = new Float64Array(batch * rows * columns);
    const steps = (path, pair, count) => {
      const first = pair * (count + 1) * letters;
      return Float64Array.from({ length: count * letters }, (_, i) => path.data[first + i + letters] - path.data[first + i]);
    };
    for (let pair = 0, to = 0; pair < batch; pair++) {
      const [a, b] = [steps(x, pair, rows), steps(y, pair, columns)];
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++, to++) {
          let sum = 0;
          for (let c = 0; c < letters; c++) sum += a[i * letters + c] * b[j * letters + c];
          data[to] = sum;
        }
      }
    }
    return { data, shape: [batch, rows, columns], dtype: "float64" };
  }
}

const batch = (count, points) => {
  const data = new Float64Array(count * points * dimension);
  for (let i = 0; i < data.length; i++) data[i] = Math.sin(i * i) / 10;
  return { data, shape: [count, points, dimension], dtype: "float64" };
};
const staticKernel = { linear: undefined, rbf: new RBFKernel(1), user: new UserKernel() }[kind];
const gramOf = (x, y) =>
  kind === "branched" ? branchedSigKernelGram(x, y, 2, 0, { nJobs: -1 }) : sigKernelGram(x, y, { dyadicOrder: 0, staticKernel, nJobs: -1 });
const x = batch(paths, length);
// Threads, code and the first allocations are not what is measured.
gramOf(batch(9, 5), batch(9, 5));
const before = process.memoryUsage.rss();
const gram = gramOf(x, batch(paths, length));
const peak = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ grown: peak - before, kernels: gram.data.length, finite: gram.data.every(Number.isFinite) }));
