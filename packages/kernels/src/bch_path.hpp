// Log-signature of a path in Lyndon brackets: one Baker-Campbell-Hausdorff join per step, for a tile of paths (or chunks of them) in lanes.
//
// The adjoint walks the steps backwards and needs the state before each. It keeps all states where they fit the cache, else one in
// about sqrt(steps) and computes each stretch again: nothing is undone by joining negated steps, so no digits are lost on
// long paths. Measured for random walks (d = 3, N = 4), the gradient in float32 against float64, relative to its largest entry: 2e-7 at
// 1,000 points, 9e-7 at 10,000, 1.4e-6 at 100,000.
#pragma once

#include "bch_chunks.hpp"

namespace sig::SIG_TARGET {

template <class T, class E>
class BchPath {
  static constexpr int W = Lanes<T>::W, V = sizeof(E) / sizeof(Vec<T>);
  static constexpr int64_t block_steps = 16;  // even, so that the two steps of a lead-lag increment stay together

 public:
  BchPath(const Task &task, const BchTable &table, const BchChunks &chunks, int64_t first, int64_t count)
      : task(task),
        table(table),
        first(first),
        count(count),
        path(task.call),
        steps(steps_of(task.call, chunks)),
        m(table.size),
        stream(task.call.flags & SIG_STREAM),
        scratch(task.scratch),
        series(task, table, {table.degree, 1}, scratch),
        z(scratch.take<E>(block_steps * path.letters())),
        lanes(scratch.take<Vec<T>>(block_steps * path.letters())) {
    for (int v = 0; v < V; ++v) tiles[v] = tile_of_chunks<T>(path, task.call.batch, chunks.count, chunks.increments, first + v * W);
  }

  static int64_t steps_of(const sig_call &call, const BchChunks &chunks) {
    return chunks.increments * AugmentedPath<T>(call).steps_per_increment();
  }

  static int64_t scratch_bytes(const sig_call &call, const BchTable &table, const BchChunks &chunks, bool backprop) {
    const AugmentedPath<T> path(call);
    const Tops tops = {table.degree, 1};
    int64_t rows = 2;
    int64_t bytes = BchSeries<E>::scratch_bytes(table, tops) + Scratch::bytes<E>(block_steps * path.letters()) * 2;
    if (backprop) {
      const int64_t steps = steps_of(call, chunks), stride = stride_of(steps, table.size);
      bytes += BchSeries<E>::gradient_bytes(table, tops) + Scratch::bytes<E>(block_steps * path.letters()) +
               Scratch::bytes<Vec<T>>(path.dimension * V) + Scratch::bytes<E>(stride * table.size) +
               Scratch::bytes<E>(divide_up(steps, stride) * table.size);
      rows = 3;
    }
    return bytes + rows * Scratch::bytes<E>(table.size);
  }

  // out: a row for each lane of the call, or for each time of it.
  void forward(T *out) {
    E *state = scratch.take<E>(m), *next = scratch.take<E>(m);
    clear(state);
    for (int64_t t = 0; t < steps && !task.stopped(); ++t) {
      series.evaluate(state, step(t), next);
      E *before = state;
      state = next, next = before;
      if (stream || t + 1 == steps) scatter_wide(state, m, row(out, t), row_length(), count);
      task.advance(count);
    }
  }

