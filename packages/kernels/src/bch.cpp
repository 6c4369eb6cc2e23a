// Log-signatures in Lyndon brackets by the Baker-Campbell-Hausdorff series: logSigCombine, logSigJoin, logSigBch and their adjoints.
#include "bch_series.hpp"
#include "bch_steps.hpp"
#include "bch_table.hpp"
#include "families.hpp"
#include "tiles.hpp"

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

// States kept by the backward pass: one in `stride` from the start, then all of one stretch.
struct Checkpoints {
  int64_t steps, stride;

  explicit Checkpoints(int64_t steps) : steps(steps), stride(1) {
    while (stride * stride < steps) ++stride;
  }
  int64_t stretches() const { return divide_up(steps, stride); }
};

Tiles tiles_of(const sig_call &call, const BchTable &table) {
  const int64_t steps = has_path(call) ? Steps(call).count() : 1;
  return Tiles::of(call, 1, (table.size + NodePlaces::length(table, tops_of(call))) * 4 * steps);
}

// Combine and join: two arguments, the second (or with prepend the first) of which may have level 1 only.
template <class T>
int32_t run_pairs(const Task &task, const BchTable &table) {
  const sig_call &call = task.call;
  const Tops tops = tops_of(call);
  const bool backprop = is_backprop(call), swapped = tops.first < tops.second;
  const int64_t m = table.size, second = is_combine(call) ? m : call.dimension;
  const int at = backprop ? 1 : 0;
  const Rows<T> rows0(call.in[at], m), rows1(call.in[at + 1], second), derivs(call.in[0], m);
  const Rows<T> out0(call.out[0], m), out1(call.out[1], second);
  return for_each_tile<T>(task, tiles_of(call, table), 1, [&](auto element, int64_t first, int64_t count) {
    using E = decltype(element);
    Scratch scratch(task.scratch);
    const BchSeries<E> series(table, tops, scratch);
    const E *x = read_tile(rows0, first, count, scratch.take<E>(m));
    const E *y = read_tile(rows1, first, count, scratch.take<E>(m));
    E *value = scratch.take<E>(m);
    if (!backprop) {
      E *out = begin_tile(out0, first, value);
      swapped ? series.evaluate(y, x, out) : series.evaluate(x, y, out);
      finish_tile(out0, first, count, out, T(0));
      return;
    }
    const E *g = read_tile(derivs, first, count, scratch.take<E>(m));
    E *dx = begin_tile(out0, first, scratch.take<E>(m)), *dy = begin_tile(out1, first, scratch.take<E>(m));
    E *gradients = scratch.take<E>(series.length);
    swapped ? series.evaluate(y, x, value) : series.evaluate(x, y, value);
    swapped ? series.adjoint(g, y, x, dy, dx, gradients) : series.adjoint(g, x, y, dx, dy, gradients);
    finish_tile(out0, first, count, dx, T(0));
    finish_tile(out1, first, count, dy, T(0));
  });
}

template <class E>
void copy(const E *from, int64_t n, E *to) {
  for (int64_t i = 0; i < n; ++i) to[i] = from[i];
}

template <class T, class E>
void run_path(const Task &task, const BchTable &table, const Steps &steps, int64_t first, int64_t count) {
  const sig_call &call = task.call;
  const int64_t m = table.size, total = steps.count();
  const bool stream = call.flags & SIG_STREAM;
  const T *path = static_cast<const T *>(call.in[0].data) + first * steps.points * steps.channels;
  T *out = static_cast<T *>(call.out[0].data) + first * (stream ? total : 1) * m;
  Scratch scratch(task.scratch);
  const BchSeries<E> series(table, tops_of(call), scratch);
  E *z = scratch.take<E>(steps.letters()), *state = scratch.take<E>(m), *next = scratch.take<E>(m);
  for (int64_t i = 0; i < m; ++i) state[i] = E{};
  for (int64_t t = 0; t < total && !task.stopped(); ++t) {
    steps.read(path, count, t, z);
    series.evaluate(state, z, next);
    E *swap = state;
    state = next, next = swap;
    const Rows<T> rows({out, 0}, m * (stream ? total : 1));
    if (stream || t + 1 == total)
      for (int64_t i = 0; i < m; ++i)
        for (int64_t k = 0; k < count; ++k) out[k * rows.length + (stream ? t * m : 0) + i] = reinterpret_cast<const T *>(state + i)[k];
    task.advance(count);
  }
}

