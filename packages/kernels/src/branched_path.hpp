// Branched signatures of a tile of paths and their adjoint, step by step.
//
// The adjoint needs the values before each step, of elements below the top level only. It keeps those at the beginning of each interval of
// about sqrt(steps) steps and computes an interval again when it comes to it: nothing is undone by negated steps.
#pragma once

#include "branched_adjoint.hpp"
#include "increments.hpp"

namespace sig::SIG_TARGET {

template <class T, class E>
class BranchedPaths {
  static constexpr int W = Lanes<T>::W, V = sizeof(E) / sizeof(Vec<T>);

 public:
  BranchedPaths(const Task &task, const TreeIntegrals &table, int64_t first, int64_t count)
      : task(task), table(table), path(task.call), letters(path.letters()), coefficients(letters + correction_entries(task.call)),
        steps(path.steps()), interval(interval_of(steps)), first(first), count(count), memory(task.scratch), step(task, table, memory),
        z(memory.take<E>(interval * coefficients)), lanes(memory.take<Vec<T>>(interval * letters)) {
    for (int v = 0; v < V; ++v) tiles[v] = tile_of_paths<T>(path, task.call.batch, first + v * W);
  }

  static int64_t scratch_bytes(const sig_call &call, const TreeIntegrals &table, bool backprop) {
    const AugmentedPath<T> path(call);
    const int64_t letters = path.letters(), coefficients = letters + correction_entries(call), interval = interval_of(path.steps());
    const int64_t bytes =
        BranchedStep<E>::scratch_bytes(table) + Scratch::bytes<E>(interval * coefficients) + Scratch::bytes<Vec<T>>(interval * letters);
    if (!backprop) return bytes + Scratch::bytes<E>(table.elements);
    return bytes + BranchedAdjoint<E>::scratch_bytes(table) + Scratch::bytes<E>(interval * letters) + Scratch::bytes<E>(coefficients) +
           Scratch::bytes<E>((divide_up(path.steps(), interval) + interval + 1) * table.below_top()) + Scratch::bytes<E>(table.elements) +
           V * Scratch::bytes<Vec<T>>(call.dimension);
  }

  // Steps that the adjoint takes twice.
  static int64_t repeated_steps(int64_t steps) { return (divide_up(steps, interval_of(steps)) - 1) * interval_of(steps); }

  bool forward() {
    E *x = memory.take<E>(table.elements);
    for (int64_t i = 0; i < table.elements; ++i) x[i] = E{};
    for (int64_t begin = 0; begin < steps; begin += interval) {
      const int64_t n = load(begin);
      for (int64_t s = 0; s < n; ++s)
        if (task.stopped() || !step.advance(table.degree, z + s * coefficients, x, x)) return false;
      task.advance(n * count);
    }
    const Rows<T> out(task.call.out[0], table.elements);
    scatter_wide<T>(x, table.elements, out.row(first), out.stride(), count);
    write_slots(out, RowTile{first, count}, T(1));
    return true;
  }

