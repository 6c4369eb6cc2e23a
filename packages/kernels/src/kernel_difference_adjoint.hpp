// The adjoint of the finite-difference scheme for a tile of pairs, one per lane, always in double.
//
// The forward pass keeps the row of nodes at which each block of coarse rows begins. From the last block to the first, the nodes of the
// block are computed again and kept, and its rows are walked backwards: with the gradient w of a node, that of the cell's own coefficient r
// is w ((up + left) A'(r) - diagonal B'(r)), and w A(r), w A(r), -w B(r) flow to the nodes left, up and diagonal. A and B are the factors
// of kernel_difference.hpp, quadratic in r, so that two sums over the fine cells of a coarse one give the gradient of its increment.
#pragma once

#include "kernel_increments_adjoint.hpp"

namespace sig::SIG_TARGET {

// rows x columns coarse cells, each cut into down x across fine ones.
struct DifferenceGrid {
  int64_t rows, columns, down, across;

  int64_t fine_rows() const { return rows * down; }
  int64_t fine_columns() const { return columns * across; }
  static DifferenceGrid of(const Pairs<double> &pairs) {
    return {pairs.rows.cells(), pairs.columns.cells(), int64_t(1) << pairs.rows.dyadic, int64_t(1) << pairs.columns.dyadic};
  }
  double fine() const { return 1.0 / (static_cast<double>(down) * static_cast<double>(across)); }
  // Vectors from one row of nodes to the next: odd, so that rows do not meet in the same lines of the cache.
  int64_t stride() const { return (fine_columns() + 1) | 1; }
};

namespace difference {

typedef Vec<double> V;

// With the gradient w of the lower right node of each fine cell of a coarse one, its sums of w (up + left) and of w (up + left + diagonal).
struct CellSums {
  V sides, nodes;
};

// Of a fine cell, whose part of the increment of the coarse cell is r: A = 1 + r/2 + r^2/12 and B = 1 - r^2/12.
struct Factors {
  V half, twelfth;

  explicit Factors(double part) : half(broadcast(part / 2)), twelfth(broadcast(part * part / 12)) {}
  inline void of(V increment, V &a, V &b) const {
    const V r = increment * twelfth;
    a = 1.0 + increment * (half + r);
    b = 1.0 - increment * r;
  }
  // The gradient of the increment.
  inline V gradient(V increment, CellSums sums) const {
    const V r = increment * twelfth;
    return half * sums.sides + (r + r) * sums.nodes;
  }
};

// R fine rows of nodes below the row `above`, written `stride` apart from `nodes` on (0: only the last one stays, and it may lie where
// `above` does). They belong to one coarse row, or to R of them whose increments follow one another.
// Rows are computed together, so that their chains of dependent operations overlap. A long row ends early when the task is stopped.
template <int R, bool OneCoarse, bool OneAcross>
static inline void forward_rows(const Task &task, int64_t columns, int64_t across, Factors factors, const V *increments, const V *above,
                                V *nodes, int64_t stride) {
  constexpr int C = OneCoarse ? 1 : R;
  V left[R], corner = broadcast(1.0);
  for (int q = 0; q < R; ++q) nodes[q * stride] = left[q] = corner;
  int64_t j = 1;
  for (int64_t cell = 0; cell < columns; ++cell) {
    if (is_poll(cell) && task.stopped()) return;
    V a[C], b[C];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) factors.of(in_register(increments[c * columns + cell]), a[c], b[c]);
    for (int64_t fine = 0; fine < (OneAcross ? 1 : across); ++fine, ++j) {
      V up = in_register(above[j]), diagonal = corner;
      corner = up;
#pragma GCC unroll 4
      for (int q = 0; q < R; ++q) {
        const int c = OneCoarse ? 0 : q;
        const V value = left[q] * a[c] + (up * a[c] - diagonal * b[c]);
        diagonal = left[q];
        nodes[q * stride + j] = left[q] = up = value;
      }
    }
  }
}

// R fine rows of cells backwards, the lowest first, whose lower nodes are the row `nodes` and those above it, `stride` apart.
// They belong to one coarse row, or to R of them, whose increments lie one before another from `increments` on.
// carry[j]: what flows into node j of the lowest row from the row below it; replaced by what flows out of the highest.
// seeds: gradients given for the nodes 1 .. of each of the rows, `seed_stride` apart.
// The gradients of the increments go to `gradients`, one row after another; where it is null, the rows are not yet all of the coarse row,
// and their sums go to `sums`. `more`: sums of rows before are there.
template <int R, bool OneCoarse, bool OneAcross, bool Seeded>
static inline void adjoint_rows(const Task &task, int64_t columns, int64_t across, Factors factors, const V *increments, const V *nodes,
                                int64_t stride, V *carry, const V *seeds, int64_t seed_stride, V *gradients, CellSums *sums, bool more) {
  constexpr int C = OneCoarse ? 1 : R;
  V w[R], after_a[C], after_b[C];
  for (int q = 0; q < R; ++q) w[q] = V{};
  for (int c = 0; c < C; ++c) after_a[c] = after_b[c] = V{};
  int64_t j = columns * across;
  for (int64_t cell = columns - 1; cell >= 0; --cell) {
    if (is_poll(cell) && task.stopped()) return;
    CellSums total[C];
    V increment[C], a[C], b[C];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      total[c] = CellSums{V{}, V{}};
      increment[c] = in_register(increments[cell - c * columns]);
      factors.of(increment[c], a[c], b[c]);
    }
    for (int64_t fine = 0; fine < (OneAcross ? 1 : across); ++fine, --j) {
      V flow = carry[j], left = nodes[j - 1];
      CellSums column{V{}, V{}};
#pragma GCC unroll 4
      for (int q = 0; q < R; ++q) {
        const int c = OneCoarse ? 0 : q;
        if (Seeded) flow += seeds[q * seed_stride + j - 1];
        const V up = nodes[j - (q + 1) * stride], diagonal = in_register(nodes[j - 1 - (q + 1) * stride]);
        const V value = w[q] * after_a[c] + flow, sides = up + left, all = sides + diagonal;
        flow = value * a[c] - w[q] * after_b[c];
        w[q] = value;
        left = diagonal;
        if (OneCoarse) {
          column.sides = q ? column.sides + value * sides : value * sides;
          column.nodes = q ? column.nodes + value * all : value * all;
        } else if (OneAcross) {
          gradients[q * columns + cell] = value * factors.gradient(increment[c], CellSums{sides, all});
        } else {
          total[c].sides += value * sides;
          total[c].nodes += value * all;
        }
      }
      carry[j] = flow;
      if (OneCoarse) {
        total[0].sides += column.sides;
        total[0].nodes += column.nodes;
      }
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) {
        after_a[c] = a[c];
        after_b[c] = b[c];
      }
    }
    if (!OneCoarse) {
#pragma GCC unroll 4
      for (int c = 0; c < C && !OneAcross; ++c) gradients[c * columns + cell] = factors.gradient(increment[c], total[c]);
      continue;
    }
    if (more) {
      total[0].sides += sums[cell].sides;
      total[0].nodes += sums[cell].nodes;
    }
    if (gradients)
      gradients[cell] = factors.gradient(increment[0], total[0]);
    else
      sums[cell] = total[0];
  }
}

}  // namespace difference

