// Vectors of W numbers, one lane per path of a batch, and the transpositions between rows in memory and lanes. Everything of a kernel
// lives in namespace sig::SIG_TARGET, so that code compiled for one instruction set can never be linked in place of another's.
#pragma once

#include <stdint.h>

#ifndef SIG_TARGET
#error "compile with -DSIG_TARGET=<name> and -DSIG_VECTOR_BYTES=<16|32|64>"
#endif

namespace sig::SIG_TARGET {

template <class T>
struct Lanes {
  static constexpr int W = SIG_VECTOR_BYTES / sizeof(T);
  typedef T vec __attribute__((vector_size(SIG_VECTOR_BYTES), may_alias));
  typedef T unaligned __attribute__((vector_size(SIG_VECTOR_BYTES), aligned(sizeof(T)), may_alias));
};

template <class T>
using Vec = typename Lanes<T>::vec;

template <class T>
static inline Vec<T> broadcast(T value) {
  return value - Vec<T>{};
}

template <class T>
static inline Vec<T> load_unaligned(const T *from) {
  return *reinterpret_cast<const typename Lanes<T>::unaligned *>(from);
}

template <class T>
static inline void store_unaligned(T *to, Vec<T> value) {
  *reinterpret_cast<typename Lanes<T>::unaligned *>(to) = value;
}

// Keeps a loaded vector in a register. Without it gcc repeats the load as a memory operand of each use, and loops that use a vector
// twice become bound by loads instead of arithmetic (measured: 1.3 times slower on AVX2).
template <class V>
static inline V in_register(V value) {
#if defined(__AVX512F__)
  asm("" : "+v"(value));
#elif defined(__x86_64__)
  asm("" : "+x"(value));
#elif defined(__aarch64__)
  asm("" : "+w"(value));
#endif
  return value;
}

namespace transposition {

template <int... I>
struct Sequence {};

template <int N, int... I>
struct MakeSequence : MakeSequence<N - 1, N - 1, I...> {};

template <int... I>
struct MakeSequence<0, I...> {
  typedef Sequence<I...> type;
};

// Blocks of H lanes: the even ones of a and b side by side, or the odd ones.
template <int W, int H, bool Odd, class V, int... I>
static inline V pick(V a, V b, Sequence<I...>) {
  return __builtin_shufflevector(a, b, ((I & ~(2 * H - 1)) + (I & (H - 1)) + (Odd ? H : 0) + ((I & H) ? W : 0))...);
}

template <int W, int H, class V>
static inline void stage(V *rows) {
  typedef typename MakeSequence<W>::type All;
#pragma GCC unroll 16
  for (int i = 0; i < W; ++i) {
    if (i & H) continue;
    const V a = rows[i], b = rows[i + H];
    rows[i] = pick<W, H, false>(a, b, All{});
    rows[i + H] = pick<W, H, true>(a, b, All{});
  }
  if constexpr (2 * H < W) stage<W, 2 * H>(rows);
}

}  // namespace transposition

// Transposes a W x W block held in W vectors.
template <class T>
static inline void transpose(Vec<T> *rows) {
  transposition::stage<Lanes<T>::W, 1>(rows);
}

// out[i * step] = element i of each lane's own row; a null row gives zeros.
template <class T>
static inline void gather_lanes(const T *const *rows, int64_t n, Vec<T> *out, int64_t step = 1) {
  constexpr int W = Lanes<T>::W;
  bool full = true;
  for (int k = 0; k < W; ++k) full = full && rows[k];
  int64_t i = 0;
  if (full) {
    for (; i + W <= n; i += W) {
      Vec<T> block[W];
      for (int k = 0; k < W; ++k) block[k] = load_unaligned(rows[k] + i);
      transpose<T>(block);
      for (int k = 0; k < W; ++k) out[(i + k) * step] = block[k];
    }
  }
  for (; i < n; ++i) {
    Vec<T> v{};
    for (int k = 0; k < W; ++k) {
      if (rows[k]) v[k] = rows[k][i];
    }
    out[i * step] = v;
  }
}

// The inverse of gather_lanes; lanes of a null row are dropped.
template <class T>
static inline void scatter_lanes(const Vec<T> *in, int64_t n, T *const *rows, int64_t step = 1) {
  constexpr int W = Lanes<T>::W;
  int64_t i = 0;
  for (; i + W <= n; i += W) {
    Vec<T> block[W];
    for (int k = 0; k < W; ++k) block[k] = in[(i + k) * step];
    transpose<T>(block);
    for (int k = 0; k < W; ++k) {
      if (rows[k]) store_unaligned(rows[k] + i, block[k]);
    }
  }
  for (; i < n; ++i) {
    for (int k = 0; k < W; ++k) {
      if (rows[k]) rows[k][i] = in[i * step][k];
    }
  }
}

// gather_lanes for the first `count` of rows that are `stride` apart.
template <class T>
static inline void gather_rows(const T *rows, int64_t stride, int64_t count, int64_t n, Vec<T> *out) {
  constexpr int W = Lanes<T>::W;
  const T *lane[W];
  for (int k = 0; k < W; ++k) lane[k] = k < count ? rows + k * stride : nullptr;
  gather_lanes<T>(lane, n, out);
}

// scatter_lanes for the first `count` of rows that are `stride` apart.
template <class T>
static inline void scatter_rows(const Vec<T> *in, int64_t n, T *rows, int64_t stride, int64_t count) {
  constexpr int W = Lanes<T>::W;
  T *lane[W];
  for (int k = 0; k < W; ++k) lane[k] = k < count ? rows + k * stride : nullptr;
  scatter_lanes<T>(in, n, lane);
}

}  // namespace sig::SIG_TARGET
