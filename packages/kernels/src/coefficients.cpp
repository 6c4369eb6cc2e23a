// sigCoef, extractSigCoef and their adjoints.
#include "coefficients.hpp"

namespace sig::SIG_TARGET {
namespace {

// Nodes between two looks at the stop flag.
constexpr int64_t nodes_per_look = 4096;

// Steps whose increments are made at once.
int64_t steps_per_block(int64_t letters) {
  const int64_t steps = 2048 / letters / 2 * 2;
  return steps < 2 ? 2 : steps > 64 ? 64 : steps;
}

struct Sizes {
  int64_t letters, nodes, depth, slots, steps, tiles, tiles_per_task;

  Sizes(const sig_call &call, int64_t depth) : nodes(call.tables[0].length - 1), depth(depth) {
    const AugmentedPath<double> path(call);
    letters = path.letters();
    slots = letters < nodes ? letters : nodes;
    steps = path.steps();
    const int64_t lanes = SIG_VECTOR_BYTES / (call.dtype == SIG_FLOAT64 ? 8 : 4), task_work = 1 << 17;
    tiles = divide_up(call.batch, lanes);
    const int64_t tile_work = steps * (nodes + letters) * 2 + 1;
    tiles_per_task = tile_work < task_work ? divide_up(task_work, tile_work) : 1;
  }