  bool backward() {
    const int64_t intervals = divide_up(steps, interval), kept_row = table.below_top();
    const BranchedAdjoint<E> adjoint(task, table, step, memory);
    E *dz = memory.take<E>(interval * letters), *d_coefficients = memory.take<E>(coefficients);
    E *kept = memory.take<E>((intervals + interval + 1) * kept_row), *within = kept + intervals * kept_row;
    E *g = memory.take<E>(table.elements);
    Vec<T> *carry[V];
    for (int v = 0; v < V; ++v) {
      carry[v] = memory.take<Vec<T>>(path.dimension);
      for (int64_t c = 0; c < path.dimension; ++c) carry[v][c] = Vec<T>{};
    }
    for (int64_t i = 0; i < kept_row; ++i) kept[i] = E{};
    const Rows<T> derivs(task.call.in[2], table.elements);
    gather_wide<T>(derivs.row(first), derivs.stride(), count, table.elements, g);
    T *d_points = static_cast<T *>(task.call.out[0].data);

    for (int64_t k = 0; k + 1 < intervals; ++k) {
      load(k * interval);
      E *to = kept + (k + 1) * kept_row;
      for (int64_t s = 0; s < interval; ++s)
        if (!replay(s, s ? to : to - kept_row, to)) return false;
      task.advance(interval * count);
    }
    for (int64_t k = intervals - 1; k >= 0; --k) {
      const int64_t n = load(k * interval);
      const auto before = [&](int64_t s) { return s ? within + s * kept_row : kept + k * kept_row; };
      for (int64_t s = 0; s + 1 < n; ++s)
        if (!replay(s, before(s), within + (s + 1) * kept_row)) return false;
      for (int64_t s = n - 1; s >= 0; --s) {
        const E *now = z + s * coefficients;
        for (int64_t l = 0; l < coefficients; ++l) d_coefficients[l] = E{};
        if (task.stopped() || !step.expand(now, before(s)) || !adjoint.run(now, g, d_coefficients)) return false;
        for (int64_t l = 0; l < letters; ++l) dz[s * letters + l] = d_coefficients[l];
      }
      for (int v = 0; v < V; ++v) {
        for (int64_t i = 0; i < n * letters; ++i) lanes[i] = part(dz[i], v);
        scatter_increments(path, tiles[v], k * interval, n, lanes, carry[v], d_points);
      }
      task.advance(2 * n * count);
    }
    for (int v = 0; v < V; ++v) write_first_points(path, tiles[v], carry[v], d_points);
    return true;
  }

 private:
  // Even, so that the two steps of a lead-lag increment stay together.
  static int64_t interval_of(int64_t steps) {
    int64_t root = 1;
    while (root * root < steps) ++root;
    return divide_up(root, 2) * 2;
  }

  // Entries of one row of the correction: levels 2, 3, ... over the original channels.
  static int64_t correction_entries(const sig_call &call) {
    if (call.correction_layout == SIG_CORRECTION_NONE) return 0;
    int64_t entries = 0;
    for (int64_t n = 2, size = call.dimension; n <= call.correction_degree; ++n) entries += size *= call.dimension;
    return entries;
  }

  static Vec<T> &part(E &element, int v) { return reinterpret_cast<Vec<T> *>(&element)[v]; }

  // Makes the coefficients of the interval that begins there; returns its number of steps.
  int64_t load(int64_t begin) {
    const int64_t n = begin + interval < steps ? interval : steps - begin;
    for (int v = 0; v < V; ++v) {
      fill_increments(path, static_cast<const T *>(task.call.in[0].data), tiles[v], begin, n, lanes);
      for (int64_t s = 0; s < n; ++s)
        for (int64_t l = 0; l < letters; ++l) part(z[s * coefficients + l], v) = lanes[s * letters + l];
    }
    if (coefficients > letters) load_correction(begin, n);
    return n;
  }

  void load_correction(int64_t begin, int64_t n) {
    const int64_t entries = coefficients - letters, layout = task.call.correction_layout;
    const T *rows = static_cast<const T *>(task.call.in[1].data);
    for (int64_t s = 0; s < n; ++s) {
      const int64_t segment = layout == SIG_CORRECTION_ROW ? 0 : begin + s;
      const T *row = rows + (layout == SIG_CORRECTION_BATCH ? first * steps + segment : segment) * entries;
      gather_wide<T>(row, layout == SIG_CORRECTION_BATCH ? steps * entries : 0, count, entries, z + s * coefficients + letters);
    }
  }

  bool replay(int64_t s, const E *before, E *after) const {
    return !task.stopped() && (table.degree == 1 || step.advance(table.degree - 1, z + s * coefficients, before, after));
  }

  const Task &task;
  const TreeIntegrals &table;
  const AugmentedPath<T> path;
  const int64_t letters;
  const int64_t coefficients;  // of a step: its letters and the entries of its correction
  const int64_t steps, interval, first, count;
  Scratch memory;
  const BranchedStep<E> step;
  E *z;
  Vec<T> *lanes;
  Tile<T> tiles[V];
};

}  // namespace sig::SIG_TARGET
