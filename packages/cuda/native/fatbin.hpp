// The compiled kernels, for every architecture in one image.
#pragma once

namespace sig_cuda {

const void *fatbin();

}  // namespace sig_cuda
