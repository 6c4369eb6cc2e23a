// Products of signatures: sigCombine, sigJoin, sigInverse and the adjoints of the first two.
#pragma once

#include "step_adjoint.cuh"
#include "tensor_product.cuh"

namespace sig_cuda {

// The numbers of rows, scalar slots included, shared out among all threads: each(row, word) or slot(row).
template <class T, class Each, class Slot>
__device__ inline void for_each_word(const Job &job, const Levels &levels, const LevelRows<T> &rows, const Each &each, const Slot &slot) {
  SIG_ROLLED for (int64_t i = first_item(); i < job.call.batch * rows.stride; i += item_stride()) {
    const int64_t row = i / rows.stride, place = i % rows.stride - rows.slot;
    if (place < 0)
      slot(rows.row(row)[-1]);
    else
      each(row, Word::at(levels, uint32_t(place)));
  }
}

// out(w) = a(w) + b(w) + the sum over its cuts (Chen's identity).
template <class T>
__device__ void combine(const Job &job) {
  const Levels levels(job.call.dimension, job.call.degree);
  const LevelRows<const T> a(job.call.in[0], levels.length()), b(job.call.in[1], levels.length());
  const LevelRows<T> out(job.call.out[0], levels.length());
  for_each_word(
      job, levels, out,
      [&](int64_t row, Word word) {
        const T *const left = a.row(row), *const right = b.row(row);
        out.row(row)[word.place()] = left[word.place()] + right[word.place()] + inner_product(levels, word, left, right);
      },
      [](T &slot) { slot = 1; });
}

template <class T>
__device__ void combine_backprop(const Job &job) {
  const Levels levels(job.call.dimension, job.call.degree);
  const LevelRows<const T> g(job.call.in[0], levels.length()), a(job.call.in[1], levels.length()), b(job.call.in[2], levels.length());
  const LevelRows<T> da(job.call.out[0], levels.length()), db(job.call.out[1], levels.length());
  const auto zero = [](T &slot) { slot = 0; };
  for_each_word(
      job, levels, da,
      [&](int64_t row, Word word) { da.row(row)[word.place()] = factor_gradient<false>(levels, word, g.row(row), b.row(row)); }, zero);
  for_each_word(
      job, levels, db,
      [&](int64_t row, Word word) { db.row(row)[word.place()] = factor_gradient<true>(levels, word, g.row(row), a.row(row)); }, zero);
}

template <class T>
__device__ void join(const Job &job) {
  const Levels levels(job.call.dimension, job.call.degree);
  const LevelRows<const T> s(job.call.in[0], levels.length());
  const LevelRows<T> out(job.call.out[0], levels.length());
  for_each_word(
      job, levels, out,
      [&](int64_t row, Word word) {
        const T *const z = input<T>(job, 1) + row * levels.letters;
        out.row(row)[word.place()] = job.call.flags & SIG_PREPEND ? times_exponential<true>(levels, word, s.row(row), z, T(1))
                                                                   : times_exponential<false>(levels, word, s.row(row), z, T(1));
      },
      [](T &slot) { slot = 1; });
}

template <bool prepend, class T>
__device__ void join_backprop(const Job &job) {
  const Levels levels(job.call.dimension, job.call.degree);
  const LevelRows<const T> g(job.call.in[0], levels.length()), s(job.call.in[1], levels.length());
  const LevelRows<T> ds(job.call.out[0], levels.length());
  BlockMemory memory(job);
  StepAdjoint<prepend, T> adjoint(levels, memory);
  SIG_ROLLED for (int64_t row = blockIdx.x; row < job.call.batch; row += gridDim.x) {
    adjoint.load(g.row(row));
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < adjoint.low; i += blockDim.x) adjoint.s[i] = s.row(row)[i];
    SIG_ROLLED for (uint32_t l = threadIdx.x; l < levels.letters; l += blockDim.x) adjoint.z[l] = input<T>(job, 2)[row * levels.letters + l];
    __syncthreads();
    adjoint.run();
    const uint32_t top = levels.size(levels.degree);
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < adjoint.low; i += blockDim.x) ds.row(row)[i] = T(adjoint.g[i]);
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < top; i += blockDim.x) ds.row(row)[adjoint.low + i] = g.row(row)[adjoint.low + i];
    if (ds.slot && threadIdx.x == 0) ds.row(row)[-1] = 0;
    SIG_ROLLED for (uint32_t l = threadIdx.x; l < levels.letters; l += blockDim.x) output<T>(job, 1)[row * levels.letters + l] = T(adjoint.dz(l));
    __syncthreads();
  }
}

template <class T>
__device__ void join_backprop(const Job &job) {
  (job.call.flags & SIG_PREPEND) ? join_backprop<true, T>(job) : join_backprop<false, T>(job);
}

// out s = 1: out(w) = -s(w) - the sum over its cuts, level by level.
template <class T>
__device__ void inverse(const Job &job) {
  const Levels levels(job.call.dimension, job.call.degree);
  const LevelRows<const T> s(job.call.in[0], levels.length());
  const LevelRows<T> out(job.call.out[0], levels.length());
  SIG_ROLLED for (int64_t row = blockIdx.x; row < job.call.batch; row += gridDim.x) {
    T *const to = out.row(row);
    if (out.slot && threadIdx.x == 0) to[-1] = 1;
    SIG_ROLLED for (uint32_t n = 1; n <= levels.degree; ++n) {
      const uint32_t begin = levels.begin(n), size = levels.size(n);
      SIG_ROLLED for (uint32_t i = threadIdx.x; i < size; i += blockDim.x) {
        const Word word{n, i, begin, size};
        to[begin + i] = -s.row(row)[begin + i] - inner_product<T>(levels, word, s.row(row), to);
      }
      __syncthreads();
    }
  }
}

SIG_KERNELS(sig_combine, combine)
SIG_KERNELS(sig_combine_backprop, combine_backprop)
SIG_KERNELS(sig_join, join)
SIG_KERNELS(sig_join_backprop, join_backprop)
SIG_KERNELS(sig_inverse, inverse)

}  // namespace sig_cuda
