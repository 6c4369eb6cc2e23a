// Calls of the signature kernels over many shapes, with the results of a plain scalar computation.
#pragma once

#include <cmath>
#include <functional>

#include "branched_kernel_reference.hpp"
#include "kernel_polynomial_reference.hpp"
#include "random.hpp"

namespace cases {

struct StaticKernelCase {
  int64_t kernel;
  double parameters[3];
};

constexpr StaticKernelCase static_kernels[] = {
    {SIG_LINEAR, {0.7}},           {SIG_RBF, {2.0}},           {SIG_POLYNOMIAL, {3, 1, 0.5}},     {SIG_POLYNOMIAL, {2.5, 0.1, 1}},
    {SIG_POLYNOMIAL, {7, 0.5, 1}}, {SIG_POLYNOMIAL, {0, 1, 1}}, {SIG_MATERN12, {1.0}},            {SIG_MATERN32, {1.2}},
    {SIG_MATERN52, {0.9}},         {SIG_RATIONAL_QUADRATIC, {1, 2}}, {SIG_RATIONAL_QUADRATIC, {0.8, 0.7}},
};

inline double number(const Block &block, int32_t dtype, int64_t i) {
  return dtype == SIG_FLOAT64 ? static_cast<const double *>(block.data())[i] : static_cast<const float *>(block.data())[i];
}

inline std::vector<double> widened(const Block &block, int32_t dtype) {
  std::vector<double> numbers;
  for (int64_t i = 0; i < block.bytes() / (dtype == SIG_FLOAT64 ? 8 : 4); ++i) numbers.push_back(number(block, dtype, i));
  return numbers;
}

inline double static_kernel_value(const StaticKernelCase &form, const double *x, const double *y, int64_t dimension) {
  double inner = 0, square = 0;
  for (int64_t c = 0; c < dimension; ++c) inner += x[c] * y[c], square += (x[c] - y[c]) * (x[c] - y[c]);
  const double r = std::sqrt(square), *p = form.parameters;
  const double u3 = std::sqrt(3.0) * r / p[0], u5 = std::sqrt(5.0) * r / p[0];
  switch (form.kernel) {
    case SIG_RBF:
      return std::exp(-square / p[0]);
    case SIG_POLYNOMIAL:
      return p[2] * std::pow(p[0] == std::floor(p[0]) ? inner + p[1] : std::max(inner + p[1], 0.0), p[0]);
    case SIG_MATERN12:
      return std::exp(-r / p[0]);
    case SIG_MATERN32:
      return (1 + u3) * std::exp(-u3);
    case SIG_MATERN52:
      return (1 + u5 + u5 * u5 / 3) * std::exp(-u5);
    case SIG_RATIONAL_QUADRATIC:
      return std::pow(1 + square / (2 * p[1] * p[0] * p[0]), -p[1]);
    default:
      return p[0] * inner;
  }
}

// Increments of all cells of a pair of paths.
inline std::vector<double> increments_of(const StaticKernelCase &form, const double *x, const double *y, const sig_call &call) {
  std::vector<double> rho;
  const int64_t d = call.dimension;
  for (int64_t i = 0; i + 1 < call.length; ++i)
    for (int64_t j = 0; j + 1 < call.length_y; ++j) {
      const auto value = [&](int64_t a, int64_t b) { return static_kernel_value(form, x + (i + a) * d, y + (j + b) * d, d); };
      rho.push_back(value(1, 1) - value(0, 1) - value(1, 0) + value(0, 0));
    }
  return rho;
}

// Calls that begin with this operation are of the branched kernel, whose depth is the degree.
inline bool is_branched(const sig_call &call) { return call.operation == SIG_BRANCHED_SIG_KERNEL; }

// All nodes of the grid.
inline std::vector<double> solve(const std::vector<double> &rho, const sig_call &call) {
  if (is_branched(call)) return BranchedKernelReference(rho, call).nodes();
  if (call.degree > 0) return PolynomialReference(rho, call).nodes();
  const int64_t columns = call.length_y - 1, m = (call.length - 1) << call.dyadic_x, n = columns << call.dyadic_y;
  std::vector<double> grid((m + 1) * (n + 1), 1.0);
  for (int64_t i = 1; i <= m; ++i)
    for (int64_t j = 1; j <= n; ++j) {
      const double coarse = rho[((i - 1) >> call.dyadic_x) * columns + ((j - 1) >> call.dyadic_y)];
      const double r = std::ldexp(coarse, -int(call.dyadic_x + call.dyadic_y));
      const double *above = &grid[(i - 1) * (n + 1) + j];
      double *node = &grid[i * (n + 1) + j];
      *node = (above[0] + node[-1]) * (1 + r / 2 + r * r / 12) - above[-1] * (1 - r * r / 12);
    }
  return grid;
}

class KernelCases {
 public:
  explicit KernelCases(std::function<void(const Case &)> visit) : visit_(std::move(visit)) {}

