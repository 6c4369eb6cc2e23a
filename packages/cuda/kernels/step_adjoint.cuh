// The adjoint of one step, s (x) exp(z) (or exp(z) (x) s with `prepend`), by a block of threads, in double for both dtypes.
//
// With the gradient g of the product, let c_0 = g and c_q+1(v) the sum over letters j of c_q(v j) z_j, on words shorter by one. Then
//   ds(v) = sum over q of c_q(v) / q!,
//   dz_j = sum over q and words u of a_q(u) c_q(u j), where a_q(u) is that of s (x) exp(z) with exponents shifted by q + 1,
// since the derivative of exp at z is the sum of z^p (x) dz (x) z^q / (p + q + 1)!. The highest level of g never changes and is read
// where it lies. All sums are gathered by the thread that owns the result: no atomics, and bits that do not depend on the schedule.
#pragma once

#include "levels.cuh"

namespace sig_cuda {

template <bool prepend, class T>
struct StepAdjoint {
  const Levels levels;
  const uint32_t low;   // numbers below the highest level
  const uint32_t slices;  // into which the sums of dz are cut
  double *s;            // before the step, below the highest level
  double *g;            // the gradient below the highest level: of the product, then of s
  double *z;
  const T *top;         // the gradient on the highest level
  double *own_top;      // the same where it changes from step to step, or null

  __device__ StepAdjoint(const Levels &levels, BlockMemory &memory, bool owns_top = false)
      : levels(levels), low(levels.begin(levels.degree)), slices(blockDim.x > levels.letters ? blockDim.x / levels.letters : 1) {
    s = memory.take<double>(low);
    g = memory.take<double>(low);
    z = memory.take<double>(levels.letters);
    c_[0] = memory.take<double>(low);
    c_[1] = memory.take<double>(low);
    a_ = memory.take<double>(low + 1);
    sums_ = memory.take<double>(int64_t(slices) * levels.letters);
    own_top = owns_top ? memory.take<double>(levels.size(levels.degree)) : nullptr;
  }

  // The gradient of the product, from a row of levels.
  __device__ void load(const T *row) {
    top = row + low;
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < low; i += blockDim.x) g[i] = row[i];
  }

  // dz of a letter, after run().
  __device__ double dz(uint32_t letter) const {
    double sum = 0;
    SIG_ROLLED for (uint32_t i = 0; i < slices; ++i) sum += sums_[i * levels.letters + letter];
    return sum;
  }

  // Begins after a barrier and ends with one.
  __device__ void run() {
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < slices * levels.letters; i += blockDim.x) sums_[i] = 0;
    double factor = 1;
    SIG_ROLLED for (uint32_t q = 0; q < levels.degree; ++q) {
      if (q > 0) factor /= q;
      const uint32_t longest = levels.degree - q;  // words of c_q
      const double *const c = q ? c_[q % 2] : g;
      const auto at = [&](uint32_t n, uint32_t place) { 
        if (q > 0 || n < levels.degree) return c[place];
        return own_top ? own_top[place - low] : double(top[place - low]);
      };
      SIG_ROLLED for (uint32_t i = threadIdx.x; i < 1 + levels.begin(longest); i += blockDim.x)
        a_[i] = times_exponential<prepend>(levels, i ? Word::at(levels, i - 1) : Word{0, 0, 0, 1}, s, z, 1.0, q + 1);
      contract(longest, at, c_[(q + 1) % 2]);
      __syncthreads();
      add_to_sums(longest, at);
      if (q > 0)
        SIG_ROLLED for (uint32_t i = threadIdx.x; i < levels.begin(longest + 1); i += blockDim.x) g[i] += factor * c[i];
      __syncthreads();
    }
  }

 private:
  // The place of u j, or of j u with `prepend`, for a word u of n letters.
  __device__ static uint32_t longer(const Levels &levels, uint32_t begin, uint32_t size, uint32_t number, uint32_t letter) {
    return begin + size + (prepend ? letter * size + number : number * levels.letters + letter);
  }

  // c_q+1 on words of up to longest - 1 letters.
  template <class At>
  __device__ void contract(uint32_t longest, const At &at, double *to) {
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < levels.begin(longest); i += blockDim.x) {
      const Word word = Word::at(levels, i);
      double sum = 0;
      for (uint32_t j = 0; j < levels.letters; ++j) sum += at(word.n + 1, longer(levels, word.begin, word.size, word.number, j)) * z[j];
      to[i] = sum;
    }
  }

  // Item i of the sums takes letter i % letters and every word u of number i / letters modulo slices.
  template <class At>
  __device__ void add_to_sums(uint32_t longest, const At &at) {
    SIG_ROLLED for (uint32_t item = threadIdx.x; item < slices * levels.letters; item += blockDim.x) {
      const uint32_t j = item % levels.letters, slice = item / levels.letters;
      double sum = 0;
      uint32_t size = 1, begin = 0;  // of the level of u; the empty word has no place
      SIG_ROLLED for (uint32_t n = 0; n < longest; ++n) {
        for (uint32_t u = slice; u < size; u += slices) {
          const uint32_t place = n ? longer(levels, begin, size, u, j) : j;
          sum += a_[n ? 1 + begin + u : 0] * at(n + 1, place);
        }
        begin += n ? size : 0;
        size *= levels.letters;
      }
      sums_[item] += sum;
    }
  }

  double *c_[2], *a_, *sums_;
};

}  // namespace sig_cuda
