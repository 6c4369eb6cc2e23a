// Random operands, the same in every run.
#pragma once

#include "host.hpp"

namespace cases {

class Random {
 public:
  // Evenly spread over [-1, 1].
  double next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return double(state_ >> 11) / double(uint64_t(1) << 52) - 1.0;
  }

 private:
  uint64_t state_ = 0x9e3779b97f4a7c15u;
};

inline Block random_numbers(const sig_call &call, int64_t numbers, double scale, Random &random) {
  Block block(numbers * number_bytes(call), 0);
  for (int64_t i = 0; i < numbers; ++i) {
    if (call.dtype == SIG_FLOAT64)
      static_cast<double *>(block.data())[i] = scale * random.next();
    else
      static_cast<float *>(block.data())[i] = float(scale * random.next());
  }
  return block;
}

}  // namespace cases
