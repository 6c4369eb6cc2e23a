// A host of the kernels for tests: buffers of exactly the size that the contract states, so that a sanitizer sees every access
// beyond them, memory filled with a poison of choice, and tasks on threads of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "sig_kernels.h"

// Memory of exactly `bytes` bytes, every byte set to `fill`.
class Block {
 public:
  Block(int64_t bytes, int fill, size_t alignment = alignof(double)) : bytes_(bytes) {
    if (posix_memalign(&data_, alignment < sizeof(void *) ? sizeof(void *) : alignment, size_t(bytes ? bytes : 1))) std::abort();
    if (bytes) std::memset(data_, fill, size_t(bytes));
  }
  Block(Block &&from) noexcept : data_(from.data_), bytes_(from.bytes_) { from.data_ = nullptr; }
  Block(const Block &from) : Block(from.bytes_, 0) {
    if (bytes_) std::memcpy(data_, from.data_, size_t(bytes_));
  }
  Block &operator=(Block from) noexcept {
    std::swap(data_, from.data_);
    std::swap(bytes_, from.bytes_);
    return *this;
  }
  ~Block() { std::free(data_); }

  void *data() const { return data_; }
  int64_t bytes() const { return bytes_; }
  bool operator==(const Block &other) const { return bytes_ == other.bytes_ && (!bytes_ || !std::memcmp(data_, other.data_, size_t(bytes_))); }

 private:
  void *data_ = nullptr;
  int64_t bytes_;
};

// All bits set is a NaN in both formats.
constexpr int nan_bytes = 0xff;

// A call with its operands: `call` holds shapes and flags, the blocks become its data.
struct Case {
  std::string name;
  sig_call call{};
  std::vector<Block> inputs;
  std::vector<int64_t> output_numbers;

  bool outputs_empty() const { return output_numbers[0] == 0; }
};

inline int64_t number_bytes(const sig_call &call) { return call.dtype == SIG_FLOAT64 ? 8 : 4; }

struct Outcome {
  int32_t status;
  bool progress_complete;
  std::vector<Block> outputs;
};

// Runs a case on copies of its inputs with `threads` threads; outputs begin as NaN, working memory as `poison`.
inline Outcome perform(const sig_kernels &kernels, const Case &test, int threads, int poison, bool stopped = false) {
  sig_call call = test.call;
  const std::vector<Block> inputs = test.inputs;
  std::vector<Block> outputs;
  for (size_t i = 0; i < inputs.size(); ++i) call.in[i].data = inputs[i].bytes() ? inputs[i].data() : nullptr;
  for (size_t i = 0; i < test.output_numbers.size(); ++i) {
    outputs.emplace_back(test.output_numbers[i] * number_bytes(call), nan_bytes);
    call.out[i].data = outputs[i].data();
  }
  sig_plan plan;
  int32_t status = kernels.plan(&call, &plan);
  if (status != SIG_OK) return {status, false, std::move(outputs)};
  const Block shared(plan.shared_bytes, poison, 64);
  sig_control control{stopped, 0};
  std::atomic<int32_t> worst{SIG_OK};
  for (int32_t phase = 0; phase < plan.phases; ++phase) {
    std::atomic<int64_t> next{0};
    const auto serve = [&] {
      const Block scratch(plan.scratch_bytes, poison, 64);
      for (int64_t task; (task = next++) < plan.tasks[phase];) {
        const int32_t result = kernels.run(&call, phase, task, shared.data(), scratch.data(), &control);
        if (result != SIG_OK) worst = result;
      }
    };
    std::vector<std::thread> others;
    for (int i = 1; i < threads; ++i) others.emplace_back(serve);
    serve();
    for (std::thread &thread : others) thread.join();
  }
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!(inputs[i] == test.inputs[i])) worst = -1;
  return {worst, control.progress == plan.work, std::move(outputs)};
}
