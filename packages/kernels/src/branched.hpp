// One step of a branched signature.
//
// Along one segment, in the course s of 0..1, every value is a polynomial in s whose degree is the number of its tree nodes. A product has
// the product of the polynomials of its factors, and an element that is the integral of node a against coefficient z has
//   D_0 = its value before the segment,  D_j = z D_{j-1}(a) / j;
// its value after the segment is the sum of the D_j. So nodes with fewer tree nodes come first, and all elements over one node share its
// integrals I_j = D_{j-1}(a) / j.
//
// Of the nodes with most tree nodes, n, which are most of the work, the sum of their integrals is all that matters. For a product of a and
// b, with l and n - l tree nodes, that is the sum over i, j of D_i(a) D_j(b) / (i + j + 1): the coefficients of b times the moments of a,
//   M_j(a) = sum over i of D_i(a) / (i + j + 1) for j = 0 .. n - l.
// For an element it is the moment M_0, and so elements with n tree nodes need no polynomial.
#pragma once

#include "tiles.hpp"
#include "wide.hpp"

namespace sig::SIG_TARGET {

// The table TreeIntegrals with what follows from it, made once per call in shared memory.
struct TreeIntegrals {
  const int32_t *level_start, *left, *right, *start, *element, *label;
  int64_t degree, elements, products, nodes;
  bool chained;            // some element is the sum of several integrals: those of a correction
  int64_t low_products;    // those with at most degree - 2 tree nodes
  int32_t *order;          // by node: its tree nodes
  int32_t *place;          // by node with at most degree - 2 tree nodes: where its polynomial begins
  int32_t *moments;        // by node with polynomial, and element with degree - 1 tree nodes: where its moments begin
  int32_t *product_start;  // products with n tree nodes are product_start[n] .. product_start[n+1] - 1

  TreeIntegrals(const sig_call &call, void *shared) {
    const auto array = [&](int i) { return static_cast<const int32_t *>(call.tables[i].data); };
    level_start = array(0), left = array(1), right = array(2), start = array(3), element = array(4), label = array(5);
    degree = call.tables[0].length - 1;
    products = call.tables[1].length;
    elements = level_start[degree];
    nodes = 1 + elements + products;
    chained = call.tables[4].length > elements;
    low_products = 0;
    for (int64_t end = products; low_products < end;) {
      const int64_t middle = (low_products + end) / 2;
      if (tree_nodes(1 + elements + middle) <= degree - 2)
        low_products = middle + 1;
      else
        end = middle;
    }
    if (!shared) return;  // while planning
    Scratch memory(shared);
    order = memory.take<int32_t>(nodes);
    place = memory.take<int32_t>(nodes);
    moments = memory.take<int32_t>(nodes);
    product_start = memory.take<int32_t>(degree + 2);
  }

  int64_t shared_bytes() const { return 3 * Scratch::bytes<int32_t>(nodes) + Scratch::bytes<int32_t>(degree + 2); }

  void build() {
    order[0] = 0;
    for (int64_t n = 1; n <= degree; ++n)
      for (int64_t e = level_start[n - 1]; e < level_start[n]; ++e) order[e + 1] = int32_t(n);
    for (int64_t p = 0; p < products; ++p) order[1 + elements + p] = order[left[p]] + order[right[p]];
    for (int64_t n = 0, p = 0; n <= degree + 1; ++n) {
      while (p < products && order[1 + elements + p] < n) ++p;
      product_start[n] = int32_t(p);
    }
    int64_t next = 0, next_moments = 0;
    for (int64_t a = 0; a < nodes; ++a) {
      place[a] = int32_t(next);
      moments[a] = int32_t(next_moments);
      if (order[a] < degree - 1 || a == 0) next += order[a] + 1;
      if (order[a] < degree - 1 || (order[a] == degree - 1 && a <= elements)) next_moments += degree - order[a];
    }
  }

  // Numbers of all polynomials, and of all moments, at most.
  int64_t coefficients() const {
    int64_t sum = 1 + low_products * (degree - 1);
    for (int64_t n = 1; n < degree - 1; ++n) sum += (level_start[n] - level_start[n - 1]) * (n + 1);
    return sum;
  }
  int64_t all_moments() const {
    int64_t sum = degree + low_products * (degree - 2);
    for (int64_t n = 1; n < degree; ++n) sum += (level_start[n] - level_start[n - 1]) * (degree - n);
    return sum;
  }

