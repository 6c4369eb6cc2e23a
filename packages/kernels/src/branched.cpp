// branchedSig and its adjoint.
#include "branched_path.hpp"

namespace sig::SIG_TARGET {
namespace {

bool is_backprop(const sig_call &call) { return call.operation == SIG_BRANCHED_SIG_BACKPROP; }

template <class T>
using WideOf = Wide<T, wide_vectors>;

// How the rows of a call are cut: tiles of several vectors side by side, where there are rows enough and the algebra stays in cache.
template <class T>
struct Cut {
  static constexpr int64_t W = Lanes<T>::W;
  bool wide;
  int64_t per_task;  // rows: enough tiles for some 100 us

  Cut(const sig_call &call, const TreeIntegrals &table) {
    const int64_t cache_bytes = 512 * 1024, enough = 1 << 17;
    wide = call.batch > 2 * W && table.elements * int64_t(sizeof(WideOf<T>)) <= cache_bytes;
    const int64_t work = AugmentedPath<T>(call).steps() * table.work() * (is_backprop(call) ? 4 : 1);
    const int64_t tile = wide ? W * wide_vectors : W;
    per_task = tile * (work < enough ? divide_up(enough, work + 1) : 1);
  }
};

template <class E>
bool run_tile(const Task &task, const TreeIntegrals &table, int64_t first, int64_t count) {
  BranchedPaths<RealOf<E>, E> paths(task, table, first, count);
  return is_backprop(task.call) ? paths.backward() : paths.forward();
}

// Phase 0 completes the table, phase 1 runs over the paths.
template <class T>
int32_t run_paths(const Task &task) {
  const sig_call &call = task.call;
  TreeIntegrals table(call, task.shared);
  if (task.phase == 0) {
    table.build();
    return SIG_OK;
  }
  const Cut<T> cut(call, table);
  const int64_t W = cut.W, begin = task.index * cut.per_task;
  const int64_t end = begin + cut.per_task < call.batch ? begin + cut.per_task : call.batch;
  for (int64_t first = begin; first < end;) {
    // Few rows that are left at the end are computed by single vectors.
    const bool wide = cut.wide && end - first > 2 * W;
    const int64_t lanes = wide ? W * wide_vectors : W, count = end - first < lanes ? end - first : lanes;
    if (!(wide ? run_tile<WideOf<T>>(task, table, first, count) : run_tile<Vec<T>>(task, table, first, count))) return SIG_STOPPED;
    first += count;
  }
  return SIG_OK;
}

template <class T>
void plan_paths(const sig_call &call, sig_plan &plan) {
  const TreeIntegrals table(call, nullptr);
  const Cut<T> cut(call, table);
  const int64_t steps = AugmentedPath<T>(call).steps();
  plan.phases = 2;
  plan.tasks[0] = 1;
  plan.tasks[1] = divide_up(call.batch, cut.per_task);
  plan.shared_bytes = table.shared_bytes();
  plan.scratch_bytes = cut.wide ? BranchedPaths<T, WideOf<T>>::scratch_bytes(call, table, is_backprop(call))
                                : BranchedPaths<T, Vec<T>>::scratch_bytes(call, table, is_backprop(call));
  plan.work = call.batch * (is_backprop(call) ? BranchedPaths<T, Vec<T>>::repeated_steps(steps) + 2 * steps : steps);
}

}  // namespace

int32_t plan_branched(const sig_call &call, sig_plan &plan) {
  call.dtype == SIG_FLOAT64 ? plan_paths<double>(call, plan) : plan_paths<float>(call, plan);
  return SIG_OK;
}

int32_t run_branched(const Task &task) { return task.call.dtype == SIG_FLOAT64 ? run_paths<double>(task) : run_paths<float>(task); }

}  // namespace sig::SIG_TARGET
