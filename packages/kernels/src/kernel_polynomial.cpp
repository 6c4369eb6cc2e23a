// Signature kernels by the polynomial scheme.
//
// Each cell of increments maps the polynomials on its left and bottom edges to those on its right and top edges. One row of edges is swept
// in place. Source: Cass, Piatti, Pei, "Numerical Schemes for Signature Kernels", 2025 (arXiv:2502.08470), polynomial approximation.
//
// Working memory of a thread, with n columns, W lanes, d channels and order p: about W n (p + d + 8) numbers. A gradient takes some MB for
// usual lengths and tens of MB for 1000 points at order 64, growing as n p times the square root of the number of rows.
#include "kernel_backprop.hpp"
#include "kernel_polynomial_adjoint.hpp"
#include "kernel_results.hpp"

namespace sig::SIG_TARGET {
namespace {

int64_t pair_work(const sig_call &call) {
  return PolynomialScheme::work_of_cells(call, call.dimension + 8 + PolynomialScheme::cell_work(call));
}

template <class T>
struct Forward {
  typedef Vec<double> V;
  const sig_call &call;
  Pairs<double> pairs;
  const bool grid;

  explicit Forward(const sig_call &call) : call(call), pairs(call, 0, pair_work(call)), grid(call.flags & SIG_GRID) {}

  int64_t n() const { return pairs.columns.cells(); }

  void plan(sig_plan &plan) const {
    plan.phases = 1;
    plan.tasks[0] = pairs.tasks();
    plan.scratch_bytes = PolynomialScheme::scratch_bytes(int(call.degree)) + IncrementRows<T, double>::scratch_bytes(call, pairs) +
                         Scratch::bytes<V>(2 * n()) + Scratch::bytes<V>((n() + 1) * PolynomialScheme::size_of(int(call.degree))) +
                         (grid ? Scratch::bytes<V>(n() + 1) : 0);
    plan.work = pairs.tiles() * pairs.rows.cells();
  }

  int32_t run(const Task &task) const {
    Scratch scratch(task.scratch);
    PolynomialScheme scheme(call);
    scheme.take(scratch);
    IncrementRows<T, double> increments(call, pairs, scratch);
    V *rho = scratch.take<V>(2 * n()), *left = scratch.take<V>((n() + 1) * scheme.size()), *edges = left + scheme.size();
    V *values = grid ? scratch.take<V>(n() + 1) : nullptr;
    const KernelResults<T, double> results{pairs, static_cast<T *>(call.out[0].data), pairs.rows.cells() + 1, n() + 1};
    const auto write_row = [&](const PairTile<double> &tile, int64_t i) {
      results.write_grid_row(tile, i, [&](int64_t j, int k) { return values[j][k]; });
    };
    for (int64_t t = 0; t < pairs.tiles_of(task.index); ++t) {
      const PairTile<double> tile = pairs.tile(task.index, t);
      increments.load(tile);
      for (int64_t j = 0; j < n(); ++j) scheme.begin(edges + j * scheme.size());
      if (grid) {
        for (int64_t j = 0; j <= n(); ++j) values[j] = broadcast(1.0);
        write_row(tile, 0);
      }
      for (int64_t i = 0; i < pairs.rows.cells(); ++i) {
        if (i % 2 == 0) increments.rows(i, i + 1 < pairs.rows.cells() ? 2 : 1, rho, n());
        scheme.begin(left);
        const V *row = rho + i % 2 * n();
        for (int64_t j = 0, piece; j < n(); j += piece) {
          if (task.stopped()) return SIG_STOPPED;
          piece = n() - j < scheme.piece() ? n() - j : scheme.piece();
          scheme.advance(row + j, piece, left, edges + j * scheme.size(), grid ? values + j + 1 : nullptr);
        }
        if (grid) write_row(tile, i + 1);
        task.advance(1);
      }
      if (grid)
        results.mirror_grids(tile);
      else
        results.write_values(tile, [last = scheme.corner(edges + (n() - 1) * scheme.size(), left)](int k) { return last[k]; });
    }
    return task.stopped() ? SIG_STOPPED : SIG_OK;
  }
};

// As Forward, for few pairs: the lanes are W consecutive rows of one pair, a strip, each a column behind the one before. Rows that are
// missing to whole strips are put before the first; they and the columns beyond the ends have no increments, which keeps their edges 1.
template <class T>
struct ForwardStrips {
  typedef Vec<double> V;
  static constexpr int W = Lanes<double>::W;
  const sig_call &call;
  Pairs<double> pairs;

