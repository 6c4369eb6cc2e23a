// Gradients of signature kernels by any scheme: which pairs a task has, how given gradients reach the solver, and how the gradients of
// paths that many pairs share are added up.
#pragma once

#include "kernel_increments_adjoint.hpp"

namespace sig::SIG_TARGET {

// The given gradients of the pairs of a tile.
template <class T, class S>
struct BackpropSeeds {
  static constexpr int W = Lanes<S>::W;
  const T *lane[W];
  int64_t columns;
  Vec<S> last;

  void row(int64_t i, Vec<S> *out) const {
    const T *from[W];
    for (int k = 0; k < W; ++k) from[k] = lane[k] + i * (columns + 1) + 1;
    gather_path<T, S>(from, columns, 0, out);
  }
};

// What a thread works with. Solver: the adjoint of a scheme, such as DifferenceAdjoint.
template <class T, class S, class Solver>
struct BackpropWorker {
  static constexpr int W = Lanes<S>::W;
  const Task &task;
  const Pairs<S> &pairs;
  const T *derivs;
  bool everywhere;
  IncrementRows<T, S> increments;
  Solver solver;
  IncrementAdjoint<T, S> adjoint;

  static int64_t scratch_bytes(const sig_call &call, const Pairs<S> &pairs) {
    return IncrementRows<T, S>::scratch_bytes(call, pairs) + IncrementAdjoint<T, S>::scratch_bytes(call, pairs, pairs.rows.cells()) +
           Solver(call, pairs).scratch_bytes(call.flags & SIG_GRID);
  }

  BackpropWorker(const Task &task, const Pairs<S> &pairs, bool columns_wanted, Scratch scratch)
      : task(task),
        pairs(pairs),
        derivs(static_cast<const T *>(task.call.in[0].data)),
        everywhere(task.call.flags & SIG_GRID),
        increments(task.call, pairs, scratch, &task),
        solver(task.call, pairs),
        adjoint(task, pairs, increments, pairs.rows.cells(), columns_wanted, scratch) {
    solver.take(scratch, everywhere);
    increments.use_row_increments(adjoint.row_increments());
  }

  // Leaves gradients in `adjoint`. False if the task was stopped.
  bool run(const PairTile<S> &tile) {
    const int64_t rows = pairs.rows.fine_cells(), columns = pairs.columns.fine_cells();
    BackpropSeeds<T, S> seeds{{}, columns, Vec<S>{}};
    for (int k = 0; k < W; ++k) {
      const int64_t place = pairs.place(tile, k);
      if (everywhere)
        seeds.lane[k] = derivs + place * (rows + 1) * (columns + 1);
      else
        seeds.last[k] = derivs[place];
    }
    increments.load(tile);
    adjoint.begin(tile);
    if (!solver.run(task, increments, seeds, adjoint)) return false;
    adjoint.finish();
    return true;
  }
};

// Every pair has gradients of its own.
template <class T, class S, class Solver>
struct ListedBackprop {
  const sig_call &call;
  const Pairs<S> &pairs;

  void plan(sig_plan &plan) const {
    plan.phases = 1;
    plan.tasks[0] = pairs.tasks();
    plan.scratch_bytes = BackpropWorker<T, S, Solver>::scratch_bytes(call, pairs);
    plan.work = pairs.tiles() * pairs.rows.cells();
  }

  int32_t run(const Task &task) const {
    const bool given = has_increments(call);
    T *d_rows = given ? nullptr : static_cast<T *>(call.out[pairs.swapped ? 1 : 0].data);
    T *d_columns = given ? nullptr : static_cast<T *>(call.out[pairs.swapped ? 0 : 1].data);
    BackpropWorker<T, S, Solver> worker(task, pairs, d_columns, Scratch(task.scratch));
    for (int64_t t = 0; t < pairs.tiles_of(task.index); ++t) {
      const PairTile<S> tile = pairs.tile(task.index, t);
      if (!worker.run(tile)) return SIG_STOPPED;
      if (d_rows) write(tile, worker.adjoint.finish_rows(), pairs.rows, d_rows);
      if (d_columns) write(tile, worker.adjoint.finish_columns(), pairs.columns, d_columns);
    }
    return SIG_OK;
  }

