// Backward walk over the blocks of the tree of words, for a tile of lanes.
//
// Nothing is undone: the states of levels 1..N-1 at the beginning of each run of steps are kept from a forward pass (which costs little,
// the highest level being most of the work), and each run recomputes its roots from there. So precision does not depend on the length
// of the path. Where the states of all runs would take more than `most_kept` bytes, only every K-th one is kept, K about the square
// root of their number, and those between are made again when needed.
#pragma once

#include "signature_adjoint_rows.hpp"
#include "signature_forward.hpp"

namespace sig::SIG_TARGET {

template <class T, int D>
struct BackwardWalk {
  const ForwardWalk<T, D> &up;  // state: levels 1..N-1 at the beginning of the run, lost
  Vec<T> *gradient;             // levels 1..N
  Vec<T> *dz;                   // is added to
  Vec<T> *work;
  const T *inverse;

  void bottom(const Vec<T> *roots, const Vec<T> *x, Vec<T> *gx, const Vec<T> *gy, Vec<T> *rho, Vec<T> *free) const {
    const Vec<T> *half = up.z + up.level();
    if constexpr (D > 0)
      run_bottom_adjoint<T, D>(roots, up.count, up.z, half, x, gx, gy, free, dz, rho);
    else
      run_bottom_adjoint_any<T>(up.task, roots, up.count, up.z, half, up.motion, x, gx, gy, free, work, dz, rho);
  }

  // Room that walk() takes from `free`.
  static int64_t room(const Blocks &blocks) { return 2 * blocks.all_roots() + (blocks.degree + 1) * blocks.run * blocks.letters; }

  // The subtree under prefix u of length q: rho receives the gradients of its roots.
  void walk(int64_t q, int64_t u, const Vec<T> *roots, Vec<T> *rho, Vec<T> *free) const {
    if (up.task.stopped()) return;
    const Blocks &blocks = up.blocks;
    const Levels &levels = up.levels;
    const int64_t d = up.letters(), count = up.count, chains = blocks.degree - q, height = blocks.height(q);
    Vec<T> *x = up.state + levels.begin(q + 1) + u * d, *gx = gradient + levels.begin(q + 1) + u * d;
    if (chains == 1) {
      for (int64_t s = 0; s < count; ++s)
        for (int64_t j = 0; j < d; ++j) dz[s * d + j] += gx[j];
      return;
    }
    Vec<T> *y = up.state + levels.begin(q + 2) + u * d * d, *gy = gradient + levels.begin(q + 2) + u * d * d;
    if (chains == 2) return bottom(roots, x, gx, gy, rho, free);
    const int64_t stride = blocks.roots_stride(q + height), children = height == 1 ? d : d * d, room = blocks.roots(q + height);
    Vec<T> *below = free, *rho_below = below + room, *history = rho_below + room, *further = history + blocks.run * d;
    if (height == 1) {
      run_first_level<T>(chains, count, up.z, up.level(), d, x, below, stride);
    } else {
      keep_history<T>(roots, chains, count, up.z, d, x, history);
      up.inner(roots, chains, x, y, below, stride);
    }
    if (chains - height > 2) {
      for (int64_t v = 0; v < children; ++v) walk(q + height, u * children + v, below + v * stride, rho_below + v * stride, further);
    } else {
      const int64_t one = levels.begin(q + height + 1) + u * children * d, two = levels.begin(q + height + 2) + u * children * d * d;
      for (int64_t v = 0; v < children && !up.task.stopped(); ++v)
        bottom(below + v * stride, up.state + one + v * d, gradient + one + v * d, gradient + two + v * d * d, rho_below + v * stride,
               further);
    }
    if (height == 1)
      run_first_level_adjoint<T>(chains, count, d, gx, rho_below, stride, inverse, dz);
    else
      run_inner_adjoint<T, D>(roots, chains, count, up.z, up.level(), d, history, gx, gy, rho_below, stride, inverse, work, dz, rho);
  }
};

// The gradients of the increments of one tile.
template <class T>
struct Backward {
  static constexpr int64_t most_kept = 4 << 20;

  const SignatureShape<T> &shape;
  Blocks blocks;
  int64_t kept_row;  // levels 1..N-1
  int64_t runs;      // of the longest lane
  int64_t every;     // runs between states that are kept throughout

  Backward(const SignatureShape<T> &shape, int64_t steps)
      : shape(shape),
        blocks(Forward<T>::blocks_of(shape, shape.degree)),
        kept_row(shape.degree > 1 ? shape.levels.begin(shape.degree) : 0),
        runs(divide_up(steps, blocks.run)),
        every(runs) {
    if (runs * kept_row * int64_t(sizeof(Vec<T>)) > most_kept)
      for (every = 2; every * every < runs;) ++every;
  }

  int64_t segments() const { return divide_up(runs, every); }
  int64_t dz_steps() const { return blocks.run < 2 ? 2 : blocks.run; }

