// Signature kernels by finite differences, and the largest increments.
//
// Working memory of a thread, with n columns, W lanes, d channels and the dyadic order l of the columns: about W n (d + 2^l + 8) numbers,
// and 3 W n more where the static kernel is not linear.
#include "kernel_results.hpp"
#include "kernel_strip.hpp"

namespace sig::SIG_TARGET {
namespace {

// Operations for each lane.
int64_t tile_work(const sig_call &call) {
  const int64_t cells = (call.length - 1) * (call.length_y - 1);
  const int64_t increment = call.dimension + 6 + (call.static_kernel == SIG_LINEAR ? 0 : 30);
  return cells * (increment + (int64_t(3) << (call.dyadic_x + call.dyadic_y)));
}

template <class T, class S>
class Forward {
 public:
  explicit Forward(const sig_call &call) : pairs_(call, 0, tile_work(call)), grid_(call.flags & SIG_GRID) {}

  void plan(const sig_call &call, sig_plan &plan) const {
    plan.phases = 1;
    plan.tasks[0] = pairs_.tasks();
    plan.scratch_bytes = DifferenceRows<T, S>::scratch_bytes(call, pairs_);
    plan.work = pairs_.tiles() * pairs_.rows.cells();
  }

  int32_t run(const Task &task) const {
    Scratch scratch(task.scratch);
    DifferenceRows<T, S> solver(task, pairs_, scratch);
    T *out = static_cast<T *>(task.call.out[0].data);
    const KernelResults<T, S> results{pairs_, out, pairs_.rows.fine_cells() + 1, pairs_.columns.fine_cells() + 1};
    const int64_t tiles = pairs_.tiles_of(task.index), often = 1 + (1 << 16) / results.columns;
    for (int64_t t = 0; t < tiles; ++t) {
      const PairTile<S> tile = pairs_.tile(task.index, t);
      solver.load(tile);
      const auto write_row = [&](int64_t i) {
        results.write_grid_row(tile, i, [row = solver.row()](int64_t j, int k) { return Front<S, 1, 1>::kernel(row[j][k]); });
      };
      int64_t reported = 0;
      if (grid_) write_row(0);
      for (int64_t i = 0, done; i < pairs_.rows.cells(); i += done) {
        if (grid_) {
          solver.advance_singly(i, write_row);
          done = 1;
        } else {
          done = solver.advance(i);
        }
        if (task.stopped()) return SIG_STOPPED;
        // Atomic additions wait for all that is under way.
        if (i + done - reported < often) continue;
        task.advance(i + done - reported);
        reported = i + done;
      }
      task.advance(pairs_.rows.cells() - reported);
      if (grid_)
        results.mirror_grids(tile);
      else
        results.write_values(tile, [last = solver.last()](int k) { return Front<S, 1, 1>::kernel(last[k]); });
    }
    return SIG_OK;
  }

 private:
  Pairs<S> pairs_;
  bool grid_;
};

// As Forward, for few pairs.
template <class T>
class ForwardStrips {
 public:
  explicit ForwardStrips(const sig_call &call) : pairs_(call, 0, tile_work(call), true) {}

  void plan(const sig_call &call, sig_plan &plan) const {
    plan.phases = 1;
    plan.tasks[0] = pairs_.tasks();
    plan.scratch_bytes = DifferenceStrips<T>::scratch_bytes(call, pairs_);
    plan.work = pairs_.tiles() * divide_up(pairs_.rows.fine_cells(), DifferenceStrips<T>::strip);
  }

  int32_t run(const Task &task) const {
    Scratch scratch(task.scratch);
    DifferenceStrips<T> solver(task, pairs_, scratch);
    const KernelResults<T, double> results{pairs_, static_cast<T *>(task.call.out[0].data), 1, 1};
    const int64_t tiles = pairs_.tiles_of(task.index);
    for (int64_t t = 0; t < tiles; ++t) {
      const PairTile<double> tile = pairs_.tile(task.index, t);
      solver.load(tile);
      for (int64_t number = 0; number < solver.strips(); ++number) {
        solver.advance(number);
        if (task.stopped()) return SIG_STOPPED;
        task.advance(1);
      }
      results.write_values(tile, [&](int) { return solver.last(); });
    }
    return SIG_OK;
  }

