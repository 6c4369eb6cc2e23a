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

// out[r * stride + j] (+)= sum over c < D of a[r * d + c] * b[j * d + c], for C rows a at once.
template <class S, int D, int C, bool Add>
static inline void multiply_rows(const Vec<S> *a, const Vec<S> *b, int64_t d, int64_t n, Vec<S> *__restrict out, int64_t stride) {
  Vec<S> left[C][D];
#pragma GCC unroll 4
  for (int r = 0; r < C; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < D; ++c) left[r][c] = a[r * d + c];
  for (int64_t j = 0; j < n; ++j) {
    const Vec<S> *right = b + j * d;
    Vec<S> sum[C];
#pragma GCC unroll 4
    for (int r = 0; r < C; ++r) sum[r] = Add ? out[r * stride + j] : Vec<S>{};
#pragma GCC unroll 8
    for (int c = 0; c < D; ++c) {
      const Vec<S> factor = in_register(right[c]);
#pragma GCC unroll 4
      for (int r = 0; r < C; ++r) sum[r] += left[r][c] * factor;
    }
#pragma GCC unroll 4
    for (int r = 0; r < C; ++r) out[r * stride + j] = sum[r];
  }
}

// out[j] (+)= sum over c < D of (a[c] - b[j * d + c])^2.
template <int D, bool Add>
static inline void distance_row(const Double *a, const Double *b, int64_t d, int64_t n, Double *__restrict out) {
  Double left[D];
#pragma GCC unroll 8
  for (int c = 0; c < D; ++c) left[c] = a[c];
  for (int64_t j = 0; j < n; ++j) {
    Double sum = Add ? out[j] : Double{};
#pragma GCC unroll 8
    for (int c = 0; c < D; ++c) {
      const Double difference = left[c] - b[j * d + c];
      sum += difference * difference;
    }
    out[j] = sum;
  }
}

// Runs part.operator()<D, Add>(offset) so that the parts cover channels 0 .. d - 1.
template <class Part>
static inline void over_channels(int64_t d, const Part &part) {
  const auto last = [&]<bool Add>(int64_t offset) {
    switch (d - offset) {
      case 1:
        return part.template operator()<1, Add>(offset);
      case 2:
        return part.template operator()<2, Add>(offset);
      case 3:
        return part.template operator()<3, Add>(offset);
      case 4:
        return part.template operator()<4, Add>(offset);
      case 5:
        return part.template operator()<5, Add>(offset);
      case 6:
        return part.template operator()<6, Add>(offset);
      case 7:
        return part.template operator()<7, Add>(offset);
      default:
        return part.template operator()<8, Add>(offset);
    }
  };
  if (d <= 8) return last.template operator()<false>(0);
  part.template operator()<8, false>(0);
  int64_t offset = 8;
  for (; d - offset > 8; offset += 8) part.template operator()<8, true>(offset);
  last.template operator()<true>(offset);
}

template <class T, class S>
class IncrementRows {
 public:
  static constexpr int W = Lanes<S>::W;
  static constexpr int most_rows = 2;  // at once

  static int64_t scratch_bytes(const sig_call &call, const Pairs<S> &pairs) {
    if (has_increments(call)) return 0;
    const int64_t d = call.dimension, points = pairs.columns.length;
    return Scratch::bytes<Vec<S>>(points * d) + Scratch::bytes<Vec<S>>((most_rows + 1) * d) +
           (call.static_kernel == SIG_LINEAR ? 0 : 3 * Scratch::bytes<Vec<S>>(points));
  }

  IncrementRows(const sig_call &call, const Pairs<S> &pairs, Scratch &scratch)
      : call_(call), pairs_(pairs), n_(pairs.columns.cells()), d_(call.dimension), given_(has_increments(call)) {
    if (given_) return;
    columns_ = scratch.take<Vec<S>>((n_ + 1) * d_);
    row_ = scratch.take<Vec<S>>((most_rows + 1) * d_);
    if (linear()) return;
    vertices_ = scratch.take<Vec<S>>(n_ + 1);
    for (int i = 0; i < 2; ++i) edges_[i].values = scratch.take<Vec<S>>(n_ + 1);
  }

  // Makes `tile` the pairs that rows() is about.
  void load(const PairTile<S> &tile) {
    for (int i = 0; i < 2; ++i) edges_[i].row = -1;
    if (given_) {
      const T *all = static_cast<const T *>(pairs_.rows.points);
      for (int k = 0; k < W; ++k) row_lane_[k] = all + tile.row[k] * pairs_.rows.cells() * n_;
      return;
    }
    const T *all_rows = static_cast<const T *>(pairs_.rows.points), *all_columns = static_cast<const T *>(pairs_.columns.points);
    for (int k = 0; k < W; ++k) row_lane_[k] = all_rows + tile.row[k] * pairs_.rows.length * d_;
    if (!tile.new_columns) return;
    const T *lane[W];
    for (int k = 0; k < W; ++k) lane[k] = all_columns + tile.column[k] * pairs_.columns.length * d_;
    if (linear())
      gather_path<T, S>(lane, n_ * d_, d_, columns_);
    else
      gather_path<T, S>(lane, (n_ + 1) * d_, 0, columns_);
  }

