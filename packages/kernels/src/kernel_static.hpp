// Static kernels at a vertex, in lanes of double: value and gradient weight as functions of s, which is the inner product <x, y> or, for
// kernels of the distance, its square |x - y|^2.
//
// Gradients from the weight w. Inner product: grad1 = w y, grad2 = w x. Distance: grad1 = w (y - x), grad2 = -grad1, and w = 0 at r = 0.
#pragma once

#include "../include/sig_kernels.h"
#include "lanes.hpp"

namespace sig::SIG_TARGET {

typedef Vec<double> Double;
typedef int64_t Mask __attribute__((vector_size(SIG_VECTOR_BYTES), may_alias));

static inline Double select(Mask condition, Double yes, Double no) { return condition ? yes : no; }

static inline Double square_root(Double x) {
  for (int k = 0; k < Lanes<double>::W; ++k) x[k] = __builtin_sqrt(x[k]);
  return x;
}

// x = e^x for N vectors at once, so that their chains of dependent operations overlap; within about one unit in the last place, with
// overflow to infinity, gradual underflow and NaN as they should be. 2^n e^r for the whole number n that makes r smallest, and a polynomial
// for (e^r - 1 - r) / r^2 through its Chebyshev points.
template <int N>
[[gnu::always_inline]] static inline void exponentials(Double *x) {
  constexpr double magic = 0x1.8p52;  // added, it rounds to a whole number, which the lowest bits then hold
  constexpr double log2_high = 0.6931471806019545, log2_low = -4.2009150726810846e-11;
  constexpr uint64_t magic_bits = 0x4338000000000000u, bias = 2048, one = 1;
  typedef uint64_t Bits __attribute__((vector_size(SIG_VECTOR_BYTES), may_alias));
  Double rounded[N], r[N], power[N];
#pragma GCC unroll 4
  for (int k = 0; k < N; ++k) {
    x[k] = select(x[k] > 710.0, broadcast(710.0), x[k]);
    x[k] = select(x[k] < -750.0, broadcast(-750.0), x[k]);
    rounded[k] = x[k] * 1.4426950408889634 + magic;
  }
#pragma GCC unroll 4
  for (int k = 0; k < N; ++k) {
    const Double n = rounded[k] - magic;
    r[k] = (x[k] - n * log2_high) - n * log2_low;
  }
#pragma GCC unroll 4
  for (int k = 0; k < N; ++k) {
    const Double r2 = r[k] * r[k], r4 = r2 * r2;
    const Double low = (0.5000000000000001 + 0.16666666666666669 * r[k]) + r2 * (0.04166666666662413 + 0.008333333333330062 * r[k]);
    const Double middle =
        (0.0013888888917213717 + 0.00019841269863053618 * r[k]) + r2 * (2.4801521295954376e-05 + 2.7557268459997064e-06 * r[k]);
    const Double high = 2.7620088445409746e-07 + 2.510038549551032e-08 * r[k];
    power[k] = 1.0 + (r[k] + r2 * (low + r4 * (middle + r4 * high)));
  }
#pragma GCC unroll 4
  for (int k = 0; k < N; ++k) {
    // 2^n in two factors, since n may be too small for the exponent of one. Biased so that the shift keeps the sign.
    const Bits biased = (Bits)rounded[k] - (magic_bits - bias), first = biased >> one, second = biased - first;
    x[k] = power[k] * (Double)((first - one) << 52) * (Double)((second - one) << 52);
  }
}

static inline Double exponential(Double x) {
  exponentials<1>(&x);
  return x;
}

// base^exponent for an exponent that is a whole number >= 0.
static inline Double whole_power(Double base, int64_t exponent) {
  Double power = broadcast(1.0);
  for (; exponent; exponent >>= 1) {
    if (exponent & 1) power *= base;
    if (exponent > 1) base *= base;
  }
  return power;
}

static inline Double real_power(Double base, double exponent) {
  for (int k = 0; k < Lanes<double>::W; ++k) base[k] = __builtin_pow(base[k], exponent);
  return base;
}

// Each form has value(s), weight(s), and values<N>(s), which replaces N arguments by their values.
struct LinearForm {
  static constexpr bool of_distance = false;
  double factor;
  explicit LinearForm(const double *parameters) : factor(parameters[0]) {}
  Double value(Double s) const { return factor * s; }
  template <int N>
  [[gnu::always_inline]] inline void values(Double *s) const {
    for (int k = 0; k < N; ++k) s[k] = value(s[k]);
  }
  Double weight(Double) const { return broadcast(factor); }
};

struct RbfForm {
  static constexpr bool of_distance = true;
  double rate;
  explicit RbfForm(const double *parameters) : rate(1 / parameters[0]) {}
  Double value(Double s) const {
    values<1>(&s);
    return s;
  }
  template <int N>
  [[gnu::always_inline]] inline void values(Double *s) const {
#pragma GCC unroll 4
    for (int k = 0; k < N; ++k) s[k] *= -rate;
    exponentials<N>(s);
  }
  Double weight(Double s) const { return select(s == 0.0, Double{}, 2 * rate * value(s)); }
};

// A base below 0 counts as 0 where the degree is no whole number; the kernel is constant there.
struct PolynomialForm {
  static constexpr bool of_distance = false;
  double degree, gamma, factor;
  bool whole;
  explicit PolynomialForm(const double *parameters)
      : degree(parameters[0]), gamma(parameters[1]), factor(parameters[2]), whole(degree < 1e18 && degree == double(int64_t(degree))) {}
  Double value(Double s) const { return factor * power(s + gamma, degree); }
  template <int N>
  [[gnu::always_inline]] inline void values(Double *s) const {
    for (int k = 0; k < N; ++k) s[k] = value(s[k]);
  }
  Double weight(Double s) const {
    if (degree == 0) return Double{};
    const Double base = s + gamma, weight = factor * degree * power(base, degree - 1);
    return whole ? weight : select(base < 0.0, Double{}, weight);
  }

