// The branched signature kernel on its refined grid, a row after another, for a tile of pairs, one per lane; and the adjoint.
//
// K_0 = 1, and K_q is the exponential of the integral of K_(q-1) against the increments: over a cell the increment times the mean of
// K_(q-1) at its four corners, and K_q at a node the exponential of the sum over all cells before it. So one row of these sums for each
// depth q is all that is kept.
#pragma once

#include "branched_kernel_exponential.hpp"
#include "kernel_increments.hpp"

namespace sig::SIG_TARGET {

struct BranchedGrid {
  int64_t depth;
  int64_t rows, columns;  // cells before refinement
  int64_t row_dyadic, column_dyadic;

  template <class S>
  BranchedGrid(const sig_call &call, const Pairs<S> &pairs)
      : depth(call.degree),
        rows(pairs.rows.cells()),
        columns(pairs.columns.cells()),
        row_dyadic(pairs.rows.dyadic),
        column_dyadic(pairs.columns.dyadic) {}

  int64_t fine_rows() const { return rows << row_dyadic; }
  int64_t fine_columns() const { return columns << column_dyadic; }
  double scale() const { return 1 / (double(int64_t(1) << row_dyadic) * double(int64_t(1) << column_dyadic)); }

  static double nodes(const sig_call &call) {
    return double(call.length) * double(call.length_y) * double(int64_t(1) << call.dyadic_x) * double(int64_t(1) << call.dyadic_y);
  }

  // Operations of a pair, as far as they matter to the size of tasks.
  static int64_t work(const sig_call &call, int64_t node_work) {
    const double work = nodes(call) * double(node_work) * double(call.degree), most = double(int64_t(1) << 40);
    return int64_t(work < most ? work : most);
  }
};

// Nodes (i, 1 ..) of one row i of the grid. Arrays have `depth` rows of fine_columns() numbers, in lanes of S.
template <class S>
class BranchedRow {
 public:
  typedef Vec<S> Number;

  explicit BranchedRow(const BranchedGrid &grid) : grid_(grid) {}

  static int64_t scratch_bytes(const BranchedGrid &grid) {
    return 2 * Scratch::bytes<Number>(grid.depth * grid.fine_columns()) + 2 * Scratch::bytes<Number>(grid.fine_columns());
  }

  void take(Scratch &scratch) {
    sums_ = scratch.take<Number>(grid_.depth * grid_.fine_columns());
    kernels_ = scratch.take<Number>(grid_.depth * grid_.fine_columns());
    increments_ = scratch.take<Number>(grid_.fine_columns());
    means_ = scratch.take<Number>(grid_.fine_columns());
  }

  // The first row, where all is 1.
  void begin() {
    for (int64_t e = 0; e < grid_.depth * grid_.fine_columns(); ++e) {
      sums_[e] = Number{};
      kernels_[e] = broadcast(S(1));
    }
  }

  // The increments of the cells above the row: those of the coarse cells, refined.
  void refine(const Number *increments) {
    const S scale = S(grid_.scale());
    for (int64_t j = 0; j < grid_.columns; ++j) {
      const Number r = scale * increments[j];
      for (int64_t f = j << grid_.column_dyadic; f < (j + 1) << grid_.column_dyadic; ++f) increments_[f] = r;
    }
  }

  // To the next row. Without `values` the kernels of the last depth are left undone: nobody but the result needs them.
  void advance(bool values) {
    const int64_t n = grid_.fine_columns();
    for (int64_t q = 0; q < grid_.depth; ++q) {
      if (q == 0)
        advance_depth<true>(sums_, kernels_, values || grid_.depth > 1);
      else
        advance_depth<false>(sums_ + q * n, kernels_ + q * n, values || q + 1 < grid_.depth);
    }
  }

  // The result at the last node of the row.
  Number last() const { return exponential(sums_[grid_.depth * grid_.fine_columns() - 1]); }

  const Number *increments() const { return increments_; }
  const Number *kernels() const { return kernels_; }
  // Kernels of the last depth.
  const Number *result() const { return kernels_ + (grid_.depth - 1) * grid_.fine_columns(); }

  const Number *sums() const { return sums_; }
  void restore(const Number *sums) {
    for (int64_t e = 0; e < grid_.depth * grid_.fine_columns(); ++e) {
      sums_[e] = sums[e];
      kernels_[e] = exponential(sums[e]);
    }
  }

