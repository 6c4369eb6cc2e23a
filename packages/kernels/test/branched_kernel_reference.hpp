// The branched signature kernel of one pair by plain scalar computations: the whole grid for every depth.
#pragma once

#include <cmath>
#include <vector>

#include "sig_kernels.h"

namespace cases {

class BranchedKernelReference {
 public:
  BranchedKernelReference(const std::vector<double> &rho, const sig_call &call)
      : call_(call), m_((call.length - 1) << call.dyadic_x), n_((call.length_y - 1) << call.dyadic_y) {
    const int64_t columns = call.length_y - 1;
    for (int64_t i = 0; i < m_; ++i)
      for (int64_t j = 0; j < n_; ++j)
        increments_.push_back(std::ldexp(rho[(i >> call.dyadic_x) * columns + (j >> call.dyadic_y)], -int(call.dyadic_x + call.dyadic_y)));
    kernels_.assign(1, std::vector<double>((m_ + 1) * (n_ + 1), 1.0));
    for (int64_t q = 1; q <= call.degree; ++q) {
      std::vector<double> next((m_ + 1) * (n_ + 1), 1.0), sums(n_);
      for (int64_t i = 0; i < m_; ++i) {
        double before = 0;
        for (int64_t j = 0; j < n_; ++j) {
          sums[j] += increments_[i * n_ + j] * mean(kernels_.back(), i, j);
          before += sums[j];
          next[node(i + 1, j + 1)] = std::exp(before);
        }
      }
      kernels_.push_back(next);
    }
  }

  std::vector<double> nodes() const { return kernels_.back(); }

  // Gradients of the increments of coarse cells from those of all nodes at the last depth.
  std::vector<double> adjoint(std::vector<double> w) const {
    const int64_t columns = call_.length_y - 1;
    std::vector<double> gradients((call_.length - 1) * columns);
    for (int64_t q = call_.degree; q > 0; --q) {
      std::vector<double> next(w.size()), sums(n_);
      for (int64_t i = m_; i-- > 0;) {
        double behind = 0;
        for (int64_t j = n_; j-- > 0;) {
          sums[j] += w[node(i + 1, j + 1)] * kernels_[q][node(i + 1, j + 1)];
          behind += sums[j];
          gradients[(i >> call_.dyadic_x) * columns + (j >> call_.dyadic_y)] +=
              std::ldexp(behind * mean(kernels_[q - 1], i, j), -int(call_.dyadic_x + call_.dyadic_y));
          for (const int64_t corner : {node(i, j), node(i, j + 1), node(i + 1, j), node(i + 1, j + 1)})
            next[corner] += behind * increments_[i * n_ + j] / 4;
        }
      }
      w = next;
    }
    return gradients;
  }

 private:
  int64_t node(int64_t i, int64_t j) const { return i * (n_ + 1) + j; }
  double mean(const std::vector<double> &k, int64_t i, int64_t j) const {
    return (k[node(i, j)] + k[node(i, j + 1)] + k[node(i + 1, j)] + k[node(i + 1, j + 1)]) / 4;
  }

  const sig_call call_;
  const int64_t m_, n_;
  std::vector<double> increments_;
  std::vector<std::vector<double>> kernels_;
};

}  // namespace cases
