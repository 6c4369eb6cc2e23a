// The adjoint of the finite-difference scheme where pairs are too few for the lanes: the lanes of a vector are W consecutive fine rows of
// one pair, a strip. Lane k is one column behind lane k - 1, so that what it needs of the row above is there: at step t it is at column
// t - k. `strips` vectors are computed together, each W columns behind the one above, so that their chains of operations overlap.
//
// As with a pair in each lane, rows of nodes are kept at the beginning of blocks, and blocks are computed again from the last one on.
#pragma once

#include "kernel_backprop.hpp"
#include "kernel_difference_adjoint.hpp"

namespace sig::SIG_TARGET {

namespace strip {

constexpr int W = Lanes<double>::W;
typedef transposition::MakeSequence<W>::type AllLanes;

template <int... I>
static inline Double shift_down(Double v, Double above, transposition::Sequence<I...>) {
  return __builtin_shufflevector(above, v, (W - 1 + I)...);
}
template <int... I>
static inline Double shift_up(Double v, Double below, transposition::Sequence<I...>) {
  return __builtin_shufflevector(v, below, (I + 1)...);
}
template <int K, int... I>
static inline Double take_lane(Double v, Double from, transposition::Sequence<I...>) {
  return __builtin_shufflevector(v, from, (I == K ? W + I : I)...);
}

// Lane k from lanes[k].
template <int K = 1>
static inline Double diagonal(const Double *lanes, Double v) {
  if constexpr (K < W)
    return diagonal<K + 1>(lanes, take_lane<K>(v, lanes[K], AllLanes{}));
  else
    return v;
}

// What each lane finds in the lane of the row above; the first lane finds the last of `above`.
static inline Double down(Double v, Double above) { return shift_down(v, above, AllLanes{}); }
// What each lane finds in the lane of the row below; the last lane finds the first of `below`.
static inline Double up(Double v, Double below) { return shift_up(v, below, AllLanes{}); }

// out[t] = the vector whose lane k is lane k of column t - k, for 0 < t < columns * across + W; each column is `across` fine ones, the
// first of them number 1. Beyond the columns lanes are 0.
static inline void skew(const Double *columns, int64_t count, int64_t across, Double *out) {
  Double last[W];
  for (int k = 0; k < W; ++k) last[k] = Double{};
  int64_t t = 1;
  const auto step = [&](Double newest) {
#pragma GCC unroll 8
    for (int k = W - 1; k > 0; --k) last[k] = last[k - 1];
    last[0] = newest;
    out[t++] = diagonal(last, newest);
  };
  for (int64_t j = 0; j < count; ++j) {
    const Double column = columns[j];
    for (int64_t fine = 0; fine < across; ++fine) step(column);
  }
  for (int k = 1; k < W; ++k) step(Double{});
}

// The inverse, where fine columns of one column are summed.
static inline void unskew(const Double *in, int64_t count, int64_t across, Double *columns) {
  Double next[W];
  for (int k = 1; k < W; ++k) next[k] = in[k];
  int64_t t = 1;
  for (int64_t j = 0; j < count; ++j) {
    Double sum{};
    for (int64_t fine = 0; fine < across; ++fine, ++t) {
#pragma GCC unroll 8
      for (int k = 0; k + 1 < W; ++k) next[k] = next[k + 1];
      next[W - 1] = in[t + W - 1];
      sum += diagonal(next, next[0]);
    }
    columns[j] = sum;
  }
}

}  // namespace strip

// The gradients of a few pairs, one task each.
template <class T>
class StripBackprop {
  static constexpr int W = strip::W, strips = 2, group = strips * W;  // rows of a group

 public:
  static bool serves(const sig_call &call) { return !(call.flags & SIG_GRAM) && call.batch * 2 <= W; }

  explicit StripBackprop(const sig_call &call)
      : call(call),
        pairs(call, 1, 0),
        grid(DifferenceGrid::of(pairs)),
        given(has_increments(call)),
        everywhere(call.flags & SIG_GRID),
        groups(divide_up(grid.fine_rows(), group)),
        width(grid.fine_columns() + 2 * group) {
    const int64_t part = 1 << 19, fitting = part / (2 * strips * width * int64_t(sizeof(Double)));
    const int64_t least = int64_t(__builtin_sqrt(double(groups) / 8)) + 1;
    block = fitting > least ? fitting : least;
    if (block > groups) block = groups;
    pairs.single = false;
    // Lanes are rows: of given increments each is a matrix of its own.
    if (given) pairs.rows.length = 2;
  }

