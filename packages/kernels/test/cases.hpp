// Calls of every operation over many shapes, with random operands.
#pragma once

#include <cmath>
#include <functional>

#include "branched_cases.hpp"
#include "branched_kernel_cases.hpp"
#include "kernel_polynomial_cases.hpp"
#include "random.hpp"
#include "tables.hpp"

namespace cases {

inline int64_t levels_length(int64_t letters, int64_t degree) {
  int64_t length = 0, size = 1;
  for (int64_t n = 0; n < degree; ++n) length += size *= letters;
  return length;
}

inline int64_t letters_of(const sig_call &call) {
  return call.dimension * (call.flags & SIG_LEAD_LAG ? 2 : 1) + (call.flags & SIG_TIME_AUG ? 1 : 0);
}
inline int64_t rows_of(const sig_call &call) { return call.flags & SIG_LEAD_LAG ? 2 * call.length - 1 : call.length; }

// Builds cases of one shape after another and hands each to `visit`.
class Cases {
 public:
  explicit Cases(std::function<void(const Case &)> visit) : visit_(std::move(visit)) {}

  void all() {
    for (const int32_t dtype : {SIG_FLOAT64, SIG_FLOAT32}) {
      dtype_ = dtype;
      for (const int32_t flags : {0, int32_t(SIG_TIME_AUG), int32_t(SIG_LEAD_LAG), SIG_TIME_AUG | SIG_LEAD_LAG}) {
        for (const int64_t batch : {1, 2, 5, 17}) {
          for (const int64_t length : {2, 3, 20}) {
            for (const int64_t dimension : {1, 2, 3}) paths(flags, batch, length, dimension);
          }
        }
        for (const int64_t dimension : {5, 9, 20}) paths(flags, 3, 6, dimension);
      }
      paths(0, 2, 1500, 2);
      paths(SIG_LEAD_LAG, 1, 1500, 2);
      paths(SIG_TIME_AUG, 70, 11, 5);
      for (const int64_t batch : {1, 3, 8, 33}) {
        for (const int64_t dimension : {1, 2, 3, 5, 11}) {
          for (int64_t degree = 1; degree <= 5; ++degree) {
            if (levels_length(dimension, degree) < 5000) algebras(batch, dimension, degree);
          }
        }
        for (const tables::Entry &entry : tables::lyndon) logarithms(batch, entry);
        for (const tables::Entry &entry : tables::bch) brackets(batch, entry);
      }
      algebras(2, 9, 5);
      extraction();
    }
    KernelCases(visit_).all();
    KernelAdjointCases(visit_).all();
    KernelPolynomialCases(visit_).all();
    BranchedCases(visit_).all();
    BranchedKernelCases(visit_).all();
  }

 private:
  Case begin(int32_t operation, const char *name, int64_t batch) {
    Case test;
    test.call.operation = operation;
    test.call.dtype = dtype_;
    test.call.batch = batch;
    test.call.end_time = 1.5;
    test.name = name;
    return test;
  }

  void finish(Case &test) {
    const sig_call &call = test.call;
    test.name += call.dtype == SIG_FLOAT64 ? " float64" : " float32";
    test.name += " batch " + std::to_string(call.batch) + " length " + std::to_string(call.length) + " dimension " +
                 std::to_string(call.dimension) + " degree " + std::to_string(call.degree) + " flags " + std::to_string(call.flags) +
                 " method " + std::to_string(call.method) + " correction " + std::to_string(call.correction_layout) + " scalar " +
                 std::to_string(call.in[0].scalar) + std::to_string(call.out[0].scalar);
    visit_(test);
  }

  void input(Case &test, int64_t numbers, double scale = 1.0) {
    test.inputs.push_back(random_numbers(test.call, numbers, scale, random_));
  }
  void input_levels(Case &test, int64_t rows, int64_t length, int scalar, double scale = 0.5) {
    test.call.in[test.inputs.size()].scalar = scalar;
    input(test, rows * (length + scalar), scale);
  }
  void output(Case &test, int64_t numbers) { test.output_numbers.push_back(numbers); }
  void output_levels(Case &test, int64_t rows, int64_t length, int scalar) {
    test.call.out[test.output_numbers.size()].scalar = scalar;
    output(test, rows * (length + scalar));
  }

