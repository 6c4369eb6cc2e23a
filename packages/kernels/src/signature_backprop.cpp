// The gradient of signatures with respect to the points of the paths.
//
// Working memory of a thread: about three times that of the signature, and the states kept from the forward pass, which are S(D, N-1)
// numbers in each lane for every 16th step up to 4 MB, and beyond for about twice the square root of that many steps.
#include "signature_backward.hpp"
#include "signature_chunks.hpp"
#include "signature_direct.hpp"
#include "signature_endpoints.hpp"

namespace sig::SIG_TARGET {
namespace {

// One phase where lanes are whole paths. Where they are chunks: signatures of the chunks up to level N-1 (a task a tile); from these, for
// each chunk, the state before it and the gradient after it (a task a path); the tiles backwards; and the points where chunks meet.
template <class T>
struct TiledBackprop {
  const SignatureShape<T> &shape;
  Chunks chunks;
  Backward<T> backward;
  int64_t kept;

  explicit TiledBackprop(const SignatureShape<T> &shape)
      : shape(shape), chunks(Chunks::of(shape)), backward(shape, chunks.steps(shape)), kept(backward.kept_row) {}

  void plan(sig_plan &plan) const {
    const int64_t steps = chunks.tiles() * chunks.steps(shape), d = shape.path.dimension;
    plan.phases = 1;
    plan.tasks[0] = chunks.tiles();
    plan.work = steps;
    plan.scratch_bytes = backward.scratch_bytes() + Scratch::bytes<Vec<T>>(shape.row()) + Scratch::bytes<Vec<T>>(d);
    if (chunks.count == 1) return;
    plan.phases = 4;
    plan.tasks[1] = shape.batch;
    plan.tasks[2] = chunks.tiles();
    plan.tasks[3] = 1;
    plan.work = 2 * steps + shape.batch;
    plan.shared_bytes = 2 * Scratch::bytes<T>(chunks.rows() * kept) + Scratch::bytes<T>(chunks.rows() * d);
    const int64_t lower = Forward<T>::scratch_bytes(shape, shape.degree - 1) + Scratch::bytes<Vec<T>>(kept);
    const int64_t meeting = 2 * Scratch::bytes<T>(kept);
    if (lower > plan.scratch_bytes) plan.scratch_bytes = lower;
    if (meeting > plan.scratch_bytes) plan.scratch_bytes = meeting;
  }

  int32_t run(const Task &task) const {
    Scratch shared(task.shared);
    const int64_t rows = chunks.count > 1 ? chunks.rows() : 0;
    T *states = shared.take<T>(rows * kept), *gradients = shared.take<T>(rows * kept),
      *meeting = shared.take<T>(rows * shape.path.dimension);
    if (chunks.count == 1) return run_paths(task);
    if (task.phase == 0) return run_chunk_signatures(task, states);
    if (task.phase == 1) return run_meeting(task, states, gradients);
    if (task.phase == 2) return run_chunks(task, states, gradients, meeting);
    return run_points(task, meeting);
  }

 private:
  Tile<T> tile(int64_t first) const { return tile_of_chunks<T>(shape.path, shape.batch, chunks.count, chunks.increments, first); }

  int32_t run_paths(const Task &task) const {
    const LevelRows<T> derivs(task.call.in[3], shape);
    const int64_t first = task.index * Lanes<T>::W;
    Scratch scratch(task.scratch);
    Vec<T> *given = scratch.take<Vec<T>>(shape.row());
    Vec<T> *carry = scratch.take<Vec<T>>(shape.path.dimension);
    const auto begin = [&](Vec<T> *state) {
      for (int64_t i = 0; i < kept; ++i) state[i] = Vec<T>{};
    };
    const auto end = [&](int64_t time, Vec<T> *gradient) {
      derivs.gather(shape.batch, first, shape.stream ? time : 0, given);
      for (int64_t i = 0; i < shape.row(); ++i) gradient[i] += given[i];
    };
    const Tile<T> lanes = tile(first);
    const T *points = static_cast<const T *>(task.call.in[0].data);
    T *d_points = static_cast<T *>(task.call.out[0].data);
    if (backward.run(task, lanes, points, d_points, scratch, begin, end, carry) != SIG_OK) return SIG_STOPPED;
    write_first_points<T>(shape.path, lanes, carry, d_points);
    return SIG_OK;
  }

  int32_t run_chunk_signatures(const Task &task, T *states) const {
    const int64_t first = task.index * Lanes<T>::W;
    Scratch scratch(task.scratch);
    const Forward<T> forward(shape, shape.degree - 1, scratch);
    Vec<T> *state = scratch.take<Vec<T>>(kept);
    for (int64_t i = 0; i < kept; ++i) state[i] = Vec<T>{};
    const Tile<T> lanes = tile(first);
    for (int64_t t = 0; t < lanes.steps; t += forward.blocks.run) {
      const int64_t left = lanes.steps - t, count = left < forward.blocks.run ? left : forward.blocks.run;
      fill_increments<T>(shape.path, static_cast<const T *>(task.call.in[0].data), lanes, t, count, forward.z);
      forward.advance(task, state, count);
      if (task.stopped()) return SIG_STOPPED;
    }
    scatter_chunks<T>(chunks, first, state, kept, states);
    task.advance(chunks.steps(shape));
    return SIG_OK;
  }

