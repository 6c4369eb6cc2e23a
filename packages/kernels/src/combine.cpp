// Products of signatures: sigCombine, sigJoin, sigInverse and the adjoints of the first two.
#include "combine_join.hpp"
#include "tensor_top.hpp"

namespace sig::SIG_TARGET {
namespace {

// What one tile of a call works with.
template <class T, class E>
struct Combine {
  const Task &task;
  const Levels levels;
  const RowTile tile;
  Scratch scratch;
  const int64_t degree, lower;  // lower: numbers below the highest level
  E *const buffer;
  Ahead<T> ahead;

  Combine(const Task &task, RowTile tile)
      : task(task),
        levels(task.call.dimension, task.call.degree),
        tile(tile),
        scratch(task.scratch),
        degree(levels.degree),
        lower(levels.begin(degree)),
        buffer(scratch.take<E>(buffer_length(levels))) {
    const int32_t operation = task.call.operation;
    const bool product_adjoint = operation == SIG_SIG_COMBINE_BACKPROP,
               two = operation == SIG_SIG_COMBINE || operation == SIG_SIG_JOIN_BACKPROP;
    for (int i = 0; i < (product_adjoint ? 2 : 1); ++i) ahead.add(out(i), tile, task.call.batch);
    for (int i = 0; i < (product_adjoint ? 3 : two ? 2 : 1); ++i) ahead.add(in(i), tile, task.call.batch);
  }

  static int64_t buffer_length(const Levels &levels) {
    const int64_t writing = stretch_length(product_unit(levels.letters)), reading = levels.power(levels.degree - shared_letters(levels));
    return writing > reading ? writing : reading;
  }
  static int64_t scratch_bytes(const Levels &levels) {
    return Scratch::bytes<E>(buffer_length(levels)) + 6 * Scratch::bytes<E>(levels.begin(levels.degree)) +
           3 * Scratch::bytes<E>(levels.letters);
  }

  Rows<T> in(int i) const { return Rows<T>(task.call.in[i], levels.length()); }
  Rows<T> out(int i) const { return Rows<T>(task.call.out[i], levels.length()); }
  const E *read(int i) { return read_tile(in(i), tile, lower, scratch.take<E>(lower), ahead); }
  const volatile int32_t *stop() const { return &task.control.stop; }

  // out = a b for unit tensors: out_n = a_n + b_n + sum over 0 < k < n of a_k (x) b_{n-k} (Chen's identity).
  void product() {
    const E *a = read(0), *b = read(1);
    E *to = begin_tile(out(0), tile, scratch.take<E>(lower));
    for (int64_t i = 0; i < lower; ++i) to[i] = a[i] + b[i];
    for (int64_t n = 2; n < degree; ++n) add_product_level(levels, n, a, b, to + levels.begin(n), T(1), stop());
    finish_tile(out(0), tile, lower, to);
    write_top(task, levels, Base<T>(T(1), in(0), in(1), ahead), out(0), tile, product_unit(levels.letters), buffer,
              [&](Words words, E *sum) { add_top_product(words, a, b, T(1), sum); });
    write_slots(out(0), tile, T(1));
  }

  void product_adjoint() {
    const E *g = read(0), *a = read(1), *b = read(2);
    E *da = begin_tile(out(0), tile, scratch.take<E>(lower)), *db = begin_tile(out(1), tile, scratch.take<E>(lower));
    for (int64_t i = 0; i < lower; ++i) da[i] = db[i] = g[i];
    for (int64_t n = 2; n < degree; ++n) product_level_adjoint(levels, n, g + levels.begin(n), a, b, T(1), da, db, stop());
    read_top(task, levels, in(0), tile, buffer, ahead, [&](int64_t shared, int64_t prefix, const E *top) {
      if constexpr (sizeof(E) == sizeof(T))
        product_level_adjoint(levels, degree, top, a, b, T(1), da, db, stop());
      else
        product_adjoint_words(levels, degree, shared, prefix, top, a, b, T(1), da, db);
    });
    finish_gradient(0, da);
    finish_gradient(1, db);
  }

  // out s = 1: out_n = -s_n - sum over 0 < k < n of s_k (x) out_{n-k}.
  void inverse() {
    const E *s = read(0);
    E *to = begin_tile(out(0), tile, scratch.take<E>(lower));
    for (int64_t i = 0; i < lower; ++i) to[i] = -s[i];
    for (int64_t n = 2; n < degree; ++n) add_product_level(levels, n, s, to, to + levels.begin(n), T(-1), stop());
    finish_tile(out(0), tile, lower, to);
    write_top(task, levels, Base<T>(T(-1), in(0), ahead), out(0), tile, product_unit(levels.letters), buffer,
              [&](Words words, E *sum) { add_top_product(words, s, to, T(-1), sum); });
    write_slots(out(0), tile, T(1));
  }

