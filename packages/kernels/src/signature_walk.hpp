// How a signature is computed: the tree of words is cut into blocks of two levels, each stepped through a run of time steps at once.
//
// The Horner step for an increment z is S_n += b_{n-1} (x) z with b_l = S_l + b_{l-1} (x) z / (n - l + 1), b_0 = 1, for n from N down.
// Coefficient b_l of a word depends on its prefixes alone. So the block under a prefix u of length q, which owns the coefficients of
// the words u j and u j k, needs nothing from outside but the "roots" r_m = b_q[u] of the chains of levels n = q + m, for each step:
// with c = X + r z / m the level X = S[u .] steps by r_1 z, its child level by c (m = 2) times z, and (m > 2) c (x) z / (m - 1) plus
// the child level are the roots that the blocks below receive. A block therefore runs through many steps with its coefficients in
// registers, and only roots travel through memory. Blocks at the bottom hold the two highest levels and nearly all of the work.
// Source: Horner scheme of Reizenstein and Graham, "The iisignature library", 2018 (arXiv:1802.08252), section 2.
#pragma once

#include "tensor.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {

// The cut of levels 1..degree into blocks: the first has one level where the degree is odd, all others two.
struct Blocks {
  int64_t letters;
  int64_t degree;
  int64_t run;  // steps that a block takes at once

  static constexpr int64_t longest_run = 16;

  Blocks(int64_t letters, int64_t degree, bool stepwise) : letters(letters), degree(degree), run(longest_run) {
    while (run > 4 && run * letters * SIG_VECTOR_BYTES > 16 * 1024) run -= 4;
    while (run > 2 && run * letters * letters > (1 << 19)) run -= 2;
    if (stepwise) run = 1;
  }

  // Levels of the block under a prefix of length q.
  int64_t height(int64_t q) const { return q == 0 && degree % 2 ? 1 : 2; }

  // Roots under one prefix at the bottom of that block: `run` steps of one per chain, then a gap against cache conflicts.
  int64_t roots_stride(int64_t q) const { return run * (degree - q) + 1; }

  // Numbers that the roots under all prefixes of one block take, where those have length q.
  int64_t roots(int64_t q) const { return (q == 0 ? 1 : q == 1 ? letters : letters * letters) * roots_stride(q); }

  // The same for the whole way down.
  int64_t all_roots() const {
    int64_t sum = 0;
    for (int64_t q = 0; q < degree; q += height(q)) sum += roots(q);
    return sum;
  }
};

// z / m for m = 1..degree: level m of the table begins at place (m - 1) * run * letters.
template <class T>
static inline void scale_increments(const Blocks &blocks, int64_t count, Vec<T> *z) {
  const int64_t n = count * blocks.letters, stride = blocks.run * blocks.letters;
  for (int64_t m = 2; m <= blocks.degree; ++m) {
    Vec<T> *to = z + (m - 1) * stride;
    const T factor = T(1) / T(m);
    for (int64_t i = 0; i < n; ++i) to[i] = z[i] * factor;
  }
}

}  // namespace sig::SIG_TARGET
