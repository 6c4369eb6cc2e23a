// The Lie bracket in Lyndon coordinates by structure constants, and its adjoint.
//
// [a, b] is a sum over pairs i < j of coordinates of (a_i b_j - a_j b_i) [e_i, e_j]; the product of a pair is formed once for all
// coordinates that [e_i, e_j] contributes to. Pairs come in groups by their levels, so that levels that are zero cost nothing.
#pragma once

#include "bch_table.hpp"
#include "tensor.hpp"

namespace sig::SIG_TARGET {

// An element and its levels; coordinates outside them are not stored.
template <class E>
struct Element {
  E *x;
  Extent extent;
};

// Pairs of one group. forward: a_i b_j is there, backward: a_j b_i is there.
template <bool forward, bool backward, class E, class T>
static inline void add_pairs(const BchTable &table, const T *constant, int64_t group, const E *a, const E *b, E *out) {
  const int32_t *start = table.pair_start, *entry = table.entry;
  const int64_t end = table.group_start[group + 1];
  int64_t f = start[table.group_start[group]];
  for (int64_t e = table.group_start[group]; e < end; ++e) {
    const int64_t i = table.pair_left[e], j = table.pair_right[e], stop = start[e + 1];
    E product = forward ? a[i] * b[j] : a[j] * b[i];
    if (forward && backward) product -= a[j] * b[i];
    for (; f < stop; ++f) {
      if (forward)
        out[entry[f]] += constant[f] * product;
      else
        out[entry[f]] -= constant[f] * product;
    }
  }
}

template <bool forward, bool backward, class E, class T>
static inline void add_pairs_adjoint(const BchTable &table, const T *constant, int64_t group, const E *g, const E *a, const E *b, E *da,
                                     E *db) {
  const int32_t *start = table.pair_start, *entry = table.entry;
  const int64_t end = table.group_start[group + 1];
  int64_t f = start[table.group_start[group]];
  for (int64_t e = table.group_start[group]; e < end; ++e) {
    const int64_t i = table.pair_left[e], j = table.pair_right[e], stop = start[e + 1];
    if (f == stop) continue;
    E product = constant[f] * g[entry[f]];
    for (++f; f < stop; ++f) product += constant[f] * g[entry[f]];
    if (forward) {
      da[i] += product * b[j];
      db[j] += product * a[i];
    }
    if (backward) {
      da[j] -= product * b[i];
      db[i] -= product * a[j];
    }
  }
}

// Adds level n of [a, b] to out.
template <class E, class T>
static inline void add_bracket_level(const BchTable &table, const T *constant, int64_t n, Element<const E> a, Element<const E> b, E *out) {
  for (int64_t p = 1; 2 * p <= n; ++p) {
    const int64_t q = n - p, group = (p - 1) * table.degree + (q - 1);
    const bool forward = a.extent.has(p) && b.extent.has(q), backward = a.extent.has(q) && b.extent.has(p);
    if (forward && backward)
      add_pairs<true, true>(table, constant, group, a.x, b.x, out);
    else if (forward)
      add_pairs<true, false>(table, constant, group, a.x, b.x, out);
    else if (backward)
      add_pairs<false, true>(table, constant, group, a.x, b.x, out);
  }
}

// Adds to da and db, the gradients of a and b, from the gradient g of level n of their bracket.
template <class E, class T>
static inline void add_bracket_level_adjoint(const BchTable &table, const T *constant, int64_t n, const E *g, Element<const E> a,
                                             Element<const E> b, E *da, E *db) {
  for (int64_t p = 1; 2 * p <= n; ++p) {
    const int64_t q = n - p, group = (p - 1) * table.degree + (q - 1);
    const bool forward = a.extent.has(p) && b.extent.has(q), backward = a.extent.has(q) && b.extent.has(p);
    if (forward && backward)
      add_pairs_adjoint<true, true>(table, constant, group, g, a.x, b.x, da, db);
    else if (forward)
      add_pairs_adjoint<true, false>(table, constant, group, g, a.x, b.x, da, db);
    else if (backward)
      add_pairs_adjoint<false, true>(table, constant, group, g, a.x, b.x, da, db);
  }
}

}  // namespace sig::SIG_TARGET