  template <bool prepend>
  void join() {
    const int64_t d = levels.letters;
    const E *s = read(0), *v = read_tile(Rows<T>(task.call.in[1], d), tile, d, scratch.take<E>(d));
    E *to = begin_tile(out(0), tile, scratch.take<E>(lower)), *a = scratch.take<E>(lower), *scaled = scratch.take<E>(d);
    for (int64_t n = 1; n < degree && !task.stopped(); ++n) {
      join_chain<prepend>(levels, n, s, v, scaled, a);
      for (int64_t i = levels.begin(n); i < levels.begin(n + 1); ++i) to[i] = s[i];
      if (n == 1)
        for (int64_t j = 0; j < d; ++j) to[j] += v[j];
      else
        add_outer_words<prepend>(Words{0, levels.size(n)}, a + levels.begin(n - 1), levels.size(n - 1), v, d, to + levels.begin(n));
    }
    join_chain<prepend>(levels, degree, s, v, scaled, a);
    finish_tile(out(0), tile, lower, to);
    write_top(task, levels, Base<T>(T(1), in(0), ahead), out(0), tile, d, buffer, [&](Words words, E *sum) {
      if (degree == 1)
        for (int64_t j = words.begin; j < words.end; ++j) sum[j - words.begin] += v[j];
      else
        add_outer_words<prepend>(words, a + levels.begin(degree - 1), levels.size(degree - 1), v, d, sum);
    });
    write_slots(out(0), tile, T(1));
  }

  template <bool prepend>
  void join_adjoint() {
    const int64_t d = levels.letters;
    const Rows<T> displacements(task.call.in[2], d), d_displacements(task.call.out[1], d);
    const E *g = read(0), *s = read(1), *v = read_tile(displacements, tile, d, scratch.take<E>(d));
    E *ds = begin_tile(out(0), tile, scratch.take<E>(lower)), *dv = begin_tile(d_displacements, tile, scratch.take<E>(d));
    E *a = scratch.take<E>(lower), *b = scratch.take<E>(lower), *scaled = scratch.take<E>(d);
    for (int64_t j = 0; j < d; ++j) dv[j] = E{};
    for (int64_t i = 0; i < lower; ++i) ds[i] = g[i];
    for (int64_t n = 1; n <= degree && !task.stopped(); ++n) {
      join_chain<prepend>(levels, n, s, v, scaled, a);
      const int64_t below = n > 1 ? levels.begin(n - 1) : 0, size = n > 1 ? levels.size(n - 1) : 1;
      for (int64_t i = 0; i < size && n > 1; ++i) b[below + i] = E{};
      const auto take = [&](Words words, const E *top) {
        if (n == 1)
          for (int64_t j = 0; j < d; ++j) dv[j] += top[j];
        else
          outer_words_adjoint<prepend>(words, top, a + below, size, v, d, b + below, dv);
      };
      if (n < degree)
        take(Words{0, levels.size(n)}, g + levels.begin(n));
      else
        read_top(task, levels, in(0), tile, buffer, ahead, [&](int64_t shared, int64_t prefix, const E *top) {
          const int64_t stretch = levels.power(degree - shared);
          take(Words{prefix * stretch, (prefix + 1) * stretch}, top);
        });
      join_chain_adjoint<prepend>(levels, n, v, a, b, ds, dv);
    }
    finish_gradient(0, ds);
    finish_tile(d_displacements, tile, d, dv);
  }

 private:
  void add_top_product(Words words, const E *a, const E *b, T scale, E *sum) {
    if constexpr (sizeof(E) == sizeof(T))
      add_product_level(levels, degree, a, b, sum, scale, stop());
    else
      add_product_words(levels, degree, words, a, b, scale, sum);
  }

  // The gradient of an operand whose highest level enters the result as it is.
  void finish_gradient(int i, E *lower_levels) {
    finish_tile(out(i), tile, lower, lower_levels);
    copy_top(task, levels, in(0), out(i), tile);
    write_slots(out(i), tile, T(0));
  }
};

Tiles tiles_of(const sig_call &call, const Levels &levels) {
  return Tiles::of(call, 6 * levels.begin(levels.degree), levels.length() * (levels.degree + 2));
}

template <class T>
int32_t run_typed(const Task &task) {
  const sig_call &call = task.call;
  const bool prepend = call.flags & SIG_PREPEND;
  return for_each_tile<T>(task, tiles_of(call, Levels(call.dimension, call.degree)), 1, [&](auto element, RowTile tile) {
    Combine<T, decltype(element)> combine(task, tile);
    switch (call.operation) {
      case SIG_SIG_COMBINE:
        return combine.product();
      case SIG_SIG_COMBINE_BACKPROP:
        return combine.product_adjoint();
      case SIG_SIG_JOIN:
        return prepend ? combine.template join<true>() : combine.template join<false>();
      case SIG_SIG_JOIN_BACKPROP:
        return prepend ? combine.template join_adjoint<true>() : combine.template join_adjoint<false>();
      default:
        return combine.inverse();
    }
  });
}

}  // namespace

// Working memory of a thread, for the W rows (or one) of a tile: six times the levels below the highest, and some 150 to 400 words of it.
int32_t plan_combine(const sig_call &call, sig_plan &plan) {
  if (!levels_fit(call.dimension, call.degree)) return SIG_TOO_LARGE;
  const Levels levels(call.dimension, call.degree);
  const Tiles tiles = tiles_of(call, levels);
  plan.phases = 1;
  plan.tasks[0] = tiles.tasks();
  if (call.dtype == SIG_FLOAT64)
    plan.scratch_bytes =
        tiles.width == 1 ? Combine<double, double>::scratch_bytes(levels) : Combine<double, Vec<double>>::scratch_bytes(levels);
  else
    plan.scratch_bytes =
        tiles.width == 1 ? Combine<float, float>::scratch_bytes(levels) : Combine<float, Vec<float>>::scratch_bytes(levels);
  plan.work = call.batch;
  return SIG_OK;
}

int32_t run_combine(const Task &task) { return task.call.dtype == SIG_FLOAT64 ? run_typed<double>(task) : run_typed<float>(task); }

}  // namespace sig::SIG_TARGET
