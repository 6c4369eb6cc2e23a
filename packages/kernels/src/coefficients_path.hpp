// Coefficients of a tile of paths and their adjoint, step by step.
//
// The adjoint needs the coefficients before each step. It keeps those at the beginning of each interval of about sqrt(steps) steps and
// computes an interval again when it comes to it: nothing is undone by negated steps, so no digits are lost on long paths.
#pragma once

#include "coefficients.hpp"
#include "increments.hpp"

namespace sig::SIG_TARGET {

template <class T, class E>
class CoefficientPaths {
  static constexpr int W = Lanes<T>::W, V = sizeof(E) / sizeof(Vec<T>);

 public:
  CoefficientPaths(const Task &task, const Trie &trie, int64_t first, int64_t count)
      : task(task), trie(trie), path(task.call), letters(path.letters()), nodes(trie.nodes), steps(path.steps()),
        interval(interval_of(steps)), nodes_per_look(1 + 32768 / (trie.depth + 1)), first(first), count(count), memory(task.scratch),
        work(memory, slots_of(letters, nodes), trie.depth), z(memory.take<E>(interval * letters)),
        lanes(memory.take<Vec<T>>(interval * letters)) {
    for (int v = 0; v < V; ++v) tiles[v] = tile_of_paths<T>(path, task.call.batch, first + v * W);
  }

  static int64_t scratch_bytes(const sig_call &call, int64_t nodes, int64_t depth, bool backprop) {
    const AugmentedPath<T> path(call);
    const int64_t letters = path.letters(), interval = interval_of(path.steps()), slots = slots_of(letters, nodes);
    const int64_t block = Scratch::bytes<E>(interval * letters);
    const int64_t bytes = TrieWork<E>::bytes(slots, depth) + block + Scratch::bytes<Vec<T>>(interval * letters);
    if (!backprop) return bytes + Scratch::bytes<E>(nodes);
    return bytes + TrieWork<E>::bytes(slots, depth) + block + Scratch::bytes<Vec<T>>(call.dimension) * V +
           Scratch::bytes<E>((divide_up(path.steps(), interval) + interval + 1) * nodes) + Scratch::bytes<int64_t>(depth + 1);
  }

  // Steps that the adjoint takes twice.
  static int64_t repeated_steps(int64_t steps) { return (divide_up(steps, interval_of(steps)) - 1) * interval_of(steps); }

  bool forward() {
    E *c = memory.take<E>(nodes);
    for (int64_t i = 0; i < nodes; ++i) c[i] = E{};
    for (int64_t begin = 0; begin < steps; begin += interval) {
      const int64_t n = load(begin);
      for (int64_t s = 0; s < n; ++s)
        if (!step(s, c, c)) return false;
      task.advance(n * count);
    }
    const int32_t *outputs = static_cast<const int32_t *>(task.call.tables[2].data);
    const int64_t columns = task.call.tables[2].length;
    T *out = static_cast<T *>(task.call.out[0].data) + first * columns;
    for (int64_t j = 0; j < columns; ++j) {
      const int32_t place = trie.place[outputs[j]];
      for (int64_t k = 0; k < count; ++k) out[k * columns + j] = place < 0 ? T(1) : lane(c[place], k);
    }
    return true;
  }

