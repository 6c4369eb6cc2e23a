// The inner loops of the backward walk: the adjoints of signature_rows.hpp, step by step from the last of a run to the first.
//
// With g the gradients of the coefficients x, y after a step and e_m those of the roots below (m > 2; e_2 is the gradient of y), and
// c_m = x + r_m z / m:  gamma_m[j] = sum_k e_m[j k] z_k / (m - 1) flows into g[j], into the root as rho_m = sum_j gamma_m[j] z_j / m and
// into dz_j as gamma_m[j] r_m / m, while c_m[j] e_m[j k] / (m - 1) flows into dz_k. The highest level never changes, so the gradient of
// the bottom level is constant in time, and its coefficients are not needed at all.
#pragma once

#include "signature_rows.hpp"

namespace sig::SIG_TARGET {

// history[s * d + j] = x[j] before step s.
template <class T>
static inline void keep_history(const Vec<T> *r, int64_t chains, int64_t count, const Vec<T> *z, int64_t d, const Vec<T> *x,
                                Vec<T> *history) {
  for (int64_t j = 0; j < d; ++j) history[j] = x[j];
  for (int64_t s = 0; s + 1 < count; ++s) {
    const Vec<T> r1 = r[s * chains];
    for (int64_t j = 0; j < d; ++j) history[(s + 1) * d + j] = history[s * d + j] + r1 * z[s * d + j];
  }
}

// Bottom block of D letters. gx: gradient of the rows, updated; gy: of their children; dz is added to, rho is written.
template <class T, int D>
static inline void run_bottom_adjoint(const Vec<T> *r, int64_t count, const Vec<T> *z, const Vec<T> *half, const Vec<T> *x, Vec<T> *gx_out,
                                      const Vec<T> *gy, Vec<T> *history, Vec<T> *dz, Vec<T> *rho) {
  keep_history<T>(r, 2, count, z, D, x, history);
  Vec<T> gx[D];
#pragma GCC unroll 16
  for (int j = 0; j < D; ++j) gx[j] = gx_out[j];
  for (int64_t s = count - 1; s >= 0; --s) {
    const Vec<T> r1 = r[2 * s], r2 = r[2 * s + 1], r2_half = r2 * T(0.5);
    Vec<T> sum[D], rho1{}, rho2{};
#pragma GCC unroll 16
    for (int k = 0; k < D; ++k) sum[k] = dz[s * D + k] + r1 * gx[k];
#pragma GCC unroll 16
    for (int j = 0; j < D; ++j) {
      const Vec<T> c = history[s * D + j] + r2 * half[s * D + j];
      Vec<T> gamma{};
#pragma GCC unroll 16
      for (int k = 0; k < D; ++k) {
        const Vec<T> e = in_register(gy[j * D + k]);
        gamma += e * z[s * D + k];
        sum[k] += c * e;
      }
      rho1 += gx[j] * z[s * D + j];
      rho2 += gamma * half[s * D + j];
      sum[j] += gamma * r2_half;
      gx[j] += gamma;
    }
#pragma GCC unroll 16
    for (int k = 0; k < D; ++k) dz[s * D + k] = sum[k];
    rho[2 * s] = rho1;
    rho[2 * s + 1] = rho2;
  }
#pragma GCC unroll 16
  for (int j = 0; j < D; ++j) gx_out[j] = gx[j];
}

// For K letters: gamma[j] += sum_k e[j k] z_k (set rather than added where First) and dz_k += sum_j c[j] e[j k], over all rows j.
template <class T, int K, bool First>
static inline void contract_both(const Vec<T> *e, int64_t d, const Vec<T> *c, const Vec<T> *z_in, Vec<T> *gamma, Vec<T> *dz) {
  Vec<T> z[K], sum[K];
#pragma GCC unroll 16
  for (int k = 0; k < K; ++k) {
    z[k] = z_in[k];
    sum[k] = dz[k];
  }
  for (int64_t j = 0; j < d; ++j) {
    const Vec<T> cj = c[j];
    Vec<T> total{};
    if (!First) total = gamma[j];
#pragma GCC unroll 16
    for (int k = 0; k < K; ++k) {
      const Vec<T> v = in_register(e[j * d + k]);
      total += v * z[k];
      sum[k] += cj * v;
    }
    gamma[j] = total;
  }
#pragma GCC unroll 16
  for (int k = 0; k < K; ++k) dz[k] = sum[k];
}

// contract_both for letters begin .. end - 1 in even pieces of at most five; the first piece sets gamma where `fresh`.
template <class T>
static inline void contract_range(const Task &task, const Vec<T> *e, int64_t d, const Vec<T> *c, const Vec<T> *z, int64_t begin,
                                  int64_t end, bool fresh, Vec<T> *gamma, Vec<T> *dz) {
  const int64_t pieces = (end - begin + 4) / 5;
  for (int64_t p = 0; p < pieces && !task.stopped(); ++p) {
    const int64_t next = begin + (end - begin + pieces - p - 1) / (pieces - p);
    const bool first = fresh && p == 0;
    const auto piece = [&]<int K>() {
      if (first)
        contract_both<T, K, true>(e + begin, d, c, z + begin, gamma, dz + begin);
      else
        contract_both<T, K, false>(e + begin, d, c, z + begin, gamma, dz + begin);
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
      default:
        piece.template operator()<5>();
        break;
    }
    begin = next;
  }
}

// Bottom block of any number of letters; `work` has room for 2 d.
template <class T>
static inline void run_bottom_adjoint_any(const Task &task, const Vec<T> *r, int64_t count, const Vec<T> *z, const Vec<T> *half,
                                          const Motion &motion, const Vec<T> *x, Vec<T> *gx, const Vec<T> *gy, Vec<T> *history,
                                          Vec<T> *work, Vec<T> *dz, Vec<T> *rho) {
  const int64_t d = motion.letters;
  Vec<T> *c = work, *gamma = work + d;
  keep_history<T>(r, 2, count, z, d, x, history);
  for (int64_t s = count - 1; s >= 0; --s) {
    const Vec<T> r1 = r[2 * s], r2 = r[2 * s + 1], r2_half = r2 * T(0.5);
    const Vec<T> *zs = z + s * d, *hs = half + s * d;
    Vec<T> *to = dz + s * d;
    for (int64_t j = 0; j < d; ++j) c[j] = history[s * d + j] + r2 * hs[j];
    if (motion.lag == 0) {
      contract_range<T>(task, gy, d, c, zs, 0, d, true, gamma, to);
    } else if (s % 2 == 0) {
      contract_range<T>(task, gy, d, c, zs, motion.lag, d, true, gamma, to);
    } else {
      contract_range<T>(task, gy, d, c, zs, 0, motion.lag, true, gamma, to);
      if (motion.time)
        for (int64_t j = 0; j < d; ++j) gamma[j] += gy[j * d + d - 1] * zs[d - 1];
    }
    Vec<T> rho1{}, rho2{};
    for (int64_t j = 0; j < d; ++j) {
      rho1 += gx[j] * zs[j];
      rho2 += gamma[j] * hs[j];
      to[j] += r1 * gx[j] + r2_half * gamma[j];
      gx[j] += gamma[j];
    }
    rho[2 * s] = rho1;
    rho[2 * s + 1] = rho2;
  }
}

// Block with `chains` > 2 levels at and below it; D letters, or d where D is 0. `history` as kept; rho_below is laid out as the roots
// below; inverse[m] = 1 / m. `work` has room for 3 d.
template <class T, int D>
static inline void run_inner_adjoint(const Vec<T> *r, int64_t chains, int64_t count, const Vec<T> *z, int64_t level, int64_t letters,
                                     const Vec<T> *history, Vec<T> *gx, Vec<T> *gy, const Vec<T> *rho_below, int64_t stride,
                                     const T *inverse, Vec<T> *work, Vec<T> *dz, Vec<T> *rho) {
  const int64_t d = D ? D : letters;
  Vec<T> *sum = work, *flow = work + d;
  for (int64_t s = count - 1; s >= 0; --s) {
    const Vec<T> *root = r + s * chains, *zs = z + s * d, *xs = history + s * d;
    Vec<T> *to = rho + s * chains;
    Vec<T> first{};
    for (int64_t j = 0; j < d; ++j) {
      first += gx[j] * zs[j];
      sum[j] = dz[s * d + j] + root[0] * gx[j];
      flow[j] = Vec<T>{};
    }
    to[0] = first;
    for (int64_t m = 2; m <= chains; ++m) {
      const Vec<T> *zm = zs + (m - 1) * level, *zn = zm - level, *e = rho_below + s * (chains - 2) + m - 3;
      const Vec<T> back = root[m - 1] * inverse[m];
      Vec<T> total{};
      for (int64_t j = 0; j < d; ++j) {
        const Vec<T> c = (xs[j] + root[m - 1] * zm[j]) * inverse[m - 1];
        Vec<T> gamma{};
        if (m == 2) {
          for (int64_t k = 0; k < d; ++k) {
            gamma += gy[j * d + k] * zn[k];
            sum[k] += c * gy[j * d + k];
          }
        } else {
          for (int64_t k = 0; k < d; ++k) {
            const Vec<T> v = e[(j * d + k) * stride];
            gy[j * d + k] += v;
            gamma += v * zn[k];
            sum[k] += c * v;
          }
        }
        total += gamma * zm[j];
        sum[j] += gamma * back;
        flow[j] += gamma;
      }
      to[m - 1] = total;
    }
    for (int64_t j = 0; j < d; ++j) {
      gx[j] += flow[j];
      dz[s * d + j] = sum[j];
    }
  }
}

// The block of one level at the top of the walk.
template <class T>
static inline void run_first_level_adjoint(int64_t chains, int64_t count, int64_t d, Vec<T> *gx, const Vec<T> *rho_below, int64_t stride,
                                           const T *inverse, Vec<T> *dz) {
  for (int64_t j = 0; j < d; ++j) {
    const Vec<T> *e = rho_below + j * stride;
    Vec<T> g = gx[j];
    for (int64_t s = count - 1; s >= 0; --s) {
      Vec<T> sum = g;
      for (int64_t m = 2; m <= chains; ++m) {
        const Vec<T> v = e[s * (chains - 1) + m - 2];
        sum += v * inverse[m];
        g += v;
      }
      dz[s * d + j] += sum;
    }
    gx[j] = g;
  }
}

}  // namespace sig::SIG_TARGET
