// sigToLogSig, logSigToSig and their adjoints in the coordinates of methods 0 (tensor), 1 (Lyndon words) and 2 (Lyndon brackets).
#include "log_signature_basis.hpp"
#include "log_signature_series.hpp"
#include "log_signature_words.hpp"
#include "tensor_top.hpp"

namespace sig::SIG_TARGET {
namespace {

// What all tiles of a task share.
struct Shape {
  const Levels levels;
  const LyndonBasis basis;
  Scratch scratch;  // for the tiles
  const WordCuts cuts;

  explicit Shape(const Task &task)
      : levels(task.call.dimension, task.call.degree),
        basis(task.call),
        scratch(task.scratch),
        cuts(levels, basis, uses_cuts(task.call) ? basis.size : 0, scratch) {}

  static bool uses_cuts(const sig_call &call) {
    return call.method && (call.operation == SIG_SIG_TO_LOG_SIG || call.operation == SIG_SIG_TO_LOG_SIG_BACKPROP);
  }
};

// What one tile of a call works with.
template <class T, class E>
struct LogSignature {
  const Task &task;
  const sig_call &call;
  const Levels &levels;
  const LyndonBasis &basis;
  const WordCuts &cuts;
  const RowTile tile;
  Scratch scratch;
  const int64_t degree, lower, top_words;  // lower: numbers below the highest level
  const int64_t log_length;
  E *const buffer;
  Ahead<T> ahead;

  LogSignature(const Task &task, const Shape &shape, RowTile tile)
      : task(task),
        call(task.call),
        levels(shape.levels),
        basis(shape.basis),
        cuts(shape.cuts),
        tile(tile),
        scratch(shape.scratch),
        degree(levels.degree),
        lower(levels.begin(degree)),
        top_words(levels.size(degree)),
        log_length(call.method ? basis.size : levels.length()),
        buffer(scratch.take<E>(buffer_length(levels))) {
    const bool to_log = call.operation == SIG_SIG_TO_LOG_SIG || call.operation == SIG_SIG_TO_LOG_SIG_BACKPROP;
    const bool adjoint = call.operation == SIG_SIG_TO_LOG_SIG_BACKPROP || call.operation == SIG_LOG_SIG_TO_SIG_BACKPROP;
    ahead.add(to_log != adjoint ? log_rows(call.out[0]) : sig_rows(call.out[0]), tile, call.batch);
    if (adjoint) ahead.add(to_log ? log_rows(call.in[1]) : sig_rows(call.in[1]), tile, call.batch);
    ahead.add(to_log ? sig_rows(call.in[0]) : log_rows(call.in[0]), tile, call.batch);
  }

  static int64_t buffer_length(const Levels &levels) {
    const int64_t writing = stretch_length(product_unit(levels.letters)), reading = levels.power(levels.degree - shared_letters(levels));
    return writing > reading ? writing : reading;
  }
  static int64_t scratch_bytes(const sig_call &call, const Levels &levels) {
    const int64_t row = Scratch::bytes<E>(levels.begin(levels.degree)), m = call.method ? call.tables[0].length : 0;
    const int64_t whole = call.method ? Scratch::bytes<E>(levels.length()) : 0;
    return Scratch::bytes<E>(buffer_length(levels)) + Scratch::bytes<E>(inner_series_length(levels)) + 5 * row + 2 * whole +
           2 * Scratch::bytes<E>(m) + WordCuts::bytes(levels, m);
  }

  const volatile int32_t *stop() const { return &task.control.stop; }
  Rows<T> sig_rows(const sig_operand &operand) const { return Rows<T>(operand, levels.length()); }
  Rows<T> log_rows(const sig_operand &operand) const { return Rows<T>(operand, log_length); }

  void to_log() {
    const E *x = read_tile(sig_rows(call.in[0]), tile, lower, scratch.take<E>(lower), ahead);
    E *ys = scratch.take<E>(inner_series_length(levels));
    inner_series<Series::log>(levels, x, ys, stop());
    if (call.method == 0) return write_series<Series::log>(x, ys);
    const Rows<T> out = log_rows(call.out[0]);
    E *to = begin_tile(out, tile, scratch.take<E>(basis.size));
    gather_places(sig_rows(call.in[0]), tile, basis.words, basis.size, to);
    subtract_cuts(cuts, basis.size, x, ys, to);
    if (call.method == 2) words_to_brackets<T>(basis, to);
    finish_tile(out, tile, basis.size, to);
  }

