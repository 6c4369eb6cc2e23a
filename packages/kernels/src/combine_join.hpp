// A signature times the exponential of a displacement v, and the adjoint, by Horner's scheme.
//
// Level n of s exp(v) is s_n + a_{n-1} (x) v with a_0 = 1 and a_l = s_l + a_{l-1} (x) v / (n - l + 1): one product by a vector per
// level, and exp(v) is never formed. With `prepend` every product is taken from the left: exp(v) s.
// Source: Reizenstein and Graham, "The iisignature library", 2018 (arXiv:1802.08252), section 2.
#pragma once

#include "tensor.hpp"

namespace sig::SIG_TARGET {

// The chain a_1 .. a_{n-1} of level n, each at its place of a row `a`.
template <bool prepend, class E>
static inline void join_chain(const Levels &levels, int64_t n, const E *s, const E *v, E *a) {
  using T = RealOf<E>;
  const int64_t d = levels.letters;
  if (n < 2) return;
  for (int64_t j = 0; j < d; ++j) a[j] = s[j] + v[j] * (T(1) / T(n));
  for (int64_t l = 2; l < n; ++l) {
    const E *before = a + levels.begin(l - 1), *sl = s + levels.begin(l);
    E *al = a + levels.begin(l);
    const int64_t words = levels.size(l - 1);
    const T c = T(1) / T(n - l + 1);
    if (prepend)
      for (int64_t j = 0; j < d; ++j) {
        const E vj = v[j] * c;
        for (int64_t u = 0; u < words; ++u) al[j * words + u] = sl[j * words + u] + vj * before[u];
      }
    else
      for (int64_t u = 0; u < words; ++u) {
        const E au = before[u] * c;
        for (int64_t j = 0; j < d; ++j) al[u * d + j] = sl[u * d + j] + au * v[j];
      }
  }
}

// out = s exp(v); work: a row of levels.
template <bool prepend, class E>
static inline void join_step(const Levels &levels, const E *s, const E *v, E *out, E *work) {
  const int64_t d = levels.letters;
  for (int64_t n = levels.degree; n >= 1; --n) {
    join_chain<prepend>(levels, n, s, v, work);
    const E *sn = s + levels.begin(n), *a = work + levels.begin(n - 1);
    E *on = out + levels.begin(n);
    const int64_t words = levels.size(n) / d;
    if (n == 1)
      for (int64_t j = 0; j < d; ++j) on[j] = sn[j] + v[j];
    else if (prepend)
      for (int64_t j = 0; j < d; ++j)
        for (int64_t u = 0; u < words; ++u) on[j * words + u] = sn[j * words + u] + v[j] * a[u];
    else
      for (int64_t u = 0; u < words; ++u)
        for (int64_t j = 0; j < d; ++j) on[u * d + j] = sn[u * d + j] + a[u] * v[j];
  }
}

// g: gradient of out; ds: a row, dv: d letters, both written; work: two rows of levels.
template <bool prepend, class E>
static inline void join_step_adjoint(const Levels &levels, const E *g, const E *s, const E *v, E *ds, E *dv, E *work) {
  using T = RealOf<E>;
  const int64_t d = levels.letters;
  E *a = work, *b = work + levels.length();
  for (int64_t i = 0; i < levels.length(); ++i) ds[i] = g[i];
  for (int64_t j = 0; j < d; ++j) dv[j] = E{};
  for (int64_t n = 1; n <= levels.degree; ++n) {
    join_chain<prepend>(levels, n, s, v, a);
    const E *up = g + levels.begin(n);
    for (int64_t l = n - 1; l >= 1; --l) {
      const int64_t words = levels.size(l);
      const T c = T(1) / T(n - l);
      const E *al = a + levels.begin(l);
      E *bl = b + levels.begin(l), *dl = ds + levels.begin(l);
      for (int64_t u = 0; u < words; ++u) {
        E sum{};
        for (int64_t j = 0; j < d; ++j) sum += (prepend ? up[j * words + u] : up[u * d + j]) * v[j];
        bl[u] = c * sum;
        dl[u] += bl[u];
      }
      for (int64_t j = 0; j < d; ++j) {
        E sum{};
        for (int64_t u = 0; u < words; ++u) sum += (prepend ? up[j * words + u] : up[u * d + j]) * al[u];
        dv[j] += c * sum;
      }
      up = bl;
    }
    for (int64_t j = 0; j < d; ++j) dv[j] += up[j] * (T(1) / T(n));
  }
}

}  // namespace sig::SIG_TARGET
