// Signature kernels by the polynomial scheme, and their gradients.
#include "families.hpp"

namespace sig::SIG_TARGET {

int32_t plan_kernel_polynomial(const sig_call &, sig_plan &) { return SIG_UNSUPPORTED; }
int32_t run_kernel_polynomial(const Task &) { return SIG_UNSUPPORTED; }

}  // namespace sig::SIG_TARGET
