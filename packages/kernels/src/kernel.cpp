// Signature kernels by finite differences, and the largest increments.
#include "families.hpp"

namespace sig::SIG_TARGET {

int32_t plan_kernel(const sig_call &, sig_plan &) { return SIG_UNSUPPORTED; }
int32_t run_kernel(const Task &) { return SIG_UNSUPPORTED; }

}  // namespace sig::SIG_TARGET