  Case path_case(int32_t operation, const char *name, int32_t flags, int64_t batch, int64_t length, int64_t dimension) {
    Case test = begin(operation, name, batch);
    test.call.flags = flags;
    test.call.length = length;
    test.call.dimension = dimension;
    return test;
  }

  void paths(int32_t flags, int64_t batch, int64_t length, int64_t dimension) {
    Case transform = path_case(SIG_TRANSFORM_PATH, "transformPath", flags, batch, length, dimension);
    const int64_t numbers = batch * length * dimension, letters = letters_of(transform.call), rows = rows_of(transform.call);
    input(transform, numbers);
    output(transform, batch * rows * letters);
    finish(transform);
    Case back = path_case(SIG_TRANSFORM_PATH_BACKPROP, "transformPathBackprop", flags, batch, length, dimension);
    input(back, batch * rows * letters);
    output(back, numbers);
    finish(back);

    for (int64_t degree = 1; degree <= 5; ++degree) {
      if (levels_length(letters, degree) * rows > 40000) break;
      for (const int32_t more : {0, int32_t(SIG_STREAM), int32_t(SIG_DIRECT)}) signatures(flags | more, batch, length, dimension, degree, 0, 0);
      // Corrections and lead-lag exclude each other.
      if (degree > 1 && batch < 6 && length < 30 && !(flags & SIG_LEAD_LAG)) {
        for (int layout = SIG_CORRECTION_ROW; layout <= SIG_CORRECTION_BATCH; ++layout) {
          signatures(flags, batch, length, dimension, degree, layout, degree);
          signatures(flags | SIG_STREAM, batch, length, dimension, degree, layout, 2);
        }
      }
    }
    coefficients(flags, batch, length, dimension);
    for (const tables::Entry &entry : tables::bch) {
      if (entry.dimension != letters) continue;
      for (const int32_t more : {0, int32_t(SIG_STREAM)}) bch_paths(flags | more, batch, length, dimension, entry);
    }
  }

  void signatures(int32_t flags, int64_t batch, int64_t length, int64_t dimension, int64_t degree, int layout, int64_t correction_degree) {
    const int scalar = int((batch + degree) % 2);
    const auto shaped = [&](int32_t operation, const char *name) {
      Case test = path_case(operation, name, flags, batch, length, dimension);
      test.call.degree = degree;
      test.call.correction_layout = layout;
      test.call.correction_degree = correction_degree;
      input(test, batch * length * dimension);
      const int64_t rows = layout == SIG_CORRECTION_NONE ? 0 : layout == SIG_CORRECTION_ROW ? 1 : length - 1;
      const int64_t correction = levels_length(dimension, correction_degree) - dimension;
      input(test, rows * (layout == SIG_CORRECTION_BATCH ? batch : 1) * correction, 0.1);
      return test;
    };
    Case forward = shaped(SIG_SIG, "sig");
    const int64_t row = levels_length(letters_of(forward.call), degree);
    const int64_t rows = batch * (flags & SIG_STREAM ? rows_of(forward.call) - 1 : 1);
    output_levels(forward, rows, row, scalar);
    finish(forward);

    Case backward = shaped(SIG_SIG_BACKPROP, "sigBackprop");
    // The forward value belongs to the path.
    Case value = forward;
    value.inputs = backward.inputs;
    backward.call.in[2].scalar = scalar;
    backward.inputs.push_back(Block(perform(*sig_kernels_compiled(baseline_), value, 1, nan_bytes).outputs[0]));
    input_levels(backward, rows, row, 1 - scalar);
    output(backward, batch * length * dimension);
    finish(backward);
  }

  void coefficients(int32_t flags, int64_t batch, int64_t length, int64_t dimension) {
    Case forward = path_case(SIG_SIG_COEF, "sigCoef", flags, batch, length, dimension);
    const int32_t letters = int32_t(letters_of(forward.call));
    // Two full levels, a long word that begins inside them, the empty word, and repetitions.
    std::vector<int32_t> parent{0}, letter{0}, outputs;
    for (int32_t i = 0; i < letters; ++i) parent.push_back(0), letter.push_back(i);
    for (int32_t i = 0; i < letters; ++i) parent.push_back(1 + i), letter.push_back((i + 1) % letters);
    for (int32_t i = 0; i < 21; ++i) parent.push_back(int32_t(parent.size()) - 1), letter.push_back(i % letters);
    for (size_t n = 1; n < parent.size(); n += 2) outputs.push_back(int32_t(n));
    outputs.insert(outputs.end(), {0, int32_t(parent.size()) - 1, 1, 1});
    const Block parents = table(forward, 0, parent), letter_table = table(forward, 1, letter), output_table = table(forward, 2, outputs);
    const int64_t columns = int64_t(outputs.size());
    Case backward = path_case(SIG_SIG_COEF_BACKPROP, "sigCoefBackprop", flags, batch, length, dimension);
    for (int i = 0; i < 3; ++i) backward.call.tables[i] = forward.call.tables[i];
    input(forward, batch * length * dimension);
    output(forward, batch * columns);
    finish(forward);
    input(backward, batch * length * dimension);
    input(backward, batch * columns);
    output(backward, batch * length * dimension);
    finish(backward);
  }

