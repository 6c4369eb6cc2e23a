// The adjoint of the polynomial scheme for a tile of pairs, one per lane.
//
// Cells are walked back in blocks small enough for the cache. A forward pass keeps the edges at which blocks begin, from below and from the
// left; the block is then computed again from there with the derivatives of its cells. Where those edges would take too much memory for
// all rows, the same is done for one stretch of rows after another, from edges that a first pass keeps.
#pragma once

#include "kernel_increments.hpp"
#include "kernel_polynomial_rows.hpp"

namespace sig::SIG_TARGET {

class PolynomialAdjoint {
  typedef Vec<double> V;

 public:
  static int64_t tile_work(const sig_call &call) {
    return PolynomialScheme::work_of_cells(call, 4 * call.dimension + 60 + 4 * PolynomialScheme::cell_work(call));
  }

  PolynomialAdjoint(const sig_call &call, const Pairs<double> &pairs) : scheme(call), m(pairs.rows.cells()), n(pairs.columns.cells()) {
    const int64_t cache = 1 << 18, memory = 1 << 24, cell_bytes = 2 * scheme.order * int64_t(sizeof(V));
    const int64_t cells = cache / cell_bytes < 256 ? 256 : cache / cell_bytes;
    int64_t side = 16;
    while ((side + 1) * (side + 1) <= cells) ++side;
    width = least(n, m < side ? cells / m : side, scheme.piece());
    height = least(m, cells / width);
    stretch = m;
    // The edges of one row of blocks and, of the same size, what the rows of a block keep from the left.
    const int64_t row_bytes = n * scheme.size() * int64_t(sizeof(V)), row_blocks = height * width / (height + width) + 1;
    if (double(row_bytes) * (double(m) / double(row_blocks)) > double(memory)) {
      int64_t rows = 1;
      while (rows * rows < m * row_blocks) rows += 1 + rows / 16;
      stretch = least(m, divide_up(rows, height) * height);
    }
  }

  int64_t scratch_bytes(bool seeds_everywhere) const {
    return PolynomialScheme::scratch_bytes(scheme.order) + Scratch::bytes<V>((stretches() - 1) * edge_numbers()) +
           Scratch::bytes<V>((blocks() + 2) * edge_numbers()) + Scratch::bytes<V>(stretch * (pieces() - 1) * scheme.size()) +
           Scratch::bytes<V>((height + 1) * scheme.size()) + Scratch::bytes<V>(height * width * 2 * scheme.order) +
           Scratch::bytes<V>((height + 1) * n) + (seeds_everywhere ? Scratch::bytes<V>(height * n) : 0);
  }

  void take(Scratch &scratch, bool seeds_everywhere) {
    scheme.take(scratch);
    starts = scratch.take<V>((stretches() - 1) * edge_numbers());
    bottoms = scratch.take<V>((blocks() + 2) * edge_numbers());
    edges = bottoms + blocks() * edge_numbers();
    edge_gradients = edges + edge_numbers();
    lefts = scratch.take<V>(stretch * (pieces() - 1) * scheme.size());
    right_gradients = scratch.take<V>((height + 1) * scheme.size());
    left = right_gradients + height * scheme.size();
    derivatives = scratch.take<V>(height * width * 2 * scheme.order);
    increments = scratch.take<V>((height + 1) * n);
    seeds = seeds_everywhere ? scratch.take<V>(height * n) : nullptr;
  }

  // `from` has rows(i, count, out, stride): the increments of 1 or 2 rows of cells. `given` says how the given gradients enter: at every
  // node, from row(i, out) for nodes (i, 1 ..), or `last` at the last one. `to` has rows(i, count, g), called from the last rows to the
  // first: the gradients of the increments of row i, then of row i - 1 where count is 2.
  // Adds `rows` to the progress of the task. False if it was stopped.
  template <class Increments, class Seeds, class Gradients>
  bool run(const Task &task, Increments &from, const Seeds &given, Gradients &to) {
    for (int64_t j = 0; j < n; ++j) scheme.begin(edges + j * scheme.size());
    const int64_t last = stretches() - 1;
    for (int64_t s = 0; s < last; ++s) {
      copy(edges, edge_numbers(), starts + s * edge_numbers());
      if (!forward<false>(task, from, s * stretch, (s + 1) * stretch)) return false;
    }
    clear(edge_gradients, edge_numbers());
    for (int64_t s = last; s >= 0; --s) {
      const int64_t begin = s * stretch, end = least(m, begin + stretch);
      if (s < last) copy(starts + s * edge_numbers(), edge_numbers(), edges);
      if (!forward<true>(task, from, begin, end)) return false;
      for (int64_t block = divide_up(end - begin, height) - 1; block >= 0; --block) {
        const int64_t first = begin + block * height, count = least(height, end - first);
        if (!backward(task, from, given, begin, block, count)) return false;
        for (int64_t i = first + count - 1, rows; i >= first; i -= rows) {
          rows = i > first ? 2 : 1;
          to.rows(i, rows, increments + (first + count - 1 - i) * n);
        }
        task.advance(count);
      }
    }
    return true;
  }