 private:
  // Kernels of one depth; means_ are those of the depth before (or 1, for the first), and become those of this one.
  template <bool First>
  void advance_depth(Number *__restrict sums, Number *__restrict kernels, bool values) {
    const int64_t n = grid_.fine_columns();
    const Number *__restrict increments = increments_;
    Number *__restrict means = means_;
    Number row{}, below_left = broadcast(S(1)), left = broadcast(S(1));
    const auto block = [&]<int N>(int64_t j) __attribute__((always_inline)) {
      Number value[N];
#pragma GCC unroll 4
      for (int k = 0; k < N; ++k) {
        row += First ? increments[j + k] : increments[j + k] * means[j + k];
        value[k] = sums[j + k] += row;
      }
      if (!values) return;
      exponentials<N>(value);
#pragma GCC unroll 4
      for (int k = 0; k < N; ++k) {
        const Number below = kernels[j + k];
        means[j + k] = S(0.25) * ((below_left + below) + (left + value[k]));
        kernels[j + k] = value[k];
        below_left = below;
        left = value[k];
      }
    };
    int64_t j = 0;
    for (; j + 4 <= n; j += 4) block.template operator()<4>(j);
    for (; j < n; ++j) block.template operator()<1>(j);
  }

  BranchedGrid grid_;
  Number *sums_ = nullptr;     // of all cells before each node: logarithms of the kernels
  Number *kernels_ = nullptr;
  Number *increments_ = nullptr;
  Number *means_ = nullptr;
};

// The adjoint, from the last row to the first; rows are computed again in blocks, from sums kept where each block begins.
class BranchedAdjoint {
 public:
  static int64_t tile_work(const sig_call &call) { return BranchedGrid::work(call, 100 + 4 * call.dimension); }

  BranchedAdjoint(const sig_call &call, const Pairs<double> &pairs)
      : grid_(call, pairs), row_(grid_), height_(1), narrow_(call.dtype == SIG_FLOAT32) {
    while ((height_ + 1) * (height_ + 1) <= grid_.fine_rows()) ++height_;
  }

  int64_t scratch_bytes(bool) const {
    return BranchedRow<double>::scratch_bytes(grid_) + Scratch::bytes<Double>(blocks() * numbers()) +
           Scratch::bytes<Double>((height_ + 1) * numbers()) + 2 * Scratch::bytes<Double>(numbers()) +
           Scratch::bytes<Double>(grid_.fine_columns()) + 2 * Scratch::bytes<Double>(grid_.columns);
  }

  void take(Scratch &scratch, bool seeds_everywhere) {
    everywhere_ = seeds_everywhere;
    row_.take(scratch);
    starts_ = scratch.take<Double>(blocks() * numbers());
    kernels_ = scratch.take<Double>((height_ + 1) * numbers());
    sums_ = scratch.take<Double>(numbers());
    corners_ = scratch.take<Double>(numbers());
    nodes_ = scratch.take<Double>(grid_.fine_columns());
    increments_ = scratch.take<Double>(grid_.columns);
    gradients_ = scratch.take<Double>(grid_.columns);
  }

  // As PolynomialAdjoint::run.
  template <class Increments, class Seeds, class Gradients>
  bool run(const Task &task, Increments &from, const Seeds &given, Gradients &to) {
    loaded_ = -1;
    const int64_t rows = grid_.fine_rows();
    row_.begin();
    for (int64_t i = 0; i < rows; ++i) {
      if (i % height_ == 0) copy(row_.sums(), numbers(), starts_ + i / height_ * numbers());
      if (i / height_ + 1 == blocks()) break;
      if (task.stopped()) return false;
      load(from, i);
      row_.advance(false);
    }
    for (int64_t e = 0; e < numbers(); ++e) sums_[e] = corners_[e] = Double{};
    for (int64_t j = 0; j < grid_.columns; ++j) gradients_[j] = Double{};
    for (int64_t block = blocks() - 1; block >= 0; --block) {
      const int64_t first = block * height_, end = first + height_ < rows ? first + height_ : rows;
      row_.restore(starts_ + block * numbers());
      keep_kernels(kernels_);
      for (int64_t i = first; i < end; ++i) {
        if (task.stopped()) return false;
        load(from, i);
        row_.advance(true);
        keep_kernels(kernels_ + (i + 1 - first) * numbers());
      }
      for (int64_t i = end - 1; i >= first; --i) {
        if (task.stopped()) return false;
        load(from, i);
        seed(given, i + 1);
        const Double *below = kernels_ + (i - first) * numbers(), *above = kernels_ + (i + 1 - first) * numbers();
        narrow_ ? adjoint<true>(below, above) : adjoint<false>(below, above);
        if (i & ((int64_t(1) << grid_.row_dyadic) - 1)) continue;
        for (int64_t j = 0; j < grid_.columns; ++j) {
          const Double gradient = grid_.scale() * gradients_[j];
          gradients_[j] = narrow_ ? in_range(gradient) : gradient;
        }
        to.rows(i >> grid_.row_dyadic, 1, gradients_);
        for (int64_t j = 0; j < grid_.columns; ++j) gradients_[j] = Double{};
        task.advance(1);
      }
    }
    return true;
  }

