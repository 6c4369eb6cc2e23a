// A host of the kernels for tests: buffers of exactly the size that the contract states, so that a sanitizer sees every access
// beyond them, memory filled with a poison of choice, and tasks on threads of its own.
#pragma once

#include <algorithm>
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
  std::vector<double> expected;  // all outputs, one after another, where the case knows them

  // An output without numbers is not asked for.
  bool outputs_empty() const { return std::all_of(output_numbers.begin(), output_numbers.end(), [](int64_t n) { return n == 0; }); }
};

inline int64_t number_bytes(const sig_call &call) { return call.dtype == SIG_FLOAT64 ? 8 : 4; }

struct Outcome {
  int32_t status;
  bool progress_complete;
  std::vector<Block> outputs;
};

inline sig_call with_operands(const Case &test, const std::vector<Block> &inputs, const std::vector<Block> &outputs) {
  sig_call call = test.call;
  for (size_t i = 0; i < inputs.size(); ++i) call.in[i].data = inputs[i].bytes() ? inputs[i].data() : nullptr;
  for (size_t i = 0; i < outputs.size(); ++i) call.out[i].data = outputs[i].bytes() ? outputs[i].data() : nullptr;
  return call;
}

inline std::vector<Block> blank_outputs(const Case &test) {
  std::vector<Block> outputs;
  for (const int64_t numbers : test.output_numbers) outputs.emplace_back(numbers * number_bytes(test.call), nan_bytes);
  return outputs;
}

// Runs a case on copies of its inputs with `threads` threads; outputs begin as NaN, working memory as `poison`.
inline Outcome perform(const sig_kernels &kernels, const Case &test, int threads, int poison, bool stopped = false) {
  const std::vector<Block> inputs = test.inputs;
  std::vector<Block> outputs = blank_outputs(test);
  const sig_call call = with_operands(test, inputs, outputs);
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

// Runs a case on one thread with its operands one right after another, in their order or in reverse. A loop that the compiler
// vectorised only for operands that lie apart would show.
inline std::vector<Block> perform_packed(const sig_kernels &kernels, const Case &test, bool reverse) {
  std::vector<Block> outputs = blank_outputs(test);
  sig_call call = with_operands(test, test.inputs, outputs);
  std::vector<std::pair<void **, const Block *>> operands;
  for (size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i].bytes()) operands.emplace_back(&call.out[i].data, &outputs[i]);
  for (size_t i = 0; i < test.inputs.size(); ++i)
    if (test.inputs[i].bytes()) operands.emplace_back(const_cast<void **>(&call.in[i].data), &test.inputs[i]);
  if (reverse) std::reverse(operands.begin(), operands.end());
  int64_t bytes = 0;
  for (const auto &[place, block] : operands) bytes += block->bytes();
  const Block together(bytes, 0, 64);
  char *next = static_cast<char *>(together.data());
  for (const auto &[place, block] : operands) {
    if (block->bytes()) std::memcpy(next, block->data(), size_t(block->bytes()));
    *place = next;
    next += block->bytes();
  }
  sig_plan plan;
  if (kernels.plan(&call, &plan) != SIG_OK) return outputs;
  const Block shared(plan.shared_bytes, 0, 64), scratch(plan.scratch_bytes, 0, 64);
  sig_control control{0, 0};
  for (int32_t phase = 0; phase < plan.phases; ++phase)
    for (int64_t task = 0; task < plan.tasks[phase]; ++task) kernels.run(&call, phase, task, shared.data(), scratch.data(), &control);
  for (size_t i = 0; i < outputs.size(); ++i)
    if (outputs[i].bytes()) std::memcpy(outputs[i].data(), call.out[i].data, size_t(outputs[i].bytes()));
  return outputs;
}
