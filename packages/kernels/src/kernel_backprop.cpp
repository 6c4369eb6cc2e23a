// Gradients of signature kernels by finite differences.
#include "families.hpp"

namespace sig::SIG_TARGET {

int32_t plan_kernel_backprop(const sig_call &, sig_plan &) { return SIG_UNSUPPORTED; }
int32_t run_kernel_backprop(const Task &) { return SIG_UNSUPPORTED; }

}  // namespace sig::SIG_TARGET
