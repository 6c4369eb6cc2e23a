// Rows of levels: words of length n are level n, numbered in lexicographic order, and rows hold levels 1 .. degree.
#pragma once

#include "device.cuh"

namespace sig_cuda {

// Words of a row are counted in 32 bits: the planners refuse longer rows.
struct Levels {
  uint32_t letters, degree;

  __device__ Levels(int64_t letters, int64_t degree) : letters(uint32_t(letters)), degree(uint32_t(degree)) {}

  __device__ uint32_t size(uint32_t n) const {
    uint32_t size = 1;
    SIG_ROLLED for (uint32_t i = 0; i < n; ++i) size *= letters;
    return size;
  }
  // Place of the first word of level n.
  __device__ uint32_t begin(uint32_t n) const {
    uint32_t begin = 0, size = 1;
    SIG_ROLLED for (uint32_t i = 1; i < n; ++i) begin += size *= letters;
    return begin;
  }
  __device__ uint32_t length() const { return begin(degree + 1); }
};

// A word, by its level and number.
struct Word {
  uint32_t n, number;
  uint32_t begin;  // of its level
  uint32_t size;   // of its level

  __device__ static Word at(const Levels &levels, uint32_t place) {
    Word word{1, place, 0, levels.letters};
    SIG_ROLLED while (word.number >= word.size) {
      word.number -= word.size;
      word.begin += word.size;
      word.size *= levels.letters;
      ++word.n;
    }
    return word;
  }
  __device__ uint32_t place() const { return begin + number; }
  // Cuts one letter off, at the end or at the beginning, and returns it.
  template <bool from_front>
  __device__ uint32_t cut(const Levels &levels) {
    size /= levels.letters;
    begin -= size;
    --n;
    const uint32_t whole = number;
    number = from_front ? whole % size : whole / levels.letters;
    return from_front ? whole / size : whole - number * levels.letters;
  }
};

// An operand of rows of levels, perhaps with scalar slots.
template <class T>
struct LevelRows {
  T *data;
  int64_t slot, stride;

  __device__ LevelRows(const sig_operand &operand, int64_t length)
      : data(static_cast<T *>(operand.data)), slot(operand.scalar), stride(length + operand.scalar) {}
  __device__ T *row(int64_t i) const { return data + i * stride + slot; }
};

// The value at a word of s (x) exp(z), or of exp(z) (x) s with `prepend`, with exponents shifted by q: the sum over p of
// s(what p letters less leave) z(these p letters) / (p + q)!, where s of nothing is 1.
template <bool prepend, class S>
__device__ inline S times_exponential(const Levels &levels, Word word, const S *s, const S *z, S sign, uint32_t q = 0) {
  S factor = 1;
  SIG_ROLLED for (uint32_t i = 2; i <= q; ++i) factor /= S(i);
  S sum = factor * (word.n ? s[word.place()] : S(1));
  SIG_ROLLED for (uint32_t p = 1; word.n > 0; ++p) {
    const uint32_t letter = word.cut<prepend>(levels);
    factor *= sign * z[letter] / S(p + q);
    sum += factor * (word.n ? s[word.place()] : S(1));
  }
  return sum;
}

// Levels 1 .. top of s, in place, times exp(sign z). All threads of the block; ends with a barrier.
template <bool prepend, class S>
__device__ inline void multiply_in_place(const Levels &levels, uint32_t top, S *s, const S *z, S sign) {
  SIG_ROLLED for (uint32_t n = top; n > 0; --n) {
    const uint32_t begin = levels.begin(n), size = levels.size(n);
    SIG_ROLLED for (uint32_t i = threadIdx.x; i < size; i += blockDim.x)
      s[begin + i] = times_exponential<prepend>(levels, Word{n, i, begin, size}, s, z, sign);
    __syncthreads();
  }
}

}  // namespace sig_cuda
