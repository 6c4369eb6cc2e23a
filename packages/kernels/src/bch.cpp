// Log-signatures in Lyndon brackets by the Baker-Campbell-Hausdorff series: logSigCombine, logSigJoin, logSigBch and their adjoints.
#include "bch_path.hpp"

namespace sig::SIG_TARGET {
namespace {

// Units of work (about operations) that make a task of some 100 us.
constexpr int64_t task_work = 1 << 17;

int64_t rows_per_task(int64_t tile, int64_t row_work) {
  return tile * (tile * row_work < task_work ? divide_up(task_work, tile * row_work) : 1);
}

int64_t work_of_join(const BchTable &table) { return (table.size + table.nodes * table.begin(table.degree)) * 4; }

// logSigCombine and logSigJoin: two arguments, one of which may have level 1 only.
template <class T>
struct Pairs {
  const sig_call &call;
  const BchTable table;
  const bool combine, backprop, swapped;

  explicit Pairs(const sig_call &call)
      : call(call),
        table(call),
        combine(call.operation == SIG_LOG_SIG_COMBINE || call.operation == SIG_LOG_SIG_COMBINE_BACKPROP),
        backprop(call.operation == SIG_LOG_SIG_COMBINE_BACKPROP || call.operation == SIG_LOG_SIG_JOIN_BACKPROP),
        swapped(!combine && (call.flags & SIG_PREPEND)) {}

  Tops tops() const { return {swapped ? 1 : table.degree, combine || swapped ? table.degree : 1}; }
  int64_t per_task() const { return rows_per_task(wide_vectors * Lanes<T>::W, work_of_join(table)); }

  void plan(sig_plan &plan) const {
    plan.phases = 1;
    plan.tasks[0] = divide_up(call.batch, per_task());
    plan.scratch_bytes = BchPairs<T, Wide<T, wide_vectors>>::scratch_bytes(table, tops());
    plan.work = call.batch;
  }

  void run(const Task &task) const {
    const int64_t begin = task.index * per_task(), end = begin + per_task() < call.batch ? begin + per_task() : call.batch;
    for_each_wide_tile<T>(task, begin, end, [&](auto element, int64_t first, int64_t count) {
      BchPairs<T, decltype(element)> pairs(task, table, tops(), Scratch(task.scratch));
      const int log_sig = backprop ? 1 : 0, other = log_sig + 1, x = swapped ? other : log_sig, y = swapped ? log_sig : other;
      if (backprop)
        pairs.adjoint(count, in(0, false).from(first), in(x, x == other).from(first), in(y, y == other).from(first),
                      out(swapped ? 1 : 0).from(first), out(swapped ? 0 : 1).from(first));
      else
        pairs.forward(count, in(x, x == other).from(first), in(y, y == other).from(first), out(0).from(first));
      task.advance(count);
    });
  }

 private:
  int64_t numbers(bool second) const { return second && !combine ? call.dimension : table.size; }
  StridedRows<const T> in(int i, bool second) const { return {static_cast<const T *>(call.in[i].data), numbers(second), numbers(second)}; }
  StridedRows<T> out(int i) const { return {static_cast<T *>(call.out[i].data), numbers(i == 1), numbers(i == 1)}; }
};

// logSigBch. A task of phase 0 is some tiles of lanes. Where the lanes are chunks of paths, phase 1 combines those of a path; the adjoint
// then goes back from there through the chunks in phase 2. Its last phase settles the first points of the lanes.
template <class T>
struct Paths {
  const sig_call &call;
  const BchTable table;
  const AugmentedPath<T> path;
  const BchChunks chunks;
  const bool backprop;
  const int64_t lanes, steps, m;

  explicit Paths(const sig_call &call)
      : call(call),
        table(call),
        path(call),
        chunks(BchChunks::of<T>(call)),
        backprop(call.operation == SIG_LOG_SIG_BCH_BACKPROP),
        lanes(call.batch * chunks.count),
        steps(BchPath<T, Vec<T>>::steps_of(call, chunks)),
        m(table.size) {}

  int64_t per_task() const { return rows_per_task(wide_vectors * Lanes<T>::W, work_of_join(table) * steps); }
  bool whole() const { return chunks.count == 1; }