 private:
  // Row and column paths of a pair have the same number.
  void write(const PairTile<S> &tile, const Vec<S> *gradients, const PathSide &side, T *out) const {
    constexpr int W = Lanes<S>::W;
    const int64_t numbers = side.length * call.dimension;
    T *lane[W];
    for (int k = 0; k < W; ++k) lane[k] = tile.live[k] ? out + tile.row[k] * numbers : nullptr;
    scatter_path<T, S>(gradients, numbers, lane);
  }
};

// A gram: paths share in the gradients of many pairs. Rows and columns of the gram are cut into groups; a task computes all pairs of two
// groups and has sums of its own for their paths; a second phase adds those up in a fixed order.
template <class T, class Solver>
struct GramBackprop {
  static constexpr int W = Lanes<double>::W;
  static constexpr int64_t most_groups = 12, numbers_per_task = 1 << 13;
  const sig_call &call;
  const Pairs<double> &pairs;
  T *d_rows, *d_columns;                // null where not wanted
  int64_t row_numbers, column_numbers;  // of all their gradients
  int64_t blocks;                       // of W columns
  int64_t row_groups, column_groups;

  GramBackprop(const sig_call &call, const Pairs<double> &pairs)
      : call(call),
        pairs(pairs),
        d_rows(static_cast<T *>(call.out[pairs.swapped ? 1 : 0].data)),
        d_columns(static_cast<T *>(call.out[pairs.swapped ? 0 : 1].data)),
        row_numbers(pairs.rows.batch * pairs.rows.length * call.dimension),
        column_numbers(pairs.columns.batch * pairs.columns.length * call.dimension),
        blocks(divide_up(pairs.columns.batch, W)) {
    const int64_t tasks = pairs.rows.batch * blocks / pairs.tiles_per_task + 1;
    const int64_t numbers = row_numbers > column_numbers ? row_numbers : column_numbers, fitting = (int64_t(1) << 25) / (numbers + 1);
    const int64_t most = fitting < 4 ? 4 : least(fitting, most_groups);
    // The side with fewer numbers may have more sums.
    const int64_t more_columns = most * (1 + column_numbers / (row_numbers + 1));
    const int64_t more_rows = most * (1 + row_numbers / (column_numbers + 1));
    const int64_t wanted = least(tasks, most * most);
    column_groups = least(blocks, more_columns, wanted);
    row_groups = least(pairs.rows.batch, more_rows, divide_up(wanted, column_groups));
  }

  int64_t sums_bytes(bool rows) const {
    return rows ? (d_rows ? Scratch::bytes<double>(column_groups * row_numbers) : 0)
                : (d_columns ? Scratch::bytes<double>(row_groups * column_numbers) : 0);
  }
  int64_t row_tasks() const { return d_rows ? divide_up(row_numbers, numbers_per_task) : 0; }
  int64_t column_tasks() const { return d_columns ? divide_up(column_numbers, numbers_per_task) : 0; }

  void plan(sig_plan &plan) const {
    plan.phases = 2;
    plan.tasks[0] = row_groups * column_groups;
    plan.tasks[1] = row_tasks() + column_tasks();
    plan.scratch_bytes = BackpropWorker<T, double, Solver>::scratch_bytes(call, pairs);
    plan.shared_bytes = sums_bytes(true) + sums_bytes(false);
    plan.work = pairs.rows.batch * blocks * pairs.rows.cells() + plan.tasks[1];
  }

  int32_t run(const Task &task) const {
    double *row_sums = static_cast<double *>(task.shared), *column_sums = row_sums + sums_bytes(true) / int64_t(sizeof(double));
    if (task.phase == 0) return run_groups(task, row_sums, column_sums);
    if (task.index < row_tasks())
      add_up(row_sums, column_groups, row_numbers, task.index, d_rows);
    else
      add_up(column_sums, row_groups, column_numbers, task.index - row_tasks(), d_columns);
    task.advance(1);
    return SIG_OK;
  }

 private:
  template <class... More>
  static int64_t least(int64_t a, int64_t b, More... more) {
    if constexpr (sizeof...(More) == 0)
      return a < b ? a : b;
    else
      return least(least(a, b), more...);
  }

