// Branched signature kernels and their gradients.
//
// Working memory of a thread, with n columns after refinement, W lanes and depth q: about 2 W n (q + 1) numbers for values, and for
// gradients 2 W n q times the square root of the number of rows after refinement.
#include "branched_kernel.hpp"
#include "kernel_backprop.hpp"
#include "kernel_results.hpp"

namespace sig::SIG_TARGET {
namespace {

// T: numbers of the operands; S: of the lanes.
template <class T, class S>
struct Forward {
  const sig_call &call;
  Pairs<S> pairs;
  BranchedGrid grid;
  bool everywhere;

  explicit Forward(const sig_call &call)
      : call(call), pairs(call, 0, BranchedGrid::work(call, 30 + call.dimension)), grid(call, pairs), everywhere(call.flags & SIG_GRID) {}

  void plan(sig_plan &plan) const {
    plan.phases = 1;
    plan.tasks[0] = pairs.tasks();
    plan.scratch_bytes =
        IncrementRows<T, S>::scratch_bytes(call, pairs) + BranchedRow<S>::scratch_bytes(grid) + Scratch::bytes<Vec<S>>(grid.columns);
    plan.work = pairs.tiles() * grid.rows;
  }

  int32_t run(const Task &task) const {
    Scratch scratch(task.scratch);
    IncrementRows<T, S> increments(call, pairs, scratch, &task);
    BranchedRow<S> row(grid);
    row.take(scratch);
    Vec<S> *coarse = scratch.take<Vec<S>>(grid.columns);
    const KernelResults<T, S> results{pairs, static_cast<T *>(call.out[0].data), grid.fine_rows() + 1, grid.fine_columns() + 1};
    const auto write_row = [&](const PairTile<S> &tile, int64_t i) {
      results.write_grid_row(tile, i, [&](int64_t j, int k) { return j ? row.result()[j - 1][k] : S(1); });
    };
    for (int64_t t = 0; t < pairs.tiles_of(task.index); ++t) {
      const PairTile<S> tile = pairs.tile(task.index, t);
      increments.load(tile);
      row.begin();
      if (everywhere) write_row(tile, 0);
      for (int64_t i = 0; i < grid.rows; ++i) {
        increments.rows(i, 1, coarse, grid.columns);
        row.refine(coarse);
        for (int64_t f = i << grid.row_dyadic; f < (i + 1) << grid.row_dyadic; ++f) {
          if (task.stopped()) return SIG_STOPPED;
          row.advance(everywhere);
          if (everywhere) write_row(tile, f + 1);
        }
        task.advance(1);
      }
      if (everywhere)
        results.mirror_grids(tile);
      else
        results.write_values(tile, [last = row.last()](int k) { return last[k]; });
    }
    return task.stopped() ? SIG_STOPPED : SIG_OK;
  }
};

bool is_backprop(const sig_call &call) {
  return call.operation == SIG_BRANCHED_SIG_KERNEL_BACKPROP || call.operation == SIG_BRANCHED_INCREMENT_KERNEL_BACKPROP;
}

// Float lanes serve where they serve other kernels: sums of many cells, without refinement.
template <class Body>
int32_t with_forward(const sig_call &call, const Body &body) {
  if (call.dtype == SIG_FLOAT64) return body(Forward<double, double>(call));
  return float_serves(call) ? body(Forward<float, float>(call)) : body(Forward<float, double>(call));
}

}  // namespace

int32_t plan_branched_kernel(const sig_call &call, sig_plan &plan) {
  // For each depth there is a grid, so to speak.
  if (!refinement_fits(call) || BranchedGrid::nodes(call) * double(call.degree) > 0x1p52) return SIG_TOO_LARGE;
  if (is_backprop(call))
    plan_backprop<BranchedAdjoint>(call, plan);
  else
    with_forward(call, [&](const auto &forward) {
      forward.plan(plan);
      return int32_t(SIG_OK);
    });
  return SIG_OK;
}

int32_t run_branched_kernel(const Task &task) {
  if (is_backprop(task.call)) return run_backprop<BranchedAdjoint>(task);
  return with_forward(task.call, [&](const auto &forward) { return forward.run(task); });
}

}  // namespace sig::SIG_TARGET
