// Signature kernels by finite differences on the refined grid, for a tile of pairs.
//
// k(i, j) = (k(i - 1, j) + k(i, j - 1)) A - k(i - 1, j - 1) B with A = 1 + r / 2 + r^2 / 12 and B = 1 - r^2 / 12, where r is the increment
// of the cell divided among its 2^(dyadic orders) fine cells. Source: Salvi, Cass, Foster, Lyons, Yang, "The signature kernel is the
// solution of a Goursat PDE", 2021 (arXiv:2006.14794), the second order scheme.
// One row of fine nodes is swept in place.
#pragma once

#include "kernel_increments.hpp"

namespace sig::SIG_TARGET {

template <class S>
struct Coefficients {
  Vec<S> side;    // A
  Vec<S> corner;  // B
};

template <class S>
static inline void coefficient_row(const Vec<S> *rho, int64_t n, S h, Coefficients<S> *out) {
  const S half = h / 2, twelfth = h * h / 12;
  for (int64_t j = 0; j < n; ++j) {
    const Vec<S> r = rho[j], q = r * twelfth;
    out[j].side = 1 + r * (half + q);
    out[j].corner = 1 - r * q;
  }
}

// One row of fine nodes after another: row[0 .. n 2^dyadic] of nodes i - 1 becomes that of nodes i.
template <class S>
static inline void sweep_row(const Coefficients<S> *coefficients, int64_t n, int64_t dyadic, Vec<S> *row) {
  const int64_t each = int64_t(1) << dyadic;
  Vec<S> left = row[0], corner = row[0];
  Vec<S> *to = row + 1;
  for (int64_t j = 0; j < n; ++j) {
    const Coefficients<S> c = coefficients[j];
    for (int64_t f = 0; f < each; ++f, ++to) {
      const Vec<S> up = *to;
      left = left * c.side + (up * c.side - corner * c.corner);
      corner = up;
      *to = left;
    }
  }
}

}  // namespace sig::SIG_TARGET
