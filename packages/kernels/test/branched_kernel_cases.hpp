// Calls of the branched signature kernels and their gradients, over shapes and depths.
#pragma once

#include "kernel_adjoint_cases.hpp"

namespace cases {

class BranchedKernelCases {
 public:
  explicit BranchedKernelCases(const std::function<void(const Case &)> &visit) : forward_(visit), adjoint_(visit) {}

  void all() {
    for (const int32_t dtype : {SIG_FLOAT64, SIG_FLOAT32}) {
      dtype_ = dtype;
      // Tiles that are full, have idle lanes, and hold a single pair.
      for (const int64_t batch : {1, 2, 4, 9})
        for (const int64_t batch_y : {1, 3, 8}) shapes(batch, batch_y, batch % 2 ? 5 : 6, 4, 3, static_kernels[0], 2, 0, batch % 2);
      for (int64_t depth = 1; depth <= 4; ++depth) shapes(3, 5, 4, 7, 2, static_kernels[depth % 2], depth, 1, 0);
      for (const StaticKernelCase &form : static_kernels) shapes(3, 2, 4, 5, 3, form, 2, 0, 1);
      for (const int64_t dyadic_x : {0, 1, 3})
        for (const int64_t dyadic_y : {0, 2}) shapes(3, 5, 3, 4, 2, static_kernels[0], 3, dyadic_x, dyadic_y);
      shapes(2, 1, 2, 2, 1, static_kernels[0], 3, 0, 0);
      // So many rows that gradients compute them again in blocks, and so many pairs that several tasks share in them.
      shapes(2, 1, 40, 9, 2, static_kernels[1], 2, 0, 0);
      shapes(9, 13, 12, 12, 3, static_kernels[0], 2, 0, 0);
    }
  }

 private:
  // Every way to pair paths of one shape.
  void shapes(int64_t batch, int64_t batch_y, int64_t length, int64_t length_y, int64_t dimension, const StaticKernelCase &form,
              int64_t depth, int64_t dyadic_x, int64_t dyadic_y) {
    sig_call call{};
    call.operation = SIG_BRANCHED_SIG_KERNEL;
    call.dtype = dtype_;
    call.batch = batch;
    call.batch_y = batch_y;
    call.length = length;
    call.length_y = length_y;
    call.dimension = dimension;
    call.degree = depth;
    call.dyadic_x = dyadic_x;
    call.dyadic_y = dyadic_y;
    call.static_kernel = form.kernel;
    std::copy(form.parameters, form.parameters + 3, call.static_parameters);
    for (const int32_t grid : {0, int32_t(SIG_GRID)}) {
      call.batch_y = batch_y;
      call.flags = SIG_GRAM | grid;
      adjoint_.gradients(call, form);
      call.batch_y = batch;
      call.flags = grid;
      adjoint_.gradients(call, form);
    }
    call.batch_y = batch_y;
    call.flags = SIG_GRAM;
    forward_.forward(call, form);
    call.batch_y = batch;
    call.flags = 0;
    forward_.forward(call, form);
    call.length_y = length;
    call.dyadic_y = dyadic_x;
    call.flags = SIG_GRAM | SIG_TRIANGLE;
    forward_.forward(call, form);
  }

  KernelCases forward_;
  KernelAdjointCases adjoint_;
  int32_t dtype_ = SIG_FLOAT64;
};

}  // namespace cases