 private:
  Double power(Double base, double exponent) const {
    return whole ? whole_power(base, int64_t(exponent)) : real_power(select(base < 0.0, Double{}, base), exponent);
  }
};

// Distances in units of the length scale end at 1000, where every value is 0, so that infinity times zero does not arise.
static inline Double scaled_distance(Double s, double scale) {
  const Double u = scale * square_root(s);
  return select(u > 1000.0, broadcast(1000.0), u);
}

// u[k] = the scaled distance of s[k], and s[k] = e^-u[k].
template <int N>
[[gnu::always_inline]] static inline void decays(Double *s, double rate, Double *u) {
#pragma GCC unroll 4
  for (int k = 0; k < N; ++k) {
    u[k] = scaled_distance(s[k], rate);
    s[k] = -u[k];
  }
  exponentials<N>(s);
}

struct Matern12Form {
  static constexpr bool of_distance = true;
  double rate;
  explicit Matern12Form(const double *parameters) : rate(1 / parameters[0]) {}
  Double value(Double s) const {
    values<1>(&s);
    return s;
  }
  template <int N>
  [[gnu::always_inline]] inline void values(Double *s) const {
#pragma GCC unroll 4
    for (int k = 0; k < N; ++k) s[k] = -scaled_distance(s[k], rate);
    exponentials<N>(s);
  }
  Double weight(Double s) const { return select(s == 0.0, Double{}, rate * value(s) / square_root(s)); }
};

struct Matern32Form {
  static constexpr bool of_distance = true;
  double rate;
  explicit Matern32Form(const double *parameters) : rate(__builtin_sqrt(3.0) / parameters[0]) {}
  Double value(Double s) const {
    values<1>(&s);
    return s;
  }
  template <int N>
  [[gnu::always_inline]] inline void values(Double *s) const {
    Double u[N];
    decays<N>(s, rate, u);
#pragma GCC unroll 4
    for (int k = 0; k < N; ++k) s[k] *= 1 + u[k];
  }
  Double weight(Double s) const { return select(s == 0.0, Double{}, rate * rate * exponential(-scaled_distance(s, rate))); }
};

struct Matern52Form {
  static constexpr bool of_distance = true;
  double rate;
  explicit Matern52Form(const double *parameters) : rate(__builtin_sqrt(5.0) / parameters[0]) {}
  Double value(Double s) const {
    values<1>(&s);
    return s;
  }
  template <int N>
  [[gnu::always_inline]] inline void values(Double *s) const {
    Double u[N];
    decays<N>(s, rate, u);
#pragma GCC unroll 4
    for (int k = 0; k < N; ++k) s[k] *= 1 + u[k] + u[k] * u[k] / 3;
  }
  Double weight(Double s) const {
    const Double u = scaled_distance(s, rate);
    return select(s == 0.0, Double{}, rate * rate / 3 * (1 + u) * exponential(-u));
  }
};

struct RationalQuadraticForm {
  static constexpr bool of_distance = true;
  double rate, alpha, slope;
  bool whole;
  explicit RationalQuadraticForm(const double *parameters)
      : rate(1 / (2 * parameters[1] * parameters[0] * parameters[0])),
        alpha(parameters[1]),
        slope(1 / (parameters[0] * parameters[0])),
        whole(alpha < 1e18 && alpha == double(int64_t(alpha))) {}
  Double value(Double s) const { return inverse_power(1 + rate * s, alpha); }
  template <int N>
  [[gnu::always_inline]] inline void values(Double *s) const {
    for (int k = 0; k < N; ++k) s[k] = value(s[k]);
  }
  Double weight(Double s) const { return select(s == 0.0, Double{}, slope * inverse_power(1 + rate * s, alpha + 1)); }

 private:
  Double inverse_power(Double base, double exponent) const {
    return whole ? 1 / whole_power(base, int64_t(exponent)) : real_power(base, -exponent);
  }
};

static inline bool is_of_distance(const sig_call &call) {
  return call.static_kernel != SIG_LINEAR && call.static_kernel != SIG_POLYNOMIAL;
}

// Calls body(form) with the static kernel of the call.
template <class Body>
static inline void with_static_kernel(const sig_call &call, const Body &body) {
  const double *parameters = call.static_parameters;
  switch (call.static_kernel) {
    case SIG_RBF:
      return body(RbfForm(parameters));
    case SIG_POLYNOMIAL:
      return body(PolynomialForm(parameters));
    case SIG_MATERN12:
      return body(Matern12Form(parameters));
    case SIG_MATERN32:
      return body(Matern32Form(parameters));
    case SIG_MATERN52:
      return body(Matern52Form(parameters));
    case SIG_RATIONAL_QUADRATIC:
      return body(RationalQuadraticForm(parameters));
    default:
      return body(LinearForm(parameters));
  }
}

}  // namespace sig::SIG_TARGET