 private:
  BranchedGrid grid_;
  BranchedRow<double> row_;
  int64_t height_;  // fine rows of a block
  bool narrow_;     // results are of float
  bool everywhere_ = false;
  int64_t loaded_ = -1;           // the row of cells whose increments row_ has
  Double *starts_ = nullptr;      // sums below each block
  Double *kernels_ = nullptr;     // of the nodes of a block, from the row below it on
  Double *sums_ = nullptr;        // gradients of the integrals over the cells of the row last seen, for each depth
  Double *corners_ = nullptr;     // what each of those cells gives to the gradients of its corners
  Double *nodes_ = nullptr;       // gradients of the kernels of one depth at the nodes of a row
  Double *increments_ = nullptr;  // of a row of coarse cells
  Double *gradients_ = nullptr;   // theirs

  int64_t numbers() const { return grid_.depth * grid_.fine_columns(); }
  int64_t blocks() const { return divide_up(grid_.fine_rows(), height_); }

  static void copy(const Double *from, int64_t count, Double *to) {
    for (int64_t e = 0; e < count; ++e) to[e] = from[e];
  }

  // What float would overflow at is infinite, so that gradients of results that are infinite in float are as in double.
  static Double in_range(Double x) {
    constexpr double most = __FLT_MAX__;
    x = select(x > most, broadcast(__builtin_inf()), x);
    return select(x < -most, broadcast(-__builtin_inf()), x);
  }

  void keep_kernels(Double *to) const {
    if (!narrow_) return copy(row_.kernels(), numbers(), to);
    for (int64_t e = 0; e < numbers(); ++e) to[e] = in_range(row_.kernels()[e]);
  }

  template <class Increments>
  void load(Increments &from, int64_t fine_row) {
    const int64_t row = fine_row >> grid_.row_dyadic;
    if (row == loaded_) return;
    from.rows(row, 1, increments_, grid_.columns);
    row_.refine(increments_);
    loaded_ = row;
  }

  template <class Seeds>
  void seed(const Seeds &given, int64_t i) {
    if (everywhere_) return given.row(i, nodes_);
    const int64_t n = grid_.fine_columns();
    for (int64_t j = 0; j < n; ++j) nodes_[j] = Double{};
    if (i == grid_.fine_rows()) nodes_[n - 1] = given.last;
  }

  // One row of cells, from the kernels at the nodes below and above it.
  template <bool Narrow>
  void adjoint(const Double *below, const Double *above) {
    const int64_t n = grid_.fine_columns();
    for (int64_t q = grid_.depth - 1; q > 0; --q) adjoint_depth<false, Narrow>(q, below + (q - 1) * n, above + (q - 1) * n, above + q * n);
    adjoint_depth<true, Narrow>(0, nullptr, nullptr, above);
  }

  // nodes_: gradients of the kernels of depth q + 1 above the cells; become those of depth q.
  template <bool First, bool Narrow>
  void adjoint_depth(int64_t q, const Double *__restrict below, const Double *__restrict above, const Double *__restrict kernels) {
    const int64_t n = grid_.fine_columns();
    const Double *__restrict increments = row_.increments();
    Double *__restrict nodes = nodes_, *__restrict sums = sums_ + q * n, *__restrict corners = corners_ + q * n;
    // A node reaches all cells before it: sums over a quadrant, from three of its neighbours.
    Double right{}, above_right{}, next{};
    for (int64_t coarse = grid_.columns - 1; coarse >= 0; --coarse) {
      Double gradient{};
      for (int64_t j = ((coarse + 1) << grid_.column_dyadic) - 1; j >= coarse << grid_.column_dyadic; --j) {
        // A node without effect has none either where the kernel overflowed.
        const Double value = select(nodes[j] != 0, nodes[j] * kernels[j], Double{}), above_sum = sums[j];
        const Double own = Narrow ? in_range(value) : value;
        const Double sum = own + above_sum + (right - above_right);
        sums[j] = right = sum;
        above_right = above_sum;
        if (First) {
          gradient += sum;
        } else {
          const Double left = j ? below[j - 1] + above[j - 1] : broadcast(2.0);
          gradient += sum * (0.25 * (left + (below[j] + above[j])));
          const Double corner = 0.25 * (sum * increments[j]), both = corner + corners[j];
          nodes[j] = both + next;
          corners[j] = corner;
          next = both;
        }
      }
      gradients_[coarse] += gradient;
    }
  }
};

}  // namespace sig::SIG_TARGET
