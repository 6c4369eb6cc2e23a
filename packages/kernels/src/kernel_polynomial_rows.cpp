// Rows of cells of the polynomial scheme, with a loop for each common order and one for all others.
#include "kernel_polynomial_rows.hpp"

#include "kernel_polynomial_cell.hpp"

namespace sig::SIG_TARGET {
namespace {

typedef Vec<double> V;

// The first of `first`, then values[0 .. W - 2].
template <int... I>
V shift_in(V first, V values, transposition::Sequence<I...>) {
  return __builtin_shufflevector(values, first, (I == 0 ? Lanes<double>::W : I - 1)...);
}

// P: the order, or 0 for any.
template <int P>
struct RowsOfOrder {
  static void advance(const PolynomialScheme &scheme, const V *increments, int64_t n, V *left, V *edges, V *corners) {
    const PolynomialCell<P> cell(scheme);
    for (int64_t j = 0; j < n; ++j, edges += cell.size()) {
      cell.step(increments[j], left, edges);
      if (corners) corners[j] = scheme.corner(edges, left);
    }
  }

  static void advance_strip(const PolynomialScheme &scheme, const V *increments, int64_t n, V *left, V *edge, double *below) {
    constexpr int W = Lanes<double>::W;
    const PolynomialCell<P> cell(scheme);
    const int size = cell.size();
    for (int64_t t = 0; t < n; ++t, below += size) {
#pragma GCC unroll 16
      for (int q = 0; q < size; ++q) edge[q] = shift_in(broadcast(below[q]), edge[q], typename transposition::MakeSequence<W>::type());
      cell.step(increments[t], left, edge);
#pragma GCC unroll 16
      for (int q = 0; q < size; ++q) below[q - (W - 1) * size] = edge[q][W - 1];
    }
  }

  static void advance_with_derivatives(const PolynomialScheme &scheme, const V *increments, int64_t n, V *left, V *edges, V *derivatives) {
    const PolynomialCell<P> cell(scheme);
    for (int64_t j = 0; j < n; ++j, edges += cell.size(), derivatives += 2 * cell.order())
      cell.step_with_derivatives(increments[j], left, edges, derivatives);
  }

  static void adjoint(const PolynomialScheme &scheme, V *increments, int64_t n, const V *derivatives, const V *seeds, V *right, V *edges) {
    const PolynomialCell<P> cell(scheme);
    for (int64_t j = n - 1; j >= 0; --j) {
      V *edge = edges + j * cell.size();
      if (seeds) scheme.corner_adjoint(seeds[j], edge, right);
      increments[j] = cell.adjoint(increments[j], derivatives + j * 2 * cell.order(), right, edge);
    }
  }
};

template <class Body>
void with_order(int order, const Body &body) {
  switch (order) {
    case 2:
      return body(RowsOfOrder<2>{});
    case 3:
      return body(RowsOfOrder<3>{});
    case 4:
      return body(RowsOfOrder<4>{});
    case 5:
      return body(RowsOfOrder<5>{});
    case 6:
      return body(RowsOfOrder<6>{});
    case 7:
      return body(RowsOfOrder<7>{});
    case 8:
      return body(RowsOfOrder<8>{});
    case 9:
      return body(RowsOfOrder<9>{});
    case 10:
      return body(RowsOfOrder<10>{});
    case 11:
      return body(RowsOfOrder<11>{});
    case 12:
      return body(RowsOfOrder<12>{});
    case 13:
      return body(RowsOfOrder<13>{});
    default:
      return body(RowsOfOrder<0>{});
  }
}

}  // namespace

void PolynomialScheme::advance(const V *increments, int64_t n, V *left, V *edges, V *corners) const {
  with_order(order, [&](auto rows) { rows.advance(*this, increments, n, left, edges, corners); });
}

void PolynomialScheme::advance_strip(const V *increments, int64_t n, V *left, V *edge, double *below) const {
  with_order(order, [&](auto rows) { rows.advance_strip(*this, increments, n, left, edge, below); });
}

void PolynomialScheme::advance_with_derivatives(const V *increments, int64_t n, V *left, V *edges, V *derivatives) const {
  with_order(order, [&](auto rows) { rows.advance_with_derivatives(*this, increments, n, left, edges, derivatives); });
}

void PolynomialScheme::adjoint(V *increments, int64_t n, const V *derivatives, const V *seeds, V *right, V *edges) const {
  with_order(order, [&](auto rows) { rows.adjoint(*this, increments, n, derivatives, seeds, right, edges); });
}

}  // namespace sig::SIG_TARGET
