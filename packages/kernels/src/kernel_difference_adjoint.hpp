// The adjoint of the finite-difference scheme for a tile of pairs, one per lane.
//
// The forward pass keeps the row of nodes at which each block of coarse rows begins. From the last block to the first, the nodes of the
// block are computed again, of each its derivative by the increment of its cell is kept, and the rows are walked backwards. With A and B
// of kernel_difference.hpp, the gradient w of a node flows as w A to the nodes left and up and as -w B to the one diagonal, and the
// gradient of an increment is the sum of w times the derivative over its fine cells.
//
// In double the unknowns are nodes and gradients themselves, in float their growth from row to row, as in kernel_difference.hpp.
#pragma once

#include "kernel_increments_adjoint.hpp"

namespace sig::SIG_TARGET {

// rows x columns coarse cells, each cut into down x across fine ones.
struct DifferenceGrid {
  int64_t rows, columns, down, across;

  int64_t fine_rows() const { return rows * down; }
  int64_t fine_columns() const { return columns * across; }
  template <class S>
  static DifferenceGrid of(const Pairs<S> &pairs) {
    return {pairs.rows.cells(), pairs.columns.cells(), int64_t(1) << pairs.rows.dyadic, int64_t(1) << pairs.columns.dyadic};
  }
  // Half of the part of an increment that each fine cell has.
  double half() const { return 0.5 / (static_cast<double>(down) * static_cast<double>(across)); }
  // Vectors from one fine row to the next: odd, so that rows do not meet in the same lines of the cache.
  int64_t stride() const { return fine_columns() | 1; }
};

namespace difference {

// Of a fine cell with the part r of an increment. The derivative of its node by r is s / 2 + r / 6 (s + diagonal), s = left + up.
template <class S>
struct Factors {
  Vec<S> side;    // A
  Vec<S> corner;  // B
  Vec<S> third;   // r / 3

  static Factors of(Vec<S> half) {
    const Vec<S> square = half * ((1.0 / 3.0) * half);
    return {1.0 + (half + square), 1.0 - square, (2.0 / 3.0) * half};
  }
};

template <>
struct Factors<float> {
  Vec<float> side;    // A - 1
  Vec<float> corner;  // 1 - B
  Vec<float> third;

  static Factors of(Vec<float> half) {
    const Vec<float> square = half * (float(1.0 / 3.0) * half);
    return {half + square, square, float(2.0 / 3.0) * half};
  }
};

// A fine row of nodes, from left to right.
template <class S>
struct NodeRow {
  static constexpr S boundary = 1;
  Vec<S> left, diagonal;

  void start() { left = diagonal = broadcast(1.0); }

  // From the node above to the next node, with twice its derivative.
  inline Vec<S> step(Vec<S> up, const Factors<S> &cell, Vec<S> &derivative) {
    const Vec<S> sides = left + up;
    derivative = sides + cell.third * (sides + diagonal);
    left = left * cell.side + (up * cell.side - diagonal * cell.corner);
    diagonal = up;
    return left;
  }
};

// Nodes less 1.
template <>
struct NodeRow<float> {
  static constexpr float boundary = 0;
  Vec<float> growth;    // node - node above
  Vec<float> diagonal;  // not less 1

  void start() {
    growth = Vec<float>{};
    diagonal = broadcast(1.0f);
  }

  inline Vec<float> step(Vec<float> up, const Factors<float> &cell, Vec<float> &derivative) {
    const Vec<float> above = 1.0f + up, sides = (above + diagonal) + growth;
    derivative = sides + cell.third * (sides + diagonal);
    growth = (growth + cell.corner * diagonal) + cell.side * sides;
    diagonal = above;
    return up + growth;
  }
};

// What a row of gradients hands to the row above it at one node.
template <class S>
struct Flow {
  Vec<S> sum;

  static Flow seed(Vec<S> gradient) { return Flow{gradient}; }
  inline void add(Vec<S> seed) { sum += seed; }
};

template <>
struct Flow<float> {
  Vec<float> below;  // the gradient of the node below
  Vec<float> more;   // what else flows in

