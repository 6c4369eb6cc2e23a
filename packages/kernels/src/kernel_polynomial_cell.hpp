// One cell of the polynomial scheme for a tile of pairs, one per lane, and its adjoint.
//
// On an edge of a cell the solution is a polynomial in the local coordinate s, kept up to degree p as scaled coefficients: number k is k!
// times the coefficient of s^k. With the increment r of the cell, its left edge a and its bottom edge b, the other two edges are
//   top[q]   = conv(b)[q] + r^q hankel(a)[q]     conv(c)[q]   = sum over 0 < k <= q of r^(q-k) / (q-k)! c[k]
//   right[q] = conv(a)[q] + r^q hankel(b)[q]     hankel(c)[q] = sum over 0 <= k <= p of c[k] / (q+k)!
// Scaled so, 2p + 1 inverse factorials are all the constants there are, and the same two sums make up the adjoint.
#pragma once

#include "kernel_polynomial_rows.hpp"

namespace sig::SIG_TARGET {

// P: an order that the compiler knows, so that all loops are unrolled, or 0 for any order.
template <int P>
struct PolynomialCell {
  typedef Vec<double> V;
  static constexpr int Q = PolynomialScheme::block;  // coefficients computed side by side, of both edges
  static constexpr int capacity = P ? P + 1 : PolynomialScheme::capacity;
  const V *const inverse;  // factorials
  const int some_order;

  explicit PolynomialCell(const PolynomialScheme &scheme) : inverse(scheme.inverse), some_order(scheme.order) {}

  int order() const { return P ? P : some_order; }
  int size() const { return P ? P + 1 : (some_order / Q + 1) * Q; }

  // The edges across, in place of a and b.
  inline void step(V increment, V *a, V *b) const { advance<false>(increment, a, b, nullptr); }

  // Also the derivatives of top[q] and right[q] by the increment, for q = 1, 2, ... in turn.
  inline void step_with_derivatives(V increment, V *a, V *b, V *derivatives) const { advance<true>(increment, a, b, derivatives); }

  // From the gradients of right and top to those of a and b, in place; returns that of the increment.
  inline V adjoint(V increment, const V *derivatives, V *right, V *top) const {
    V powers[capacity], divided[capacity], scaled_right[capacity], scaled_top[capacity], to_a[capacity], to_b[capacity];
    make_powers(increment, powers, divided);
    V g{}, h{};
    const int p = order();
    scaled_right[0] = right[0];
    scaled_top[0] = top[0];
#pragma GCC unroll 16
    for (int q = 1; q <= p; ++q) {
      scaled_right[q] = powers[q] * right[q];
      scaled_top[q] = powers[q] * top[q];
      g += derivatives[2 * q - 2] * top[q];
      h += derivatives[2 * q - 1] * right[q];
    }
    for_blocks<false>([&](auto count, int begin) __attribute__((always_inline)) {
      hankel<count.value>(begin, scaled_top, scaled_right, to_a, to_b);
    });
    for_blocks<false>([&](auto count, int begin) __attribute__((always_inline)) {
      convolve_adjoint<count.value>(begin, divided, to_a, to_b, right, top);
    });
    return g + h;
  }

 private:
  template <int N>
  struct Count {
    static constexpr int value = N;
  };

  // Calls body(count, begin) for the blocks of coefficients begin .. begin + count - 1, upwards or downwards.
  template <bool Down, int Begin = 0, class Body>
  inline void for_blocks(const Body &body) const {
    if constexpr (P == 0) {
      for (int at = 0; at < size(); at += Q) body(Count<Q>{}, Down ? size() - Q - at : at);
    } else if constexpr (Begin <= P) {
      constexpr int count = P + 1 - Begin < Q ? P + 1 - Begin : Q;
      if constexpr (!Down) body(Count<count>{}, Begin);
      for_blocks<Down, Begin + Q>(body);
      if constexpr (Down) body(Count<count>{}, Begin);
    }
  }

  // powers[q] = r^q, divided[q] = r^q / q!
  [[gnu::always_inline]] inline void make_powers(V r, V *powers, V *divided) const {
    const int n = size();
    powers[0] = divided[0] = broadcast(1.0);
#pragma GCC unroll 16
    for (int q = 1; q < n; ++q) {
      powers[q] = powers[q - 1] * r;
      divided[q] = powers[q] * inverse[q];
    }
  }

