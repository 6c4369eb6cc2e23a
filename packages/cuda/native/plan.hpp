// How a call becomes launches: kernels, grids and working memory, split so that no limit of the device is met blindly.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "driver.hpp"
#include "job.hpp"

namespace sig_cuda {

struct Launch {
  std::string kernel;
  int64_t blocks;
  int64_t threads;
  int64_t shared_bytes = 0;
  int64_t parts = 1;  // of Job
  int64_t tile = 0;
  int64_t block_bytes = 0;  // of working memory for each block
};

struct Plan {
  std::vector<Launch> launches;  // one after another; each has the working memory to itself
  int64_t work_bytes = 0;
};

// A sig_status. The call has its shapes, flags and lengths of tables; its data pointers are not looked at.
int32_t make_plan(const sig_call &call, const DeviceFacts &device, int64_t memory_limit, Plan &plan);

// Used by the planners of the families.
class Planner {
 public:
  Planner(const sig_call &call, const DeviceFacts &device, int64_t memory_limit, Plan &plan)
      : call(call), device(device), memory_limit(memory_limit), plan_(plan) {}

  const sig_call &call;
  const DeviceFacts &device;
  const int64_t memory_limit;

  int64_t number_bytes() const { return call.dtype == SIG_FLOAT64 ? 8 : 4; }
  std::string named(const std::string &family) const { return family + (call.dtype == SIG_FLOAT64 ? "_f64" : "_f32"); }

  int32_t launch(Launch launch) {
    plan_.launches.push_back(std::move(launch));
    return SIG_OK;
  }

  // One thread for each number.
  int32_t elementwise(const std::string &family, int64_t numbers);

  // One block after another for each item; `width` is the largest number of threads that find work in one, `bytes` what a block works in.
  int32_t by_blocks(const std::string &family, int64_t items, int64_t width, int64_t bytes);

 private:
  Plan &plan_;
};

// Letters of the algebra of a path call, and points of its augmented path.
inline int64_t letters_of(const sig_call &call) {
  return call.dimension * (call.flags & SIG_LEAD_LAG ? 2 : 1) + (call.flags & SIG_TIME_AUG ? 1 : 0);
}
inline int64_t rows_of(const sig_call &call) { return call.flags & SIG_LEAD_LAG ? 2 * call.length - 1 : call.length; }

inline int64_t power(int64_t base, int64_t exponent) {
  int64_t product = 1;
  for (int64_t i = 0; i < exponent; ++i) product *= base;
  return product;
}
// Numbers of levels 1 .. degree; 0 where kernels could not count them.
inline int64_t row_length(int64_t letters, int64_t degree) {
  int64_t length = 0, size = 1;
  for (int64_t n = 0; n < degree; ++n) {
    size *= letters;
    length += size;
    if (length >= int64_t(1) << 31) return 0;
  }
  return length;
}

inline int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }
inline int64_t whole_warps(int64_t threads) { return threads >= max_threads ? max_threads : divide_up(threads, 32) * 32; }

// Bytes of an array in a block's memory.
inline int64_t array_bytes(int64_t numbers, int64_t each) { return divide_up(numbers * each, 16) * 16; }

// What TensorSeries takes of it.
inline int64_t series_bytes(int64_t letters, int64_t degree) {
  int64_t bytes = 3 * array_bytes(row_length(letters, degree), 8);
  for (int64_t n = degree; n > 0; --n) bytes += array_bytes(row_length(letters, n), 8);
  return bytes;
}

int32_t plan_transforms(Planner &planner);
int32_t plan_signature(Planner &planner);
int32_t plan_signature_backprop(Planner &planner);
int32_t plan_products(Planner &planner);
int32_t plan_coefficients(Planner &planner);
int32_t plan_log_signature(Planner &planner);

}  // namespace sig_cuda
