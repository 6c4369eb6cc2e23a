// The truncated tensor algebra over elements E, which is a number (one row) or Vec<T> (W rows, one per lane).
//
// A tensor is a row of its levels 1..N in lexicographic word order: word i1 ... in sits at place i1 d^(n-1) + ... + in of level n.
// Level 0 is not stored: it is 1 in a unit tensor (signatures) and 0 in a plain one (logarithms, gradients).
#pragma once

#include "tensor_product.hpp"
#include "tensor_rows.hpp"

namespace sig::SIG_TARGET {

// out[u v] += scale a[u] b[v]
template <class E>
static inline void outer_add(const E *a, int64_t na, const E *b, int64_t nb, E *__restrict out, RealOf<E> scale = 1) {
  for (int64_t u = 0; u < na; ++u) {
    const E factor = scale * a[u];
    for (int64_t v = 0; v < nb; ++v) out[u * nb + v] += factor * b[v];
  }
}

// out[u] += scale * sum_v g[u v] b[v]
template <class E, class T>
static inline void contract_right(const E *g, int64_t na, const E *b, int64_t nb, T scale, E *__restrict out) {
  for (int64_t u = 0; u < na; ++u) {
    E sum{};
    for (int64_t v = 0; v < nb; ++v) sum += g[u * nb + v] * b[v];
    out[u] += scale * sum;
  }
}

// out[v] += scale * sum_u a[u] g[u v]
template <class E, class T>
static inline void contract_left(const E *g, int64_t na, const E *a, int64_t nb, T scale, E *__restrict out) {
  for (int64_t u = 0; u < na; ++u) {
    const E factor = scale * a[u];
    for (int64_t v = 0; v < nb; ++v) out[v] += factor * g[u * nb + v];
  }
}

// Words of level n that add_product_words takes at a time: all ranges begin and end at multiples.
static inline int64_t product_unit(int64_t letters) {
  return letters == 2 ? 16 : letters == 3 ? 27 : letters <= 6 ? letters * letters : letters;
}

// out[0], out[1], ... += scale times words `words` of level n of the product of the plain tensors a and b: a sum over 0 < k < n of
// a_k (x) b_{n-k}. For elements in lanes.
template <class E>
static inline void add_product_words(const Levels &levels, int64_t n, Words words, const E *a, const E *b, RealOf<E> scale, E *out) {
  const int64_t d = levels.letters;
  if (d == 2 && n > 3) return add_product_blocks<2, 3>(levels, n, words, a, b, scale, out);
  if (d == 3 && n > 2) return add_product_blocks<3, 2>(levels, n, words, a, b, scale, out);
  if (d == 4 && n > 1) return add_product_blocks<4, 1>(levels, n, words, a, b, scale, out);
  if (d == 5 && n > 1) return add_product_blocks<5, 1>(levels, n, words, a, b, scale, out);
  if (d == 6 && n > 1) return add_product_blocks<6, 1>(levels, n, words, a, b, scale, out);
  if (d > 6 && n > 1) return add_product_any(levels, n, words, a, b, scale, out);
  for (int64_t k = 1; k < n; ++k) outer_add(a + levels.begin(k), levels.size(k), b + levels.begin(n - k), levels.size(n - k), out, scale);
}

// All of level n, which out is. Where `stop` is given, a long row is left as it is once the flag is set.
template <class E>
static inline void add_product_level(const Levels &levels, int64_t n, const E *a, const E *b, E *out, RealOf<E> scale = 1,
                                     const volatile int32_t *stop = nullptr) {
  if (n < 2) return;
  if constexpr (sizeof(E) == sizeof(RealOf<E>))
    add_product_row(levels, n, a, b, scale, out, stop);
  else
    add_product_words(levels, n, Words{0, levels.size(n)}, a, b, scale, out);
}

// The adjoint of add_product_level for the words that begin with the first `shared` letters of word `prefix * d^(n - shared)`: g is their
// gradient; da and db are whole rows and are added to.
template <class E>
static inline void product_adjoint_words(const Levels &levels, int64_t n, int64_t shared, int64_t prefix, const E *g, const E *a,
                                         const E *b, RealOf<E> scale, E *da, E *db) {
  const int64_t tail = levels.power(n - shared);
  for (int64_t k = 1; k < n; ++k) {
    const int64_t left = levels.begin(k), right = levels.begin(n - k);
    if (k <= shared) {
      const int64_t u = left + prefix / levels.power(shared - k), v = right + prefix % levels.power(shared - k) * tail;
      contract_rows<1>(g, a + u, b + v, tail, scale, da + u, db + v);
    } else {
      const int64_t na = levels.power(k - shared), u = left + prefix * na;
      contract(g, a + u, na, b + right, levels.size(n - k), scale, da + u, db + right);
    }
  }
}

// The adjoint of add_product_level: g is the gradient of that level; da and db are whole rows and are added to.
template <class E>
static inline void product_level_adjoint(const Levels &levels, int64_t n, const E *g, const E *a, const E *b, RealOf<E> scale, E *da, E *db,
                                         const volatile int32_t *stop = nullptr) {
  if constexpr (sizeof(E) == sizeof(RealOf<E>)) {
    for (int64_t k = 1; k < n; ++k) {
      const int64_t left = levels.begin(k), right = levels.begin(n - k);
      contract_row(g, a + left, levels.size(k), b + right, levels.size(n - k), scale, da + left, db + right, stop);
    }
  } else {
    product_adjoint_words(levels, n, 0, 0, g, a, b, scale, da, db);
  }
}

}  // namespace sig::SIG_TARGET