  bool backward() {
    const int64_t intervals = divide_up(steps, interval);
    TrieWork<E> adjoint(memory, slots_of(letters, nodes), trie.depth);
    E *dz = memory.take<E>(interval * letters), *kept = memory.take<E>((intervals + interval + 1) * nodes);
    E *within = kept + intervals * nodes, *g = within + interval * nodes;
    int64_t *open = memory.take<int64_t>(trie.depth + 1);
    Vec<T> *carry[V];
    for (int v = 0; v < V; ++v) {
      carry[v] = memory.take<Vec<T>>(path.dimension);
      for (int64_t c = 0; c < path.dimension; ++c) carry[v][c] = Vec<T>{};
    }
    for (int64_t i = 0; i < nodes; ++i) kept[i] = E{};
    for (int64_t slot = 0; slot < trie.slots * adjoint.stride; ++slot) adjoint.scaled[slot] = E{};
    read_derivs(g);

    for (int64_t k = 0; k + 1 < intervals; ++k) {
      load(k * interval);
      E *to = kept + (k + 1) * nodes;
      for (int64_t s = 0; s < interval; ++s)
        if (!step(s, s ? to : to - nodes, to)) return false;
      task.advance(interval * count);
    }
    for (int64_t k = intervals - 1; k >= 0; --k) {
      const int64_t n = load(k * interval);
      const auto before = [&](int64_t s) { return s ? within + s * nodes : kept + k * nodes; };
      for (int64_t s = 0; s + 1 < n; ++s)
        if (!step(s, before(s), within + (s + 1) * nodes)) return false;
      for (int64_t s = n - 1; s >= 0; --s) {
        work.scale(trie, z + s * letters);
        for (int64_t i = 0; i < nodes; i += nodes_per_look) {
          if (task.stopped()) return false;
          trie_step_adjoint(trie, work, adjoint, i, i + nodes_per_look < nodes ? i + nodes_per_look : nodes, before(s), g, open);
        }
        adjoint.unscale(trie, dz + s * letters);
      }
      for (int v = 0; v < V; ++v) {
        for (int64_t i = 0; i < n * letters; ++i) lanes[i] = part(dz[i], v);
        scatter_increments(path, tiles[v], k * interval, n, lanes, carry[v], static_cast<T *>(task.call.out[0].data));
      }
      task.advance(2 * n * count);
    }
    for (int v = 0; v < V; ++v) write_first_points(path, tiles[v], carry[v], static_cast<T *>(task.call.out[0].data));
    return true;
  }

 private:
  // Even, so that the two steps of a lead-lag increment stay together.
  static int64_t interval_of(int64_t steps) {
    int64_t root = 1;
    while (root * root < steps) ++root;
    return divide_up(root, 2) * 2;
  }
  static int64_t slots_of(int64_t letters, int64_t nodes) { return letters < nodes ? letters : nodes; }

  static Vec<T> &part(E &element, int v) { return reinterpret_cast<Vec<T> *>(&element)[v]; }
  static T lane(E &element, int64_t k) { return part(element, int(k / W))[k % W]; }

  // Makes the increments of the interval that begins there; returns its number of steps.
  int64_t load(int64_t begin) {
    const int64_t n = begin + interval < steps ? interval : steps - begin;
    for (int v = 0; v < V; ++v) {
      fill_increments(path, static_cast<const T *>(task.call.in[0].data), tiles[v], begin, n, lanes);
      for (int64_t i = 0; i < n * letters; ++i) part(z[i], v) = lanes[i];
    }
    return n;
  }

  bool step(int64_t s, const E *before, E *after) {
    work.scale(trie, z + s * letters);
    for (int64_t i = 0; i < nodes; i += nodes_per_look) {
      if (task.stopped()) return false;
      trie_step(trie, work, i, i + nodes_per_look < nodes ? i + nodes_per_look : nodes, before, after);
    }
    return true;
  }

  // Columns that ask for the same node add up in their order.
  void read_derivs(E *g) {
    const int32_t *outputs = static_cast<const int32_t *>(task.call.tables[2].data);
    const int64_t columns = task.call.tables[2].length;
    const T *derivs = static_cast<const T *>(task.call.in[1].data) + first * columns;
    for (int64_t i = 0; i < nodes; ++i) g[i] = E{};
    for (int64_t j = 0; j < columns; ++j) {
      const int32_t place = trie.place[outputs[j]];
      if (place < 0) continue;
      for (int64_t k = 0; k < count; ++k) part(g[place], int(k / W))[k % W] += derivs[k * columns + j];
    }
  }

  const Task &task;
  const Trie &trie;
  const AugmentedPath<T> path;
  const int64_t letters, nodes, steps, interval;
  const int64_t nodes_per_look; // between two looks at the stop flag
  const int64_t first, count;
  Scratch memory;
  TrieWork<E> work;
  E *z;
  Vec<T> *lanes;
  Tile<T> tiles[V];
};

}  // namespace sig::SIG_TARGET
