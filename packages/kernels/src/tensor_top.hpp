// The highest level of a result, which is most of it, goes from registers to its rows without ever being whole in lanes.
//
// Lanes hold what is summed over shorter words only; what is taken word by word from other rows (the base) is added row by row while the
// sum is transposed back. The gradient of a highest level is read the same way, a stretch of words at a time.
#pragma once

#include "tensor.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {

constexpr int64_t stretch_words = 128;  // about this many words of a level are in lanes at a time

// Cache lines that will be wanted soon, asked for a few at a time between other work: the rows of the next tile. The hardware does not
// foresee them, as a tile is read in several passes over short stretches of W rows.
template <class T>
struct Ahead {
  static constexpr int64_t longest = 16 * 1024;    // bytes of a tile of one operand; beyond that the hardware does well alone
  static constexpr int64_t shortest = 512 * 1024;  // bytes of an operand; less is in the cache anyway
  const T *at[5], *end[5];
  int ranges = 0;

  void add(const Rows<T> &rows, RowTile tile, int64_t batch) {
    const int64_t first = tile.first + tile.count, last = first + tile.count < batch ? first + tile.count : batch;
    const int64_t bytes = rows.stride() * int64_t(sizeof(T));
    if (tile.count == 1 || first >= last || tile.count * bytes > longest || batch * bytes < shortest) return;
    at[ranges] = rows.row(first);
    end[ranges++] = rows.row(last);
  }

  [[gnu::always_inline]] void some() {
    if (!ranges) return;
    const T *line = at[ranges - 1];
    for (int i = 0; i < 4; ++i) __builtin_prefetch(line + i * (64 / sizeof(T)));
    line += 4 * (64 / sizeof(T));
    at[ranges - 1] = line;
    if (line >= end[ranges - 1]) --ranges;
  }
};

// Numbers at .. at + n - 1 of the rows of a tile, asking for lines ahead.
template <class T>
static inline void gather_ahead(const Rows<T> &rows, RowTile tile, int64_t at, int64_t n, Vec<T> *out, Ahead<T> &ahead) {
  constexpr int64_t piece = 2 * Lanes<T>::W;
  const T *from = rows.row(tile.first) + at;
  if (!ahead.ranges) return gather_rows(from, rows.stride(), tile.count, n, out);
  for (int64_t i = 0; i < n; i += piece) {
    gather_rows(from + i, rows.stride(), tile.count, i + piece < n ? piece : n - i, out + i);
    ahead.some();
    ahead.some();
  }
}

// read_tile, asking for lines ahead.
template <class T>
static inline const T *read_tile(const Rows<T> &rows, RowTile tile, int64_t, T *, Ahead<T> &) {
  return rows.row(tile.first);
}
template <class T>
static inline const Vec<T> *read_tile(const Rows<T> &rows, RowTile tile, int64_t n, Vec<T> *buffer, Ahead<T> &ahead) {
  gather_ahead(rows, tile, 0, n, buffer, ahead);
  return buffer;
}

// scale times the rows of one operand or of two, word by word.
template <class T>
struct Base {
  T scale;
  int operands;
  Rows<T> rows[2];
  Ahead<T> &ahead;

  Base(T scale, const Rows<T> &only, Ahead<T> &ahead) : scale(scale), operands(1), rows{only, only}, ahead(ahead) {}
  Base(T scale, const Rows<T> &first, const Rows<T> &second, Ahead<T> &ahead)
      : scale(scale), operands(2), rows{first, second}, ahead(ahead) {}
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
    base.ahead.some();
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
static inline void read_top(const Task &task, const Levels &levels, const Rows<T> &g, RowTile tile, Vec<T> *buffer, Ahead<T> &ahead,
                            const Take &take) {
  const int64_t shared = shared_letters(levels), stretch = levels.power(levels.degree - shared);
  for (int64_t prefix = 0; prefix < levels.power(shared) && !task.stopped(); ++prefix) {
    gather_ahead(g, tile, levels.begin(levels.degree) + prefix * stretch, stretch, buffer, ahead);
    take(shared, prefix, static_cast<const Vec<T> *>(buffer));
  }
}
template <class T, class Take>
static inline void read_top(const Task &, const Levels &levels, const Rows<T> &g, RowTile tile, T *, Ahead<T> &, const Take &take) {
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
