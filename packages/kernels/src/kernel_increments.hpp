// The increments of the cells of a tile of pairs, a row at a time: rho(i, j) of the row path's increment i and the column path's j.
//
// Linear kernel: inner products of increments. Other static kernels: kernel values at the vertices, from points, and their differences,
// so that only two rows of those exist at a time. Given increments: read from memory. Numbers are of type T in memory and S in lanes.
#pragma once

#include "kernel_pairs.hpp"
#include "kernel_static.hpp"

namespace sig::SIG_TARGET {

// W numbers from memory as a vector of S.
template <class T, class S>
static inline Vec<S> load_as(const T *from) {
  if constexpr (sizeof(T) == sizeof(S)) {
    return load_unaligned(from);
  } else {
    typedef T Narrow __attribute__((vector_size(Lanes<S>::W * sizeof(T)), aligned(sizeof(T)), may_alias));
    return __builtin_convertvector(*reinterpret_cast<const Narrow *>(from), Vec<S>);
  }
}

// out[e] = number e of each lane's own row for e < n, or with `step` its difference lane[k][e + step] - lane[k][e].
template <class T, class S>
static inline void gather_path(const T *const *lane, int64_t n, int64_t step, Vec<S> *out) {
  constexpr int W = Lanes<S>::W;
  int64_t e = 0;
  for (; e + W <= n; e += W) {
    Vec<S> block[W];
    for (int k = 0; k < W; ++k) {
      block[k] = load_as<T, S>(lane[k] + e);
      if (step) block[k] = load_as<T, S>(lane[k] + e + step) - block[k];
    }
    transpose<S>(block);
    for (int k = 0; k < W; ++k) out[e + k] = block[k];
  }
  for (; e < n; ++e)
    for (int k = 0; k < W; ++k) out[e][k] = step ? S(lane[k][e + step]) - S(lane[k][e]) : S(lane[k][e]);
}

// Columns that the loops below take at a time, so that chains of dependent operations overlap.
constexpr int column_block = 4;

static inline int64_t whole_column_blocks(int64_t n) { return divide_up(n, column_block) * column_block; }

// sums[q * C + r] (+)= inner product over D channels of row r and column q, for q < J.
template <class S, int D, int C, int J>
[[gnu::always_inline]] static inline void multiply_block(const Vec<S> (&rows)[C][D], const Vec<S> *columns, int64_t d, Vec<S> *sums) {
#pragma GCC unroll 8
  for (int c = 0; c < D; ++c) {
#pragma GCC unroll 4
    for (int q = 0; q < J; ++q) {
      const Vec<S> factor = in_register(columns[q * d + c]);
#pragma GCC unroll 2
      for (int r = 0; r < C; ++r) sums[q * C + r] += rows[r][c] * factor;
    }
  }
}

// Hands the inner products over D of the d channels of C rows and columns begin .. end - 1 to the sink, a block of columns at a time.
// Where Add is set they are added to before[r * stride + j].
template <class S, int D, int C, bool Add, class Sink>
static void multiply_rows(const Vec<S> *rows, const Vec<S> *columns, int64_t d, int64_t begin, int64_t end, const Vec<S> *before,
                          int64_t stride, Sink &sink_outside) {
  Sink sink = sink_outside;
  Vec<S> left[C][D];
#pragma GCC unroll 2
  for (int r = 0; r < C; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < D; ++c) left[r][c] = rows[r * d + c];
  const auto block = [&]<int J>(int64_t j) __attribute__((always_inline)) {
    Vec<S> sums[J * C];
#pragma GCC unroll 4
    for (int q = 0; q < J; ++q)
#pragma GCC unroll 2
      for (int r = 0; r < C; ++r) sums[q * C + r] = Add ? before[r * stride + j + q] : Vec<S>{};
    multiply_block<S, D, C, J>(left, columns + j * d, d, sums);
    sink.template take<C, J>(j, sums);
  };
  int64_t j = begin;
  for (; j + column_block <= end; j += column_block) block.template operator()<column_block>(j);
  if constexpr (!Sink::whole_blocks)
    for (; j < end; ++j) block.template operator()<1>(j);
  sink_outside = sink;
}

// Writes rows out[r * stride + j].
template <class S>
struct RowSink {
  static constexpr bool whole_blocks = false;
  Vec<S> *out;
  int64_t stride;

