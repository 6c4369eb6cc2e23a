// Vectors of W numbers, one lane per path of a batch. Everything of a kernel lives in namespace sig::SIG_TARGET, so that code
// compiled for one instruction set can never be linked in place of another's.
#pragma once

#include <stdint.h>

#ifndef SIG_TARGET
#error "compile with -DSIG_TARGET=<name> and -DSIG_VECTOR_BYTES=<16|32|64>"
#endif

namespace sig::SIG_TARGET {

template <class T>
struct Lanes {
  static constexpr int W = SIG_VECTOR_BYTES / sizeof(T);
  typedef T vec __attribute__((vector_size(SIG_VECTOR_BYTES), may_alias));
};

template <class T>
using Vec = typename Lanes<T>::vec;

template <class T>
static inline Vec<T> broadcast(T value) {
  return value - Vec<T>{};
}

// out[i] = element i of each of `count` rows (lanes beyond are zero); rows are `stride` apart.
template <class T>
static inline void gather_rows(const T *rows, int64_t stride, int64_t count, int64_t n, Vec<T> *out) {
  constexpr int W = Lanes<T>::W;
  if (count == W) {
    for (int64_t i = 0; i < n; ++i) {
      Vec<T> v;
      for (int k = 0; k < W; ++k) v[k] = rows[k * stride + i];
      out[i] = v;
    }
    return;
  }
  for (int64_t i = 0; i < n; ++i) {
    Vec<T> v{};
    for (int64_t k = 0; k < count; ++k) v[k] = rows[k * stride + i];
    out[i] = v;
  }
}

// The inverse of gather_rows: writes the first `count` lanes.
template <class T>
static inline void scatter_rows(const Vec<T> *in, int64_t n, T *rows, int64_t stride, int64_t count) {
  for (int64_t k = 0; k < count; ++k)
    for (int64_t i = 0; i < n; ++i) rows[k * stride + i] = in[i][k];
}

}  // namespace sig::SIG_TARGET