  void to_log_adjoint() {
    const Rows<T> derivs = log_rows(call.in[1]), out = sig_rows(call.out[0]);
    const E *x = read_tile(sig_rows(call.in[0]), tile, lower, scratch.take<E>(lower), ahead);
    E *ys = scratch.take<E>(inner_series_length(levels)), *dy = scratch.take<E>(lower), *spare = scratch.take<E>(lower);
    E *dx = begin_tile(out, tile, scratch.take<E>(lower));
    inner_series<Series::log>(levels, x, ys, stop());
    if (call.method == 0) {
      outer_adjoint<Series::log>(derivs, x, ys, dx, dy);
      copy_top(task, levels, derivs, out, tile);
    } else {
      E *g = scratch.take<E>(basis.size);
      const E *given = read_tile(derivs, tile, basis.size, g, ahead);
      for (int64_t i = 0; given != g && i < basis.size; ++i) g[i] = given[i];
      if (call.method == 2) words_to_brackets_adjoint<T>(basis, g);
      for (int64_t i = 0; i < lower; ++i) dx[i] = dy[i] = E{};
      int64_t below = 0;  // Lyndon words below the highest level
      for (; below < basis.size && basis.words[below] < lower; ++below) dx[basis.words[below]] = g[below];
      subtract_cuts_adjoint(cuts, basis.size, g, x, ys, dx, dy);
      for (int64_t k = 0; k < tile.count; ++k)
        for (int64_t i = 0; i < top_words; ++i) out.row(tile.first + k)[lower + i] = T(0);
      scatter_places(g + below, basis.words + below, basis.size - below, out, tile);
    }
    inner_series_adjoint<Series::log>(levels, dy, x, ys, dx, spare, stop());
    finish_tile(out, tile, lower, dx);
    write_slots(out, tile, T(0));
  }

  void to_sig() {
    const E *x = tensor();
    E *ys = scratch.take<E>(inner_series_length(levels));
    inner_series<Series::exp>(levels, x, ys, stop());
    if (call.method == 0) return write_series<Series::exp>(x, ys);
    const Rows<T> out = sig_rows(call.out[0]);
    E *to = begin_tile(out, tile, scratch.take<E>(levels.length()));
    for (int64_t n = 1; n <= degree; ++n)
      series_level<Series::exp>(levels, 0, n, x, degree > 1 ? ys : nullptr, to + levels.begin(n), stop());
    finish_tile(out, tile, levels.length(), to);
    write_slots(out, tile, T(1));
  }

  void to_sig_adjoint() {
    const Rows<T> derivs = sig_rows(call.in[1]), out = log_rows(call.out[0]);
    const E *x = tensor();
    E *ys = scratch.take<E>(inner_series_length(levels)), *dy = scratch.take<E>(lower), *spare = scratch.take<E>(lower);
    inner_series<Series::exp>(levels, x, ys, stop());
    if (call.method == 0) {
      E *dx = begin_tile(out, tile, scratch.take<E>(lower));
      outer_adjoint<Series::exp>(derivs, x, ys, dx, dy);
      inner_series_adjoint<Series::exp>(levels, dy, x, ys, dx, spare, stop());
      copy_top(task, levels, derivs, out, tile);
      finish_tile(out, tile, lower, dx);
      write_slots(out, tile, T(0));
      return;
    }
    E *dx = scratch.take<E>(levels.length());
    outer_adjoint<Series::exp>(derivs, x, ys, dx, dy);
    inner_series_adjoint<Series::exp>(levels, dy, x, ys, dx, spare, stop());
    const T *first = derivs.row(tile.first) + lower;
    if constexpr (sizeof(E) == sizeof(T))
      for (int64_t i = 0; i < top_words; ++i) dx[lower + i] = first[i];
    else
      gather_rows(first, derivs.stride(), tile.count, top_words, dx + lower);
    E *to = begin_tile(out, tile, scratch.take<E>(basis.size));
    expand_brackets_adjoint<T>(basis, static_cast<const E *>(dx), to);
    if (call.method == 1) words_to_brackets_adjoint<T>(basis, to);
    finish_tile(out, tile, basis.size, to);
  }

 private:
  // The log-signature as a tensor: its levels below the highest for method 0, all levels otherwise.
  const E *tensor() {
    const Rows<T> in = log_rows(call.in[0]);
    if (call.method == 0) return read_tile(in, tile, lower, scratch.take<E>(lower), ahead);
    E *coordinates = scratch.take<E>(basis.size), *x = scratch.take<E>(levels.length());
    const E *given = read_tile(in, tile, basis.size, coordinates, ahead);
    if (call.method == 1) {
      for (int64_t i = 0; given != coordinates && i < basis.size; ++i) coordinates[i] = given[i];
      words_to_brackets<T>(basis, coordinates);
      given = coordinates;
    }
    expand_brackets<T>(basis, given, levels.length(), x);
    return x;
  }

