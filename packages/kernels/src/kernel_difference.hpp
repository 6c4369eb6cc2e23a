// Signature kernels by finite differences on the refined grid, for a tile of pairs, one per lane.
//
// k(i, j) = (k(i - 1, j) + k(i, j - 1)) A - k(i - 1, j - 1) B with A = 1 + r / 2 + r^2 / 12 and B = 1 - r^2 / 12, where r is the increment
// of the coarse cell divided among its fine cells. Source: Salvi, Cass, Foster, Lyons, Yang, "The signature kernel is the solution of a
// Goursat PDE", 2021 (arXiv:2006.14794), the second order scheme.
//
// One row of fine nodes is swept in place, several rows at once: they form a front, whose chains of dependent operations overlap.
#pragma once

#include "kernel_increments.hpp"

namespace sig::SIG_TARGET {

// Increments come scaled to u = r / sqrt(12), so that r / 2 = sqrt(3) u and r^2 / 12 = u^2.
constexpr double root3 = 1.7320508075688772;

static inline double increment_scale(int64_t dyadic_x, int64_t dyadic_y) {
  double scale = 0.5 / root3;
  for (int64_t i = dyadic_x + dyadic_y; i > 0; --i) scale /= 2;
  return scale;
}

// The coefficients of one cell.
template <class S>
struct Cell {
  Vec<S> side;    // A
  Vec<S> corner;  // B

  static Cell of(Vec<S> u) { return {1.0 + u * (root3 + u), 1.0 - u * u}; }
};

template <>
struct Cell<float> {
  Vec<float> side;    // A - 1
  Vec<float> corner;  // A - B

  static Cell of(Vec<float> u) {
    const Vec<float> side = u * (float(root3) + u);
    return {side, side + u * u};
  }
};

// C coarse rows of P fine rows each at one column; a step takes them to the next column. The unknown is k.
template <class S, int C, int P>
struct Front {
  static constexpr S boundary = 1;
  Vec<S> left[C * P];
  Vec<S> diagonal;

  static S kernel(S unknown) { return unknown; }

  void start() {
    for (int r = 0; r < C * P; ++r) left[r] = broadcast(boundary);
    diagonal = broadcast(boundary);
  }

  // up: the node above the front; cells[c * stride]: the cell of coarse row c. The node of the last row.
  [[gnu::always_inline]] inline Vec<S> step(Vec<S> up, const Cell<S> *cells, int64_t stride) {
    Vec<S> corner = diagonal;
    diagonal = up;
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const Cell<S> cell = cells[c * stride];
#pragma GCC unroll 4
      for (int p = 0; p < P; ++p) {
        const Vec<S> before = left[c * P + p];
        // One multiplication and addition alone waits for the node on the left.
        left[c * P + p] = before * cell.side + (up * cell.side - corner * cell.corner);
        corner = before;
        up = left[c * P + p];
      }
    }
    return up;
  }
};

// In float the unknown is k - 1, made of its growth from row to row, which is small and rounds accordingly. Rounded nodes themselves would
// leave errors of one sign on smooth paths.
template <int C>
struct Front<float, C, 1> {
  static constexpr float boundary = 0;
  Vec<float> growth[C];    // node - node above
  Vec<float> diagonal[C];  // k at the node above left

  static float kernel(float unknown) { return 1 + unknown; }

  void start() {
    for (int r = 0; r < C; ++r) {
      growth[r] = Vec<float>{};
      diagonal[r] = broadcast(1.0f);
    }
  }

  [[gnu::always_inline]] inline Vec<float> step(Vec<float> up, const Cell<float> *cells, int64_t stride) {
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const Cell<float> cell = cells[c * stride];
      const Vec<float> above = 1.0f + up, corner = diagonal[c];
      diagonal[c] = above;
      growth[c] += growth[c] * cell.side + (above * cell.side + corner * cell.corner);
      up += growth[c];
    }
    return up;
  }
};

// Makes the cells of C coarse rows from their increments: cells[c * stride + j].
template <class S>
struct CellSink {
  static constexpr bool whole_blocks = true;
  Cell<S> *cells;
  int64_t stride;

  template <int C, int J>
  [[gnu::always_inline]] inline void take(int64_t j, const Vec<S> *u) const {
#pragma GCC unroll 4
    for (int q = 0; q < J; ++q)
#pragma GCC unroll 2
      for (int c = 0; c < C; ++c) cells[c * stride + j + q] = Cell<S>::of(u[q * C + c]);
  }
};

// Without refinement: steps the front through the cells as their increments come.
template <class S, int C>
struct StepSink {
  static constexpr bool whole_blocks = true;
  Front<S, C, 1> front;
  Vec<S> *row;  // the node right of the first column

  template <int, int J>
  [[gnu::always_inline]] inline void take(int64_t j, const Vec<S> *u) {
    Cell<S> cells[J * C];
#pragma GCC unroll 8
    for (int e = 0; e < J * C; ++e) cells[e] = Cell<S>::of(u[e]);
#pragma GCC unroll 4
    for (int q = 0; q < J; ++q) row[j + q] = front.step(row[j + q], cells + q * C, 1);
  }
};

