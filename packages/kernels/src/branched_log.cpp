// Logarithms of branched signatures, exponentials, and their adjoints.
//
// X = exp(l) is the value at s = 1 of X_s = exp(s l), a polynomial in s without constant term. X_s' = l * X_s gives its coefficients:
//   D_1(t) = l(t),  j D_j(t) = sum of count * l(taken) D_{j-1}(left) over the cuts of t that take and leave something.
// On several trees without order l vanishes, so only cuts that take one element count. D_j(t) for j > 1 asks for l of smaller trees alone,
// so X(t) = l(t) + D_2(t) + D_3(t) + ... gives either from the other, smaller trees first. Of the elements with most nodes only that sum
// is wanted, which is the sum of count * l(taken) R(left) with R = sum of D_j / (j + 1).
#include "branched_cuts.hpp"

namespace sig::SIG_TARGET {
namespace {

template <class E>
class LogSeries {
  using T = RealOf<E>;

 public:
  LogSeries(const Task &task, const TreeCuts &table, Scratch &memory, bool adjoint)
      : task(task), table(table), below_top(table.level_start[table.degree - 1]), numbers(count_numbers(table)), d(memory.take<E>(numbers)),
        rest(memory.take<E>(below_top)), d_bar(memory.take<E>(adjoint ? numbers : 0)), rest_bar(memory.take<E>(adjoint ? below_top : 0)) {}

  static int64_t scratch_numbers(const TreeCuts &table, bool adjoint) {
    return (count_numbers(table) + table.level_start[table.degree - 1]) * (adjoint ? 2 : 1);
  }

  // out = log(in), or exp(in); `l` is the one of them that is the logarithm.
  bool run(bool logarithm, const E *in, const E *l, E *out) const {
    const T sign = logarithm ? T(-1) : T(1);
    return for_groups(1, [&](int64_t g, int64_t n) {
      const int64_t first = g * table.labels;
      for (int64_t e = first; e < first + table.labels; ++e) out[e] = in[e];
      if (n == table.degree) {
        for (int64_t t = table.start[g]; t < table.single[g]; ++t) {
          const E factor = (sign * T(table.count[t])) * l[table.node[t] - 1];
          const E *from = rest + table.group[t] * table.labels;
          for (int64_t k = 0; k < table.labels; ++k) out[first + k] += factor * from[k];
        }
        return;
      }
      for (int64_t k = 0; k < table.labels; ++k) {
        E *to = coefficients(d, first + k, n);
        out[first + k] += sign * higher(l, g, k, n, to);
        to[1] = l[first + k];
        E sum{};
        for (int64_t j = 1; j <= n; ++j) sum += (T(1) / T(j + 1)) * to[j];
        rest[first + k] = sum;
      }
    });
  }

  // After run: the gradient of `in` from g, that of `out`.
  bool adjoint(bool logarithm, const E *l, const E *g, E *g_in) const {
    for (int64_t e = 0; e < table.elements; ++e) g_in[e] = g[e];
    for (int64_t i = 0; i < numbers; ++i) d_bar[i] = E{};
    for (int64_t e = 0; e < below_top; ++e) rest_bar[e] = E{};
    return for_groups(-1, [&](int64_t group, int64_t n) {
      for (int64_t k = 0; k < table.labels; ++k) {
        const int64_t e = group * table.labels + k;
        E *bar = n < table.degree ? coefficients(d_bar, e, n) : nullptr;
        if (bar) {
          for (int64_t j = 1; j <= n; ++j) bar[j] += (T(1) / T(j + 1)) * rest_bar[e];
          g_in[e] += bar[1];
        }
        const E sum_bar = logarithm ? T(-1) * g_in[e] : g[e];
        if (bar)
          spread(l, group, k, n, sum_bar, bar, g_in);
        else
          spread_top(l, group, k, sum_bar, g_in);
      }
    });
  }

 private:
  // Coefficients 1 .. n of the elements with n < degree tree nodes.
  static int64_t count_numbers(const TreeCuts &table) {
    int64_t sum = 0;
    for (int64_t n = 1; n < table.degree; ++n) sum += n * (table.level_start[n] - table.level_start[n - 1]);
    return sum;
  }

  // Where coefficient 0 would be.
  E *coefficients(E *of, int64_t e, int64_t n) const {
    int64_t place = -1;
    for (int64_t m = 1; m < n; ++m) place += m * (table.level_start[m] - table.level_start[m - 1]);
    return of + place + n * (e - table.level_start[n - 1]);
  }

  int64_t tree_nodes(int64_t e) const {
    int64_t n = 1;
    while (e >= table.level_start[n]) ++n;
    return n;
  }

  // D_2 .. D_n of an element, and their sum.
  E higher(const E *l, int64_t g, int64_t k, int64_t n, E *to) const {
    for (int64_t j = 2; j <= n; ++j) to[j] = E{};
    for (int64_t t = table.start[g]; t < table.single[g]; ++t) {
      const int64_t left = table.group[t] * table.labels + k, m = tree_nodes(left);
      const E factor = T(table.count[t]) * l[table.node[t] - 1];
      const E *from = coefficients(d, left, m);
      for (int64_t j = 1; j <= m; ++j) to[j + 1] += factor * from[j];
    }
    E sum{};
    for (int64_t j = 2; j <= n; ++j) {
      to[j] = (T(1) / T(j)) * to[j];
      sum += to[j];
    }
    return sum;
  }

