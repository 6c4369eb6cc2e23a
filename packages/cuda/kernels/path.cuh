// The augmented path: lag, lead and time channels of its points and increments, read from the path itself.
#pragma once

#include "device.cuh"

namespace sig_cuda {

struct AugmentedPath {
  int64_t length;     // points of the path
  int64_t dimension;  // of a point
  int64_t rows;       // points of the augmented path
  int64_t letters;    // channels of an augmented point
  bool lead_lag, time;
  double time_step;

  __device__ explicit AugmentedPath(const sig_call &call)
      : length(call.length), dimension(call.dimension), lead_lag(call.flags & SIG_LEAD_LAG), time(call.flags & SIG_TIME_AUG) {
    rows = lead_lag ? 2 * length - 1 : length;
    letters = (lead_lag ? 2 : 1) * dimension + (time ? 1 : 0);
    time_step = rows > 1 ? call.end_time / double(rows - 1) : 0.0;
  }

  __device__ int64_t steps() const { return rows - 1; }
  __device__ bool is_time(int64_t letter) const { return time && letter == letters - 1; }
  // Channel of the path that a letter, no time, stands for.
  __device__ int64_t channel(int64_t letter) const { return letter < dimension ? letter : letter - dimension; }
  // Whether that letter moves in a step: of lead-lag, lead letters move in the even steps, lag letters in the odd ones.
  __device__ bool moves(int64_t step, int64_t letter) const { return !lead_lag || (step % 2 == 0) == (letter >= dimension); }
  // The segment of the path in which a step moves.
  __device__ int64_t segment(int64_t step) const { return lead_lag ? step / 2 : step; }

  template <class T>
  __device__ T value(const T *points, int64_t row, int64_t letter) const {
    if (is_time(letter)) return T(double(row) * time_step);
    const int64_t point = !lead_lag ? row : letter < dimension ? row / 2 : (row + 1) / 2;
    return points[point * dimension + channel(letter)];
  }

  template <class S, class T>
  __device__ S increment(const T *points, int64_t step, int64_t letter) const {
    if (is_time(letter)) return S(time_step);
    if (!moves(step, letter)) return S(0);
    const T *from = points + segment(step) * dimension + channel(letter);
    return S(from[dimension]) - S(from[0]);
  }
};

}  // namespace sig_cuda
