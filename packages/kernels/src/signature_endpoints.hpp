// Signatures that depend on the end points alone: of degree 1, of one letter, and of one segment. With v = x_last - x_first they are
// exp(v), whose level n is v / n (x) level n - 1.
#pragma once

#include "signature_shape.hpp"

namespace sig::SIG_TARGET {

template <class T>
struct Endpoints {
  const SignatureShape<T> &shape;
  int64_t per_task;

  explicit Endpoints(const SignatureShape<T> &shape)
      : shape(shape), per_task(divide_up(1 << 16, shape.path.length * shape.path.dimension + shape.row())) {}

  static bool serves_gradient(const SignatureShape<T> &shape) {
    return !shape.stream && !shape.corrected && (shape.degree == 1 || shape.letters == 1);
  }

  static bool serves(const SignatureShape<T> &shape) {
    return serves_gradient(shape) || (!shape.stream && !shape.corrected && shape.steps == 1);
  }

  void plan(sig_plan &plan) const {
    plan.phases = 1;
    plan.tasks[0] = divide_up(shape.batch, per_task);
    plan.work = shape.batch;
  }

  int32_t run_signature(const Task &task) const {
    const LevelRows<T> out(task.call.out[0], shape);
    const T *points = static_cast<const T *>(task.call.in[0].data);
    const int64_t d = shape.path.dimension, begin = task.index * per_task, end = last(begin);
    out.write_slots(begin, end - begin, 0);
    for (int64_t b = begin; b < end; ++b) {
      const T *first = points + b * shape.path.length * d, *final = first + (shape.path.length - 1) * d;
      T *row = out.row(b, 0);
      for (int64_t j = 0; j < d; ++j) row[j] = final[j] - first[j];
      if (shape.path.lead_lag)
        for (int64_t j = 0; j < d; ++j) row[d + j] = row[j];
      if (shape.path.time_aug) row[shape.letters - 1] = static_cast<T>(task.call.end_time);
      if (!exponential(task, row)) return SIG_STOPPED;
    }
    task.advance(end - begin);
    return SIG_OK;
  }

  int32_t run_gradient(const Task &task) const {
    const LevelRows<T> derivs(task.call.in[3], shape);
    const T *points = static_cast<const T *>(task.call.in[0].data);
    T *d_points = static_cast<T *>(task.call.out[0].data);
    const int64_t d = shape.path.dimension, size = shape.path.length * d, begin = task.index * per_task, end = last(begin);
    for (int64_t b = begin; b < end; ++b) {
      const T *given = derivs.row(b, 0), *first = points + b * size, *final = first + size - d;
      T *to = d_points + b * size;
      for (int64_t i = 0; i < size; ++i) to[i] = 0;
      for (int64_t j = 0; j < d; ++j) {
        T g = given[j] + (shape.path.lead_lag ? given[d + j] : T(0)), power = 1;
        for (int64_t n = 1; n < shape.degree; ++n) {
          power *= (final[0] - first[0]) / static_cast<T>(n);
          g += given[n] * power;
        }
        to[j] = -g;
        to[size - d + j] = g;
      }
    }
    task.advance(end - begin);
    return SIG_OK;
  }

 private:
  // The levels above the first; false if stopped.
  bool exponential(const Task &task, T *row) const {
    int64_t words = shape.letters;  // of the level below
    T *below = row, *to = row + words;
    for (int64_t n = 2; n <= shape.degree; ++n) {
      for (int64_t i = 0; i < shape.letters; ++i) {
        const T factor = row[i] / static_cast<T>(n);
        for (int64_t w = 0; w < words; ++w) to[w] = factor * below[w];
        to += words;
        if (words > (1 << 14) && task.stopped()) return false;
      }
      below += words;
      words *= shape.letters;
    }
    return true;
  }

  int64_t last(int64_t begin) const { return begin + per_task < shape.batch ? begin + per_task : shape.batch; }
};

}  // namespace sig::SIG_TARGET
