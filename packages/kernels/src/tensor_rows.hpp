// One level of the product of two tensors, and its adjoint, for a single row: vectors run along the words.
#pragma once

#include "tensor_product.hpp"

namespace sig::SIG_TARGET {

// out += scale * x
template <class T>
static inline void add_scaled_row(T scale, const T *x, int64_t n, T *out) {
  constexpr int W = Lanes<T>::W;
  int64_t i = 0;
  for (; i + W <= n; i += W) store_unaligned<T>(out + i, load_unaligned(out + i) + scale * load_unaligned(x + i));
  for (; i < n; ++i) out[i] += scale * x[i];
}

// out[i] += sum over k of factor[k] * from[k][i] for a stretch of V vectors.
template <int V, class T>
static inline void add_terms(int64_t terms, const T *factor, const T *const *from, int64_t i, T *out) {
  constexpr int W = Lanes<T>::W;
  Vec<T> sum[V];
#pragma GCC unroll 8
  for (int v = 0; v < V; ++v) sum[v] = load_unaligned(out + i + v * W);
  for (int64_t k = 0; k < terms; ++k) {
    const Vec<T> f = broadcast(factor[k]);
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) sum[v] += f * load_unaligned(from[k] + i + v * W);
  }
#pragma GCC unroll 8
  for (int v = 0; v < V; ++v) store_unaligned<T>(out + i + v * W, sum[v]);
}

// As add_product_blocks, with blocks of at least four vectors where the level has them. `stop` is polled between blocks.
template <class T>
static inline void add_product_row(const Levels &levels, int64_t n, const T *a, const T *b, T scale, T *out, const volatile int32_t *stop) {
  constexpr int W = Lanes<T>::W;
  const int64_t d = levels.letters;
  int64_t low = 1, block = d;  // letters of a block and its words
  while (block < 4 * W && low + 1 < n) ++low, block *= d;
  const int64_t top = n - low;
  Prefixes prefixes(levels, top, 0);
  T factor[64];
  const T *from[64];
  for (int64_t q = 0; q < levels.size(top); ++q) {
    if (stop && *stop) return;
    T *to = out + q * block;
    for (int64_t r = 1; r < low; ++r) {
      const int64_t inner = levels.size(r), outer = block / inner;
      const T *al = a + levels.begin(n - r) + q * outer, *br = b + levels.begin(r);
      for (int64_t i = 0; i < outer; ++i) add_scaled_row(scale * al[i], br, inner, to + i * inner);
    }
    for (int64_t k = 1; k < top; ++k) {
      factor[k - 1] = scale * a[levels.begin(k) + prefixes.place[k]];
      from[k - 1] = b + levels.begin(n - k) + (q - prefixes.place[k] * levels.size(top - k)) * block;
    }
    factor[top - 1] = scale * a[levels.begin(top) + q];
    from[top - 1] = b + levels.begin(low);
    int64_t i = 0;
    for (; i + 4 * W <= block; i += 4 * W) add_terms<4>(top, factor, from, i, to);
    for (; i + W <= block; i += W) add_terms<1>(top, factor, from, i, to);
    for (; i < block; ++i)
      for (int64_t k = 0; k < top; ++k) to[i] += factor[k] * from[k][i];
    prefixes.advance(top, d);
  }
}

// As contract_rows over all na rows of g: W rows at a time, whose sums over v are then added across lanes by a transposition.
template <class T>
static inline void contract_row(const T *g, const T *a, int64_t na, const T *b, int64_t nb, T scale, T *da, T *db,
                                const volatile int32_t *stop) {
  constexpr int W = Lanes<T>::W;
  int64_t u = 0;
  if (nb >= W)
    for (; u + W <= na; u += W) {
      if (stop && *stop) return;
      Vec<T> sum[W];
      T factor[W], rest[W];
      for (int k = 0; k < W; ++k) sum[k] = Vec<T>{}, factor[k] = scale * a[u + k], rest[k] = T(0);
      int64_t v = 0;
      for (; v + W <= nb; v += W) {
        const Vec<T> bv = load_unaligned(b + v);
        Vec<T> total = load_unaligned(db + v);
#pragma GCC unroll 16
        for (int k = 0; k < W; ++k) {
          const Vec<T> gv = load_unaligned(g + (u + k) * nb + v);
          sum[k] += gv * bv;
          total += factor[k] * gv;
        }
        store_unaligned<T>(db + v, total);
      }
      for (; v < nb; ++v)
        for (int k = 0; k < W; ++k) {
          rest[k] += g[(u + k) * nb + v] * b[v];
          db[v] += factor[k] * g[(u + k) * nb + v];
        }
      transpose<T>(sum);
      Vec<T> all = load_unaligned(rest);
      for (int k = 0; k < W; ++k) all += sum[k];
      store_unaligned<T>(da + u, load_unaligned(da + u) + scale * all);
    }
  for (; u < na; ++u) contract_rows<1>(g + u * nb, a + u, b, nb, scale, da + u, db);
}

}  // namespace sig::SIG_TARGET
