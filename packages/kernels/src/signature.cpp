// The signature of a batch of paths.
//
// Working memory of a thread, with S the length of a row, D letters, N levels, R <= 16 steps at once and vectors of W numbers: W times
// S + R D (N + 1) + R N + the roots on the way down (R + 1) N D^2 N / 2 numbers at most; with chunks also 16 W rows shared by all.
#include "signature_chunks.hpp"
#include "signature_direct.hpp"
#include "signature_endpoints.hpp"
#include "signature_forward.hpp"

namespace sig::SIG_TARGET {
namespace {

// Phase 0: a task is a tile of W lanes, each a path or a chunk of one. Phase 1, where there are chunks: their product, a task a path.
template <class T>
struct TiledForward {
  const SignatureShape<T> &shape;
  Chunks chunks;

  explicit TiledForward(const SignatureShape<T> &shape) : shape(shape), chunks(Chunks::of(shape)) {}

  void plan(sig_plan &plan) const {
    plan.phases = chunks.count > 1 ? 2 : 1;
    plan.tasks[0] = chunks.tiles();
    plan.tasks[1] = chunks.count > 1 ? shape.batch : 0;
    plan.shared_bytes = chunks.count > 1 ? Scratch::bytes<T>(chunks.rows() * shape.row()) : 0;
    plan.scratch_bytes = Forward<T>::scratch_bytes(shape, shape.degree) + Scratch::bytes<Vec<T>>(shape.row());
    plan.work = chunks.tiles() * chunks.steps(shape) + plan.tasks[1];
  }

  int32_t run(const Task &task) const { return task.phase == 0 ? run_tile(task) : multiply(task); }

 private:
  int32_t run_tile(const Task &task) const {
    const LevelRows<T> out(task.call.out[0], shape);
    const T *points = static_cast<const T *>(task.call.in[0].data);
    const int64_t first = task.index * Lanes<T>::W;
    Scratch scratch(task.scratch);
    const Forward<T> forward(shape, shape.degree, scratch);
    Vec<T> *state = scratch.take<Vec<T>>(shape.row());
    for (int64_t i = 0; i < shape.row(); ++i) state[i] = Vec<T>{};
    const Tile<T> tile = tile_of_chunks<T>(shape.path, shape.batch, chunks.count, chunks.increments, first);
    for (int64_t t = 0; t < tile.steps; t += forward.blocks.run) {
      const int64_t left = tile.steps - t, count = left < forward.blocks.run ? left : forward.blocks.run;
      fill_increments<T>(shape.path, points, tile, t, count, forward.z);
      forward.advance(task, state, count);
      if (task.stopped()) return SIG_STOPPED;
      if (shape.stream) out.scatter(shape.batch, first, t, state);
      task.advance(count);
    }
    task.advance(chunks.steps(shape) - tile.steps);
    if (chunks.count > 1)
      scatter_chunks<T>(chunks, first, state, shape.row(), static_cast<T *>(task.shared));
    else if (!shape.stream)
      out.scatter(shape.batch, first, 0, state);
    return SIG_OK;
  }

  int32_t multiply(const Task &task) const {
    const LevelRows<T> out(task.call.out[0], shape);
    const T *rows = static_cast<const T *>(task.shared) + task.index * chunks.count * shape.row();
    T *to = out.row(task.index, 0);
    out.write_slots(task.index, 1, 0);
    for (int64_t i = 0; i < shape.row(); ++i) to[i] = rows[i];
    for (int64_t c = 1; c < chunks.count; ++c) {
      if (task.stopped()) return SIG_STOPPED;
      multiply_in_place<T>(shape.levels, rows + c * shape.row(), to);
    }
    task.advance(1);
    return SIG_OK;
  }
};

template <class T>
int32_t plan_for(const sig_call &call, sig_plan &plan) {
  if (!levels_fit(AugmentedPath<T>(call).letters(), call.degree)) return SIG_TOO_LARGE;
  const SignatureShape<T> shape(call);
  if (Endpoints<T>::serves(shape)) {
    Endpoints<T>(shape).plan(plan);
    return SIG_OK;
  }
  if (!shape.direct) {
    TiledForward<T>(shape).plan(plan);
    return SIG_OK;
  }
  plan.phases = 1;
  plan.tasks[0] = shape.tiles();
  plan.scratch_bytes = DirectForward<T>::scratch_bytes(shape, call);
  plan.work = shape.tiles() * shape.steps;
  return SIG_OK;
}

template <class T>
int32_t run_for(const Task &task) {
  const SignatureShape<T> shape(task.call);
  if (Endpoints<T>::serves(shape)) return Endpoints<T>(shape).run_signature(task);
  return shape.direct ? DirectForward<T>::run(shape, task) : TiledForward<T>(shape).run(task);
}

}  // namespace

int32_t plan_signature(const sig_call &call, sig_plan &plan) {
  return call.dtype == SIG_FLOAT64 ? plan_for<double>(call, plan) : plan_for<float>(call, plan);
}

int32_t run_signature(const Task &task) { return task.call.dtype == SIG_FLOAT64 ? run_for<double>(task) : run_for<float>(task); }

}  // namespace sig::SIG_TARGET
