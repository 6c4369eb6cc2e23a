// The exponential and the logarithm in the truncated tensor algebra, and their adjoints, by a block of threads in double. Both are
//   y_k = x (p_k + q_k y_k+1), p_k = 1 / k, from y_N+1 = 0 to the result y_1,
// by Horner's scheme, with q_k = 1 / k for exp(x) - 1 and q_k = -1 for log(1 + x). As x has no scalar part, y_k is needed on levels
// 1 .. N - k + 1 alone.
#pragma once

#include "tensor_product.cuh"

namespace sig_cuda {

enum class Series { exp, log };

template <Series series>
struct TensorSeries {
  const Levels levels;
  double *x;         // the argument
  double *gradient;  // of the result, where run_adjoint begins

  __device__ TensorSeries(const Levels &levels, BlockMemory &memory) : levels(levels) {
    x = memory.take<double>(levels.length());
    gradient = memory.take<double>(levels.length());
    spare_ = memory.take<double>(levels.length());
    SIG_ROLLED for (uint32_t k = 1; k <= levels.degree; ++k) {
      double *const y = memory.take<double>(levels.begin(levels.degree - k + 2));
      if (k == 1) first_ = y;
    }
  }

  __device__ const double *value() const { return first_; }

  // The series at sign x. Begins after a barrier and ends with one.
  __device__ void run(double sign = 1) {
    SIG_ROLLED for (uint32_t k = levels.degree; k > 0; --k) {
      double *const to = y(k);
      const double *const above = y(k + 1);
      SIG_ROLLED for (uint32_t i = threadIdx.x; i < levels.begin(levels.degree - k + 2); i += blockDim.x)
        to[i] = sign * (x[i] / k + (k < levels.degree ? q(k) * inner_product(levels, Word::at(levels, i), x, above) : 0));
      __syncthreads();
    }
  }

  // After run(): dx on levels 1 .. highest. Begins after a barrier and ends with one.
  __device__ void run_adjoint(double *dx, uint32_t highest) {
    const uint32_t wanted = levels.begin(highest + 1);
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < wanted; i += blockDim.x) dx[i] = 0;
    SIG_ROLLED for (uint32_t k = 1; k <= levels.degree; ++k) {
      const Levels shorter(levels.letters, levels.degree - k + 1);
      const double *const above = y(k + 1);
      const uint32_t length = shorter.length(), next = shorter.begin(shorter.degree);
      SIG_ROLLED for (uint32_t i = threadIdx.x; i < length && i < wanted; i += blockDim.x) {
        const double g = gradient[i];
        dx[i] += g / k + q(k) * (factor_gradient<false>(shorter, Word::at(levels, i), gradient, above) - g);
      }
      SIG_ROLLED for (uint32_t i = threadIdx.x; i < next; i += blockDim.x)
        spare_[i] = q(k) * (factor_gradient<true>(shorter, Word::at(levels, i), gradient, x) - gradient[i]);
      __syncthreads();
      double *const last = gradient;
      gradient = spare_;
      spare_ = last;
    }
  }

 private:
  __device__ static double q(uint32_t k) { return series == Series::exp ? 1.0 / k : -1.0; }

  // The arrays fall in length with k and follow one another in whole units of 16 bytes.
  __device__ double *y(uint32_t k) const {
    double *found = first_;
    SIG_ROLLED for (uint32_t i = 1; i < k; ++i) found += (levels.begin(levels.degree - i + 2) + 1) / 2 * 2;
    return found;
  }

  double *spare_, *first_;
};

}  // namespace sig_cuda