  // The adjoint of `higher`; bar holds the gradients of D_1 .. D_n apart from that of the sum.
  void spread(const E *l, int64_t g, int64_t k, int64_t n, const E &sum_bar, E *bar, E *l_bar) const {
    for (int64_t j = 2; j <= n; ++j) bar[j] = (T(1) / T(j)) * (bar[j] + sum_bar);
    for (int64_t t = table.start[g]; t < table.single[g]; ++t) {
      const int64_t left = table.group[t] * table.labels + k, m = tree_nodes(left);
      const T count = T(table.count[t]);
      const E factor = count * l[table.node[t] - 1];
      const E *from = coefficients(d, left, m);
      E *from_bar = coefficients(d_bar, left, m);
      E sum{};
      for (int64_t j = 1; j <= m; ++j) {
        sum += bar[j + 1] * from[j];
        from_bar[j] += factor * bar[j + 1];
      }
      l_bar[table.node[t] - 1] += count * sum;
    }
  }

  void spread_top(const E *l, int64_t g, int64_t k, const E &sum_bar, E *l_bar) const {
    for (int64_t t = table.start[g]; t < table.single[g]; ++t) {
      const int64_t left = table.group[t] * table.labels + k;
      const E counted = T(table.count[t]) * sum_bar;
      l_bar[table.node[t] - 1] += counted * rest[left];
      rest_bar[left] += counted * l[table.node[t] - 1];
    }
  }

  // Groups whose elements have few tree nodes first, or last.
  template <class Body>
  bool for_groups(int direction, const Body &body) const {
    for (int64_t i = 1; i <= table.degree; ++i) {
      const int64_t n = direction > 0 ? i : table.degree + 1 - i;
      for (int64_t g = table.level_start[n - 1] / table.labels, seen = 0; g < table.level_start[n] / table.labels; ++g, ++seen) {
        if (seen % groups_per_look == 0 && task.stopped()) return false;
        body(g, n);
      }
    }
    return true;
  }

  const Task &task;
  const TreeCuts &table;
  const int64_t below_top, numbers;
  E *const d, *const rest, *const d_bar, *const rest_bar;
};

template <class T>
struct Logarithm {
  const TreeCuts table;
  const bool logarithm, backprop;
  const int64_t numbers;  // of a row in working memory
  const Tiles tiles;

  explicit Logarithm(const sig_call &call)
      : table(call),
        logarithm(call.operation == SIG_BRANCHED_SIG_TO_LOG_SIG || call.operation == SIG_BRANCHED_SIG_TO_LOG_SIG_BACKPROP),
        backprop(call.operation == SIG_BRANCHED_SIG_TO_LOG_SIG_BACKPROP || call.operation == SIG_BRANCHED_LOG_SIG_TO_SIG_BACKPROP),
        numbers((backprop ? 4 : 2) * table.elements + LogSeries<T>::scratch_numbers(table, backprop)),
        tiles(Tiles::of(call, numbers, (backprop ? 4 : 1) * table.work() * table.degree)) {}

  void plan(sig_plan &plan) const {
    const int64_t pieces = 8, size = tiles.width == 1 ? int64_t(sizeof(T)) : int64_t(sizeof(Vec<T>));
    plan.phases = 1;
    plan.tasks[0] = tiles.tasks();
    plan.scratch_bytes = numbers * size + 64 * pieces;
    plan.work = tiles.batch;
  }

  int32_t run(const Task &task) const {
    return for_each_tile<T>(task, tiles, 1, [&](auto element, RowTile tile) {
      using E = decltype(element);
      Scratch memory(task.scratch);
      const int64_t n = table.elements;
      const LogSeries<E> series(task, table, memory, backprop);
      const auto input = [&](int i) { return read_tile(Rows<T>(task.call.in[i], n), tile, n, memory.take<E>(n)); };
      const Rows<T> rows(task.call.out[0], n);
      const E *in = input(0);
      E *out = begin_tile(rows, tile, memory.take<E>(n));
      if (backprop) {
        const E *g = input(1);
        E *value = memory.take<E>(n);
        const E *l = logarithm ? value : in;
        if (!series.run(logarithm, in, l, value) || !series.adjoint(logarithm, l, g, out)) return;
      } else if (!series.run(logarithm, in, logarithm ? out : in, out)) {
        return;
      }
      finish_tile(rows, tile, n, out);
      write_slots(rows, tile, !backprop && !logarithm ? T(1) : T(0));
    });
  }
};

}  // namespace

int32_t plan_branched_log(const sig_call &call, sig_plan &plan) {
  call.dtype == SIG_FLOAT64 ? Logarithm<double>(call).plan(plan) : Logarithm<float>(call).plan(plan);
  return SIG_OK;
}

int32_t run_branched_log(const Task &task) {
  return task.call.dtype == SIG_FLOAT64 ? Logarithm<double>(task.call).run(task) : Logarithm<float>(task.call).run(task);
}

}  // namespace sig::SIG_TARGET
