// Signatures. A thread owns a prefix u of N - 1 letters and K words u j of the highest level, all in registers, and goes through the
// steps of the path alone: with the increment z, level n at a word w becomes, by Chen's identity,
//   sum over k of S(w_1 .. w_k) z(w_k+1) .. z(w_n) / (n - k)!,
// by Horner's rule from k = 0 on: one multiplication and one fused operation for each letter of the prefix, shared by its K words.
// The values at shorter prefixes are computed by each thread that needs them and written by the one whose other letters are all 0.
#pragma once

#include "levels.cuh"
#include "path.cuh"

namespace sig_cuda {

constexpr int most_letters = 40;  // of a word of two letters or more: longer levels would not fit any memory

// Degree N, or with N = 0 that of the call. Blocks hold threads for `tile` steps of paths_per_block paths, or `parts` blocks share a path.
template <class T, int N, int K>
__device__ void signature(const Job &job) {
  const sig_call &call = job.call;
  const AugmentedPath path(call);
  const int degree = N ? N : int(call.degree);
  const Levels levels(path.letters, degree);
  const uint32_t d = levels.letters, chunks = (d + K - 1) / K, owners = levels.size(degree - 1) * chunks;
  const uint32_t paths_per_block = job.parts > 1 ? 1 : blockDim.x / owners;
  const int64_t group = blockIdx.x / job.parts;
  const uint32_t thread = uint32_t(blockIdx.x % job.parts) * blockDim.x + threadIdx.x;
  const uint32_t local_path = thread / owners, owner = thread % owners;
  const int64_t b = group * paths_per_block + local_path;
  const bool active = local_path < paths_per_block && b < call.batch;

  constexpr int ancestors = N ? N : most_letters;
  uint32_t letter[ancestors];  // of the prefix
  T value[ancestors];          // of the prefix of n letters, at n - 1
  T top[K];
  uint32_t prefix = owner / chunks;
  const uint32_t first = owner % chunks * K;
  bool writes[ancestors];  // whether the rest of the prefix is all 0
  bool rest_zero = first == 0;
  for (int n = degree - 1; n > 0; --n) {
    letter[n - 1] = prefix % d;
    prefix /= d;
    writes[n - 1] = rest_zero;
    rest_zero = rest_zero && letter[n - 1] == 0;
    value[n - 1] = 0;
  }
  for (int k = 0; k < K; ++k) top[k] = 0;

  T inverse_factorial[ancestors + 1];
  inverse_factorial[0] = 1;
  for (int n = 1; n <= degree; ++n) inverse_factorial[n] = inverse_factorial[n - 1] / T(n);

  const int64_t steps = path.steps(), rows_per_path = call.flags & SIG_STREAM ? steps : 1;
  const LevelRows<T> out(call.out[0], levels.length());
  const auto write = [&](int64_t time) {
    T *const row = out.row(b * rows_per_path + time);
    uint32_t word = 0;  // the prefix of n letters
    uint32_t begin = 0, size = 1;
    for (int n = 1; n < degree; ++n) {
      word = word * d + letter[n - 1];
      size *= d;
      if (writes[n - 1]) row[begin + word] = value[n - 1];
      begin += size;
    }
    for (int k = 0; k < K; ++k)
      if (first + k < d) row[begin + word * d + first + k] = top[k];
    if (out.slot && owner == 0) row[-1] = 1;
  };

  int32_t *const stopped = reinterpret_cast<int32_t *>(shared_memory());
  T *const increments = reinterpret_cast<T *>(shared_memory() + 16);  // (paths_per_block, tile, letters padded to whole chunks)
  const uint32_t stride = chunks * K;
  const T *const points = input<T>(job, 0);
  SIG_ROLLED for (int64_t begin = 0; begin < steps; begin += job.tile) {
    const uint32_t count = uint32_t(begin + job.tile < steps ? job.tile : steps - begin);
    if (block_stopped(job, stopped)) return;
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < paths_per_block * count * stride; i += blockDim.x) {
      const int64_t from = group * paths_per_block + i / (count * stride);
      const uint32_t l = i % stride;
      T z = 0;
      if (from < call.batch && l < d) z = path.increment<T>(points + from * path.length * path.dimension, begin + i / stride % count, l);
      increments[i] = z;
    }
    __syncthreads();
    if (!active) continue;
    const T *z = increments + local_path * count * stride;
    SIG_ROLLED for (uint32_t t = 0; t < count; ++t, z += stride) {
      T r = inverse_factorial[degree];
      for (int l = 0; l < degree - 1; ++l) r = r * z[letter[l]] + value[l] * inverse_factorial[degree - 1 - l];
      for (int k = 0; k < K; ++k) top[k] += r * z[first + k];
      for (int n = degree - 1; n > 0; --n) {
        r = inverse_factorial[n];
        for (int l = 0; l < n; ++l) r = r * z[letter[l]] + value[l] * inverse_factorial[n - 1 - l];
        value[n - 1] = r;
      }
      if ((call.flags & SIG_STREAM) || begin + t == steps - 1) write(call.flags & SIG_STREAM ? begin + t : 0);
    }
  }
}

#define SIG_SIGNATURES(N)                                       \
  SIG_KERNEL(signature_##N##_2_f32, signature<float, N, 2>(job))  \
  SIG_KERNEL(signature_##N##_4_f32, signature<float, N, 4>(job))  \
  SIG_KERNEL(signature_##N##_8_f32, signature<float, N, 8>(job))  \
  SIG_KERNEL(signature_##N##_2_f64, signature<double, N, 2>(job)) \
  SIG_KERNEL(signature_##N##_4_f64, signature<double, N, 4>(job)) \
  SIG_KERNEL(signature_##N##_8_f64, signature<double, N, 8>(job))

SIG_KERNEL(signature_0_4_f32, signature<float, 0, 4>(job))
SIG_KERNEL(signature_0_4_f64, signature<double, 0, 4>(job))
SIG_SIGNATURES(1)
SIG_SIGNATURES(2)
SIG_SIGNATURES(3)
SIG_SIGNATURES(4)
SIG_SIGNATURES(5)
SIG_SIGNATURES(6)

}  // namespace sig_cuda