// The solution for a tile, row by row.
template <class T, class S>
class DifferenceRows {
 public:
  static constexpr int64_t piece = 1 << 12;  // columns between polls

  static int64_t scratch_bytes(const sig_call &call, const Pairs<S> &pairs) {
    return IncrementRows<T, S>::scratch_bytes(call, pairs) + Scratch::bytes<Cell<S>>(2 * stride_of(pairs)) +
           Scratch::bytes<Vec<S>>((stride_of(pairs) << pairs.columns.dyadic) + 1);
  }

  DifferenceRows(const Task &task, const Pairs<S> &pairs, Scratch &scratch)
      : task_(task),
        increments_(task.call, pairs, scratch, &task, increment_scale(pairs.rows.dyadic, pairs.columns.dyadic)),
        m_(pairs.rows.cells()),
        n_(pairs.columns.cells()),
        dyadic_rows_(pairs.rows.dyadic),
        dyadic_columns_(pairs.columns.dyadic),
        stride_(stride_of(pairs)),
        cells_(scratch.take<Cell<S>>(2 * stride_)),
        row_(scratch.take<Vec<S>>((stride_ << dyadic_columns_) + 1)) {}

  // The nodes of row 0.
  void load(const PairTile<S> &tile) {
    increments_.load(tile);
    for (int64_t j = 0; j <= stride_ << dyadic_columns_; ++j) row_[j] = broadcast(Front<S, 1, 1>::boundary);
  }

  // Nodes 0 .. n 2^dyadic of the last row done, as unknowns of Front.
  const Vec<S> *row() const { return row_; }
  Vec<S> last() const { return row_[n_ << dyadic_columns_]; }

  // Takes the rows from coarse row i on, one or two, to the next; the number of coarse rows done.
  int64_t advance(int64_t i) {
    const bool two = i + 1 < m_;
    // Float serves no refinement.
    if constexpr (sizeof(S) == sizeof(double)) {
      if (dyadic_rows_ > 1) return sweep<1, 4>(i);
      if (dyadic_rows_ == 1) return two ? sweep<2, 2>(i) : sweep<1, 2>(i);
      if (dyadic_columns_ > 0) return two ? sweep<2, 1>(i) : sweep<1, 1>(i);
    }
    return two ? step<2>(i) : step<1>(i);
  }

  // As advance, one fine row at a time: each(row) after every one.
  template <class Each>
  void advance_singly(int64_t i, const Each &each) {
    make_cells<1>(i);
    for (int64_t f = 0; f < int64_t(1) << dyadic_rows_ && !task_.stopped(); ++f) {
      sweep_once<1, 1>();
      each((i << dyadic_rows_) + f + 1);
    }
  }

 private:
  static int64_t stride_of(const Pairs<S> &pairs) { return whole_column_blocks(pairs.columns.cells()); }

  template <int C>
  int64_t step(int64_t i) {
    StepSink<S, C> sink{{}, row_ + 1};
    sink.front.start();
    increments_.template visit<C>(i, sink);
    return C;
  }

  template <int C>
  void make_cells(int64_t i) {
    CellSink<S> sink{cells_, stride_};
    increments_.template visit<C>(i, sink);
  }

  template <int C, int P>
  int64_t sweep(int64_t i) {
    make_cells<C>(i);
    for (int64_t f = 0; f < int64_t(1) << dyadic_rows_ && !task_.stopped(); f += P) sweep_once<C, P>();
    return C;
  }

  template <int C, int P>
  void sweep_once() {
    Front<S, C, P> outside;
    outside.start();
    const int64_t each = int64_t(1) << dyadic_columns_, columns = divide_up(piece, each);
    for (int64_t j = 0; j < n_ && !task_.stopped(); j += columns) {
      const int64_t end = n_ - j < columns ? n_ : j + columns;
      Front<S, C, P> front = outside;
      if (each == 1)
        for (int64_t q = j; q < end; ++q) row_[q + 1] = front.step(row_[q + 1], cells_ + q, stride_);
      else
        sweep_columns(front, j, end, each);
      outside = front;
    }
  }

  template <int C, int P>
  void sweep_columns(Front<S, C, P> &front, int64_t begin, int64_t end, int64_t each) {
    Vec<S> *to = row_ + begin * each + 1;
    for (int64_t j = begin; j < end; ++j) {
      Cell<S> cells[C];
      for (int c = 0; c < C; ++c) cells[c] = cells_[c * stride_ + j];
      for (int64_t f = 0; f < each; f += 2, to += 2) {
        to[0] = front.step(to[0], cells, 1);
        to[1] = front.step(to[1], cells, 1);
      }
    }
  }

  const Task &task_;
  IncrementRows<T, S> increments_;
  int64_t m_, n_;
  int64_t dyadic_rows_, dyadic_columns_;
  int64_t stride_;
  Cell<S> *cells_;
  Vec<S> *row_;
};

}  // namespace sig::SIG_TARGET
