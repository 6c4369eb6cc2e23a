// Long paths of small batches: the time axis is cut into chunks, which fill the lanes and make tasks, and the chunks are put together
// by Chen's identity S(path) = S(first chunk) (x) S(second chunk) (x) ...
#pragma once

#include "signature_shape.hpp"

namespace sig::SIG_TARGET {

// The cut of a call, from its shape alone: lane b * count + c walks chunk c of path b.
struct Chunks {
  int64_t batch;
  int64_t count;       // of each path
  int64_t increments;  // of each chunk but the last
  int64_t lanes;       // of a tile

  template <class T>
  static Chunks of(const SignatureShape<T> &shape) {
    constexpr int64_t W = Lanes<T>::W, tiles_wanted = 16, tile_work = 1 << 16, row_bytes = 64 << 20;
    const int64_t n = shape.path.length - 1;
    int64_t count = 1;
    if (!shape.stream && !shape.direct && shape.degree > 1) {
      if (n >= 2 * shape.degree * (W / shape.batch) && shape.batch < W) count = W / shape.batch;
      int64_t more = tiles_wanted * W / shape.batch;
      const int64_t by_merges = n / (64 * shape.degree), by_work = n * shape.row() / tile_work;
      const int64_t by_bytes = row_bytes / (2 * shape.row() * int64_t(sizeof(T)) * shape.batch);
      if (more > by_merges) more = by_merges;
      if (more > by_work) more = by_work;
      if (more > by_bytes) more = by_bytes;
      if (more > W) more -= more % W;
      if (more > count) count = more;
    }
    const int64_t increments = divide_up(n, count);
    return {shape.batch, divide_up(n, increments), increments, W};
  }

  int64_t rows() const { return batch * count; }
  int64_t tiles() const { return divide_up(rows(), lanes); }

  template <class T>
  int64_t steps(const SignatureShape<T> &shape) const {
    return increments * shape.path.steps_per_increment();
  }
};

// Rows first .. first + W - 1 of an array of rows, those beyond the last as zeros, into lanes and back.
template <class T>
static inline void gather_chunks(const Chunks &chunks, int64_t first, const T *rows, int64_t length, Vec<T> *lanes) {
  const int64_t left = chunks.rows() - first;
  gather_rows<T>(rows + first * length, length, left < chunks.lanes ? left : chunks.lanes, length, lanes);
}
template <class T>
static inline void scatter_chunks(const Chunks &chunks, int64_t first, const Vec<T> *lanes, int64_t length, T *rows) {
  const int64_t left = chunks.rows() - first;
  scatter_rows<T>(lanes, length, rows + first * length, length, left < chunks.lanes ? left : chunks.lanes);
}

// s = s (x) p, up to the degree of `levels`.
template <class T>
static void multiply_in_place(const Levels &levels, const T *p, T *s) {
  for (int64_t n = levels.degree; n >= 1; --n) {
    add_product_level(levels, n, s, p, s + levels.begin(n));
    for (int64_t i = levels.begin(n); i < levels.begin(n + 1); ++i) s[i] += p[i];
  }
}

// The gradient of s below the highest level from that of s (x) p: out[u] = g[u] + sum over v of g[u v] p[v]. `highest` is the gradient
// at the highest level, which s and the product share; g and out hold the others, as p does.
template <class T>
static void multiply_adjoint(const Levels &levels, const T *g, const T *highest, const T *p, T *out) {
  for (int64_t i = 0; i < levels.begin(levels.degree); ++i) out[i] = g[i];
  for (int64_t n = 2; n <= levels.degree; ++n) {
    const T *from = n == levels.degree ? highest : g + levels.begin(n);
    for (int64_t k = 1; k < n; ++k)
      contract_right(from, levels.size(k), p + levels.begin(n - k), levels.size(n - k), T(1), out + levels.begin(k));
  }
}

}  // namespace sig::SIG_TARGET
