// The truncated tensor product of rows of levels, one number at a time.
#pragma once

#include "levels.cuh"

namespace sig_cuda {

// The sum over the ways to cut a word in two of a at the first part times b at the second.
template <class T>
__device__ inline T inner_product(const Levels &levels, Word word, const T *a, const T *b) {
  T sum = 0;
  Word first = word;
  uint32_t rest = 0, power = 1, rest_begin = 0;
  while (first.n > 1) {
    rest += first.cut<false>(levels) * power;
    power *= levels.letters;
    sum += a[first.place()] * b[rest_begin + rest];
    rest_begin += power;
  }
  return sum;
}

// The gradient of one factor at a word u: g(u) + the sum over all x of g(u x) times the other factor at x; x u where it is the right one.
template <bool of_right, class T, class Other>
__device__ inline T factor_gradient(const Levels &levels, Word word, const T *g, const Other *other) {
  T sum = g[word.place()];
  uint32_t words = 1, begin = word.begin, size = word.size, other_begin = 0;
  SIG_ROLLED for (uint32_t m = 1; word.n + m <= levels.degree; ++m) {
    words *= levels.letters;
    begin += size;
    size *= levels.letters;
    const T *const level = g + begin + (of_right ? word.number : word.number * words);
    for (uint32_t x = 0; x < words; ++x) sum += level[of_right ? x * word.size : x] * other[other_begin + x];
    other_begin += words;
  }
  return sum;
}

}  // namespace sig_cuda
