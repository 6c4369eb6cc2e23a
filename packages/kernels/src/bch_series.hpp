// log(exp(x) exp(y)) in Lyndon brackets, evaluated node by node of the series over Lyndon words in two letters, and its adjoint.
// Source: Casas and Murua, "An efficient algorithm for computing the Baker-Campbell-Hausdorff series", J. Math. Phys. 50 (2009).
#pragma once

#include "bch_bracket.hpp"
#include "families.hpp"

namespace sig::SIG_TARGET {

template <class E>
struct BchSeries {
  using T = RealOf<E>;

  const Task &task;
  const BchTable &table;
  const Tops tops;
  const NodePlaces places;
  const T *const constant;
  E *const values; // of the nodes from 2 on
  E *const sum;    // of the nodes of one hub, without that argument

  BchSeries(const Task &task, const BchTable &table, Tops tops, Scratch &scratch)
      : task(task), table(table), tops(tops), places(table, tops, scratch), constant(Constants<T>(table, scratch).value),
        values(scratch.take<E>(places.length)), sum(scratch.take<E>(table.size)) {}

  static int64_t scratch_bytes(const BchTable &table, Tops tops) {
    return NodePlaces::bytes(table) + Constants<T>::bytes(table) + Scratch::bytes<E>(NodePlaces::length_of(table, tops)) +
           Scratch::bytes<E>(table.size);
  }
  static int64_t gradient_bytes(const BchTable &table, Tops tops) {
    return Scratch::bytes<E>(NodePlaces::length_of(table, tops) + table.size);
  }

  E *take_gradients(Scratch &scratch) const { return scratch.take<E>(places.length + table.size); }

  // out = the series at x and y, all coordinates of it; leaves the nodes in `values`. A displacement has its letters only.
  void evaluate(const E *x, const E *y, E *out) const {
    for (int64_t i = 0; i < places.length; ++i) values[i] = E{};
    const Element<const E> a = node(0, x, y), b = node(1, x, y);
    for (int64_t i = begin(a); i < end(a); ++i) out[i] = a.x[i];
    for (int64_t i = end(a); i < table.size; ++i) out[i] = E{};
    for (int64_t i = begin(b); i < end(b); ++i) out[i] += b.x[i];
    for (int64_t n = 2; n < table.nodes && !task.stopped(); ++n) {
      const Element<const E> value = node(n, x, y);
      if (end(value) <= begin(value)) continue;
      const Element<const E> l = node(table.left[n], x, y), r = node(table.right[n], x, y);
      for (int64_t level = value.extent.low; level <= value.extent.high; ++level)
        add_bracket_level(table, constant, level, l, r, values + places.place[n]);
      if (table.beta[n] != 0) add_scaled(T(table.beta[n]), value, out);
    }
    for (int64_t hub = 0; hub < table.nodes && !task.stopped(); ++hub) {
      if (!places.first[hub]) continue;
      const Element<const E> others = sum_of_hub(hub, x, y), shared = node(hub, x, y);
      hub == 1 ? add_bracket_level(table, constant, table.degree, others, shared, out)
               : add_bracket_level(table, constant, table.degree, shared, others, out);
    }
  }

  // After evaluate: dx and dy, written, from the gradient g of out; gradients: from take_gradients.
  void adjoint(const E *g, const E *x, const E *y, E *dx, E *dy, E *gradients) const {
    E *d_sum = gradients + places.length;
    const auto gradient = [&](int64_t n) { return n == 0 ? dx : n == 1 ? dy : gradients + places.place[n]; };
    for (int64_t n = 0; n < table.nodes; ++n) {
      const Element<const E> value = node(n, x, y);
      const T beta = T(table.beta[n]);
      E *to = gradient(n);
      for (int64_t i = begin(value); i < end(value); ++i) to[i] = beta * g[i];
    }
    for (int64_t hub = 0; hub < table.nodes && !task.stopped(); ++hub) {
      if (!places.first[hub]) continue;
      const Element<const E> others = sum_of_hub(hub, x, y), shared = node(hub, x, y);
      for (int64_t i = begin(others); i < end(others); ++i) d_sum[i] = E{};
      hub == 1 ? add_bracket_level_adjoint(table, constant, table.degree, g, others, shared, d_sum, gradient(hub))
               : add_bracket_level_adjoint(table, constant, table.degree, g, shared, others, gradient(hub), d_sum);
      for (int64_t n = places.first[hub]; n; n = places.next[n]) {
        const int64_t other = other_of(n, hub);
        add_scaled(T(table.beta[n]), {d_sum, below(node(other, x, y).extent)}, gradient(other));
      }
    }
    for (int64_t n = table.nodes - 1; n > 1 && !task.stopped(); --n) {
      const int64_t l = table.left[n], r = table.right[n];
      const Extent levels = extent_of(table, n, tops);
      for (int64_t level = levels.low; level <= levels.high; ++level)
        add_bracket_level_adjoint(table, constant, level, gradient(n), node(l, x, y), node(r, x, y), gradient(l), gradient(r));
    }
  }

 private:
  Element<const E> node(int64_t n, const E *x, const E *y) const {
    return {n == 0 ? x : n == 1 ? y : values + places.place[n], extent_of(table, n, tops)};
  }
  int64_t begin(Element<const E> e) const { return table.begin(e.extent.low); }
  int64_t end(Element<const E> e) const { return e.extent.high < e.extent.low ? begin(e) : table.begin(e.extent.high + 1); }
  int64_t other_of(int64_t n, int64_t hub) const { return hub == 1 ? table.left[n] : table.right[n]; }
  // The levels of an argument of a bracket at the highest level.
  Extent below(Extent extent) const { return {extent.low, extent.high < table.degree ? extent.high : table.degree - 1}; }

  void add_scaled(T scale, Element<const E> from, E *to) const {
    for (int64_t i = begin(from); i < end(from); ++i) to[i] += scale * from.x[i];
  }

  Element<const E> sum_of_hub(int64_t hub, const E *x, const E *y) const {
    Extent extent = {table.degree, 0};
    for (int64_t n = places.first[hub]; n; n = places.next[n]) {
      const Extent levels = below(node(other_of(n, hub), x, y).extent);
      if (levels.low < extent.low) extent.low = levels.low;
      if (levels.high > extent.high) extent.high = levels.high;
    }
    const Element<const E> total = {sum, extent};
    for (int64_t i = begin(total); i < end(total); ++i) sum[i] = E{};
    for (int64_t n = places.first[hub]; n; n = places.next[n]) {
      const Element<const E> other = node(other_of(n, hub), x, y);
      add_scaled(T(table.beta[n]), {other.x, below(other.extent)}, sum);
    }
    return total;
  }
};

}  // namespace sig::SIG_TARGET
