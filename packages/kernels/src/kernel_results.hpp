// Where the results of a kernel call go, as numbers or grids of nodes, and to their mirrored places in a triangle.
#pragma once

#include "kernel_pairs.hpp"

namespace sig::SIG_TARGET {

template <class T, class S>
struct KernelResults {
  const Pairs<S> &pairs;
  T *out;
  int64_t rows, columns;  // of a grid

  template <class Value>
  void write_values(const PairTile<S> &tile, const Value &value) const {
    for (int k = 0; k < Lanes<S>::W; ++k) {
      if (!tile.live[k]) continue;
      out[pairs.place(tile, k)] = T(value(k));
      if (pairs.is_mirrored(tile, k)) out[pairs.mirrored(tile, k)] = T(value(k));
    }
  }

  // value(j, k): node (i, j) of lane k.
  template <class Value>
  void write_grid_row(const PairTile<S> &tile, int64_t i, const Value &value) const {
    for (int k = 0; k < Lanes<S>::W; ++k) {
      if (!tile.live[k]) continue;
      T *to = grid(pairs.place(tile, k)) + i * columns;
      for (int64_t j = 0; j < columns; ++j) to[j] = T(value(j, k));
    }
  }

  // Copies finished grids to their mirrored places, transposed.
  void mirror_grids(const PairTile<S> &tile) const {
    constexpr int64_t block = 8;
    for (int k = 0; k < Lanes<S>::W; ++k) {
      if (!tile.live[k] || !pairs.is_mirrored(tile, k)) continue;
      const T *from = grid(pairs.place(tile, k));
      T *to = grid(pairs.mirrored(tile, k));
      for (int64_t i = 0; i < rows; i += block)
        for (int64_t j = 0; j < columns; ++j)
          for (int64_t r = i; r < rows && r < i + block; ++r) to[j * rows + r] = from[r * columns + j];
    }
  }

 private:
  T *grid(int64_t place) const { return out + place * rows * columns; }
};

}  // namespace sig::SIG_TARGET
