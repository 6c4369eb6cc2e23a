// transformPath and its adjoint: one number of the result per thread.
#pragma once

#include "path.cuh"

namespace sig_cuda {

template <class T>
__device__ void transform_path(const Job &job) {
  const AugmentedPath path(job.call);
  const int64_t size = path.rows * path.letters;
  SIG_ROLLED for (int64_t i = first_item(); i < job.call.batch * size; i += item_stride()) {
    const int64_t b = i / size, row = i % size / path.letters;
    output<T>(job, 0)[i] = path.value(input<T>(job, 0) + b * path.length * path.dimension, row, i % path.letters);
  }
}

// Row 2k of a lead-lag path holds point k twice, row 2k - 1 leads with it and row 2k + 1 lags with it.
template <class T>
__device__ void transform_path_backprop(const Job &job) {
  const AugmentedPath path(job.call);
  const int64_t d = path.dimension, size = path.length * d;
  SIG_ROLLED for (int64_t i = first_item(); i < job.call.batch * size; i += item_stride()) {
    const int64_t b = i / size, point = i % size / d, channel = i % d;
    const T *derivs = input<T>(job, 0) + b * path.rows * path.letters + channel;
    T sum;
    if (path.lead_lag) {
      const T *even = derivs + 2 * point * path.letters;
      sum = even[0] + even[d];
      if (point > 0) sum += even[d - path.letters];
      if (point + 1 < path.length) sum += even[path.letters];
    } else {
      sum = derivs[point * path.letters];
    }
    output<T>(job, 0)[i] = sum;
  }
}

SIG_KERNELS(transform_path, transform_path)
SIG_KERNELS(transform_path_backprop, transform_path_backprop)

}  // namespace sig_cuda
