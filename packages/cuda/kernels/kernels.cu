// All kernels, for the compiler of the device and for the emulation.
#include "coefficients.cuh"
#include "log_signature.cuh"
#include "products.cuh"
#include "signature.cuh"
#include "signature_backprop.cuh"
#include "signature_corrected.cuh"
#include "transforms.cuh"
