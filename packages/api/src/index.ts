/** @sig/api: path signatures and log-signatures on the backends that are installed. */
export { transformPath, transformPathBackprop } from "./transforms.js";
export { sig, sigBackprop, signature } from "./signature.js";
export { sigCombine, sigCombineBackprop, sigJoin, sigJoinBackprop } from "./signatureProducts.js";
export { linearSig, linearSigBackprop, sigInverse, sigInverseBackprop } from "./signatureForms.js";
