// The polynomial scheme along a row of cells, for a tile of pairs, one per lane.
#pragma once

#include "tiles.hpp"

namespace sig::SIG_TARGET {

// The scheme of an order p, 2 .. 64. An edge of a cell is a row of size() vectors (see kernel_polynomial_cell.hpp), p + 1 of which count.
struct PolynomialScheme {
  typedef Vec<double> V;
  static constexpr int largest = 64, largest_unrolled = 13;
  static constexpr int block = 4, capacity = (largest / block + 1) * block;
  int order;
  const V *inverse;  // 1 / m! for m up to 2 size() + 2

  explicit PolynomialScheme(const sig_call &call) : order(int(call.degree)), inverse(nullptr) {}

  static int64_t scratch_bytes(int order) { return Scratch::bytes<V>(table_length(order)); }

  void take(Scratch &scratch) {
    V *table = scratch.take<V>(table_length(order));
    double value = 1;
    for (int m = 0; m < table_length(order); ++m) {
      table[m] = broadcast(value);
      value /= m + 1;
    }
    inverse = table;
  }

  // Orders that are not unrolled take whole blocks.
  static int size_of(int order) { return order <= largest_unrolled ? order + 1 : (order / block + 1) * block; }
  static int table_length(int order) { return 2 * size_of(order) + block; }
  int size() const { return size_of(order); }

  // Multiplications of one cell, about.
  static int64_t cell_work(const sig_call &call) { return 3 * (call.degree + 1) * (call.degree + 1); }

  // The work of all cells of a pair, as far as it matters to the size of tasks.
  static int64_t work_of_cells(const sig_call &call, int64_t cell_work) {
    const double work = double(call.length) * double(call.length_y) * double(cell_work), most = double(int64_t(1) << 40);
    return int64_t(work < most ? work : most);
  }

  // Columns that take some 100 us together.
  int64_t piece() const { return 1 + (1 << 18) / (3 * size() * size()); }

  // The constant 1.
  void begin(V *edge) const {
    for (int k = 0; k < size(); ++k) edge[k] = broadcast(k ? 0.0 : 1.0);
  }
  void clear(V *edge) const {
    for (int k = 0; k < size(); ++k) edge[k] = V{};
  }

  // The value at the corner of a cell that its top and right edges share: the mean of what the two say.
  V corner(const V *top, const V *right) const {
    V sum{};
    for (int q = 0; q <= order; ++q) sum += inverse[q] * (top[q] + right[q]);
    return 0.5 * sum;
  }

  // Adds the gradient of `corner`.
  void corner_adjoint(V gradient, V *top, V *right) const {
    for (int q = 0; q <= order; ++q) {
      const V g = 0.5 * gradient * inverse[q];
      top[q] += g, right[q] += g;
    }
  }

  // Cells 0 .. n - 1 of a row: `left` becomes the right edge of the last, edges[j * size()] the top edge of cell j instead of its bottom.
  // corners: where the value at the upper right corner of each goes, or null.
  void advance(const V *increments, int64_t n, V *left, V *edges, V *corners) const;

  // Steps 0 .. n - 1 of a strip: the lanes are rows of one pair, lane k at step t in column t - k of the row above that of lane k - 1.
  // left, edges: an edge each, of the lanes at the step before. below[t * size()]: the bottom edge of the first lane; the top edge of the
  // last one takes the place of that W - 1 columns before.
  void advance_strip(const V *increments, int64_t n, V *left, V *edge, double *below) const;

  // Also keeps 2p numbers of each cell for `adjoint`.
  void advance_with_derivatives(const V *increments, int64_t n, V *left, V *edges, V *derivatives) const;

  // Back from cell n - 1 to 0. right, edges: gradients of what `advance` made, replaced by those of what it was given.
  // seeds: gradients of the corners, or null. increments: replaced by their gradients.
  void adjoint(V *increments, int64_t n, const V *derivatives, const V *seeds, V *right, V *edges) const;
};

}  // namespace sig::SIG_TARGET