  int32_t run_meeting(const Task &task, T *states, T *gradients) const {
    const LevelRows<T> derivs(task.call.in[3], shape);
    const Levels lower(shape.letters, shape.degree - 1);
    const int64_t last = chunks.count - 1;
    const T *given = derivs.row(task.index, 0), *highest = given + shape.levels.begin(shape.degree);
    T *state = states + task.index * chunks.count * kept, *gradient = gradients + task.index * chunks.count * kept;
    for (int64_t i = 0; i < kept; ++i) gradient[last * kept + i] = given[i];
    for (int64_t c = last; c > 0; --c) {
      if (task.stopped()) return SIG_STOPPED;
      multiply_adjoint<T>(shape.levels, gradient + c * kept, highest, state + c * kept, gradient + (c - 1) * kept);
    }
    Scratch scratch(task.scratch);
    T *before = scratch.take<T>(kept), *after = scratch.take<T>(kept);
    for (int64_t i = 0; i < kept; ++i) before[i] = 0;
    for (int64_t c = 0; c <= last; ++c) {
      if (task.stopped()) return SIG_STOPPED;
      T *chunk = state + c * kept;
      for (int64_t i = 0; i < kept; ++i) after[i] = before[i];
      multiply_in_place<T>(lower, chunk, after);
      for (int64_t i = 0; i < kept; ++i) chunk[i] = before[i];
      T *next = before;
      before = after;
      after = next;
    }
    task.advance(1);
    return SIG_OK;
  }

  int32_t run_chunks(const Task &task, const T *states, const T *gradients, T *meeting) const {
    const LevelRows<T> derivs(task.call.in[3], shape);
    const int64_t first = task.index * Lanes<T>::W, d = shape.path.dimension, top = shape.levels.begin(shape.degree);
    Scratch scratch(task.scratch);
    scratch.take<Vec<T>>(shape.row());
    Vec<T> *carry = scratch.take<Vec<T>>(d);
    const auto begin = [&](Vec<T> *state) { gather_chunks<T>(chunks, first, states, kept, state); };
    const auto end = [&](int64_t, Vec<T> *gradient) {
      gather_chunks<T>(chunks, first, gradients, kept, gradient);
      const T *highest[Lanes<T>::W];
      for (int k = 0; k < Lanes<T>::W; ++k)
        highest[k] = first + k < chunks.rows() ? derivs.row((first + k) / chunks.count, 0) + top : nullptr;
      gather_lanes<T>(highest, shape.row() - top, gradient + top);
    };
    const Tile<T> lanes = tile(first);
    const T *points = static_cast<const T *>(task.call.in[0].data);
    if (backward.run(task, lanes, points, static_cast<T *>(task.call.out[0].data), scratch, begin, end, carry) != SIG_OK)
      return SIG_STOPPED;
    scatter_chunks<T>(chunks, first, carry, d, meeting);
    task.advance(chunks.steps(shape) - lanes.steps);
    return SIG_OK;
  }

  int32_t run_points(const Task &task, const T *meeting) const {
    const int64_t d = shape.path.dimension;
    T *d_points = static_cast<T *>(task.call.out[0].data);
    for (int64_t b = 0; b < shape.batch; ++b) {
      for (int64_t c = 0; c < chunks.count; ++c) {
        T *point = d_points + (b * shape.path.length + c * chunks.increments) * d;
        const T *carry = meeting + (b * chunks.count + c) * d;
        for (int64_t j = 0; j < d; ++j) point[j] = c ? point[j] - carry[j] : -carry[j];
      }
    }
    return SIG_OK;
  }
};

template <class T>
int32_t plan_for(const sig_call &call, sig_plan &plan) {
  if (!levels_fit(AugmentedPath<T>(call).letters(), call.degree)) return SIG_TOO_LARGE;
  const SignatureShape<T> shape(call);
  if (Endpoints<T>::serves_gradient(shape)) {
    Endpoints<T>(shape).plan(plan);
    return SIG_OK;
  }
  if (!shape.corrected) {
    TiledBackprop<T>(shape).plan(plan);
    return SIG_OK;
  }
  plan.phases = 1;
  plan.tasks[0] = shape.tiles();
  plan.scratch_bytes = DirectBackprop<T>::scratch_bytes(shape, call);
  plan.work = shape.tiles() * shape.steps;
  return SIG_OK;
}

template <class T>
int32_t run_for(const Task &task) {
  const SignatureShape<T> shape(task.call);
  if (Endpoints<T>::serves_gradient(shape)) return Endpoints<T>(shape).run_gradient(task);
  return shape.corrected ? DirectBackprop<T>::run(shape, task) : TiledBackprop<T>(shape).run(task);
}

}  // namespace

int32_t plan_signature_backprop(const sig_call &call, sig_plan &plan) {
  return call.dtype == SIG_FLOAT64 ? plan_for<double>(call, plan) : plan_for<float>(call, plan);
}

int32_t run_signature_backprop(const Task &task) { return task.call.dtype == SIG_FLOAT64 ? run_for<double>(task) : run_for<float>(task); }

}  // namespace sig::SIG_TARGET