  int64_t scratch_bytes() const {
    return Forward<T>::scratch_bytes(shape, shape.degree) + Forward<T>::scratch_bytes(shape, shape.degree - 1) +
           Scratch::bytes<Vec<T>>((segments() + every + 1) * kept_row) + Scratch::bytes<Vec<T>>(shape.row()) +
           Scratch::bytes<Vec<T>>(dz_steps() * shape.letters) + Scratch::bytes<Vec<T>>(3 * shape.letters) +
           Scratch::bytes<Vec<T>>(blocks.run * shape.degree + BackwardWalk<T, 0>::room(blocks)) + Scratch::bytes<T>(shape.degree + 1) +
           Scratch::bytes<Vec<T>>(shape.path.dimension);
  }

  // `begin(state)` sets the state before the first step and `end(time, gradient)` adds the derivatives given for the value after step
  // `time` (asked for every step where streamed, else for the last one). `carry` receives the gradient of the first increments.
  template <class Begin, class End>
  int32_t run(const Task &task, const Tile<T> &tile, const T *points, T *d_points, Scratch &scratch, const Begin &begin, const End &end,
              Vec<T> *carry) const {
    const Forward<T> forward(shape, shape.degree, scratch), lower(shape, shape.degree - 1, scratch);
    Vec<T> *kept = scratch.take<Vec<T>>((segments() + every + 1) * kept_row), *state = kept + segments() * kept_row;
    Vec<T> *gradient = scratch.take<Vec<T>>(shape.row());
    Vec<T> *dz = scratch.take<Vec<T>>(dz_steps() * shape.letters);
    Vec<T> *work = scratch.take<Vec<T>>(3 * shape.letters);
    Vec<T> *free = scratch.take<Vec<T>>(blocks.run * shape.degree + BackwardWalk<T, 0>::room(blocks));
    T *inverse = scratch.take<T>(shape.degree + 1);
    for (int64_t m = 1; m <= shape.degree; ++m) inverse[m] = T(1) / T(m);
    const int64_t steps = tile.steps, each = shape.path.steps_per_increment();

    // States of the runs of one segment, one row each, from the one in the first row.
    const auto replay = [&](int64_t segment, bool all) {
      const int64_t last = (segment + 1) * every < runs ? every : runs - segment * every;
      for (int64_t i = 0; i < (all ? last - 1 : last); ++i) {
        Vec<T> *row = state + i * kept_row;
        for (int64_t w = 0; w < kept_row; ++w) row[kept_row + w] = row[w];
        const int64_t t = (segment * every + i) * blocks.run, count = steps - t < blocks.run ? steps - t : blocks.run;
        if (count <= 0 || kept_row == 0) continue;
        fill_increments<T>(shape.path, points, tile, t, count, lower.z);
        lower.advance(task, row + kept_row, count);
        if (task.stopped()) return;
      }
    };
    const auto copy_row = [&](const Vec<T> *from, Vec<T> *to) {
      for (int64_t w = 0; w < kept_row; ++w) to[w] = from[w];
    };

    begin(state);
    for (int64_t segment = 0; segment + 1 < segments(); ++segment) {
      copy_row(state, kept + segment * kept_row);
      replay(segment, false);
      if (task.stopped()) return SIG_STOPPED;
      copy_row(state + every * kept_row, state);
    }
    for (int64_t i = 0; i < shape.row(); ++i) gradient[i] = Vec<T>{};
    for (int64_t c = 0; c < shape.path.dimension; ++c) carry[c] = Vec<T>{};
    for (int64_t segment = segments() - 1; segment >= 0; --segment) {
      if (segment + 1 < segments()) copy_row(kept + segment * kept_row, state);
      replay(segment, true);
      const int64_t last = (segment + 1) * every < runs ? every : runs - segment * every;
      for (int64_t i = last - 1; i >= 0; --i) {
        if (task.stopped()) return SIG_STOPPED;
        const int64_t t = (segment * every + i) * blocks.run, count = steps - t < blocks.run ? steps - t : blocks.run;
        if (count <= 0) continue;
        if (shape.stream || t + count == steps) end(t + count - 1, gradient);
        // Under lead-lag two steps make one increment, even where runs are single steps.
        const int64_t place = blocks.run < each ? t % each : 0;
        fill_increments<T>(shape.path, points, tile, t, count, forward.z);
        for (int64_t e = 0; e < count * shape.letters; ++e) dz[place * shape.letters + e] = Vec<T>{};
        backward(task, forward, state + i * kept_row, gradient, dz + place * shape.letters, work, inverse, free, count);
        if (task.stopped()) return SIG_STOPPED;
        if (place == 0) scatter_increments<T>(shape.path, tile, t, blocks.run < each ? each : count, dz, carry, d_points);
        task.advance(count);
      }
    }
    return SIG_OK;
  }

 private:
  static void backward(const Task &task, const Forward<T> &forward, Vec<T> *state, Vec<T> *gradient, Vec<T> *dz, Vec<T> *work,
                       const T *inverse, Vec<T> *free, int64_t count) {
    scale_increments<T>(forward.blocks, count, forward.z);
    const auto walk = [&]<int D>() {
      const ForwardWalk<T, D> up{forward.blocks, forward.levels, forward.motion, task, forward.z, state, forward.factors, count};
      BackwardWalk<T, D>{up, gradient, dz, work, inverse}.walk(0, 0, forward.roots, free,
                                                               free + forward.blocks.run * forward.blocks.degree);
    };
    switch (forward.motion.lag ? 0 : forward.blocks.letters) {
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
