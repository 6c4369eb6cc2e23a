// One level of the product of two tensors, and its adjoint, for W rows in lanes.
//
// Level n of the product at the word w is the sum over 0 < k < n of a at the first k letters of w times b at the other n - k. Words are
// taken in blocks that share all but their last R letters: their sums stay in registers while k runs, so that a term costs one load.
#pragma once

#include "tensor_levels.hpp"

namespace sig::SIG_TARGET {

constexpr int64_t power(int64_t base, int exponent) { return exponent ? base * power(base, exponent - 1) : 1; }

// Walks the words of a length in order, keeping for each k the place of their first k letters within level k.
struct Prefixes {
  int64_t place[64];

  Prefixes(const Levels &levels, int64_t length, int64_t word) {
    for (int64_t k = length; k >= 1; --k, word /= levels.letters) place[k] = word;
  }

  // To the next word of `length` letters.
  void advance(int64_t length, int64_t letters) {
    for (int64_t k = length; k >= 1; --k)
      if (++place[k] % letters) return;
  }
};

// Words begin .. end - 1 of level n, which go to out[0], out[1], ...
struct Words {
  int64_t begin, end;
};

// D letters, blocks of D^R words; n > R; the words are whole groups of D blocks.
template <int D, int R, class E>
static inline void add_product_blocks(const Levels &levels, int64_t n, Words words, const E *a, const E *b, RealOf<E> scale, E *out) {
  constexpr int64_t B = power(D, R);
  const int64_t top = n - R;  // letters of what a block shares
  Prefixes prefixes(levels, top - 1, words.begin / (D * B));
  out -= words.begin;
  const E *left[64], *right[64];
  const E *a_top = a + levels.begin(top), *b_low = b + levels.begin(R);
  for (int64_t u = words.begin / (D * B); u * (D * B) < words.end; ++u) {
    for (int64_t k = 1; k < top; ++k) {
      left[k] = a + levels.begin(k) + prefixes.place[k];
      right[k] = b + levels.begin(n - k) + (u - prefixes.place[k] * levels.size(top - 1 - k)) * (D * B);
    }
    for (int64_t q = u * D; q < (u + 1) * D; ++q) {
      E sum[B];
#pragma GCC unroll 16
      for (int j = 0; j < B; ++j) sum[j] = a_top[q] * b_low[j];
      for (int64_t k = 1; k < top; ++k) {
        const E factor = *left[k];
        const E *from = right[k] + (q - u * D) * B;
#pragma GCC unroll 16
        for (int j = 0; j < B; ++j) sum[j] += factor * from[j];
      }
#pragma GCC unroll 4
      for (int r = 1; r < R; ++r) {
        const int64_t low = power(D, r), high = B / low;
        const E *al = a + levels.begin(n - r) + q * high, *br = b + levels.begin(r);
#pragma GCC unroll 16
        for (int j = 0; j < B; ++j) sum[j] += al[j / low] * br[j % low];
      }
#pragma GCC unroll 16
      for (int j = 0; j < B; ++j) out[q * B + j] += scale * sum[j];
    }
    prefixes.advance(top - 1, D);
  }
}

// J words that differ in the last letter, for any number of letters.
template <int J, class E>
static inline void add_product_piece(int64_t top, int64_t shift, E a_top, const E *b_low, const E *const *left, const E *const *right,
                                     RealOf<E> scale, E *out) {
  E sum[J];
  for (int j = 0; j < J; ++j) sum[j] = a_top * b_low[j];
  for (int64_t k = 1; k < top; ++k) {
    const E factor = *left[k];
    const E *from = right[k] + shift;
#pragma GCC unroll 8
    for (int j = 0; j < J; ++j) sum[j] += factor * from[j];
  }
#pragma GCC unroll 8
  for (int j = 0; j < J; ++j) out[j] += scale * sum[j];
}

template <class E>
static inline void add_product_any(const Levels &levels, int64_t n, Words words, const E *a, const E *b, RealOf<E> scale, E *out) {
  const int64_t d = levels.letters, top = n - 1;
  Prefixes prefixes(levels, top, words.begin / d);
  out -= words.begin;
  const E *left[64], *right[64];
  for (int64_t q = words.begin / d; q * d < words.end; ++q) {
    for (int64_t k = 1; k < top; ++k) {
      left[k] = a + levels.begin(k) + prefixes.place[k];
      right[k] = b + levels.begin(n - k) + (q - prefixes.place[k] * levels.size(top - k)) * d;
    }
    const E factor = a[levels.begin(top) + q];
    int64_t j = 0;
    for (; j + 8 <= d; j += 8) add_product_piece<8>(top, j, factor, b + j, left, right, scale, out + q * d + j);
    for (; j + 4 <= d; j += 4) add_product_piece<4>(top, j, factor, b + j, left, right, scale, out + q * d + j);
    for (; j < d; ++j) add_product_piece<1>(top, j, factor, b + j, left, right, scale, out + q * d + j);
    prefixes.advance(top, d);
  }
}

// U rows of g, the gradient of a (x) b: da[u] += scale sum_v g[u v] b[v], db[v] += scale sum_u a[u] g[u v].
// Restricted pointers: else the compiler chooses between two loops, which round differently, by where the operands happen to lie.
template <int U, class E>
static inline void contract_rows(const E *__restrict g, const E *__restrict a, const E *__restrict b, int64_t nb, RealOf<E> scale,
                                 E *__restrict da, E *__restrict db) {
  E factor[U], sum[U];
#pragma GCC unroll 4
  for (int u = 0; u < U; ++u) factor[u] = scale * a[u], sum[u] = E{};
  for (int64_t v = 0; v < nb; ++v) {
    const E bv = b[v];
    E total = db[v];
#pragma GCC unroll 4
    for (int u = 0; u < U; ++u) {
      const E gv = g[u * nb + v];
      sum[u] += gv * bv;
      total += factor[u] * gv;
    }
    db[v] = total;
  }
#pragma GCC unroll 4
  for (int u = 0; u < U; ++u) da[u] += scale * sum[u];
}

// The same for na rows.
template <class E>
static inline void contract(const E *g, const E *a, int64_t na, const E *b, int64_t nb, RealOf<E> scale, E *da, E *db) {
  int64_t u = 0;
  for (; u + 4 <= na; u += 4) contract_rows<4>(g + u * nb, a + u, b, nb, scale, da + u, db);
  for (; u + 3 <= na; u += 3) contract_rows<3>(g + u * nb, a + u, b, nb, scale, da + u, db);
  for (; u < na; ++u) contract_rows<1>(g + u * nb, a + u, b, nb, scale, da + u, db);
}

}  // namespace sig::SIG_TARGET
