// The inner loops of the forward walk: rows of the block under one prefix run through `count` steps (see signature_walk.hpp).
// A row is a word u j with its coefficient x and those of its d children y; they stay in registers for the whole run.
#pragma once

#include "families.hpp"
#include "lanes.hpp"

namespace sig::SIG_TARGET {

// Registers that hold one vector each.
#if SIG_VECTOR_BYTES == 64 || defined(__aarch64__)
constexpr int vector_registers = 32;
#else
constexpr int vector_registers = 16;
#endif

// Rows handled together: as many as registers hold, so that each load of an increment and a root serves several.
template <int D, int Registers>
constexpr int rows_at_once() {
  const int most = (Registers - 2) / (D + 1);
  return most < 1 ? 1 : most > D ? D : most;
}

// Bottom block: roots r_1, r_2 of each step at r[2 s], r[2 s + 1]; z and half = z / 2 by step; rows j .. j + J - 1.
template <class T, int D, int J>
static inline void run_bottom_rows(const Vec<T> *r, int64_t count, const Vec<T> *z, const Vec<T> *half, int j, Vec<T> *x_out,
                                   Vec<T> *y_out) {
  Vec<T> x[J], y[J][D];
#pragma GCC unroll 16
  for (int i = 0; i < J; ++i) {
    x[i] = x_out[j + i];
#pragma GCC unroll 16
    for (int k = 0; k < D; ++k) y[i][k] = y_out[(j + i) * D + k];
  }
  for (int64_t s = 0; s < count; ++s) {
    const Vec<T> r1 = in_register(r[2 * s]), r2 = in_register(r[2 * s + 1]);
    Vec<T> c[J];
#pragma GCC unroll 16
    for (int i = 0; i < J; ++i) {
      c[i] = x[i] + r2 * half[s * D + j + i];
      x[i] += r1 * z[s * D + j + i];
    }
#pragma GCC unroll 16
    for (int k = 0; k < D; ++k) {
      const Vec<T> zk = in_register(z[s * D + k]);
#pragma GCC unroll 16
      for (int i = 0; i < J; ++i) y[i][k] += c[i] * zk;
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < J; ++i) {
    x_out[j + i] = x[i];
#pragma GCC unroll 16
    for (int k = 0; k < D; ++k) y_out[(j + i) * D + k] = y[i][k];
  }
}

// Block with `chains` = M > 2 levels at and below it: as above with roots r_1..r_M at r[s * M], and the roots of the blocks below,
// M - 2 a step, written for child k of row j at below[(j * D + k) * stride + s * (M - 2)]. Level m of z is at z + (m - 1) * level.
template <class T, int D, int J>
static inline void run_inner_rows(const Vec<T> *r, int64_t chains, int64_t count, const Vec<T> *z, int64_t level, int j, Vec<T> *x_out,
                                  Vec<T> *y_out, Vec<T> *below, int64_t stride) {
  Vec<T> x[J], y[J][D];
  const Vec<T> *half = z + level;
#pragma GCC unroll 16
  for (int i = 0; i < J; ++i) {
    x[i] = x_out[j + i];
#pragma GCC unroll 16
    for (int k = 0; k < D; ++k) y[i][k] = y_out[(j + i) * D + k];
  }
  for (int64_t s = 0; s < count; ++s) {
    const Vec<T> *root = r + s * chains;
    for (int64_t m = 3; m <= chains; ++m) {
      const Vec<T> *zm = z + (m - 1) * level + s * D, *zn = zm - level;
      Vec<T> *to = below + j * D * stride + s * (chains - 2) + m - 3;
#pragma GCC unroll 16
      for (int i = 0; i < J; ++i) {
        const Vec<T> c = x[i] + root[m - 1] * zm[j + i];
#pragma GCC unroll 16
        for (int k = 0; k < D; ++k) to[(i * D + k) * stride] = y[i][k] + c * zn[k];
      }
    }
#pragma GCC unroll 16
    for (int i = 0; i < J; ++i) {
      const Vec<T> c = x[i] + root[1] * half[s * D + j + i];
#pragma GCC unroll 16
      for (int k = 0; k < D; ++k) y[i][k] += c * z[s * D + k];
      x[i] += root[0] * z[s * D + j + i];
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < J; ++i) {
    x_out[j + i] = x[i];
#pragma GCC unroll 16
    for (int k = 0; k < D; ++k) y_out[(j + i) * D + k] = y[i][k];
  }
}

// Any number of letters d: the same inner block, with the children in memory.
template <class T>
static inline void run_inner_row(const Vec<T> *r, int64_t chains, int64_t count, const Vec<T> *z, int64_t level, int64_t d, int64_t j,
                                 Vec<T> *x_out, Vec<T> *y, Vec<T> *below, int64_t stride) {
  Vec<T> x = x_out[j];
  y += j * d;
  for (int64_t s = 0; s < count; ++s) {
    const Vec<T> *root = r + s * chains, *zs = z + s * d;
    for (int64_t m = 3; m <= chains; ++m) {
      const Vec<T> *zm = zs + (m - 1) * level, *zn = zm - level;
      const Vec<T> c = x + root[m - 1] * zm[j];
      Vec<T> *to = below + j * d * stride + s * (chains - 2) + m - 3;
      for (int64_t k = 0; k < d; ++k) to[k * stride] = y[k] + c * zn[k];
    }
    const Vec<T> c = x + root[1] * zs[level + j];
    for (int64_t k = 0; k < d; ++k) y[k] += c * zs[k];
    x += root[0] * zs[j];
  }
  x_out[j] = x;
}

// Block of one level, first in the walk: its roots are all 1. Roots below: M - 1 a step.
template <class T>
static inline void run_first_level(int64_t chains, int64_t count, const Vec<T> *z, int64_t level, int64_t d, Vec<T> *x_out, Vec<T> *below,
                                   int64_t stride) {
  for (int64_t j = 0; j < d; ++j) {
    Vec<T> x = x_out[j];
    Vec<T> *to = below + j * stride;
    for (int64_t s = 0; s < count; ++s) {
      for (int64_t m = 2; m <= chains; ++m) to[s * (chains - 1) + m - 2] = x + z[(m - 1) * level + s * d + j];
      x += z[s * d + j];
    }
    x_out[j] = x;
  }
}

// Which steps move which letters: all of them, or alternately under lead-lag (lead letters at even steps, lag letters at odd ones).
struct Motion {
  int64_t letters;
  int64_t lag;  // letters before the lead ones; 0 without lead-lag
  bool time;    // the last letter moves at every step
};

// factors[s * d + j] = b[j] = x[j] + r_2 z_j / 2 at each step, while x runs; rows j .. j + J - 1.
template <class T, int J>
static inline void run_factor_rows(const Vec<T> *r, int64_t count, const Vec<T> *z, const Vec<T> *half, int64_t d, Vec<T> *x_out,
                                   Vec<T> *factors) {
  Vec<T> x[J];
#pragma GCC unroll 4
  for (int i = 0; i < J; ++i) x[i] = x_out[i];
  for (int64_t s = 0; s < count; ++s) {
    const Vec<T> r1 = in_register(r[2 * s]), r2 = in_register(r[2 * s + 1]);
#pragma GCC unroll 4
    for (int i = 0; i < J; ++i) {
      factors[s * d + i] = x[i] + r2 * half[s * d + i];
      x[i] += r1 * z[s * d + i];
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < J; ++i) x_out[i] = x[i];
}

// y[i][k] += sum over steps s = first, first + by, .. of factors[s][i] z[s][k] for J rows, K letters and, where Last, a letter at `last`.
template <class T, int J, int K, bool Last>
static inline void add_products(const Vec<T> *factors, const Vec<T> *z, int64_t d, int64_t first, int64_t by, int64_t count, Vec<T> *y_out,
                                int64_t last) {
  Vec<T> y[J][K], end[J];
#pragma GCC unroll 16
  for (int i = 0; i < J; ++i) {
    if (Last) end[i] = y_out[i * d + last];
#pragma GCC unroll 16
    for (int k = 0; k < K; ++k) y[i][k] = y_out[i * d + k];
  }
  for (int64_t s = first; s < count; s += by) {
    Vec<T> a[J];
#pragma GCC unroll 16
    for (int i = 0; i < J; ++i) a[i] = in_register(factors[s * d + i]);
#pragma GCC unroll 16
    for (int k = 0; k < K; ++k) {
      const Vec<T> zk = in_register(z[s * d + k]);
#pragma GCC unroll 16
      for (int i = 0; i < J; ++i) y[i][k] += a[i] * zk;
    }
    if (Last) {
      const Vec<T> zk = in_register(z[s * d + last]);
#pragma GCC unroll 16
      for (int i = 0; i < J; ++i) end[i] += a[i] * zk;
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < J; ++i) {
    if (Last) y_out[i * d + last] = end[i];
#pragma GCC unroll 16
    for (int k = 0; k < K; ++k) y_out[i * d + k] = y[i][k];
  }
}

// add_products over all rows, as many at once as make the most of the registers.
template <class T, int K, bool Last>
static inline void add_products_rows(const Vec<T> *factors, const Vec<T> *z, int64_t d, int64_t first, int64_t by, int64_t count, Vec<T> *y,
                                     int64_t last) {
  constexpr int fit = (vector_registers - 2) / (K + Last + 1), J = fit > 4 ? 4 : fit;
  int64_t j = 0;
  for (; j + J <= d; j += J) add_products<T, J, K, Last>(factors + j, z, d, first, by, count, y + j * d, last);
  if constexpr (J > 2) {
    if (j + 2 <= d) {
      add_products<T, 2, K, Last>(factors + j, z, d, first, by, count, y + j * d, last);
      j += 2;
    }
  }
  if (j < d) add_products<T, 1, K, Last>(factors + j, z, d, first, by, count, y + j * d, last);
}

// add_products_rows for letters begin .. end - 1, in even pieces of at most six letters (five beside a last one).
template <class T>
static inline void add_products_range(const Task &task, const Vec<T> *factors, const Vec<T> *z, int64_t d, int64_t first, int64_t by,
                                      int64_t count, Vec<T> *y, int64_t begin, int64_t end, int64_t last) {
  const int64_t most = last < 0 ? 6 : 5, pieces = (end - begin + most - 1) / most;
  for (int64_t p = 0; p < pieces && !task.stopped(); ++p) {
    const int64_t next = begin + (end - begin + pieces - p - 1) / (pieces - p);
    const bool with_last = last >= 0 && p == 0;
    const auto piece = [&]<int K>() {
      if (K < 6 && with_last)
        add_products_rows < T, K<6 ? K : 1, true>(factors, z + begin, d, first, by, count, y + begin, last - begin);
      else
        add_products_rows<T, K, false>(factors, z + begin, d, first, by, count, y + begin, 0);
    };
    switch (next - begin) {
      case 1:
        piece.template operator()<1>();
        break;
      case 2:
        piece.template operator()<2>();
        break;
      case 3:
        piece.template operator()<3>();
        break;
      case 4:
        piece.template operator()<4>();
        break;
      case 5:
        piece.template operator()<5>();
        break;
      default:
        piece.template operator()<6>();
        break;
    }
    begin = next;
  }
}

// Bottom block of many letters, or under lead-lag: first the factors of all rows, then the children as sums of products over the steps
// that move them. `factors` has room for count * letters.
template <class T>
static inline void run_bottom_any(const Task &task, const Vec<T> *r, int64_t count, const Vec<T> *z, const Vec<T> *half,
                                  const Motion &motion, Vec<T> *x, Vec<T> *y, Vec<T> *factors) {
  const int64_t d = motion.letters, lag = motion.lag;
  int64_t j = 0;
  for (; j + 4 <= d; j += 4) run_factor_rows<T, 4>(r, count, z + j, half + j, d, x + j, factors + j);
  if (d - j == 3) run_factor_rows<T, 3>(r, count, z + j, half + j, d, x + j, factors + j);
  if (d - j == 2) run_factor_rows<T, 2>(r, count, z + j, half + j, d, x + j, factors + j);
  if (d - j == 1) run_factor_rows<T, 1>(r, count, z + j, half + j, d, x + j, factors + j);
  if (lag == 0) {
    add_products_range<T>(task, factors, z, d, 0, 1, count, y, 0, d, -1);
  } else {
    add_products_range<T>(task, factors, z, d, 0, 2, count, y, lag, d, -1);
    add_products_range<T>(task, factors, z, d, 1, 2, count, y, 0, lag, motion.time ? d - 1 : -1);
  }
}

}  // namespace sig::SIG_TARGET