  void all() {
    for (const int32_t dtype : {SIG_FLOAT64, SIG_FLOAT32}) {
      dtype_ = dtype;
      // Tiles that are full, have idle lanes, and hold a single pair; every dimension that has a loop of its own and beyond.
      for (const int64_t batch : {1, 2, 3, 4, 7, 9, 17}) {
        for (const int64_t batch_y : {1, 3, 8, 13}) shapes(batch, batch_y, batch % 2 ? 6 : 9, 5, 3, static_kernels[0], 0, batch % 2);
      }
      for (const int64_t dimension : {1, 2, 4, 5, 6, 7, 8, 9, 16, 17, 25})
        shapes(5, 9, 4, 7, dimension, static_kernels[dimension % 3], 1, 0);
      for (const StaticKernelCase &form : static_kernels) {
        for (const int64_t batch : {1, 5}) shapes(batch, 9, 7, 6, 3, form, 0, 1);
      }
      for (const int64_t dyadic_x : {0, 1, 2, 3})
        for (const int64_t dyadic_y : {0, 1, 2, 3}) shapes(3, 5, 4 + dyadic_x, 3 + dyadic_y, 2, static_kernels[0], dyadic_x, dyadic_y);
      shapes(2, 1, 2, 2, 2, static_kernels[0], 0, 0);
      // Single pairs, long enough for strips of rows.
      for (const int64_t dyadic_x : {0, 1, 2, 3})
        for (const int64_t dyadic_y : {0, 1, 2, 4}) {
          const StaticKernelCase &form = static_kernels[(dyadic_x + dyadic_y) % 2];
          shapes(1, 1, 2 + (70 >> dyadic_x), 3 + (60 >> dyadic_y), 3, form, dyadic_x, dyadic_y);
        }
      // Rows of several pieces.
      shapes(5, 1, 3, 5000, 2, static_kernels[0], 0, 0);
      shapes(4, 1, 2, 4200, 1, static_kernels[1], 1, 1);
    }
  }

  // The largest increments and the kernels of one way to pair paths.
  void forward(sig_call call, const StaticKernelCase &form) {
    const bool gram = call.flags & SIG_GRAM;
    const double scale = (is_branched(call) ? 0.6 : 1.2) / std::sqrt(double(call.dimension));
    const int64_t numbers = call.length * call.dimension, numbers_y = call.length_y * call.dimension;
    const Block x = random_numbers(call, call.batch * numbers, scale, random_);
    const Block y = call.flags & SIG_TRIANGLE ? x : random_numbers(call, call.batch_y * numbers_y, scale, random_);
    const std::vector<double> wide_x = widened(x, call.dtype), wide_y = widened(y, call.dtype);
    std::vector<double> all, values, grids, largest;
    for (int64_t i = 0; i < call.batch; ++i)
      for (int64_t j = gram ? 0 : i; j < (gram ? call.batch_y : i + 1); ++j) {
        const std::vector<double> rho = increments_of(form, &wide_x[i * numbers], &wide_y[j * numbers_y], call), grid = solve(rho, call);
        double most = 0;
        for (const double r : rho) most = std::max(most, std::fabs(r));
        all.insert(all.end(), rho.begin(), rho.end());
        grids.insert(grids.end(), grid.begin(), grid.end());
        values.push_back(grid.back());
        largest.push_back(most);
      }
    const auto finish = [&](int32_t operation, const std::string &name, const std::vector<double> &expected) {
      Case test;
      test.call = call;
      test.call.operation = operation;
      test.inputs = {x, y};
      test.output_numbers = {int64_t(expected.size())};
      test.expected = expected;
      visit(test, name);
    };
    const int32_t operation = is_branched(call) ? SIG_BRANCHED_SIG_KERNEL : SIG_SIG_KERNEL;
    const std::string name = is_branched(call) ? "branchedSigKernel" : "sigKernel";
    if (!is_branched(call)) finish(SIG_LARGEST_INCREMENT, "largestIncrement", largest);
    finish(operation, name, values);
    call.flags |= SIG_GRID;
    finish(operation, name, grids);
    if (!gram) given_increments(call, all);
  }

 private:
  // Every way to pair paths of one shape.
  void shapes(int64_t batch, int64_t batch_y, int64_t length, int64_t length_y, int64_t dimension, const StaticKernelCase &form,
              int64_t dyadic_x, int64_t dyadic_y) {
    sig_call call{};
    call.dtype = dtype_;
    call.batch = batch;
    call.batch_y = batch_y;
    call.length = length;
    call.length_y = length_y;
    call.dimension = dimension;
    call.dyadic_x = dyadic_x;
    call.dyadic_y = dyadic_y;
    call.static_kernel = form.kernel;
    std::copy(form.parameters, form.parameters + 3, call.static_parameters);
    call.flags = SIG_GRAM;
    forward(call, form);
    call.batch_y = batch;
    call.flags = 0;
    forward(call, form);
    call.length_y = length;
    call.dyadic_y = dyadic_x;
    call.flags = SIG_GRAM | SIG_TRIANGLE;
    forward(call, form);
  }

  void given_increments(const sig_call &call, const std::vector<double> &increments) {
    Case test;
    test.call = call;
    test.call.operation = is_branched(call) ? SIG_BRANCHED_INCREMENT_KERNEL : SIG_INCREMENT_KERNEL;
    test.call.dimension = test.call.batch_y = 0;
    Block given(int64_t(increments.size()) * number_bytes(call), 0);
    for (size_t i = 0; i < increments.size(); ++i) {
      if (call.dtype == SIG_FLOAT64)
        static_cast<double *>(given.data())[i] = increments[i];
      else
        static_cast<float *>(given.data())[i] = float(increments[i]);
    }
    const std::vector<double> rho = widened(given, call.dtype);
    const int64_t cells = (call.length - 1) * (call.length_y - 1);
    std::vector<double> values, grids;
    for (int64_t p = 0; p < call.batch; ++p) {
      const std::vector<double> grid = solve({rho.begin() + p * cells, rho.begin() + (p + 1) * cells}, call);
      grids.insert(grids.end(), grid.begin(), grid.end());
      values.push_back(grid.back());
    }
    test.inputs = {given};
    for (const bool every_node : {false, true}) {
      test.call.flags = every_node ? SIG_GRID : 0;
      test.expected = every_node ? grids : values;
      test.output_numbers = {int64_t(test.expected.size())};
      visit(test, is_branched(call) ? "branchedIncrementKernel" : "incrementKernel");
    }
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
