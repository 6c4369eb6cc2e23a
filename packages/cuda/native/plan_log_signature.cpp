// Plans of log-signatures.
#include "plan.hpp"

namespace sig_cuda {

int32_t plan_log_signature(Planner &planner) {
  const sig_call &call = planner.call;
  const int64_t length = row_length(call.dimension, call.degree);
  if (!length) return SIG_TOO_LARGE;
  const char *const family = call.operation == SIG_SIG_TO_LOG_SIG            ? "sig_to_log_sig"
                             : call.operation == SIG_SIG_TO_LOG_SIG_BACKPROP ? "sig_to_log_sig_backprop"
                             : call.operation == SIG_LOG_SIG_TO_SIG          ? "log_sig_to_sig"
                                                                             : "log_sig_to_sig_backprop";
  const int64_t bytes = series_bytes(call.dimension, call.degree) + 2 * array_bytes(length, 8) + 16;
  return planner.by_blocks(family, call.batch, power(call.dimension, call.degree), bytes);
}

}  // namespace sig_cuda