  Block table(Case &test, int place, const std::vector<int32_t> &values) {
    Block block(int64_t(values.size() * sizeof(int32_t)), 0);
    if (!values.empty()) std::memcpy(block.data(), values.data(), values.size() * sizeof(int32_t));
    test.call.tables[place] = {block.data(), int64_t(values.size())};
    return block;
  }

  void bch_paths(int32_t flags, int64_t batch, int64_t length, int64_t dimension, const tables::Entry &entry) {
    const auto shaped = [&](int32_t operation, const char *name) {
      Case test = path_case(operation, name, flags, batch, length, dimension);
      test.call.degree = entry.degree;
      std::copy(entry.arrays, entry.arrays + 12, test.call.tables);
      input(test, batch * length * dimension, 0.5);
      return test;
    };
    Case forward = shaped(SIG_LOG_SIG_BCH, "logSigBch");
    const int64_t rows = batch * (flags & SIG_STREAM ? rows_of(forward.call) - 1 : 1), row = bch_row(entry);
    output(forward, rows * row);
    finish(forward);
    Case backward = shaped(SIG_LOG_SIG_BCH_BACKPROP, "logSigBchBackprop");
    input(backward, rows * row);
    output(backward, batch * length * dimension);
    finish(backward);
  }

  static int64_t bch_row(const tables::Entry &entry) { return static_cast<const int32_t *>(entry.arrays[5].data)[entry.degree]; }

  void algebras(int64_t batch, int64_t dimension, int64_t degree) {
    const int64_t row = levels_length(dimension, degree);
    for (int scalars = 0; scalars < 4; ++scalars) {
      const int a = scalars & 1, b = scalars >> 1;
      const auto shaped = [&](int32_t operation, const char *name) {
        Case test = begin(operation, name, batch);
        test.call.dimension = dimension;
        test.call.degree = degree;
        return test;
      };
      Case combine = shaped(SIG_SIG_COMBINE, "sigCombine");
      input_levels(combine, batch, row, a);
      input_levels(combine, batch, row, b);
      output_levels(combine, batch, row, a);
      finish(combine);
      Case combine_back = shaped(SIG_SIG_COMBINE_BACKPROP, "sigCombineBackprop");
      input_levels(combine_back, batch, row, b);
      input_levels(combine_back, batch, row, a);
      input_levels(combine_back, batch, row, b);
      output_levels(combine_back, batch, row, a);
      output_levels(combine_back, batch, row, b);
      finish(combine_back);
      Case inverse = shaped(SIG_SIG_INVERSE, "sigInverse");
      input_levels(inverse, batch, row, a);
      output_levels(inverse, batch, row, b);
      finish(inverse);
      for (const int32_t flags : {0, int32_t(SIG_PREPEND)}) {
        Case join = shaped(SIG_SIG_JOIN, "sigJoin");
        join.call.flags = flags;
        input_levels(join, batch, row, a);
        input(join, batch * dimension);
        output_levels(join, batch, row, b);
        finish(join);
        Case join_back = shaped(SIG_SIG_JOIN_BACKPROP, "sigJoinBackprop");
        join_back.call.flags = flags;
        input_levels(join_back, batch, row, b);
        input_levels(join_back, batch, row, a);
        input(join_back, batch * dimension);
        output_levels(join_back, batch, row, a);
        output(join_back, batch * dimension);
        finish(join_back);
      }
    }
  }

