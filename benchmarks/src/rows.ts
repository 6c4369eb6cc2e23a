import * as sig from "@sig/api";
import type { Dtype, Tensor } from "@sig/api";
import { branchedRows } from "./branchedRows.js";
import { random, walks } from "./inputs.js";
import { kernelRows } from "./kernelRows.js";
import { streamRows } from "./streamRows.js";

export type Argument = Tensor | number | readonly (readonly number[])[];

/** One line of the table: the same call for both libraries. */
export interface Row {
  readonly python: string;
  /** Our call; `jobs` is nJobs. */
  readonly ours: (jobs: number) => unknown;
  /** Another call of ours, which stands in for pysiglib's: the row is about their ratio, and `python` only its name. */
  readonly against?: (jobs: number) => unknown;
  readonly shape: string;
  readonly dtype: Dtype;
  readonly args: readonly Argument[];
  /** Options under upstream's names; `{ kernel: [class, arguments] }` stands for a static kernel. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Calls made first: function, arguments, options. */
  readonly prepare: readonly (readonly [string, readonly number[], Readonly<Record<string, unknown>>?])[];
}

export function isTensor(argument: Argument): argument is Tensor {
  return typeof argument === "object" && "shape" in argument;
}

function shapeText(batch: number, length: number, dimension: number, degree: number): string {
  return `B${batch} L${length} d${dimension} N${degree}`;
}

/** Batch, length, dimension, degree of the signature rows. */
const SIGNATURES = [
  [128, 256, 2, 6],
  [128, 256, 3, 5],
  [128, 256, 4, 6],
  [128, 256, 5, 5],
  [128, 256, 8, 4],
  [32, 100, 10, 5],
  [128, 128, 16, 3],
  [1, 10, 2, 3],
  [1, 100_000, 3, 4],
] as const;

function signatureRows(dtype: Dtype): Row[] {
  return SIGNATURES.flatMap(([batch, length, d, N]) => {
    const path = walks(dtype, batch, length, d);
    const value = sig.sig(path, N);
    const derivs = random(dtype, value.shape);
    const common = { shape: shapeText(batch, length, d, N), dtype, options: {}, prepare: [] };
    return [
      { ...common, python: "sig", args: [path, N], ours: (nJobs: number) => sig.sig(path, N, { nJobs }) },
      {
        ...common,
        python: "sig_backprop",
        args: [path, value, derivs, N],
        ours: (nJobs: number) => sig.sigBackprop(path, value, derivs, N, { nJobs }),
      },
    ];
  });
}

function augmentedRow(dtype: Dtype): Row {
  const path = walks(dtype, 64, 100, 3);
  return {
    python: "sig",
    shape: `${shapeText(64, 100, 3, 4)} lead-lag, time`,
    dtype,
    args: [path, 4],
    options: { lead_lag: true, time_aug: true },
    prepare: [],
    ours: (nJobs) => sig.sig(path, 4, { leadLag: true, timeAug: true, nJobs }),
  };
}

/** Operations on 4,096 ready signatures, d = 3, N = 4. */
function combineRows(dtype: Dtype): Row[] {
  const [batch, d, N] = [4096, 3, 4];
  const length = sig.sigLength(d, N);
  const a = random(dtype, [batch, length]);
  const b = random(dtype, [batch, length], 0.5);
  const v = random(dtype, [batch, d]);
  const derivs = random(dtype, [batch, length], 0.7);
  const common = { shape: `B${batch} d${d} N${N}`, dtype, options: {}, prepare: [] };
  return [
    { ...common, python: "sig_combine", args: [a, b, d, N], ours: (nJobs) => sig.sigCombine(a, b, d, N, { nJobs }) },
    {
      ...common,
      python: "sig_combine_backprop",
      args: [derivs, a, b, d, N],
      ours: (nJobs) => sig.sigCombineBackprop(derivs, a, b, d, N, { nJobs }),
    },
    { ...common, python: "sig_join", args: [a, v, d, N], ours: (nJobs) => sig.sigJoin(a, v, d, N, { nJobs }) },
    {
      ...common,
      python: "sig_join_backprop",
      args: [derivs, a, v, d, N],
      ours: (nJobs) => sig.sigJoinBackprop(derivs, a, v, d, N, { nJobs }),
    },
    { ...common, python: "linear_sig", args: [v, d, N], ours: (nJobs) => sig.linearSig(v, d, N, { nJobs }) },
  ];
}

function logSignatureRows(dtype: Dtype): Row[] {
  const [batch, length, d, N] = [128, 100, 3, 5];
  const path = walks(dtype, batch, length, d);
  const value = sig.sig(path, N);
  const common = { shape: shapeText(batch, length, d, N), dtype, prepare: [["prepare_log_sig", [d, N, 3]]] as const };
  const rows: Row[] = [];
  for (const method of [1, 2, 3] as const) {
    rows.push({
      ...common,
      python: "log_sig",
      args: [path, N],
      options: { method },
      ours: (nJobs) => sig.logSig(path, N, { method, nJobs }),
    });
  }
  for (const method of [0, 1, 2] as const) {
    const derivs = random(dtype, sig.sigToLogSig(value, d, N, { method }).shape);
    const options = { method };
    rows.push(
      {
        ...common,
        python: "sig_to_log_sig",
        args: [value, d, N],
        options,
        ours: (nJobs) => sig.sigToLogSig(value, d, N, { method, nJobs }),
      },
      {
        ...common,
        python: "sig_to_log_sig_backprop",
        args: [value, derivs, d, N],
        options,
        ours: (nJobs) => sig.sigToLogSigBackprop(value, derivs, d, N, { method, nJobs }),
      },
    );
  }
  return rows;
}

