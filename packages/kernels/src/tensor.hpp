// The truncated tensor algebra over elements E, which is a number (one row) or Vec<T> (W rows, one per lane).
//
// A tensor is a row of its levels 1..N in lexicographic word order: word i1 ... in sits at place i1 d^(n-1) + ... + in of level n.
// Level 0 is not stored: it is 1 in a unit tensor (signatures) and 0 in a plain one (logarithms, gradients).
#pragma once

#include "lanes.hpp"

namespace sig::SIG_TARGET {

float real_of(float);
float real_of(Vec<float>);
double real_of(double);
double real_of(Vec<double>);

// The number type of an element.
template <class E>
using RealOf = decltype(real_of(E{}));

// The places of the levels in a row of `letters` letters up to `degree`.
struct Levels {
  int64_t letters;
  int64_t degree;

  Levels(int64_t letters, int64_t degree) : letters(letters), degree(degree) {
    if (letters == 1) return;
    starts[0] = -1;
    for (int64_t n = 0, size = 1; n <= degree && n < most; ++n, size *= letters) starts[n + 1] = starts[n] + size;
  }

  // First place of level n >= 1; begin(degree + 1) is the length of the row. Level 0 would be at place -1.
  int64_t begin(int64_t n) const { return letters == 1 ? n - 1 : starts[n]; }
  int64_t size(int64_t n) const { return begin(n + 1) - begin(n); }
  int64_t length() const { return begin(degree + 1); }

 private:
  static constexpr int64_t most = 63;
  int64_t starts[most + 2];
};

// Whether a row of levels can be counted at all; the caller still checks its own bytes.
static inline bool levels_fit(int64_t letters, int64_t degree) {
  if (letters < 1 || degree < 0) return false;
  const int64_t largest = int64_t(1) << 40;
  if (letters == 1) return degree < largest;
  int64_t size = 1;
  for (int64_t n = 1; n <= degree; ++n) {
    if (size > largest / letters) return false;
    size *= letters;
  }
  return true;
}

// out[u v] += a[u] b[v]
template <class E>
static inline void outer_add(const E *a, int64_t na, const E *b, int64_t nb, E *__restrict out) {
  for (int64_t u = 0; u < na; ++u)
    for (int64_t v = 0; v < nb; ++v) out[u * nb + v] += a[u] * b[v];
}

// out[u v] -= a[u] b[v]
template <class E>
static inline void outer_subtract(const E *a, int64_t na, const E *b, int64_t nb, E *__restrict out) {
  for (int64_t u = 0; u < na; ++u)
    for (int64_t v = 0; v < nb; ++v) out[u * nb + v] -= a[u] * b[v];
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

// Level n of the product a b of two plain tensors, added to out (which is that level): sum over 0 < k < n of a_k (x) b_{n-k}.
template <class E>
static inline void add_product_level(const Levels &levels, int64_t n, const E *a, const E *b, E *out) {
  for (int64_t k = 1; k < n; ++k)
    outer_add(a + levels.begin(k), levels.size(k), b + levels.begin(n - k), levels.size(n - k), out);
}

// The adjoint of add_product_level: g is the gradient of that level; da and db are whole rows and are added to, times scale.
template <class E, class T>
static inline void product_level_adjoint(const Levels &levels, int64_t n, const E *g, const E *a, const E *b, T scale, E *da, E *db) {
  for (int64_t k = 1; k < n; ++k) {
    const int64_t left = levels.begin(k), right = levels.begin(n - k), sizes[2] = {levels.size(k), levels.size(n - k)};
    contract_right(g, sizes[0], b + right, sizes[1], scale, da + left);
    contract_left(g, sizes[0], a + left, sizes[1], scale, db + right);
  }
}

}  // namespace sig::SIG_TARGET
