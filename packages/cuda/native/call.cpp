#include "call.hpp"

#include <cstring>

#include "sig_description.hpp"

namespace sig_cuda {

Call::Call(Driver &driver, const sig_call &call, std::vector<HostOperand> inputs, std::vector<HostOperand> outputs)
    : driver_(driver), call_(call), inputs_(std::move(inputs)), outputs_(std::move(outputs)) {}

Call::~Call() {
  for (void *memory : device_memory_) driver_.release(memory);
  for (void *memory : pinned_memory_) driver_.release_pinned(memory);
}

void *Call::device(size_t bytes) { return device_memory_.emplace_back(driver_.allocate(bytes)); }
void *Call::pinned(size_t bytes) { return pinned_memory_.emplace_back(driver_.allocate_pinned(bytes)); }

int32_t Call::start(int64_t memory_limit) {
  Plan plan;
  const int32_t status = make_plan(call_, driver_.facts(), memory_limit, plan);
  if (status != SIG_OK) return status;
  try {
    stop_ = static_cast<int32_t *>(pinned(sizeof(int32_t)));
    *stop_ = 0;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (!inputs_[i].bytes) continue;
      void *const staged = pinned(inputs_[i].bytes);
      std::memcpy(staged, inputs_[i].data, inputs_[i].bytes);
      call_.in[i].data = device(inputs_[i].bytes);
      driver_.upload(call_.in[i].data, staged, inputs_[i].bytes);
    }
    for (size_t i = 0; i < outputs_.size(); ++i)
      if (outputs_[i].bytes) call_.out[i].data = device(outputs_[i].bytes);
    char *const work = plan.work_bytes ? static_cast<char *>(device(size_t(plan.work_bytes))) : nullptr;
    for (const Launch &launch : plan.launches) {
      const Job job{call_, work, launch.block_bytes, launch.parts, launch.tile, stop_};
      driver_.launch(launch.kernel.c_str(), unsigned(launch.blocks), unsigned(launch.threads), size_t(launch.shared_bytes), &job, sizeof job);
    }
    for (size_t i = 0; i < outputs_.size(); ++i) {
      results_.push_back(outputs_[i].bytes ? pinned(outputs_[i].bytes) : nullptr);
      if (outputs_[i].bytes) driver_.download(results_[i], call_.out[i].data, outputs_[i].bytes);
    }
  } catch (const DriverError &error) {
    // What was queued still reads the pinned memory, which others get when this call ends.
    driver_.synchronize();
    if (!error.out_of_memory) throw;
    return sig_description::out_of_memory;
  }
  return SIG_OK;
}

void Call::stop() { __atomic_store_n(stop_, 1, __ATOMIC_RELAXED); }
bool Call::stopped() const { return __atomic_load_n(stop_, __ATOMIC_RELAXED) != 0; }

void Call::fetch() {
  for (size_t i = 0; i < outputs_.size(); ++i)
    if (outputs_[i].bytes) std::memcpy(outputs_[i].data, results_[i], outputs_[i].bytes);
}

}  // namespace sig_cuda
