/** @sig/api/async: the promise form of every operation, under the same name. */
export { transformPathAsync as transformPath, transformPathBackpropAsync as transformPathBackprop } from "./transforms.js";
export { sigAsync as sig, sigBackpropAsync as sigBackprop, signatureAsync as signature } from "./signature.js";
export {
  sigCombineAsync as sigCombine,
  sigCombineBackpropAsync as sigCombineBackprop,
  sigJoinAsync as sigJoin,
  sigJoinBackpropAsync as sigJoinBackprop,
} from "./signatureProducts.js";
export {
  linearSigAsync as linearSig,
  linearSigBackpropAsync as linearSigBackprop,
  sigInverseAsync as sigInverse,
  sigInverseBackpropAsync as sigInverseBackprop,
} from "./signatureForms.js";
export {
  extractSigCoefAsync as extractSigCoef,
  extractSigCoefBackpropAsync as extractSigCoefBackprop,
  sigCoefAsync as sigCoef,
  sigCoefBackpropAsync as sigCoefBackprop,
} from "./coefficients.js";
export { logSigAsync as logSig, logSigBackpropAsync as logSigBackprop } from "./logSignature.js";
export {
  logSigToSigAsync as logSigToSig,
  logSigToSigBackpropAsync as logSigToSigBackprop,
  sigToLogSigAsync as sigToLogSig,
  sigToLogSigBackpropAsync as sigToLogSigBackprop,
} from "./logSignatureMaps.js";
export {
  logSigCombineAsync as logSigCombine,
  logSigCombineBackpropAsync as logSigCombineBackprop,
  logSigJoinAsync as logSigJoin,
  logSigJoinBackpropAsync as logSigJoinBackprop,
} from "./logSignatureProducts.js";
export { linearLogSigAsync as linearLogSig, linearLogSigBackpropAsync as linearLogSigBackprop } from "./logSignatureForms.js";
export { sigKernelAsync as sigKernel, sigKernelGramAsync as sigKernelGram } from "./kernel.js";
export {
  branchedSigKernelAsync as branchedSigKernel,
  branchedSigKernelBackpropAsync as branchedSigKernelBackprop,
  branchedSigKernelGramAsync as branchedSigKernelGram,
  branchedSigKernelGramBackpropAsync as branchedSigKernelGramBackprop,
} from "./branchedKernel.js";
export { sigKernelBackpropAsync as sigKernelBackprop, sigKernelGramBackpropAsync as sigKernelGramBackprop } from "./kernelBackprop.js";
export { expectedSigScoreAsync as expectedSigScore, sigMmdAsync as sigMmd, sigScoreAsync as sigScore } from "./metrics.js";
export {
  expectedSigScoreBackpropAsync as expectedSigScoreBackprop,
  sigMmdBackpropAsync as sigMmdBackprop,
  sigScoreBackpropAsync as sigScoreBackprop,
} from "./metricsBackprop.js";
export { branchedSigAsync as branchedSig, branchedSigBackpropAsync as branchedSigBackprop } from "./branched.js";
export {
  branchedSigCombineAsync as branchedSigCombine,
  branchedSigCombineBackpropAsync as branchedSigCombineBackprop,
  branchedSigJoinAsync as branchedSigJoin,
  branchedSigJoinBackpropAsync as branchedSigJoinBackprop,
} from "./branchedProducts.js";
export {
  linearBranchedSigAsync as linearBranchedSig,
  linearBranchedSigBackpropAsync as linearBranchedSigBackprop,
} from "./branchedForms.js";
export {
  branchedSigCoefAsync as branchedSigCoef,
  branchedSigCoefBackpropAsync as branchedSigCoefBackprop,
  extractBranchedSigCoefAsync as extractBranchedSigCoef,
  extractBranchedSigCoefBackpropAsync as extractBranchedSigCoefBackprop,
} from "./branchedCoefficients.js";
export { branchedLogSigAsync as branchedLogSig, branchedLogSigBackpropAsync as branchedLogSigBackprop } from "./branchedLogSignature.js";
export {
  branchedLogSigToSigAsync as branchedLogSigToSig,
  branchedLogSigToSigBackpropAsync as branchedLogSigToSigBackprop,
  branchedSigToLogSigAsync as branchedSigToLogSig,
  branchedSigToLogSigBackpropAsync as branchedSigToLogSigBackprop,
} from "./branchedLogSignatureMaps.js";
export {
  branchedLogSigCombineAsync as branchedLogSigCombine,
  branchedLogSigCombineBackpropAsync as branchedLogSigCombineBackprop,
  branchedLogSigJoinAsync as branchedLogSigJoin,
  branchedLogSigJoinBackpropAsync as branchedLogSigJoinBackprop,
} from "./branchedLogSignatureProducts.js";
export {
  linearBranchedLogSigAsync as linearBranchedLogSig,
  linearBranchedLogSigBackpropAsync as linearBranchedLogSigBackprop,
} from "./branchedLogSignatureForms.js";
export {
  prepareBranchedLogSigAsync as prepareBranchedLogSig,
  prepareBranchedSigAsync as prepareBranchedSig,
  prepareBranchedSigCoefAsync as prepareBranchedSigCoef,
  prepareLogSigAsync as prepareLogSig,
} from "@sig/core";

export type { PromiseOptions } from "./operation.js";
