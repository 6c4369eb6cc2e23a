// Products of signatures: sigCombine, sigJoin, sigInverse and the adjoints of the first two.
#include "combine_join.hpp"
#include "families.hpp"
#include "tensor.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {
namespace {

// out = a b for unit tensors: out_n = a_n + b_n + sum over 0 < k < n of a_k (x) b_{n-k} (Chen's identity).
template <class E>
void combine(const Levels &levels, const E *a, const E *b, E *out) {
  for (int64_t i = 0; i < levels.length(); ++i) out[i] = a[i] + b[i];
  for (int64_t n = levels.degree; n >= 2; --n) add_product_level(levels, n, a, b, out + levels.begin(n));
}

template <class E>
void combine_adjoint(const Levels &levels, const E *g, const E *a, const E *b, E *da, E *db) {
  using T = RealOf<E>;
  for (int64_t i = 0; i < levels.length(); ++i) da[i] = db[i] = g[i];
  for (int64_t n = 2; n <= levels.degree; ++n) product_level_adjoint(levels, n, g + levels.begin(n), a, b, T(1), da, db);
}

// out s = 1: out_n = -s_n - sum over 0 < k < n of s_k (x) out_{n-k}.
template <class E>
void invert(const Levels &levels, const E *s, E *out) {
  for (int64_t n = 1; n <= levels.degree; ++n) {
    E *level = out + levels.begin(n);
    for (int64_t i = 0; i < levels.size(n); ++i) level[i] = -s[levels.begin(n) + i];
    for (int64_t k = 1; k < n; ++k)
      outer_subtract(s + levels.begin(k), levels.size(k), out + levels.begin(n - k), levels.size(n - k), level);
  }
}

Tiles tiles_of(const sig_call &call, const Levels &levels) {
  return Tiles::of(call, 4 * levels.length(), levels.length() * (levels.degree + 2));
}

template <class T>
int32_t run_typed(const Task &task) {
  const sig_call &call = task.call;
  const Levels levels(call.dimension, call.degree);
  const int64_t length = levels.length(), d = call.dimension;
  const bool prepend = call.flags & SIG_PREPEND;
  const bool join = call.operation == SIG_SIG_JOIN, join_backprop = call.operation == SIG_SIG_JOIN_BACKPROP;
  return for_each_tile<T>(task, tiles_of(call, levels), 1, [&](auto element, int64_t first, int64_t count) {
    using E = decltype(element);
    Scratch scratch(task.scratch);
    const E *in[3];
    E *out[2] = {nullptr, nullptr};
    const int inputs = call.operation == SIG_SIG_INVERSE ? 1 : call.operation == SIG_SIG_COMBINE || join ? 2 : 3;
    const int outputs = inputs == 3 ? 2 : 1;
    const auto rows_in = [&](int i) { return Rows<T>(call.in[i], (join || join_backprop) && i == inputs - 1 ? d : length); };
    const auto rows_out = [&](int i) { return Rows<T>(call.out[i], join_backprop && i == 1 ? d : length); };
    for (int i = 0; i < inputs; ++i) in[i] = read_tile(rows_in(i), first, count, scratch.take<E>(length));
    for (int i = 0; i < outputs; ++i) out[i] = begin_tile(rows_out(i), first, scratch.take<E>(length));
    E *work = scratch.take<E>(2 * length);
    switch (call.operation) {
      case SIG_SIG_COMBINE:
        combine(levels, in[0], in[1], out[0]);
        break;
      case SIG_SIG_COMBINE_BACKPROP:
        combine_adjoint(levels, in[0], in[1], in[2], out[0], out[1]);
        break;
      case SIG_SIG_JOIN:
        prepend ? join_step<true>(levels, in[0], in[1], out[0], work) : join_step<false>(levels, in[0], in[1], out[0], work);
        break;
      case SIG_SIG_JOIN_BACKPROP:
        prepend ? join_step_adjoint<true>(levels, in[0], in[1], in[2], out[0], out[1], work)
                : join_step_adjoint<false>(levels, in[0], in[1], in[2], out[0], out[1], work);
        break;
      default:
        invert(levels, in[0], out[0]);
    }
    const T slot = outputs == 2 ? T(0) : T(1);
    for (int i = 0; i < outputs; ++i) finish_tile(rows_out(i), first, count, out[i], slot);
  });
}

}  // namespace

int32_t plan_combine(const sig_call &call, sig_plan &plan) {
  if (!levels_fit(call.dimension, call.degree)) return SIG_TOO_LARGE;
  const Levels levels(call.dimension, call.degree);
  const Tiles tiles = tiles_of(call, levels);
  plan.phases = 1;
  plan.tasks[0] = tiles.tasks();
  plan.scratch_bytes = (8 * levels.length() + 64) * tiles.width * (call.dtype == SIG_FLOAT64 ? 8 : 4) + 1024;
  plan.work = call.batch;
  return SIG_OK;
}

int32_t run_combine(const Task &task) { return task.call.dtype == SIG_FLOAT64 ? run_typed<double>(task) : run_typed<float>(task); }

}  // namespace sig::SIG_TARGET