  void logarithms(int64_t batch, const tables::Entry &entry) {
    const int64_t row = levels_length(entry.dimension, entry.degree), words = entry.arrays[0].length;
    for (int32_t method = 0; method <= 2; ++method) {
      for (int scalar = 0; scalar < 2; ++scalar) {
        const int log_scalar = method == 0 ? scalar : 0;
        const int64_t log_row = method == 0 ? row : words;
        const auto shaped = [&](int32_t operation, const char *name) {
          Case test = begin(operation, name, batch);
          test.call.dimension = entry.dimension;
          test.call.degree = entry.degree;
          test.call.method = method;
          if (method) std::copy(entry.arrays, entry.arrays + 12, test.call.tables);
          return test;
        };
        Case log = shaped(SIG_SIG_TO_LOG_SIG, "sigToLogSig");
        input_levels(log, batch, row, scalar);
        output_levels(log, batch, log_row, log_scalar);
        finish(log);
        Case log_back = shaped(SIG_SIG_TO_LOG_SIG_BACKPROP, "sigToLogSigBackprop");
        input_levels(log_back, batch, row, scalar);
        input_levels(log_back, batch, log_row, log_scalar);
        output_levels(log_back, batch, row, scalar);
        finish(log_back);
        Case exp = shaped(SIG_LOG_SIG_TO_SIG, "logSigToSig");
        input_levels(exp, batch, log_row, log_scalar);
        output_levels(exp, batch, row, scalar);
        finish(exp);
        Case exp_back = shaped(SIG_LOG_SIG_TO_SIG_BACKPROP, "logSigToSigBackprop");
        input_levels(exp_back, batch, log_row, log_scalar);
        input_levels(exp_back, batch, row, scalar);
        output_levels(exp_back, batch, log_row, log_scalar);
        finish(exp_back);
      }
    }
  }

  void brackets(int64_t batch, const tables::Entry &entry) {
    const int64_t row = bch_row(entry);
    const auto shaped = [&](int32_t operation, const char *name, int32_t flags) {
      Case test = begin(operation, name, batch);
      test.call.flags = flags;
      test.call.dimension = entry.dimension;
      test.call.degree = entry.degree;
      std::copy(entry.arrays, entry.arrays + 12, test.call.tables);
      return test;
    };
    Case combine = shaped(SIG_LOG_SIG_COMBINE, "logSigCombine", 0);
    input(combine, batch * row);
    input(combine, batch * row);
    output(combine, batch * row);
    finish(combine);
    Case combine_back = shaped(SIG_LOG_SIG_COMBINE_BACKPROP, "logSigCombineBackprop", 0);
    for (int i = 0; i < 3; ++i) input(combine_back, batch * row);
    output(combine_back, batch * row);
    output(combine_back, batch * row);
    finish(combine_back);
    for (const int32_t flags : {0, int32_t(SIG_PREPEND)}) {
      Case join = shaped(SIG_LOG_SIG_JOIN, "logSigJoin", flags);
      input(join, batch * row);
      input(join, batch * entry.dimension);
      output(join, batch * row);
      finish(join);
      Case join_back = shaped(SIG_LOG_SIG_JOIN_BACKPROP, "logSigJoinBackprop", flags);
      input(join_back, batch * row);
      input(join_back, batch * row);
      input(join_back, batch * entry.dimension);
      output(join_back, batch * row);
      output(join_back, batch * entry.dimension);
      finish(join_back);
    }
  }

  void extraction() {
    for (const int64_t batch : {1, 7, 3000}) {
      for (const int64_t row : {1, 30}) {
        for (const int64_t columns : {0, 1, 45}) {
          std::vector<int32_t> index;
          for (int64_t j = 0; j < columns; ++j) index.push_back(int32_t(j * 7 % row));
          Case forward = begin(SIG_EXTRACT_SIG_COEF, "extractSigCoef", batch);
          forward.call.length = row;
          const Block indices = table(forward, 0, index);
          input(forward, batch * row);
          output(forward, batch * columns);
          Case backward = begin(SIG_EXTRACT_SIG_COEF_BACKPROP, "extractSigCoefBackprop", batch);
          backward.call.length = row;
          backward.call.tables[0] = forward.call.tables[0];
          finish(forward);
          input(backward, batch * columns);
          output(backward, batch * row);
          finish(backward);
        }
      }
    }
  }

  std::function<void(const Case &)> visit_;
  Random random_;
  int32_t dtype_ = SIG_FLOAT64;

 public:
  int32_t baseline_ = 0; // place of the target that computes forward values
};

}  // namespace cases
