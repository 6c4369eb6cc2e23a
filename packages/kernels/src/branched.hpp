// One step of a branched signature, and its adjoint.
//
// Along one segment, in the course s of 0..1, every value is a polynomial in s whose degree is the number of its tree nodes. A product has
// the product of the polynomials of its factors, and an element that is the integral of node a against coefficient z has
//   D_0 = its value before the segment,  D_j = z D_{j-1}(a) / j;
// its value after the segment is the sum of the D_j. So nodes with fewer tree nodes come first, all elements over one node share its
// integrals I_j = D_{j-1}(a) / j, and the elements with most tree nodes, which are most of the work, take one multiply-add each.
#pragma once

#include "tiles.hpp"
#include "wide.hpp"

namespace sig::SIG_TARGET {

// The table TreeIntegrals with what follows from it, made once per call in shared memory.
struct TreeIntegrals {
  const int32_t *level_start, *left, *right, *start, *element, *label;
  int64_t degree, elements, products, nodes;
  bool chained;            // some element is the sum of several integrals: those of a correction
  int32_t *order;          // by node: its tree nodes
  int32_t *place;          // by node: where its polynomial begins; products with degree - 1 tree nodes share the last place
  int32_t *product_start;  // products with n tree nodes are product_start[n] .. product_start[n+1] - 1
  int64_t *coefficients;   // numbers of all polynomials

  TreeIntegrals(const sig_call &call, void *shared) {
    const auto array = [&](int i) { return static_cast<const int32_t *>(call.tables[i].data); };
    level_start = array(0), left = array(1), right = array(2), start = array(3), element = array(4), label = array(5);
    degree = call.tables[0].length - 1;
    products = call.tables[1].length;
    elements = level_start[degree];
    nodes = 1 + elements + products;
    chained = call.tables[4].length > elements;
    if (!shared) return;  // while planning
    Scratch memory(shared);
    order = memory.take<int32_t>(nodes);
    place = memory.take<int32_t>(nodes);
    product_start = memory.take<int32_t>(degree + 2);
    coefficients = memory.take<int64_t>(1);
  }

  int64_t shared_bytes() const {
    return 2 * Scratch::bytes<int32_t>(nodes) + Scratch::bytes<int32_t>(degree + 2) + Scratch::bytes<int64_t>(1);
  }

  void build() {
    order[0] = 0;
    for (int64_t n = 1; n <= degree; ++n)
      for (int64_t e = level_start[n - 1]; e < level_start[n]; ++e) order[e + 1] = int32_t(n);
    for (int64_t p = 0; p < products; ++p) order[1 + elements + p] = order[left[p]] + order[right[p]];
    for (int64_t n = 0, p = 0; n <= degree + 1; ++n) {
      while (p < products && order[1 + elements + p] < n) ++p;
      product_start[n] = int32_t(p);
    }
    int64_t next = 0;
    for (int64_t a = 0; a < nodes; ++a) {
      place[a] = int32_t(next);
      if (order[a] < degree && !(order[a] == degree - 1 && a > elements)) next += order[a] + 1;
    }
    for (int64_t p = product_start[degree - 1]; p < products; ++p) place[1 + elements + p] = int32_t(next);
    *coefficients = next + degree;
  }

  // Numbers of all polynomials, before `build`: at most.
  int64_t most_coefficients() const {
    int64_t sum = 1 + degree;
    for (int64_t n = 1; n < degree; ++n) sum += (level_start[n] - level_start[n - 1]) * (n + 1);
    return sum + products * degree;
  }