  template <int C, int J>
  [[gnu::always_inline]] inline void take(int64_t j, const Vec<S> *sums) const {
#pragma GCC unroll 4
    for (int q = 0; q < J; ++q)
#pragma GCC unroll 2
      for (int r = 0; r < C; ++r) out[r * stride + j + q] = sums[q * C + r];
  }
};

// out[j] (+)= sum over c < D of (a[c] - b[j * d + c])^2 for begin <= j < end.
template <int D, bool Add>
static inline void distance_row(const Double *a, const Double *b, int64_t d, int64_t begin, int64_t end, Double *__restrict out) {
  Double left[D];
#pragma GCC unroll 8
  for (int c = 0; c < D; ++c) left[c] = a[c];
  for (int64_t j = begin; j < end; ++j) {
    Double sum = Add ? out[j] : Double{};
#pragma GCC unroll 8
    for (int c = 0; c < D; ++c) {
      const Double difference = left[c] - b[j * d + c];
      sum += difference * difference;
    }
    out[j] = sum;
  }
}

// Runs part.operator()<D, Add, Last>(offset) so that the parts cover channels 0 .. d - 1.
template <class Part>
static inline void over_channels(int64_t d, const Part &part) {
  const auto last = [&]<bool Add>(int64_t offset) {
    switch (d - offset) {
      case 1:
        return part.template operator()<1, Add, true>(offset);
      case 2:
        return part.template operator()<2, Add, true>(offset);
      case 3:
        return part.template operator()<3, Add, true>(offset);
      case 4:
        return part.template operator()<4, Add, true>(offset);
      case 5:
        return part.template operator()<5, Add, true>(offset);
      case 6:
        return part.template operator()<6, Add, true>(offset);
      case 7:
        return part.template operator()<7, Add, true>(offset);
      default:
        return part.template operator()<8, Add, true>(offset);
    }
  };
  if (d <= 8) return last.template operator()<false>(0);
  part.template operator()<8, false, false>(0);
  int64_t offset = 8;
  for (; d - offset > 8; offset += 8) part.template operator()<8, true, false>(offset);
  last.template operator()<true>(offset);
}

// `lag`: with pairs in the single layout, lane k is lag k columns behind the first, and its row is what set_lane_rows says. Cells outside
// the pair have no increment.
template <class T, class S>
class IncrementRows {
 public:
  static constexpr int W = Lanes<S>::W;
  static constexpr int most_rows = 2;  // at once

  static int64_t scratch_bytes(const sig_call &call, const Pairs<S> &pairs, int64_t lag = 0) {
    const int64_t d = call.dimension, n = whole_column_blocks(pairs.columns.length + (W - 1) * lag);
    const int64_t rows = most_rows * Scratch::bytes<Vec<S>>(n);
    if (has_increments(call)) return rows;
    return rows + Scratch::bytes<Vec<S>>(n * d) + Scratch::bytes<Vec<S>>((most_rows + 1) * d) +
           (call.static_kernel == SIG_LINEAR ? 0 : 3 * Scratch::bytes<Vec<S>>(n));
  }

  // All increments are multiplied by `scale`. Where `task` is given, long loops end early when it is stopped.
  IncrementRows(const sig_call &call, const Pairs<S> &pairs, Scratch &scratch, const Task *task = nullptr, double scale = 1,
                int64_t lag = 0)
      : call_(call),
        pairs_(pairs),
        task_(task),
        lag_(lag),
        n_(pairs.columns.cells() + (W - 1) * lag),
        d_(call.dimension),
        given_(has_increments(call)),
        linear_(!given_ && call.static_kernel == SIG_LINEAR),
        stride_(whole_column_blocks(n_ + 1)) {
    set_scale(scale);
    for (int r = 0; r < most_rows; ++r) increments_[r] = scratch.take<Vec<S>>(stride_);
    for (int r = 0; r < most_rows; ++r)
      for (int64_t j = n_; j < stride_; ++j) increments_[r][j] = Vec<S>{};
    if (given_) return;
    columns_ = scratch.take<Vec<S>>(stride_ * d_);
    row_ = scratch.take<Vec<S>>((most_rows + 1) * d_);
    if (linear_) {
      for (int64_t e = n_ * d_; e < stride_ * d_; ++e) columns_[e] = Vec<S>{};
      return;
    }
    vertices_ = scratch.take<Vec<S>>(stride_);
    for (int64_t j = n_ + 1; j < stride_; ++j) vertices_[j] = Vec<S>{};
    for (int i = 0; i < 2; ++i) edges_[i].values = scratch.take<Vec<S>>(stride_);
  }

  void set_scale(double scale) {
    forget_edges();
    scale_ = broadcast(S(linear_ ? scale * call_.static_parameters[0] : scale));
  }