  // The backward pass keeps the coefficients at every `interval`-th step, and within one interval at every step.
  int64_t interval() const {
    int64_t root = 1;
    while (root * root < steps) ++root;
    return divide_up(root, 2) * 2;
  }
  int64_t checkpoints() const { return divide_up(steps, interval()); }
};

template <class T>
int64_t scratch_bytes(const sig_call &call, const Sizes &sizes) {
  typedef Vec<T> V;
  int64_t bytes = TrieWork<T>::bytes(sizes.slots, sizes.depth);
  if (call.operation == SIG_SIG_COEF)
    return bytes + Scratch::bytes<V>(steps_per_block(sizes.letters) * sizes.letters) + Scratch::bytes<V>(sizes.nodes);
  const int64_t interval = sizes.interval();
  bytes += TrieWork<T>::bytes(sizes.slots, sizes.depth);
  bytes += 2 * Scratch::bytes<V>(interval * sizes.letters) + Scratch::bytes<V>(call.dimension);
  bytes += Scratch::bytes<V>((sizes.checkpoints() + interval + 1) * sizes.nodes);
  bytes += Scratch::bytes<int64_t>(sizes.depth + 1);
  return bytes;
}

template <class T>
bool step(const Task &task, const Trie &trie, TrieWork<T> &work, const Vec<T> *z, const Vec<T> *before, Vec<T> *after) {
  work.scale(trie, z);
  for (int64_t begin = 0; begin < trie.nodes; begin += nodes_per_look) {
    if (task.stopped()) return false;
    const int64_t end = begin + nodes_per_look;
    trie_step(trie, work, begin, end < trie.nodes ? end : trie.nodes, before, after);
  }
  return true;
}

template <class T>
int32_t forward_tile(const Task &task, const Sizes &sizes, const Trie &trie, int64_t first, int64_t count) {
  const sig_call &call = task.call;
  const AugmentedPath<T> path(call);
  const Tile<T> tile = tile_of_paths<T>(path, call.batch, first);
  const T *points = static_cast<const T *>(call.in[0].data);
  const int64_t block = steps_per_block(sizes.letters);
  Scratch memory(task.scratch);
  TrieWork<T> work(memory, sizes.slots, sizes.depth);
  Vec<T> *z = memory.take<Vec<T>>(block * sizes.letters), *c = memory.take<Vec<T>>(sizes.nodes);
  for (int64_t i = 0; i < sizes.nodes; ++i) c[i] = Vec<T>{};
  for (int64_t begin = 0; begin < sizes.steps; begin += block) {
    const int64_t n = begin + block < sizes.steps ? block : sizes.steps - begin;
    fill_increments(path, points, tile, begin, n, z);
    for (int64_t s = 0; s < n; ++s)
      if (!step(task, trie, work, z + s * sizes.letters, c, c)) return SIG_STOPPED;
    task.advance(n * count);
  }
  const int32_t *outputs = static_cast<const int32_t *>(call.tables[2].data);
  const int64_t columns = call.tables[2].length;
  T *out = static_cast<T *>(call.out[0].data) + first * columns;
  for (int64_t j = 0; j < columns; ++j) {
    const int32_t place = trie.place[outputs[j]];
    const Vec<T> v = place < 0 ? broadcast(T(1)) : c[place];
    for (int64_t k = 0; k < count; ++k) out[k * columns + j] = v[k];
  }
  return SIG_OK;
}

template <class T>
int32_t backward_tile(const Task &task, const Sizes &sizes, const Trie &trie, int64_t first, int64_t count) {
  const sig_call &call = task.call;
  const AugmentedPath<T> path(call);
  const Tile<T> tile = tile_of_paths<T>(path, call.batch, first);
  const T *points = static_cast<const T *>(call.in[0].data);
  T *d_points = static_cast<T *>(call.out[0].data);
  const int64_t interval = sizes.interval(), checkpoints = sizes.checkpoints(), letters = sizes.letters, nodes = sizes.nodes;
  Scratch memory(task.scratch);
  TrieWork<T> work(memory, sizes.slots, sizes.depth), adjoint(memory, sizes.slots, sizes.depth);
  Vec<T> *z = memory.take<Vec<T>>(interval * letters), *dz = memory.take<Vec<T>>(interval * letters);
  Vec<T> *carry = memory.take<Vec<T>>(call.dimension), *states = memory.take<Vec<T>>((checkpoints + interval + 1) * nodes);
  Vec<T> *within = states + checkpoints * nodes, *g = within + interval * nodes;
  int64_t *open = memory.take<int64_t>(sizes.depth + 1);

  // Forward, with the coefficients at the beginning of each interval kept.
  for (int64_t i = 0; i < nodes; ++i) states[i] = Vec<T>{};
  for (int64_t k = 0; k + 1 < checkpoints; ++k) {
    fill_increments(path, points, tile, k * interval, interval, z);
    Vec<T> *to = states + (k + 1) * nodes;
    for (int64_t s = 0; s < interval; ++s)
      if (!step(task, trie, work, z + s * letters, s ? to : to - nodes, to)) return SIG_STOPPED;
    task.advance(interval * count);
  }

  const int32_t *outputs = static_cast<const int32_t *>(call.tables[2].data);
  const int64_t columns = call.tables[2].length;
  const T *derivs = static_cast<const T *>(call.in[1].data) + first * columns;
  for (int64_t i = 0; i < nodes; ++i) g[i] = Vec<T>{};
  for (int64_t j = 0; j < columns; ++j) {
    const int32_t place = trie.place[outputs[j]];
    if (place < 0) continue;
    for (int64_t k = 0; k < count; ++k) g[place][k] += derivs[k * columns + j];
  }

  for (int64_t c = 0; c < call.dimension; ++c) carry[c] = Vec<T>{};
  for (int64_t k = checkpoints - 1; k >= 0; --k) {
    const int64_t begin = k * interval, n = begin + interval < sizes.steps ? interval : sizes.steps - begin;
    fill_increments(path, points, tile, begin, n, z);
    for (int64_t s = 0; s + 1 < n; ++s) {
      const Vec<T> *before = s ? within + s * nodes : states + k * nodes;
      if (!step(task, trie, work, z + s * letters, before, within + (s + 1) * nodes)) return SIG_STOPPED;
    }
    for (int64_t s = n - 1; s >= 0; --s) {
      const Vec<T> *before = s ? within + s * nodes : states + k * nodes;
      work.scale(trie, z + s * letters);
      for (int64_t slot = 0; slot < trie.slots; ++slot)
        for (int64_t i = 0; i < trie.slot_height[slot]; ++i) adjoint.scaled[slot * adjoint.stride + i] = Vec<T>{};
      for (int64_t i = 0; i < nodes; i += nodes_per_look) {
        if (task.stopped()) return SIG_STOPPED;
        const int64_t end = i + nodes_per_look < nodes ? i + nodes_per_look : nodes;
        trie_step_adjoint(trie, work, i, end, before, g, adjoint.scaled, adjoint.t, open);
      }
      Vec<T> *to = dz + s * letters;
      for (int64_t l = 0; l < letters; ++l) to[l] = Vec<T>{};
      for (int64_t slot = 0; slot < trie.slots; ++slot) {
        Vec<T> sum{};
        for (int64_t i = trie.slot_height[slot] - 1; i >= 0; --i) sum += adjoint.scaled[slot * adjoint.stride + i] * work.inverse[i];
        to[trie.slot_letter[slot]] = sum;
      }
    }
    scatter_increments(path, tile, begin, n, dz, carry, d_points);
    task.advance(2 * n * count);
  }
  for (int64_t k = 0; k < count; ++k)
    for (int64_t c = 0; c < call.dimension; ++c) d_points[tile.start[k] + c] = -carry[c][k];
  return SIG_OK;
}

// Phase 0 makes the trie, phase 1 runs over the tiles.
template <class T>
int32_t run_path(const Task &task) {
  const sig_call &call = task.call;
  const int64_t letters = AugmentedPath<T>(call).letters();
  Trie trie(call, letters, task.shared);
  if (task.phase == 0) {
    trie.build(call);
    return SIG_OK;
  }
  const Sizes sizes(call, trie.depth);
  for (int64_t i = 0; i < sizes.tiles_per_task; ++i) {
    const int64_t first = (task.index * sizes.tiles_per_task + i) * Lanes<T>::W;
    if (first >= call.batch) break;
    const int64_t count = first + Lanes<T>::W < call.batch ? Lanes<T>::W : call.batch - first;
    const int32_t status = call.operation == SIG_SIG_COEF ? forward_tile<T>(task, sizes, trie, first, count)
                                                          : backward_tile<T>(task, sizes, trie, first, count);
    if (status != SIG_OK) return status;
  }
  return SIG_OK;
}

// Numbers that one task of extraction touches.
constexpr int64_t numbers_per_task = 1 << 15;

int64_t rows_per_task(int64_t columns) { return columns < numbers_per_task ? numbers_per_task / (columns + 1) + 1 : 1; }

// Forward: phase 0 gathers. Backward: phase 0 clears the result, phase 1 adds up in the order of the columns.
template <class T>
int32_t run_extract(const Task &task) {
  const sig_call &call = task.call;
  const int32_t *index = static_cast<const int32_t *>(call.tables[0].data);
  const int64_t columns = call.tables[0].length;
  const T *in = static_cast<const T *>(call.in[0].data);
  T *out = static_cast<T *>(call.out[0].data);
  const bool forward = call.operation == SIG_EXTRACT_SIG_COEF;
  if (!forward && task.phase == 0) {
    const int64_t begin = task.index * numbers_per_task, all = call.batch * call.length;
    const int64_t end = begin + numbers_per_task < all ? begin + numbers_per_task : all;
    for (int64_t i = begin; i < end; ++i) out[i] = T(0);
    return SIG_OK;
  }
  const int64_t per_task = rows_per_task(columns), begin = task.index * per_task;
  const int64_t end = begin + per_task < call.batch ? begin + per_task : call.batch;
  for (int64_t b = begin; b < end; ++b) {
    for (int64_t first = 0; first < columns; first += numbers_per_task) {
      if (task.stopped()) return SIG_STOPPED;
      const int64_t last = first + numbers_per_task < columns ? first + numbers_per_task : columns;
      if (forward)
        for (int64_t j = first; j < last; ++j) out[b * columns + j] = in[b * call.length + index[j]];
      else
        for (int64_t j = first; j < last; ++j) out[b * call.length + index[j]] += in[b * columns + j];
    }
    task.advance(1);
  }
  return SIG_OK;
}

bool extracts(const sig_call &call) {
  return call.operation == SIG_EXTRACT_SIG_COEF || call.operation == SIG_EXTRACT_SIG_COEF_BACKPROP;
}

}  // namespace

int32_t plan_coefficients(const sig_call &call, sig_plan &plan) {
  if (extracts(call)) {
    const int64_t row_tasks = divide_up(call.batch, rows_per_task(call.tables[0].length));
    plan.work = call.batch;
    if (call.operation == SIG_EXTRACT_SIG_COEF) {
      plan.phases = 1;
      plan.tasks[0] = row_tasks;
    } else {
      plan.phases = 2;
      plan.tasks[0] = divide_up(call.batch * call.length, numbers_per_task);
      plan.tasks[1] = row_tasks;
    }
    return SIG_OK;
  }
  const Sizes sizes(call, trie_depth(call));
  plan.phases = 2;
  plan.tasks[0] = 1;
  plan.tasks[1] = divide_up(sizes.tiles, sizes.tiles_per_task);
  plan.shared_bytes = Trie::bytes(sizes.nodes, sizes.letters);
  plan.scratch_bytes = call.dtype == SIG_FLOAT64 ? scratch_bytes<double>(call, sizes) : scratch_bytes<float>(call, sizes);
  const int64_t recomputed = (sizes.checkpoints() - 1) * sizes.interval();
  plan.work = call.batch * (call.operation == SIG_SIG_COEF ? sizes.steps : recomputed + 2 * sizes.steps);
  return SIG_OK;
}

int32_t run_coefficients(const Task &task) {
  const bool wide = task.call.dtype == SIG_FLOAT64;
  if (extracts(task.call)) return wide ? run_extract<double>(task) : run_extract<float>(task);
  return wide ? run_path<double>(task) : run_path<float>(task);
}

}  // namespace sig::SIG_TARGET
