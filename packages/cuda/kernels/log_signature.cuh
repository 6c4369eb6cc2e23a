// sigToLogSig, logSigToSig and their adjoints in the coordinates of methods 0 (tensor), 1 (Lyndon words) and 2 (Lyndon brackets): a block
// takes a row, in double.
#pragma once

#include "tensor_series.cuh"

namespace sig_cuda {

// The table of the operation; see core's LyndonBasis.
struct LyndonBasis {
  const int32_t *words, *start, *column;
  const double *value;
  const int32_t *term_start, *term_place;
  const double *term_value;
  int32_t size;

  __device__ explicit LyndonBasis(const sig_call &call)
      : words(array<int32_t>(call, 0)), start(array<int32_t>(call, 1)), column(array<int32_t>(call, 2)), value(array<double>(call, 3)),
        term_start(array<int32_t>(call, 4)), term_place(array<int32_t>(call, 5)), term_value(array<double>(call, 6)),
        size(int32_t(call.tables[0].length)) {}

  // Brackets of words: to = P^-1 from. Ends with a barrier.
  __device__ void words_to_brackets(const double *from, double *to) const {
    SIG_ROLLED for (int32_t i = threadIdx.x; i < size; i += blockDim.x) {
      double sum = from[i];
      SIG_ROLLED for (int32_t e = start[i]; e < start[i + 1]; ++e) sum += value[e] * from[column[e]];
      to[i] = sum;
    }
    __syncthreads();
  }

  // The adjoint. Lines of P^-1 take turns, since they meet in the columns.
  __device__ void words_to_brackets_adjoint(const double *from, double *to) const {
    SIG_ROLLED for (int32_t i = threadIdx.x; i < size; i += blockDim.x) to[i] = from[i];
    __syncthreads();
    if (threadIdx.x == 0)
      SIG_ROLLED for (int32_t i = 0; i < size; ++i)
        SIG_ROLLED for (int32_t e = start[i]; e < start[i + 1]; ++e) to[column[e]] += value[e] * from[i];
    __syncthreads();
  }

  // The tensor of brackets. The terms of one bracket have places of their own, so brackets take turns. Ends with a barrier.
  __device__ void expand(const double *brackets, uint32_t length, double *tensor) const {
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < length; i += blockDim.x) tensor[i] = 0;
    __syncthreads();
    SIG_ROLLED for (int32_t i = 0; i < size; ++i) {
      SIG_ROLLED for (int32_t e = term_start[i] + int32_t(threadIdx.x); e < term_start[i + 1]; e += blockDim.x)
        tensor[term_place[e]] += term_value[e] * brackets[i];
      __syncthreads();
    }
  }

  __device__ void expand_adjoint(const double *tensor, double *brackets) const {
    SIG_ROLLED for (int32_t i = threadIdx.x; i < size; i += blockDim.x) {
      double sum = 0;
      SIG_ROLLED for (int32_t e = term_start[i]; e < term_start[i + 1]; ++e) sum += term_value[e] * tensor[term_place[e]];
      brackets[i] = sum;
    }
    __syncthreads();
  }

 private:
  template <class A>
  __device__ static const A *array(const sig_call &call, int i) {
    return static_cast<const A *>(call.tables[i].data);
  }
};

// A call and what its blocks work in.
template <Series series, class T>
struct LogSignature {
  const sig_call &call;
  const Levels levels;
  const LyndonBasis basis;
  BlockMemory memory;
  TensorSeries<series> sum;
  const int32_t coordinates;  // of a row of the log-signature
  double *one, *two;          // coordinates, or tensors
  int32_t *stopped;

  __device__ explicit LogSignature(const Job &job)
      : call(job.call), levels(call.dimension, call.degree), basis(call), memory(job), sum(levels, memory),
        coordinates(call.method ? basis.size : int32_t(levels.length())) {
    one = memory.take<double>(levels.length());
    two = memory.take<double>(levels.length());
    stopped = memory.take<int32_t>(1);
  }

  __device__ LevelRows<T> signatures(const sig_operand &operand) const { return LevelRows<T>(operand, levels.length()); }
  __device__ LevelRows<T> logarithms(const sig_operand &operand) const { return LevelRows<T>(operand, coordinates); }

