// Calls of the signature kernels by the polynomial scheme and their gradients, over shapes and orders.
#pragma once

#include "kernel_adjoint_cases.hpp"

namespace cases {

class KernelPolynomialCases {
 public:
  explicit KernelPolynomialCases(const std::function<void(const Case &)> &visit) : forward_(visit), adjoint_(visit) {}

  void all() {
    for (const int32_t dtype : {SIG_FLOAT64, SIG_FLOAT32}) {
      dtype_ = dtype;
      // Orders with a loop of their own, and with blocks of coefficients that are full or not.
      for (int64_t order = 2; order <= 18; ++order) shapes(3, 5, 4, 6, 2, static_kernels[0], order);
      for (const int64_t order : {31, 32, 33, 63, 64}) shapes(2, 3, 3, 4, 2, static_kernels[0], order);
      for (const int64_t batch : {1, 2, 5, 9})
        for (const int64_t batch_y : {1, 3, 8}) shapes(batch, batch_y, 5, 4, 3, static_kernels[0], 4);
      for (const StaticKernelCase &form : static_kernels) shapes(5, 3, 4, 5, 3, form, 3);
      // A single pair, in strips of rows.
      for (const StaticKernelCase &form : static_kernels) forward_.forward(call_of(1, 1, 6, 7, 3, form, 7), form);
      shapes(1, 1, 2, 2, 1, static_kernels[0], 5);
      shapes(1, 1, 4, 26, 2, static_kernels[0], 64);
      // So many cells that they are computed in blocks: below and beside one another, in one column, in one row.
      gradients(call_of(2, 1, 45, 62, 2, static_kernels[0], 3), static_kernels[0]);
      gradients(call_of(1, 2, 90, 2, 2, static_kernels[0], 17), static_kernels[0]);
      gradients(call_of(1, 2, 2, 300, 2, static_kernels[0], 17), static_kernels[0]);
    }
  }

 private:
  sig_call call_of(int64_t batch, int64_t batch_y, int64_t length, int64_t length_y, int64_t dimension, const StaticKernelCase &form,
                   int64_t order) const {
    sig_call call{};
    call.dtype = dtype_;
    call.batch = batch;
    call.batch_y = batch_y;
    call.length = length;
    call.length_y = length_y;
    call.dimension = dimension;
    call.degree = order;
    call.static_kernel = form.kernel;
    std::copy(form.parameters, form.parameters + 3, call.static_parameters);
    return call;
  }

  // Every way to pair paths of one shape.
  void shapes(int64_t batch, int64_t batch_y, int64_t length, int64_t length_y, int64_t dimension, const StaticKernelCase &form,
              int64_t order) {
    sig_call call = call_of(batch, batch_y, length, length_y, dimension, form, order);
    gradients(call, form);
    call.flags = SIG_GRAM;
    forward_.forward(call, form);
    call.batch_y = batch;
    call.flags = 0;
    forward_.forward(call, form);
    call.length_y = length;
    call.flags = SIG_GRAM | SIG_TRIANGLE;
    forward_.forward(call, form);
  }

  void gradients(sig_call call, const StaticKernelCase &form) {
    const int64_t batch_y = call.batch_y;
    for (const int32_t grid : {0, int32_t(SIG_GRID)}) {
      call.batch_y = batch_y;
      call.flags = SIG_GRAM | grid;
      adjoint_.gradients(call, form);
      call.batch_y = call.batch;
      call.flags = grid;
      adjoint_.gradients(call, form);
    }
  }

  KernelCases forward_;
  KernelAdjointCases adjoint_;
  int32_t dtype_ = SIG_FLOAT64;
};

}  // namespace cases
