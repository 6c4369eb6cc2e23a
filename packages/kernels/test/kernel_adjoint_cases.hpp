// Gradients of the signature kernels over many shapes, with the results of a plain scalar computation.
#pragma once

#include "kernel_cases.hpp"

namespace cases {

// The gradient of the static kernel in x; that in y is its gradient with the arguments exchanged.
inline std::vector<double> static_kernel_gradient(const StaticKernelCase &form, const double *x, const double *y, int64_t dimension) {
  double inner = 0, square = 0;
  for (int64_t c = 0; c < dimension; ++c) inner += x[c] * y[c], square += (x[c] - y[c]) * (x[c] - y[c]);
  const double r = std::sqrt(square), *p = form.parameters;
  const bool of_distance = form.kernel != SIG_LINEAR && form.kernel != SIG_POLYNOMIAL, whole = p[0] == std::floor(p[0]);
  double weight = 0;
  switch (form.kernel) {
    case SIG_LINEAR:
      weight = p[0];
      break;
    case SIG_RBF:
      weight = 2 / p[0] * std::exp(-square / p[0]);
      break;
    case SIG_POLYNOMIAL:
      weight = p[0] == 0 || (!whole && inner + p[1] < 0) ? 0 : p[2] * p[0] * std::pow(inner + p[1], p[0] - 1);
      break;
    case SIG_MATERN12:
      weight = std::exp(-r / p[0]) / (p[0] * r);
      break;
    case SIG_MATERN32:
      weight = 3 / (p[0] * p[0]) * std::exp(-std::sqrt(3.0) * r / p[0]);
      break;
    case SIG_MATERN52:
      weight = 5 / (3 * p[0] * p[0]) * (1 + std::sqrt(5.0) * r / p[0]) * std::exp(-std::sqrt(5.0) * r / p[0]);
      break;
    case SIG_RATIONAL_QUADRATIC:
      weight = std::pow(1 + square / (2 * p[1] * p[0] * p[0]), -p[1] - 1) / (p[0] * p[0]);
      break;
  }
  std::vector<double> gradient;
  for (int64_t c = 0; c < dimension; ++c) gradient.push_back(of_distance ? (r == 0 ? 0 : weight * (y[c] - x[c])) : weight * y[c]);
  return gradient;
}

// Gradients of the increments of a pair from those given for all nodes of the grid.
inline std::vector<double> solve_adjoint(const std::vector<double> &rho, std::vector<double> w, const sig_call &call) {
  if (is_branched(call)) return BranchedKernelReference(rho, call).adjoint(w);
  if (call.degree > 0) return PolynomialReference(rho, call).adjoint(w);
  const std::vector<double> grid = solve(rho, call);
  const int64_t columns = call.length_y - 1, m = (call.length - 1) << call.dyadic_x, n = columns << call.dyadic_y;
  const double part = std::ldexp(1.0, -int(call.dyadic_x + call.dyadic_y));
  std::vector<double> gradients(rho.size());
  for (int64_t i = m; i > 0; --i)
    for (int64_t j = n; j > 0; --j) {
      const int64_t cell = ((i - 1) >> call.dyadic_x) * columns + ((j - 1) >> call.dyadic_y), node = i * (n + 1) + j, above = node - n - 1;
      const double r = part * rho[cell], a = 1 + r / 2 + r * r / 12, b = 1 - r * r / 12;
      gradients[cell] += w[node] * part * ((grid[above] + grid[node - 1]) * (0.5 + r / 6) + grid[above - 1] * r / 6);
      w[above] += w[node] * a;
      w[node - 1] += w[node] * a;
      w[above - 1] -= w[node] * b;
    }
  return gradients;
}

class KernelAdjointCases {
 public:
  explicit KernelAdjointCases(std::function<void(const Case &)> visit) : visit_(std::move(visit)) {}

