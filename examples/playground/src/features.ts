/** What the page shows of two paths, and how long each part took. */
import { explain, logSig, lyndonWords, sig, sigKernel, withBackend, words, type Dtype, type Tensor } from "@sig/api";
import type { Point } from "./board.js";

export interface Settings {
  readonly degree: number;
  readonly backend: string;
  readonly dtype: Dtype;
}

export interface Feature {
  readonly name: "signature" | "logSignature" | "kernel";
  readonly value: Tensor;
  readonly labels: readonly string[];
  readonly computedBy: string;
  readonly milliseconds: number;
}

const dimension = 2;
const spelt = (word: readonly number[]): string => word.map((letter) => letter + 1).join(" ");

function tensorOf(points: readonly Point[], dtype: Dtype): Tensor {
  const shape = [points.length, dimension];
  return dtype === "float32"
    ? { data: Float32Array.from(points.flat()), shape, dtype }
    : { data: Float64Array.from(points.flat()), shape, dtype };
}

/** Signature and log-signature of the first path, in words and Lyndon words, and the kernel of both where there is a second. */
export function featuresOf(first: readonly Point[], second: readonly Point[], { degree, backend, dtype }: Settings): Feature[] {
  const timed = (
    name: Feature["name"],
    operation: "sig" | "sigToLogSig" | "sigKernel",
    labels: readonly string[],
    compute: () => Tensor,
  ): Feature => {
    const begin = performance.now();
    const value = withBackend(backend, compute);
    const milliseconds = performance.now() - begin;
    // What the chosen backend lacks, such as float64 or a kernel, the next one computes.
    return { name, value, labels, computedBy: explain({ operation, dtype, backend }).choice.backend ?? "-", milliseconds };
  };
  const x = tensorOf(first, dtype);
  const features = [
    timed("signature", "sig", words(dimension, degree).slice(1).map(spelt), () => sig(x, degree)),
    timed("logSignature", "sigToLogSig", lyndonWords(dimension, degree).map(spelt), () => logSig(x, degree, { method: 1 })),
  ];
  if (second.length === 0) return features;
  const y = tensorOf(second, dtype);
  return [...features, timed("kernel", "sigKernel", [], () => sigKernel(x, y, { dyadicOrder: 1, normalize: true }))];
}
