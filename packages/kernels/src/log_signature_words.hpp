// The outermost step of the logarithm at Lyndon words alone: log_w = x_w - sum over 0 < k < |w| of x at the first k letters of w times
// y_1 at the others. For methods 1 and 2 the highest level of the signature is thus read, and its gradient written, at Lyndon words only.
#pragma once

#include "log_signature_basis.hpp"
#include "tensor_levels.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {

// Every Lyndon word cut in two in all ways: places in a row of levels of the first letters and of the others.
struct WordCuts {
  const int32_t *start;  // of each word
  const int32_t *first;
  const int32_t *rest;

  static int64_t count(const Levels &levels, int64_t words) { return words * (levels.degree - 1); }
  static int64_t bytes(const Levels &levels, int64_t words) {
    return Scratch::bytes<int32_t>(words + 1) + 2 * Scratch::bytes<int32_t>(count(levels, words));
  }

  WordCuts(const Levels &levels, const LyndonBasis &basis, int64_t words, Scratch &scratch) {
    int32_t *starts = scratch.take<int32_t>(words + 1);
    int32_t *firsts = scratch.take<int32_t>(count(levels, words)), *rests = scratch.take<int32_t>(count(levels, words));
    start = starts, first = firsts, rest = rests;
    const uint32_t d = uint32_t(levels.letters);
    int32_t cuts = 0;
    int64_t n = 1;
    for (int64_t i = 0; i < words; ++i) {
      while (basis.words[i] >= levels.begin(n + 1)) ++n;
      starts[i] = cuts;
      const uint32_t word = uint32_t(basis.words[i] - levels.begin(n));
      uint32_t prefix = word;
      for (int64_t k = n - 1; k >= 1; --k) {
        prefix /= d;
        firsts[cuts] = int32_t(levels.begin(k) + prefix);
        rests[cuts++] = int32_t(levels.begin(n - k) + word - prefix * levels.power(n - k));
      }
    }
    starts[words] = cuts;
  }
};

// out_i -= the sum over the cuts of word i.
template <class E>
static inline void subtract_cuts(const WordCuts &cuts, int64_t words, const E *x, const E *y, E *out) {
  for (int64_t i = 0; i < words; ++i) {
    E sum{};
    for (int64_t e = cuts.start[i]; e < cuts.start[i + 1]; ++e) sum += x[cuts.first[e]] * y[cuts.rest[e]];
    out[i] -= sum;
  }
}

// Adds to dx and dy from the gradient g of out.
template <class E>
static inline void subtract_cuts_adjoint(const WordCuts &cuts, int64_t words, const E *g, const E *x, const E *y, E *dx, E *dy) {
  for (int64_t i = 0; i < words; ++i) {
    const E gi = g[i];
    for (int64_t e = cuts.start[i]; e < cuts.start[i + 1]; ++e) {
      dx[cuts.first[e]] -= gi * y[cuts.rest[e]];
      dy[cuts.rest[e]] -= gi * x[cuts.first[e]];
    }
  }
}

// The numbers of a tile of rows at the given places, and back.
template <class T>
static inline void gather_places(const Rows<T> &rows, RowTile tile, const int32_t *places, int64_t n, Vec<T> *out) {
  constexpr int W = Lanes<T>::W;
  const T *row[W];
  for (int k = 0; k < W; ++k) row[k] = rows.row(tile.first + (k < tile.count ? k : 0));
  for (int64_t i = 0; i < n; ++i) {
    Vec<T> v;
    for (int k = 0; k < W; ++k) v[k] = row[k][places[i]];
    out[i] = v;
  }
}
template <class T>
static inline void gather_places(const Rows<T> &rows, RowTile tile, const int32_t *places, int64_t n, T *out) {
  const T *row = rows.row(tile.first);
  for (int64_t i = 0; i < n; ++i) out[i] = row[places[i]];
}
template <class T>
static inline void scatter_places(const Vec<T> *in, const int32_t *places, int64_t n, const Rows<T> &rows, RowTile tile) {
  for (int64_t k = 0; k < tile.count; ++k) {
    T *row = rows.row(tile.first + k);
    for (int64_t i = 0; i < n; ++i) row[places[i]] = in[i][k];
  }
}
template <class T>
static inline void scatter_places(const T *in, const int32_t *places, int64_t n, const Rows<T> &rows, RowTile tile) {
  T *row = rows.row(tile.first);
  for (int64_t i = 0; i < n; ++i) row[places[i]] = in[i];
}

}  // namespace sig::SIG_TARGET
