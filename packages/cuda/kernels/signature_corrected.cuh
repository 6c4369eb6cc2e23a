// Signatures of paths whose segments carry a correction: each step multiplies by the exponential of a whole tensor. A block takes a path,
// in double and in global memory where the levels do not fit the shared one.
#pragma once

#include "signature_backprop.cuh"
#include "tensor_series.cuh"

namespace sig_cuda {

// The logarithm of a segment: its increment, and the correction on the words of the path's own channels. Corrections know no lead-lag.
template <class T>
struct CorrectedStep {
  const AugmentedPath path;
  const T *points, *correction;
  int64_t degree, length;  // of a row of the correction
  int64_t layout;

  __device__ explicit CorrectedStep(const Job &job)
      : path(job.call), points(input<T>(job, 0)), correction(input<T>(job, 1)), degree(job.call.correction_degree),
        length(Levels(job.call.dimension, degree).length() - job.call.dimension), layout(job.call.correction_layout) {}

  __device__ void load(const Levels &levels, int64_t b, int64_t step, double *x) const {
    const int64_t rows = path.length - 1;
    const int64_t row = layout == SIG_CORRECTION_ROW ? 0 : layout == SIG_CORRECTION_SEGMENT ? step : b * rows + step;
    const T *const given = correction + row * length;
    const Levels own(path.dimension, degree);
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < levels.length(); i += blockDim.x) {
      Word word = Word::at(levels, i);
      x[i] = 0;
      if (word.n == 1) x[i] = path.template increment<double>(points + b * path.length * path.dimension, step, word.number);
      if (word.n == 1 || word.n > degree) continue;
      const uint32_t n = word.n;
      uint32_t place = 0, power = 1;
      bool known = true;
      while (word.n > 0) {
        const uint32_t letter = word.cut<false>(levels);
        known = known && letter < path.dimension;
        place += letter * power;
        power *= own.letters;
      }
      if (known) x[i] = given[own.begin(n) - own.letters + place];
    }
    __syncthreads();
  }
};

// s, levels 1 .. top of it, times exp(x), in place. All threads; ends with a barrier.
__device__ inline void multiply_by(const Levels &levels, uint32_t top, double *s, const double *exponential) {
  SIG_ROLLED for (uint32_t n = top; n > 0; --n) {
    const uint32_t begin = levels.begin(n), size = levels.size(n);
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < size; i += blockDim.x)
      s[begin + i] += exponential[begin + i] + inner_product<double>(levels, Word{n, i, begin, size}, s, exponential);
    __syncthreads();
  }
}

template <class T>
__device__ void signature_corrected(const Job &job) {
  const CorrectedStep<T> step(job);
  const Levels levels(step.path.letters, job.call.degree);
  const bool stream = job.call.flags & SIG_STREAM;
  const int64_t steps = step.path.steps();
  const LevelRows<T> out(job.call.out[0], levels.length());
  BlockMemory memory(job);
  TensorSeries<Series::exp> exponential(levels, memory);
  double *const s = memory.take<double>(levels.length());
  int32_t *const stopped = memory.take<int32_t>(1);
  SIG_ROLLED for (int64_t b = blockIdx.x; b < job.call.batch; b += gridDim.x) {
    if (block_stopped(job, stopped)) return;
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < levels.length(); i += blockDim.x) s[i] = 0;
    SIG_ROLLED for (int64_t t = 0; t < steps; ++t) {
      step.load(levels, b, t, exponential.x);
      exponential.run();
      multiply_by(levels, levels.degree, s, exponential.value());
      if (!stream && t < steps - 1) continue;
      T *const row = out.row(stream ? b * steps + t : b);
      SIG_ROLLED for (uint32_t i = threadIdx.x; i < levels.length(); i += blockDim.x) row[i] = T(s[i]);
      if (out.slot && threadIdx.x == 0) row[-1] = 1;
    }
  }
}

template <class T>
__device__ void signature_corrected_backprop(const Job &job) {
  const CorrectedStep<T> step(job);
  const Levels levels(step.path.letters, job.call.degree);
  const bool stream = job.call.flags & SIG_STREAM;
  const int64_t steps = step.path.steps(), size = step.path.length * step.path.dimension;
  const uint32_t length = levels.length();
  const LevelRows<const T> derivs(job.call.in[3], length);
  BlockMemory memory(job);
  TensorSeries<Series::exp> exponential(levels, memory);
  double *const s = memory.take<double>(length), *const g = memory.take<double>(length), *const dz = memory.take<double>(levels.letters);
  int32_t *const stopped = memory.take<int32_t>(1);
  SIG_ROLLED for (int64_t b = blockIdx.x; b < job.call.batch; b += gridDim.x) {
    if (block_stopped(job, stopped)) return;
    T *const d_points = output<T>(job, 0) + b * size;
    SIG_ROLLED for (int64_t i = threadIdx.x; i < size; i += blockDim.x) d_points[i] = 0;
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < length; i += blockDim.x) s[i] = g[i] = 0;
    SIG_ROLLED for (int64_t t = 0; t < steps; ++t) {
      step.load(levels, b, t, exponential.x);
      exponential.run();
      multiply_by(levels, levels.degree, s, exponential.value());
    }
    SIG_ROLLED for (int64_t t = steps - 1; t >= 0; --t) {
      if (stream || t == steps - 1) {
        const T *const row = derivs.row(stream ? b * steps + t : b);
        SIG_ROLLED for (uint32_t i = threadIdx.x; i < length; i += blockDim.x) g[i] += row[i];
      }
      step.load(levels, b, t, exponential.x);
      exponential.run(-1);
      multiply_by(levels, levels.degree, s, exponential.value());
      exponential.run();
      SIG_ROLLED for (uint32_t i = threadIdx.x; i < length; i += blockDim.x)
        exponential.gradient[i] = factor_gradient<true>(levels, Word::at(levels, i), g, s);
      __syncthreads();
      SIG_ROLLED for (uint32_t n = 1; n < levels.degree; ++n) {
        const uint32_t begin = levels.begin(n), words = levels.size(n);
        SIG_ROLLED for (uint32_t i = threadIdx.x; i < words; i += blockDim.x)
          g[begin + i] = factor_gradient<false>(levels, Word{n, i, begin, words}, g, exponential.value());
        __syncthreads();
      }
      exponential.run_adjoint(dz, 1);
      add_to_points(step.path, t, [&](uint32_t letter) { return dz[letter]; }, d_points);
      __syncthreads();
    }
  }
}

SIG_KERNELS(signature_corrected, signature_corrected)
SIG_KERNELS(signature_corrected_backprop, signature_corrected_backprop)

}  // namespace sig_cuda
