// Baker-Campbell-Hausdorff of pairs of rows, a tile of pairs in lanes, and the adjoint.
#pragma once

#include "bch_series.hpp"
#include "wide.hpp"

namespace sig::SIG_TARGET {

// Rows of n numbers that are `stride` apart.
template <class T>
struct StridedRows {
  T *data;
  int64_t stride, n;
  StridedRows from(int64_t row) const { return {data + row * stride, stride, n}; }
};

// Runs body(E{}, first, count) over begin .. end - 1: several vectors of rows at once, and one at a time for what is left.
template <class T, class Body>
static inline void for_each_wide_tile(const Task &task, int64_t begin, int64_t end, const Body &body) {
  constexpr int64_t W = Lanes<T>::W;
  for (int64_t first = begin; first < end && !task.stopped();) {
    const int64_t left = end - first, most = left > 2 * W ? wide_vectors * W : W, count = left < most ? left : most;
    if (left > 2 * W)
      body(Wide<T, wide_vectors>{}, first, count);
    else
      body(Vec<T>{}, first, count);
    first += count;
  }
}

template <class T, class E>
struct BchPairs {
  const BchTable &table;
  Scratch scratch;
  const BchSeries<E> series;
  E *const x, *const y, *const value;

  BchPairs(const Task &task, const BchTable &table, Tops tops, Scratch memory)
      : table(table),
        scratch(memory),
        series(task, table, tops, scratch),
        x(scratch.take<E>(table.size)),
        y(scratch.take<E>(table.size)),
        value(scratch.take<E>(table.size)) {}

  static int64_t scratch_bytes(const BchTable &table, Tops tops) {
    return BchSeries<E>::scratch_bytes(table, tops) + BchSeries<E>::gradient_bytes(table, tops) + 5 * Scratch::bytes<E>(table.size);
  }

  void forward(int64_t count, StridedRows<const T> first, StridedRows<const T> second, StridedRows<T> out) {
    read(first, count, x);
    read(second, count, y);
    series.evaluate(x, y, value);
    write(value, count, out);
  }

  void adjoint(int64_t count, StridedRows<const T> derivs, StridedRows<const T> first, StridedRows<const T> second, StridedRows<T> d_first,
               StridedRows<T> d_second) {
    E *g = value, *dx = scratch.take<E>(table.size), *dy = scratch.take<E>(table.size), *gradients = series.take_gradients(scratch);
    read(first, count, x);
    read(second, count, y);
    series.evaluate(x, y, value);
    read(derivs, count, g);
    series.adjoint(g, x, y, dx, dy, gradients);
    write(dx, count, d_first);
    write(dy, count, d_second);
  }

 private:
  static void read(StridedRows<const T> rows, int64_t count, E *to) { gather_wide(rows.data, rows.stride, count, rows.n, to); }
  static void write(const E *from, int64_t count, StridedRows<T> rows) { scatter_wide(from, rows.n, rows.data, rows.stride, count); }
};

}  // namespace sig::SIG_TARGET