  int64_t below_top() const { return level_start[degree - 1]; }
  int64_t work() const { return 2 * (level_start[degree] + products * degree) + most_coefficients(); }
};

// Calls body(a) for the nodes with n tree nodes in their order, with a look at the stop flag now and then; false where it is set.
template <class Body>
static inline bool for_nodes(const TreeIntegrals &table, int64_t n, const Task &task, const Body &body) {
  constexpr int64_t nodes_per_look = 4096;
  const int64_t first = n == 0 ? 0 : 1 + table.level_start[n - 1], last = n == 0 ? 1 : 1 + table.level_start[n];
  const int64_t first_product = 1 + table.elements + table.product_start[n], last_product = 1 + table.elements + table.product_start[n + 1];
  for (int64_t a = first; a < last_product; ++a) {
    if (a == last) {
      if (last_product == first_product) break;
      a = first_product;
    }
    if (a % nodes_per_look == 0 && task.stopped()) return false;
    body(a);
  }
  return true;
}

// A number of tree nodes that is known to the compiler, so that loops over coefficients unroll into registers.
template <int N>
struct Count {
  constexpr operator int64_t() const { return N; }
};

// Calls body with n, as a Count where it is small.
template <class Body>
static inline bool with_count(int64_t n, const Body &body) {
  switch (n) {
    case 0:
      return body(Count<0>{});
    case 1:
      return body(Count<1>{});
    case 2:
      return body(Count<2>{});
    case 3:
      return body(Count<3>{});
    case 4:
      return body(Count<4>{});
    default:
      return body(n);
  }
}

// n + 2 elements: registers for a Count, else the memory given.
template <class E, class N>
struct Coefficients {
  E *const data;
  Coefficients(N, E *memory) : data(memory) {}
  E &operator[](int64_t j) { return data[j]; }
};
template <class E, int N>
struct Coefficients<E, Count<N>> {
  E data[N + 2];
  Coefficients(Count<N>, E *) {}
  E &operator[](int64_t j) { return data[j]; }
};

// to = a b, of degrees l and r.
template <class E, class L, class R>
[[gnu::always_inline]] static inline void multiply_polynomials(const E *a, L l, const E *b, R r, E *to) {
  for (int64_t j = 0; j <= r; ++j) to[j] = a[0] * b[j];
  for (int64_t i = 1; i <= l; ++i) {
    for (int64_t j = 0; j < r; ++j) to[i + j] += a[i] * b[j];
    to[i + r] = a[i] * b[r];
  }
}

// The adjoint: da and db, which may be the same, are added to.
template <class E, class L, class R>
[[gnu::always_inline]] static inline void multiply_polynomials_adjoint(const E *d, const E *a, L l, const E *b, R r, E *da, E *db) {
  for (int64_t i = 0; i <= l; ++i) {
    E sum = da[i];
    for (int64_t j = 0; j <= r; ++j) sum += d[i + j] * b[j];
    da[i] = sum;
  }
  for (int64_t j = 0; j <= r; ++j) {
    E sum = db[j];
    for (int64_t i = 0; i <= l; ++i) sum += d[i + j] * a[i];
    db[j] = sum;
  }
}

// Calls body(l, n - l) for the degree l of the left factor of a product of degree n, as Counts where n is one.
template <int N, class Body>
[[gnu::always_inline]] static inline void with_factors(int64_t l, Count<N> n, const Body &body) {
  if constexpr (N >= 2)
    if (l == 1) return body(Count<1>{}, Count<N - 1>{});
  if constexpr (N >= 3)
    if (l == 2) return body(Count<2>{}, Count<N - 2>{});
  if constexpr (N >= 4)
    if (l == 3) return body(Count<3>{}, Count<N - 3>{});
  body(l, n - l);
}
template <class Body>
static inline void with_factors(int64_t l, int64_t n, const Body &body) {
  body(l, n - l);
}

// The values of one segment. E: one vector of lanes, or several side by side.
template <class E>
class BranchedStep {
  using T = RealOf<E>;

 public:
  BranchedStep(const Task &task, const TreeIntegrals &table, Scratch &scratch)
      : task(task), table(table), polynomials(scratch.take<E>(table.most_coefficients())), memory(scratch.take<E>(table.degree + 1)),
        inverse(scratch.take<T>(table.degree + 1)) {
    for (int64_t j = 1; j <= table.degree; ++j) inverse[j] = T(1) / T(j);
    for (int64_t v = 0; v < int64_t(sizeof(E) / sizeof(Vec<T>)); ++v) reinterpret_cast<Vec<T> *>(polynomials)[v] = broadcast(T(1));
  }