 private:
  PolynomialScheme scheme;
  int64_t m, n;            // rows and columns of cells
  int64_t height, width;   // of a block
  int64_t stretch;         // rows
  V *starts;               // the edges below each stretch but the last
  V *bottoms;              // the edges below each block of a stretch
  V *lefts;                // the edges left of the blocks, of each row of a stretch; not of the first blocks, where they are 1
  V *edges, *left;         // those that a pass has reached
  V *edge_gradients;       // of the top edges of the row of blocks, then of the bottom edges
  V *right_gradients;      // of the right edges of the rows of a block, then of the left edges
  V *derivatives;          // of the cells of a block
  V *increments;           // of a row of blocks, the last row of cells first; then their gradients
  V *seeds;                // of a row of blocks

  template <class... More>
  static int64_t least(int64_t a, int64_t b, More... more) {
    if constexpr (sizeof...(More) == 0)
      return a < b ? a : b;
    else
      return least(least(a, b), more...);
  }
  static void copy(const V *from, int64_t count, V *to) {
    for (int64_t e = 0; e < count; ++e) to[e] = from[e];
  }
  static void clear(V *numbers, int64_t count) {
    for (int64_t e = 0; e < count; ++e) numbers[e] = V{};
  }

  int64_t edge_numbers() const { return n * scheme.size(); }
  int64_t pieces() const { return divide_up(n, width); }
  int64_t blocks() const { return divide_up(stretch, height); }
  int64_t stretches() const { return divide_up(m, stretch); }
  V *left_of(int64_t row, int64_t piece) const { return lefts + (row * (pieces() - 1) + piece - 1) * scheme.size(); }

  // Rows begin .. end - 1, with Keep also the edges at which blocks begin.
  template <bool Keep, class Increments>
  bool forward(const Task &task, Increments &from, int64_t begin, int64_t end) {
    const int64_t size = scheme.size();
    for (int64_t i = begin; i < end; ++i) {
      if (Keep && (i - begin) % height == 0) {
        copy(edges, edge_numbers(), bottoms + (i - begin) / height * edge_numbers());
        // Of the last block only the edges from the left are missing.
        if (pieces() == 1 && end - i <= height) return true;
      }
      const int64_t other = (i - begin) % 2;
      if (other == 0) from.rows(i, i + 1 < end ? 2 : 1, increments, n);
      scheme.begin(left);
      for (int64_t piece = 0; piece < pieces(); ++piece) {
        if (task.stopped()) return false;
        const int64_t first = piece * width;
        if (Keep && piece > 0) copy(left, size, left_of(i - begin, piece));
        scheme.advance(increments + other * n + first, least(width, n - first), left, edges + first * size, nullptr);
      }
    }
    return true;
  }

  // A row of blocks: `count` rows of cells, block number `block` of the stretch that begins at row `begin`.
  template <class Increments, class Seeds>
  bool backward(const Task &task, Increments &from, const Seeds &given, int64_t begin, int64_t block, int64_t count) {
    const int64_t size = scheme.size(), first_row = begin + block * height;
    const auto row_of = [&](int64_t q) { return increments + (count - 1 - q) * n; };
    for (int64_t q = 0; q < count; q += 2) from.rows(first_row + q, q + 1 < count ? 2 : 1, row_of(q), -n);
    clear(right_gradients, count * size);
    if (seeds)
      for (int64_t q = 0; q < count; ++q) given.row(first_row + q + 1, seeds + q * n);
    else if (first_row + count == m)
      scheme.corner_adjoint(given.last, edge_gradients + (n - 1) * size, right_gradients + (count - 1) * size);
    V *const row_bottoms = bottoms + block * edge_numbers();
    for (int64_t piece = pieces() - 1; piece >= 0; --piece) {
      const int64_t first = piece * width, columns = least(width, n - first);
      for (int64_t q = 0; q < count; ++q) {
        if (task.stopped()) return false;
        if (piece)
          copy(left_of(block * height + q, piece), size, left);
        else
          scheme.begin(left);
        scheme.advance_with_derivatives(row_of(q) + first, columns, left, row_bottoms + first * size, derivatives_of(q));
      }
      for (int64_t q = count - 1; q >= 0; --q) {
        if (task.stopped()) return false;
        scheme.adjoint(row_of(q) + first, columns, derivatives_of(q), seeds ? seeds + q * n + first : nullptr, right_gradients + q * size,
                       edge_gradients + first * size);
      }
    }
    return true;
  }
  V *derivatives_of(int64_t row) const { return derivatives + row * width * 2 * scheme.order; }
};

}  // namespace sig::SIG_TARGET