  void plan(sig_plan &plan) const {
    plan.phases = 1;
    plan.tasks[0] = call.batch;
    plan.work = call.batch * groups;
    plan.scratch_bytes = IncrementRows<T, double>::scratch_bytes(call, pairs) + IncrementAdjoint<T>::scratch_bytes(call, pairs, 1) +
                         Scratch::bytes<double>(blocks() * width) + 2 * Scratch::bytes<Double>(block * strips * width) +
                         Scratch::bytes<double>(width) + 2 * Scratch::bytes<Double>(strips * width) +
                         Scratch::bytes<Double>(grid.fine_columns()) + Scratch::bytes<double>(d_x_numbers());
  }

  int32_t run(const Task &task) const {
    Scratch scratch(task.scratch);
    T *d_x = given ? nullptr : static_cast<T *>(call.out[0].data), *d_y = given ? nullptr : static_cast<T *>(call.out[1].data);
    IncrementRows<T, double> increments(call, pairs, scratch, &task, grid.half());
    IncrementAdjoint<T> adjoint(task, pairs, increments, 1, d_y, scratch);
    Work work{task, task.index, increments, adjoint, scratch.take<double>(blocks() * width),
              scratch.take<Double>(block * strips * width), scratch.take<Double>(block * strips * width), scratch.take<double>(width),
              scratch.take<Double>(strips * width), scratch.take<Double>(strips * width), scratch.take<Double>(grid.fine_columns()),
              scratch.take<double>(d_x_numbers()), true};
    const int64_t x_numbers = (grid.rows + 1) * call.dimension, y_numbers = (grid.columns + 1) * call.dimension;
    for (int64_t e = 0; e < d_x_numbers(); ++e) work.d_x[e] = 0;
    if (!walk(work)) return SIG_STOPPED;
    if (d_x)
      for (int64_t e = 0; e < x_numbers; ++e) d_x[task.index * x_numbers + e] = T(work.d_x[e]);
    if (d_y) {
      const Double *lanes = adjoint.finish_columns();
      for (int64_t e = 0; e < y_numbers; ++e) {
        double sum = 0;
        for (int k = 0; k < W; ++k) sum += lanes[e][k];
        d_y[task.index * y_numbers + e] = T(sum);
      }
    }
    return SIG_OK;
  }

 private:
  // Column j of a row of nodes, and step t of the lanes of a strip, lie `group` numbers further than j and t: lanes also step beyond the
  // ends of their rows, where they have no increments.
  struct Work {
    const Task &task;
    int64_t pair;
    IncrementRows<T, double> &increments;
    IncrementAdjoint<T> &adjoint;
    double *kept;               // the row of nodes at which each block begins
    Double *derivatives;        // of the nodes of the strips of a block
    Double *skewed;             // half the increments of their cells
    double *carry;              // what flows into the nodes of the row above the groups that are done
    Double *seeds, *gradients;  // of the strips of a group
    Double *natural;            // a vector for each column
    double *d_x;                // gradient of the row path, or of a row of given increments
    bool new_columns;
  };

  const sig_call &call;
  Pairs<double> pairs;
  DifferenceGrid grid;
  bool given, everywhere;
  int64_t groups, width;
  int64_t block;  // groups

  int64_t blocks() const { return divide_up(groups, block); }
  int64_t d_x_numbers() const { return given ? grid.columns : (grid.rows + 1) * call.dimension; }

