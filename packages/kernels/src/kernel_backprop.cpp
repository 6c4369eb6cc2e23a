// Gradients of signature kernels by finite differences: those of the solver's own result, from the nodes computed again. A grid of the
// forward call is not read: in lanes its nodes are computed faster than they come from memory, and are not rounded to float32.
//
// Working memory of a thread: up to about 2 MB for usual lengths, growing as the nodes of a row times the square root of the number of
// rows. A gram adds up to 16 times the gradients, in double, shared by all threads; from 256 MB for a side on only 4 times.
#include "kernel_backprop.hpp"
#include "kernel_difference_adjoint.hpp"
#include "kernel_strip_adjoint.hpp"

namespace sig::SIG_TARGET {
namespace {

struct Solver : DifferenceAdjoint {
  Solver(const sig_call &, const Pairs<double> &pairs) : DifferenceAdjoint(DifferenceGrid::of(pairs)) {}

  static int64_t tile_work(const sig_call &call) {
    const int64_t cells = (call.length - 1) * (call.length_y - 1);
    const int64_t vertex = call.static_kernel == SIG_LINEAR ? 0 : 60;
    return cells * (4 * call.dimension + 20 + vertex + (int64_t(16) << (call.dyadic_x + call.dyadic_y)));
  }
};

}  // namespace

int32_t plan_kernel_backprop(const sig_call &call, sig_plan &plan) {
  if (!refinement_fits(call)) return SIG_TOO_LARGE;
  const double nodes_x = double(call.length) * double(int64_t(1) << call.dyadic_x);
  const double nodes_y = double(call.length_y) * double(int64_t(1) << call.dyadic_y);
  if (nodes_x * nodes_y > 0x1p50) return SIG_TOO_LARGE;
  if (!StripBackprop<double>::serves(call))
    plan_backprop<Solver>(call, plan);
  else if (call.dtype == SIG_FLOAT64)
    StripBackprop<double>(call).plan(plan);
  else
    StripBackprop<float>(call).plan(plan);
  return SIG_OK;
}

int32_t run_kernel_backprop(const Task &task) {
  if (!StripBackprop<double>::serves(task.call)) return run_backprop<Solver>(task);
  return task.call.dtype == SIG_FLOAT64 ? StripBackprop<double>(task.call).run(task) : StripBackprop<float>(task.call).run(task);
}

}  // namespace sig::SIG_TARGET