  explicit ForwardStrips(const sig_call &call) : call(call), pairs(call, 0, pair_work(call) / W, true) {}

  // Whether this takes less time than tiles of pairs.
  static bool serves(const sig_call &call) {
    if (call.flags & SIG_GRID) return false;
    const Forward<T> other(call);
    const double cells = double(other.pairs.rows.cells()) * double(other.pairs.columns.cells());
    const ForwardStrips own(call);
    return 1.3 * double(own.pairs.pairs()) * double(own.strips()) * double(own.steps()) < double(other.pairs.tiles()) * cells;
  }

  int64_t strips() const { return divide_up(pairs.rows.cells(), W); }
  int64_t steps() const { return pairs.columns.cells() + W - 1; }
  int64_t columns_below() const { return steps() + W - 1; }

  void plan(sig_plan &plan) const {
    const int64_t size = PolynomialScheme::size_of(int(call.degree));
    plan.phases = 1;
    plan.tasks[0] = pairs.tasks();
    plan.scratch_bytes = PolynomialScheme::scratch_bytes(int(call.degree)) + IncrementRows<T, double>::scratch_bytes(call, pairs, 1) +
                         Scratch::bytes<V>(steps()) + Scratch::bytes<V>(2 * size) + Scratch::bytes<double>(columns_below() * size);
    plan.work = pairs.tiles() * strips();
  }

  int32_t run(const Task &task) const {
    Scratch scratch(task.scratch);
    PolynomialScheme scheme(call);
    scheme.take(scratch);
    IncrementRows<T, double> increments(call, pairs, scratch, &task, 1, 1);
    const int64_t size = scheme.size();
    V *rho = scratch.take<V>(steps()), *left = scratch.take<V>(2 * size), *edge = left + size;
    double *below = scratch.take<double>(columns_below() * size);
    const KernelResults<T, double> results{pairs, static_cast<T *>(call.out[0].data), 1, 1};
    for (int64_t t = 0; t < pairs.tiles_of(task.index); ++t) {
      const PairTile<double> tile = pairs.tile(task.index, t);
      increments.load(tile);
      for (int64_t j = 0; j < columns_below(); ++j)
        for (int64_t q = 0; q < size; ++q) below[j * size + q] = q ? 0 : 1;
      for (int64_t strip = 0; strip < strips(); ++strip) {
        int64_t rows[W];
        for (int k = 0; k < W; ++k) rows[k] = pairs.rows.cells() - (strips() - strip) * W + k;
        increments.set_lane_rows(rows);
        increments.rows(0, 1, rho, 0);
        scheme.begin(left);
        scheme.begin(edge);
        for (int64_t j = 0, piece; j < steps(); j += piece) {
          if (task.stopped()) return SIG_STOPPED;
          piece = steps() - j < scheme.piece() ? steps() - j : scheme.piece();
          scheme.advance_strip(rho + j, piece, left, edge, below + (W - 1 + j) * size);
        }
        task.advance(1);
      }
      results.write_values(tile, [last = scheme.corner(edge, left)[W - 1]](int) { return last; });
    }
    return task.stopped() ? SIG_STOPPED : SIG_OK;
  }
};

bool is_backprop(const sig_call &call) {
  return call.operation == SIG_SIG_KERNEL_BACKPROP || call.operation == SIG_INCREMENT_KERNEL_BACKPROP;
}

// Calls body(kind of the call).
template <class T, class Body>
auto with_forward(const sig_call &call, const Body &body) {
  return ForwardStrips<T>::serves(call) ? body(ForwardStrips<T>(call)) : body(Forward<T>(call));
}

}  // namespace

int32_t plan_kernel_polynomial(const sig_call &call, sig_plan &plan) {
  // Up to here what is planned below fits its type.
  const int64_t most = int64_t(1) << 32;
  if (call.length > most || call.length_y > most) return SIG_TOO_LARGE;
  const auto fill = [&](const auto &forward) { forward.plan(plan); };
  if (is_backprop(call))
    plan_backprop<PolynomialAdjoint>(call, plan);
  else if (call.dtype == SIG_FLOAT64)
    with_forward<double>(call, fill);
  else
    with_forward<float>(call, fill);
  return SIG_OK;
}

int32_t run_kernel_polynomial(const Task &task) {
  const auto run = [&](const auto &forward) { return forward.run(task); };
  if (is_backprop(task.call)) return run_backprop<PolynomialAdjoint>(task);
  return task.call.dtype == SIG_FLOAT64 ? with_forward<double>(task.call, run) : with_forward<float>(task.call, run);
}

}  // namespace sig::SIG_TARGET
