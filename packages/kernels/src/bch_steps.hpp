// The steps of an augmented path, W rows at a time, and the adjoint.
//
// The augmented path runs through lag, lead and time channels: in step 2k of lead-lag the lead moves from x_k to x_{k+1}, in step
// 2k + 1 the lag does.
#pragma once

#include "../include/sig_kernels.h"
#include "lanes.hpp"

namespace sig::SIG_TARGET {

struct Steps {
  int64_t points, channels;
  bool time, lead_lag;
  double time_step;

  explicit Steps(const sig_call &call)
      : points(call.length), channels(call.dimension), time(call.flags & SIG_TIME_AUG), lead_lag(call.flags & SIG_LEAD_LAG) {
    time_step = call.end_time / double(count());
  }

  int64_t count() const { return lead_lag ? 2 * (points - 1) : points - 1; }
  int64_t letters() const { return (lead_lag ? 2 : 1) * channels + (time ? 1 : 0); }
  int64_t point_of(int64_t t) const { return lead_lag ? t / 2 : t; }
  int64_t channel_of(int64_t t) const { return lead_lag && t % 2 == 0 ? channels : 0; }

  // path: the first of `rows` paths; z: letters() elements.
  template <class T, class E>
  void read(const T *path, int64_t rows, int64_t t, E *z) const {
    for (int64_t j = 0; j < letters(); ++j) z[j] = E{};
    const T *from = path + point_of(t) * channels;
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t k = 0; k < rows; ++k) lane(z[channel_of(t) + c], k) = from[k * points * channels + channels + c] - from[k * points * channels + c];
    if (time)
      for (int64_t k = 0; k < rows; ++k) lane(z[letters() - 1], k) = T(time_step);
  }

  // Adds the gradient of step t to that of the paths.
  template <class T, class E>
  void add_adjoint(const E *dz, int64_t rows, int64_t t, T *d_path) const {
    T *from = d_path + point_of(t) * channels;
    for (int64_t c = 0; c < channels; ++c)
      for (int64_t k = 0; k < rows; ++k) {
        E moved = dz[channel_of(t) + c];
        from[k * points * channels + channels + c] += lane(moved, k);
        from[k * points * channels + c] -= lane(moved, k);
      }
  }

 private:
  static float &lane(float &e, int64_t) { return e; }
  static double &lane(double &e, int64_t) { return e; }
  static float &lane(Vec<float> &e, int64_t k) { return reinterpret_cast<float *>(&e)[k]; }
  static double &lane(Vec<double> &e, int64_t k) { return reinterpret_cast<double *>(&e)[k]; }
};

}  // namespace sig::SIG_TARGET
