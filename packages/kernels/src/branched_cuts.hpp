// The table TreeCuts, and values of its nodes.
#pragma once

#include "tensor.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {

struct TreeCuts {
  const int32_t *level_start, *left, *right, *start, *single, *node, *group, *count;
  int64_t degree, labels, groups, elements, products, cuts;

  explicit TreeCuts(const sig_call &call) : labels(call.dimension) {
    const auto array = [&](int i) { return static_cast<const int32_t *>(call.tables[i].data); };
    level_start = array(0), left = array(1), right = array(2), start = array(3), single = array(4), node = array(5);
    group = array(6), count = array(7);
    degree = call.tables[0].length - 1;
    products = call.tables[1].length;
    groups = call.tables[4].length;
    elements = groups * labels;
    cuts = call.tables[5].length;
  }

  int64_t work() const { return 3 * elements + products + (1 + 2 * labels) * cuts; }
};

// Between two looks at the stop flag.
constexpr int64_t groups_per_look = 1024;

template <class E>
static inline E value_of(const TreeCuts &table, const E *x, const E *products, int32_t node) {
  return node <= table.elements ? x[node - 1] : products[node - 1 - table.elements];
}

template <class E>
static inline void multiply_products(const TreeCuts &table, const E *x, E *products) {
  for (int64_t p = 0; p < table.products; ++p)
    products[p] = value_of(table, x, products, table.left[p]) * value_of(table, x, products, table.right[p]);
}

}  // namespace sig::SIG_TARGET
