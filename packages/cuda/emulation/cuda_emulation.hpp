// CUDA's device language on the CPU, as much of it as our kernels use: the same sources run under the sanitizers without a GPU.
//
// Every thread of a block is a fiber, and a barrier or a shuffle passes control on, so that the order in which threads get from one
// barrier to the next is ours to choose: a result that depends on it shows a race. Shared memory has exactly the size that the launch
// asked for and begins as NaN. Stricter than a GPU: a thread that has ended does not count at a barrier.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#define __global__
#define __device__
#define __host__
#define __forceinline__ inline
#define __grid_constant__
#define __launch_bounds__(...)

namespace emulation {

struct Index {
  unsigned x;
};

// In which order the threads of a block, and the blocks, take their turns.
enum class Schedule { forward, reverse, shuffled };

struct Launch {
  unsigned blocks;
  unsigned threads;
  size_t shared_bytes;
  Schedule schedule = Schedule::forward;
  uint32_t seed = 1;
};

// Runs body(argument) for every thread. Throws std::runtime_error where the threads of a block do not meet at a barrier.
void launch(const Launch &launch, void (*body)(const void *), const void *argument);

// What the running thread may ask.
const Index &thread_index();
const Index &block_index();
const Index &block_size();
const Index &grid_size();
unsigned char *shared_memory();
void block_barrier();
// Hands `bits` to the warp and returns those of lane `source`, when all lanes of `mask` have come.
uint64_t exchange(unsigned mask, uint64_t bits, unsigned source);

template <class T>
T shuffle(unsigned mask, T value, unsigned source) {
  static_assert(sizeof(T) <= sizeof(uint64_t));
  uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof(T));
  bits = exchange(mask, bits, source);
  std::memcpy(&value, &bits, sizeof(T));
  return value;
}

// Adds *target += value with no other thread in between.
template <class T>
T add_atomically(T *target, T value) {
  T before;
  __atomic_load(target, &before, __ATOMIC_RELAXED);
  T after = before + value;
  while (!__atomic_compare_exchange(target, &before, &after, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) after = before + value;
  return before;
}

// The kernels of the program by name, as cuModuleGetFunction finds them.
using Kernel = void (*)(const void *argument);
bool add_kernel(const char *name, Kernel kernel);
Kernel find_kernel(const char *name);

}  // namespace emulation

#define threadIdx (::emulation::thread_index())
#define blockIdx (::emulation::block_index())
#define blockDim (::emulation::block_size())
#define gridDim (::emulation::grid_size())

inline void __syncthreads() { ::emulation::block_barrier(); }
inline void __syncwarp(unsigned mask = ~0u) { ::emulation::exchange(mask, 0, threadIdx.x & 31); }

template <class T>
T __shfl_sync(unsigned mask, T value, int lane) {
  return ::emulation::shuffle(mask, value, unsigned(lane) & 31);
}
template <class T>
T __shfl_xor_sync(unsigned mask, T value, int lanes) {
  return ::emulation::shuffle(mask, value, (threadIdx.x ^ unsigned(lanes)) & 31);
}
template <class T>
T __shfl_up_sync(unsigned mask, T value, unsigned lanes) {
  const unsigned lane = threadIdx.x & 31;
  return ::emulation::shuffle(mask, value, lane >= lanes ? lane - lanes : lane);
}
template <class T>
T __shfl_down_sync(unsigned mask, T value, unsigned lanes) {
  const unsigned lane = threadIdx.x & 31;
  return ::emulation::shuffle(mask, value, lane + lanes < 32 ? lane + lanes : lane);
}
template <class T>
T atomicAdd(T *target, T value) {
  return ::emulation::add_atomically(target, value);
}
