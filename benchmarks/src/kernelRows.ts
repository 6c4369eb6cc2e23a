import * as sig from "@sig/api";
import type { Dtype } from "@sig/api";
import { random, walks } from "./inputs.js";
import type { Row } from "./rows.js";

/** Pairs, length and dyadic order of the rows of d = 5; the last is one long pair. */
const PAIRS = [
  [128, 128, 0],
  [128, 128, 2],
  [32, 512, 0],
  [1024, 32, 0],
  [1, 1024, 1],
] as const;

const ORDER = 7;

const finite = (order: number) => ({ python: { dyadic_order: order }, ours: { dyadicOrder: order } });
const polynomial = { python: { method: "polynomial", order: ORDER }, ours: { method: "polynomial", order: ORDER } } as const;
const rbf = {
  python: { dyadic_order: 0, static_kernel: { kernel: ["RBFKernel", [0.5]] } },
  ours: { dyadicOrder: 0, staticKernel: new sig.RBFKernel(0.5) },
};

/** Kernels of pairs of paths, and the gradient of the first ones, which is what is asked for by default. */
function pairRows(dtype: Dtype, pairs: number, length: number, scheme: ReturnType<typeof finite> | typeof polynomial): Row[] {
  const x = walks(dtype, pairs, length, 5);
  const y = walks(dtype, pairs, length, 5, 1);
  const derivs = random(dtype, pairs === 1 ? [] : [pairs]);
  const common = { shape: `P${pairs} L${length} d5`, dtype, prepare: [] };
  return [
    {
      ...common,
      python: "sig_kernel",
      args: [x, y],
      options: scheme.python,
      ours: (nJobs) => sig.sigKernel(x, y, { ...scheme.ours, nJobs }),
    },
    {
      ...common,
      python: "sig_kernel_backprop",
      args: [derivs, x, y],
      options: scheme.python,
      ours: (nJobs) => sig.sigKernelBackprop(derivs, x, y, { ...scheme.ours, nJobs }),
    },
  ];
}

/** Gradients of both sides. */
function bothGradientsRow(dtype: Dtype, pairs: number, length: number): Row {
  const x = walks(dtype, pairs, length, 5);
  const y = walks(dtype, pairs, length, 5, 1);
  const derivs = random(dtype, [pairs]);
  return {
    shape: `P${pairs} L${length} d5, both gradients`,
    dtype,
    prepare: [],
    python: "sig_kernel_backprop",
    args: [derivs, x, y],
    options: { dyadic_order: 0, right_deriv: true },
    ours: (nJobs) => sig.sigKernelBackprop(derivs, x, y, { dyadicOrder: 0, rightDeriv: true, nJobs }),
  };
}

/** Every path of 64 with every path of another 64. */
function gramRows(dtype: Dtype, scheme: ReturnType<typeof finite> | typeof polynomial | typeof rbf): Row[] {
  const x = walks(dtype, 64, 64, 5);
  const y = walks(dtype, 64, 64, 5, 1);
  const derivs = random(dtype, [64, 64]);
  const common = { shape: "64 x 64, L64 d5", dtype, prepare: [] };
  return [
    {
      ...common,
      python: "sig_kernel_gram",
      args: [x, y],
      options: scheme.python,
      ours: (nJobs) => sig.sigKernelGram(x, y, { ...scheme.ours, nJobs }),
    },
    {
      ...common,
      python: "sig_kernel_gram_backprop",
      args: [derivs, x, y],
      options: scheme.python,
      ours: (nJobs) => sig.sigKernelGramBackprop(derivs, x, y, { ...scheme.ours, nJobs }),
    },
  ];
}

function metricRow(dtype: Dtype): Row {
  const x = walks(dtype, 64, 64, 5);
  const y = walks(dtype, 64, 64, 5, 1);
  return {
    python: "sig_mmd",
    shape: "64 and 64, L64 d5",
    dtype,
    args: [x, y],
    options: { dyadic_order: 0 },
    prepare: [],
    ours: (nJobs) => sig.sigMmd(x, y, { dyadicOrder: 0, nJobs }),
  };
}

export function kernelRows(dtype: Dtype): Row[] {
  return [
    ...PAIRS.flatMap(([pairs, length, order]) => pairRows(dtype, pairs, length, finite(order))),
    bothGradientsRow(dtype, 128, 128),
    bothGradientsRow(dtype, 32, 512),
    ...pairRows(dtype, 128, 128, polynomial),
    ...gramRows(dtype, finite(0)),
    ...gramRows(dtype, rbf),
    ...gramRows(dtype, polynomial),
    metricRow(dtype),
  ];
}