  static Flow seed(Vec<float> gradient) { return Flow{Vec<float>{}, gradient}; }
  inline void add(Vec<float> seed) { more += seed; }
};

// The gradients of a fine row of nodes, from right to left.
template <class S>
struct GradientRow {
  Vec<S> right, corner;  // what flows in from the right, and from there to the row above

  // The gradient of the next node; flow: what comes from below, becomes what goes up.
  inline Vec<S> step(Flow<S> &flow, const Factors<S> &cell) {
    const Vec<S> gradient = right + flow.sum;
    right = gradient * cell.side;
    flow.sum = right - corner;
    corner = gradient * cell.corner;
    return gradient;
  }
};

template <>
struct GradientRow<float> {
  Vec<float> right, corner;
  Vec<float> growth;  // gradient - gradient below

  inline Vec<float> step(Flow<float> &flow, const Factors<float> &cell) {
    growth += right + flow.more;
    const Vec<float> gradient = flow.below + growth;
    right = gradient * cell.side;
    flow = Flow<float>{gradient, right + corner};
    corner = gradient * cell.corner;
    return gradient;
  }
};

// Takes a row of nodes, in place, R fine rows further. They belong to one coarse row, or to R of them, whose halves of increments lie
// `columns` apart. Keep: derivatives of the nodes are written, `stride` from row to row.
// Rows are computed together, so that their chains of dependent operations overlap. A long row ends early when the task is stopped.
template <class S, int R, bool OneCoarse, bool OneAcross, bool Keep>
static inline void forward_rows(const Task &task, int64_t columns, int64_t across, const Vec<S> *halves, Vec<S> *row, Vec<S> *derivatives,
                                int64_t stride) {
  constexpr int C = OneCoarse ? 1 : R;
  NodeRow<S> rows[R];
  for (int q = 0; q < R; ++q) rows[q].start();
  int64_t j = 0;
  for (int64_t cell = 0; cell < columns; ++cell) {
    if (is_poll(cell) && task.stopped()) return;
    Factors<S> factors[C];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) factors[c] = Factors<S>::of(in_register(halves[c * columns + cell]));
    for (int64_t fine = 0; fine < (OneAcross ? 1 : across); ++fine, ++j) {
      Vec<S> node = in_register(row[j]);
#pragma GCC unroll 4
      for (int q = 0; q < R; ++q) {
        Vec<S> derivative;
        node = rows[q].step(node, factors[OneCoarse ? 0 : q], derivative);
        if (Keep) derivatives[q * stride + j] = derivative;
      }
      row[j] = node;
    }
  }
}

// R fine rows backwards, the lowest first, whose derivatives lie `stride` before one another. They belong to one coarse row, or to R of
// them, whose halves of increments lie `columns` before one another.
// flows: what comes from the row below, becomes what goes to the row above. seeds: gradients given for the nodes, `seed_stride` apart.
// The gradients of the increments go to `gradients`, those of a higher row after those of a lower one, and are added where `add` is set.
template <class S, int R, bool OneCoarse, bool OneAcross, bool Seeded>
static inline void adjoint_rows(const Task &task, int64_t columns, int64_t across, const Vec<S> *halves, const Vec<S> *derivatives,
                                int64_t stride, Flow<S> *flows, const Vec<S> *seeds, int64_t seed_stride, Vec<S> *gradients, bool add) {
  constexpr int C = OneCoarse ? 1 : R;
  GradientRow<S> rows[R] = {};
  int64_t j = columns * across - 1;
  for (int64_t cell = columns - 1; cell >= 0; --cell) {
    if (is_poll(cell) && task.stopped()) return;
    Vec<S> total[C];
    Factors<S> factors[C];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      total[c] = Vec<S>{};
      factors[c] = Factors<S>::of(in_register(halves[cell - c * columns]));
    }
    for (int64_t fine = 0; fine < (OneAcross ? 1 : across); ++fine, --j) {
      Flow<S> flow = flows[j];
#pragma GCC unroll 4
      for (int q = 0; q < R; ++q) {
        const int c = OneCoarse ? 0 : q;
        if (Seeded) flow.add(seeds[q * seed_stride + j]);
        const Vec<S> gradient = rows[q].step(flow, factors[c]) * derivatives[j - q * stride];
        total[c] = OneAcross && !OneCoarse ? gradient : total[c] + gradient;
      }
      flows[j] = flow;
    }
    if (OneCoarse && add) total[0] += gradients[cell];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) gradients[c * columns + cell] = total[c];
  }
}

}  // namespace difference

