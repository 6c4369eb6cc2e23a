// Branched signatures by plain scalar computations: products by cuts, exponentials and logarithms by their power series. Of the tables of
// integrals only the places of chains are read. Gradients come from a tape of all operations.
#pragma once

#include "branched_tables.hpp"
#include "random.hpp"

namespace cases {

// A number that was made of up to two earlier ones, and its derivatives in them.
struct Record {
  int64_t from[2];
  double slope[2];
};
inline std::vector<Record> tape;

struct Variable {
  double value;
  int64_t place;
  Variable(double value = 0, int64_t a = -1, double slope_a = 0, int64_t b = -1, double slope_b = 0)
      : value(value), place(int64_t(tape.size())) {
    tape.push_back({{a, b}, {slope_a, slope_b}});
  }
};
inline Variable operator+(Variable a, Variable b) { return {a.value + b.value, a.place, 1, b.place, 1}; }
inline Variable operator-(Variable a, Variable b) { return {a.value - b.value, a.place, 1, b.place, -1}; }
inline Variable operator*(Variable a, Variable b) { return {a.value * b.value, a.place, b.value, b.place, a.value}; }
inline Variable scaled(double factor, Variable a) { return {factor * a.value, a.place, factor}; }

using Row = std::vector<Variable>;

// The gradients of the sum of weights[i] * results[i] in all that is on the tape.
inline std::vector<double> tape_gradients(const Row &results, const std::vector<double> &weights) {
  std::vector<double> g(tape.size());
  for (size_t i = 0; i < results.size(); ++i) g[results[i].place] += weights[i];
  for (int64_t i = int64_t(tape.size()) - 1; i >= 0; --i)
    for (int k = 0; k < 2; ++k)
      if (tape[i].from[k] >= 0) g[tape[i].from[k]] += g[i] * tape[i].slope[k];
  return g;
}

class BranchedReference {
 public:
  explicit BranchedReference(const tables::BranchedEntry &entry) : entry_(entry), elements_(cuts(0)[entry.degree]) {}

  int64_t elements() const { return elements_; }

  Row combine(const Row &x, const Row &y) const {
    Row z = times(x, y, false);
    for (int64_t e = 0; e < elements_; ++e) z[e] = z[e] + x[e] + y[e];
    return z;
  }

  // The sum of the powers of l, each over its factorial.
  Row exponential(const Row &l) const {
    Row sum = l, power = l;
    for (int64_t k = 2; k <= entry_.degree; ++k) {
      power = times(l, power, true);
      for (Variable &number : power) number = scaled(1.0 / double(k), number);
      for (int64_t e = 0; e < elements_; ++e) sum[e] = sum[e] + power[e];
    }
    return sum;
  }

  // The alternating sum of the powers of x without its scalar, each over its number.
  Row logarithm(const Row &x) const {
    Row sum = x, power = x;
    for (int64_t k = 2; k <= entry_.degree; ++k) {
      power = times(x, power, false);
      for (int64_t e = 0; e < elements_; ++e) sum[e] = sum[e] + scaled((k % 2 ? 1.0 : -1.0) / double(k), power[e]);
    }
    return sum;
  }

  // Coefficients: increments, which stand at the single nodes, then entries of a correction, at the chains that are integrals of the unit.
  Row segment(const Row &coefficients) const {
    const auto integrals = [&](int i) { return static_cast<const int32_t *>(entry_.integrals[i].data); };
    Row logarithm(coefficients.begin(), coefficients.begin() + entry_.labels);
    logarithm.resize(elements_);
    for (int64_t i = integrals(3)[0]; i < integrals(3)[1]; ++i)
      if (integrals(5)[i] >= entry_.labels) logarithm[integrals(4)[i]] = coefficients[integrals(5)[i]];
    return exponential(logarithm);
  }

  // Where a whole row has number i of a row of chosen elements.
  int64_t place(int64_t i) const { return entry_.places.length ? static_cast<const int32_t *>(entry_.places.data)[i] : i; }

 private:
  const int32_t *cuts(int i) const { return static_cast<const int32_t *>(entry_.cuts[i].data); }

  // A node of the table: an element or the product of two nodes.
  Variable node(const Row &x, int64_t n) const {
    if (n <= elements_) return x[n - 1];
    const int64_t p = n - 1 - elements_;
    return node(x, cuts(1)[p]) * node(x, cuts(2)[p]);
  }

  // The product of x and y without their scalars. With `derivation`, x vanishes on products.
  Row times(const Row &x, const Row &y, bool derivation) const {
    Row z(elements_);
    for (int64_t e = 0; e < elements_; ++e) {
      const int64_t group = e / entry_.labels, label = e % entry_.labels;
      for (int64_t t = cuts(3)[group]; t < cuts(3)[group + 1]; ++t)
        if (!derivation || cuts(5)[t] <= elements_)
          z[e] = z[e] + scaled(cuts(7)[t], node(x, cuts(5)[t]) * y[cuts(6)[t] * entry_.labels + label]);
    }
    return z;
  }

  const tables::BranchedEntry &entry_;
  const int64_t elements_;
};

}  // namespace cases
