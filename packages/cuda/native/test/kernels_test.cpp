// The kernels of the device through planner and driver, in three schedules of their threads, held against the kernels of the CPU on the
// cases of their own test. Meant to be built with the address, undefined and thread sanitizers.
//   kernels_test [every]   runs one case in `every` of each operation (default 1)
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>

#include "call.hpp"
#include "cases.hpp"

namespace {

using sig_cuda::Call;
using sig_cuda::Driver;
using sig_cuda::HostOperand;

// Shapes that a thread for every thread of the device can serve in little time.
bool is_small(const Case &test) {
  int64_t bytes = 0;
  for (const Block &input : test.inputs) bytes += input.bytes();
  for (const int64_t numbers : test.output_numbers) bytes += numbers * number_bytes(test.call);
  return bytes <= 12000 && test.call.batch <= 8;
}

struct DeviceOutcome {
  int32_t status = SIG_OK;
  std::vector<Block> outputs;
};

std::vector<HostOperand> operands(const std::vector<Block> &blocks) {
  std::vector<HostOperand> all;
  for (const Block &block : blocks) all.push_back({block.data(), size_t(block.bytes())});
  return all;
}

// Which arrays of a table hold doubles, as packages/core/src/tables.ts says; the others are int32_t.
bool is_real(int32_t operation, int array) {
  if (operation >= SIG_SIG_TO_LOG_SIG && operation <= SIG_LOG_SIG_TO_SIG_BACKPROP) return array == 3 || array == 6;
  if (operation >= SIG_LOG_SIG_COMBINE && operation <= SIG_LOG_SIG_BCH_BACKPROP) return array == 4 || array == 11;
  return operation == SIG_SPARSE_MAP && array == 2;
}

DeviceOutcome run(Driver &driver, const Case &test) {
  DeviceOutcome outcome;
  outcome.outputs = blank_outputs(test);
  sig_call device_call = test.call;
  std::vector<void *> tables;
  for (int i = 0; i < 12; ++i) {
    sig_table &table = device_call.tables[i];
    if (!table.length) continue;
    const size_t bytes = size_t(table.length) * (is_real(test.call.operation, i) ? 8 : 4);
    tables.push_back(driver.allocate(bytes));
    driver.upload(tables.back(), table.data, bytes);
    table.data = tables.back();
  }
  Call call(driver, device_call, operands(test.inputs), operands(outcome.outputs));
  outcome.status = call.start(int64_t(1) << 30);
  driver.synchronize();
  if (outcome.status == SIG_OK) call.fetch();
  for (void *const table : tables) driver.release(table);
  return outcome;
}

template <class T>
double distance(const Block &a, const Block &b, double &largest) {
  double most = 0;
  for (int64_t i = 0; i < a.bytes() / int64_t(sizeof(T)); ++i) {
    const double x = static_cast<const T *>(a.data())[i], y = static_cast<const T *>(b.data())[i], error = std::fabs(x - y);
    if (!(error <= most)) most = error;
    if (!(std::fabs(y) <= largest)) largest = std::fabs(y);
  }
  return most;
}

int failures = 0;
void fail(const Case &test, const std::string &what) {
  if (++failures <= 30) std::fprintf(stderr, "FAILED: %s: %s\n", test.name.c_str(), what.c_str());
}

}  // namespace

int main(int count, char **arguments) {
  const int every = count > 1 ? std::atoi(arguments[1]) : 1;
  std::vector<std::unique_ptr<Driver>> drivers;
  for (int schedule = 0; schedule < 3; ++schedule) drivers.push_back(sig_cuda::open_emulated(schedule));
  const sig_kernels *reference = nullptr;
  for (int32_t i = 0; sig_kernels_compiled(i); ++i) reference = sig_kernels_compiled(i);  // the last one is the baseline
  std::map<int32_t, int> seen, checked;
  std::set<int32_t> unsupported;
  cases::Cases all([&](const Case &test) {
    const int32_t operation = test.call.operation;
    if (!is_small(test) || unsupported.count(operation) || seen[operation]++ % every) return;
    std::vector<Block> first;
    for (size_t i = 0; i < drivers.size(); ++i) {
      DeviceOutcome outcome;
      try {
        outcome = run(*drivers[i], test);
      } catch (const std::exception &error) {
        return fail(test, error.what());
      }
      if (outcome.status == SIG_UNSUPPORTED) {
        unsupported.insert(operation);
        return;
      }
      if (outcome.status != SIG_OK) return fail(test, "status " + std::to_string(outcome.status));
      if (i == 0)
        first = std::move(outcome.outputs);
      else if (!(first == outcome.outputs))
        return fail(test, "bits depend on the schedule");
    }
    ++checked[operation];
    const bool wide = test.call.dtype == SIG_FLOAT64;
    const Outcome expected = perform(*reference, test, 1, nan_bytes);
    for (size_t i = 0; i < first.size(); ++i) {
      double largest = 1;
      const double error = wide ? distance<double>(first[i], expected.outputs[i], largest) : distance<float>(first[i], expected.outputs[i], largest);
      if (!(error <= largest * (wide ? 1e-11 : 1e-4))) return fail(test, "differs from the CPU by " + std::to_string(error / largest));
    }
  });
  for (int32_t i = 0; sig_kernels_compiled(i); ++i) all.baseline_ = i;
  all.all();
  for (const auto &[operation, calls] : checked) std::printf("operation %d: %d calls\n", operation, calls);
  for (const int32_t operation : unsupported) std::printf("operation %d: not on this backend\n", operation);
  std::printf("%d failed\n", failures);
  return failures || checked.empty() ? 1 : 0;
}
