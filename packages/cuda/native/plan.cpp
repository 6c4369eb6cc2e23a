#include "plan.hpp"

#include <algorithm>

#include "sig_description.hpp"

namespace sig_cuda {
namespace {

// Blocks that a processor is given to hide the waiting of one another.
constexpr int64_t blocks_per_processor = 16;
// Shared memory beyond this lets so few blocks onto a processor that global memory serves no worse.
constexpr int64_t most_shared_bytes = int64_t(48) << 10;

}  // namespace

int32_t Planner::elementwise(const std::string &family, int64_t numbers) {
  if (numbers == 0) return SIG_OK;
  const int64_t wanted = divide_up(numbers, max_threads), most = device.processors * blocks_per_processor;
  return launch({named(family), std::min(wanted, most), whole_warps(numbers)});
}

int32_t Planner::by_blocks(const std::string &family, int64_t items, int64_t width, int64_t bytes) {
  int64_t blocks = std::min(items, device.processors * blocks_per_processor);
  if (bytes <= std::min(device.shared_bytes, most_shared_bytes)) return launch({named(family), blocks, whole_warps(width), bytes});
  if (bytes > memory_limit) return sig_description::over_limit;
  blocks = std::min(blocks, memory_limit / bytes);
  plan_.work_bytes = std::max(plan_.work_bytes, blocks * bytes);
  return launch({named(family), blocks, whole_warps(width), 0, 1, 0, bytes});
}

int32_t make_plan(const sig_call &call, const DeviceFacts &device, int64_t memory_limit, Plan &plan) {
  Planner planner(call, device, memory_limit, plan);
  switch (call.operation) {
    case SIG_TRANSFORM_PATH:
    case SIG_TRANSFORM_PATH_BACKPROP:
      return plan_transforms(planner);
    case SIG_SIG:
      return plan_signature(planner);
    case SIG_SIG_BACKPROP:
      return plan_signature_backprop(planner);
    case SIG_SIG_COEF:
    case SIG_SIG_COEF_BACKPROP:
    case SIG_EXTRACT_SIG_COEF:
    case SIG_EXTRACT_SIG_COEF_BACKPROP:
      return plan_coefficients(planner);
    case SIG_SIG_TO_LOG_SIG:
    case SIG_SIG_TO_LOG_SIG_BACKPROP:
    case SIG_LOG_SIG_TO_SIG:
    case SIG_LOG_SIG_TO_SIG_BACKPROP:
      return plan_log_signature(planner);
    case SIG_SIG_COMBINE:
    case SIG_SIG_COMBINE_BACKPROP:
    case SIG_SIG_JOIN:
    case SIG_SIG_JOIN_BACKPROP:
    case SIG_SIG_INVERSE:
      return plan_products(planner);
    default:
      return SIG_UNSUPPORTED;
  }
}

int32_t plan_transforms(Planner &planner) {
  const sig_call &call = planner.call;
  if (call.operation == SIG_TRANSFORM_PATH) return planner.elementwise("transform_path", call.batch * rows_of(call) * letters_of(call));
  return planner.elementwise("transform_path_backprop", call.batch * call.length * call.dimension);
}

}  // namespace sig_cuda