 private:
  Pairs<double> pairs_;
};

// The largest magnitude, and NaN once there was one.
struct LargestSink {
  static constexpr bool whole_blocks = true;
  Double largest, unordered;

  template <int C, int J>
  [[gnu::always_inline]] inline void take(int64_t, const Double *increments) {
#pragma GCC unroll 8
    for (int e = 0; e < C * J; ++e) {
      const Double value = increments[e], magnitude = select(value < 0, -value, value);
      largest = select(magnitude > largest, magnitude, largest);
      unordered = select(value == value, unordered, value);
    }
  }
};

template <class T>
class Largest {
 public:
  explicit Largest(const sig_call &call) : pairs_(call, 0, tile_work(call)) {}

  void plan(const sig_call &call, sig_plan &plan) const {
    plan.phases = 1;
    plan.tasks[0] = pairs_.tasks();
    plan.scratch_bytes = IncrementRows<T, double>::scratch_bytes(call, pairs_);
    plan.work = pairs_.tiles() * pairs_.rows.cells();
  }

  int32_t run(const Task &task) const {
    Scratch scratch(task.scratch);
    IncrementRows<T, double> increments(task.call, pairs_, scratch, &task);
    const KernelResults<T, double> results{pairs_, static_cast<T *>(task.call.out[0].data), 1, 1};
    const int64_t tiles = pairs_.tiles_of(task.index), rows = pairs_.rows.cells();
    for (int64_t t = 0; t < tiles; ++t) {
      const PairTile<double> tile = pairs_.tile(task.index, t);
      increments.load(tile);
      LargestSink sink{};
      for (int64_t i = 0; i < rows; i += 2) {
        const int64_t count = i + 1 < rows ? 2 : 1;
        if (count == 2)
          increments.template visit<2>(i, sink);
        else
          increments.template visit<1>(i, sink);
        if (task.stopped()) return SIG_STOPPED;
        task.advance(count);
      }
      results.write_values(tile, [&](int k) { return sink.unordered[k] == 0 ? sink.largest[k] : sink.unordered[k]; });
    }
    return SIG_OK;
  }

 private:
  Pairs<double> pairs_;
};

// Whether pairs one after another, in strips, take less time than tiles of them.
bool in_strips(const sig_call &call) {
  if (call.flags & SIG_GRID) return false;
  const Pairs<double> pairs(call, 0, 1);
  const double nodes = double(pairs.rows.fine_cells()) * double(pairs.columns.fine_cells());
  return double(pairs.pairs()) * DifferenceStrips<double>::cost(call) < double(pairs.tiles()) * nodes;
}

// Calls body(kind of the call).
template <class Body>
void dispatch(const sig_call &call, const Body &body) {
  const bool wide = call.dtype == SIG_FLOAT64;
  if (call.operation == SIG_LARGEST_INCREMENT) return wide ? body(Largest<double>(call)) : body(Largest<float>(call));
  if (float_serves(call)) return body(Forward<float, float>(call));
  if (in_strips(call)) return wide ? body(ForwardStrips<double>(call)) : body(ForwardStrips<float>(call));
  return wide ? body(Forward<double, double>(call)) : body(Forward<float, double>(call));
}

}  // namespace

int32_t plan_kernel(const sig_call &call, sig_plan &plan) {
  if (!refinement_fits(call)) return SIG_TOO_LARGE;
  dispatch(call, [&](const auto &kernel) { kernel.plan(call, plan); });
  return SIG_OK;
}

int32_t run_kernel(const Task &task) {
  int32_t status = SIG_OK;
  dispatch(task.call, [&](const auto &kernel) { status = kernel.run(task); });
  return status;
}

}  // namespace sig::SIG_TARGET