  bool walk(Work &work) const {
    const int64_t last = blocks() - 1;
    fill(work.kept, 1.0);
    for (int64_t k = 0; k < last; ++k) {
      double *row = work.kept + (k + 1) * width;
      copy(row - width, row);
      for (int64_t g = 0; g < block; ++g) {
        if (work.task.stopped()) return false;
        load_increments(work, k * block + g, work.skewed);
        forward<false>(work.task, work.skewed, row, nullptr);
      }
    }
    fill(work.carry, 0.0);
    for (int64_t k = last; k >= 0; --k) {
      const int64_t count = k < last ? block : groups - last * block;
      for (int64_t g = 0; g < count; ++g) {
        if (work.task.stopped()) return false;
        const int64_t place = g * strips * width;
        load_increments(work, k * block + g, work.skewed + place);
        forward<true>(work.task, work.skewed + place, work.kept + k * width, work.derivatives + place);
      }
      for (int64_t g = count - 1; g >= 0; --g) {
        if (work.task.stopped()) return false;
        const int64_t place = g * strips * width, number = k * block + g;
        if (everywhere || number == groups - 1) {
          load_seeds(work, number);
          backward<true>(work.skewed + place, work.derivatives + place, work);
        } else {
          backward<false>(work.skewed + place, work.derivatives + place, work);
        }
        give_gradients(work, number);
        work.task.advance(1);
      }
    }
    return true;
  }

  void fill(double *row, double value) const {
    for (int64_t j = 0; j < width; ++j) row[j] = value;
  }
  void copy(const double *row, double *to) const {
    for (int64_t j = 0; j < width; ++j) to[j] = row[j];
  }

  // The lanes of a strip. Those below the last row repeat it.
  struct Strip {
    PairTile<double> tile;
    int64_t row[W];  // coarse
  };
  Strip strip_of(const Work &work, int64_t number, int r) const {
    Strip strip;
    strip.tile.new_columns = false;
    for (int k = 0; k < W; ++k) {
      const int64_t fine = number * group + r * W + k;
      strip.tile.live[k] = fine < grid.fine_rows();
      strip.row[k] = strip.tile.live[k] ? fine >> pairs.rows.dyadic : grid.rows - 1;
      strip.tile.row[k] = given ? work.pair * grid.rows + strip.row[k] : work.pair;
      strip.tile.column[k] = work.pair;
    }
    return strip;
  }

  static Double where_live(const PairTile<double> &tile, Double value) {
    for (int k = 0; k < W; ++k)
      if (!tile.live[k]) value[k] = 0;
    return value;
  }
  static bool all_live(const PairTile<double> &tile) { return tile.live[W - 1]; }

  void load_increments(Work &work, int64_t number, Double *skewed) const {
    for (int r = 0; r < strips; ++r) {
      Strip rows = strip_of(work, number, r);
      rows.tile.new_columns = work.new_columns;
      if (given || work.new_columns) work.increments.load(rows.tile);
      work.new_columns = false;
      if (!given) work.increments.set_lane_rows(rows.row);
      work.increments.rows(0, 1, work.natural, 0);
      if (!all_live(rows.tile))
        for (int64_t j = 0; j < grid.columns; ++j) work.natural[j] = where_live(rows.tile, work.natural[j]);
      Double *to = skewed + r * width;
      for (int64_t t = 0; t <= group; ++t) to[t] = to[width - 1 - t] = Double{};
      strip::skew(work.natural, grid.columns, grid.across, to + group);
    }
  }

  void load_seeds(Work &work, int64_t number) const {
    const T *derivs = static_cast<const T *>(call.in[0].data);
    const int64_t columns = grid.fine_columns();
    for (int64_t e = 0; e < strips * width; ++e) work.seeds[e] = Double{};
    if (!everywhere) {
      const int64_t row = (grid.fine_rows() - 1) % group;
      work.seeds[row / W * width + group + columns + row % W][row % W] = grid.half() * derivs[work.pair];
      return;
    }
    for (int r = 0; r < strips; ++r) {
      const PairTile<double> tile = strip_of(work, number, r).tile;
      const T *lane[W];
      for (int k = 0; k < W; ++k) {
        const int64_t fine = tile.live[k] ? number * group + r * W + k : 0;
        lane[k] = derivs + (work.pair * (grid.fine_rows() + 1) + fine + 1) * (columns + 1) + 1;
      }
      gather_path<T, double>(lane, columns, 0, work.natural);
      for (int64_t j = 0; j < columns; ++j) work.natural[j] = where_live(tile, grid.half() * work.natural[j]);
      strip::skew(work.natural, columns, 1, work.seeds + r * width + group);
    }
  }

