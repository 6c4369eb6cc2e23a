// Log-signatures in Lyndon brackets by the Baker-Campbell-Hausdorff series: logSigCombine, logSigJoin, logSigBch and their adjoints.
#include "bch_path.hpp"
#include "bch_series.hpp"
#include "families.hpp"
#include "wide.hpp"

namespace sig::SIG_TARGET {
namespace {

bool has_path(const sig_call &call) { return call.operation == SIG_LOG_SIG_BCH || call.operation == SIG_LOG_SIG_BCH_BACKPROP; }
bool is_backprop(const sig_call &call) {
  return call.operation == SIG_LOG_SIG_COMBINE_BACKPROP || call.operation == SIG_LOG_SIG_JOIN_BACKPROP ||
         call.operation == SIG_LOG_SIG_BCH_BACKPROP;
}
bool is_combine(const sig_call &call) {
  return call.operation == SIG_LOG_SIG_COMBINE || call.operation == SIG_LOG_SIG_COMBINE_BACKPROP;
}

Tops tops_of(const sig_call &call) {
  if (is_combine(call)) return {call.degree, call.degree};
  const bool prepend = !has_path(call) && (call.flags & SIG_PREPEND);
  return {prepend ? 1 : call.degree, prepend ? call.degree : 1};
}

int64_t bytes_of_numbers(const sig_call &call) { return call.dtype == SIG_FLOAT64 ? 8 : 4; }

// Rows of a task: enough for some 100 us, in whole tiles.
int64_t rows_per_task(const sig_call &call, const BchTable &table, int64_t steps) {
  const int64_t tile = wide_vectors * SIG_VECTOR_BYTES / bytes_of_numbers(call);
  const int64_t work = (table.size + BchLayout::length_bound(table, tops_of(call))) * 8 * steps, enough = 1 << 17;
  return tile * (tile * work < enough ? divide_up(enough, tile * work) : 1);
}

// Runs body(E{}, first, count) for the tiles of a task: several vectors of rows at once, and one at a time for what is left.
template <class T, class Body>
void for_each_wide_tile(const Task &task, int64_t per_task, const Body &body) {
  constexpr int64_t W = Lanes<T>::W;
  const int64_t begin = task.index * per_task, end = begin + per_task < task.call.batch ? begin + per_task : task.call.batch;
  for (int64_t first = begin; first < end && !task.stopped();) {
    const int64_t left = end - first;
    if (left > 2 * W) {
      const int64_t count = left < wide_vectors * W ? left : wide_vectors * W;
      body(Wide<T, wide_vectors>{}, first, count);
      first += count;
    } else {
      const int64_t count = left < W ? left : W;
      body(Vec<T>{}, first, count);
      first += count;
    }
  }
}

// Combine and join: two arguments, the second (or with prepend the first) of which may have level 1 only.
template <class T, class E>
void run_pairs(const Task &task, const BchTable &table, int64_t first, int64_t count) {
  const sig_call &call = task.call;
  const Tops tops = tops_of(call);
  const bool backprop = is_backprop(call), swapped = tops.first < tops.second;
  const int64_t m = table.size, m1 = is_combine(call) ? m : call.dimension;
  Scratch scratch(task.scratch);
  const BchSeries<E> series(task, table, tops, scratch);
  E *x = scratch.take<E>(m), *y = scratch.take<E>(m), *value = scratch.take<E>(m);
  const auto read = [&](int i, int64_t n, E *to) { gather_wide(static_cast<const T *>(call.in[i].data) + first * n, n, count, n, to); };
  const auto write = [&](int i, int64_t n, const E *from) { scatter_wide(from, n, static_cast<T *>(call.out[i].data) + first * n, n, count); };
  read(backprop ? 1 : 0, m, x);
  read(backprop ? 2 : 1, m1, y);
  swapped ? series.evaluate(y, x, value) : series.evaluate(x, y, value);
  if (backprop) {
    E *g = value, *dx = scratch.take<E>(m), *dy = scratch.take<E>(m), *gradients = series.take_gradients(scratch);
    read(0, m, g);
    swapped ? series.adjoint(g, y, x, dy, dx, gradients) : series.adjoint(g, x, y, dx, dy, gradients);
    write(0, m, dx);
    write(1, m1, dy);
  } else {
    write(0, m, value);
  }
  task.advance(count);
}

template <class T>
int32_t run_typed(const Task &task) {
  const sig_call &call = task.call;
  const BchTable table(call);
  const int64_t steps = has_path(call) ? AugmentedPath<T>(call).steps() : 1;
  for_each_wide_tile<T>(task, rows_per_task(call, table, steps), [&](auto element, int64_t first, int64_t count) {
    using E = decltype(element);
    if (!has_path(call))
      run_pairs<T, E>(task, table, first, count);
    else if (is_backprop(call))
      BchPath<T, E>(task, table, first, count).backward();
    else
      BchPath<T, E>(task, table, first, count).forward();
  });
  return task.stopped() ? SIG_STOPPED : SIG_OK;
}

template <class T>
void plan_typed(const sig_call &call, sig_plan &plan) {
  using E = Wide<T, wide_vectors>;
  const BchTable table(call);
  const int64_t steps = has_path(call) ? AugmentedPath<T>(call).steps() : 1;
  plan.phases = 1;
  plan.tasks[0] = divide_up(call.batch, rows_per_task(call, table, steps));
  plan.work = call.batch * steps;
  if (has_path(call))
    plan.scratch_bytes = BchPath<T, E>::scratch_bytes(call, table, is_backprop(call));
  else
    plan.scratch_bytes = BchSeries<E>::scratch_bytes(table, tops_of(call)) + BchSeries<E>::gradient_bytes(table, tops_of(call)) +
                         5 * Scratch::bytes<E>(table.size);
}

}  // namespace

int32_t plan_bch(const sig_call &call, sig_plan &plan) {
  call.dtype == SIG_FLOAT64 ? plan_typed<double>(call, plan) : plan_typed<float>(call, plan);
  return SIG_OK;
}

int32_t run_bch(const Task &task) { return task.call.dtype == SIG_FLOAT64 ? run_typed<double>(task) : run_typed<float>(task); }

}  // namespace sig::SIG_TARGET