// Works on one tile after another. `Increments` has set_scale(factor) and rows(i, count, out, stride): the increments of `count` rows of
// cells. `Seeds` holds the given gradients: with `seeds_everywhere` row(i, out) gives those of the nodes (i, 1 ..) of fine row i, else
// `last` is that of the last node. `Gradients` has rows(i, count, g), called from the last rows to the first: the gradients of the
// increments of row i, and where count is 2 of row i - 1 after them.
template <class S>
class DifferenceAdjoint {
  typedef Vec<S> V;
  typedef difference::Flow<S> Flow;

 public:
  explicit DifferenceAdjoint(const DifferenceGrid &grid) : grid(grid), block(block_of(grid)) {}

  int64_t scratch_bytes(bool seeds_everywhere) const {
    return Scratch::bytes<V>(blocks() * grid.stride()) + Scratch::bytes<V>(block * grid.down * grid.stride()) +
           Scratch::bytes<V>(block * grid.columns) + Scratch::bytes<V>(2 * grid.columns) + Scratch::bytes<Flow>(grid.fine_columns()) +
           (seeds_everywhere ? Scratch::bytes<V>(4 * grid.fine_columns()) : 0);
  }

  void take(Scratch &scratch, bool seeds_everywhere) {
    kept = scratch.take<V>(blocks() * grid.stride());
    derivatives = scratch.take<V>(block * grid.down * grid.stride());
    halves = scratch.take<V>(block * grid.columns);
    gradient = scratch.take<V>(2 * grid.columns);
    flows = scratch.take<Flow>(grid.fine_columns());
    seeds = seeds_everywhere ? scratch.take<V>(4 * grid.fine_columns()) : nullptr;
  }

  // Adds `rows` to the progress of the task. False if it was stopped.
  template <class Increments, class Seeds, class Gradients>
  bool run(const Task &task, Increments &from, const Seeds &given, Gradients &to) {
    from.set_scale(grid.half());
    // Float serves no refinement.
    if constexpr (sizeof(S) == sizeof(double))
      if (grid.across > 1) return seeds ? walk<false, true>(task, from, given, to) : walk<false, false>(task, from, given, to);
    return seeds ? walk<true, true>(task, from, given, to) : walk<true, false>(task, from, given, to);
  }

 private:
  DifferenceGrid grid;
  int64_t block;   // coarse rows
  V *kept;         // for each block, the row of nodes that it begins with
  V *derivatives;  // of the nodes of one block
  V *halves;       // of the increments of one block
  V *gradient;     // of the increments of two coarse rows
  Flow *flows;
  V *seeds;  // of four fine rows

  int64_t blocks() const { return divide_up(grid.rows, block); }

  // One block where all of it fits into the cache; else blocks that do, but not more of them than twice what makes memory least.
  static int64_t block_of(const DifferenceGrid &grid) {
    const int64_t all = 1 << 20, part = 1 << 18;
    const int64_t row_bytes = (grid.down * grid.stride() + grid.columns) * int64_t(sizeof(V));
    if (row_bytes * grid.rows <= all) return grid.rows;
    const int64_t fitting = part / row_bytes;
    const int64_t least = int64_t(__builtin_sqrt(double(grid.rows) / double(grid.down)) / 2) + 1;
    return fitting > least ? fitting : least;
  }