// Works on one tile after another. `Increments` has rows(i, count, out, stride): the increments of `count` rows of cells. `Seeds` holds the
// given gradients: with `seeds_everywhere` row(i, out) gives those of the nodes (i, 1 ..) of fine row i, else `last` is that of the last
// node. `Gradients` has rows(i, count, g), called from the last rows to the first: the gradients of the increments of row i, and where
// count is 2 of row i - 1 after them.
class DifferenceAdjoint {
  typedef Vec<double> V;

 public:
  explicit DifferenceAdjoint(const DifferenceGrid &grid) : grid(grid), block(block_of(grid)) {}

  int64_t scratch_bytes(bool seeds_everywhere) const {
    int64_t bytes = Scratch::bytes<V>(blocks() * grid.stride()) + Scratch::bytes<V>((block * grid.down + 1) * grid.stride());
    bytes += Scratch::bytes<V>(block * grid.columns) + 2 * Scratch::bytes<V>(2 * grid.columns);
    return bytes + Scratch::bytes<V>(grid.stride()) + (seeds_everywhere ? Scratch::bytes<V>(2 * grid.fine_columns()) : 0);
  }

  void take(Scratch &scratch, bool seeds_everywhere) {
    kept = scratch.take<V>(blocks() * grid.stride());
    nodes = scratch.take<V>((block * grid.down + 1) * grid.stride());
    increments = scratch.take<V>(block * grid.columns);
    gradient = scratch.take<V>(2 * grid.columns);
    sums = scratch.take<CellSums>(grid.columns);
    carry = scratch.take<V>(grid.stride());
    seeds = seeds_everywhere ? scratch.take<V>(2 * grid.fine_columns()) : nullptr;
  }

  // Adds `rows` to the progress of the task. False if it was stopped.
  template <class Increments, class Seeds, class Gradients>
  bool run(const Task &task, Increments &from, const Seeds &given, Gradients &to) {
    const bool one_across = grid.across == 1;
    if (seeds) return one_across ? walk<true, true>(task, from, given, to) : walk<false, true>(task, from, given, to);
    return one_across ? walk<true, false>(task, from, given, to) : walk<false, false>(task, from, given, to);
  }

 private:
  typedef difference::CellSums CellSums;

  DifferenceGrid grid;
  int64_t block;      // coarse rows
  V *kept;            // for each block, the row of nodes that it begins with
  V *nodes;           // of one block
  V *increments;      // of one block
  V *gradient;        // of the increments of two coarse rows
  CellSums *sums;
  V *carry;
  V *seeds;

