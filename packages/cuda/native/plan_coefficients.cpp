// Plans of coefficients.
#include <algorithm>

#include "plan.hpp"

namespace sig_cuda {

int32_t plan_coefficients(Planner &planner) {
  const sig_call &call = planner.call;
  const int64_t nodes = call.tables[0].length, d = letters_of(call), values = array_bytes(nodes, 8), letters = array_bytes(d, 8), flag = 16;
  switch (call.operation) {
    case SIG_SIG_COEF:
      return planner.by_blocks("coefficients", call.batch, nodes, 2 * values + letters + flag);
    case SIG_SIG_COEF_BACKPROP:
      return planner.by_blocks("coefficients_backprop", call.batch, nodes,
                               6 * values + 2 * letters + 2 * array_bytes(nodes, 4) + 2 * flag);
    case SIG_EXTRACT_SIG_COEF:
      return planner.elementwise("extract", call.batch * nodes);
    default:
      return planner.by_blocks("extract_backprop", call.batch, std::max<int64_t>(call.length, 1), 0);
  }
}

}  // namespace sig_cuda
