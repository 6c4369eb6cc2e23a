// Signature kernels by finite differences, and the largest increments.
#include "kernel_difference.hpp"

namespace sig::SIG_TARGET {
namespace {

int64_t tile_work(const sig_call &call) {
  const int64_t cells = (call.length - 1) * (call.length_y - 1);
  return cells * (call.dimension + 8 + (int64_t(4) << (call.dyadic_x + call.dyadic_y)));
}

template <class T>
struct Solver {
  typedef double S;
  static constexpr int W = Lanes<S>::W;
  const sig_call &call;
  Pairs<S> pairs;
  bool grid;
  bool largest;

  explicit Solver(const sig_call &call)
      : call(call),
        pairs(call, 0, tile_work(call)),
        grid(call.flags & SIG_GRID),
        largest(call.operation == SIG_LARGEST_INCREMENT) {}

  int64_t n() const { return pairs.columns.cells(); }
  int64_t fine() const { return pairs.columns.fine_cells(); }

  void plan(sig_plan &plan) const {
    plan.phases = 1;
    plan.tasks[0] = pairs.tasks();
    plan.scratch_bytes = IncrementRows<T, S>::scratch_bytes(call, pairs) + Scratch::bytes<Vec<S>>(n()) +
                         Scratch::bytes<Coefficients<S>>(n()) + Scratch::bytes<Vec<S>>(fine() + 1);
    plan.work = pairs.tiles() * pairs.rows.cells();
  }

  int32_t run(const Task &task) const {
    Scratch scratch(task.scratch);
    IncrementRows<T, S> increments(call, pairs, scratch);
    Vec<S> *rho = scratch.take<Vec<S>>(n());
    Coefficients<S> *coefficients = scratch.take<Coefficients<S>>(n());
    Vec<S> *row = scratch.take<Vec<S>>(fine() + 1);
    const int64_t tiles = pairs.tiles_of(task.index), fine_rows = int64_t(1) << pairs.rows.dyadic;
    const S h = S(1) / (S(int64_t(1) << pairs.rows.dyadic) * S(int64_t(1) << pairs.columns.dyadic));
    T *out = static_cast<T *>(call.out[0].data);
    const int64_t grid_numbers = (pairs.rows.fine_cells() + 1) * (fine() + 1);
    for (int64_t t = 0; t < tiles; ++t) {
      const PairTile<S> tile = pairs.tile(task.index, t);
      increments.load(tile);
      for (int64_t j = 0; j <= fine(); ++j) row[j] = broadcast(largest ? 0.0 : 1.0);
      const auto write_grid_row = [&](int64_t i) {
        for (int k = 0; k < W; ++k) {
          if (!tile.live[k]) continue;
          for (int64_t j = 0; j <= fine(); ++j) {
            out[pairs.place(tile, k) * grid_numbers + i * (fine() + 1) + j] = T(row[j][k]);
            if (pairs.is_mirrored(tile, k)) out[pairs.mirrored(tile, k) * grid_numbers + j * (fine() + 1) + i] = T(row[j][k]);
          }
        }
      };
      if (grid) write_grid_row(0);
      for (int64_t i = 0; i < pairs.rows.cells(); ++i) {
        if (task.stopped()) return SIG_STOPPED;
        increments.rows(i, 1, rho, 0);
        if (largest) {
          for (int64_t j = 0; j < n(); ++j)
            for (int k = 0; k < W; ++k) {
              const S value = __builtin_fabs(rho[j][k]);
              if (!(value <= row[0][k]) && row[0][k] == row[0][k]) row[0][k] = value;
            }
        } else {
          coefficient_row<S>(rho, n(), h, coefficients);
          for (int64_t f = 0; f < fine_rows; ++f) {
            sweep_row<S>(coefficients, n(), pairs.columns.dyadic, row);
            if (grid) write_grid_row(i * fine_rows + f + 1);
          }
        }
        task.advance(1);
      }
      if (grid) continue;
      const Vec<S> result = row[largest ? 0 : fine()];
      for (int k = 0; k < W; ++k) {
        if (!tile.live[k]) continue;
        out[pairs.place(tile, k)] = T(result[k]);
        if (pairs.is_mirrored(tile, k)) out[pairs.mirrored(tile, k)] = T(result[k]);
      }
    }
    return task.stopped() ? SIG_STOPPED : SIG_OK;
  }
};

}  // namespace

int32_t plan_kernel(const sig_call &call, sig_plan &plan) {
  if (!refinement_fits(call.length, call.dyadic_x) || !refinement_fits(call.length_y, call.dyadic_y)) return SIG_TOO_LARGE;
  if (call.dtype == SIG_FLOAT64)
    Solver<double>(call).plan(plan);
  else
    Solver<float>(call).plan(plan);
  return SIG_OK;
}

int32_t run_kernel(const Task &task) {
  return task.call.dtype == SIG_FLOAT64 ? Solver<double>(task.call).run(task) : Solver<float>(task.call).run(task);
}

}  // namespace sig::SIG_TARGET
