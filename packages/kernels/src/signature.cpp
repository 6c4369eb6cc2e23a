// The signature of a batch of paths.
#include "signature_direct.hpp"

namespace sig::SIG_TARGET {
namespace {

template <class T>
int32_t plan_for(const sig_call &call, sig_plan &plan) {
  const SignatureShape<T> shape(call);
  plan.phases = 1;
  plan.tasks[0] = shape.tiles();
  plan.scratch_bytes = DirectForward<T>::scratch_bytes(shape, call);
  plan.work = shape.tiles() * shape.steps;
  return SIG_OK;
}

template <class T>
int32_t run_for(const Task &task) {
  const SignatureShape<T> shape(task.call);
  return DirectForward<T>::run(shape, task);
}

}  // namespace

int32_t plan_signature(const sig_call &call, sig_plan &plan) {
  return call.dtype == SIG_FLOAT64 ? plan_for<double>(call, plan) : plan_for<float>(call, plan);
}

int32_t run_signature(const Task &task) {
  return task.call.dtype == SIG_FLOAT64 ? run_for<double>(task) : run_for<float>(task);
}

}  // namespace sig::SIG_TARGET
