// Signature kernels by the polynomial scheme.
//
// Each cell of increments maps the polynomials on its left and bottom edges to those on its right and top edges. One row of edges is swept
// in place. Source: Cass, Lemercier, Sejdinovic and others solve the Goursat problem of the kernel by power series on cells.
#include "kernel_backprop.hpp"
#include "kernel_polynomial_adjoint.hpp"

namespace sig::SIG_TARGET {
namespace {

template <class T>
struct Solver {
  typedef Vec<double> V;
  static constexpr int W = Lanes<double>::W;
  const sig_call &call;
  Pairs<double> pairs;
  const bool grid;

  explicit Solver(const sig_call &call) : call(call), pairs(call, 0, PolynomialScheme::work_of_cells(call, call.dimension + 8 + PolynomialScheme::cell_work(call))), grid(call.flags & SIG_GRID) {}

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
    for (int64_t t = 0; t < pairs.tiles_of(task.index); ++t) {
      const PairTile<double> tile = pairs.tile(task.index, t);
      increments.load(tile);
      for (int64_t j = 0; j < n(); ++j) scheme.begin(edges + j * scheme.size());
      if (grid) {
        for (int64_t j = 0; j <= n(); ++j) values[j] = broadcast(1.0);
        write_row(tile, 0, values);
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
        if (grid) write_row(tile, i + 1, values);
        task.advance(1);
      }
      if (!grid) write_result(tile, scheme.corner(edges + (n() - 1) * scheme.size(), left));
    }
    return task.stopped() ? SIG_STOPPED : SIG_OK;
  }

 private:
  void write_result(const PairTile<double> &tile, V result) const {
    T *out = static_cast<T *>(call.out[0].data);
    for (int k = 0; k < W; ++k) {
      if (!tile.live[k]) continue;
      out[pairs.place(tile, k)] = T(result[k]);
      if (pairs.is_mirrored(tile, k)) out[pairs.mirrored(tile, k)] = T(result[k]);
    }
  }

  void write_row(const PairTile<double> &tile, int64_t i, const V *values) const {
    T *out = static_cast<T *>(call.out[0].data);
    const int64_t stride = n() + 1, numbers = (pairs.rows.cells() + 1) * stride;
    for (int k = 0; k < W; ++k) {
      if (!tile.live[k]) continue;
      T *row = out + pairs.place(tile, k) * numbers + i * stride;
      for (int64_t j = 0; j <= n(); ++j) row[j] = T(values[j][k]);
      if (!pairs.is_mirrored(tile, k)) continue;
      T *column = out + pairs.mirrored(tile, k) * numbers + i;
      for (int64_t j = 0; j <= n(); ++j) column[j * stride] = T(values[j][k]);
    }
  }
};

bool is_backprop(const sig_call &call) {
  return call.operation == SIG_SIG_KERNEL_BACKPROP || call.operation == SIG_INCREMENT_KERNEL_BACKPROP;
}

}  // namespace

int32_t plan_kernel_polynomial(const sig_call &call, sig_plan &plan) {
  // What is planned below fits its type up to here.
  const int64_t most = int64_t(1) << 32;
  if (call.length > most || call.length_y > most) return SIG_TOO_LARGE;
  if (is_backprop(call))
    plan_backprop<PolynomialAdjoint>(call, plan);
  else if (call.dtype == SIG_FLOAT64)
    Solver<double>(call).plan(plan);
  else
    Solver<float>(call).plan(plan);
  return SIG_OK;
}

int32_t run_kernel_polynomial(const Task &task) {
  if (is_backprop(task.call)) return run_backprop<PolynomialAdjoint>(task);
  return task.call.dtype == SIG_FLOAT64 ? Solver<double>(task.call).run(task) : Solver<float>(task.call).run(task);
}

}  // namespace sig::SIG_TARGET