function expansionRows(dtype: Dtype): Row[] {
  const [batch, d, N] = [16, 4, 5];
  return ([0, 1, 2] as const).flatMap((method) => {
    const logSig = random(dtype, [batch, method === 0 ? sig.sigLength(d, N) : sig.logSigLength(d, N)], 0.5);
    const derivs = random(dtype, [batch, sig.sigLength(d, N)]);
    const common = { shape: `B${batch} d${d} N${N}`, dtype, options: { method }, prepare: [["prepare_log_sig", [d, N, 2]]] as const };
    return [
      {
        ...common,
        python: "logsig_to_sig",
        args: [logSig, d, N],
        ours: (nJobs: number) => sig.logSigToSig(logSig, d, N, { method, nJobs }),
      },
      {
        ...common,
        python: "logsig_to_sig_backprop",
        args: [logSig, derivs, d, N],
        ours: (nJobs: number) => sig.logSigToSigBackprop(logSig, derivs, d, N, { method, nJobs }),
      },
    ];
  });
}

function bchRows(dtype: Dtype): Row[] {
  const [batch, d, N] = [4096, 3, 4];
  const length = sig.logSigLength(d, N);
  const a = random(dtype, [batch, length]);
  const b = random(dtype, [batch, length], 0.5);
  const v = random(dtype, [batch, d]);
  const derivs = random(dtype, [batch, length], 0.7);
  const common = { shape: `B${batch} d${d} N${N}`, dtype, options: {}, prepare: [["prepare_log_sig", [d, N, 3]]] as const };
  return [
    { ...common, python: "log_sig_combine", args: [a, b, d, N], ours: (nJobs) => sig.logSigCombine(a, b, d, N, { nJobs }) },
    {
      ...common,
      python: "log_sig_combine_backprop",
      args: [derivs, a, b, d, N],
      ours: (nJobs) => sig.logSigCombineBackprop(derivs, a, b, d, N, { nJobs }),
    },
    { ...common, python: "log_sig_join", args: [a, v, d, N], ours: (nJobs) => sig.logSigJoin(a, v, d, N, { nJobs }) },
    {
      ...common,
      python: "log_sig_join_backprop",
      args: [derivs, a, v, d, N],
      ours: (nJobs) => sig.logSigJoinBackprop(derivs, a, v, d, N, { nJobs }),
    },
  ];
}

function coefficientRows(dtype: Dtype): Row[] {
  const [batch, length, d] = [128, 256, 5];
  const path = walks(dtype, batch, length, d);
  const words = Array.from({ length: 32 }, (_, i) => [i % 5, (i * 3 + 1) % 5, (i * 7 + (i >> 2)) % 5, (i >> 1) % 5]);
  const coefs = sig.sigCoef(path, words, { prefixes: true });
  const derivs = random(dtype, coefs.shape);
  const common = { shape: `B${batch} L${length} d${d}, 32 words of length 4`, dtype, options: {}, prepare: [] };
  // Upstream's backprop overwrites derivs, which does not change its time.
  return [
    { ...common, python: "sig_coef", args: [path, words], ours: (nJobs) => sig.sigCoef(path, words, { nJobs }) },
    {
      ...common,
      python: "sig_coef_backprop",
      args: [path, words, coefs, derivs],
      ours: (nJobs) => sig.sigCoefBackprop(path, words, coefs, derivs, { nJobs }),
    },
  ];
}

function transformRows(dtype: Dtype): Row[] {
  const path = walks(dtype, 128, 512, 8);
  const options = { time_aug: true, lead_lag: true };
  const ours = { timeAug: true, leadLag: true };
  const derivs = random(dtype, sig.transformPath(path, ours).shape);
  const common = { shape: "B128 L512 d8 lead-lag, time", dtype, options, prepare: [] };
  return [
    { ...common, python: "transform_path", args: [path], ours: (nJobs) => sig.transformPath(path, { ...ours, nJobs }) },
    {
      ...common,
      python: "transform_path_backprop",
      args: [derivs],
      ours: (nJobs) => sig.transformPathBackprop(derivs, { ...ours, nJobs }),
    },
  ];
}

/** Every row of the table in one dtype. */
export function rows(dtype: Dtype): Row[] {
  return [
    ...signatureRows(dtype),
    augmentedRow(dtype),
    ...combineRows(dtype),
    ...logSignatureRows(dtype),
    ...expansionRows(dtype),
    ...bchRows(dtype),
    ...coefficientRows(dtype),
    ...transformRows(dtype),
    ...kernelRows(dtype),
    ...branchedRows(dtype),
    ...streamRows(dtype),
  ];
}
