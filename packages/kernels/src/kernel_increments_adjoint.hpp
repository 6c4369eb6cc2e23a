// What becomes of the gradients of increments: contracted row by row with the static kernel into the gradients of the two paths, or, for
// given increments, written out. They never exist for more than two rows of cells.
//
// Linear kernel: rho(i, j) = <x_i, y_j> of increments, so dx_i = sum over j of g(i, j) y_j and dy_j = sum over i of g(i, j) x_i, and the
// gradient of a point is the difference of those of its two increments. Other kernels: the gradient of the value at vertex (a, b) is
// D(a, b) = g(a-1, b-1) - g(a-1, b) - g(a, b-1) + g(a, b); times the weight of the static kernel it takes the place of g, points that of
// increments, and for kernels of the distance y_b - x_a that of y_b and of -x_a.
#pragma once

#include "kernel_increments.hpp"

namespace sig::SIG_TARGET {

namespace contraction {

// dx[r * d + c] = sum over j of g[r * stride + j] y[j * d + c], dy[j * d + c] += sum over r of g[r * stride + j] x[r * d + c], for R rows
// and C channels. OfDistance: y - x instead of y, x - y instead of x.
template <int R, int C, bool OfDistance, bool Columns>
static inline void contract(const Double *g, int64_t stride, int64_t count, int64_t d, const Double *x, const Double *y,
                            Double *__restrict dx, Double *__restrict dy) {
  Double own[R][C], sum[R][C];
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      own[r][c] = x[r * d + c];
      sum[r][c] = Double{};
    }
  for (int64_t j = 0; j < count; ++j) {
    Double weight[R];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) weight[r] = in_register(g[r * stride + j]);
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      const Double other = in_register(y[j * d + c]);
      Double column = Columns ? dy[j * d + c] : Double{};
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r) {
        if (OfDistance) {
          const Double part = weight[r] * (other - own[r][c]);
          sum[r][c] += part;
          column -= part;
        } else {
          sum[r][c] += weight[r] * other;
          column += weight[r] * own[r][c];
        }
      }
      if (Columns) dy[j * d + c] = column;
    }
  }
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) dx[r * d + c] = sum[r][c];
}

// Runs part.operator()<C>(offset) with C <= Most so that the parts cover channels offset .. d - 1.
template <int Most, class Part>
static inline void in_parts(int64_t offset, int64_t d, const Part &part) {
  for (; d - offset >= Most; offset += Most) part.template operator()<Most>(offset);
  if constexpr (Most > 1) in_parts<Most - 1>(offset, d, part);
}

// All channels, as many at once as sums fit into registers.
template <int R, bool OfDistance>
static inline void contract_channels(const Double *g, int64_t stride, int64_t count, int64_t d, const Double *x, const Double *y,
                                     Double *dx, Double *dy) {
  if (dy)
    in_parts<R == 1 ? 5 : 3>(0, d, [&]<int C>(int64_t c) {
      contract<R, C, OfDistance, true>(g, stride, count, d, x + c, y + c, dx + c, dy + c);
    });
  else
    in_parts<R == 1 ? 8 : 5>(0, d, [&]<int C>(int64_t c) {
      contract<R, C, OfDistance, false>(g, stride, count, d, x + c, y + c, dx + c, nullptr);
    });
}

}  // namespace contraction

// lane[k][e] = number e of lane k for e < n; null lanes are dropped.
template <class T>
static inline void scatter_path(const Double *in, int64_t n, T *const *lane) {
  constexpr int W = Lanes<double>::W;
  typedef T Narrow __attribute__((vector_size(W * sizeof(T)), aligned(sizeof(T)), may_alias));
  int64_t e = 0;
  for (; e + W <= n; e += W) {
    Double block[W];
    for (int k = 0; k < W; ++k) block[k] = in[e + k];
    transpose<double>(block);
    for (int k = 0; k < W; ++k)
      if (lane[k]) *reinterpret_cast<Narrow *>(lane[k] + e) = __builtin_convertvector(block[k], Narrow);
  }
  for (; e < n; ++e)
    for (int k = 0; k < W; ++k)
      if (lane[k]) lane[k][e] = T(in[e][k]);
}