  // Makes `tile` the pairs that rows() is about.
  void load(const PairTile<S> &tile) {
    forget_edges();
    const T *all_rows = static_cast<const T *>(pairs_.rows.points), *all_columns = static_cast<const T *>(pairs_.columns.points);
    const int64_t row_numbers = given_ ? pairs_.rows.cells() * pairs_.columns.cells() : pairs_.rows.length * d_;
    for (int k = 0; k < W; ++k) row_lane_[k] = all_rows + tile.row[k] * row_numbers;
    if (given_ || !tile.new_columns) return;
    if (pairs_.single) return load_lagging(all_columns + tile.column[0] * pairs_.columns.length * d_);
    const int64_t numbers = (linear_ ? n_ : n_ + 1) * d_, piece = 1 << 14;
    for (int64_t e = 0; e < numbers && !stopped(); e += piece) {
      const T *lane[W];
      for (int k = 0; k < W; ++k) lane[k] = all_columns + tile.column[k] * pairs_.columns.length * d_ + e;
      gather_path<T, S>(lane, numbers - e < piece ? numbers - e : piece, linear_ ? d_ : 0, columns_ + e);
    }
  }

  // In the single layout: row i of rows() and visit() is then row first[k] + i of lane k.
  void set_lane_rows(const int64_t *first) {
    forget_edges();
    for (int k = 0; k < W; ++k) lane_row_[k] = first[k];
  }

  // out[r * stride + j] = rho(i + r, j) for r < count, count <= most_rows. Rows may be asked for in any order; the neighbours of the
  // last one cost least.
  void rows(int64_t i, int64_t count, Vec<S> *out, int64_t stride) {
    if (linear_) {
      RowSink<S> sink{out, stride};
      if (count == 2)
        linear_rows<2>(i, n_, sink);
      else
        linear_rows<1>(i, n_, sink);
    } else {
      for (int64_t r = 0; r < count; ++r) any_row(i + r, out + r * stride);
    }
  }

  // Hands rows i .. i + C - 1 to sink.take<C, column_block>(j, values), values[q * C + r] = rho(i + r, j + q), for all blocks of columns.
  // The last one may go beyond the columns, with zeros.
  template <int C, class Sink>
  void visit(int64_t i, Sink &sink) {
    if (linear_) return linear_rows<C>(i, whole_column_blocks(n_), sink);
    for (int r = 0; r < C; ++r) any_row(i + r, increments_[r]);
    for (int64_t j = 0; j < n_; j += column_block) {
      if (j % poll_columns == 0 && stopped()) return;
      Vec<S> values[column_block * C];
      for (int q = 0; q < column_block; ++q)
        for (int r = 0; r < C; ++r) values[q * C + r] = increments_[r][j + q];
      sink.template take<C, column_block>(j, values);
    }
  }

  // For the linear kernel: the increments of the row paths (cells x dimension) of every tile to come, where somebody has them in lanes.
  void use_row_increments(const Vec<S> *increments) { row_increments_ = increments; }

  // What column_data holds: increments (cells x dimension) for the linear kernel, else points (length x dimension).
  const Vec<S> *column_data() const { return columns_; }

  // out[c] = channel c of point a of the row path.
  void row_point(int64_t a, Vec<S> *out) const {
    if (pairs_.shared) {
      const T *point = row_lane_[0] + a * d_;
      for (int64_t c = 0; c < d_; ++c) out[c] = broadcast(S(point[c]));
      return;
    }
    const T *point[W];
    for (int k = 0; k < W; ++k) point[k] = row_lane_[k] + within(a + lane_row_[k], pairs_.rows.cells()) * d_;
    for (int64_t c = 0; c < d_; ++c)
      for (int k = 0; k < W; ++k) out[c][k] = S(point[k][c]);
  }

  // out[b] = inner product or, for kernels of the distance, squared distance of point a of the row path and point b of the column path:
  // the argument s of the static kernel. Not for the linear kernel, whose columns are increments.
  void vertex_row(int64_t a, Double *out) {
    row_point(a, row_);
    vertex_piece(0, n_ + 1, out);
  }

 private:
  static constexpr int64_t poll_columns = 1 << 12;

  // Differences k(x_a, y_j + 1) - k(x_a, y_j) along one row of vertices.
  struct Edges {
    int64_t row = -1;
    Vec<S> *values = nullptr;
  };

  bool stopped() const { return task_ && task_->stopped(); }

  static int64_t within(int64_t place, int64_t last) { return place < 0 ? 0 : place > last ? last : place; }

  void forget_edges() {
    for (Edges &known : edges_) known.row = -1;
  }

  // Points before the first and after the last repeat those, so that cells between them have no increment.
  void load_lagging(const T *path) {
    const int64_t last = pairs_.columns.cells();
    for (int64_t b = 0; b <= n_ && !stopped(); ++b) {
      if (linear_ && b == n_) return;
      for (int k = 0; k < W; ++k) {
        const T *here = path + within(b - k * lag_, last) * d_, *next = path + within(b + 1 - k * lag_, last) * d_;
        for (int64_t c = 0; c < d_; ++c) columns_[b * d_ + c][k] = linear_ ? S(next[c]) - S(here[c]) : S(here[c]);
      }
    }
  }