  // Ends with a barrier.
  __device__ void read(const LevelRows<T> &rows, int64_t b, uint32_t n, double *to) const {
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < n; i += blockDim.x) to[i] = rows.row(b)[i];
    __syncthreads();
  }
  __device__ void write(const double *from, uint32_t n, const LevelRows<T> &rows, int64_t b, T slot) const {
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < n; i += blockDim.x) rows.row(b)[i] = T(from[i]);
    if (rows.slot && threadIdx.x == 0) rows.row(b)[-1] = slot;
    __syncthreads();
  }

  // The log-signature of a row as a tensor, in sum.x.
  __device__ void read_logarithm(int64_t b) {
    if (call.method == 0) return read(logarithms(call.in[0]), b, coordinates, sum.x);
    read(logarithms(call.in[0]), b, coordinates, one);
    if (call.method == 1) basis.words_to_brackets(one, two);
    basis.expand(call.method == 1 ? two : one, levels.length(), sum.x);
  }
};

template <class T>
__device__ void sig_to_log_sig(const Job &job) {
  LogSignature<Series::log, T> work(job);
  SIG_ROLLED for (int64_t b = blockIdx.x; b < job.call.batch; b += gridDim.x) {
    if (block_stopped(job, work.stopped)) return;
    work.read(work.signatures(job.call.in[0]), b, work.levels.length(), work.sum.x);
    work.sum.run();
    const double *result = work.sum.value();
    if (job.call.method) {
      SIG_ROLLED for (int32_t i = threadIdx.x; i < work.basis.size; i += blockDim.x) work.one[i] = result[work.basis.words[i]];
      __syncthreads();
      result = work.one;
    }
    if (job.call.method == 2) {
      work.basis.words_to_brackets(work.one, work.two);
      result = work.two;
    }
    work.write(result, work.coordinates, work.logarithms(job.call.out[0]), b, T(0));
  }
}

template <class T>
__device__ void sig_to_log_sig_backprop(const Job &job) {
  LogSignature<Series::log, T> work(job);
  const uint32_t length = work.levels.length();
  SIG_ROLLED for (int64_t b = blockIdx.x; b < job.call.batch; b += gridDim.x) {
    if (block_stopped(job, work.stopped)) return;
    work.read(work.signatures(job.call.in[0]), b, length, work.sum.x);
    work.sum.run();
    if (job.call.method == 0) {
      work.read(work.logarithms(job.call.in[1]), b, length, work.sum.gradient);
    } else {
      work.read(work.logarithms(job.call.in[1]), b, work.coordinates, work.one);
      if (job.call.method == 2) work.basis.words_to_brackets_adjoint(work.one, work.two);
      const double *const g = job.call.method == 2 ? work.two : work.one;
      SIG_ROLLED for (uint32_t i = threadIdx.x; i < length; i += blockDim.x) work.sum.gradient[i] = 0;
      __syncthreads();
      SIG_ROLLED for (int32_t i = threadIdx.x; i < work.basis.size; i += blockDim.x) work.sum.gradient[work.basis.words[i]] = g[i];
      __syncthreads();
    }
    work.sum.run_adjoint(work.one, work.levels.degree);
    work.write(work.one, length, work.signatures(job.call.out[0]), b, T(0));
  }
}

template <class T>
__device__ void log_sig_to_sig(const Job &job) {
  LogSignature<Series::exp, T> work(job);
  SIG_ROLLED for (int64_t b = blockIdx.x; b < job.call.batch; b += gridDim.x) {
    if (block_stopped(job, work.stopped)) return;
    work.read_logarithm(b);
    work.sum.run();
    work.write(work.sum.value(), work.levels.length(), work.signatures(job.call.out[0]), b, T(1));
  }
}

template <class T>
__device__ void log_sig_to_sig_backprop(const Job &job) {
  LogSignature<Series::exp, T> work(job);
  SIG_ROLLED for (int64_t b = blockIdx.x; b < job.call.batch; b += gridDim.x) {
    if (block_stopped(job, work.stopped)) return;
    work.read_logarithm(b);
    work.sum.run();
    work.read(work.signatures(job.call.in[1]), b, work.levels.length(), work.sum.gradient);
    work.sum.run_adjoint(work.one, work.levels.degree);
    const double *result = work.one;
    if (job.call.method) {
      work.basis.expand_adjoint(work.one, work.two);
      result = work.two;
    }
    if (job.call.method == 1) {
      work.basis.words_to_brackets_adjoint(work.two, work.one);
      result = work.one;
    }
    work.write(result, work.coordinates, work.logarithms(job.call.out[0]), b, T(0));
  }
}

SIG_KERNELS(sig_to_log_sig, sig_to_log_sig)
SIG_KERNELS(sig_to_log_sig_backprop, sig_to_log_sig_backprop)
SIG_KERNELS(log_sig_to_sig, log_sig_to_sig)
SIG_KERNELS(log_sig_to_sig_backprop, log_sig_to_sig_backprop)

}  // namespace sig_cuda
