// Signatures in direct form: the exponential of each segment, then a product. It serves `horner: false` and corrections, where the
// logarithm of a segment has levels above the first.
//
// For x with levels 1..m, exp(x) = P_1 with P_k = 1 + x P_{k+1} / k and P_{N+1} = 1; where x is a vector v, level n is v^n / n!.
// The adjoint keeps prefix signatures: every K-th one of the whole path, and all of the K steps at hand (K about the square root of
// the number of steps), so that nothing is undone by inverses.
#pragma once

#include "signature_shape.hpp"

namespace sig::SIG_TARGET {

// The logarithms of the segments of a tile.
template <class T>
struct Segments {
  const SignatureShape<T> &shape;
  Levels given;    // of a correction: words in the original letters
  int64_t degree;  // highest level of a logarithm
  int64_t layout;
  const T *rows;
  int64_t width;

  Segments(const sig_call &call, const SignatureShape<T> &shape)
      : shape(shape),
        given(call.dimension, shape.corrected ? call.correction_degree : 1),
        degree(given.degree),
        layout(call.correction_layout),
        rows(static_cast<const T *>(call.in[1].data)),
        width(given.length() - call.dimension) {}

  int64_t length() const { return shape.levels.begin(degree + 1); }

  // x = logarithm of segment `step` of paths first .. first + W - 1, where its level 1 is z.
  void load(int64_t first, int64_t step, const Vec<T> *z, Vec<T> *x) const {
    for (int64_t j = 0; j < shape.letters; ++j) x[j] = z[j];
    if (degree < 2) return;
    const T *lane[Lanes<T>::W];
    for (int k = 0; k < Lanes<T>::W; ++k) {
      const int64_t b = first + k < shape.batch ? first + k : shape.batch - 1;
      const int64_t place = layout == SIG_CORRECTION_ROW ? 0 : layout == SIG_CORRECTION_SEGMENT ? step : b * shape.steps + step;
      lane[k] = rows + place * width;
    }
    const int64_t d = given.letters;
    for (int64_t i = shape.letters; i < length(); ++i) x[i] = Vec<T>{};
    for (int64_t n = 2, from = 0; n <= degree; ++n) {
      for (int64_t u = 0; u < given.size(n) / d; ++u) {
        int64_t place = 0;
        for (int64_t rest = u, weight = shape.letters; rest; rest /= d, weight *= shape.letters) place += rest % d * weight;
        Vec<T> *to = x + shape.levels.begin(n) + place;
        for (int64_t j = 0; j < d; ++j, ++from)
          for (int k = 0; k < Lanes<T>::W; ++k) to[j][k] = lane[k][from];
      }
    }
  }
};

// out += scale * (levels 1..m of x) (1 + p)
template <class T>
static inline void add_scaled_product(const Levels &levels, int64_t m, const Vec<T> *x, const Vec<T> *p, T scale, Vec<T> *out) {
  for (int64_t k = 1; k <= m; ++k) {
    for (int64_t u = 0; u < levels.size(k); ++u) {
      const Vec<T> factor = scale * x[levels.begin(k) + u];
      out[levels.begin(k) + u] += factor;
      for (int64_t n = k + 1; n <= levels.degree; ++n) {
        const int64_t size = levels.size(n - k);
        Vec<T> *to = out + levels.begin(n) + u * size;
        const Vec<T> *from = p + levels.begin(n - k);
        for (int64_t v = 0; v < size; ++v) to[v] += factor * from[v];
      }
    }
  }
}

// The chain P_N .. P_1 of exp(x): P_k is row k - 1 of `chain`; its first row is the exponential.
template <class T>
static void exponential_chain(const Levels &levels, int64_t m, const Vec<T> *x, Vec<T> *chain) {
  const int64_t row = levels.length();
  for (int64_t k = levels.degree; k >= 1; --k) {
    Vec<T> *p = chain + (k - 1) * row;
    for (int64_t i = 0; i < row; ++i) p[i] = Vec<T>{};
    if (k == levels.degree)
      for (int64_t i = 0; i < levels.begin(m + 1); ++i) p[i] = x[i] * (T(1) / T(k));
    else
      add_scaled_product<T>(levels, m, x, p + row, T(1) / T(k), p);
  }
}

// Adjoint of exponential_chain towards level 1 of x: `g` is the gradient of the exponential and is overwritten, dz is added to.
template <class T>
static void exponential_chain_adjoint(const Levels &levels, int64_t m, const Vec<T> *x, const Vec<T> *chain, Vec<T> *g, Vec<T> *dz,
                                      Vec<T> *work) {
  const int64_t row = levels.length(), d = levels.letters;
  for (int64_t k = 1; k <= levels.degree; ++k) {
    const Vec<T> *next = k < levels.degree ? chain + k * row : nullptr;
    const T scale = T(1) / T(k);
    for (int64_t j = 0; j < d; ++j) {
      Vec<T> sum = g[j];
      if (next) {
        for (int64_t n = 2; n <= levels.degree; ++n) {
          const int64_t size = levels.size(n - 1);
          for (int64_t v = 0; v < size; ++v) sum += g[levels.begin(n) + j * size + v] * next[levels.begin(n - 1) + v];
        }
      }
      dz[j] += scale * sum;
    }
    if (!next) return;
    for (int64_t i = 0; i < row; ++i) work[i] = Vec<T>{};
    for (int64_t q = 1; q <= m; ++q)
      for (int64_t n = q + 1; n <= levels.degree; ++n)
        contract_left(g + levels.begin(n), levels.size(q), x + levels.begin(q), levels.size(n - q), scale, work + levels.begin(n - q));
    for (int64_t i = 0; i < row; ++i) g[i] = work[i];
  }
}

// s = s (x) exp(x); the exponential is left in the first row of `chain`, which holds `degree` rows where m > 1 and one otherwise.
template <class T>
static void direct_step(const Levels &levels, int64_t m, const Vec<T> *x, Vec<T> *s, Vec<T> *chain) {
  if (m > 1) {
    exponential_chain<T>(levels, m, x, chain);
  } else {
    const int64_t d = levels.letters;
    for (int64_t j = 0; j < d; ++j) chain[j] = x[j];
    for (int64_t n = 2; n <= levels.degree; ++n) {
      const Vec<T> *from = chain + levels.begin(n - 1);
      Vec<T> *to = chain + levels.begin(n);
      for (int64_t u = 0; u < levels.size(n - 1); ++u) {
        const Vec<T> factor = from[u] * (T(1) / T(n));
        for (int64_t j = 0; j < d; ++j) to[u * d + j] = factor * x[j];
      }
    }
  }
  for (int64_t n = levels.degree; n >= 1; --n) {
    add_product_level(levels, n, s, chain, s + levels.begin(n));
    for (int64_t i = levels.begin(n); i < levels.begin(n + 1); ++i) s[i] += chain[i];
  }
}

template <class T>
struct DirectForward {
  static constexpr int64_t block = 16;

