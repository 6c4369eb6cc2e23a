// What a call of sig or sigBackprop asks for, in the terms of the kernels.
#pragma once

#include "families.hpp"
#include "increments.hpp"
#include "tensor.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {

template <class T>
struct SignatureShape {
  AugmentedPath<T> path;
  Levels levels;
  int64_t batch;
  int64_t letters;
  int64_t degree;
  int64_t steps;
  bool stream;
  bool corrected;
  bool direct;

  explicit SignatureShape(const sig_call &call)
      : path(call),
        levels(path.letters(), call.degree),
        batch(call.batch),
        letters(path.letters()),
        degree(call.degree),
        steps(path.steps()),
        stream(call.flags & SIG_STREAM),
        corrected(call.correction_layout != SIG_CORRECTION_NONE),
        direct(corrected || (call.flags & SIG_DIRECT)) {}

  int64_t row() const { return levels.length(); }
  int64_t tiles() const { return divide_up(batch, Lanes<T>::W); }
};

// Rows of levels by path and, where streamed, by time.
template <class T>
struct LevelRows {
  T *data;
  int64_t slot;
  int64_t length;
  int64_t times;

  LevelRows(const sig_operand &operand, const SignatureShape<T> &shape)
      : data(static_cast<T *>(operand.data)), slot(operand.scalar), length(shape.row()), times(shape.stream ? shape.steps : 1) {}

  T *row(int64_t b, int64_t time) const { return data + (b * times + time) * (length + slot) + slot; }

  // Row `time` of paths first .. first + W - 1 into lanes; those beyond the batch are zero.
  void gather(int64_t batch, int64_t first, int64_t time, Vec<T> *lanes) const {
    const int64_t count = batch - first < Lanes<T>::W ? batch - first : Lanes<T>::W;
    gather_rows<T>(row(first, time), times * (length + slot), count, length, lanes);
  }

  void scatter(int64_t batch, int64_t first, int64_t time, const Vec<T> *lanes) const {
    const int64_t count = batch - first < Lanes<T>::W ? batch - first : Lanes<T>::W;
    scatter_rows<T>(lanes, length, row(first, time), times * (length + slot), count);
    write_slots(first, count, time);
  }

  void write_slots(int64_t first, int64_t count, int64_t time) const {
    if (slot)
      for (int64_t b = first; b < first + count; ++b) row(b, time)[-1] = 1;
  }
};

}  // namespace sig::SIG_TARGET
