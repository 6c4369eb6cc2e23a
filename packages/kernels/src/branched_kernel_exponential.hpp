// Exponentials in lanes of float, beside those in lanes of double of kernel_static.hpp.
#pragma once

#include "kernel_static.hpp"

namespace sig::SIG_TARGET {

typedef Vec<float> Float;

// As the exponentials of double: within about one unit in the last place, with overflow to infinity, gradual underflow and NaN as they
// should be. The polynomial for (e^r - 1 - r) / r^2 is S. Moshier's of the Cephes library.
template <int N>
[[gnu::always_inline]] static inline void exponentials(Float *x) {
  constexpr float magic = 0x1.8p23f;  // added, it rounds to a whole number, which the lowest bits then hold
  constexpr float log2_high = 0.693359375f, log2_low = -2.12194440e-4f;
  constexpr uint32_t magic_bits = 0x4b400000u, bias = 256, one = 1;
  typedef uint32_t Bits __attribute__((vector_size(SIG_VECTOR_BYTES), may_alias));
  Float rounded[N], r[N], power[N];
#pragma GCC unroll 4
  for (int k = 0; k < N; ++k) {
    x[k] = x[k] > 89.0f ? broadcast(89.0f) : x[k];
    x[k] = x[k] < -105.0f ? broadcast(-105.0f) : x[k];
    rounded[k] = x[k] * 1.44269504f + magic;
  }
#pragma GCC unroll 4
  for (int k = 0; k < N; ++k) {
    const Float n = rounded[k] - magic;
    r[k] = (x[k] - n * log2_high) - n * log2_low;
  }
#pragma GCC unroll 4
  for (int k = 0; k < N; ++k) {
    const Float r2 = r[k] * r[k];
    const Float low = 0.5000000120f + 0.1666666546f * r[k], middle = 0.04166579589f + 0.008333451907f * r[k];
    const Float high = 0.001398199951f + 0.0001987569150f * r[k];
    power[k] = 1.0f + (r[k] + r2 * (low + r2 * (middle + r2 * high)));
  }
#pragma GCC unroll 4
  for (int k = 0; k < N; ++k) {
    // 2^n in two factors, since n may be too small for the exponent of one. Biased so that the shift keeps the sign.
    const Bits biased = (Bits)rounded[k] - (magic_bits - bias), first = biased >> one, second = biased - first;
    x[k] = power[k] * (Float)((first - one) << 23) * (Float)((second - one) << 23);
  }
}

static inline Float exponential(Float x) {
  exponentials<1>(&x);
  return x;
}

}  // namespace sig::SIG_TARGET