// Gradients of the pairs of one tile after another. Where the tiles share their row path (a gram) its gradient is added to `row_sum`, and
// that of the column paths grows until finish_columns; else every lane has places of its own in the outputs.
template <class T>
class IncrementAdjoint {
 public:
  static constexpr int W = Lanes<double>::W;

  static int64_t scratch_bytes(const sig_call &call, const Pairs<double> &pairs) {
    if (has_increments(call)) return 0;
    const int64_t d = call.dimension, points = pairs.columns.length;
    return Scratch::bytes<Double>(points * d) + 3 * Scratch::bytes<Double>(3 * d) + 2 * Scratch::bytes<Double>(points);
  }

  // rows_wanted, columns_wanted: the sides whose gradients are computed; both without effect for given increments.
  IncrementAdjoint(const sig_call &call, const Pairs<double> &pairs, IncrementRows<T, double> &increments, bool rows_wanted,
                   bool columns_wanted, Scratch &scratch)
      : call_(call),
        pairs_(pairs),
        increments_(increments),
        n_(pairs.columns.cells()),
        d_(call.dimension),
        given_(has_increments(call)),
        linear_(call.static_kernel == SIG_LINEAR),
        rows_wanted_(rows_wanted) {
    if (given_) return;
    Double *columns = scratch.take<Double>((n_ + 1) * d_);
    d_columns_ = columns_wanted ? columns : nullptr;
    x_ = scratch.take<Double>(3 * d_);
    dx_ = scratch.take<Double>(3 * d_);
    carry_ = scratch.take<Double>(3 * d_);
    below_ = scratch.take<Double>(n_ + 1);
    vertices_ = scratch.take<Double>(n_ + 1);
  }

  // row_sum: gradient of the row path that all lanes share, to be added to.
  void begin(const PairTile<double> &tile, double *row_sum) {
    tile_ = &tile;
    row_sum_ = row_sum;
    T *all = static_cast<T *>(call_.out[0].data), *all_rows = static_cast<T *>(call_.out[pairs_.swapped ? 1 : 0].data);
    for (int k = 0; k < W; ++k) {
      if (given_)
        row_lane_[k] = tile.live[k] ? all + tile.row[k] * pairs_.rows.cells() * n_ : nullptr;
      else
        row_lane_[k] = tile.live[k] && all_rows ? all_rows + tile.row[k] * pairs_.rows.length * d_ : nullptr;
    }
    if (given_) return;
    for (int64_t c = 0; c < d_; ++c) carry_[c] = Double{};
    for (int64_t j = 0; j <= n_; ++j) below_[j] = Double{};
    if (tile.new_columns && d_columns_)
      for (int64_t e = 0; e < (n_ + 1) * d_; ++e) d_columns_[e] = Double{};
  }

  // The gradients g[0 .. n - 1] of the increments of row i, and for count 2 those of row i - 1 after them; from the last row to the first.
  void rows(int64_t i, int64_t count, const Double *g) {
    if (given_)
      write_rows(i, count, g);
    else if (linear_)
      linear_rows(i, count, g);
    else
      for (int64_t r = 0; r < count; ++r) vertex_row(i - r + 1, g + r * n_);
  }

  // After the last row of a tile.
  void finish() {
    if (given_) return;
    if (!linear_) {
      vertex_row(0, nullptr);
    } else if (rows_wanted_) {
      for (int64_t c = 0; c < d_; ++c) dx_[c] = -carry_[c];
      put_row_point(0, dx_);
    }
  }