  // out[r * stride + j] = rho(i + r, j) for r < count, count <= most_rows. Rows may be asked for in any order; the neighbours of the
  // last one cost least.
  void rows(int64_t i, int64_t count, Vec<S> *out, int64_t stride) {
    if (given_) {
      for (int64_t r = 0; r < count; ++r) {
        const T *lane[W];
        for (int k = 0; k < W; ++k) lane[k] = row_lane_[k] + (i + r) * n_;
        gather_path<T, S>(lane, n_, 0, out + r * stride);
      }
    } else if (linear()) {
      linear_rows(i, count, out, stride);
    } else if constexpr (sizeof(S) == sizeof(double)) {
      for (int64_t r = 0; r < count; ++r) difference_row(i + r, out + r * stride);
    }
  }

  // What column_data holds: increments (cells x dimension) for the linear kernel, else points (length x dimension).
  const Vec<S> *column_data() const { return columns_; }

  // out[c] = channel c of point a of the row path.
  void row_point(int64_t a, Vec<S> *out) const {
    if (pairs_.shared) {
      const T *point = row_lane_[0] + a * d_;
      for (int64_t c = 0; c < d_; ++c) out[c] = broadcast(S(point[c]));
      return;
    }
    for (int64_t c = 0; c < d_; ++c)
      for (int k = 0; k < W; ++k) out[c][k] = S(row_lane_[k][a * d_ + c]);
  }

  // out[b] = inner product or, for kernels of the distance, squared distance of point a of the row path and point b of the column path:
  // the argument s of the static kernel. Not for the linear kernel, whose columns are increments.
  void vertex_row(int64_t a, Double *out) {
    row_point(a, row_);
    over_channels(d_, [&]<int D, bool Add>(int64_t offset) {
      if (is_of_distance(call_))
        distance_row<D, Add>(row_ + offset, columns_ + offset, d_, n_ + 1, out);
      else
        multiply_rows<double, D, 1, Add>(row_ + offset, columns_ + offset, d_, n_ + 1, out, 0);
    });
  }

 private:
  bool linear() const { return call_.static_kernel == SIG_LINEAR; }

  void linear_rows(int64_t i, int64_t count, Vec<S> *out, int64_t stride) {
    const Vec<S> factor = broadcast(S(call_.static_parameters[0]));
    for (int64_t r = 0; r <= count; ++r) row_point(i + r, row_ + r * d_);
    for (int64_t e = 0; e < count * d_; ++e) row_[e] = factor * (row_[e + d_] - row_[e]);
    over_channels(d_, [&]<int D, bool Add>(int64_t offset) {
      if (count == 2)
        multiply_rows<S, D, 2, Add>(row_ + offset, columns_ + offset, d_, n_, out, stride);
      else
        multiply_rows<S, D, 1, Add>(row_ + offset, columns_ + offset, d_, n_, out, stride);
    });
  }

  // Differences k(x_a, y_j + 1) - k(x_a, y_j) along one row of vertices.
  struct Edges {
    int64_t row = -1;
    Vec<S> *values = nullptr;
  };

  const Vec<S> *edges(int64_t a, int keep) {
    for (const Edges &known : edges_)
      if (known.row == a) return known.values;
    Edges &to = edges_[1 - keep];
    vertex_row(a, vertices_);
    with_static_kernel(call_, [&](const auto &form) {
      Double before = form.value(vertices_[0]);
      for (int64_t j = 0; j < n_; ++j) {
        const Double after = form.value(vertices_[j + 1]);
        to.values[j] = after - before;
        before = after;
      }
    });
    to.row = a;
    return to.values;
  }

  void difference_row(int64_t i, Vec<S> *out) {
    const Vec<S> *low = edges(i, edges_[0].row == i + 1 ? 0 : 1);
    const Vec<S> *high = edges(i + 1, edges_[0].row == i ? 0 : 1);
    for (int64_t j = 0; j < n_; ++j) out[j] = high[j] - low[j];
  }

  const sig_call &call_;
  const Pairs<S> &pairs_;
  int64_t n_;
  int64_t d_;
  bool given_;
  Vec<S> *columns_ = nullptr;
  Vec<S> *row_ = nullptr;
  Vec<S> *vertices_ = nullptr;
  Edges edges_[2];
  const T *row_lane_[W] = {};
};

}  // namespace sig::SIG_TARGET
