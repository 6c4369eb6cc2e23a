import * as sig from "@sig/api";
import type { Dtype } from "@sig/api";
import { random, walks } from "./inputs.js";
import type { Row } from "./rows.js";

/** Batch, length, dimension and degree. */
const [BATCH, LENGTH, D, N] = [128, 256, 3, 4] as const;

function signatureRows(dtype: Dtype, planar: boolean): Row[] {
  const path = walks(dtype, BATCH, LENGTH, D);
  const value = sig.branchedSig(path, N, { planar });
  const derivs = random(dtype, value.shape);
  const logDerivs = random(dtype, sig.branchedSigToLogSig(value, D, N, { planar }).shape);
  const common = { dtype, options: planar ? { planar } : {} };
  const ofPath = {
    ...common,
    shape: `B${BATCH} L${LENGTH} d${D} N${N}${planar ? " planar" : ""}`,
    prepare: [["prepare_branched_sig", [D, N], { planar }]],
  } as const;
  const ofRows = {
    ...common,
    shape: `B${BATCH} d${D} N${N}${planar ? " planar" : ""}`,
    prepare: [["prepare_branched_log_sig", [D, N, planar ? 1 : 0], { planar }]],
  } as const;
  return [
    { ...ofPath, python: "branched_sig", args: [path, N], ours: (nJobs) => sig.branchedSig(path, N, { planar, nJobs }) },
    {
      ...ofPath,
      python: "branched_sig_backprop",
      args: [path, value, derivs, N],
      ours: (nJobs) => sig.branchedSigBackprop(path, value, derivs, N, { planar, nJobs }),
    },
    {
      ...ofRows,
      python: "branched_sig_combine",
      args: [value, value, D, N],
      ours: (nJobs) => sig.branchedSigCombine(value, value, D, N, { planar, nJobs }),
    },
    {
      ...ofRows,
      python: "branched_sig_to_log_sig",
      args: [value, D, N],
      ours: (nJobs) => sig.branchedSigToLogSig(value, D, N, { planar, nJobs }),
    },
    {
      ...ofRows,
      python: "branched_sig_to_log_sig_backprop",
      args: [value, logDerivs, D, N],
      ours: (nJobs) => sig.branchedSigToLogSigBackprop(value, logDerivs, D, N, { planar, nJobs }),
    },
  ];
}

/** Depth 3; the paths are so short that values stay moderate. */
function kernelRows(dtype: Dtype): Row[] {
  const [pairs, length, d, depth] = [64, 64, 3, 3];
  const scaled = (salt: number) => {
    const path = walks(dtype, pairs, length, d, salt);
    path.data.forEach((x, i) => (path.data[i] = 0.3 * x));
    return path;
  };
  const [x, y] = [scaled(0), scaled(1)];
  const derivs = random(dtype, [pairs]);
  const gramDerivs = random(dtype, [pairs, pairs]);
  const common = { dtype, options: {}, prepare: [] };
  const one = { ...common, shape: `P${pairs} L${length} d${d} depth ${depth}` };
  const gram = { ...common, shape: `${pairs} x ${pairs}, L${length} d${d} depth ${depth}` };
  return [
    {
      ...one,
      python: "branched_sig_kernel",
      args: [x, y, depth, 0],
      ours: (nJobs) => sig.branchedSigKernel(x, y, depth, 0, { nJobs }),
    },
    {
      ...one,
      python: "branched_sig_kernel_backprop",
      args: [derivs, x, y, depth, 0],
      ours: (nJobs) => sig.branchedSigKernelBackprop(derivs, x, y, depth, 0, { nJobs }),
    },
    {
      ...gram,
      python: "branched_sig_kernel_gram",
      args: [x, y, depth, 0],
      ours: (nJobs) => sig.branchedSigKernelGram(x, y, depth, 0, { nJobs }),
    },
    {
      ...gram,
      python: "branched_sig_kernel_gram_backprop",
      args: [gramDerivs, x, y, depth, 0],
      ours: (nJobs) => sig.branchedSigKernelGramBackprop(gramDerivs, x, y, depth, 0, { nJobs }),
    },
  ];
}

export function branchedRows(dtype: Dtype): Row[] {
  return [...signatureRows(dtype, false), ...signatureRows(dtype, true), ...kernelRows(dtype)];
}