  static int64_t scratch_bytes(const SignatureShape<T> &shape, const sig_call &call) {
    const Segments<T> segments(call, shape);
    return Scratch::bytes<Vec<T>>(block * shape.letters) + Scratch::bytes<Vec<T>>(segments.length()) +
           Scratch::bytes<Vec<T>>(shape.row() * (segments.degree > 1 ? shape.degree : 1)) + Scratch::bytes<Vec<T>>(shape.row());
  }

  static int32_t run(const SignatureShape<T> &shape, const Task &task) {
    const Segments<T> segments(task.call, shape);
    const LevelRows<T> out(task.call.out[0], shape);
    const int64_t first = task.index * Lanes<T>::W;
    const T *points = static_cast<const T *>(task.call.in[0].data);
    Scratch scratch(task.scratch);
    Vec<T> *z = scratch.take<Vec<T>>(block * shape.letters);
    Vec<T> *x = scratch.take<Vec<T>>(segments.length());
    Vec<T> *chain = scratch.take<Vec<T>>(shape.row() * (segments.degree > 1 ? shape.degree : 1));
    Vec<T> *s = scratch.take<Vec<T>>(shape.row());
    const Tile<T> tile = tile_of_paths<T>(shape.path, shape.batch, first);
    for (int64_t i = 0; i < shape.row(); ++i) s[i] = Vec<T>{};
    for (int64_t t = 0; t < shape.steps; ++t) {
      if (task.stopped()) return SIG_STOPPED;
      const int64_t left = shape.steps - t;
      if (t % block == 0) fill_increments<T>(shape.path, points, tile, t, left < block ? left : block, z);
      segments.load(first, t, z + t % block * shape.letters, x);
      direct_step<T>(shape.levels, segments.degree, x, s, chain);
      if (shape.stream) out.scatter(shape.batch, first, t, s);
      task.advance(1);
    }
    if (!shape.stream) out.scatter(shape.batch, first, 0, s);
    return SIG_OK;
  }
};

template <class T>
struct DirectBackprop {
  static int64_t spacing(const SignatureShape<T> &shape) {
    int64_t k = 2;
    while (k * k < shape.steps) k += 2;
    return k;
  }

