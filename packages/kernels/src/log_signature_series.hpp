// Logarithm and exponential in the truncated tensor algebra as power series by Horner's scheme, and their adjoint.
//
// Both have the form y_j = x (p_j + q_j y_{j+1}) with p_j = 1 / (j + 1), from y_N = 0 to the result y_0. For log(1 + x) q_j = -1, for
// exp(x) - 1 q_j = 1 / (j + 1). As x has no level 0, y_j is needed up to level N - j only, and y_1, y_2, ... are short.
#pragma once

#include "tensor.hpp"

namespace sig::SIG_TARGET {

enum class Series { log, exp };

template <class T>
static inline T series_p(int64_t j) {
  return T(1) / T(j + 1);
}
template <Series series, class T>
static inline T series_q(int64_t j) {
  return series == Series::log ? T(-1) : T(1) / T(j + 1);
}

// y_1 (levels 1..N-1), y_2 (levels 1..N-2), ..., y_{N-1}, one after another.
static inline int64_t inner_series_length(const Levels &levels) {
  int64_t length = 0;
  for (int64_t n = 1; n < levels.degree; ++n) length += levels.begin(n + 1);
  return length;
}

// Level n of y_j from the levels of x and, where j is not the last, of y_{j+1} below it.
template <Series series, class E>
static inline void series_level(const Levels &levels, int64_t j, int64_t n, const E *x, const E *next, E *level,
                                const volatile int32_t *stop) {
  using T = RealOf<E>;
  const E *xn = x + levels.begin(n);
  const T p = series_p<T>(j);
  for (int64_t i = 0; i < levels.size(n); ++i) level[i] = p * xn[i];
  if (next) add_product_level(levels, n, x, next, level, series_q<series, T>(j), stop);
}

template <Series series, class E>
static inline void inner_series(const Levels &levels, const E *x, E *ys, const volatile int32_t *stop) {
  E *y = ys + inner_series_length(levels);
  const E *next = nullptr;
  for (int64_t j = levels.degree - 1; j >= 1; --j) {
    const int64_t top = levels.degree - j;
    y -= levels.begin(top + 1);
    for (int64_t n = 1; n <= top; ++n) series_level<series>(levels, j, n, x, next, y + levels.begin(n), stop);
    next = y;
  }
}

// Adds to dx (levels below N) what comes from g, the gradient of y_1, through the inner series; g and spare are rows of levels below N,
// both overwritten.
template <Series series, class E>
static inline void inner_series_adjoint(const Levels &levels, E *g, const E *x, const E *ys, E *dx, E *spare,
                                        const volatile int32_t *stop) {
  using T = RealOf<E>;
  const E *y = ys;
  for (int64_t j = 1; j < levels.degree; ++j) {
    const int64_t top = levels.degree - j, inner = levels.begin(top);
    y += levels.begin(top + 1);
    const T p = series_p<T>(j);
    for (int64_t i = 0; i < levels.begin(top + 1); ++i) dx[i] += p * g[i];
    for (int64_t i = 0; i < inner; ++i) spare[i] = E{};
    for (int64_t n = 2; n <= top; ++n) product_level_adjoint(levels, n, g + levels.begin(n), x, y, series_q<series, T>(j), dx, spare, stop);
    E *swap = g;
    g = spare, spare = swap;
  }
}

}  // namespace sig::SIG_TARGET
