// The adjoint of one step of a branched signature.
#pragma once

#include "branched.hpp"

namespace sig::SIG_TARGET {

// The adjoint of a step: with H_j = dF/dD_j + dF/d(value after the segment) of an element, the gradient of z is the sum of H_j I_j, that of
// I_j the sum of z H_j over the elements, and that of the value before the segment H_0. If c is the gradient of the sum of the integrals of
// a node with most tree nodes, the D_j of one factor of a product get c times the moments of the other, those of an element c / (j + 1).
template <class E>
class BranchedAdjoint {
  using T = RealOf<E>;

 public:
  BranchedAdjoint(const Task &task, const TreeIntegrals &table, const BranchedStep<E> &step, Scratch &scratch)
      : task(task), table(table), step(step), first_sum(table.up_to(table.degree - 2)), gradients(scratch.take<E>(table.coefficients())),
        sums(scratch.take<E>(table.below_top() - first_sum)), memory(scratch.take<E>(table.degree + 1)),
        d_memory(scratch.take<E>(table.degree + 1)) {
    for (int64_t i = 0; i < table.coefficients(); ++i) gradients[i] = E{};
  }

  static int64_t scratch_bytes(const TreeIntegrals &table) {
    return Scratch::bytes<E>(table.coefficients()) + Scratch::bytes<E>(table.below_top() - table.up_to(table.degree - 2)) +
           2 * Scratch::bytes<E>(table.degree + 1);
  }

  // After step.expand: g, the gradient of the values after the step, becomes that of those before it; dz is added to.
  bool run(const E *z, E *g, E *dz) const {
    const int64_t n = table.degree - 1;
    if (!for_nodes(table, n, task, [&](int64_t node) __attribute__((always_inline)) { pull_whole(node, n, z, g, dz); })) return false;
    if (!(table.chained ? pull_below<true>(z, g, dz) : pull_below<false>(z, g, dz))) return false;
    if (table.chained) {
      for (int64_t e = 0; e < first_sum; ++e) settle(e, g, table.order[e + 1]);
      for (int64_t e = first_sum; e < table.below_top(); ++e) g[e] += sums[e - first_sum];
    }
    return true;
  }

 private:
  E *gradient(int64_t node) const { return gradients + table.place[node]; }

  // All nodes with fewer than degree - 1 tree nodes.
  template <bool Chained>
  bool pull_below(const E *z, E *g, E *dz) const {
    for (int64_t m = table.degree - 2; m >= 0; --m) {
      const auto pull_nodes = [&](auto count) {
        return for_nodes(table, m, task, [&](int64_t node) __attribute__((always_inline)) {
          if (!Chained && m == table.degree - 2)
            pull<Chained, !Chained>(node, count, z, g, dz);
          else
            pull<Chained, false>(node, count, z, g, dz);
        });
      };
      if (!with_count<!Chained>(m, pull_nodes)) return false;
    }
    return true;
  }

  // The gradient of D_0 is that of the value before the step.
  template <class N>
  [[gnu::always_inline]] void settle(int64_t e, E *g, N n) const {
    E *d = gradient(e + 1);
    g[e] += d[0];
    for (int64_t j = 0; j <= n; ++j) d[j] = E{};
  }

  // A node with n = degree - 1 tree nodes.
  [[gnu::always_inline]] void pull_whole(int64_t node, int64_t n, const E *z, const E *g, E *dz) const {
    const E sum = step.whole_integral(node);
    E common{};
    for (int64_t i = table.start[node]; i < table.start[node + 1]; ++i) {
      const int64_t l = table.label[i];
      const E above = g[table.element[i]];
      common += z[l] * above;
      dz[l] += above * sum;
    }
    if (node == 0) return;
    if (node <= table.elements) {
      sums[node - 1 - first_sum] = common;
      return;
    }
    const int64_t p = node - 1 - table.elements, left = table.left[p], right = table.right[p], l = table.order[left];
    E *d_left = gradient(left), *d_right = gradient(right);
    const E *of_left = step.moments(left), *of_right = step.moments(right);
    for (int64_t i = 0; i <= l; ++i) d_left[i] += common * of_right[i];
    for (int64_t j = 0; j <= n - l; ++j) d_right[j] += common * of_left[j];
  }

  // A node with m < degree - 1 tree nodes. Last: the elements over it have degree - 1, and so no polynomials.
  template <bool Chained, bool Last, class M>
  [[gnu::always_inline]] void pull(int64_t node, M m, const E *z, E *g, E *dz) const {
    Coefficients<E, M> integrals(m, memory), d_integrals(m, d_memory);
    const E sum = step.integrate(step.polynomial(node), m, integrals), share = step.share(m, integrals, 0);
    E common{}, shared{};
    if (!Last)
      for (int64_t j = 1; j <= m + 1; ++j) d_integrals[j] = E{};
    for (int64_t i = table.start[node]; i < table.start[node + 1]; ++i) {
      const int64_t e = table.element[i], l = table.label[i];
      const E factor = z[l], above = g[e];
      if (Chained && e >= table.below_top()) {
        common += factor * above;
        dz[l] += above * sum;
      } else if (Last || (Chained && e >= first_sum)) {
        const E c = sums[e - first_sum];
        shared += factor * c;
        common += factor * above;
        dz[l] += c * share + above * sum;
        if (!Chained) g[e] = above + c;
      } else {
        const E *d = gradient(e + 1);
        E total{};
        for (int64_t j = 1; j <= m + 1; ++j) {
          const E h = d[j] + above;
          d_integrals[j] += factor * h;
          total += h * integrals[j];
        }
        dz[l] += total;
        if (!Chained) settle(e, g, m + 1);
      }
    }
    if (m == 0) return;
    E *d = gradient(node);
    Coefficients<E, M> own(m, d_memory);
    for (int64_t j = 0; j <= m; ++j) {
      E added = common + step.inverse[j + 2] * shared;
      if (!Last) added += d_integrals[j + 1];
      own[j] = d[j] + step.inverse[j + 1] * added;
    }
    if (node <= table.elements) {
      for (int64_t j = 0; j <= m; ++j) d[j] = own[j];
      return;
    }
    const int64_t p = node - 1 - table.elements, left = table.left[p], right = table.right[p];
    with_factors(table.order[left], m, [&](auto l, auto r) {
      multiply_polynomials_adjoint(&own[0], step.polynomial(left), l, step.polynomial(right), r, gradient(left), gradient(right));
    });
    for (int64_t j = 0; j <= m; ++j) d[j] = E{};
  }

  const Task &task;
  const TreeIntegrals &table;
  const BranchedStep<E> &step;
  const int64_t first_sum;  // the first element with degree - 1 tree nodes
  E *const gradients;       // of polynomials
  E *const sums;            // of the sums of integrals of elements with degree - 1 tree nodes
  E *const memory, *const d_memory;
};

}  // namespace sig::SIG_TARGET
