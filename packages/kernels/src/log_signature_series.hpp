// Logarithm and exponential in the truncated tensor algebra as power series by Horner's scheme, and their adjoint.
//
// Both have the form y_j = x (p_j + q_j y_{j+1}) with p_j = 1 / (j + 1), from y_N = 0 to the result y_0. For log(1 + x) q_j = -1, for
// exp(x) - 1 q_j = 1 / (j + 1). As x has no level 0, y_j is needed up to level N - j only.
#pragma once

#include "tensor.hpp"

namespace sig::SIG_TARGET {

enum class Series { log, exp };

// Numbers that hold y_1 .. y_{N-1} one after another.
static inline int64_t series_length(const Levels &levels) {
  int64_t length = 0;
  for (int64_t n = 1; n < levels.degree; ++n) length += levels.begin(n + 1);
  return length;
}

// ys receives y_1 (levels 1..N-1), y_2 (levels 1..N-2), ...; out receives y_0.
template <Series series, class E>
static inline void power_series(const Levels &levels, const E *x, E *ys, E *out) {
  using T = RealOf<E>;
  E *place = ys + series_length(levels);
  const E *before = nullptr;
  for (int64_t j = levels.degree - 1; j >= 0; --j) {
    const int64_t top = levels.degree - j, length = levels.begin(top + 1);
    E *y = j ? (place -= length) : out;
    const T p = T(1) / T(j + 1), q = series == Series::log ? T(-1) : p;
    for (int64_t n = 1; n <= top; ++n) {
      E *level = y + levels.begin(n);
      for (int64_t i = 0; i < levels.size(n); ++i) level[i] = E{};
      if (before) add_product_level(levels, n, x, before, level);
      for (int64_t i = 0; i < levels.size(n); ++i) level[i] = p * x[levels.begin(n) + i] + q * level[i];
    }
    before = y;
  }
}

// dx = adjoint of power_series at g; ys as it left them; work: two rows of levels.
template <Series series, class E>
static inline void power_series_adjoint(const Levels &levels, const E *g, const E *x, const E *ys, E *dx, E *work) {
  using T = RealOf<E>;
  const int64_t length = levels.length();
  for (int64_t i = 0; i < length; ++i) dx[i] = g[i];
  E *spare[2] = {work, work + length};
  const E *y = ys;
  for (int64_t j = 0; j + 1 < levels.degree; ++j) {
    const int64_t top = levels.degree - j;
    const T q = series == Series::log ? T(-1) : T(1) / T(j + 1), p = T(1) / T(j + 2);
    E *down = spare[j & 1];
    for (int64_t i = 0; i < levels.begin(top); ++i) down[i] = E{};
    for (int64_t n = 2; n <= top; ++n) product_level_adjoint(levels, n, g + levels.begin(n), x, y, q, dx, down);
    for (int64_t i = 0; i < levels.begin(top); ++i) dx[i] += p * down[i];
    g = down;
    y += levels.begin(top);
  }
}

}  // namespace sig::SIG_TARGET