  // Takes the row of nodes above a group to its last row. Keep: with the derivatives of the nodes of the group.
  template <bool Keep>
  void forward(const Task &task, const Double *skewed, double *row, Double *derivatives) const {
    const int64_t steps = grid.fine_columns() + group - 1;
    difference::NodeRow<double> lanes[strips];
    for (int r = 0; r < strips; ++r) lanes[r].start();
    for (int64_t t = 1; t <= steps; ++t) {
      if (is_poll(t) && task.stopped()) return;
#pragma GCC unroll 4
      for (int r = strips - 1; r >= 0; --r) {
        const int64_t place = r * width + group + t - W * r;
        const Double up = strip::down(lanes[r].left, r ? lanes[r - 1].left : broadcast(row[group + t]));
        Double derivative;
        lanes[r].step(up, difference::Factors<double>::of(skewed[place]), derivative);
        if (Keep) derivatives[place] = derivative;
      }
      row[t + 1] = lanes[strips - 1].left[W - 1];
    }
    row[group] = 1;
  }

  // Turns carry from what flows into the last row of a group into what flows out of its first, and fills gradients.
  template <bool Seeded>
  void backward(const Double *skewed, const Double *derivatives, const Work &work) const {
    const int64_t steps = grid.fine_columns() + group - 1;
    double *carry = work.carry;
    Double *gradients = work.gradients;
    const Double *seeds = work.seeds;
    difference::GradientRow<double> lanes[strips] = {};
    difference::Flow<double> flows[strips] = {};
    for (int64_t t = steps; t >= 1; --t) {
      if (is_poll(t) && work.task.stopped()) return;
#pragma GCC unroll 4
      for (int r = 0; r < strips; ++r) {
        const int64_t place = r * width + group + t - W * r;
        flows[r].sum = strip::up(flows[r].sum, r + 1 < strips ? flows[r + 1].sum : broadcast(carry[t + 1]));
        if (Seeded) flows[r].add(seeds[place]);
        gradients[place] = lanes[r].step(flows[r], difference::Factors<double>::of(skewed[place])) * derivatives[place];
      }
      carry[group + t] = flows[0].sum[0];
    }
  }

  void give_gradients(Work &work, int64_t number) const {
    const int64_t d = call.dimension;
    for (int r = strips - 1; r >= 0; --r) {
      Strip rows = strip_of(work, number, r);
      PairTile<double> &tile = rows.tile;
      strip::unskew(work.gradients + r * width + group, grid.columns, grid.across, work.natural);
      if (!all_live(tile))
        for (int64_t j = 0; j < grid.columns; ++j) work.natural[j] = where_live(tile, work.natural[j]);
      if (given) {
        write_increments(work, number, r);
        continue;
      }
      tile.new_columns = number == groups - 1 && r == strips - 1;
      work.increments.set_lane_rows(rows.row);
      work.adjoint.begin(tile, rows.row);
      work.adjoint.rows(0, 1, work.natural);
      work.adjoint.finish();
      const Double *points = work.adjoint.finish_rows();
      for (int k = 0; k < W; ++k) {
        if (!tile.live[k]) continue;
        double *to = work.d_x + rows.row[k] * d;
        for (int64_t e = 0; e < 2 * d; ++e) to[e] += points[e][k];
      }
    }
  }

  // Given increments: the gradients of fine rows are added up in d_x until a coarse row is complete.
  void write_increments(const Work &work, int64_t number, int r) const {
    const int64_t columns = grid.columns;
    T *out = static_cast<T *>(call.out[0].data);
    for (int k = W - 1; k >= 0; --k) {
      const int64_t fine = number * group + r * W + k;
      if (fine >= grid.fine_rows()) continue;
      for (int64_t j = 0; j < columns; ++j) work.d_x[j] += work.natural[j][k];
      if (fine % grid.down) continue;
      T *row = out + (work.pair * grid.rows + fine / grid.down) * columns;
      for (int64_t j = 0; j < columns; ++j) {
        row[j] = T(work.d_x[j]);
        work.d_x[j] = 0;
      }
    }
  }
};

}  // namespace sig::SIG_TARGET