  // derivs: rows like those of forward. Writes the gradients of all points of a lane but the first, and to carry (dimension numbers for
  // each lane of the call) what the first is to lose.
  void backward(const T *derivs, T *d_points, T *carries) {
    const int64_t stride = stride_of(steps, m), stretches = divide_up(steps, stride), letters = path.letters();
    E *value = scratch.take<E>(m), *g = scratch.take<E>(m), *dx = scratch.take<E>(m);
    E *kept = scratch.take<E>(stretches * m), *states = scratch.take<E>(stride * m), *gradients = series.take_gradients(scratch);
    E *dz = scratch.take<E>(block_steps * letters);
    Vec<T> *carry = scratch.take<Vec<T>>(V * path.dimension);
    for (int64_t i = 0; i < V * path.dimension; ++i) carry[i] = Vec<T>{};
    clear(g);
    clear(kept);
    for (int64_t s = 0; s + 1 < stretches; ++s) {
      E *state = kept + (s + 1) * m;
      copy(kept + s * m, state);
      for (int64_t t = s * stride; t < (s + 1) * stride && !task.stopped(); ++t) {
        series.evaluate(state, step(t), value);
        copy(value, state);
      }
    }
    for (int64_t s = stretches - 1; s >= 0; --s) {
      const int64_t begin = s * stride, end = begin + stride < steps ? begin + stride : steps;
      copy(kept + s * m, states);
      for (int64_t t = begin; t + 1 < end && !task.stopped(); ++t)
        series.evaluate(states + (t - begin) * m, step(t), states + (t + 1 - begin) * m);
      for (int64_t t = end - 1; t >= begin && !task.stopped(); --t) {
        if (stream || t + 1 == steps) {
          gather_wide(row(derivs, t), row_length(), count, m, value);
          for (int64_t i = 0; i < m; ++i) g[i] += value[i];
        }
        const E *state = states + (t - begin) * m, *displacement = step(t);
        series.evaluate(state, displacement, value);
        series.adjoint(g, state, displacement, dx, dz + t % block_steps * letters, gradients);
        copy(dx, g);
        if (t % block_steps == 0) write_block(t, dz, carry, d_points);
        task.advance(count);
      }
    }
    for (int v = 0; v < V && v * W < count && !task.stopped(); ++v) {
      const int64_t d = path.dimension, left = count - v * W;
      scatter_rows<T>(carry + v * d, d, carries + (first + v * W) * d, d, left < W ? left : W);
    }
  }

 private:
  // Steps from one kept state to the next: all of them where the states fit half of a usual second level cache.
  static int64_t stride_of(int64_t steps, int64_t m) {
    if (steps * m * int64_t(sizeof(E)) <= 256 * 1024) return steps;
    int64_t stride = 1;
    while (stride * stride < steps) ++stride;
    return stride;
  }

  // The displacement of step t, from a block of steps that is made when the first of them is asked for.
  const E *step(int64_t t) {
    const int64_t letters = path.letters(), begin = t - t % block_steps;
    if (begin != block) {
      block = begin;
      const int64_t n = begin + block_steps < steps ? block_steps : steps - begin;
      for (int v = 0; v < V; ++v) {
        fill_increments(path, static_cast<const T *>(task.call.in[0].data), tiles[v], begin, n, lanes);
        for (int64_t i = 0; i < n * letters; ++i) reinterpret_cast<Vec<T> *>(z + i)[v] = lanes[i];
      }
    }
    return z + (t - begin) * letters;
  }

  void write_block(int64_t begin, const E *dz, Vec<T> *carry, T *d_points) {
    const int64_t letters = path.letters(), n = begin + block_steps < steps ? block_steps : steps - begin;
    for (int v = 0; v < V; ++v) {
      for (int64_t i = 0; i < n * letters; ++i) lanes[i] = reinterpret_cast<const Vec<T> *>(dz + i)[v];
      scatter_increments(path, tiles[v], begin, n, lanes, carry + v * path.dimension, d_points);
    }
  }

  int64_t row_length() const { return (stream ? steps : 1) * m; }
  template <class U>
  U *row(U *rows, int64_t t) const {
    return rows + first * row_length() + (stream ? t * m : 0);
  }
  void clear(E *x) const {
    for (int64_t i = 0; i < m; ++i) x[i] = E{};
  }
  void copy(const E *from, E *to) const {
    for (int64_t i = 0; i < m; ++i) to[i] = from[i];
  }

  const Task &task;
  const BchTable &table;
  const int64_t first, count;
  const AugmentedPath<T> path;
  const int64_t steps, m;
  const bool stream;
  Scratch scratch;
  const BchSeries<E> series;
  E *const z;
  Vec<T> *const lanes;
  Tile<T> tiles[V];
  int64_t block = -1;
};

}  // namespace sig::SIG_TARGET
