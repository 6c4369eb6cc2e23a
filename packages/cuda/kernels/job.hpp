// The one argument of every kernel: host and device both include this.
#pragma once

#include <stdint.h>

#include "sig_kernels.h"

namespace sig_cuda {

constexpr int max_threads = 128;

struct Job {
  sig_call call;       // operands and tables in device memory
  char *work;          // working memory
  int64_t work_bytes;  // of one block; 0 where the block's shared memory serves
  int64_t parts;       // how a kernel splits its items, as its planner says
  int64_t tile;
  const int32_t *stop;  // set by the host: blocks begin nothing more, and the outputs are unspecified
};

}  // namespace sig_cuda
