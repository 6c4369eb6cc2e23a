// The gradient of signatures with respect to the points of the paths.
#include "signature_backward.hpp"
#include "signature_direct.hpp"

namespace sig::SIG_TARGET {
namespace {

template <class T>
struct TiledBackprop {
  static int64_t scratch_bytes(const SignatureShape<T> &shape) {
    return Backward<T>(shape, shape.steps).scratch_bytes() + Scratch::bytes<Vec<T>>(shape.row()) +
           Scratch::bytes<Vec<T>>(shape.path.dimension);
  }

  static int32_t run(const SignatureShape<T> &shape, const Task &task) {
    const LevelRows<T> derivs(task.call.in[3], shape);
    const T *points = static_cast<const T *>(task.call.in[0].data);
    T *d_points = static_cast<T *>(task.call.out[0].data);
    const int64_t first = task.index * Lanes<T>::W;
    Scratch scratch(task.scratch);
    Vec<T> *given = scratch.take<Vec<T>>(shape.row());
    Vec<T> *carry = scratch.take<Vec<T>>(shape.path.dimension);
    const Backward<T> backward(shape, shape.steps);
    const Tile<T> tile = tile_of_paths<T>(shape.path, shape.batch, first);
    const auto begin = [&](Vec<T> *state) {
      for (int64_t i = 0; i < backward.kept_row; ++i) state[i] = Vec<T>{};
    };
    const auto end = [&](int64_t time, Vec<T> *gradient) {
      derivs.gather(shape.batch, first, shape.stream ? time : 0, given);
      for (int64_t i = 0; i < shape.row(); ++i) gradient[i] += given[i];
    };
    if (backward.run(task, tile, points, d_points, scratch, begin, end, carry) != SIG_OK) return SIG_STOPPED;
    write_first_points<T>(shape.path, tile, carry, d_points);
    return SIG_OK;
  }
};

template <class T>
int32_t plan_for(const sig_call &call, sig_plan &plan) {
  const SignatureShape<T> shape(call);
  plan.phases = 1;
  plan.tasks[0] = shape.tiles();
  plan.scratch_bytes = shape.corrected ? DirectBackprop<T>::scratch_bytes(shape, call) : TiledBackprop<T>::scratch_bytes(shape);
  plan.work = shape.tiles() * shape.steps;
  return SIG_OK;
}

template <class T>
int32_t run_for(const Task &task) {
  const SignatureShape<T> shape(task.call);
  return shape.corrected ? DirectBackprop<T>::run(shape, task) : TiledBackprop<T>::run(shape, task);
}

}  // namespace

int32_t plan_signature_backprop(const sig_call &call, sig_plan &plan) {
  return call.dtype == SIG_FLOAT64 ? plan_for<double>(call, plan) : plan_for<float>(call, plan);
}

int32_t run_signature_backprop(const Task &task) {
  return task.call.dtype == SIG_FLOAT64 ? run_for<double>(task) : run_for<float>(task);
}

}  // namespace sig::SIG_TARGET
