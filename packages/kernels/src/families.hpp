// The families of operations as the dispatcher of one target sees them: each plans and runs its own calls.
#pragma once

#include "../include/sig_kernels.h"

namespace sig::SIG_TARGET {

struct Task {
  const sig_call &call;
  int32_t phase;
  int64_t index;
  void *shared;
  void *scratch;
  sig_control &control;

  bool stopped() const { return __atomic_load_n(&control.stop, __ATOMIC_RELAXED) != 0; }
  void advance(int64_t units) const {
    __atomic_fetch_add(&control.progress, units, __ATOMIC_RELAXED);
#if defined(__wasm__)
    sig_advanced(&control);
#endif
  }
};

int32_t plan_transforms(const sig_call &call, sig_plan &plan);
int32_t run_transforms(const Task &task);

int32_t plan_signature(const sig_call &call, sig_plan &plan);
int32_t run_signature(const Task &task);

int32_t plan_signature_backprop(const sig_call &call, sig_plan &plan);
int32_t run_signature_backprop(const Task &task);

int32_t plan_combine(const sig_call &call, sig_plan &plan);
int32_t run_combine(const Task &task);

int32_t plan_coefficients(const sig_call &call, sig_plan &plan);
int32_t run_coefficients(const Task &task);

int32_t plan_log_signature(const sig_call &call, sig_plan &plan);
int32_t run_log_signature(const Task &task);

int32_t plan_bch(const sig_call &call, sig_plan &plan);
int32_t run_bch(const Task &task);

// Kernels by finite differences, and the largest increments.
int32_t plan_kernel(const sig_call &call, sig_plan &plan);
int32_t run_kernel(const Task &task);

int32_t plan_kernel_backprop(const sig_call &call, sig_plan &plan);
int32_t run_kernel_backprop(const Task &task);

// Kernels by the polynomial scheme, and their adjoints.
int32_t plan_kernel_polynomial(const sig_call &call, sig_plan &plan);
int32_t run_kernel_polynomial(const Task &task);

int32_t plan_branched(const sig_call &call, sig_plan &plan);
int32_t run_branched(const Task &task);

int32_t plan_branched_combine(const sig_call &call, sig_plan &plan);
int32_t run_branched_combine(const Task &task);

int32_t plan_branched_log(const sig_call &call, sig_plan &plan);
int32_t run_branched_log(const Task &task);

int32_t plan_sparse_map(const sig_call &call, sig_plan &plan);
int32_t run_sparse_map(const Task &task);

int32_t plan_branched_kernel(const sig_call &call, sig_plan &plan);
int32_t run_branched_kernel(const Task &task);

}  // namespace sig::SIG_TARGET
