// The polynomial scheme of the signature kernel for one pair, and its adjoint, by the formulas for plain coefficients in scalars.
//
// With the polynomials a on the left edge and b on the bottom edge of a cell with the increment r, those on its top and right edges are
//   top_q = sum over 0 < k <= q of r^(q-k) k! / (q! (q-k)!) b_k + r^q sum over k of k! / (q! (q+k)!) a_k
// up to the order, the sum over b empty for q = 0; right_q with a and b exchanged.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "sig_kernels.h"

namespace cases {

class PolynomialReference {
  typedef long double Number;
  typedef std::vector<Number> Edge;

 public:
  PolynomialReference(const std::vector<double> &rho, const sig_call &call)
      : p_(call.degree), m_(call.length - 1), n_(call.length_y - 1), rho_(rho), nodes_((m_ + 1) * (n_ + 1), 1.0) {
    std::vector<Number> factorial{1};
    for (int64_t k = 1; k <= 2 * p_; ++k) factorial.push_back(factorial.back() * k);
    for (int64_t q = 0; q <= p_; ++q)
      for (int64_t k = 0; k <= p_; ++k) {
        along_.push_back(q < k ? 0 : factorial[k] / factorial[q] / factorial[q - k]);
        over_.push_back(factorial[k] / factorial[q] / factorial[q + k]);
      }
    Edge one(p_ + 1);
    one[0] = 1;
    std::vector<Edge> bottoms(n_, one);
    for (int64_t i = 0; i < m_; ++i) {
      Edge left = one;
      for (int64_t j = 0; j < n_; ++j) {
        lefts_.push_back(left);
        bottoms_.push_back(bottoms[j]);
        const Number r = rho[i * n_ + j];
        Edge top = across(r, left, bottoms[j]);
        left = across(r, bottoms[j], left);
        bottoms[j] = std::move(top);
        Number sum = 0;
        for (int64_t q = 0; q <= p_; ++q) sum += left[q] + bottoms[j][q];
        nodes_[(i + 1) * (n_ + 1) + j + 1] = double(sum / 2);
      }
    }
  }

  const std::vector<double> &nodes() const { return nodes_; }

  // Gradients of the increments from those of all nodes.
  std::vector<double> adjoint(const std::vector<double> &seeds) const {
    std::vector<double> gradients(m_ * n_);
    std::vector<Edge> tops(n_, Edge(p_ + 1));
    for (int64_t i = m_ - 1; i >= 0; --i) {
      Edge right(p_ + 1);
      for (int64_t j = n_ - 1; j >= 0; --j) {
        const int64_t cell = i * n_ + j;
        const Number half = seeds[(i + 1) * (n_ + 1) + j + 1] / 2.0;
        for (int64_t q = 0; q <= p_; ++q) right[q] += half, tops[j][q] += half;
        Edge left(p_ + 1), bottom(p_ + 1);
        const Number r = rho_[cell];
        gradients[cell] = double(across_adjoint(r, lefts_[cell], bottoms_[cell], tops[j], left, bottom) +
                                 across_adjoint(r, bottoms_[cell], lefts_[cell], right, bottom, left));
        tops[j] = std::move(bottom);
        right = std::move(left);
      }
    }
    return gradients;
  }

 private:
  // k! / (q! (q-k)!) and k! / (q! (q+k)!)
  Number along(int64_t q, int64_t k) const { return along_[q * (p_ + 1) + k]; }
  Number over(int64_t q, int64_t k) const { return over_[q * (p_ + 1) + k]; }

  Edge powers_of(Number r) const {
    Edge powers{1};
    for (int64_t q = 1; q <= p_; ++q) powers.push_back(powers.back() * r);
    return powers;
  }

  // The edge opposite to `near`, from it and the edge `side` between them.
  Edge across(Number r, const Edge &side, const Edge &near) const {
    const Edge powers = powers_of(r);
    Edge out(p_ + 1);
    for (int64_t q = 0; q <= p_; ++q) {
      for (int64_t k = 1; k <= q; ++k) out[q] += powers[q - k] * along(q, k) * near[k];
      for (int64_t k = 0; k <= p_; ++k) out[q] += powers[q] * over(q, k) * side[k];
    }
    return out;
  }

  // Adds to the gradients of side and near, and returns that of r.
  Number across_adjoint(Number r, const Edge &side, const Edge &near, const Edge &g, Edge &to_side, Edge &to_near) const {
    const Edge powers = powers_of(r);
    Number to_r = 0;
    for (int64_t q = 0; q <= p_; ++q) {
      for (int64_t k = 1; k <= q; ++k) {
        to_near[k] += powers[q - k] * along(q, k) * g[q];
        if (q > k) to_r += Number(q - k) * powers[q - k - 1] * along(q, k) * near[k] * g[q];
      }
      for (int64_t k = 0; k <= p_; ++k) {
        to_side[k] += powers[q] * over(q, k) * g[q];
        if (q > 0) to_r += Number(q) * powers[q - 1] * over(q, k) * side[k] * g[q];
      }
    }
    return to_r;
  }

  int64_t p_, m_, n_;
  std::vector<double> rho_, nodes_;
  std::vector<Number> along_, over_;
  std::vector<Edge> lefts_, bottoms_;  // of all cells
};

}  // namespace cases