  void plan(sig_plan &plan) const {
    const int64_t lane_tasks = divide_up(lanes, per_task());
    int64_t *tasks = plan.tasks;
    if (!(whole() && backprop)) *tasks++ = lane_tasks, plan.work += lanes * steps;
    if (!whole()) *tasks++ = call.batch, plan.work += lanes;
    if (backprop) *tasks++ = lane_tasks, *tasks++ = call.batch, plan.work += lanes * steps + lanes;
    plan.phases = int32_t(tasks - plan.tasks);
    plan.shared_bytes = (whole() ? 0 : 2 * Scratch::bytes<T>(lanes * m)) + (backprop ? Scratch::bytes<T>(lanes * path.dimension) : 0);
    const int64_t wide = BchPath<T, Wide<T, wide_vectors>>::scratch_bytes(call, table, chunks, backprop);
    const int64_t narrow = BchPath<T, Vec<T>>::scratch_bytes(call, table, chunks, backprop);
    const int64_t tree = whole() ? 0 : BchTree<T>::scratch_bytes(table, chunks.count);
    plan.scratch_bytes = wide > narrow ? wide : narrow;
    if (tree > plan.scratch_bytes) plan.scratch_bytes = tree;
  }

  void run(const Task &task) const {
    Scratch shared(task.shared);
    T *values = whole() ? nullptr : shared.take<T>(lanes * m), *gradients = whole() ? nullptr : shared.take<T>(lanes * m);
    T *carries = backprop ? shared.take<T>(lanes * path.dimension) : nullptr;
    const T *derivs = backprop ? static_cast<const T *>(call.in[1].data) : nullptr;
    T *out = static_cast<T *>(call.out[0].data);
    const int32_t stage = whole() ? (backprop ? task.phase + 2 : 0) : task.phase;
    if (stage == 0)
      for_each_lane_tile(task, [&](auto element, int64_t first, int64_t count) {
        BchPath<T, decltype(element)>(task, table, chunks, first, count).forward(whole() ? out : values);
      });
    else if (stage == 1)
      combine_chunks(task, values, derivs, gradients, out);
    else if (stage == 2)
      for_each_lane_tile(task, [&](auto element, int64_t first, int64_t count) {
        BchPath<T, decltype(element)>(task, table, chunks, first, count).backward(whole() ? derivs : gradients, out, carries);
      });
    else
      settle_first_points(task, carries, out);
  }

 private:
  template <class Body>
  void for_each_lane_tile(const Task &task, const Body &body) const {
    const int64_t begin = task.index * per_task(), end = begin + per_task() < lanes ? begin + per_task() : lanes;
    for_each_wide_tile<T>(task, begin, end, body);
  }

  void combine_chunks(const Task &task, const T *values, const T *derivs, T *gradients, T *out) const {
    Scratch scratch(task.scratch);
    BchTree<T> tree(task, table, chunks.count, scratch);
    const T *total = tree.combine(values + task.index * chunks.count * m);
    if (backprop)
      tree.combine_adjoint(derivs + task.index * m, gradients + task.index * chunks.count * m);
    else
      for (int64_t i = 0; i < m; ++i) out[task.index * m + i] = total[i];
    task.advance(chunks.count);
  }

  // The first point of a chunk is the last of the one before, which has written its part.
  void settle_first_points(const Task &task, const T *carries, T *d_points) const {
    const int64_t d = path.dimension;
    for (int64_t c = 0; c < chunks.count; ++c) {
      const T *carry = carries + (task.index * chunks.count + c) * d;
      T *point = d_points + (task.index * path.length + c * chunks.increments) * d;
      for (int64_t i = 0; i < d; ++i) point[i] = (c ? point[i] : T(0)) - carry[i];
    }
    task.advance(chunks.count);
  }
};

template <class T, template <class> class Family>
int32_t plan_family(const sig_call &call, sig_plan &plan) {
  Family<T>(call).plan(plan);
  return SIG_OK;
}

template <class T, template <class> class Family>
int32_t run_family(const Task &task) {
  Family<T>(task.call).run(task);
  return task.stopped() ? SIG_STOPPED : SIG_OK;
}

bool has_path(const sig_call &call) { return call.operation == SIG_LOG_SIG_BCH || call.operation == SIG_LOG_SIG_BCH_BACKPROP; }

}  // namespace

// Working memory of a thread, for the rows of a tile (V vectors of W): the values of all nodes, as much again for an adjoint, and some rows
// of coordinates; along a path the states described in bch_path.hpp.
int32_t plan_bch(const sig_call &call, sig_plan &plan) {
  if (has_path(call)) return call.dtype == SIG_FLOAT64 ? plan_family<double, Paths>(call, plan) : plan_family<float, Paths>(call, plan);
  return call.dtype == SIG_FLOAT64 ? plan_family<double, Pairs>(call, plan) : plan_family<float, Pairs>(call, plan);
}

int32_t run_bch(const Task &task) {
  if (has_path(task.call)) return task.call.dtype == SIG_FLOAT64 ? run_family<double, Paths>(task) : run_family<float, Paths>(task);
  return task.call.dtype == SIG_FLOAT64 ? run_family<double, Pairs>(task) : run_family<float, Pairs>(task);
}

}  // namespace sig::SIG_TARGET
