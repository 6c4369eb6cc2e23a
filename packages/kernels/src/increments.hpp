// The increments of the augmented path, made a block at a time for a tile of lanes, and the adjoint that folds their gradients back
// onto the points. Time augmentation and lead-lag are never materialised: an increment of the path is one step, or under lead-lag
// two steps (its lead letters move first, then its lag letters), and time adds a constant last letter.
#pragma once

#include "../include/sig_kernels.h"
#include "lanes.hpp"

namespace sig::SIG_TARGET {

template <class T>
struct AugmentedPath {
  int64_t length;
  int64_t dimension;
  bool time_aug;
  bool lead_lag;
  T time_step;

  explicit AugmentedPath(const sig_call &call)
      : length(call.length), dimension(call.dimension), time_aug(call.flags & SIG_TIME_AUG), lead_lag(call.flags & SIG_LEAD_LAG) {
    time_step = static_cast<T>(call.end_time / static_cast<double>(steps()));
  }

  int64_t letters() const { return dimension * (lead_lag ? 2 : 1) + (time_aug ? 1 : 0); }
  int64_t steps() const { return (length - 1) * steps_per_increment(); }
  int64_t steps_per_increment() const { return lead_lag ? 2 : 1; }
};

// What the lanes walk: lane k takes `increments[k]` increments of a path from the point at offset `start[k]` of the array of all paths.
// Unused lanes have none. `steps` is the number of steps of the longest lane; the others stand still (zero increments) at their end.
template <class T>
struct Tile {
  static constexpr int W = Lanes<T>::W;
  int64_t start[W];
  int64_t increments[W];
  int64_t steps;
};

// Lanes first .. first + W - 1, where each of `batch` paths is cut into `chunks` pieces of `chunk` increments (the last may be shorter).
template <class T>
static inline Tile<T> tile_of_chunks(const AugmentedPath<T> &path, int64_t batch, int64_t chunks, int64_t chunk, int64_t first) {
  Tile<T> tile;
  int64_t longest = 0;
  for (int k = 0; k < Tile<T>::W; ++k) {
    const int64_t lane = first + k, b = lane / chunks, begin = (lane - b * chunks) * chunk;
    const int64_t left = path.length - 1 - begin;
    tile.increments[k] = b >= batch || left < 0 ? 0 : (left < chunk ? left : chunk);
    tile.start[k] = tile.increments[k] ? (b * path.length + begin) * path.dimension : 0;
    if (tile.increments[k] > longest) longest = tile.increments[k];
  }
  tile.steps = longest * path.steps_per_increment();
  return tile;
}

// Lanes are the whole paths first .. first + W - 1.
template <class T>
static inline Tile<T> tile_of_paths(const AugmentedPath<T> &path, int64_t batch, int64_t first) {
  return tile_of_chunks<T>(path, batch, 1, path.length - 1, first);
}

// z[s * letters + i] = letter i of step first + s, for s < count.
template <class T>
static void fill_increments(const AugmentedPath<T> &path, const T *points, const Tile<T> &tile, int64_t first, int64_t count, Vec<T> *z) {
  constexpr int W = Lanes<T>::W;
  const int64_t d = path.dimension, letters = path.letters(), each = path.steps_per_increment();
  const int64_t begin = first / each, n = (first + count + each - 1) / each - begin;
  const T *lane[W];
  int64_t numbers[W];
  bool full = true;
  for (int k = 0; k < W; ++k) {
    lane[k] = points + tile.start[k] + begin * d;
    numbers[k] = (tile.increments[k] - begin) * d;
    full = full && numbers[k] >= n * d;
  }
  int64_t step = begin * each - first, channel = 0;
  const auto put = [&](Vec<T> v) {
    if (path.lead_lag) {
      if (step >= 0) {
        z[step * letters + d + channel] = v;
        z[step * letters + channel] = Vec<T>{};
      }
      if (step + 1 < count) {
        z[(step + 1) * letters + channel] = v;
        z[(step + 1) * letters + d + channel] = Vec<T>{};
      }
    } else {
      z[step * letters + channel] = v;
    }
    if (++channel == d) {
      channel = 0;
      step += each;
    }
  };
  int64_t e = 0;
  if (full) {
    for (; e + W <= n * d; e += W) {
      Vec<T> block[W];
      for (int k = 0; k < W; ++k) block[k] = load_unaligned(lane[k] + e + d) - load_unaligned(lane[k] + e);
      transpose<T>(block);
      for (int k = 0; k < W; ++k) put(block[k]);
    }
  }
  for (; e < n * d; ++e) {
    Vec<T> v{};
    for (int k = 0; k < W; ++k) {
      if (e < numbers[k]) v[k] = lane[k][e + d] - lane[k][e];
    }
    put(v);
  }
  if (!path.time_aug) return;
  for (int64_t s = 0; s < count; ++s) {
    Vec<T> v{};
    for (int k = 0; k < W; ++k) {
      if ((first + s) / each < tile.increments[k]) v[k] = path.time_step;
    }
    z[s * letters + letters - 1] = v;
  }
}

// Adds nothing, writes all: the gradient of each point after the first of a lane, from the gradients `dz` of the steps, one block of
// steps after another from the last to the first. `dz` is overwritten. `carry` (dimension vectors, zero before the first call) holds
// the gradient of the increment that follows the block; when all is done, write_first_points takes it.
// Under lead-lag `first` and `count` are even. Gradients of the time letter and of letters at rest have no effect.
template <class T>
static void scatter_increments(const AugmentedPath<T> &path, const Tile<T> &tile, int64_t first, int64_t count, Vec<T> *dz, Vec<T> *carry,
                               T *d_points) {
  constexpr int W = Lanes<T>::W;
  const int64_t d = path.dimension, letters = path.letters(), each = path.steps_per_increment();
  const int64_t begin = first / each, n = count / each;
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t c = 0; c < d; ++c) {
      dz[i * d + c] = path.lead_lag ? dz[2 * i * letters + d + c] + dz[(2 * i + 1) * letters + c] : dz[i * letters + c];
    }
  }
  T *lane[W];
  int64_t longest = 0;
  bool full = true;
  for (int k = 0; k < W; ++k) {
    const int64_t inside = tile.increments[k] - begin;
    lane[k] = inside > 0 ? d_points + tile.start[k] + (begin + 1) * d : nullptr;
    full = full && inside >= n;
    if (inside > longest) longest = inside;
    for (int64_t i = inside < 0 ? 0 : inside; i < n; ++i) {
      for (int64_t c = 0; c < d; ++c) dz[i * d + c][k] = 0;
    }
  }
  for (int64_t c = 0; c < d; ++c) {
    const Vec<T> next = dz[c];
    for (int64_t i = 0; i + 1 < n; ++i) dz[i * d + c] -= dz[(i + 1) * d + c];
    dz[(n - 1) * d + c] -= carry[c];
    carry[c] = next;
  }
  if (full) {
    scatter_lanes<T>(dz, n * d, lane);
    return;
  }
  for (int k = 0; k < W; ++k) {
    const int64_t inside = tile.increments[k] - begin;
    for (int64_t e = 0; e < (inside < n ? inside : n) * d; ++e) lane[k][e] = dz[e][k];
  }
}

// The last word after scatter_increments: the gradient of the first point of each lane.
template <class T>
static void write_first_points(const AugmentedPath<T> &path, const Tile<T> &tile, const Vec<T> *carry, T *d_points) {
  for (int k = 0; k < Lanes<T>::W; ++k) {
    if (tile.increments[k] <= 0) continue;
    for (int64_t c = 0; c < path.dimension; ++c) d_points[tile.start[k] + c] = -carry[c][k];
  }
}

}  // namespace sig::SIG_TARGET
