// A signature times the exponential of a displacement v, and the adjoint, by Horner's scheme.
//
// Level n of s exp(v) is s_n + a_{n-1} (x) v with a_0 = 1 and a_l = s_l + a_{l-1} (x) v / (n - l + 1): one product by a vector per
// level, and exp(v) is never formed. With `prepend` every product is taken from the left: exp(v) s.
// Source: Reizenstein and Graham, "The iisignature library", 2018 (arXiv:1802.08252), section 2.
#pragma once

#include "tensor.hpp"

namespace sig::SIG_TARGET {

// out[0], out[1], ... += words `words` of x (x) v, or with prepend of v (x) x, where x has `size` words and v d letters. The words are
// whole multiples of d, or lie within those of one first letter.
template <bool prepend, class E>
static inline void add_outer_words(Words words, const E *x, int64_t size, const E *v, int64_t d, E *out) {
  if (prepend) {
    for (int64_t w = words.begin; w < words.end;) {
      const int64_t j = w / size, end = (j + 1) * size < words.end ? (j + 1) * size : words.end;
      const E vj = v[j];
      for (; w < end; ++w) out[w - words.begin] += vj * x[w - j * size];
    }
  } else {
    for (int64_t u = words.begin / d; u * d < words.end; ++u, out += d) {
      const E xu = x[u];
      for (int64_t j = 0; j < d; ++j) out[j] += xu * v[j];
    }
  }
}

// g: gradient of the words of v (x) x or x (x) v as above; adds to dx and dv.
template <bool prepend, class E>
static inline void outer_words_adjoint(Words words, const E *g, const E *x, int64_t size, const E *v, int64_t d, E *dx, E *dv) {
  if (prepend) {
    for (int64_t w = words.begin; w < words.end;) {
      const int64_t j = w / size, begin = w - j * size, end = (j + 1) * size < words.end ? size : words.end - j * size;
      contract_rows<1>(g + (w - words.begin), v + j, x + begin, end - begin, RealOf<E>(1), dv + j, dx + begin);
      w = j * size + end;
    }
  } else {
    const int64_t begin = words.begin / d;
    contract(g, x + begin, (words.end - words.begin) / d, v, d, RealOf<E>(1), dx + begin, dv);
  }
}

// The chain a_1 .. a_{n-1} of level n, each at its place of a row `a`.
template <bool prepend, class E>
static inline void join_chain(const Levels &levels, int64_t n, const E *s, const E *v, E *scaled, E *a) {
  using T = RealOf<E>;
  const int64_t d = levels.letters;
  for (int64_t l = 1; l < n; ++l) {
    const T c = T(1) / T(n - l + 1);
    const E *sl = s + levels.begin(l);
    E *al = a + levels.begin(l);
    for (int64_t j = 0; j < d; ++j) scaled[j] = c * v[j];
    if (l == 1) {
      for (int64_t j = 0; j < d; ++j) al[j] = sl[j] + scaled[j];
    } else {
      for (int64_t i = 0; i < levels.size(l); ++i) al[i] = sl[i];
      add_outer_words<prepend>(Words{0, levels.size(l)}, a + levels.begin(l - 1), levels.size(l - 1), scaled, d, al);
    }
  }
}

// From b_{n-1}, the gradient of a_{n-1}, down to the gradients ds of the levels below n and dv, which are added to. b is a row whose
// levels below n - 1 are overwritten.
template <bool prepend, class E>
static inline void join_chain_adjoint(const Levels &levels, int64_t n, const E *v, const E *a, E *b, E *ds, E *dv) {
  using T = RealOf<E>;
  const int64_t d = levels.letters;
  for (int64_t l = n - 1; l >= 1; --l) {
    const T c = T(1) / T(n - l + 1);
    E *bl = b + levels.begin(l), *dl = ds + levels.begin(l);
    for (int64_t i = 0; i < levels.size(l); ++i) {
      dl[i] += bl[i];
      bl[i] = c * bl[i];
    }
    if (l == 1) {
      for (int64_t j = 0; j < d; ++j) dv[j] += bl[j];
    } else {
      E *below = b + levels.begin(l - 1);
      for (int64_t i = 0; i < levels.size(l - 1); ++i) below[i] = E{};
      outer_words_adjoint<prepend>(Words{0, levels.size(l)}, bl, a + levels.begin(l - 1), levels.size(l - 1), v, d, below, dv);
    }
  }
}

}  // namespace sig::SIG_TARGET