  // Rows of y_0 = x (1 + q y_1).
  template <Series series>
  void write_series(const E *x, const E *ys) {
    const Rows<T> in = log_rows(call.in[0]), out = log_rows(call.out[0]);
    const E *next = degree > 1 ? ys : nullptr;
    E *to = begin_tile(out, tile, scratch.take<E>(lower));
    for (int64_t n = 1; n < degree; ++n) series_level<series>(levels, 0, n, x, next, to + levels.begin(n), stop());
    finish_tile(out, tile, lower, to);
    const T q = series_q<series, T>(0);
    write_top(task, levels, Base<T>(T(1), in, ahead), out, tile, product_unit(levels.letters), buffer, [&](Words words, E *sum) {
      if constexpr (sizeof(E) == sizeof(T))
        add_product_level(levels, degree, x, next, sum, q, stop());
      else
        add_product_words(levels, degree, words, x, next, q, sum);
    });
    write_slots(out, tile, T(series == Series::exp ? 1 : 0));
  }

  // The adjoint of y_0 = x (1 + q y_1) but for the highest level of dx, which is that of the gradient itself. dx and dy are written
  // below the highest level.
  template <Series series>
  void outer_adjoint(const Rows<T> &derivs, const E *x, const E *ys, E *dx, E *dy) {
    const T q = series_q<series, T>(0);
    const E *g = read_tile(derivs, tile, lower, scratch.take<E>(lower), ahead);
    for (int64_t i = 0; i < lower; ++i) dx[i] = g[i];
    for (int64_t i = 0; i < lower; ++i) dy[i] = E{};
    for (int64_t n = 2; n < degree; ++n) product_level_adjoint(levels, n, g + levels.begin(n), x, ys, q, dx, dy, stop());
    read_top(task, levels, derivs, tile, buffer, ahead, [&](int64_t shared, int64_t prefix, const E *top) {
      if constexpr (sizeof(E) == sizeof(T))
        product_level_adjoint(levels, degree, top, x, ys, q, dx, dy, stop());
      else
        product_adjoint_words(levels, degree, shared, prefix, top, x, ys, q, dx, dy);
    });
  }
};

Tiles tiles_of(const sig_call &call, const Levels &levels) {
  const bool whole = call.method && (call.operation == SIG_LOG_SIG_TO_SIG || call.operation == SIG_LOG_SIG_TO_SIG_BACKPROP);
  const int64_t kept = 6 * levels.begin(levels.degree) + (whole ? 2 * levels.length() : 0);
  return Tiles::of(call, kept, levels.length() * (levels.degree + 2));
}

template <class T>
int32_t run_typed(const Task &task) {
  const Shape shape(task);
  return for_each_tile<T>(task, tiles_of(task.call, shape.levels), 1, [&](auto element, RowTile tile) {
    LogSignature<T, decltype(element)> log_signature(task, shape, tile);
    switch (task.call.operation) {
      case SIG_SIG_TO_LOG_SIG:
        return log_signature.to_log();
      case SIG_SIG_TO_LOG_SIG_BACKPROP:
        return log_signature.to_log_adjoint();
      case SIG_LOG_SIG_TO_SIG:
        return log_signature.to_sig();
      default:
        return log_signature.to_sig_adjoint();
    }
  });
}

}  // namespace

// Working memory of a thread, for the W rows (or one) of a tile: five times the levels 1..N-1, the inner series (levels 1..n for each
// n < N), some 150 to 400 words of level N, and for methods 1 and 2 two whole tensors.
int32_t plan_log_signature(const sig_call &call, sig_plan &plan) {
  if (!levels_fit(call.dimension, call.degree)) return SIG_TOO_LARGE;
  const Levels levels(call.dimension, call.degree);
  const Tiles tiles = tiles_of(call, levels);
  plan.phases = 1;
  plan.tasks[0] = tiles.tasks();
  if (call.dtype == SIG_FLOAT64)
    plan.scratch_bytes = tiles.width == 1 ? LogSignature<double, double>::scratch_bytes(call, levels)
                                          : LogSignature<double, Vec<double>>::scratch_bytes(call, levels);
  else
    plan.scratch_bytes = tiles.width == 1 ? LogSignature<float, float>::scratch_bytes(call, levels)
                                          : LogSignature<float, Vec<float>>::scratch_bytes(call, levels);
  plan.work = call.batch;
  return SIG_OK;
}

int32_t run_log_signature(const Task &task) { return task.call.dtype == SIG_FLOAT64 ? run_typed<double>(task) : run_typed<float>(task); }

}  // namespace sig::SIG_TARGET
