// Gradients of signature kernels by finite differences: those of the solver's own result, from the nodes computed again. A grid of the
// forward call is not read: in lanes its nodes are computed faster than they come from memory.
//
// Working memory of a thread: up to about 2 MB for usual lengths, growing as the nodes of a row times the square root of the number of
// rows. A gram adds up to 16 times the gradients, in double, shared by all threads; from 256 MB for a side on only 4 times.
#include "kernel_backprop.hpp"
#include "kernel_difference_adjoint.hpp"
#include "kernel_strip_adjoint.hpp"

namespace sig::SIG_TARGET {
namespace {

template <class S>
struct Solver : DifferenceAdjoint<S> {
  Solver(const sig_call &, const Pairs<S> &pairs) : DifferenceAdjoint<S>(DifferenceGrid::of(pairs)) {}

  static int64_t tile_work(const sig_call &call) {
    const int64_t cells = (call.length - 1) * (call.length_y - 1);
    const int64_t vertex = call.static_kernel == SIG_LINEAR ? 0 : 60;
    return cells * (4 * call.dimension + 20 + vertex + (int64_t(16) << (call.dyadic_x + call.dyadic_y)));
  }
};

// Whether float in the lanes serves gradients. Its roundings add up to some 1e-6 of the largest at 128 points and 7e-6 at 1,024; longer
// paths, the sums of a gram over many pairs, and targets of four lanes, which gain less by it, stay in double.
bool in_float(const sig_call &call) {
  return Lanes<float>::W > 4 && float_serves(call) && !(call.flags & SIG_GRAM) && call.length * call.length_y <= 1 << 20;
}

// Calls body(kind of the call).
template <class Body>
auto dispatch(const sig_call &call, const Body &body) {
  if (StripBackprop<double>::serves(call))
    return call.dtype == SIG_FLOAT64 ? body(StripBackprop<double>(call)) : body(StripBackprop<float>(call));
  if (in_float(call)) {
    const Pairs<float> pairs = backprop_pairs<float, Solver<float>>(call);
    return body(ListedBackprop<float, float, Solver<float>>{call, pairs});
  }
  return with_backprop<Solver<double>>(call, body);
}

}  // namespace

int32_t plan_kernel_backprop(const sig_call &call, sig_plan &plan) {
  if (!refinement_fits(call)) return SIG_TOO_LARGE;
  const double nodes_x = double(call.length) * double(int64_t(1) << call.dyadic_x);
  const double nodes_y = double(call.length_y) * double(int64_t(1) << call.dyadic_y);
  if (nodes_x * nodes_y > 0x1p50) return SIG_TOO_LARGE;
  dispatch(call, [&](const auto &backprop) { backprop.plan(plan); });
  return SIG_OK;
}

int32_t run_kernel_backprop(const Task &task) {
  return dispatch(task.call, [&](const auto &backprop) { return backprop.run(task); });
}

}  // namespace sig::SIG_TARGET
