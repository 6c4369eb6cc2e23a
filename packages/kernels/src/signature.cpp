// The signature of a batch of paths.
#include "signature_direct.hpp"
#include "signature_forward.hpp"

namespace sig::SIG_TARGET {
namespace {

template <class T>
struct TiledForward {
  static int64_t scratch_bytes(const SignatureShape<T> &shape) {
    return Forward<T>::scratch_bytes(shape, shape.degree) + Scratch::bytes<Vec<T>>(shape.row());
  }

  static int32_t run(const SignatureShape<T> &shape, const Task &task) {
    const LevelRows<T> out(task.call.out[0], shape);
    const T *points = static_cast<const T *>(task.call.in[0].data);
    const int64_t first = task.index * Lanes<T>::W;
    Scratch scratch(task.scratch);
    const Forward<T> forward(shape, shape.degree, scratch);
    Vec<T> *state = scratch.take<Vec<T>>(shape.row());
    for (int64_t i = 0; i < shape.row(); ++i) state[i] = Vec<T>{};
    const Tile<T> tile = tile_of_paths<T>(shape.path, shape.batch, first);
    for (int64_t t = 0; t < shape.steps; t += forward.blocks.run) {
      const int64_t left = shape.steps - t, count = left < forward.blocks.run ? left : forward.blocks.run;
      fill_increments<T>(shape.path, points, tile, t, count, forward.z);
      forward.advance(task, state, count);
      if (task.stopped()) return SIG_STOPPED;
      if (shape.stream) out.scatter(shape.batch, first, t, state);
      task.advance(count);
    }
    if (!shape.stream) out.scatter(shape.batch, first, 0, state);
    return SIG_OK;
  }
};

template <class T>
int32_t plan_for(const sig_call &call, sig_plan &plan) {
  const SignatureShape<T> shape(call);
  plan.phases = 1;
  plan.tasks[0] = shape.tiles();
  plan.scratch_bytes = shape.direct ? DirectForward<T>::scratch_bytes(shape, call) : TiledForward<T>::scratch_bytes(shape);
  plan.work = shape.tiles() * shape.steps;
  return SIG_OK;
}

template <class T>
int32_t run_for(const Task &task) {
  const SignatureShape<T> shape(task.call);
  return shape.direct ? DirectForward<T>::run(shape, task) : TiledForward<T>::run(shape, task);
}

}  // namespace

int32_t plan_signature(const sig_call &call, sig_plan &plan) {
  return call.dtype == SIG_FLOAT64 ? plan_for<double>(call, plan) : plan_for<float>(call, plan);
}

int32_t run_signature(const Task &task) {
  return task.call.dtype == SIG_FLOAT64 ? run_for<double>(task) : run_for<float>(task);
}

}  // namespace sig::SIG_TARGET
