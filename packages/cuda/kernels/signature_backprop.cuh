// sigBackprop: a block walks a path forwards to its lower levels in double, then backwards, where it undoes each step and takes its
// adjoint. The memory is that of one signature, however long the path; the given signature is not needed.
#pragma once

#include "path.cuh"
#include "step_adjoint.cuh"

namespace sig_cuda {

// Adds the gradient dz(letter) of a step's increment to the points of the path. One thread serves a channel in all steps.
template <class T, class Dz>
__device__ inline void add_to_points(const AugmentedPath &path, int64_t step, const Dz &dz, T *d_points) {
  T *const from = d_points + path.segment(step) * path.dimension;
  const int64_t offset = path.lead_lag && step % 2 == 0 ? path.dimension : 0;  // of the letters that move
  SIG_ROLLED for (int64_t j = threadIdx.x; j < path.dimension; j += blockDim.x) {
    const double g = dz(uint32_t(offset + j));
    from[j] -= T(g);
    from[path.dimension + j] += T(g);
  }
}

template <class T>
__device__ void signature_backprop(const Job &job) {
  const sig_call &call = job.call;
  const AugmentedPath path(call);
  const Levels levels(path.letters, call.degree);
  const bool stream = call.flags & SIG_STREAM;
  const int64_t steps = path.steps(), size = path.length * path.dimension;
  const LevelRows<const T> derivs(call.in[3], levels.length());
  BlockMemory memory(job);
  StepAdjoint<false, T> adjoint(levels, memory, stream);
  int32_t *const stopped = memory.take<int32_t>(1);
  const uint32_t top = levels.size(levels.degree);
  SIG_ROLLED for (int64_t b = blockIdx.x; b < call.batch; b += gridDim.x) {
    if (block_stopped(job, stopped)) return;
    const T *const points = input<T>(job, 0) + b * size;
    T *const d_points = output<T>(job, 0) + b * size;
    SIG_ROLLED for (int64_t i = threadIdx.x; i < size; i += blockDim.x) d_points[i] = 0;
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < adjoint.low; i += blockDim.x) adjoint.s[i] = adjoint.g[i] = 0;
    if (stream)
      SIG_ROLLED for (uint32_t i = threadIdx.x; i < top; i += blockDim.x) adjoint.own_top[i] = 0;
    else
      adjoint.load(derivs.row(b));
    const auto load_increment = [&](int64_t step) {
      __syncthreads();
      SIG_ROLLED for (uint32_t l = threadIdx.x; l < levels.letters; l += blockDim.x) adjoint.z[l] = path.increment<double>(points, step, l);
      __syncthreads();
    };
    SIG_ROLLED for (int64_t step = 0; step < steps; ++step) {
      load_increment(step);
      multiply_in_place<false>(levels, levels.degree - 1, adjoint.s, adjoint.z, 1.0);
    }
    SIG_ROLLED for (int64_t step = steps - 1; step >= 0; --step) {
      if (stream) {
        const T *const row = derivs.row(b * steps + step);
        SIG_ROLLED for (uint32_t i = threadIdx.x; i < adjoint.low; i += blockDim.x) adjoint.g[i] += row[i];
        SIG_ROLLED for (uint32_t i = threadIdx.x; i < top; i += blockDim.x) adjoint.own_top[i] += row[adjoint.low + i];
      }
      load_increment(step);
      multiply_in_place<false>(levels, levels.degree - 1, adjoint.s, adjoint.z, -1.0);
      adjoint.run();
      add_to_points(path, step, [&](uint32_t letter) { return adjoint.dz(letter); }, d_points);
    }
  }
}

SIG_KERNELS(signature_backprop, signature_backprop)

}  // namespace sig_cuda
