// log(exp(x) exp(y)) in Lyndon brackets: a sum of nested brackets of x and y, evaluated node by node, and its adjoint.
//
// A bracket of elements a and b is a sum over pairs (i, j) of coordinates, (a_i b_j - a_j b_i) [e_i, e_j], by structure constants; the
// product of a pair is formed once for all coordinates it contributes to.
// Source of the series over Lyndon words: Casas and Murua, "An efficient algorithm for computing the Baker-Campbell-Hausdorff series",
// J. Math. Phys. 50 (2009).
#pragma once

#include "bch_table.hpp"
#include "lanes.hpp"
#include "tensor.hpp"

namespace sig::SIG_TARGET {

// One node as an element with its levels; coordinates outside them are zero and not stored.
template <class E>
struct Node {
  E *x;
  Extent extent;
};

template <class E>
static inline void add_bracket(const BchTable &table, Node<const E> a, Node<const E> b, E *out) {
  using T = RealOf<E>;
  for (int64_t p = 1; p <= table.degree; ++p)
    for (int64_t q = p; p + q <= table.degree; ++q) {
      const bool forward = a.extent.has(p) && b.extent.has(q), backward = a.extent.has(q) && b.extent.has(p);
      if (!forward && !backward) continue;
      const int64_t group = (p - 1) * table.degree + (q - 1);
      for (int64_t e = table.group_start[group]; e < table.group_start[group + 1]; ++e) {
        const int64_t i = table.pair_left[e], j = table.pair_right[e];
        E product{};
        if (forward) product += a.x[i] * b.x[j];
        if (backward) product -= a.x[j] * b.x[i];
        for (int64_t f = table.pair_start[e]; f < table.pair_start[e + 1]; ++f) out[table.entry[f]] += T(table.constant[f]) * product;
      }
    }
}

// Adds to da and db, the gradients of a and b, from the gradient g of their bracket.
template <class E>
static inline void bracket_adjoint(const BchTable &table, const E *g, Node<const E> a, Node<const E> b, E *da, E *db) {
  using T = RealOf<E>;
  for (int64_t p = 1; p <= table.degree; ++p)
    for (int64_t q = p; p + q <= table.degree; ++q) {
      const bool forward = a.extent.has(p) && b.extent.has(q), backward = a.extent.has(q) && b.extent.has(p);
      if (!forward && !backward) continue;
      const int64_t group = (p - 1) * table.degree + (q - 1);
      for (int64_t e = table.group_start[group]; e < table.group_start[group + 1]; ++e) {
        const int64_t i = table.pair_left[e], j = table.pair_right[e];
        E product{};
        for (int64_t f = table.pair_start[e]; f < table.pair_start[e + 1]; ++f) product += T(table.constant[f]) * g[table.entry[f]];
        if (forward) {
          da[i] += product * b.x[j];
          db[j] += product * a.x[i];
        }
        if (backward) {
          da[j] -= product * b.x[i];
          db[i] -= product * a.x[j];
        }
      }
    }
}

template <class E>
struct BchSeries {
  const BchTable &table;
  Tops tops;
  NodePlaces places;
  E *values; // of the nodes from 2 on
  int64_t length;

  BchSeries(const BchTable &table, Tops tops, Scratch &scratch)
      : table(table), tops(tops), places(table, tops, scratch.take<int64_t>(table.nodes)), length(NodePlaces::length(table, tops)) {
    values = scratch.take<E>(length);
  }

  static int64_t scratch_bytes(const BchTable &table, Tops tops) {
    return Scratch::bytes<int64_t>(table.nodes) + Scratch::bytes<E>(NodePlaces::length(table, tops));
  }

  Extent extent(int64_t n) const { return extent_of(table, n, tops); }

  Node<const E> node(int64_t n, const E *x, const E *y) const {
    return {n == 0 ? x : n == 1 ? y : values + places.place[n], extent(n)};
  }

  // out = the series at x and y, all m coordinates of it; leaves the nodes in `values`. An argument of level 1 holds its letters only.
  void evaluate(const E *x, const E *y, E *out) const {
    using T = RealOf<E>;
    for (int64_t i = 0; i < length; ++i) values[i] = E{};
    for (int64_t i = 0; i < table.size; ++i) out[i] = E{};
    for (int64_t n = 0; n < table.nodes; ++n) {
      if (n > 1) add_bracket<E>(table, node(table.left[n], x, y), node(table.right[n], x, y), values + places.place[n]);
      const Node<const E> value = node(n, x, y);
      const T beta = T(table.beta[n]);
      if (beta == T(0)) continue;
      for (int64_t i = table.begin(value.extent.low); i < table.begin(value.extent.high + 1); ++i) out[i] += beta * value.x[i];
    }
  }

  // After evaluate: dx and dy, written, from the gradient g of out; gradients: memory like `values`.
  void adjoint(const E *g, const E *x, const E *y, E *dx, E *dy, E *gradients) const {
    using T = RealOf<E>;
    const auto gradient = [&](int64_t n) { return n == 0 ? dx : n == 1 ? dy : gradients + places.place[n]; };
    for (int64_t n = 0; n < table.nodes; ++n) {
      const Extent levels = extent(n);
      E *to = gradient(n);
      for (int64_t i = table.begin(levels.low); i < table.begin(levels.high + 1); ++i) to[i] = T(table.beta[n]) * g[i];
    }
    for (int64_t n = table.nodes - 1; n > 1; --n) {
      const int64_t l = table.left[n], r = table.right[n];
      bracket_adjoint<E>(table, gradient(n), node(l, x, y), node(r, x, y), gradient(l), gradient(r));
    }
  }
};

}  // namespace sig::SIG_TARGET
