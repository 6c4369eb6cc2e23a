// The table of Baker-Campbell-Hausdorff (BchTable of packages/core/src/backend.ts), and which levels of its nodes are ever needed.
//
// The result is a sum of beta[n] times node n, and the bracket is bilinear, so the highest level of the result needs no node by itself:
// nodes that share an argument, their hub, are added up before one bracket at that level. A node n > 1 is therefore evaluated below
// the degree only, and a node of `degree` letters never.
#pragma once

#include "tiles.hpp"

namespace sig::SIG_TARGET {

struct BchTable {
  const int32_t *left, *right, *count0, *count1;
  const double *beta;
  const int32_t *level_start, *group_start, *pair_left, *pair_right, *pair_start, *entry;
  const double *constant;
  int64_t nodes, size, degree;

  explicit BchTable(const sig_call &call) : nodes(call.tables[0].length), degree(call.degree) {
    const auto integers = [&](int i) { return static_cast<const int32_t *>(call.tables[i].data); };
    left = integers(0), right = integers(1), count0 = integers(2), count1 = integers(3);
    beta = static_cast<const double *>(call.tables[4].data);
    level_start = integers(5), group_start = integers(6), pair_left = integers(7), pair_right = integers(8);
    pair_start = integers(9), entry = integers(10);
    constant = static_cast<const double *>(call.tables[11].data);
    size = level_start[degree];
  }

  // Coordinates of a level are begin(level) .. begin(level + 1) - 1.
  int64_t begin(int64_t level) const { return level_start[level - 1]; }
  int64_t constants() const { return pair_start[group_start[degree * degree]]; }

  // The argument of node n > 1 through which its highest level is formed, and the other one.
  int64_t hub(int64_t n) const { return left[n] == 0 ? 0 : right[n] == 1 ? 1 : left[n]; }
  int64_t spoke(int64_t n) const { return hub(n) == 1 ? left[n] : right[n]; }
};

// Levels that may be other than zero, low .. high, and the coordinates that they are, begin .. end - 1.
struct Extent {
  int64_t low, high, begin, end;

  Extent(const BchTable &table, int64_t low, int64_t high)
      : low(low), high(high), begin(table.begin(low)), end(high < low ? begin : table.begin(high + 1)) {}
  bool has(int64_t level) const { return low <= level && level <= high; }
  int64_t size() const { return end - begin; }

  Extent below(const BchTable &table) const { return Extent(table, low, high < table.degree ? high : table.degree - 1); }
};

// Highest levels of the two arguments: 1 for a displacement, the degree in general.
struct Tops {
  int64_t first, second;
};

// A node has at least one level per letter and at most the tops of its letters together.
static inline Extent extent_of(const BchTable &table, int64_t node, Tops tops) {
  const int64_t c0 = table.count0[node], c1 = table.count1[node];
  const int64_t most = c0 * tops.first + c1 * tops.second, limit = node > 1 ? table.degree - 1 : table.degree;
  return Extent(table, c0 + c1, most < limit ? most : limit);
}

// How one evaluation is laid out. Values hold the nodes from 2 on, each with the coordinates of its own extent, and after them for
// each hub the sum of what it is bracketed with.
struct BchLayout {
  Extent *extent;      // of each node
  Extent *sum_extent;  // of the sum of each hub
  int64_t *place;      // coordinate i of node n is at place[n] + i
  int64_t *sum_place;  // the same for the sum of hub n
  int64_t *last;       // the last node whose hub is n, or 0
  int64_t *previous;   // the one before it, or 0
  int64_t nodes_length, length;

  BchLayout(const BchTable &table, Tops tops, Scratch &scratch) : nodes_length(0), length(0) {
    extent = scratch.take<Extent>(table.nodes), sum_extent = scratch.take<Extent>(table.nodes);
    place = scratch.take<int64_t>(table.nodes), sum_place = scratch.take<int64_t>(table.nodes);
    last = scratch.take<int64_t>(table.nodes), previous = scratch.take<int64_t>(table.nodes);
    for (int64_t n = 0; n < table.nodes; ++n) {
      extent[n] = extent_of(table, n, tops);
      last[n] = 0;
      if (n < 2) continue;
      place[n] = length - extent[n].begin;
      length += extent[n].size();
      if (table.beta[n] == 0) continue;
      previous[n] = last[table.hub(n)];
      last[table.hub(n)] = n;
    }
    nodes_length = length;
    for (int64_t hub = 0; hub < table.nodes; ++hub) {
      if (!last[hub]) continue;
      int64_t low = table.degree, high = 0;
      for (int64_t n = last[hub]; n; n = previous[n]) {
        const Extent spoke = extent[table.spoke(n)].below(table);
        if (spoke.low < low) low = spoke.low;
        if (spoke.high > high) high = spoke.high;
      }
      sum_extent[hub] = Extent(table, low, high);
      sum_place[hub] = length - sum_extent[hub].begin;
      length += sum_extent[hub].size();
    }
  }

  static int64_t bytes(const BchTable &table) { return 2 * Scratch::bytes<Extent>(table.nodes) + 4 * Scratch::bytes<int64_t>(table.nodes); }

  // An upper bound of `length` that needs no memory.
  static int64_t length_bound(const BchTable &table, Tops tops) {
    int64_t bound = 0;
    for (int64_t n = 2; n < table.nodes; ++n) {
      bound += extent_of(table, n, tops).size();
      bool first = true;
      for (int64_t k = 2; k < n && first; ++k) first = table.hub(k) != table.hub(n);
      if (first) bound += table.begin(table.degree);
    }
    return bound;
  }
};

}  // namespace sig::SIG_TARGET
