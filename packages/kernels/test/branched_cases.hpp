// Calls of the operations on branched signatures, with the results of plain scalar computations; and of sparse maps.
#pragma once

#include <functional>

#include "branched_reference.hpp"
#include "kernel_cases.hpp"

namespace cases {

class BranchedCases {
 public:
  explicit BranchedCases(std::function<void(const Case &)> visit) : visit_(std::move(visit)) {}

  void all() {
    for (const int32_t dtype : {SIG_FLOAT64, SIG_FLOAT32}) {
      dtype_ = dtype;
      for (const tables::BranchedEntry &entry : tables::branched) {
        for (const int32_t flags : {0, int32_t(SIG_TIME_AUG), int32_t(SIG_LEAD_LAG), SIG_TIME_AUG | SIG_LEAD_LAG}) {
          if (!channels_of(entry, flags)) continue;
          const bool large = BranchedReference(entry).elements() > 60;
          for (const int64_t batch : {1, 3, 4, 9}) paths(entry, flags, batch, batch % 2 ? 4 : 2);
          // Wide tiles, with few rows or many left at the end.
          for (const int64_t batch : {17, 39, 62})
            if (!large) paths(entry, flags, batch, 3);
          // So many steps that gradients compute them again in intervals.
          for (const int64_t length : {7, 29}) paths(entry, flags, large ? 1 : 5, length);
        }
        if (entry.correction_degree || entry.places.length) continue;
        for (const int64_t batch : {1, 2, 3, 9})
          for (int scalars = 0; scalars < 4; ++scalars) algebras(entry, batch, scalars & 1, scalars >> 1);
      }
      for (const int64_t batch : {1, 2, 3, 9, 40}) sparse_maps(batch);
    }
  }

 private:
  // Channels of a path whose augmentation has as many letters as the entry has labels; 0 if there is none.
  static int64_t channels_of(const tables::BranchedEntry &entry, int32_t flags) {
    const int64_t left = entry.labels - (flags & SIG_TIME_AUG ? 1 : 0), copies = flags & SIG_LEAD_LAG ? 2 : 1, channels = left / copies;
    if (entry.correction_degree) return flags != SIG_LEAD_LAG + SIG_TIME_AUG && copies == 1 && channels == entry.channels ? channels : 0;
    return channels * copies == left ? channels : 0;
  }

  static Row row_of(const std::vector<double> &numbers, int64_t first, int64_t count) {
    Row row;
    for (int64_t i = 0; i < count; ++i) row.emplace_back(numbers[first + i]);
    return row;
  }

  // The value of a path of `rows` points of the augmented path.
  Row signature(const tables::BranchedEntry &entry, const sig_call &call, const Row &points, const std::vector<double> &correction,
                int64_t entries, int64_t first_row) const {
    const BranchedReference reference(entry);
    const bool lead_lag = call.flags & SIG_LEAD_LAG;
    const int64_t d = call.dimension, steps = (call.length - 1) * (lead_lag ? 2 : 1);
    Row value;
    for (int64_t s = 0; s < steps; ++s) {
      Row coefficients;
      const auto difference = [&](int64_t before, int64_t after) {
        for (int64_t c = 0; c < d; ++c) coefficients.push_back(points[after * d + c] - points[before * d + c]);
      };
      if (lead_lag) {
        difference(s / 2, (s + 1) / 2);
        difference((s + 1) / 2, (s + 2) / 2);
      } else {
        difference(s, s + 1);
      }
      if (call.flags & SIG_TIME_AUG) coefficients.emplace_back(call.end_time / double(steps));
      const int64_t row = call.correction_layout == SIG_CORRECTION_ROW ? 0 : first_row + s;
      for (int64_t i = 0; i < entries; ++i) coefficients.emplace_back(correction[row * entries + i]);
      const Row segment = reference.segment(coefficients);
      value = s ? reference.combine(value, segment) : segment;
    }
    return value;
  }

  void paths(const tables::BranchedEntry &entry, int32_t flags, int64_t batch, int64_t length) {
    const int last = entry.correction_degree ? int(SIG_CORRECTION_BATCH) : int(SIG_CORRECTION_NONE);
    for (int layout = last ? int(SIG_CORRECTION_ROW) : 0; layout <= last; ++layout) corrected_paths(entry, flags, batch, length, layout);
  }

