// log(exp(x) exp(y)) in Lyndon brackets, evaluated node by node of the series over Lyndon words in two letters, and its adjoint.
// Source: Casas and Murua, "An efficient algorithm for computing the Baker-Campbell-Hausdorff series", J. Math. Phys. 50 (2009).
#pragma once

#include "bch_bracket.hpp"
#include "families.hpp"

namespace sig::SIG_TARGET {

template <class E>
struct BchSeries {
  using T = RealOf<E>;

  BchSeries(const Task &task, const BchTable &table, Tops tops, Scratch &scratch)
      : task(task),
        table(table),
        layout(table, tops, scratch),
        constant(scratch.take<T>(table.constants())),
        beta(scratch.take<T>(table.nodes)),
        values(scratch.take<E>(layout.length)) {
    for (int64_t f = 0; f < table.constants(); ++f) constant[f] = T(table.constant[f]);
    for (int64_t n = 0; n < table.nodes; ++n) beta[n] = T(table.beta[n]);
  }

  static int64_t scratch_bytes(const BchTable &table, Tops tops) {
    return BchLayout::bytes(table) + Scratch::bytes<T>(table.constants()) + Scratch::bytes<T>(table.nodes) + gradient_bytes(table, tops);
  }
  static int64_t gradient_bytes(const BchTable &table, Tops tops) { return Scratch::bytes<E>(BchLayout::length_bound(table, tops)); }
  E *take_gradients(Scratch &scratch) const { return scratch.take<E>(layout.length); }

  // out = the series at x and y, all coordinates of it; leaves nodes and sums in `values`. A displacement has its letters only.
  void evaluate(const E *x, const E *y, E *out) const {
    for (int64_t i = 0; i < layout.length; ++i) values[i] = E{};
    for (int64_t i = 0; i < table.size; ++i) out[i] = E{};
    for (int64_t n = 2; n < table.nodes && !task.stopped(); ++n) {
      const Extent &extent = layout.extent[n];
      E *value = values + layout.place[n];
      for (int64_t level = extent.low; level <= extent.high; ++level)
        add_bracket_level(table, constant, level, node(table.left[n], x, y), node(table.right[n], x, y), value);
      if (beta[n] != T(0)) add_scaled(beta[n], value, extent.begin, extent.end, out);
    }
    for (int64_t hub = 0; hub < table.nodes && !task.stopped(); ++hub) {
      if (!layout.last[hub]) continue;
      E *sum = values + layout.sum_place[hub];
      for (int64_t n = layout.last[hub]; n; n = layout.previous[n]) {
        const Element<const E> spoke = node(table.spoke(n), x, y);
        add_scaled(beta[n], spoke.x, spoke.extent.begin, below(spoke.extent), sum);
      }
      hub == 1 ? add_bracket_level(table, constant, table.degree, sum_of(hub), node(hub, x, y), out)
               : add_bracket_level(table, constant, table.degree, node(hub, x, y), sum_of(hub), out);
    }
    // The arguments come last: where they outweigh the brackets, as along a path of many steps, that loses least.
    for (int64_t i = 0; i < layout.extent[0].end; ++i) out[i] += x[i];
    for (int64_t i = 0; i < layout.extent[1].end; ++i) out[i] += y[i];
  }

  // After evaluate: dx and dy, written, from the gradient g of out; gradients: from take_gradients.
  void adjoint(const E *g, const E *x, const E *y, E *dx, E *dy, E *gradients) const {
    const auto gradient = [&](int64_t n) { return n == 0 ? dx : n == 1 ? dy : gradients + layout.place[n]; };
    const Extent &ex = layout.extent[0], &ey = layout.extent[1];
    for (int64_t i = 0; i < ex.end; ++i) dx[i] = E{};
    for (int64_t i = 0; i < ey.end; ++i) dy[i] = E{};
    for (int64_t n = 2; n < table.nodes; ++n) {
      E *to = gradient(n);
      for (int64_t i = layout.extent[n].begin; i < layout.extent[n].end; ++i) to[i] = beta[n] * g[i];
    }
    for (int64_t i = layout.nodes_length; i < layout.length; ++i) gradients[i] = E{};
    for (int64_t hub = 0; hub < table.nodes && !task.stopped(); ++hub) {
      if (!layout.last[hub]) continue;
      E *d_sum = gradients + layout.sum_place[hub];
      hub == 1 ? add_bracket_level_adjoint(table, constant, table.degree, g, sum_of(hub), node(hub, x, y), d_sum, gradient(hub))
               : add_bracket_level_adjoint(table, constant, table.degree, g, node(hub, x, y), sum_of(hub), gradient(hub), d_sum);
      for (int64_t n = layout.last[hub]; n; n = layout.previous[n]) {
        const Extent &extent = layout.extent[table.spoke(n)];
        add_scaled(beta[n], d_sum, extent.begin, below(extent), gradient(table.spoke(n)));
      }
    }
    for (int64_t n = table.nodes - 1; n > 1 && !task.stopped(); --n) {
      const int64_t l = table.left[n], r = table.right[n];
      for (int64_t level = layout.extent[n].low; level <= layout.extent[n].high; ++level)
        add_bracket_level_adjoint(table, constant, level, gradient(n), node(l, x, y), node(r, x, y), gradient(l), gradient(r));
    }
    for (int64_t i = 0; i < ex.end; ++i) dx[i] += g[i];
    for (int64_t i = 0; i < ey.end; ++i) dy[i] += g[i];
  }

 private:
  Element<const E> node(int64_t n, const E *x, const E *y) const {
    return {n == 0 ? x : n == 1 ? y : values + layout.place[n], layout.extent[n]};
  }
  Element<const E> sum_of(int64_t hub) const { return {values + layout.sum_place[hub], layout.sum_extent[hub]}; }

  // Where the coordinates below the highest level end.
  int64_t below(const Extent &extent) const { return extent.high < table.degree ? extent.end : table.begin(table.degree); }

  static void add_scaled(T scale, const E *from, int64_t begin, int64_t end, E *to) {
    for (int64_t i = begin; i < end; ++i) to[i] += scale * from[i];
  }

  const Task &task;
  const BchTable &table;
  const BchLayout layout;
  T *const constant;
  T *const beta;
  E *const values;
};

}  // namespace sig::SIG_TARGET