  template <int N>
  [[gnu::always_inline]] inline void hankel(int begin, const V *a, const V *b, V *out_a, V *out_b) const {
    V sum_a[N], sum_b[N];
    const int p = order();
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      sum_a[i] = inverse[begin + i] * a[0];
      sum_b[i] = inverse[begin + i] * b[0];
    }
#pragma GCC unroll 16
    for (int k = 1; k <= p; ++k) {
      const V ak = in_register(a[k]), bk = in_register(b[k]);
#pragma GCC unroll 4
      for (int i = 0; i < N; ++i) {
        const V factor = inverse[begin + i + k];
        sum_a[i] += factor * ak;
        sum_b[i] += factor * bk;
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      out_a[begin + i] = sum_a[i];
      out_b[begin + i] = sum_b[i];
    }
  }

  template <bool Derivatives>
  inline void advance(V increment, V *a, V *b, V *derivatives) const {
    V powers[capacity], divided[capacity], hankel_a[capacity], hankel_b[capacity];
    make_powers(increment, powers, divided);
    for_blocks<false>([&](auto count, int begin) __attribute__((always_inline)) { hankel<count.value>(begin, a, b, hankel_a, hankel_b); });
    for_blocks<true>([&](auto count, int begin) __attribute__((always_inline)) {
      constexpr int N = count.value;
      V right[N], top[N];
      convolve<N>(begin, divided, a, b, right, top);
#pragma GCC unroll 4
      for (int i = 0; i < N; ++i) {
        const int q = begin + i;
        if (Derivatives && q < order()) {
          const V factor = double(q + 1) * powers[q];
          derivatives[2 * q] = top[i] + factor * hankel_a[q + 1];
          derivatives[2 * q + 1] = right[i] + factor * hankel_b[q + 1];
        }
        a[q] = right[i] + powers[q] * hankel_b[q];
        b[q] = top[i] + powers[q] * hankel_a[q];
      }
    });
  }

  template <int N>
  [[gnu::always_inline]] inline void convolve(int begin, const V *divided, const V *a, const V *b, V *to_right, V *to_top) const {
    V right[N], top[N];
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      right[i] = begin + i ? a[begin + i] : V{};
      top[i] = begin + i ? b[begin + i] : V{};
    }
#pragma GCC unroll 16
    for (int k = 1; k < begin; ++k) {
      const V ak = in_register(a[k]), bk = in_register(b[k]);
#pragma GCC unroll 4
      for (int i = 0; i < N; ++i) {
        right[i] += divided[begin + i - k] * ak;
        top[i] += divided[begin + i - k] * bk;
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
#pragma GCC unroll 4
      for (int k = 0; k < i; ++k) {
        if (begin + k == 0) continue;
        right[i] += divided[i - k] * a[begin + k];
        top[i] += divided[i - k] * b[begin + k];
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      to_right[i] = right[i];
      to_top[i] = top[i];
    }
  }

  // The adjoint of conv added to that of hankel.
  template <int N>
  [[gnu::always_inline]] inline void convolve_adjoint(int begin, const V *divided, const V *to_a, const V *to_b, V *right, V *top) const {
    V a[N], b[N];
    const int p = order(), last = begin + N - 1 < p ? begin + N - 1 : p;
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      a[i] = to_a[begin + i] + (begin + i ? right[begin + i] : V{});
      b[i] = to_b[begin + i] + (begin + i ? top[begin + i] : V{});
    }
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      if (begin + i == 0) continue;
#pragma GCC unroll 4
      for (int q = begin + i + 1; q <= last; ++q) {
        a[i] += divided[q - begin - i] * right[q];
        b[i] += divided[q - begin - i] * top[q];
      }
    }
#pragma GCC unroll 16
    for (int q = begin + N; q <= p; ++q) {
      const V rq = in_register(right[q]), tq = in_register(top[q]);
#pragma GCC unroll 4
      for (int i = 0; i < N; ++i) {
        if (begin + i == 0) continue;
        a[i] += divided[q - begin - i] * rq;
        b[i] += divided[q - begin - i] * tq;
      }
    }
#pragma GCC unroll 4
    for (int i = 0; i < N; ++i) {
      right[begin + i] = a[i];
      top[begin + i] = b[i];
    }
  }
};

}  // namespace sig::SIG_TARGET
