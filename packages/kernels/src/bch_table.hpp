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

  // The argument of node n > 1 through which its highest level is formed.
  int64_t hub(int64_t n) const { return left[n] == 0 ? 0 : right[n] == 1 ? 1 : left[n]; }
};

// Levels that may be other than zero; none where high < low.
struct Extent {
  int64_t low, high;
  bool has(int64_t level) const { return low <= level && level <= high; }
};

// Highest levels of the two arguments: 1 for a displacement, the degree in general.
struct Tops {
  int64_t first, second;
};

// A node has at least one level per letter and at most the tops of its letters together.
static inline Extent extent_of(const BchTable &table, int64_t node, Tops tops) {
  const int64_t c0 = table.count0[node], c1 = table.count1[node];
  const int64_t most = c0 * tops.first + c1 * tops.second, limit = node > 1 ? table.degree - 1 : table.degree;
  return {c0 + c1, most < limit ? most : limit};
}

// Places of the nodes 2, 3, ... in the memory of one evaluation, where each has the coordinates of its own levels, and the nodes of
// each hub as a list.
struct NodePlaces {
  int64_t *place; // coordinate i of node n is at place[n] + i
  int64_t *first; // the last node whose hub is n, or 0
  int64_t *next;  // the one before it, or 0
  int64_t length; // numbers of all nodes

  static int64_t coordinates(const BchTable &table, Extent extent) {
    return extent.high < extent.low ? 0 : table.begin(extent.high + 1) - table.begin(extent.low);
  }

  static int64_t length_of(const BchTable &table, Tops tops) {
    int64_t length = 0;
    for (int64_t n = 2; n < table.nodes; ++n) length += coordinates(table, extent_of(table, n, tops));
    return length;
  }

  NodePlaces(const BchTable &table, Tops tops, Scratch &scratch)
      : place(scratch.take<int64_t>(table.nodes)), first(scratch.take<int64_t>(table.nodes)), next(scratch.take<int64_t>(table.nodes)), length(0) {
    for (int64_t n = 0; n < table.nodes; ++n) first[n] = 0;
    for (int64_t n = 2; n < table.nodes; ++n) {
      const Extent extent = extent_of(table, n, tops);
      place[n] = length - table.begin(extent.low);
      length += coordinates(table, extent);
      if (table.beta[n] == 0) continue;
      const int64_t hub = table.hub(n);
      next[n] = first[hub];
      first[hub] = n;
    }
  }

  static int64_t bytes(const BchTable &table) { return 3 * Scratch::bytes<int64_t>(table.nodes); }
};

}  // namespace sig::SIG_TARGET
