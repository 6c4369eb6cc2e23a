/** @sig/api: path signatures and log-signatures on the backends that are installed. */
export { transformPath, transformPathBackprop } from "./transforms.js";
export { sig, sigBackprop, signature } from "./signature.js";
export { sigCombine, sigCombineBackprop, sigJoin, sigJoinBackprop } from "./signatureProducts.js";
export { linearSig, linearSigBackprop, sigInverse, sigInverseBackprop } from "./signatureForms.js";
export { extractSigCoef, extractSigCoefBackprop, sigCoef, sigCoefBackprop } from "./coefficients.js";
export { logSig, logSigBackprop } from "./logSignature.js";
export { logSigToSig, logSigToSigBackprop, sigToLogSig, sigToLogSigBackprop } from "./logSignatureMaps.js";
export { logSigCombine, logSigCombineBackprop, logSigJoin, logSigJoinBackprop } from "./logSignatureProducts.js";
export { linearLogSig, linearLogSigBackprop } from "./logSignatureForms.js";
export { sigKernel, sigKernelGram } from "./kernel.js";
export { sigKernelBackprop, sigKernelGramBackprop } from "./kernelBackprop.js";
export { branchedSigKernel, branchedSigKernelBackprop, branchedSigKernelGram, branchedSigKernelGramBackprop } from "./branchedKernel.js";
export { expectedSigScore, sigMmd, sigScore } from "./metrics.js";
export { expectedSigScoreBackprop, sigMmdBackprop, sigScoreBackprop } from "./metricsBackprop.js";
export { Context, StaticKernel } from "./staticKernel.js";
export {
  LinearKernel,
  Matern12Kernel,
  Matern32Kernel,
  Matern52Kernel,
  PolynomialKernel,
  RationalQuadraticKernel,
  RBFKernel,
  ScaledLinearKernel,
} from "./staticKernels.js";
export { LogSigStream, LogSigWindowStream, SigStream, SigWindowStream } from "./streams.js";
export { BranchedLogSigStream, BranchedLogSigWindowStream, BranchedSigStream, BranchedSigWindowStream } from "./streamsBranched.js";
export { branchedSig, branchedSigBackprop } from "./branched.js";
export { branchedSigCombine, branchedSigCombineBackprop, branchedSigJoin, branchedSigJoinBackprop } from "./branchedProducts.js";
export { linearBranchedSig, linearBranchedSigBackprop } from "./branchedForms.js";
export {
  branchedSigCoef,
  branchedSigCoefBackprop,
  extractBranchedSigCoef,
  extractBranchedSigCoefBackprop,
} from "./branchedCoefficients.js";
export { branchedLogSig, branchedLogSigBackprop } from "./branchedLogSignature.js";
export {
  branchedLogSigToSig,
  branchedLogSigToSigBackprop,
  branchedSigToLogSig,
  branchedSigToLogSigBackprop,
} from "./branchedLogSignatureMaps.js";
export {
  branchedLogSigCombine,
  branchedLogSigCombineBackprop,
  branchedLogSigJoin,
  branchedLogSigJoinBackprop,
} from "./branchedLogSignatureProducts.js";
export { linearBranchedLogSig, linearBranchedLogSigBackprop } from "./branchedLogSignatureForms.js";
export { toDevice } from "./device.js";

