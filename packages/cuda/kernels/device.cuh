// What kernel sources begin with: CUDA, or its emulation on the CPU.
#pragma once

#if !defined(__CUDACC__)
#include "cuda_emulation.hpp"
#endif

#include "job.hpp"

// SIG_KERNEL(name, statement): a kernel of that name which runs the statement on `job`.
#define SIG_KERNEL(name, ...)                                                                            \
  extern "C" __global__ void __launch_bounds__(::sig_cuda::max_threads, 4) name(const __grid_constant__ ::sig_cuda::Job job) { \
    __VA_ARGS__;                                                                                         \
  }                                                                                                      \
  SIG_ADD_KERNEL(name)
// Kernels name##_f32 and name##_f64 of a function template over the number.
#define SIG_KERNELS(name, function)      \
  SIG_KERNEL(name##_f32, function<float>(job)) \
  SIG_KERNEL(name##_f64, function<double>(job))

// Before loops that would only grow by being unrolled.
#if defined(__CUDACC__)
#define SIG_ADD_KERNEL(name)
#define SIG_ROLLED _Pragma("unroll 1")
#else
#define SIG_ROLLED
#define SIG_ADD_KERNEL(name) \
  const bool name##_added = emulation::add_kernel(#name, [](const void *job) { name(*static_cast<const ::sig_cuda::Job *>(job)); });
#endif

namespace sig_cuda {

#if defined(__CUDACC__)
extern __shared__ __align__(16) unsigned char dynamic_shared[];
__device__ inline unsigned char *shared_memory() { return dynamic_shared; }
#else
inline unsigned char *shared_memory() { return emulation::shared_memory(); }
#endif

// The threads of all blocks share items out among them.
__device__ inline int64_t first_item() { return int64_t(blockIdx.x) * blockDim.x + threadIdx.x; }
__device__ inline int64_t item_stride() { return int64_t(gridDim.x) * blockDim.x; }

// Seen by all threads of a block alike; every one of them has to ask.
__device__ inline bool block_stopped(const Job &job, int32_t *flag) {
  __syncthreads();
  if (threadIdx.x == 0) *flag = *static_cast<const volatile int32_t *>(job.stop);
  __syncthreads();
  return *flag != 0;
}

// Arrays one after another in the working memory of a block: its shared memory, or its part of `job.work`.
class BlockMemory {
 public:
  __device__ explicit BlockMemory(const Job &job)
      : next_(job.work_bytes ? reinterpret_cast<unsigned char *>(job.work) + blockIdx.x * job.work_bytes : shared_memory()) {}

  template <class T>
  __device__ T *take(int64_t n) {
    T *const memory = reinterpret_cast<T *>(next_);
    next_ += (n * int64_t(sizeof(T)) + 15) / 16 * 16;
    return memory;
  }

 private:
  unsigned char *next_;
};

template <class T>
__device__ inline const T *input(const Job &job, int i) {
  return static_cast<const T *>(job.call.in[i].data);
}
template <class T>
__device__ inline T *output(const Job &job, int i) {
  return static_cast<T *>(job.call.out[i].data);
}

}  // namespace sig_cuda
