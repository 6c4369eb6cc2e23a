// Plans of signatures, their gradients and products.
#include <algorithm>

#include "plan.hpp"

namespace sig_cuda {
namespace {

constexpr int64_t highest_unrolled_degree = 6;
constexpr int64_t tile_bytes = int64_t(8) << 10;  // of increments in shared memory
constexpr int64_t most_tile = 64;

// Letters of the highest level that a thread keeps: the fewest slots, then the fewest threads.
int64_t chunk_letters(int64_t letters, int64_t degree) {
  if (degree > highest_unrolled_degree) return 4;
  int64_t best = 8;
  for (const int64_t k : {4, 2})
    if (divide_up(letters, k) * k < divide_up(letters, best) * best) best = k;
  return best;
}

// What the structures of the kernels take of a block's memory.
int64_t step_adjoint_bytes(int64_t letters, int64_t degree, int64_t threads, bool owns_top = false) {
  const int64_t low = row_length(letters, degree - 1), slices = std::max<int64_t>(threads / letters, 1);
  return 4 * array_bytes(low, 8) + array_bytes(letters, 8) + array_bytes(low + 1, 8) + array_bytes(slices * letters, 8) +
         (owns_top ? array_bytes(power(letters, degree), 8) : 0);
}

constexpr int64_t flag_bytes = 16;

int32_t plan_corrected(Planner &planner) {
  const sig_call &call = planner.call;
  const int64_t d = letters_of(call), row = array_bytes(row_length(d, call.degree), 8), own = series_bytes(d, call.degree) + flag_bytes;
  if (call.operation == SIG_SIG) return planner.by_blocks("signature_corrected", call.batch, power(d, call.degree), own + row);
  return planner.by_blocks("signature_corrected_backprop", call.batch, power(d, call.degree), own + 2 * row + array_bytes(d, 8));
}

}  // namespace

int32_t plan_signature(Planner &planner) {
  const sig_call &call = planner.call;
  const int64_t d = letters_of(call), n = call.degree, steps = rows_of(call) - 1;
  if (!row_length(d, n)) return SIG_TOO_LARGE;
  if (call.correction_layout != SIG_CORRECTION_NONE) return plan_corrected(planner);
  const int64_t k = chunk_letters(d, n), chunks = divide_up(d, k), owners = power(d, n - 1) * chunks;
  const int64_t paths = owners >= max_threads ? 1 : std::min(max_threads / owners, call.batch);
  const int64_t threads = whole_warps(paths * owners), parts = paths > 1 ? 1 : divide_up(owners, threads);
  const int64_t held = parts > 1 ? 1 : threads / owners, step_bytes = held * chunks * k * planner.number_bytes();
  if (step_bytes > planner.device.shared_bytes) return SIG_TOO_LARGE;
  const int64_t tile = std::clamp<int64_t>(tile_bytes / step_bytes, 1, std::min(steps, most_tile));
  const std::string degree = std::to_string(n > highest_unrolled_degree ? 0 : n);
  return planner.launch({planner.named("signature_" + degree + "_" + std::to_string(k)), divide_up(call.batch, held) * parts, threads,
                         flag_bytes + tile * step_bytes, parts, tile});
}

int32_t plan_signature_backprop(Planner &planner) {
  const sig_call &call = planner.call;
  const int64_t d = letters_of(call), widest = power(d, call.degree);
  if (!row_length(d, call.degree)) return SIG_TOO_LARGE;
  if (call.correction_layout != SIG_CORRECTION_NONE) return plan_corrected(planner);
  const int64_t bytes = step_adjoint_bytes(d, call.degree, whole_warps(widest), call.flags & SIG_STREAM) + flag_bytes;
  return planner.by_blocks("signature_backprop", call.batch, widest, bytes);
}

int32_t plan_products(Planner &planner) {
  const sig_call &call = planner.call;
  const int64_t length = row_length(call.dimension, call.degree), widest = power(call.dimension, call.degree);
  if (!length) return SIG_TOO_LARGE;
  const int64_t rows = call.batch * (length + 1);
  switch (call.operation) {
    case SIG_SIG_COMBINE:
      return planner.elementwise("sig_combine", rows);
    case SIG_SIG_COMBINE_BACKPROP:
      return planner.elementwise("sig_combine_backprop", rows);
    case SIG_SIG_JOIN:
      return planner.elementwise("sig_join", rows);
    case SIG_SIG_JOIN_BACKPROP:
      return planner.by_blocks("sig_join_backprop", call.batch, widest,
                               step_adjoint_bytes(call.dimension, call.degree, whole_warps(widest)));
    default:
      return planner.by_blocks("sig_inverse", call.batch, widest, 0);
  }
}

}  // namespace sig_cuda
