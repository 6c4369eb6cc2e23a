// sigCoef, extractSigCoef and their adjoints.
#include "coefficients_path.hpp"

namespace sig::SIG_TARGET {
namespace {

bool is_backprop(const sig_call &call) { return call.operation == SIG_SIG_COEF_BACKPROP; }

// Whether several vectors of paths go side by side: where the batch has them, and their coefficients fit the second level cache.
template <class T>
bool goes_wide(const sig_call &call) {
  return call.batch > Lanes<T>::W && call.tables[0].length * int64_t(sizeof(Wide<T, wide_vectors>)) <= 256 * 1024;
}

// Rows of a task: whole tiles, and enough for some 50 us.
template <class T>
int64_t rows_per_task(const sig_call &call) {
  const int64_t tile = (goes_wide<T>(call) ? wide_vectors : 1) * Lanes<T>::W, nodes = call.tables[0].length, enough = 1 << 16;
  const int64_t work = AugmentedPath<T>(call).steps() * nodes * 8 * (is_backprop(call) ? 4 : 1);
  return tile * (work < enough ? divide_up(enough, work + 1) : 1);
}

// Phase 0 makes the trie, phase 1 runs over the paths.
template <class T>
int32_t run_paths(const Task &task) {
  const sig_call &call = task.call;
  Trie trie(call, AugmentedPath<T>(call).letters(), task.shared);
  if (task.phase == 0) {
    trie.build(call);
    return SIG_OK;
  }
  constexpr int64_t W = Lanes<T>::W;
  const auto run = [&](auto element, int64_t first, int64_t count) {
    CoefficientPaths<T, decltype(element)> paths(task, trie, first, count);
    return is_backprop(call) ? paths.backward() : paths.forward();
  };
  const int64_t per_task = rows_per_task<T>(call), begin = task.index * per_task;
  const int64_t end = begin + per_task < call.batch ? begin + per_task : call.batch;
  for (int64_t first = begin, count; first < end; first += count) {
    const bool wide = goes_wide<T>(call) && end - first > W;
    const int64_t most = wide ? wide_vectors * W : W;
    count = end - first < most ? end - first : most;
    if (!(wide ? run(Wide<T, wide_vectors>{}, first, count) : run(Vec<T>{}, first, count))) return SIG_STOPPED;
  }
  return SIG_OK;
}

template <class T>
void plan_paths(const sig_call &call, sig_plan &plan) {
  using Narrow = CoefficientPaths<T, Vec<T>>;
  using Broad = CoefficientPaths<T, Wide<T, wide_vectors>>;
  const AugmentedPath<T> path(call);
  const int64_t nodes = call.tables[0].length - 1, steps = path.steps();
  plan.phases = 2;
  plan.tasks[0] = 1;
  plan.tasks[1] = divide_up(call.batch, rows_per_task<T>(call));
  plan.shared_bytes = Trie::bytes(nodes, path.letters());
  const int64_t depth = trie_depth(call);
  const bool backprop = is_backprop(call);
  plan.scratch_bytes = goes_wide<T>(call) ? Broad::scratch_bytes(call, nodes, depth, backprop) : Narrow::scratch_bytes(call, nodes, depth, backprop);
  plan.work = call.batch * (backprop ? Narrow::repeated_steps(steps) + 2 * steps : steps);
}

// Numbers that one task of extraction touches.
constexpr int64_t numbers_per_task = 1 << 15;

int64_t extractions_per_task(int64_t columns) { return columns < numbers_per_task ? numbers_per_task / (columns + 1) + 1 : 1; }

// Forward: phase 0 gathers. Backward: phase 0 clears the result, phase 1 adds up in the order of the columns.
template <class T>
int32_t run_extract(const Task &task) {
  const sig_call &call = task.call;
  const int32_t *index = static_cast<const int32_t *>(call.tables[0].data);
  const int64_t columns = call.tables[0].length;
  const T *in = static_cast<const T *>(call.in[0].data);
  T *out = static_cast<T *>(call.out[0].data);
  const bool forward = call.operation == SIG_EXTRACT_SIG_COEF;
  if (!forward && task.phase == 0) {
    const int64_t begin = task.index * numbers_per_task, all = call.batch * call.length;
    const int64_t end = begin + numbers_per_task < all ? begin + numbers_per_task : all;
    for (int64_t i = begin; i < end; ++i) out[i] = T(0);
    return SIG_OK;
  }
  const int64_t per_task = extractions_per_task(columns), begin = task.index * per_task;
  const int64_t end = begin + per_task < call.batch ? begin + per_task : call.batch;
  for (int64_t b = begin; b < end; ++b) {
    for (int64_t first = 0; first < columns; first += numbers_per_task) {
      if (task.stopped()) return SIG_STOPPED;
      const int64_t last = first + numbers_per_task < columns ? first + numbers_per_task : columns;
      if (forward)
        for (int64_t j = first; j < last; ++j) out[b * columns + j] = in[b * call.length + index[j]];
      else
        for (int64_t j = first; j < last; ++j) out[b * call.length + index[j]] += in[b * columns + j];
    }
    task.advance(1);
  }
  return SIG_OK;
}

void plan_extract(const sig_call &call, sig_plan &plan) {
  const int64_t row_tasks = divide_up(call.batch, extractions_per_task(call.tables[0].length));
  plan.work = call.batch;
  if (call.operation == SIG_EXTRACT_SIG_COEF) {
    plan.phases = 1;
    plan.tasks[0] = row_tasks;
  } else {
    plan.phases = 2;
    plan.tasks[0] = divide_up(call.batch * call.length, numbers_per_task);
    plan.tasks[1] = row_tasks;
  }
}

bool extracts(const sig_call &call) {
  return call.operation == SIG_EXTRACT_SIG_COEF || call.operation == SIG_EXTRACT_SIG_COEF_BACKPROP;
}

}  // namespace

int32_t plan_coefficients(const sig_call &call, sig_plan &plan) {
  if (extracts(call)) {
    plan_extract(call, plan);
  } else {
    call.dtype == SIG_FLOAT64 ? plan_paths<double>(call, plan) : plan_paths<float>(call, plan);
  }
  return SIG_OK;
}

int32_t run_coefficients(const Task &task) {
  const bool wide = task.call.dtype == SIG_FLOAT64;
  if (extracts(task.call)) return wide ? run_extract<double>(task) : run_extract<float>(task);
  return wide ? run_paths<double>(task) : run_paths<float>(task);
}

}  // namespace sig::SIG_TARGET
