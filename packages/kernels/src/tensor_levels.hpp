// The number type of elements and the places of the levels of a truncated tensor.
#pragma once

#include "lanes.hpp"

namespace sig::SIG_TARGET {

float real_of(float);
float real_of(Vec<float>);
double real_of(double);
double real_of(Vec<double>);

// The number type of an element.
template <class E>
using RealOf = decltype(real_of(E{}));

// The places of the levels in a row of `letters` letters up to `degree`.
struct Levels {
  int64_t letters;
  int64_t degree;

  Levels(int64_t letters, int64_t degree) : letters(letters), degree(degree) {
    if (letters == 1) return;
    starts[0] = -1;
    for (int64_t n = 0, size = 1; n <= degree && n < most; ++n, size *= letters) starts[n + 1] = starts[n] + size;
  }

  // First place of level n >= 1; begin(degree + 1) is the length of the row. Level 0 would be at place -1.
  int64_t begin(int64_t n) const { return letters == 1 ? n - 1 : starts[n]; }
  int64_t size(int64_t n) const { return begin(n + 1) - begin(n); }
  // letters^n, as level n has words, for any n >= 0.
  int64_t power(int64_t n) const { return n == 0 || letters == 1 ? 1 : size(n); }
  int64_t length() const { return begin(degree + 1); }

 private:
  static constexpr int64_t most = 63;
  int64_t starts[most + 2];
};

// Whether a row of levels can be counted at all; the caller still checks its own bytes.
static inline bool levels_fit(int64_t letters, int64_t degree) {
  if (letters < 1 || degree < 0) return false;
  const int64_t largest = int64_t(1) << 40;
  if (letters == 1) return degree < largest;
  int64_t size = 1;
  for (int64_t n = 1; n <= degree; ++n) {
    if (size > largest / letters) return false;
    size *= letters;
  }
  return true;
}

}  // namespace sig::SIG_TARGET
