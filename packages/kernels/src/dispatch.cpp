// One table of kernels per target: this file is compiled once for each.
#include "families.hpp"
#include "targets.hpp"

namespace sig::SIG_TARGET {
namespace {

struct Family {
  int32_t (*plan)(const sig_call &, sig_plan &);
  int32_t (*run)(const Task &);
};

const Family *family_of(const sig_call &call) {
  static const Family transforms = {plan_transforms, run_transforms};
  static const Family signature = {plan_signature, run_signature};
  static const Family signature_backprop = {plan_signature_backprop, run_signature_backprop};
  static const Family combine = {plan_combine, run_combine};
  static const Family coefficients = {plan_coefficients, run_coefficients};
  static const Family log_signature = {plan_log_signature, run_log_signature};
  static const Family bch = {plan_bch, run_bch};
  static const Family kernel = {plan_kernel, run_kernel};
  static const Family kernel_backprop = {plan_kernel_backprop, run_kernel_backprop};
  static const Family kernel_polynomial = {plan_kernel_polynomial, run_kernel_polynomial};
  static const Family branched = {plan_branched, run_branched};
  static const Family branched_combine = {plan_branched_combine, run_branched_combine};
  static const Family branched_log = {plan_branched_log, run_branched_log};
  static const Family sparse_map = {plan_sparse_map, run_sparse_map};
  static const Family branched_kernel = {plan_branched_kernel, run_branched_kernel};
  switch (call.operation) {
    case SIG_TRANSFORM_PATH:
    case SIG_TRANSFORM_PATH_BACKPROP:
      return &transforms;
    case SIG_SIG:
      return &signature;
    case SIG_SIG_BACKPROP:
      return &signature_backprop;
    case SIG_SIG_COMBINE:
    case SIG_SIG_COMBINE_BACKPROP:
    case SIG_SIG_JOIN:
    case SIG_SIG_JOIN_BACKPROP:
    case SIG_SIG_INVERSE:
      return &combine;
    case SIG_SIG_COEF:
    case SIG_SIG_COEF_BACKPROP:
    case SIG_EXTRACT_SIG_COEF:
    case SIG_EXTRACT_SIG_COEF_BACKPROP:
      return &coefficients;
    case SIG_SIG_TO_LOG_SIG:
    case SIG_SIG_TO_LOG_SIG_BACKPROP:
    case SIG_LOG_SIG_TO_SIG:
    case SIG_LOG_SIG_TO_SIG_BACKPROP:
      return &log_signature;
    case SIG_LOG_SIG_COMBINE:
    case SIG_LOG_SIG_COMBINE_BACKPROP:
    case SIG_LOG_SIG_JOIN:
    case SIG_LOG_SIG_JOIN_BACKPROP:
    case SIG_LOG_SIG_BCH:
    case SIG_LOG_SIG_BCH_BACKPROP:
      return &bch;
    case SIG_SIG_KERNEL:
    case SIG_INCREMENT_KERNEL:
      return call.degree ? &kernel_polynomial : &kernel;
    case SIG_SIG_KERNEL_BACKPROP:
    case SIG_INCREMENT_KERNEL_BACKPROP:
      return call.degree ? &kernel_polynomial : &kernel_backprop;
    case SIG_LARGEST_INCREMENT:
      return &kernel;
    case SIG_BRANCHED_SIG:
    case SIG_BRANCHED_SIG_BACKPROP:
      return &branched;
    case SIG_BRANCHED_SIG_COMBINE:
    case SIG_BRANCHED_SIG_COMBINE_BACKPROP:
      return &branched_combine;
    case SIG_BRANCHED_SIG_TO_LOG_SIG:
    case SIG_BRANCHED_SIG_TO_LOG_SIG_BACKPROP:
    case SIG_BRANCHED_LOG_SIG_TO_SIG:
    case SIG_BRANCHED_LOG_SIG_TO_SIG_BACKPROP:
      return &branched_log;
    case SIG_SPARSE_MAP:
      return &sparse_map;
    case SIG_BRANCHED_SIG_KERNEL:
    case SIG_BRANCHED_SIG_KERNEL_BACKPROP:
    case SIG_BRANCHED_INCREMENT_KERNEL:
    case SIG_BRANCHED_INCREMENT_KERNEL_BACKPROP:
      return &branched_kernel;
    default:
      return nullptr;
  }
}

int32_t plan(const sig_call *call, sig_plan *out) {
  const Family *family = family_of(*call);
  if (!family || (call->dtype != SIG_FLOAT32 && call->dtype != SIG_FLOAT64)) return SIG_UNSUPPORTED;
  *out = sig_plan{};
  return family->plan(*call, *out);
}

int32_t run(const sig_call *call, int32_t phase, int64_t task, void *shared, void *scratch, sig_control *control) {
  const Family *family = family_of(*call);
  if (!family) return SIG_UNSUPPORTED;
  if (__atomic_load_n(&control->stop, __ATOMIC_RELAXED)) return SIG_STOPPED;
  return family->run(Task{*call, phase, task, shared, scratch, *control});
}

}  // namespace

extern const sig_kernels kernels;
const sig_kernels kernels = {SIG_TARGET_TEXT, SIG_VECTOR_BYTES, plan, run};

}  // namespace sig::SIG_TARGET
