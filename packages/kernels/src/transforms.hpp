// Lead-lag and time augmentation written out: rows of the augmented path, and the adjoint.
//
// Row i of the augmented path is (x[i / 2], x[(i + 1) / 2], i * step) with lead-lag, (x[i], i * step) without; the two copies of a
// point are its lag and its lead channels. Time runs evenly over the rows and carries no gradient.
#pragma once

#include "families.hpp"
#include "lanes.hpp"

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

// Copies n numbers in whole vectors, a single one where `One` says that it is enough. Reads and writes up to a vector beyond: there has
// to be more input, and output that is written afterwards.
template <bool One, class T>
static inline void copy_loosely(const T *from, T *to, int64_t n) {
  for (int64_t i = 0; i < (One ? 1 : n); i += Lanes<T>::W) store_unaligned(to + i, load_unaligned(from + i));
}

template <class T>
static inline void copy_numbers(const T *from, T *to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] = from[i];
}

// How many rows of a run can be handled loosely: those whose inputs and outputs are followed by a vector more. Rows are `stride` apart,
// `used` numbers long and `left` numbers from the end of what may be touched.
template <class T>
static inline int64_t loose_rows(int64_t left, int64_t stride, int64_t used) {
  const int64_t rows = (left - used - Lanes<T>::W) / stride;
  return rows > 0 ? rows : 0;
}
static inline int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

template <bool One, class T>
static inline void augment_loosely(const PathTransform &transform, const T *path, int64_t begin, int64_t end, T *out) {
  const int64_t d = transform.channels, stride = transform.row_length;
  for (int64_t i = begin; i < end; ++i) {
    T *row = out + i * stride;
    if (transform.lead_lag) {
      copy_loosely<One>(path + (i >> 1) * d, row, d);
      copy_loosely<One>(path + ((i + 1) >> 1) * d, row + d, d);
    } else {
      copy_loosely<One>(path + i * d, row, d);
    }
    if (transform.time) row[stride - 1] = T(double(i) * transform.step);
  }
}

// Rows begin .. end - 1 of one augmented path at `out`. The arrays may be read up to `in_end` and written up to `out_end`, where rows
// follow one another.
template <class T>
static inline void augment_rows(const PathTransform &transform, const T *path, int64_t begin, int64_t end, T *out, const T *in_end,
                                const T *out_end) {
  const int64_t d = transform.channels, stride = transform.row_length;
  if (stride == d) return copy_numbers(path + begin * d, out + begin * d, (end - begin) * d);
  const int64_t points = loose_rows<T>(in_end - path, d, d);
  const int64_t loose = least(least(transform.lead_lag ? 2 * points - 1 : points, loose_rows<T>(out_end - out, stride, stride)), end);
  d <= Lanes<T>::W ? augment_loosely<true>(transform, path, begin, loose, out) : augment_loosely<false>(transform, path, begin, loose, out);
  for (int64_t i = loose > begin ? loose : begin; i < end; ++i) {
    T *row = out + i * stride;
    copy_numbers(path + (transform.lead_lag ? i / 2 : i) * d, row, d);
    if (transform.lead_lag) copy_numbers(path + (i + 1) / 2 * d, row + d, d);
    if (transform.time) row[stride - 1] = T(double(i) * transform.step);
  }
}

// Points with a row before and a row after their own.
template <bool One, class T>
static inline void add_up_loosely(const T *derivs, int64_t stride, int64_t d, int64_t begin, int64_t end, T *out) {
  for (int64_t k = begin; k < end; ++k) {
    const T *even = derivs + 2 * k * stride, *before = even - stride + d, *after = even + stride;
    for (int64_t i = 0; i < (One ? 1 : d); i += Lanes<T>::W) {
      const Vec<T> twice = load_unaligned(even + i) + load_unaligned(even + d + i);
      store_unaligned(out + k * d + i, twice + load_unaligned(before + i) + load_unaligned(after + i));
    }
  }
}

// Gradients of points begin .. end - 1 of one path at `out`, from those of its augmented rows, with ends as above: row 2k holds point k
// twice, row 2k - 1 leads with it and row 2k + 1 lags with it.
template <class T>
static inline void gather_point_gradients(const PathTransform &transform, const T *derivs, int64_t begin, int64_t end, T *out,
                                          const T *in_end, const T *out_end) {
  const int64_t d = transform.channels, stride = transform.row_length;
  const bool one = d <= Lanes<T>::W;
  const int64_t room = least(loose_rows<T>(out_end - out, d, d), end);
  if (stride == d) return copy_numbers(derivs + begin * d, out + begin * d, (end - begin) * d);
  if (!transform.lead_lag) {
    const int64_t loose = least(room, loose_rows<T>(in_end - derivs, stride, d));
    for (int64_t k = begin; k < loose; ++k)
      one ? copy_loosely<true>(derivs + k * stride, out + k * d, d) : copy_loosely<false>(derivs + k * stride, out + k * d, d);
    for (int64_t k = loose > begin ? loose : begin; k < end; ++k) copy_numbers(derivs + k * stride, out + k * d, d);
    return;
  }
  const auto exactly = [&](int64_t first, int64_t last) {
    for (int64_t k = first; k < last; ++k) {
      const T *even = derivs + 2 * k * stride, *before = even - stride + d, *after = even + stride;
      for (int64_t i = 0; i < d; ++i) {
        T sum = even[i] + even[d + i];
        if (k > 0) sum += before[i];
        if (k + 1 < transform.length) sum += after[i];
        out[k * d + i] = sum;
      }
    }
  };
  const int64_t inner = begin > 0 ? begin : least(1, end);
  const int64_t loose = least(least(room, transform.length - 1), loose_rows<T>(in_end - derivs - stride, 2 * stride, d));
  exactly(begin, inner);
  one ? add_up_loosely<true>(derivs, stride, d, inner, loose, out) : add_up_loosely<false>(derivs, stride, d, inner, loose, out);
  exactly(loose > inner ? loose : inner, end);
}

}  // namespace sig::SIG_TARGET
