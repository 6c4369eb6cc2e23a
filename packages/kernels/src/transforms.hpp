// Lead-lag and time augmentation written out: rows of the augmented path, and the adjoint.
//
// Row i of the augmented path is (x[i / 2], x[(i + 1) / 2], i * step) with lead-lag, (x[i], i * step) without; the two copies of a
// point are its lag and its lead channels. Time runs evenly over the rows and carries no gradient.
#pragma once

#include "families.hpp"

namespace sig::SIG_TARGET {

struct PathTransform {
  int64_t length;     // points of the path
  int64_t channels;   // of a point
  int64_t rows;       // points of the augmented path
  int64_t row_length; // channels of an augmented point
  bool lead_lag;
  bool time;
  double step;

  explicit PathTransform(const sig_call &call)
      : length(call.length), channels(call.dimension), lead_lag(call.flags & SIG_LEAD_LAG), time(call.flags & SIG_TIME_AUG) {
    rows = lead_lag ? 2 * length - 1 : length;
    row_length = (lead_lag ? 2 : 1) * channels + (time ? 1 : 0);
    step = rows > 1 ? call.end_time / double(rows - 1) : 0.0;
  }
};

template <class T>
static inline void copy_point(const T *__restrict from, T *__restrict to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = from[i];
}

// Rows begin .. end - 1 of one augmented path.
template <class T>
static inline void augment_rows(const PathTransform &transform, const T *path, int64_t begin, int64_t end, T *out) {
  const int64_t d = transform.channels;
  for (int64_t i = begin; i < end; ++i) {
    T *row = out + i * transform.row_length;
    if (transform.lead_lag) {
      copy_point(path + i / 2 * d, row, d);
      copy_point(path + (i + 1) / 2 * d, row + d, d);
    } else {
      copy_point(path + i * d, row, d);
    }
    if (transform.time) row[transform.row_length - 1] = T(double(i) * transform.step);
  }
}

// Gradients of points begin .. end - 1 of one path, from those of its augmented rows.
template <class T>
static inline void gather_point_gradients(const PathTransform &transform, const T *derivs, int64_t begin, int64_t end, T *out) {
  const int64_t d = transform.channels, stride = transform.row_length;
  for (int64_t k = begin; k < end; ++k) {
    T *__restrict point = out + k * d;
    if (!transform.lead_lag) {
      copy_point(derivs + k * stride, point, d);
      continue;
    }
    const T *__restrict even = derivs + 2 * k * stride; // row 2k holds the point twice
    for (int64_t i = 0; i < d; ++i) point[i] = even[i] + even[d + i];
    if (k > 0) { // row 2k - 1 leads with it
      const T *__restrict before = even - stride + d;
      for (int64_t i = 0; i < d; ++i) point[i] += before[i];
    }
    if (k + 1 < transform.length) { // row 2k + 1 lags with it
      const T *__restrict after = even + stride;
      for (int64_t i = 0; i < d; ++i) point[i] += after[i];
    }
  }
}

}  // namespace sig::SIG_TARGET