  template <bool OneAcross, bool Seeded, class Increments, class Seeds, class Gradients>
  bool walk(const Task &task, Increments &from, const Seeds &given, Gradients &to) {
    const int64_t last = blocks() - 1, stride = grid.stride(), columns = grid.fine_columns();
    for (int64_t j = 0; j < columns; ++j) kept[j] = broadcast(difference::NodeRow<S>::boundary);
    for (int64_t k = 0; k < last; ++k) {
      V *row = kept + (k + 1) * stride;
      for (int64_t j = 0; j < columns; ++j) row[j] = row[j - stride];
      if (!forward<OneAcross, false>(task, from, k, row)) return false;
    }
    for (int64_t j = 0; j < columns; ++j) flows[j] = Flow();
    if (!Seeded) flows[columns - 1] = Flow::seed(S(grid.half()) * given.last);
    for (int64_t k = last; k >= 0; --k) {
      if (!forward<OneAcross, true>(task, from, k, kept + k * stride)) return false;
      if (!backward<OneAcross, Seeded>(task, given, to, k)) return false;
      task.advance(rows_of(k));
    }
    return true;
  }

  int64_t rows_of(int64_t k) const {
    const int64_t left = grid.rows - k * block;
    return left < block ? left : block;
  }

  // Takes `row` from the first to the last nodes of a block. Keep: with the derivatives and halves of increments of all of it.
  template <bool OneAcross, bool Keep, class Increments>
  bool forward(const Task &task, Increments &from, int64_t k, V *row) {
    const int64_t count = rows_of(k), stride = grid.stride();
    V *to = derivatives;
    const auto advance = [&]<int R, bool OneCoarse>(const V *step) {
      difference::forward_rows<S, R, OneCoarse, OneAcross, Keep>(task, grid.columns, grid.across, step, row, to, stride);
      to += R * stride;
    };
    for (int64_t i = 0, rows; i < count; i += rows) {
      if (task.stopped()) return false;
      rows = grid.down == 1 && i + 1 < count ? 2 : 1;
      V *step = Keep ? halves + i * grid.columns : gradient;
      from.rows(k * block + i, rows, step, grid.columns);
      if (rows == 2)
        advance.template operator()<2, false>(step);
      else if (grid.down == 1)
        advance.template operator()<1, false>(step);
      else if (grid.down == 2)
        advance.template operator()<2, true>(step);
      else
        for (int64_t fine = 0; fine < grid.down; fine += 4) advance.template operator()<4, true>(step);
    }
    return true;
  }

  template <bool OneAcross, bool Seeded, class Seeds, class Gradients>
  bool backward(const Task &task, const Seeds &given, Gradients &to, int64_t k) {
    const int64_t stride = grid.stride(), seed_stride = grid.fine_columns();
    // Of the fine row that is next.
    const V *from = derivatives + (rows_of(k) * grid.down - 1) * stride;
    int64_t fine_row = (k * block + rows_of(k)) * grid.down;
    const auto retreat = [&]<int R, bool OneCoarse>(const V *step, bool add) {
      if (Seeded) {
        for (int64_t q = 0; q < R; ++q) given.row(fine_row - q, seeds + q * seed_stride);
        for (int64_t e = 0; e < R * seed_stride; ++e) seeds[e] *= S(grid.half());
      }
      difference::adjoint_rows<S, R, OneCoarse, OneAcross, Seeded>(task, grid.columns, grid.across, step, from, stride, flows, seeds,
                                                                   seed_stride, gradient, add);
      from -= R * stride;
      fine_row -= R;
    };
    for (int64_t i = rows_of(k) - 1, rows; i >= 0; i -= rows) {
      if (task.stopped()) return false;
      rows = grid.down == 1 && i > 0 ? 2 : 1;
      const V *step = halves + i * grid.columns;
      if (rows == 2)
        retreat.template operator()<2, false>(step, false);
      else if (grid.down == 1)
        retreat.template operator()<1, false>(step, false);
      else if (grid.down == 2)
        retreat.template operator()<2, true>(step, false);
      else
        for (int64_t fine = 0; fine < grid.down; fine += 4) retreat.template operator()<4, true>(step, fine > 0);
      to.rows(k * block + i, rows, gradient);
    }
    return true;
  }
};

}  // namespace sig::SIG_TARGET