  static int64_t scratch_bytes(const TreeIntegrals &table) {
    return Scratch::bytes<E>(table.most_coefficients()) + Scratch::bytes<E>(table.degree + 1) + Scratch::bytes<T>(table.degree + 1);
  }

  E *polynomial(int64_t node) const { return polynomials + table.place[node]; }

  // Values of elements with up to `top` tree nodes, x, after the step; and polynomials of nodes with fewer than `top`.
  bool advance(int64_t top, const E *z, const E *before, E *x) const {
    return table.chained ? walk<true, true>(top, top, z, before, x) : walk<true, false>(top, top, z, before, x);
  }

  // Polynomials of all nodes but products with degree - 1 tree nodes.
  bool expand(const E *z, const E *before) const {
    const int64_t top = table.degree - 1;
    return table.chained ? walk<false, true>(top, table.degree, z, before, nullptr) : walk<false, false>(top, table.degree, z, before, nullptr);
  }

  // Writes the polynomial of a product of degree n.
  template <class N>
  [[gnu::always_inline]] void multiply(int64_t node, N n) const {
    const int64_t p = node - 1 - table.elements;
    const E *a = polynomial(table.left[p]), *b = polynomial(table.right[p]);
    E *to = polynomial(node);
    with_factors(table.order[table.left[p]], n, [&](auto l, auto r) { multiply_polynomials(a, l, b, r, to); });
  }

  // I_1 .. I_{n+1} of a polynomial of degree n, and their sum.
  template <class N, class Integrals>
  [[gnu::always_inline]] E integrate(const E *d, N n, Integrals &integral) const {
    E sum{};
    for (int64_t j = 1; j <= n + 1; ++j) {
      integral[j] = inverse[j] * d[j - 1];
      sum += integral[j];
    }
    return sum;
  }

 private:
  // Integrates the nodes with fewer than `top` tree nodes; elements with fewer than `keep` get their polynomials.
  template <bool Advance, bool Chained>
  bool walk(int64_t top, int64_t keep, const E *z, const E *before, E *x) const {
    const int64_t kept = table.level_start[keep - 1], last = table.level_start[top];
    for (int64_t e = 0; e < kept; ++e) {
      E *to = polynomial(e + 1);
      to[0] = before[e];
      if (Chained)
        for (int64_t j = 1; j <= table.order[e + 1]; ++j) to[j] = E{};
    }
    if (Advance && Chained && x != before)
      for (int64_t e = 0; e < last; ++e) x[e] = before[e];
    for (int64_t m = 0; m < top; ++m) {
      const auto integrate_node = [&](int64_t node, auto n) {
        if (node > table.elements) multiply(node, n);
        Coefficients<E, decltype(n)> integrals(n, memory);
        const E sum = integrate(polynomial(node), n, integrals);
        for (int64_t i = table.start[node]; i < table.start[node + 1]; ++i) {
          const int64_t e = table.element[i];
          const E factor = z[table.label[i]];
          if (e < kept) {
            E *to = polynomial(e + 1);
            for (int64_t j = 1; j <= n + 1; ++j) to[j] = Chained ? to[j] + factor * integrals[j] : factor * integrals[j];
          }
          if (Advance && e < last) x[e] = (Chained ? x[e] : before[e]) + factor * sum;
        }
      };
      const bool complete = with_count(m, [&](auto n) { return for_nodes(table, m, task, [&](int64_t node) { integrate_node(node, n); }); });
      if (!complete) return false;
    }
    return true;
  }

  const Task &task;
  const TreeIntegrals &table;
  E *const polynomials, *const memory;

 public:
  T *const inverse;  // 1 / j
};

// The adjoint of a step: with H_j = dF/dD_j + dF/d(value after the segment) of an element, the gradient of z is the sum of H_j I_j, that of
// I_j the sum of z H_j over the elements, and that of the value before the segment H_0.
template <class E>
class BranchedAdjoint {
  using T = RealOf<E>;