  void all() {
    for (const int32_t dtype : {SIG_FLOAT64, SIG_FLOAT32}) {
      dtype_ = dtype;
      for (const int64_t batch : {1, 2, 5, 8, 17})
        for (const int64_t batch_y : {1, 3, 8, 13}) shapes(batch, batch_y, batch % 2 ? 6 : 9, 5, 3, static_kernels[0], 0, batch % 2);
      for (const int64_t dimension : {1, 2, 4, 5, 6, 7, 8, 9, 14}) {
        shapes(5, 3, 4, 7, dimension, static_kernels[0], 0, 0);
        shapes(3, 5, 5, 4, dimension, static_kernels[dimension % 2 + 1], 1, 0);
      }
      for (const StaticKernelCase &form : static_kernels)
        for (const int64_t batch : {1, 6}) shapes(batch, 5, 7, 6, 3, form, 0, 1);
      for (const int64_t dyadic_x : {0, 1, 2, 3})
        for (const int64_t dyadic_y : {0, 1, 2, 3}) shapes(3, 5, 4 + dyadic_x, 3 + dyadic_y, 2, static_kernels[0], dyadic_x, dyadic_y);
      shapes(2, 1, 2, 2, 2, static_kernels[0], 0, 0);
      // So much work that several tasks share in the gradients of a gram.
      shapes(17, 13, 20, 20, 3, static_kernels[0], 0, 0);
      // Far more columns than rows.
      for (const int64_t dyadic : {0, 1}) shapes(5, 2, 3, 40, 2, static_kernels[dyadic], 1 - dyadic, dyadic);
      // So many nodes that they are computed in blocks.
      shapes(5, 1, 150, 260, 2, static_kernels[0], 0, 0);
      shapes(9, 1, 150, 200, 2, static_kernels[0], 0, 0);
      shapes(1, 2, 90, 110, 2, static_kernels[1], 1, 1);
      shapes(3, 1, 13, 25, 2, static_kernels[0], 4, 3);
    }
  }

  // The gradients of one way to pair paths, together and one by one.
  void gradients(const sig_call &call, const StaticKernelCase &form) {
    const bool gram = call.flags & SIG_GRAM;
    const double spread = std::max(1.0, double(call.length * call.length_y) / 400);
    const double scale = (is_branched(call) ? 0.6 : 1.2) / std::sqrt(double(call.dimension) * spread);
    const int64_t d = call.dimension, cells = (call.length - 1) * (call.length_y - 1);
    const int64_t numbers = call.length * d, numbers_y = call.length_y * d, results = call.batch * (gram ? call.batch_y : 1);
    const int64_t nodes = (((call.length - 1) << call.dyadic_x) + 1) * (((call.length_y - 1) << call.dyadic_y) + 1);
    const Block x = random_numbers(call, call.batch * numbers, scale, random_);
    const Block y = random_numbers(call, call.batch_y * numbers_y, scale, random_);
    if (!gram && call.length == call.length_y) std::memcpy(y.data(), x.data(), size_t(x.bytes())); // points that coincide
    const Block derivs = random_numbers(call, results * (call.flags & SIG_GRID ? nodes : 1), 1.0, random_);
    const std::vector<double> wide_x = widened(x, call.dtype), wide_y = widened(y, call.dtype), given = widened(derivs, call.dtype);
    std::vector<double> all, d_all, dx(wide_x.size()), dy(wide_y.size());
    for (int64_t i = 0; i < call.batch; ++i)
      for (int64_t j = gram ? 0 : i; j < (gram ? call.batch_y : i + 1); ++j) {
        const double *xi = &wide_x[i * numbers], *yj = &wide_y[j * numbers_y];
        const int64_t result = gram ? i * call.batch_y + j : i;
        std::vector<double> rho = increments_of(form, xi, yj, call), seeds(nodes);
        if (call.flags & SIG_GRID)
          std::copy(&given[result * nodes], &given[result * nodes] + nodes, seeds.begin());
        else
          seeds.back() = given[result];
        const std::vector<double> g = solve_adjoint(rho, seeds, call);
        for (int64_t cell = 0; cell < cells; ++cell)
          for (const int64_t a : {0, 1})
            for (const int64_t b : {0, 1}) {
              const int64_t at = (cell / (call.length_y - 1) + a) * d, other = (cell % (call.length_y - 1) + b) * d;
              const std::vector<double> to_x = static_kernel_gradient(form, xi + at, yj + other, d);
              const std::vector<double> to_y = static_kernel_gradient(form, yj + other, xi + at, d);
              for (int64_t c = 0; c < d; ++c) {
                dx[i * numbers + at + c] += (a == b ? 1 : -1) * g[cell] * to_x[c];
                dy[j * numbers_y + other + c] += (a == b ? 1 : -1) * g[cell] * to_y[c];
              }
            }
        all.insert(all.end(), rho.begin(), rho.end());
        d_all.insert(d_all.end(), g.begin(), g.end());
      }
    for (const int wanted : {1, 2, 3}) {
      Case test;
      test.call = call;
      test.call.operation = is_branched(call) ? SIG_BRANCHED_SIG_KERNEL_BACKPROP : SIG_SIG_KERNEL_BACKPROP;
      test.inputs = {derivs, x, y};
      test.output_numbers = {wanted & 1 ? int64_t(dx.size()) : 0, wanted & 2 ? int64_t(dy.size()) : 0};
      if (wanted & 1) test.expected = dx;
      if (wanted & 2) test.expected.insert(test.expected.end(), dy.begin(), dy.end());
      visit(test, is_branched(call) ? "branchedSigKernelBackprop" : "sigKernelBackprop");
    }
    if (!gram && call.dtype == SIG_FLOAT64) given_increments(call, derivs, all, d_all);
  }