  int32_t run_groups(const Task &task, double *row_sums, double *column_sums) const {
    const int64_t row_group = task.index / column_groups, column_group = task.index - row_group * column_groups;
    const int64_t first_row = pairs.rows.batch * row_group / row_groups, end_row = pairs.rows.batch * (row_group + 1) / row_groups;
    const int64_t first_block = blocks * column_group / column_groups, end_block = blocks * (column_group + 1) / column_groups;
    const int64_t row_length = pairs.rows.length * call.dimension, column_length = pairs.columns.length * call.dimension;
    double *own_rows = row_sums + column_group * row_numbers, *own_columns = column_sums + row_group * column_numbers;
    if (d_rows)
      for (int64_t e = first_row * row_length; e < end_row * row_length; ++e) own_rows[e] = 0;
    BackpropWorker<T, double, Solver> worker(task, pairs, d_columns, Scratch(task.scratch));
    for (int64_t block = first_block; block < end_block; ++block) {
      for (int64_t row = first_row; row < end_row; ++row) {
        const PairTile<double> tile = tile_of(block, row, row == first_row);
        if (!worker.run(tile)) return SIG_STOPPED;
        if (d_rows) add_lanes(tile, worker.adjoint.finish_rows(), row_length, own_rows + row * row_length);
      }
      if (!d_columns) continue;
      double *lane[W];
      for (int k = 0; k < W; ++k) lane[k] = block * W + k < pairs.columns.batch ? own_columns + (block * W + k) * column_length : nullptr;
      scatter_path<double, double>(worker.adjoint.finish_columns(), column_length, lane);
    }
    return SIG_OK;
  }

  PairTile<double> tile_of(int64_t block, int64_t row, bool new_columns) const {
    PairTile<double> tile;
    tile.new_columns = new_columns;
    for (int k = 0; k < W; ++k) {
      const int64_t column = block * W + k;
      tile.row[k] = row;
      tile.live[k] = column < pairs.columns.batch;
      tile.column[k] = tile.live[k] ? column : pairs.columns.batch - 1;
    }
    return tile;
  }

  static void add_lanes(const PairTile<double> &tile, const Double *gradients, int64_t numbers, double *sums) {
    Double live;
    for (int k = 0; k < W; ++k) live[k] = tile.live[k];
    for (int64_t e = 0; e < numbers; ++e) {
      const Double gradient = select(live != 0, gradients[e], Double{});
      double sum = 0;
      for (int k = 0; k < W; ++k) sum += gradient[k];
      sums[e] += sum;
    }
  }

  static void add_up(const double *sums, int64_t groups, int64_t numbers, int64_t part, T *out) {
    const int64_t begin = part * numbers_per_task, end = least(numbers, begin + numbers_per_task);
    for (int64_t e = begin; e < end; ++e) {
      double total = 0;
      for (int64_t g = 0; g < groups; ++g) total += sums[g * numbers + e];
      out[e] = T(total);
    }
  }
};

template <class S, class Solver>
static inline Pairs<S> backprop_pairs(const sig_call &call) {
  Pairs<S> pairs(call, 1, Solver::tile_work(call));
  pairs.shared = pairs.gram;
  pairs.single = false;
  // Memory grows with the columns: where they are many more than the rows, x and y change places.
  const bool fixed = pairs.gram || has_increments(call) || (call.flags & SIG_GRID);
  if (!fixed && pairs.columns.fine_cells() > 4 * pairs.rows.fine_cells()) {
    const PathSide side = pairs.rows;
    pairs.rows = pairs.columns;
    pairs.columns = side;
    pairs.swapped = true;
  }
  return pairs;
}

// Calls body(backprop) with what serves the call. Solver: the adjoint of a scheme in double.
template <class Solver, class Body>
static inline auto with_backprop(const sig_call &call, const Body &body) {
  const Pairs<double> pairs = backprop_pairs<double, Solver>(call);
  const auto with = [&]<class T>(T) {
    if (pairs.gram) return body(GramBackprop<T, Solver>(call, pairs));
    return body(ListedBackprop<T, double, Solver>{call, pairs});
  };
  return call.dtype == SIG_FLOAT64 ? with(double()) : with(float());
}

template <class Solver>
static inline void plan_backprop(const sig_call &call, sig_plan &plan) {
  with_backprop<Solver>(call, [&](const auto &backprop) { backprop.plan(plan); });
}

template <class Solver>
static inline int32_t run_backprop(const Task &task) {
  return with_backprop<Solver>(task.call, [&](const auto &backprop) { return backprop.run(task); });
}

}  // namespace sig::SIG_TARGET