 public:
  BranchedAdjoint(const Task &task, const TreeIntegrals &table, const BranchedStep<E> &step, Scratch &scratch)
      : task(task), table(table), step(step), gradients(scratch.take<E>(table.most_coefficients())), memory(scratch.take<E>(table.degree + 1)),
        d_memory(scratch.take<E>(table.degree + 1)) {
    for (int64_t i = 0; i < *table.coefficients; ++i) gradients[i] = E{};
  }

  static int64_t scratch_bytes(const TreeIntegrals &table) {
    return Scratch::bytes<E>(table.most_coefficients()) + 2 * Scratch::bytes<E>(table.degree + 1);
  }

  // After step.expand: g, the gradient of the values after the step, becomes that of those before it; dz is added to.
  bool run(const E *z, E *g, E *dz) const {
    for (int64_t m = table.degree - 1; m >= 0; --m) {
      const bool complete = with_count(m, [&](auto n) {
        return for_nodes(table, m, task, [&](int64_t node) {
          if (table.chained)
            pull<true, false>(node, n, z, g, dz);
          else if (m == table.degree - 1)
            pull<false, true>(node, n, z, g, dz);
          else
            pull<false, false>(node, n, z, g, dz);
        });
      });
      if (!complete) return false;
    }
    if (table.chained)
      for (int64_t e = 0; e < table.below_top(); ++e) settle(e, g, table.order[e + 1]);
    return true;
  }

 private:
  E *gradient(int64_t node) const { return gradients + table.place[node]; }

  // The gradient of D_0 is that of the value before the step.
  template <class N>
  [[gnu::always_inline]] void settle(int64_t e, E *g, N n) const {
    E *d = gradient(e + 1);
    g[e] += d[0];
    for (int64_t j = 0; j <= n; ++j) d[j] = E{};
  }

  // Top: the elements over the node have most tree nodes, and no polynomials.
  template <bool Chained, bool Top, class N>
  [[gnu::always_inline]] void pull(int64_t node, N n, const E *z, E *g, E *dz) const {
    const bool product = node > table.elements;
    if (product && n == table.degree - 1) step.multiply(node, n);
    Coefficients<E, N> integrals(n, memory), d_integrals(n, d_memory);
    const E sum = step.integrate(step.polynomial(node), n, integrals);
    E common{};
    if (!Top)
      for (int64_t j = 1; j <= n + 1; ++j) d_integrals[j] = E{};
    for (int64_t i = table.start[node]; i < table.start[node + 1]; ++i) {
      const int64_t e = table.element[i], l = table.label[i];
      const E factor = z[l], above = g[e];
      if (Top || (Chained && table.order[e + 1] == table.degree)) {
        common += factor * above;
        dz[l] += above * sum;
        continue;
      }
      const E *d = gradient(e + 1);
      E total{};
      for (int64_t j = 1; j <= n + 1; ++j) {
        const E h = d[j] + above;
        d_integrals[j] += factor * h;
        total += h * integrals[j];
      }
      dz[l] += total;
      if (!Chained) settle(e, g, n + 1);
    }
    if (n == 0) return;
    E *d = gradient(node);
    Coefficients<E, N> own(n, d_memory);
    for (int64_t j = 0; j <= n; ++j) {
      const E added = step.inverse[j + 1] * (Top ? common : d_integrals[j + 1] + common);
      // A product with degree - 1 tree nodes is no factor, so that nothing was added to its gradient.
      own[j] = product && Top ? added : d[j] + added;
    }
    if (!product) {
      for (int64_t j = 0; j <= n; ++j) d[j] = own[j];
      return;
    }
    const int64_t p = node - 1 - table.elements, left = table.left[p], right = table.right[p];
    with_factors(table.order[left], n, [&](auto l, auto r) {
      multiply_polynomials_adjoint(&own[0], step.polynomial(left), l, step.polynomial(right), r, gradient(left), gradient(right));
    });
    if (!Top)
      for (int64_t j = 0; j <= n; ++j) d[j] = E{};
  }

  const Task &task;
  const TreeIntegrals &table;
  const BranchedStep<E> &step;
  E *const gradients, *const memory, *const d_memory;
};

}  // namespace sig::SIG_TARGET