template <class T, class E>
void run_path_backprop(const Task &task, const BchTable &table, const Steps &steps, int64_t first, int64_t count) {
  const sig_call &call = task.call;
  const int64_t m = table.size, total = steps.count(), row = (call.flags & SIG_STREAM ? total : 1) * m;
  const T *path = static_cast<const T *>(call.in[0].data) + first * steps.points * steps.channels;
  const T *derivs = static_cast<const T *>(call.in[1].data) + first * row;
  T *d_path = static_cast<T *>(call.out[0].data) + first * steps.points * steps.channels;
  const Checkpoints checkpoints(total);
  Scratch scratch(task.scratch);
  const BchSeries<E> series(table, tops_of(call), scratch);
  E *z = scratch.take<E>(steps.letters()), *dz = scratch.take<E>(steps.letters());
  E *value = scratch.take<E>(m), *g = scratch.take<E>(m), *before = scratch.take<E>(m);
  E *gradients = scratch.take<E>(series.length);
  E *kept = scratch.take<E>(checkpoints.stretches() * m), *states = scratch.take<E>(checkpoints.stride * m);

  // `state` of step t is the value before it.
  const auto forward = [&](int64_t begin, int64_t end, E *state, int64_t shift) {
    for (int64_t t = begin; t < end && !task.stopped(); ++t) {
      steps.read(path, count, t, z);
      series.evaluate(state, z, value);
      copy(value, m, state + shift);
      state += shift;
    }
  };
  for (int64_t i = 0; i < count * steps.points * steps.channels; ++i) d_path[i] = T(0);
  for (int64_t i = 0; i < m; ++i) before[i] = g[i] = E{};
  for (int64_t s = 0; s < checkpoints.stretches(); ++s) {
    copy(before, m, kept + s * m);
    if (s + 1 < checkpoints.stretches()) forward(s * checkpoints.stride, (s + 1) * checkpoints.stride, before, 0);
  }
  for (int64_t s = checkpoints.stretches() - 1; s >= 0; --s) {
    const int64_t begin = s * checkpoints.stride, end = begin + checkpoints.stride < total ? begin + checkpoints.stride : total;
    copy(kept + s * m, m, states);
    forward(begin, end - 1, states, m);
    for (int64_t t = end - 1; t >= begin && !task.stopped(); --t) {
      if (row > m || t + 1 == total)
        for (int64_t i = 0; i < m; ++i)
          for (int64_t k = 0; k < count; ++k) reinterpret_cast<T *>(g + i)[k] += derivs[k * row + (row > m ? t * m : 0) + i];
      const E *state = states + (t - begin) * m;
      steps.read(path, count, t, z);
      series.evaluate(state, z, value);
      series.adjoint(g, state, z, before, dz, gradients);
      copy(before, m, g);
      steps.add_adjoint(dz, count, t, d_path);
      task.advance(count);
    }
  }
}

template <class T>
int32_t run_typed(const Task &task) {
  const sig_call &call = task.call;
  const BchTable table(call);
  if (!has_path(call)) return run_pairs<T>(task, table);
  const Steps steps(call);
  return for_each_tile<T>(task, tiles_of(call, table), 0, [&](auto element, int64_t first, int64_t count) {
    using E = decltype(element);
    if (is_backprop(call))
      run_path_backprop<T, E>(task, table, steps, first, count);
    else
      run_path<T, E>(task, table, steps, first, count);
  });
}

}  // namespace

int32_t plan_bch(const sig_call &call, sig_plan &plan) {
  const BchTable table(call);
  const Tiles tiles = tiles_of(call, table);
  const int64_t bytes = tiles.width * (call.dtype == SIG_FLOAT64 ? 8 : 4), nodes = NodePlaces::length(table, tops_of(call));
  int64_t numbers = 2 * nodes + 8 * table.size + 4 * table.size, steps = 1;
  if (has_path(call)) {
    steps = Steps(call).count();
    const Checkpoints checkpoints(steps);
    if (is_backprop(call)) numbers += (checkpoints.stretches() + checkpoints.stride) * table.size;
  }
  plan.phases = 1;
  plan.tasks[0] = tiles.tasks();
  plan.scratch_bytes = numbers * bytes + 8 * table.nodes + 2048;
  plan.work = call.batch * steps;
  return SIG_OK;
}

int32_t run_bch(const Task &task) { return task.call.dtype == SIG_FLOAT64 ? run_typed<double>(task) : run_typed<float>(task); }

}  // namespace sig::SIG_TARGET