  static int64_t scratch_bytes(const SignatureShape<T> &shape, const sig_call &call) {
    const Segments<T> segments(call, shape);
    const int64_t every = spacing(shape);
    return 2 * Scratch::bytes<Vec<T>>(every * shape.letters) + Scratch::bytes<Vec<T>>(segments.length()) +
           Scratch::bytes<Vec<T>>(shape.row() * shape.degree) +
           Scratch::bytes<Vec<T>>((divide_up(shape.steps, every) + every + 1) * shape.row()) + 3 * Scratch::bytes<Vec<T>>(shape.row()) +
           Scratch::bytes<Vec<T>>(shape.path.dimension);
  }

  static int32_t run(const SignatureShape<T> &shape, const Task &task) {
    const Segments<T> segments(task.call, shape);
    const Levels &levels = shape.levels;
    const LevelRows<T> derivs(task.call.in[3], shape);
    const int64_t first = task.index * Lanes<T>::W, row = shape.row(), d = shape.letters, every = spacing(shape), m = segments.degree;
    const T *points = static_cast<const T *>(task.call.in[0].data);
    T *d_points = static_cast<T *>(task.call.out[0].data);
    Scratch scratch(task.scratch);
    Vec<T> *z = scratch.take<Vec<T>>(every * d);
    Vec<T> *dz = scratch.take<Vec<T>>(every * d);
    Vec<T> *x = scratch.take<Vec<T>>(segments.length());
    Vec<T> *chain = scratch.take<Vec<T>>(row * shape.degree);
    Vec<T> *checkpoints = scratch.take<Vec<T>>((divide_up(shape.steps, every) + every + 1) * row);
    Vec<T> *g = scratch.take<Vec<T>>(row);
    Vec<T> *de = scratch.take<Vec<T>>(row);
    Vec<T> *work = scratch.take<Vec<T>>(row);
    Vec<T> *carry = scratch.take<Vec<T>>(shape.path.dimension);
    const Tile<T> tile = tile_of_paths<T>(shape.path, shape.batch, first);
    const int64_t segments_of_steps = divide_up(shape.steps, every);
    Vec<T> *history = checkpoints + segments_of_steps * row;

    // Prefix signatures history[0..n] of the n steps from checkpoint c on.
    const auto replay = [&](int64_t c) {
      const int64_t begin = c * every, n = shape.steps - begin < every ? shape.steps - begin : every;
      fill_increments<T>(shape.path, points, tile, begin, n, z);
      for (int64_t i = 0; i < row; ++i) history[i] = checkpoints[c * row + i];
      for (int64_t t = 0; t < n; ++t) {
        Vec<T> *s = history + (t + 1) * row;
        for (int64_t i = 0; i < row; ++i) s[i] = s[i - row];
        segments.load(first, begin + t, z + t * d, x);
        direct_step<T>(levels, m, x, s, chain);
      }
      return n;
    };
    for (int64_t i = 0; i < row; ++i) checkpoints[i] = Vec<T>{};
    for (int64_t c = 0; c + 1 < segments_of_steps; ++c) {
      if (task.stopped()) return SIG_STOPPED;
      replay(c);
      for (int64_t i = 0; i < row; ++i) checkpoints[(c + 1) * row + i] = history[every * row + i];
    }
    for (int64_t i = 0; i < row; ++i) g[i] = Vec<T>{};
    for (int64_t j = 0; j < shape.path.dimension; ++j) carry[j] = Vec<T>{};
    for (int64_t c = segments_of_steps - 1; c >= 0; --c) {
      const int64_t begin = c * every, n = replay(c);
      for (int64_t t = n - 1; t >= 0; --t) {
        if (task.stopped()) return SIG_STOPPED;
        if (shape.stream || begin + t == shape.steps - 1) {
          derivs.gather(shape.batch, first, shape.stream ? begin + t : 0, work);
          for (int64_t i = 0; i < row; ++i) g[i] += work[i];
        }
        const Vec<T> *s = history + t * row;
        segments.load(first, begin + t, z + t * d, x);
        exponential_chain<T>(levels, m, x, chain);
        for (int64_t i = 0; i < row; ++i) work[i] = de[i] = g[i];
        for (int64_t k = 1; k <= shape.degree; ++k) product_level_adjoint(levels, k, work + levels.begin(k), s, chain, T(1), g, de);
        for (int64_t j = 0; j < d; ++j) dz[t * d + j] = Vec<T>{};
        exponential_chain_adjoint<T>(levels, m, x, chain, de, dz + t * d, work);
        task.advance(1);
      }
      scatter_increments<T>(shape.path, tile, begin, n, dz, carry, d_points);
    }
    write_first_points<T>(shape.path, tile, carry, d_points);
    return SIG_OK;
  }
};

}  // namespace sig::SIG_TARGET
