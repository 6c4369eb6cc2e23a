// The table of Baker-Campbell-Hausdorff (BchTable of packages/core/src/backend.ts) and the extents of its nodes.
#pragma once

#include "../include/sig_kernels.h"
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

  int64_t begin(int64_t level) const { return level_start[level - 1]; }
};

// The levels that a node can have: at least one per letter, at most `top` of its argument per letter.
struct Extent {
  int64_t low, high;
  bool has(int64_t level) const { return low <= level && level <= high; }
};

// Highest levels of the two arguments: 1 for a displacement, the degree in general.
struct Tops {
  int64_t first, second;
};

static inline Extent extent_of(const BchTable &table, int64_t node, Tops tops) {
  const int64_t c0 = table.count0[node], c1 = table.count1[node], most = c0 * tops.first + c1 * tops.second;
  return {c0 + c1, most < table.degree ? most : table.degree};
}

// Places of the nodes 2, 3, ... in the memory of one evaluation: each holds the coordinates of its own levels only.
struct NodePlaces {
  int64_t *place; // of node n, such that its coordinate i is at place[n] + i

  static int64_t length(const BchTable &table, Tops tops) {
    int64_t total = 0;
    for (int64_t n = 2; n < table.nodes; ++n) {
      const Extent extent = extent_of(table, n, tops);
      total += table.begin(extent.high + 1) - table.begin(extent.low);
    }
    return total;
  }

  NodePlaces(const BchTable &table, Tops tops, int64_t *memory) : place(memory) {
    int64_t total = 0;
    for (int64_t n = 2; n < table.nodes; ++n) {
      const Extent extent = extent_of(table, n, tops);
      place[n] = total - table.begin(extent.low);
      total += table.begin(extent.high + 1) - table.begin(extent.low);
    }
  }
};

}  // namespace sig::SIG_TARGET
