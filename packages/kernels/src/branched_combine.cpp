// branchedSigCombine and its adjoint.
#include "branched_cuts.hpp"

namespace sig::SIG_TARGET {
namespace {

template <class E>
bool combine(const Task &task, const TreeCuts &table, const E *__restrict x, const E *__restrict y, E *__restrict products,
             E *__restrict z) {
  using T = RealOf<E>;
  const int64_t d = table.labels;
  multiply_products(table, x, products);
  for (int64_t g = 0; g < table.groups; ++g) {
    if (g % groups_per_look == 0 && task.stopped()) return false;
    E *to = z + g * d;
    for (int64_t l = 0; l < d; ++l) to[l] = x[g * d + l] + y[g * d + l];
    for (int64_t t = table.start[g]; t < table.start[g + 1]; ++t) {
      const E factor = T(table.count[t]) * value_of(table, x, products, table.node[t]);
      const E *from = y + table.group[t] * d;
      for (int64_t l = 0; l < d; ++l) to[l] += factor * from[l];
    }
  }
  return true;
}

// dx and dy receive the gradients; d_products is working memory. Whether sums are contracted must not depend on where rows lie.
template <class E>
bool combine_adjoint(const Task &task, const TreeCuts &table, const E *__restrict dz, const E *__restrict x, const E *__restrict y,
                     E *__restrict products, E *__restrict d_products, E *__restrict dx, E *__restrict dy) {
  using T = RealOf<E>;
  const int64_t d = table.labels;
  multiply_products(table, x, products);
  for (int64_t p = 0; p < table.products; ++p) d_products[p] = E{};
  for (int64_t e = 0; e < table.elements; ++e) dx[e] = dy[e] = dz[e];
  const auto gradient_of = [&](int32_t node) { return node <= table.elements ? dx + node - 1 : d_products + node - 1 - table.elements; };
  for (int64_t g = 0; g < table.groups; ++g) {
    if (g % groups_per_look == 0 && task.stopped()) return false;
    for (int64_t t = table.start[g]; t < table.start[g + 1]; ++t) {
      const T count = T(table.count[t]);
      const E factor = count * value_of(table, x, products, table.node[t]);
      const E *from = y + table.group[t] * d;
      E *d_from = dy + table.group[t] * d;
      E sum{};
      for (int64_t l = 0; l < d; ++l) {
        sum += dz[g * d + l] * from[l];
        d_from[l] += factor * dz[g * d + l];
      }
      *gradient_of(table.node[t]) += count * sum;
    }
  }
  for (int64_t p = table.products - 1; p >= 0; --p) {
    const int32_t l = table.left[p], r = table.right[p];
    *gradient_of(l) += d_products[p] * value_of(table, x, products, r);
    *gradient_of(r) += d_products[p] * value_of(table, x, products, l);
  }
  return true;
}

template <class T>
struct Combine {
  const TreeCuts table;
  const Tiles tiles;
  const bool backprop;

  explicit Combine(const sig_call &call)
      : table(call),
        tiles(Tiles::of(call, (call.operation == SIG_BRANCHED_SIG_COMBINE_BACKPROP ? 5 : 3) * table.elements, table.work())),
        backprop(call.operation == SIG_BRANCHED_SIG_COMBINE_BACKPROP) {}

  void plan(sig_plan &plan) const {
    const int64_t size = tiles.width == 1 ? int64_t(sizeof(T)) : int64_t(sizeof(Vec<T>));
    plan.phases = 1;
    plan.tasks[0] = tiles.tasks();
    plan.scratch_bytes = (backprop ? 5 : 3) * Scratch::bytes<char>(table.elements * size) + 2 * Scratch::bytes<char>(table.products * size);
    plan.work = tiles.batch;
  }

  int32_t run(const Task &task) const {
    return for_each_tile<T>(task, tiles, 1, [&](auto element, RowTile tile) {
      using E = decltype(element);
      Scratch memory(task.scratch);
      const sig_call &call = task.call;
      const int64_t n = table.elements;
      const auto input = [&](int i) { return read_tile(Rows<T>(call.in[i], n), tile, n, memory.take<E>(n)); };
      const auto output = [&](int i) { return begin_tile(Rows<T>(call.out[i], n), tile, memory.take<E>(n)); };
      const auto finish = [&](int i, const E *from, T slot) {
        const Rows<T> rows(call.out[i], n);
        finish_tile(rows, tile, n, from);
        write_slots(rows, tile, slot);
      };
      E *products = memory.take<E>(table.products), *d_products = memory.take<E>(table.products);
      if (backprop) {
        const E *dz = input(0), *x = input(1), *y = input(2);
        E *dx = output(0), *dy = output(1);
        if (!combine_adjoint(task, table, dz, x, y, products, d_products, dx, dy)) return;
        finish(0, dx, T(0));
        finish(1, dy, T(0));
      } else {
        const E *x = input(0), *y = input(1);
        E *z = output(0);
        if (!combine(task, table, x, y, products, z)) return;
        finish(0, z, T(1));
      }
    });
  }
};

}  // namespace

int32_t plan_branched_combine(const sig_call &call, sig_plan &plan) {
  call.dtype == SIG_FLOAT64 ? Combine<double>(call).plan(plan) : Combine<float>(call).plan(plan);
  return SIG_OK;
}

int32_t run_branched_combine(const Task &task) {
  return task.call.dtype == SIG_FLOAT64 ? Combine<double>(task.call).run(task) : Combine<float>(task.call).run(task);
}

}  // namespace sig::SIG_TARGET
