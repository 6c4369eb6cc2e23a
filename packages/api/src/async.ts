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
