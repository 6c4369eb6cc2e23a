// Several vectors side by side as one element, for kernels that follow index tables: each index then serves V vectors of lanes.
#pragma once

#include "tensor.hpp"

namespace sig::SIG_TARGET {

// Vectors of a wide element: 128 bytes, or less where registers are short.
constexpr int wide_vectors = SIG_VECTOR_BYTES == 64 ? 2 : 4;

template <class T, int V>
struct Wide {
  Vec<T> part[V];

  // Zero, by vector stores; an implicit constructor would fill bytes by string instructions.
  inline Wide() {
#pragma GCC unroll 8
    for (int k = 0; k < V; ++k) part[k] = Vec<T>{};
  }
  // Whole vectors: gcc would copy in halves, which a load of the whole then waits for.
  inline Wide(const Wide &from) {
#pragma GCC unroll 8
    for (int k = 0; k < V; ++k) part[k] = from.part[k];
  }
  inline Wide &operator=(const Wide &from) {
#pragma GCC unroll 8
    for (int k = 0; k < V; ++k) part[k] = from.part[k];
    return *this;
  }

  friend inline Wide operator+(Wide a, const Wide &b) { return a += b; }
  friend inline Wide operator-(Wide a, const Wide &b) { return a -= b; }
  friend inline Wide operator*(Wide a, const Wide &b) {
#pragma GCC unroll 8
    for (int k = 0; k < V; ++k) a.part[k] *= b.part[k];
    return a;
  }
  friend inline Wide operator*(T scale, Wide a) {
#pragma GCC unroll 8
    for (int k = 0; k < V; ++k) a.part[k] *= scale;
    return a;
  }
  inline Wide &operator+=(const Wide &b) {
#pragma GCC unroll 8
    for (int k = 0; k < V; ++k) part[k] += b.part[k];
    return *this;
  }
  inline Wide &operator-=(const Wide &b) {
#pragma GCC unroll 8
    for (int k = 0; k < V; ++k) part[k] -= b.part[k];
    return *this;
  }
};

template <class T, int V>
T real_of(Wide<T, V>);

// gather_rows and scatter_rows for any element: the rows fill one vector after another.
template <class T, class E>
static inline void gather_wide(const T *rows, int64_t stride, int64_t count, int64_t n, E *out) {
  constexpr int W = Lanes<T>::W, V = sizeof(E) / sizeof(Vec<T>);
  for (int v = 0; v < V; ++v) {
    const T *lane[W];
    for (int k = 0; k < W; ++k) lane[k] = v * W + k < count ? rows + (v * W + k) * stride : nullptr;
    gather_lanes<T>(lane, n, reinterpret_cast<Vec<T> *>(out) + v, V);
  }
}
template <class T, class E>
static inline void scatter_wide(const E *in, int64_t n, T *rows, int64_t stride, int64_t count) {
  constexpr int W = Lanes<T>::W, V = sizeof(E) / sizeof(Vec<T>);
  for (int v = 0; v < V; ++v) {
    T *lane[W];
    for (int k = 0; k < W; ++k) lane[k] = v * W + k < count ? rows + (v * W + k) * stride : nullptr;
    scatter_lanes<T>(reinterpret_cast<const Vec<T> *>(in) + v, n, lane, V);
  }
}

}  // namespace sig::SIG_TARGET