  // The gradients of the column paths, points times dimension; valid until the next columns begin.
  const Double *finish_columns() {
    if (linear_ && d_columns_) {
      for (int64_t e = n_ * d_ - 1; e >= 0; --e) d_columns_[e + d_] = d_columns_[e] - d_columns_[e + d_];
      for (int64_t c = 0; c < d_; ++c) d_columns_[c] = -d_columns_[c];
    }
    return d_columns_;
  }

 private:
  void write_rows(int64_t i, int64_t count, const Double *g) {
    for (int64_t r = 0; r < count; ++r) {
      T *lane[W];
      for (int k = 0; k < W; ++k) lane[k] = row_lane_[k] ? row_lane_[k] + (i - r) * n_ : nullptr;
      scatter_path<T>(g + r * n_, n_, lane);
    }
  }

  void linear_rows(int64_t i, int64_t count, const Double *g) {
    for (int64_t r = 0; r <= count; ++r) increments_.row_point(i + 1 - r, x_ + r * d_);
    for (int64_t e = 0; e < count * d_; ++e) x_[e] = call_.static_parameters[0] * (x_[e] - x_[e + d_]);
    if (count == 2)
      contraction::contract_channels<2, false>(g, n_, n_, d_, x_, increments_.column_data(), dx_, d_columns_);
    else
      contraction::contract_channels<1, false>(g, n_, n_, d_, x_, increments_.column_data(), dx_, d_columns_);
    if (!rows_wanted_) return;
    for (int64_t r = 0; r < count; ++r) {
      Double *point = x_;
      for (int64_t c = 0; c < d_; ++c) {
        const Double gradient = call_.static_parameters[0] * dx_[r * d_ + c];
        point[c] = gradient - carry_[c];
        carry_[c] = gradient;
      }
      put_row_point(i + 1 - r, point);
    }
  }

  // Row a of vertices, from the gradients g of row a - 1 of cells (none for a = 0) and those of row a, kept in below_.
  void vertex_row(int64_t a, const Double *g) {
    increments_.vertex_row(a, vertices_);
    increments_.row_point(a, x_);
    with_static_kernel(call_, [&](const auto &form) {
      Double before{};
      for (int64_t b = 0; b <= n_; ++b) {
        const Double down = b == n_ ? Double{} : g ? below_[b] - g[b] : below_[b];
        vertices_[b] = (down - before) * form.weight(vertices_[b]);
        before = down;
      }
    });
    for (int64_t j = 0; g && j < n_; ++j) below_[j] = g[j];
    if (is_of_distance(call_))
      contraction::contract_channels<1, true>(vertices_, 0, n_ + 1, d_, x_, increments_.column_data(), dx_, d_columns_);
    else
      contraction::contract_channels<1, false>(vertices_, 0, n_ + 1, d_, x_, increments_.column_data(), dx_, d_columns_);
    if (rows_wanted_) put_row_point(a, dx_);
  }

  void put_row_point(int64_t a, const Double *gradient) {
    if (pairs_.shared) {
      for (int64_t c = 0; c < d_; ++c) {
        double sum = 0;
        for (int k = 0; k < W; ++k)
          if (tile_->live[k]) sum += gradient[c][k];
        row_sum_[a * d_ + c] += sum;
      }
      return;
    }
    T *lane[W];
    for (int k = 0; k < W; ++k) lane[k] = row_lane_[k] ? row_lane_[k] + a * d_ : nullptr;
    scatter_path<T>(gradient, d_, lane);
  }

  const sig_call &call_;
  const Pairs<double> &pairs_;
  IncrementRows<T, double> &increments_;
  int64_t n_;
  int64_t d_;
  bool given_;
  bool linear_;
  bool rows_wanted_;
  const PairTile<double> *tile_ = nullptr;
  double *row_sum_ = nullptr;
  T *row_lane_[W] = {};
  Double *d_columns_ = nullptr;
  Double *x_ = nullptr;
  Double *dx_ = nullptr;
  Double *carry_ = nullptr;
  Double *below_ = nullptr;
  Double *vertices_ = nullptr;
};

}  // namespace sig::SIG_TARGET
