// sigToLogSig, logSigToSig and their adjoints in the coordinates of methods 0 (tensor), 1 (Lyndon words) and 2 (Lyndon brackets).
#include "families.hpp"
#include "log_signature_basis.hpp"
#include "log_signature_series.hpp"
#include "tensor.hpp"
#include "tiles.hpp"

namespace sig::SIG_TARGET {
namespace {

template <class T, class E>
void sig_to_log_sig(const sig_call &call, const Levels &levels, const E *sig, E *out, E *ys, E *row) {
  power_series<Series::log>(levels, sig, ys, call.method ? row : out);
  if (!call.method) return;
  const LyndonBasis basis(call);
  for (int64_t i = 0; i < basis.size; ++i) out[i] = row[basis.words[i]];
  if (call.method == 2) words_to_brackets<T>(basis, out);
}

template <class T, class E>
void sig_to_log_sig_adjoint(const sig_call &call, const Levels &levels, const E *sig, const E *g, E *out, E *ys, E *rows) {
  const int64_t length = levels.length();
  E *value = rows, *dense = rows + length, *coordinates = rows + 2 * length;
  power_series<Series::log>(levels, sig, ys, value);
  if (call.method) {
    const LyndonBasis basis(call);
    for (int64_t i = 0; i < basis.size; ++i) coordinates[i] = g[i];
    if (call.method == 2) words_to_brackets_adjoint<T>(basis, coordinates);
    for (int64_t i = 0; i < length; ++i) dense[i] = E{};
    for (int64_t i = 0; i < basis.size; ++i) dense[basis.words[i]] = coordinates[i];
    g = dense;
  }
  power_series_adjoint<Series::log>(levels, g, sig, ys, out, rows + 3 * length);
}

// The tensor of a log-signature; x: a row, coordinates: a row.
template <class T, class E>
const E *tensor_of(const sig_call &call, const Levels &levels, const E *log_sig, E *x, E *coordinates) {
  if (!call.method) return log_sig;
  const LyndonBasis basis(call);
  if (call.method == 1) {
    for (int64_t i = 0; i < basis.size; ++i) coordinates[i] = log_sig[i];
    words_to_brackets<T>(basis, coordinates);
    log_sig = coordinates;
  }
  expand_brackets<T>(basis, log_sig, levels.length(), x);
  return x;
}

template <class T, class E>
void log_sig_to_sig(const sig_call &call, const Levels &levels, const E *log_sig, E *out, E *ys, E *rows) {
  power_series<Series::exp>(levels, tensor_of<T>(call, levels, log_sig, rows, rows + levels.length()), ys, out);
}

template <class T, class E>
void log_sig_to_sig_adjoint(const sig_call &call, const Levels &levels, const E *log_sig, const E *g, E *out, E *ys, E *rows) {
  const int64_t length = levels.length();
  E *dense = rows + length;
  const E *x = tensor_of<T>(call, levels, log_sig, rows, dense);
  power_series<Series::exp>(levels, x, ys, dense);
  E *dx = call.method ? dense : out;
  power_series_adjoint<Series::exp>(levels, g, x, ys, dx, rows + 3 * length);
  if (!call.method) return;
  const LyndonBasis basis(call);
  expand_brackets_adjoint<T>(basis, dx, out);
  if (call.method == 1) words_to_brackets_adjoint<T>(basis, out);
}

Tiles tiles_of(const sig_call &call, const Levels &levels) {
  return Tiles::of(call, 6 * levels.length(), levels.length() * (levels.degree + 2));
}

template <class T>
int32_t run_typed(const Task &task) {
  const sig_call &call = task.call;
  const Levels levels(call.dimension, call.degree);
  const bool to_log = call.operation == SIG_SIG_TO_LOG_SIG || call.operation == SIG_SIG_TO_LOG_SIG_BACKPROP;
  const bool backprop = call.operation == SIG_SIG_TO_LOG_SIG_BACKPROP || call.operation == SIG_LOG_SIG_TO_SIG_BACKPROP;
  const int64_t length = levels.length(), log_length = call.method ? call.tables[0].length : length;
  const Rows<T> in(call.in[0], to_log ? length : log_length);
  const Rows<T> derivs(call.in[1], to_log ? log_length : length);
  const Rows<T> out(call.out[0], to_log != backprop ? log_length : length);
  return for_each_tile<T>(task, tiles_of(call, levels), 1, [&](auto element, int64_t first, int64_t count) {
    using E = decltype(element);
    Scratch scratch(task.scratch);
    const E *x = read_tile(in, first, count, scratch.take<E>(length));
    E *derivs_buffer = scratch.take<E>(length);
    const E *g = backprop ? read_tile(derivs, first, count, derivs_buffer) : nullptr;
    E *result = begin_tile(out, first, scratch.take<E>(length));
    E *ys = scratch.take<E>(series_length(levels)), *rows = scratch.take<E>(5 * length);
    switch (call.operation) {
      case SIG_SIG_TO_LOG_SIG:
        sig_to_log_sig<T>(call, levels, x, result, ys, rows);
        break;
      case SIG_SIG_TO_LOG_SIG_BACKPROP:
        sig_to_log_sig_adjoint<T>(call, levels, x, g, result, ys, rows);
        break;
      case SIG_LOG_SIG_TO_SIG:
        log_sig_to_sig<T>(call, levels, x, result, ys, rows);
        break;
      default:
        log_sig_to_sig_adjoint<T>(call, levels, x, g, result, ys, rows);
    }
    finish_tile(out, first, count, result, T(call.operation == SIG_LOG_SIG_TO_SIG ? 1 : 0));
  });
}

}  // namespace

int32_t plan_log_signature(const sig_call &call, sig_plan &plan) {
  if (!levels_fit(call.dimension, call.degree)) return SIG_TOO_LARGE;
  const Levels levels(call.dimension, call.degree);
  const Tiles tiles = tiles_of(call, levels);
  plan.phases = 1;
  plan.tasks[0] = tiles.tasks();
  plan.scratch_bytes = (8 * levels.length() + series_length(levels)) * tiles.width * (call.dtype == SIG_FLOAT64 ? 8 : 4) + 1024;
  plan.work = call.batch;
  return SIG_OK;
}

int32_t run_log_signature(const Task &task) {
  return task.call.dtype == SIG_FLOAT64 ? run_typed<double>(task) : run_typed<float>(task);
}

}  // namespace sig::SIG_TARGET
