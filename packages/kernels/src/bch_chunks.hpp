// Long paths of small batches: the time axis is cut into chunks, which fill the lanes and make tasks, and the log-signatures of the
// chunks are combined pair by pair.
#pragma once

#include "bch_pairs.hpp"
#include "increments.hpp"

namespace sig::SIG_TARGET {

// The cut of a call, from its shape alone: lane b * count + c walks chunk c of path b.
struct BchChunks {
  int64_t count;       // of each path
  int64_t increments;  // of each chunk, where the path is not at its end

  template <class T>
  static BchChunks of(const sig_call &call) {
    const int64_t n = call.length - 1, rows = 4 * wide_vectors * Lanes<T>::W, shortest = 32;
    int64_t count = 1;
    if (!(call.flags & SIG_STREAM) && call.batch < rows) {
      count = divide_up(rows, call.batch);
      if (count > n / shortest) count = n / shortest;
      if (count < 2) count = 1;
    }
    const int64_t increments = divide_up(n, count);
    return {divide_up(n, increments), increments};
  }
};

// The chunks of one path: rows of m numbers, combined in a tree whose levels lie one after another.
template <class T>
class BchTree {
 public:
  BchTree(const Task &task, const BchTable &table, int64_t leaves, Scratch &scratch)
      : task(task),
        table(table),
        tops{table.degree, table.degree},
        leaves(leaves),
        values(scratch.take<T>(rows(leaves) * table.size)),
        gradients(scratch.take<T>(rows(leaves) * table.size)),
        scratch(scratch) {}

  static int64_t scratch_bytes(const BchTable &table, int64_t leaves) {
    return 2 * Scratch::bytes<T>(rows(leaves) * table.size) +
           BchPairs<T, Wide<T, wide_vectors>>::scratch_bytes(table, Tops{table.degree, table.degree});
  }

  // The combination of the leaves, which stays in the memory of the tree.
  const T *combine(const T *leaf) {
    copy(leaf, leaves * table.size, values);
    int64_t at = 0;
    for (int64_t n = leaves; n > 1; n = divide_up(n, 2)) {
      const Pairs pairs = pairs_at(values, at, n);
      for_each_wide_tile<T>(task, 0, n / 2, [&](auto element, int64_t first, int64_t count) {
        BchPairs<T, decltype(element)>(task, table, tops, scratch)
            .forward(count, fixed(pairs.left.from(first)), fixed(pairs.right.from(first)), pairs.above.from(first));
      });
      if (n % 2) copy(values + (at + n - 1) * table.size, table.size, values + (at + n + n / 2) * table.size);
      at += n;
    }
    return values + at * table.size;
  }

  // After combine: gradients of the leaves from that of their combination.
  void combine_adjoint(const T *g, T *d_leaf) {
    int64_t sizes[64], count = 0, at = 0;
    for (int64_t n = leaves; n > 1; n = divide_up(n, 2)) sizes[count++] = n, at += n;
    copy(g, table.size, gradients + at * table.size);
    while (count-- > 0) {
      const int64_t n = sizes[count];
      at -= n;
      const Pairs pairs = pairs_at(values, at, n), d_pairs = pairs_at(gradients, at, n);
      for_each_wide_tile<T>(task, 0, n / 2, [&](auto element, int64_t first, int64_t tile) {
        BchPairs<T, decltype(element)>(task, table, tops, scratch)
            .adjoint(tile, fixed(d_pairs.above.from(first)), fixed(pairs.left.from(first)), fixed(pairs.right.from(first)),
                     d_pairs.left.from(first), d_pairs.right.from(first));
      });
      if (n % 2) copy(gradients + (at + n + n / 2) * table.size, table.size, gradients + (at + n - 1) * table.size);
    }
    copy(gradients, leaves * table.size, d_leaf);
  }

 private:
  struct Pairs {
    StridedRows<T> left, right, above;
  };
  Pairs pairs_at(T *tree, int64_t at, int64_t n) const {
    const int64_t m = table.size;
    T *rows = tree + at * m;
    return {{rows, 2 * m, m}, {rows + m, 2 * m, m}, {rows + n * m, m, m}};
  }
  static StridedRows<const T> fixed(StridedRows<T> rows) { return {rows.data, rows.stride, rows.n}; }
  static int64_t rows(int64_t leaves) {
    int64_t total = 1;
    for (int64_t n = leaves; n > 1; n = divide_up(n, 2)) total += n;
    return total;
  }
  static void copy(const T *from, int64_t n, T *to) {
    for (int64_t i = 0; i < n; ++i) to[i] = from[i];
  }

  const Task &task;
  const BchTable &table;
  const Tops tops;
  const int64_t leaves;
  T *const values;
  T *const gradients;
  Scratch scratch;
};

}  // namespace sig::SIG_TARGET
