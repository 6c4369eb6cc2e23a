// branchedSig and its adjoint.
#include "branched_path.hpp"

namespace sig::SIG_TARGET {
namespace {

bool is_backprop(const sig_call &call) { return call.operation == SIG_BRANCHED_SIG_BACKPROP; }

// Rows of a task: enough tiles for some 100 us.
template <class T>
int64_t rows_per_task(const sig_call &call, const TreeIntegrals &table) {
  const int64_t tile = Lanes<T>::W, enough = 1 << 17, work = AugmentedPath<T>(call).steps() * table.work() * (is_backprop(call) ? 4 : 1);
  return tile * (work < enough ? divide_up(enough, work + 1) : 1);
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
  constexpr int64_t W = Lanes<T>::W;
  const int64_t per_task = rows_per_task<T>(call, table), begin = task.index * per_task;
  const int64_t end = begin + per_task < call.batch ? begin + per_task : call.batch;
  for (int64_t first = begin; first < end; first += W) {
    BranchedPaths<T, Vec<T>> paths(task, table, first, end - first < W ? end - first : W);
    if (!(is_backprop(call) ? paths.backward() : paths.forward())) return SIG_STOPPED;
  }
  return SIG_OK;
}

template <class T>
void plan_paths(const sig_call &call, sig_plan &plan) {
  using Paths = BranchedPaths<T, Vec<T>>;
  const TreeIntegrals table(call, nullptr);
  const int64_t steps = AugmentedPath<T>(call).steps();
  plan.phases = 2;
  plan.tasks[0] = 1;
  plan.tasks[1] = divide_up(call.batch, rows_per_task<T>(call, table));
  plan.shared_bytes = table.shared_bytes();
  plan.scratch_bytes = Paths::scratch_bytes(call, table, is_backprop(call));
  plan.work = call.batch * (is_backprop(call) ? Paths::repeated_steps(steps) + 2 * steps : steps);
}

}  // namespace

int32_t plan_branched(const sig_call &call, sig_plan &plan) {
  call.dtype == SIG_FLOAT64 ? plan_paths<double>(call, plan) : plan_paths<float>(call, plan);
  return SIG_OK;
}

int32_t run_branched(const Task &task) { return task.call.dtype == SIG_FLOAT64 ? run_paths<double>(task) : run_paths<float>(task); }

}  // namespace sig::SIG_TARGET