  void corrected_paths(const tables::BranchedEntry &entry, int32_t flags, int64_t batch, int64_t length, int layout) {
    const int scalar = int((batch + length) % 2);
    sig_call call = call_of(SIG_BRANCHED_SIG, batch);
    call.flags = flags;
    call.length = length;
    call.dimension = channels_of(entry, flags);
    call.degree = entry.degree;
    call.correction_layout = layout;
    call.correction_degree = layout ? entry.correction_degree : 0;
    std::copy(entry.integrals, entry.integrals + 6, call.tables);
    int64_t entries = 0;
    for (int64_t n = 2, size = call.dimension; n <= call.correction_degree; ++n) entries += size *= call.dimension;
    const int64_t rows = layout == SIG_CORRECTION_NONE ? 0 : layout == SIG_CORRECTION_ROW ? 1 : length - 1;
    const int64_t numbers = length * call.dimension, row = entry.places.length ? entry.places.length : BranchedReference(entry).elements();
    const Block path = random_numbers(call, batch * numbers, 0.5, random_);
    const Block correction = random_numbers(call, rows * (layout == SIG_CORRECTION_BATCH ? batch : 1) * entries, 0.2, random_);
    const Block derivs = random_numbers(call, batch * (row + 1 - scalar), 1, random_);
    const std::vector<double> points = widened(path, dtype_), corrections = widened(correction, dtype_), given = widened(derivs, dtype_);
    std::vector<double> values, gradients;
    for (int64_t b = 0; b < batch; ++b) {
      tape.clear();
      const Row at = row_of(points, b * numbers, numbers);
      const Row whole = signature(entry, call, at, corrections, entries, layout == SIG_CORRECTION_BATCH ? b * (length - 1) : 0);
      Row value;
      for (int64_t i = 0; i < row; ++i) value.push_back(whole[BranchedReference(entry).place(i)]);
      append(values, value, scalar, 1);
      const int64_t first = b * (row + 1 - scalar) + 1 - scalar;
      const std::vector<double> g = tape_gradients(value, {given.begin() + first, given.begin() + first + row});
      for (const Variable &number : at) gradients.push_back(g[number.place]);
    }
    Case test{"branchedSig", call, {path, correction}, {}, {}};
    test.call.out[0].scalar = scalar;
    finish(test, {values});
    Case back{"branchedSigBackprop", call, {path, correction, derivs}, {}, {}};
    back.call.operation = SIG_BRANCHED_SIG_BACKPROP;
    back.call.in[2].scalar = 1 - scalar;
    finish(back, {gradients});
  }

  // Products, logarithms and exponentials of random rows; a and b say which operands have a scalar slot.
  void algebras(const tables::BranchedEntry &entry, int64_t batch, int a, int b) {
    const BranchedReference reference(entry);
    const int64_t row = reference.elements();
    sig_call call = call_of(SIG_BRANCHED_SIG_COMBINE, batch);
    call.dimension = entry.labels;
    call.degree = entry.degree;
    std::copy(entry.cuts, entry.cuts + 8, call.tables);
    const auto levels = [&](int slot) { return random_numbers(call, batch * (row + slot), 0.6, random_); };
    const Block left = levels(a), right = levels(b), derivs = levels(b);
    const std::vector<double> x = widened(left, dtype_), y = widened(right, dtype_), given = widened(derivs, dtype_);
    std::vector<double> products, d_left, d_right, logarithms, d_logarithms, exponentials, d_exponentials;
    for (int64_t i = 0; i < batch; ++i) {
      const int64_t first = i * (row + b) + b;
      const std::vector<double> weights(given.begin() + first, given.begin() + first + row);
      tape.clear();
      const Row xi = row_of(x, i * (row + a) + a, row), yi = row_of(y, first, row);
      const auto take = [&](const Row &value, const Row &at, int slot, std::vector<double> &gradients) {
        const std::vector<double> g = tape_gradients(value, weights);
        Row numbers;
        for (const Variable &number : at) numbers.emplace_back(g[number.place]);
        append(gradients, numbers, slot, 0);
      };
      const Row product = reference.combine(xi, yi);
      append(products, product, a, 1);
      take(product, xi, a, d_left);
      take(product, yi, b, d_right);
      const Row logarithm = reference.logarithm(xi);
      append(logarithms, logarithm, b, 0);
      take(logarithm, xi, a, d_logarithms);
      const Row exponential = reference.exponential(xi);
      append(exponentials, exponential, b, 1);
      take(exponential, xi, a, d_exponentials);
    }
    const auto visit = [&](const char *name, int32_t operation, const std::vector<Block> &inputs, const std::vector<int> &slots,
                           const std::vector<int> &out_slots, const std::vector<std::vector<double>> &expected) {
      Case test{name, call, inputs, {}, {}};
      test.call.operation = operation;
      for (size_t i = 0; i < slots.size(); ++i) test.call.in[i].scalar = slots[i];
      for (size_t i = 0; i < out_slots.size(); ++i) test.call.out[i].scalar = out_slots[i];
      finish(test, expected);
    };
    visit("branchedSigCombine", SIG_BRANCHED_SIG_COMBINE, {left, right}, {a, b}, {a}, {products});
    visit("branchedSigCombineBackprop", SIG_BRANCHED_SIG_COMBINE_BACKPROP, {derivs, left, right}, {b, a, b}, {a, b}, {d_left, d_right});
    visit("branchedSigToLogSig", SIG_BRANCHED_SIG_TO_LOG_SIG, {left}, {a}, {b}, {logarithms});
    visit("branchedSigToLogSigBackprop", SIG_BRANCHED_SIG_TO_LOG_SIG_BACKPROP, {left, derivs}, {a, b}, {a}, {d_logarithms});
    visit("branchedLogSigToSig", SIG_BRANCHED_LOG_SIG_TO_SIG, {left}, {a}, {b}, {exponentials});
    visit("branchedLogSigToSigBackprop", SIG_BRANCHED_LOG_SIG_TO_SIG_BACKPROP, {left, derivs}, {a, b}, {a}, {d_exponentials});
  }

