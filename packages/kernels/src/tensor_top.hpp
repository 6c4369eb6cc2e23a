// The highest level of a result, which is most of it, goes from registers to its rows without ever being whole in lanes.
//
// Lanes hold what is summed over shorter words only; what is taken word by word from other rows (the base) is added row by row while the
// sum is transposed back. The gradient of a highest level is read the same way, a stretch of words at a time.
#pragma once

#include "tensor.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {

constexpr int64_t stretch_words = 128; // about this many words of a level are in lanes at a time

// scale1 * rows1 + scale2 * rows2, word by word; rows2 may be left out.
template <class T>
struct Base {
  T scale1;
  Rows<T> rows1;
  T scale2;
  Rows<T> rows2;

  Base(T scale, const Rows<T> &rows) : scale1(scale), rows1(rows), scale2(0), rows2(rows) {}
  Base(T scale1, const Rows<T> &rows1, T scale2, const Rows<T> &rows2) : scale1(scale1), rows1(rows1), scale2(scale2), rows2(rows2) {}

  template <class V, class Load>
  V at(int64_t row, int64_t i, const Load &load) const {
    const V first = scale1 * load(rows1.row(row) + i);
    return scale2 == T(0) ? first : first + scale2 * load(rows2.row(row) + i);
  }
};

// rows[i .. i + n - 1] = base + sum, for W rows in lanes.
template <class T>
static inline void scatter_with_base(const Vec<T> *sum, int64_t n, const Base<T> &base, const Rows<T> &out, RowTile tile, int64_t at) {
  constexpr int W = Lanes<T>::W;
  const auto wide = [](const T *from) { return load_unaligned(from); };
  const auto single = [](const T *from) { return *from; };
  int64_t i = 0;
  for (; i + W <= n; i += W) {
    Vec<T> block[W];
    for (int k = 0; k < W; ++k) block[k] = sum[i + k];
    transpose<T>(block);
    for (int64_t k = 0; k < tile.count; ++k)
      store_unaligned<T>(out.row(tile.first + k) + at + i, base.template at<Vec<T>>(tile.first + k, at + i, wide) + block[k]);
  }
  for (; i < n; ++i)
    for (int64_t k = 0; k < tile.count; ++k)
      out.row(tile.first + k)[at + i] = base.template at<T>(tile.first + k, at + i, single) + sum[i][k];
}

// Level N of the out rows: the base plus what add(words, buffer) adds to a buffer for a range of words, always whole multiples of `unit`.
// buffer: stretch_words + unit elements.
template <class T, class Add>
static inline void write_top(const Levels &levels, const Base<T> &base, const Rows<T> &out, RowTile tile, int64_t unit, Vec<T> *buffer, const Add &add) {
  const int64_t begin = levels.begin(levels.degree), words = levels.size(levels.degree), most = divide_up(stretch_words, unit) * unit;
  for (int64_t w = 0; w < words; w += most) {
    const Words range = {w, w + most < words ? w + most : words};
    for (int64_t i = 0; i < range.end - range.begin; ++i) buffer[i] = Vec<T>{};
    add(range, buffer);
    scatter_with_base<T>(buffer, range.end - range.begin, base, out, tile, begin + w);
  }
}
template <class T, class Add>
static inline void write_top(const Levels &levels, const Base<T> &base, const Rows<T> &out, RowTile tile, int64_t, T *, const Add &add) {
  const int64_t begin = levels.begin(levels.degree), words = levels.size(levels.degree);
  T *to = out.row(tile.first) + begin;
  const auto single = [](const T *from) { return *from; };
  for (int64_t i = 0; i < words; ++i) to[i] = base.template at<T>(tile.first, begin + i, single);
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
static inline void read_top(const Levels &levels, const Rows<T> &g, RowTile tile, Vec<T> *buffer, const Take &take) {
  const int64_t shared = shared_letters(levels), stretch = levels.power(levels.degree - shared);
  for (int64_t prefix = 0; prefix < levels.power(shared); ++prefix) {
    gather_rows(static_cast<const T *>(g.row(tile.first) + levels.begin(levels.degree) + prefix * stretch), g.stride(), tile.count, stretch, buffer);
    take(shared, prefix, static_cast<const Vec<T> *>(buffer));
  }
}
template <class T, class Take>
static inline void read_top(const Levels &levels, const Rows<T> &g, RowTile tile, T *, const Take &take) {
  take(int64_t(0), int64_t(0), static_cast<const T *>(g.row(tile.first) + levels.begin(levels.degree)));
}

// Level N of out = level N of from.
template <class T>
static inline void copy_top(const Levels &levels, const Rows<T> &from, const Rows<T> &out, RowTile tile) {
  const int64_t begin = levels.begin(levels.degree), words = levels.size(levels.degree);
  for (int64_t k = 0; k < tile.count; ++k) {
    const T *source = from.row(tile.first + k) + begin;
    T *to = out.row(tile.first + k) + begin;
    for (int64_t i = 0; i < words; ++i) to[i] = source[i];
  }
}

}  // namespace sig::SIG_TARGET