  // Elements with at most n tree nodes.
  int64_t up_to(int64_t n) const { return n > 0 ? level_start[n] : 0; }
  int64_t below_top() const { return level_start[degree - 1]; }
  int64_t work() const { return 2 * (elements + products) + coefficients() + all_moments(); }

 private:
  int64_t tree_nodes(int64_t node) const {
    if (node > elements) return tree_nodes(left[node - 1 - elements]) + tree_nodes(right[node - 1 - elements]);
    int64_t n = 0;
    while (level_start[n] < node) ++n;
    return n;
  }
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

// Calls body with n, as a Count where it is small; without `counts`, which keeps code for rare calls short, as it is.
template <bool counts, class Body>
static inline bool with_count(int64_t n, const Body &body) {
  if constexpr (counts) {
    if (n == 1) return body(Count<1>{});
    if (n == 2) return body(Count<2>{});
    if (n == 3) return body(Count<3>{});
  }
  return body(n);
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
      : task(task), table(table), polynomials(scratch.take<E>(table.coefficients())), all_moments(scratch.take<E>(table.all_moments())),
        memory(scratch.take<E>(table.degree + 1)), shares(scratch.take<E>(table.degree + 1)), inverse(scratch.take<T>(table.degree + 1)) {
    for (int64_t j = 1; j <= table.degree; ++j) inverse[j] = T(1) / T(j);
    for (int64_t v = 0; v < int64_t(sizeof(E) / sizeof(Vec<T>)); ++v) reinterpret_cast<Vec<T> *>(polynomials)[v] = broadcast(T(1));
  }

  static int64_t scratch_bytes(const TreeIntegrals &table) {
    return Scratch::bytes<E>(table.coefficients()) + Scratch::bytes<E>(table.all_moments()) + 2 * Scratch::bytes<E>(table.degree + 1) +
           Scratch::bytes<T>(table.degree + 1);
  }

  E *polynomial(int64_t node) const { return polynomials + table.place[node]; }
  E *moments(int64_t node) const { return all_moments + table.moments[node]; }

  // Values of elements with up to `top` tree nodes, x, after the step.
  bool advance(int64_t top, const E *z, const E *before, E *x) const {
    return table.chained ? walk<true>(top, z, before, x) : walk<false>(top, z, before, x);
  }

  // Polynomials and moments alone, for all elements.
  bool expand(const E *z, const E *before) const {
    return advance(table.degree, z, before, nullptr);
  }

  // I_1 .. I_{n+1} of a polynomial of degree n, and their sum.
  template <class N, class Polynomial, class Integrals>
  [[gnu::always_inline]] E integrate(const Polynomial &d, N n, Integrals &integral) const {
    E sum{};
    for (int64_t j = 1; j <= n + 1; ++j) {
      integral[j] = inverse[j] * d[j - 1];
      sum += integral[j];
    }
    return sum;
  }

  // What moment j of an element is for each unit of its coefficient: the sum of I_i / (i + j + 1).
  template <class N, class Integrals>
  [[gnu::always_inline]] E share(N n, Integrals &integral, int64_t j) const {
    E sum = inverse[j + 2] * integral[1];
    for (int64_t i = 2; i <= n + 1; ++i) sum += inverse[i + j + 1] * integral[i];
    return sum;
  }

  // The sum of the integrals of a node with n tree nodes, as many as it has moments for.
  [[gnu::always_inline]] E whole_integral(int64_t node) const {
    if (node == 0) return polynomials[0];
    if (node <= table.elements) return moments(node)[0];
    const int64_t p = node - 1 - table.elements, left = table.left[p], right = table.right[p], r = table.order[right];
    const E *a = moments(left), *b = polynomial(right);
    E sum = a[0] * b[0] + a[1] * b[1];
    for (int64_t j = 2; j <= r; ++j) sum += a[j] * b[j];
    return sum;
  }

 private:
  // Without x, values are not wanted.
  template <bool Chained>
  bool walk(int64_t top, const E *z, const E *before, E *x) const {
    const int64_t n = top - 1, kept = table.up_to(top - 2), measured = table.up_to(n), last = table.up_to(top);
    if (Chained) {
      for (int64_t e = 0; e < kept; ++e) {
        E *to = polynomial(e + 1);
        to[0] = before[e];
        for (int64_t j = 1; j <= table.order[e + 1]; ++j) to[j] = E{};
      }
      for (int64_t e = 0; e < measured; ++e) {
        E *to = moments(e + 1);
        for (int64_t j = 0; j <= n - table.order[e + 1]; ++j) to[j] = inverse[j + 1] * before[e];
      }
      if (x && x != before)
        for (int64_t e = 0; e < last; ++e) x[e] = before[e];
    }
    for (int64_t m = 0; m < n; ++m) {
      const auto integrate_nodes = [&](auto count) {
        return for_nodes(table, m, task, [&](int64_t node) __attribute__((always_inline)) {
          integrate_node<Chained>(node, count, n, z, before, x);
        });
      };
      if (!with_count<!Chained>(m, integrate_nodes)) return false;
    }
    return !x || for_nodes(table, n, task, [&](int64_t node) __attribute__((always_inline)) {
      const E sum = whole_integral(node);
      for (int64_t i = table.start[node]; i < table.start[node + 1]; ++i) {
        const int64_t e = table.element[i];
        if (!Chained || e < last) x[e] = (Chained ? x : before)[e] + z[table.label[i]] * sum;
      }
    });
  }

  // A node with m < n tree nodes: its polynomial, where it is a product, and what follows for the elements over it.
  template <bool Chained, class M>
  [[gnu::always_inline]] void integrate_node(int64_t node, M m, int64_t n, const E *z, const E *before, E *x) const {
    Coefficients<E, M> integrals(m, memory);
    E *own = polynomial(node);
    if (node > table.elements) {
      const int64_t p = node - 1 - table.elements;
      const E *a = polynomial(table.left[p]), *b = polynomial(table.right[p]);
      with_factors(table.order[table.left[p]], m, [&](auto l, auto r) { multiply_polynomials(a, l, b, r, own); });
      E *to = moments(node);
      for (int64_t j = 0; j <= n - m; ++j) {
        E sum = inverse[j + 1] * own[0];
        for (int64_t i = 1; i <= m; ++i) sum += inverse[i + j + 1] * own[i];
        to[j] = sum;
      }
    }
    const E sum = integrate(own, m, integrals);
    if (!Chained && m + 1 == n) {
      const E first = share(m, integrals, 0);
      for (int64_t i = table.start[node]; i < table.start[node + 1]; ++i) {
        const int64_t e = table.element[i];
        const E factor = z[table.label[i]], value = before[e];
        moments(e + 1)[0] = value + factor * first;
        if (x) x[e] = value + factor * sum;
      }
      return;
    }
    for (int64_t j = 0; j < n - m; ++j) shares[j] = share(m, integrals, j);
    for (int64_t i = table.start[node]; i < table.start[node + 1]; ++i) {
      const int64_t e = table.element[i], order = Chained ? int64_t(table.order[e + 1]) : m + 1;
      if (Chained && order > n + 1) continue;
      const E factor = z[table.label[i]];
      if (!Chained || order < n) {
        E *to = polynomial(e + 1);
        if (!Chained) to[0] = before[e];
        for (int64_t j = 1; j <= m + 1; ++j) to[j] = Chained ? to[j] + factor * integrals[j] : factor * integrals[j];
      }
      if (!Chained || order <= n) {
        E *to = moments(e + 1);
        for (int64_t j = 0; j <= n - order; ++j) to[j] = (Chained ? to[j] : inverse[j + 1] * before[e]) + factor * shares[j];
      }
      if (x) x[e] = (Chained ? x : before)[e] + factor * sum;
    }
  }

  const Task &task;
  const TreeIntegrals &table;
  E *const polynomials, *const all_moments, *const memory, *const shares;

 public:
  T *const inverse;  // 1 / j
};

}  // namespace sig::SIG_TARGET