  void lagging_row(int64_t i, Vec<S> *out) const {
    const int64_t cells = pairs_.columns.cells();
    for (int64_t j = 0; j < n_; ++j)
      for (int k = 0; k < W; ++k) {
        const int64_t row = i + lane_row_[k], column = j - k * lag_;
        const bool inside = row >= 0 && row < pairs_.rows.cells() && column >= 0 && column < cells;
        out[j][k] = inside ? S(row_lane_[k][row * cells + column]) : S(0);
      }
  }

  template <int C, class Sink>
  void linear_rows(int64_t i, int64_t n, Sink &sink) {
    if (row_increments_) {
      for (int64_t e = 0; e < C * d_; ++e) row_[e] = scale_ * row_increments_[i * d_ + e];
    } else {
      for (int64_t r = 0; r <= C; ++r) row_point(i + r, row_ + r * d_);
      for (int64_t e = 0; e < C * d_; ++e) row_[e] = scale_ * (row_[e + d_] - row_[e]);
    }
    for (int64_t begin = 0; begin < n && !stopped(); begin += poll_columns) {
      const int64_t end = n - begin < poll_columns ? n : begin + poll_columns;
      over_channels(d_, [&]<int D, bool Add, bool Last>(int64_t offset) {
        if constexpr (Last) {
          multiply_rows<S, D, C, Add>(row_ + offset, columns_ + offset, d_, begin, end, increments_[0], stride_, sink);
        } else {
          RowSink<S> sums{increments_[0], stride_};
          multiply_rows<S, D, C, Add>(row_ + offset, columns_ + offset, d_, begin, end, increments_[0], stride_, sums);
        }
      });
    }
  }

  void any_row(int64_t i, Vec<S> *out) {
    if (given_) {
      const T *lane[W];
      for (int k = 0; k < W; ++k) lane[k] = row_lane_[k] + i * n_;
      if (pairs_.single)
        lagging_row(i, out);
      else
        gather_path<T, S>(lane, n_, 0, out);
      for (int64_t j = 0; j < n_; ++j) out[j] *= scale_;
    } else if constexpr (sizeof(S) == sizeof(double)) {
      const Double *low = edges(i, edges_[0].row == i + 1 ? 0 : 1), *high = edges(i + 1, edges_[0].row == i ? 0 : 1);
      for (int64_t j = 0; j < n_; ++j) out[j] = high[j] - low[j];
    }
  }

  void vertex_piece(int64_t begin, int64_t end, Double *out) {
    over_channels(d_, [&]<int D, bool Add, bool>(int64_t offset) {
      RowSink<double> sink{out, 0};
      if (is_of_distance(call_))
        distance_row<D, Add>(row_ + offset, columns_ + offset, d_, begin, end, out);
      else
        multiply_rows<double, D, 1, Add>(row_ + offset, columns_ + offset, d_, begin, end, out, 0, sink);
    });
  }

  const Double *edges(int64_t a, int keep) {
    for (const Edges &known : edges_)
      if (known.row == a) return known.values;
    Edges &to = edges_[1 - keep];
    row_point(a, row_);
    for (int64_t begin = 0; begin < n_ && !stopped(); begin += poll_columns) {
      const int64_t end = n_ - begin < poll_columns ? n_ : begin + poll_columns;
      vertex_piece(begin, end + 1, vertices_);
      with_static_kernel(call_, [this, begin, end, out = to.values](const auto &form) {
        Double *values = vertices_;
        const Double scale = scale_;
        for (int64_t j = begin; j <= end; j += column_block) form.template values<column_block>(values + j);
        for (int64_t j = begin; j < end; ++j) out[j] = scale * (values[j + 1] - values[j]);
      });
    }
    to.row = a;
    return to.values;
  }

  const sig_call &call_;
  const Pairs<S> &pairs_;
  const Task *task_;
  Vec<S> scale_;
  int64_t lag_;
  int64_t n_;
  int64_t d_;
  bool given_;
  bool linear_;
  int64_t stride_;
  Vec<S> *increments_[most_rows] = {};  // of rows, or of some of their channels; one after another
  Vec<S> *columns_ = nullptr;
  const Vec<S> *row_increments_ = nullptr;
  Vec<S> *row_ = nullptr;
  Vec<S> *vertices_ = nullptr;
  Edges edges_[2];
  const T *row_lane_[W] = {};
  int64_t lane_row_[W] = {};
};

}  // namespace sig::SIG_TARGET