 private:
  void shapes(int64_t batch, int64_t batch_y, int64_t length, int64_t length_y, int64_t dimension, const StaticKernelCase &form,
              int64_t dyadic_x, int64_t dyadic_y) {
    sig_call call{};
    call.dtype = dtype_;
    call.batch = batch;
    call.length = length;
    call.length_y = length_y;
    call.dimension = dimension;
    call.dyadic_x = dyadic_x;
    call.dyadic_y = dyadic_y;
    call.static_kernel = form.kernel;
    std::copy(form.parameters, form.parameters + 3, call.static_parameters);
    for (const int32_t grid : {0, int32_t(SIG_GRID)}) {
      call.batch_y = batch_y;
      call.flags = SIG_GRAM | grid;
      gradients(call, form);
      call.batch_y = batch;
      call.flags = grid;
      gradients(call, form);
    }
  }

  void given_increments(const sig_call &call, const Block &derivs, const std::vector<double> &increments,
                        const std::vector<double> &expected) {
    Case test;
    test.call = call;
    test.call.operation = is_branched(call) ? SIG_BRANCHED_INCREMENT_KERNEL_BACKPROP : SIG_INCREMENT_KERNEL_BACKPROP;
    test.call.dimension = test.call.batch_y = 0;
    Block given(int64_t(increments.size()) * number_bytes(call), 0);
    std::memcpy(given.data(), increments.data(), size_t(given.bytes()));
    test.inputs = {derivs, given};
    test.output_numbers = {int64_t(expected.size())};
    test.expected = expected;
    visit(test, is_branched(call) ? "branchedIncrementKernelBackprop" : "incrementKernelBackprop");
  }

  void visit(Case &test, const std::string &name) {
    const sig_call &call = test.call;
    test.name = name + (call.dtype == SIG_FLOAT64 ? " float64" : " float32") + " batch " + std::to_string(call.batch) + " x " +
                std::to_string(call.batch_y) + " length " + std::to_string(call.length) + " x " + std::to_string(call.length_y) +
                " dimension " + std::to_string(call.dimension) + " dyadic " + std::to_string(call.dyadic_x) + ", " +
                std::to_string(call.dyadic_y) + " flags " + std::to_string(call.flags) + " static kernel " +
                std::to_string(call.static_kernel) + " order " + std::to_string(call.degree);
    visit_(test);
  }

  std::function<void(const Case &)> visit_;
  Random random_;
  int32_t dtype_ = SIG_FLOAT64;
};

}  // namespace cases
