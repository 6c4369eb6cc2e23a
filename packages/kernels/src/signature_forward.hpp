// Forward walk over the blocks of the tree of words, for a tile of lanes.
#pragma once

#include "signature_rows.hpp"
#include "signature_shape.hpp"
#include "signature_walk.hpp"

namespace sig::SIG_TARGET {

// D is the number of letters where it is known at compile time, else 0.
template <class T, int D>
struct ForwardWalk {
  const Blocks &blocks;
  const Levels &levels;
  const Motion &motion;
  const Task &task;
  const Vec<T> *z;  // table of scale_increments
  Vec<T> *state;    // a row of levels
  Vec<T> *factors;  // of the bottom rows
  int64_t count;

  int64_t letters() const { return D ? D : blocks.letters; }
  int64_t level() const { return blocks.run * letters(); }

  void bottom(const Vec<T> *roots, Vec<T> *x, Vec<T> *y) const {
    if constexpr (D > 0) {
      constexpr int J = rows_at_once<D, vector_registers>();
#pragma GCC unroll 8
      for (int j = 0; j + J <= D; j += J) run_bottom_rows<T, D, J>(roots, count, z, z + level(), j, x, y);
      if constexpr (D % J != 0) run_bottom_rows<T, D, D % J>(roots, count, z, z + level(), D - D % J, x, y);
    } else {
      run_bottom_any<T>(task, roots, count, z, z + level(), motion, x, y, factors);
    }
  }

  void inner(const Vec<T> *roots, int64_t chains, Vec<T> *x, Vec<T> *y, Vec<T> *below, int64_t stride) const {
    if constexpr (D > 0) {
      constexpr int J = rows_at_once<D, vector_registers>();
#pragma GCC unroll 8
      for (int j = 0; j + J <= D; j += J) run_inner_rows<T, D, J>(roots, chains, count, z, level(), j, x, y, below, stride);
      if constexpr (D % J != 0) run_inner_rows<T, D, D % J>(roots, chains, count, z, level(), D - D % J, x, y, below, stride);
    } else {
      for (int64_t j = 0; j < letters(); ++j) run_inner_row<T>(roots, chains, count, z, level(), letters(), j, x, y, below, stride);
    }
  }

  // The subtree under prefix u of length q, whose roots are given; `below` is free memory for the roots further down.
  void walk(int64_t q, int64_t u, const Vec<T> *roots, Vec<T> *below) const {
    if (task.stopped()) return;
    const int64_t d = letters(), chains = blocks.degree - q, height = blocks.height(q);
    Vec<T> *x = state + levels.begin(q + 1) + u * d;
    if (chains == 1) {
      for (int64_t s = 0; s < count; ++s)
        for (int64_t j = 0; j < d; ++j) x[j] += z[s * d + j];
      return;
    }
    Vec<T> *y = state + levels.begin(q + 2) + u * d * d;
    if (chains == 2) return bottom(roots, x, y);
    const int64_t stride = blocks.roots_stride(q + height), children = height == 1 ? d : d * d;
    if (height == 1)
      run_first_level<T>(chains, count, z, level(), d, x, below, stride);
    else
      inner(roots, chains, x, y, below, stride);
    Vec<T> *further = below + blocks.roots(q + height);
    if (chains - height > 2) {
      for (int64_t v = 0; v < children; ++v) walk(q + height, u * children + v, below + v * stride, further);
      return;
    }
    x = state + levels.begin(q + height + 1) + u * children * d;
    y = state + levels.begin(q + height + 2) + u * children * d * d;
    for (int64_t v = 0; v < children && !task.stopped(); ++v) bottom(below + v * stride, x + v * d, y + v * d * d);
  }
};

// Steps a row of levels through runs of increments.
template <class T>
struct Forward {
  Blocks blocks;
  Levels levels;
  Motion motion;
  Vec<T> *z;
  Vec<T> *roots;
  Vec<T> *factors;

  static Blocks blocks_of(const SignatureShape<T> &shape, int64_t degree) { return Blocks(shape.letters, degree, shape.stream); }

  static int64_t scratch_bytes(const SignatureShape<T> &shape, int64_t degree) {
    const Blocks blocks = blocks_of(shape, degree);
    return Scratch::bytes<Vec<T>>(blocks.run * blocks.letters * degree) + Scratch::bytes<Vec<T>>(blocks.all_roots()) +
           Scratch::bytes<Vec<T>>(blocks.run * blocks.letters);
  }

  Forward(const SignatureShape<T> &shape, int64_t degree, Scratch &scratch)
      : blocks(blocks_of(shape, degree)),
        levels(shape.letters, degree),
        motion{shape.letters, shape.path.lead_lag && !shape.stream ? shape.path.dimension : 0, shape.path.time_aug},
        z(scratch.take<Vec<T>>(blocks.run * blocks.letters * degree)),
        roots(scratch.take<Vec<T>>(blocks.all_roots())),
        factors(scratch.take<Vec<T>>(blocks.run * blocks.letters)) {
    for (int64_t i = 0; i < blocks.run * degree; ++i) roots[i] = broadcast<T>(1);
  }

  // `count` steps whose increments are in z (level 1 of the table); at most blocks.run.
  void advance(const Task &task, Vec<T> *state, int64_t count) const {
    scale_increments<T>(blocks, count, z);
    const auto walk = [&]<int D>() {
      ForwardWalk<T, D>{blocks, levels, motion, task, z, state, factors, count}.walk(0, 0, roots, roots + blocks.roots(0));
    };
    switch (motion.lag ? 0 : blocks.letters) {
      case 1:
        return walk.template operator()<1>();
      case 2:
        return walk.template operator()<2>();
      case 3:
        return walk.template operator()<3>();
      case 4:
        return walk.template operator()<4>();
      case 5:
        return walk.template operator()<5>();
      default:
        return walk.template operator()<0>();
    }
  }
};

}  // namespace sig::SIG_TARGET