  int64_t blocks() const { return divide_up(grid.rows, block); }

  // One block where all nodes fit into the cache; else blocks that do, but not more of them than twice what makes memory least.
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
    const int64_t last = blocks() - 1, stride = grid.stride();
    for (int64_t j = 0; j <= grid.fine_columns(); ++j) nodes[j] = broadcast(1.0);
    for (int64_t k = 0; k < last; ++k) {
      copy_row(nodes, kept + k * stride);
      if (!forward<OneAcross, false>(task, from, k)) return false;
    }
    for (int64_t j = 0; j <= grid.fine_columns(); ++j) carry[j] = V{};
    if (!Seeded) carry[grid.fine_columns()] = given.last;
    for (int64_t k = last; k >= 0; --k) {
      if (k < last) copy_row(kept + k * stride, nodes);
      if (!forward<OneAcross, true>(task, from, k) || !backward<OneAcross, Seeded>(task, given, to, k)) return false;
      task.advance(rows_of(k));
    }
    return true;
  }

  int64_t rows_of(int64_t k) const {
    const int64_t left = grid.rows - k * block;
    return left < block ? left : block;
  }

  void copy_row(const V *row, V *copy) const {
    for (int64_t j = 0; j <= grid.fine_columns(); ++j) copy[j] = row[j];
  }

  // From the first row of nodes of a block, which is in `nodes`: all of them (with their increments), or the last one in its place.
  template <bool OneAcross, bool Keep, class Increments>
  bool forward(const Task &task, Increments &from, int64_t k) {
    const int64_t columns = grid.columns, across = grid.across, count = rows_of(k), stride = Keep ? grid.stride() : 0;
    const difference::Factors factors(grid.fine());
    V *row = nodes;
    for (int64_t i = 0; i < count;) {
      if (task.stopped()) return false;
      const int64_t rows = grid.down == 1 && i + 1 < count ? 2 : 1;
      V *step = Keep ? increments + i * columns : gradient;
      from.rows(k * block + i, rows, step, columns);
      if (rows == 2) {
        difference::forward_rows<2, false, OneAcross>(task, columns, across, factors, step, row, row + stride, stride);
        row += 2 * stride;
      } else if (grid.down == 1) {
        difference::forward_rows<1, true, OneAcross>(task, columns, across, factors, step, row, row + stride, stride);
        row += stride;
      } else if (grid.down == 2) {
        difference::forward_rows<2, true, OneAcross>(task, columns, across, factors, step, row, row + stride, stride);
        row += 2 * stride;
      } else {
        for (int64_t fine = 0; fine < grid.down; fine += 4, row += 4 * stride)
          difference::forward_rows<4, true, OneAcross>(task, columns, across, factors, step, row, row + stride, stride);
      }
      i += rows;
    }
    return true;
  }

  template <bool OneAcross, bool Seeded, class Seeds, class Gradients>
  bool backward(const Task &task, const Seeds &given, Gradients &to, int64_t k) {
    const int64_t columns = grid.columns, across = grid.across, stride = grid.stride(), seed_stride = grid.fine_columns();
    const difference::Factors factors(grid.fine());
    const V *lower = nodes + rows_of(k) * grid.down * stride;
    int64_t fine_row = (k * block + rows_of(k)) * grid.down;
    const auto give_seeds = [&](int64_t count) {
      if (Seeded)
        for (int64_t q = 0; q < count; ++q) given.row(fine_row - q, seeds + q * seed_stride);
    };
    for (int64_t i = rows_of(k) - 1; i >= 0;) {
      if (task.stopped()) return false;
      const int64_t rows = grid.down == 1 && i > 0 ? 2 : 1;
      const V *step = increments + i * columns;
      if (rows == 2) {
        give_seeds(2);
        difference::adjoint_rows<2, false, OneAcross, Seeded>(task, columns, across, factors, step, lower, stride, carry, seeds,
                                                              seed_stride, gradient, nullptr, false);
      } else if (grid.down == 1) {
        give_seeds(1);
        difference::adjoint_rows<1, false, OneAcross, Seeded>(task, columns, across, factors, step, lower, stride, carry, seeds,
                                                              seed_stride, gradient, nullptr, false);
      } else {
        for (int64_t fine = 0; fine < grid.down; fine += 2) {
          give_seeds(2);
          V *const whole = fine + 2 == grid.down ? gradient : nullptr;
          difference::adjoint_rows<2, true, OneAcross, Seeded>(task, columns, across, factors, step, lower, stride, carry, seeds,
                                                               seed_stride, whole, sums, fine > 0);
          lower -= 2 * stride;
          fine_row -= 2;
        }
      }
      if (grid.down == 1) {
        lower -= rows * stride;
        fine_row -= rows;
      }
      to.rows(k * block + i, rows, gradient);
      i -= rows;
    }
    return true;
  }
};

}  // namespace sig::SIG_TARGET