export type { DeviceArguments, OnDevice } from "./device.js";
export type { Form, PromiseOptions } from "./operation.js";
export type { AlgebraOptions, CorrectionOptions, JobOptions, PathOptions } from "./inputs.js";
export type { SigBackpropOptions, SigOptions } from "./signature.js";
export type { SigJoinOptions } from "./signatureProducts.js";
export type { LinearSigOptions } from "./signatureForms.js";
export type { ExtractOptions, SigCoefOptions, WordsLike } from "./coefficients.js";
export type { LogSigMethod, LogSigOptions } from "./logSignature.js";
export type { LogSigToSigOptions, SigToLogSigOptions } from "./logSignatureMaps.js";
export type { LogSigJoinOptions } from "./logSignatureProducts.js";
export type { LinearLogSigOptions } from "./logSignatureForms.js";
export type { GramOptions, SolverOptions } from "./kernelInputs.js";
export type { SigKernelGramOptions, SigKernelOptions } from "./kernel.js";
export type {
  BranchedSigKernelBackpropOptions,
  BranchedSigKernelGramBackpropOptions,
  BranchedSigKernelGramOptions,
  BranchedSigKernelOptions,
} from "./branchedKernel.js";
export type { PathGradients, SigKernelBackpropOptions, SigKernelGramBackpropOptions } from "./kernelBackprop.js";
export type { SigMmdOptions, SigScoreOptions } from "./metrics.js";
export type { SigScoreBackpropOptions } from "./metricsBackprop.js";
export type { LogSigStreamOptions, LogSigWindowStreamOptions, SigStreamOptions, SigWindowStreamOptions } from "./streams.js";
export type {
  BranchedLogSigStreamOptions,
  BranchedLogSigWindowStreamOptions,
  BranchedSigStreamOptions,
  BranchedSigWindowStreamOptions,
} from "./streamsBranched.js";
export type { IntervalStream } from "./streamIntervals.js";
export type { StreamSnapshot } from "./streamSnapshot.js";
export type { FromOptions, WindowOptions, WindowStream } from "./streamWindows.js";
export type { Examined, KernelHealth, Reported, Unreported, WarningOptions } from "./health.js";
export type { BranchedSigBackpropOptions, BranchedSigOptions } from "./branched.js";
export type { BranchedOptions, PlanarOptions } from "./branchedInputs.js";
export type { BranchedSigJoinOptions } from "./branchedProducts.js";
export type { LinearBranchedSigOptions } from "./branchedForms.js";
export type { BranchedLogSigOptions } from "./branchedLogSignature.js";
export type { BranchedLogSigToSigOptions, BranchedSigToLogSigOptions } from "./branchedLogSignatureMaps.js";
export type { BranchedLogSigJoinOptions } from "./branchedLogSignatureProducts.js";
export type { LinearBranchedLogSigOptions } from "./branchedLogSignatureForms.js";
export type { BranchedSigCoefOptions, ExtractBranchedOptions, TreesLike } from "./branchedCoefficients.js";

export {
  allThreads,
  availableBackends,
  branchedLogSigLength,
  branchedSigLength,
  clearCache,
  drawTree,
  estimate,
  explain,
  formatTree,
  getBackend,
  getMemoryLimit,
  idxToTree,
  idxToWord,
  isLyndon,
  logSigLength,
  lyndonWords,
  lyndonWordsOfLength,
  prepareBranchedLogSig,
  prepareBranchedSig,
  prepareBranchedSigCoef,
  prepareLogSig,
  registerBackend,
  setBackend,
  setCacheDir,
  setMemoryLimit,
  SigError,
  sigLength,
  SigRangeError,
  SigTypeError,
  trees,
  treesOfOrder,
  treeToIdx,
  withBackend,
  words,
  wordsOfLength,
  wordToIdx,
} from "@sig/core";
export type {
  AugmentationOptions,
  Backend,
  BackendEntry,
  BackendReport,
  BranchedLogSigLengthOptions,
  BranchedSigLengthOptions,
  ClearCacheOptions,
  DeviceArray,
  DeviceTensor,
  Dtype,
  ErrorCode,
  BranchedEstimateParameters,
  Estimate,
  EstimatedBranched,
  EstimatedKernel,
  EstimatedOperation,
  EstimateParameters,
  Explanation,
  Forest,
  IndexOptions,
  KernelEstimateParameters,
  NestedNumbers,
  PrepareBranchedSigOptions,
  PrepareLogSigOptions,
  Query,
  Real,
  SigLengthOptions,
  Tensor,
  TensorLike,
  Tree,
  TreeIndexOptions,
  TreeOptions,
  Word,
} from "@sig/core";
