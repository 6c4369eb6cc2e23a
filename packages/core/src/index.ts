/** @sig/core: tensors, words, algebra tables, and the contract and registry of backends. */
export type * from "./backend.js";
export { branchedLogSigLength, branchedLogSigLengthOf, branchedSigLength, branchedSigLengthOf } from "./branchedSizes.js";
export type { BranchedLogSigLengthOptions, BranchedSigLengthOptions } from "./branchedSizes.js";
export { checkBatch, checkFinite, checkFlag, checkInteger, checkRank, checkSameDtype, checkShape, sameShape } from "./checks.js";
export { isLost, lostData, toDense } from "./dense.js";
export { deviceArrayOf, makeDeviceTensor, Resident, residentOf, standIn } from "./device.js";
export { describe, describeShape, rangeError, SigError, SigRangeError, SigTypeError, typeError } from "./errors.js";
export type { ErrorCode, ErrorDetails, Place } from "./errors.js";
export { estimate } from "./estimate.js";
export type { Estimate, EstimatedOperation, EstimateParameters } from "./estimate.js";
export type { BranchedEstimateParameters, EstimatedBranched } from "./estimateBranched.js";
export type { EstimatedKernel, KernelEstimateParameters } from "./estimateKernel.js";
export { explain } from "./explain.js";
export type { BackendReport, Explanation, Query } from "./explain.js";
export type { LyndonMap } from "./lyndonForests.js";
export { allocate, allocateBlank, checkBytes, getMemoryLimit, longestArray, setMemoryLimit } from "./memory.js";
export { nearest, readOptions } from "./options.js";
export { bchTable, clearCache, lyndonBasis, prepareLogSig, prepareLogSigAsync, setCacheDir, wordTrie } from "./prepare.js";
export type { ClearCacheOptions, PrepareLogSigAsyncOptions, PrepareLogSigOptions } from "./prepare.js";
export {
  lyndonMap,
  prepareBranchedLogSig,
  prepareBranchedLogSigAsync,
  prepareBranchedSig,
  prepareBranchedSigAsync,
  prepareBranchedSigCoef,
  prepareBranchedSigCoefAsync,
  treeCuts,
  treeIntegrals,
  treeSelection,
} from "./prepareBranched.js";
export type { PrepareBranchedAsyncOptions, PrepareBranchedSigOptions, TreeSelection } from "./prepareBranched.js";
export {
  availableBackends,
  getBackend,
  liveBackends,
  operationNames,
  registerBackend,
  resolve,
  setBackend,
  setDiscovery,
  withBackend,
} from "./registry.js";
export type { Discovery, Resolution } from "./registry.js";
export {
  augmentedDimension,
  augmentedLength,
  checkedProduct,
  logSigLength,
  logSigLengthOf,
  productOf,
  sigLength,
  sigLengthOf,
} from "./sizes.js";
export type { AugmentationOptions, SigLengthOptions } from "./sizes.js";
export { DEVICE_TENSOR, isDeviceTensor, makeTensor } from "./tensor.js";
export type { DeviceTensor, DimsTensor, Dtype, NestedNumbers, Real, StridedTensor, SyncTensor, Tensor, TensorLike } from "./tensor.js";
export { allThreads, maxThreads, threadsOf } from "./threads.js";
export { basisPlace, idxToTree, treeToIdx } from "./treePlaces.js";
export type { TreeIndexOptions } from "./treePlaces.js";
export { nodesOf, readTrees } from "./treeSelection.js";
export type { TreeList } from "./treeSelection.js";
export { drawTree, formatTree } from "./treeText.js";
export { trees, treesOfOrder } from "./trees.js";
export type { Forest, Tree, TreeOptions } from "./trees.js";
export { readWords } from "./wordTrie.js";
export type { WordList } from "./wordTrie.js";
export { idxToWord, isLyndon, lyndonWords, lyndonWordsOfLength, words, wordsOfLength, wordToIdx } from "./words.js";
export type { IndexOptions, Word } from "./words.js";
