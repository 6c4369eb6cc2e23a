// The highest level of a result, which is most of it, goes from registers to its rows without ever being whole in lanes.
//
// Lanes hold what is summed over shorter words only; what is taken word by word from other rows (the base) is added row by row while the
// sum is transposed back. The gradient of a highest level is read the same way, a stretch of words at a time.
#pragma once

#include "tensor.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {

constexpr int64_t stretch_words = 128;  // about this many words of a level are in lanes at a time

// scale times the rows of one operand or of two, word by word.
template <class T>
struct Base {
  T scale;
  int operands;
  Rows<T> rows[2];

  Base(T scale, const Rows<T> &only) : scale(scale), operands(1), rows{only, only} {}
  Base(T scale, const Rows<T> &first, const Rows<T> &second) : scale(scale), operands(2), rows{first, second} {}
};

// out[at .. at + n - 1] = base + sum, for W rows in lanes.
template <bool two, class T>
static inline void scatter_with_base(const Vec<T> *sum, int64_t n, const Base<T> &base, const Rows<T> &out, RowTile tile, int64_t at) {
  constexpr int W = Lanes<T>::W;
  const T *first[W], *second[W];
  T *to[W];
  for (int k = 0; k < W; ++k) {
    const int64_t row = tile.first + (k < tile.count ? k : 0);
    first[k] = base.rows[0].row(row) + at, second[k] = base.rows[1].row(row) + at, to[k] = out.row(row) + at;
  }
  const Vec<T> scale = broadcast(base.scale);
  int64_t i = 0;
  for (; i + W <= n; i += W) {
    Vec<T> block[W];
#pragma GCC unroll 16
    for (int k = 0; k < W; ++k) block[k] = sum[i + k];
    transpose<T>(block);
#pragma GCC unroll 16
    for (int k = 0; k < W; ++k) {
      if (k >= tile.count) break;
      const Vec<T> rows = two ? load_unaligned(first[k] + i) + load_unaligned(second[k] + i) : load_unaligned(first[k] + i);
      store_unaligned<T>(to[k] + i, scale * rows + block[k]);
    }
  }
  for (; i < n; ++i)
    for (int k = 0; k < W && k < tile.count; ++k) to[k][i] = base.scale * (two ? first[k][i] + second[k][i] : first[k][i]) + sum[i][k];
}

// Level N of the out rows: the base plus what add(words, buffer) adds to a buffer for a range of words, always whole multiples of `unit`.
// buffer: stretch_words + unit elements.
template <class T, class Add>
static inline void write_top(const Task &task, const Levels &levels, const Base<T> &base, const Rows<T> &out, RowTile tile, int64_t unit,
                             Vec<T> *buffer, const Add &add) {
  const int64_t begin = levels.begin(levels.degree), words = levels.size(levels.degree), most = divide_up(stretch_words, unit) * unit;
  for (int64_t w = 0; w < words && !task.stopped(); w += most) {
    const Words range = {w, w + most < words ? w + most : words};
    for (int64_t i = 0; i < range.end - range.begin; ++i) buffer[i] = Vec<T>{};
    add(range, buffer);
    base.operands == 2 ? scatter_with_base<true, T>(buffer, range.end - range.begin, base, out, tile, begin + w)
                       : scatter_with_base<false, T>(buffer, range.end - range.begin, base, out, tile, begin + w);
  }
}
template <class T, class Add>
static inline void write_top(const Task &, const Levels &levels, const Base<T> &base, const Rows<T> &out, RowTile tile, int64_t, T *,
                             const Add &add) {
  const int64_t begin = levels.begin(levels.degree), words = levels.size(levels.degree);
  T *to = out.row(tile.first) + begin;
  const T *first = base.rows[0].row(tile.first) + begin, *second = base.rows[1].row(tile.first) + begin;
  for (int64_t i = 0; i < words; ++i) to[i] = base.scale * (base.operands == 2 ? first[i] + second[i] : first[i]);
  add(Words{0, words}, to);
}

// Elements that write_top and read_top need as a buffer.
static inline int64_t stretch_length(int64_t unit) { return stretch_words + unit; }

// Letters that the words of a stretch share: as few as leave it short.
static inline int64_t shared_letters(const Levels &levels) {
  int64_t shared = 0;
  while (shared + 1 < levels.degree && levels.power(levels.degree - shared) > 2 * stretch_words) ++shared;
  return shared;
}

// take(shared, prefix, g): the gradient of the words of level N that begin with word `prefix` of `shared` letters, for all such words.
// buffer: levels.power(N - shared_letters) elements.
template <class T, class Take>
static inline void read_top(const Task &task, const Levels &levels, const Rows<T> &g, RowTile tile, Vec<T> *buffer, const Take &take) {
  const int64_t shared = shared_letters(levels), stretch = levels.power(levels.degree - shared);
  for (int64_t prefix = 0; prefix < levels.power(shared) && !task.stopped(); ++prefix) {
    gather_rows(static_cast<const T *>(g.row(tile.first) + levels.begin(levels.degree) + prefix * stretch), g.stride(), tile.count, stretch,
                buffer);
    take(shared, prefix, static_cast<const Vec<T> *>(buffer));
  }
}
template <class T, class Take>
static inline void read_top(const Task &, const Levels &levels, const Rows<T> &g, RowTile tile, T *, const Take &take) {
  take(int64_t(0), int64_t(0), static_cast<const T *>(g.row(tile.first) + levels.begin(levels.degree)));
}

// Level N of out = level N of from.
template <class T>
static inline void copy_top(const Task &task, const Levels &levels, const Rows<T> &from, const Rows<T> &out, RowTile tile) {
  const int64_t begin = levels.begin(levels.degree), words = levels.size(levels.degree);
  for (int64_t k = 0; k < tile.count && !task.stopped(); ++k) {
    const T *source = from.row(tile.first + k) + begin;
    T *to = out.row(tile.first + k) + begin;
    for (int64_t i = 0; i < words; ++i) to[i] = source[i];
  }
}

}  // namespace sig::SIG_TARGET
