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

// Whether the stop flag is to be looked at in the loop over the columns of a row.
static inline bool is_poll(int64_t column) { return (column & 8191) == 8191; }

namespace contraction {

// Row r of x and dx lies r d before the first. dx_r[c] = sum over j of g[r * stride + j] y[j * d + c], and
// dy[j * d + c] += sum over r of g[r * stride + j] x_r[c], for R rows and C channels. OfDistance: y - x instead of y, x - y instead of x.
template <class S, int R, int C, bool OfDistance, bool Columns>
static inline void contract(const Task &task, const Vec<S> *g, int64_t stride, int64_t count, int64_t d, const Vec<S> *x, const Vec<S> *y,
                            Vec<S> *__restrict dx, Vec<S> *__restrict dy) {
  Vec<S> own[R][C], sum[R][C];
#pragma GCC unroll 2
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      own[r][c] = x[c - r * d];
      sum[r][c] = Vec<S>{};
    }
  for (int64_t j = 0; j < count; ++j) {
    if (is_poll(j) && task.stopped()) return;
    Vec<S> weight[R];
#pragma GCC unroll 2
    for (int r = 0; r < R; ++r) weight[r] = in_register(g[r * stride + j]);
#pragma GCC unroll 8
    for (int c = 0; c < C; ++c) {
      const Vec<S> other = in_register(y[j * d + c]);
      Vec<S> column = Columns ? dy[j * d + c] : Vec<S>{};
#pragma GCC unroll 2
      for (int r = 0; r < R; ++r) {
        if (OfDistance) {
          const Vec<S> part = weight[r] * (other - own[r][c]);
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
    for (int c = 0; c < C; ++c) dx[c - r * d] = sum[r][c];
}

// Runs part.operator()<C>(offset) with C <= Most so that the parts cover channels offset .. d - 1.
template <int Most, class Part>
static inline void in_parts(int64_t offset, int64_t d, const Part &part) {
  for (; d - offset >= Most; offset += Most) part.template operator()<Most>(offset);
  if constexpr (Most > 1) in_parts<Most - 1>(offset, d, part);
}

// All channels, as many at once as sums fit into registers.
template <class S, int R, bool OfDistance>
static inline void contract_channels(const Task &task, const Vec<S> *g, int64_t stride, int64_t count, int64_t d, const Vec<S> *x,
                                     const Vec<S> *y, Vec<S> *dx, Vec<S> *dy) {
  if (dy)
    in_parts<R == 1 ? 5 : 3>(0, d, [&]<int C>(int64_t c) {
      contract<S, R, C, OfDistance, true>(task, g, stride, count, d, x + c, y + c, dx + c, dy + c);
    });
  else
    in_parts<R == 1 ? 8 : 5>(0, d, [&]<int C>(int64_t c) {
      contract<S, R, C, OfDistance, false>(task, g, stride, count, d, x + c, y + c, dx + c, nullptr);
    });
}

}  // namespace contraction

// lane[k][e] = number e of lane k for e < n; null lanes are dropped.
template <class T, class S>
static inline void scatter_path(const Vec<S> *in, int64_t n, T *const *lane) {
  constexpr int W = Lanes<S>::W;
  typedef T Narrow __attribute__((vector_size(W * sizeof(T)), aligned(sizeof(T)), may_alias));
  int64_t e = 0;
  for (; e + W <= n; e += W) {
    Vec<S> block[W];
    for (int k = 0; k < W; ++k) block[k] = in[e + k];
    transpose<S>(block);
    for (int k = 0; k < W; ++k)
      if (lane[k]) *reinterpret_cast<Narrow *>(lane[k] + e) = __builtin_convertvector(block[k], Narrow);
  }
  for (; e < n; ++e)
    for (int k = 0; k < W; ++k)
      if (lane[k]) lane[k][e] = T(in[e][k]);
}

// Gradients of points from those of their increments, in place: g[0 .. cells * d - 1] become g[0 .. (cells + 1) * d - 1], times factor.
template <class S>
static inline void gradients_of_points(int64_t cells, int64_t d, S factor, Vec<S> *g) {
  for (int64_t c = 0; c < d; ++c) g[cells * d + c] = factor * g[(cells - 1) * d + c];
  for (int64_t e = (cells - 1) * d - 1; e >= 0; --e) g[e + d] = factor * (g[e] - g[e + d]);
  for (int64_t c = 0; c < d; ++c) g[c] = -factor * g[c];
}

// The gradients of the two paths of the pairs of one tile after another.
template <class T, class S = double>
class IncrementAdjoint {
 public:
  static constexpr int W = Lanes<S>::W;

  static int64_t scratch_bytes(const sig_call &call, const Pairs<S> &pairs, int64_t rows) {
    if (has_increments(call)) return 0;
    return 2 * Scratch::bytes<Vec<S>>((rows + 1) * call.dimension) + Scratch::bytes<Vec<S>>(pairs.columns.length * call.dimension) +
           2 * Scratch::bytes<Vec<S>>(pairs.columns.length);
  }

  // rows: increments of the row path of a tile.
  IncrementAdjoint(const Task &task, const Pairs<S> &pairs, IncrementRows<T, S> &increments, int64_t rows,
                   bool columns_wanted, Scratch &scratch)
      : task_(task),
        call_(task.call),
        pairs_(pairs),
        increments_(increments),
        m_(rows),
        n_(pairs.columns.cells()),
        d_(call_.dimension),
        given_(has_increments(call_)),
        linear_(!given_ && call_.static_kernel == SIG_LINEAR) {
    if (given_) return;
    x_ = scratch.take<Vec<S>>((m_ + 1) * d_);
    dx_ = scratch.take<Vec<S>>((m_ + 1) * d_);
    Vec<S> *columns = scratch.take<Vec<S>>((n_ + 1) * d_);
    dy_ = columns_wanted ? columns : nullptr;
    below_ = scratch.take<Vec<S>>(n_ + 1);
    vertices_ = scratch.take<Vec<S>>(n_ + 1);
  }

  // Where begin() puts the increments of the row paths; null unless the kernel is linear.
  const Vec<S> *row_increments() const { return linear_ ? x_ : nullptr; }

  // Before the rows of a tile, which `increments` has loaded. first: at which point the row path of each lane begins, not all at 0.
  void begin(const PairTile<S> &tile, const int64_t *first = nullptr) {
    if (given_) {
      T *all = static_cast<T *>(call_.out[0].data);
      for (int k = 0; k < W; ++k) given_lane_[k] = tile.live[k] ? all + tile.row[k] * m_ * n_ : nullptr;
      return;
    }
    const T *all = static_cast<const T *>(pairs_.rows.points), *lane[W];
    for (int k = 0; k < W; ++k) lane[k] = all + (tile.row[k] * pairs_.rows.length + (first ? first[k] : 0)) * d_;
    gather_path<T, S>(lane, (linear_ ? m_ : m_ + 1) * d_, linear_ ? d_ : 0, x_);
    clear(below_, n_);
    if (tile.new_columns && dy_) clear(dy_, (n_ + 1) * d_);
  }

  // The gradients g[0 .. n - 1] of the increments of row i, and for count 2 those of row i - 1 after them; from the last row to the first.
  void rows(int64_t i, int64_t count, const Vec<S> *g) {
    if (given_) {
      for (int64_t r = 0; r < count; ++r) write_row(i - r, g + r * n_);
    } else if (!linear_) {
      for (int64_t r = 0; r < count; ++r) vertex_row(i - r + 1, g + r * n_);
    } else if (count == 2) {
      contraction::contract_channels<S, 2, false>(task_, g, n_, n_, d_, x_ + i * d_, increments_.column_data(), dx_ + i * d_, dy_);
    } else {
      contraction::contract_channels<S, 1, false>(task_, g, n_, n_, d_, x_ + i * d_, increments_.column_data(), dx_ + i * d_, dy_);
    }
  }

  // After the last row of a tile.
  void finish() {
    if (!given_ && !linear_) vertex_row(0, nullptr);
  }

  // The gradients of the row paths, points times dimension, when a tile is finished.
  const Vec<S> *finish_rows() {
    if (linear_) gradients_of_points<S>(m_, d_, S(call_.static_parameters[0]), dx_);
    return dx_;
  }

  // The gradients of the column paths, points times dimension, when the last tile that has them is finished.
  const Vec<S> *finish_columns() {
    if (linear_) gradients_of_points<S>(n_, d_, S(call_.static_parameters[0]), dy_);
    return dy_;
  }

 private:
  static void clear(Vec<S> *out, int64_t n) {
    for (int64_t e = 0; e < n; ++e) out[e] = Vec<S>{};
  }

  void write_row(int64_t i, const Vec<S> *g) {
    T *lane[W];
    for (int k = 0; k < W; ++k) lane[k] = given_lane_[k] ? given_lane_[k] + i * n_ : nullptr;
    scatter_path<T, S>(g, n_, lane);
  }

  // Row a of vertices, from the gradients g of row a - 1 of cells (none for a = 0) and those of row a, kept in below_. In double alone.
  void vertex_row(int64_t a, const Vec<S> *g) {
    if constexpr (sizeof(S) == sizeof(double)) {
      increments_.vertex_row(a, vertices_);
      with_static_kernel(call_, [below = below_, vertices = vertices_, n = n_, g](const auto &form) {
        Double before{};
        for (int64_t b = 0; b <= n; ++b) {
          Double down{};
          if (b < n) {
            down = below[b];
            if (g) {
              down -= g[b];
              below[b] = g[b];
            }
          }
          vertices[b] = (down - before) * form.weight(vertices[b]);
          before = down;
        }
      });
      const Double *points = increments_.column_data();
      if (is_of_distance(call_))
        contraction::contract_channels<S, 1, true>(task_, vertices_, 0, n_ + 1, d_, x_ + a * d_, points, dx_ + a * d_, dy_);
      else
        contraction::contract_channels<S, 1, false>(task_, vertices_, 0, n_ + 1, d_, x_ + a * d_, points, dx_ + a * d_, dy_);
    }
  }

  const Task &task_;
  const sig_call &call_;
  const Pairs<S> &pairs_;
  IncrementRows<T, S> &increments_;
  int64_t m_, n_, d_;
  bool given_, linear_;
  T *given_lane_[W] = {};
  Vec<S> *x_ = nullptr;         // row paths: increments for the linear kernel, else points
  Vec<S> *dx_ = nullptr;        // gradients of x_
  Vec<S> *dy_ = nullptr;        // gradients of what increments_ has of the column paths; null where not wanted
  Vec<S> *below_ = nullptr;     // gradients of the increments of the row of cells last seen
  Vec<S> *vertices_ = nullptr;  // of a row
};

}  // namespace sig::SIG_TARGET