  // A matrix with lines of 0 to 3 entries.
  void sparse_maps(int64_t batch) {
    for (const int64_t width : {1, 7, 50})
      for (const int64_t lines : {1, 6, 70}) {
        const int slot = int(lines % 2);
        sig_call call = call_of(SIG_SPARSE_MAP, batch);
        call.length = width;
        std::vector<int32_t> start{0}, column;
        std::vector<double> value;
        for (int64_t i = 0; i < lines; ++i) {
          for (int64_t e = 0; e < (i + width) % 4; ++e) {
            column.push_back(int32_t((i * 5 + e * 3) % width));
            value.push_back(random_.next());
          }
          start.push_back(int32_t(column.size()));
        }
        call.tables[0] = {start.data(), int64_t(start.size())};
        call.tables[1] = {column.data(), int64_t(column.size())};
        call.tables[2] = {value.data(), int64_t(value.size())};
        const Block rows = random_numbers(call, batch * (width + slot), 1, random_);
        const std::vector<double> from = widened(rows, dtype_);
        std::vector<double> to;
        for (int64_t b = 0; b < batch; ++b) {
          if (!slot) to.push_back(0);
          for (int64_t i = 0; i < lines; ++i) {
            double sum = 0;
            for (int32_t e = start[i]; e < start[i + 1]; ++e) sum += value[e] * from[b * (width + slot) + slot + column[e]];
            to.push_back(sum);
          }
        }
        Case test{"sparseMap", call, {rows}, {}, {}};
        test.call.in[0].scalar = slot;
        test.call.out[0].scalar = 1 - slot;
        finish(test, {to});
      }
  }

  static void append(std::vector<double> &numbers, const Row &row, int slot, double scalar) {
    if (slot) numbers.push_back(scalar);
    for (const Variable &number : row) numbers.push_back(number.value);
  }

  sig_call call_of(int32_t operation, int64_t batch) const {
    sig_call call{};
    call.operation = operation;
    call.dtype = dtype_;
    call.batch = batch;
    call.end_time = 1.5;
    return call;
  }

  void finish(Case &test, const std::vector<std::vector<double>> &expected) {
    for (const std::vector<double> &numbers : expected) {
      test.output_numbers.push_back(int64_t(numbers.size()));
      test.expected.insert(test.expected.end(), numbers.begin(), numbers.end());
    }
    const sig_call &call = test.call;
    test.name += call.dtype == SIG_FLOAT64 ? " float64" : " float32";
    test.name += " batch " + std::to_string(call.batch) + " length " + std::to_string(call.length) + " dimension " +
                 std::to_string(call.dimension) + " degree " + std::to_string(call.degree) + " flags " + std::to_string(call.flags) +
                 " correction " + std::to_string(call.correction_layout) + " scalar " + std::to_string(call.in[0].scalar) +
                 std::to_string(call.out[0].scalar) + " numbers " + std::to_string(test.output_numbers[0]);
    visit_(test);
  }

  std::function<void(const Case &)> visit_;
  Random random_;
  int32_t dtype_ = SIG_FLOAT64;
};

}  // namespace cases
