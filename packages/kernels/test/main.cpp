// Drives every operation through the C ABI: exact buffers, poisoned memory, several threads, every target that this processor runs.
// Meant to be built with the address, undefined and thread sanitizers too.
//   main [target]   checks that target alone
#include <cmath>
#include <cstdio>
#include <map>

#include "cases.hpp"

namespace {

int failures = 0;
std::string current;
std::map<std::string, int64_t> checked;

void fail(const Case &test, const sig_kernels &kernels, const char *what) {
  if (++failures <= 50) std::fprintf(stderr, "FAILED on %s: %s: %s\n", kernels.target, test.name.c_str(), what);
}

template <class T>
double largest(const Block &block) {
  double most = 0;
  for (int64_t i = 0; i < block.bytes() / int64_t(sizeof(T)); ++i) {
    const double value = std::fabs(double(static_cast<const T *>(block.data())[i]));
    if (!(value <= most)) most = value; // a NaN stays
  }
  return most;
}

template <class T>
double distance(const Block &a, const Block &b) {
  double most = 0;
  for (int64_t i = 0; i < a.bytes() / int64_t(sizeof(T)); ++i) {
    const double value = std::fabs(double(static_cast<const T *>(a.data())[i]) - double(static_cast<const T *>(b.data())[i]));
    if (!(value <= most)) most = value;
  }
  return most;
}

bool finite(const Case &test, const Outcome &outcome) {
  for (const Block &block : outcome.outputs)
    if (!std::isfinite(test.call.dtype == SIG_FLOAT64 ? largest<double>(block) : largest<float>(block))) return false;
  return true;
}

bool near(const Case &test, const Outcome &a, const Outcome &b) {
  for (size_t i = 0; i < a.outputs.size(); ++i) {
    const bool wide = test.call.dtype == SIG_FLOAT64;
    const double scale = 1 + (wide ? largest<double>(a.outputs[i]) : largest<float>(a.outputs[i]));
    const double error = wide ? distance<double>(a.outputs[i], b.outputs[i]) : distance<float>(a.outputs[i], b.outputs[i]);
    if (!(error <= scale * (wide ? 1e-11 : 1e-3))) return false;
  }
  return true;
}

// Whether the outputs are what the case expects, relative to the largest number.
bool as_expected(const Case &test, const std::vector<Block> &outputs) {
  if (test.expected.empty()) return true;
  double scale = 0, most = 0;
  size_t place = 0;
  for (const Block &output : outputs) {
    for (int64_t i = 0; i < output.bytes() / number_bytes(test.call); ++i, ++place) {
      const double value =
          test.call.dtype == SIG_FLOAT64 ? static_cast<const double *>(output.data())[i] : static_cast<const float *>(output.data())[i];
      const double error = std::fabs(value - test.expected[place]);
      if (!(error <= most)) most = error;
      scale = std::max(scale, std::fabs(test.expected[place]));
    }
  }
  return most <= scale * (test.call.dtype == SIG_FLOAT64 ? 1e-12 : 1e-5);
}

void check(const sig_kernels &kernels, const sig_kernels &reference, const Case &test) {
  ++checked[kernels.target];
  current = test.name;
  const Outcome one = perform(kernels, test, 1, nan_bytes);
  if (one.status == -1) return fail(test, kernels, "an input was written to");
  if (one.status != SIG_OK) return fail(test, kernels, "status is not SIG_OK");
  if (!finite(test, one)) return fail(test, kernels, "an output was not written, or unspecified memory was used");
  if (!as_expected(test, one.outputs)) fail(test, kernels, "differs from the reference");
  if (!one.progress_complete) fail(test, kernels, "progress does not add up to the work planned");
  const Outcome three = perform(kernels, test, 3, 0);
  if (!(one.outputs == three.outputs)) fail(test, kernels, "bits depend on the threads or on the content of working memory");
  for (const bool reverse : {false, true})
    if (!(one.outputs == perform_packed(kernels, test, reverse))) fail(test, kernels, "bits depend on where the operands lie");
  if (&kernels != &reference && !near(test, perform(reference, test, 1, 0), one)) fail(test, kernels, "differs from the baseline");
  if (perform(kernels, test, 1, 0, true).status != SIG_STOPPED && !test.outputs_empty()) fail(test, kernels, "the stop flag was not seen");
}

}  // namespace

// Called by the address sanitizer before it reports.
extern "C" __attribute__((visibility("default"))) void __asan_on_error() { std::fprintf(stderr, "in %s\n", current.c_str()); }

int main(int count, char **arguments) {
  const sig_kernels *baseline = nullptr;
  int32_t baseline_place = 0;
  for (int32_t i = 0; sig_kernels_compiled(i); ++i)
    if (std::string(sig_kernels_compiled(i)->target) == "baseline") baseline = sig_kernels_compiled(baseline_place = i);
  for (int32_t i = 0; const sig_kernels *kernels = sig_kernels_compiled(i); ++i) {
    if (count > 1 && std::string(arguments[1]) != kernels->target) continue;
    if (!sig_kernels_supported(kernels)) {
      std::printf("skipped %s: this processor cannot run it\n", kernels->target);
      continue;
    }
    cases::Cases all([&](const Case &test) { check(*kernels, *baseline, test); });
    all.baseline_ = baseline_place;
    all.all();
    std::printf("%s: %lld calls\n", kernels->target, static_cast<long long>(checked[kernels->target]));
  }
  std::printf("%d failed\n", failures);
  return failures ? 1 : 0;
}
