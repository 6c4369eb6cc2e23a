// One call on a device: its operands go up, its launches run, its results come down.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "driver.hpp"
#include "plan.hpp"

namespace sig_cuda {

// Host memory that an operand occupies; empty where there is nothing.
struct HostOperand {
  void *data = nullptr;
  size_t bytes = 0;
};

class Call {
 public:
  // `call` has tables in device memory; its operands are set here. Results stay pinned until `fetch`.
  Call(Driver &driver, const sig_call &call, std::vector<HostOperand> inputs, std::vector<HostOperand> outputs);
  ~Call();
  Call(const Call &) = delete;
  Call &operator=(const Call &) = delete;

  // Queues everything; a sig_status, or one of sig_description.hpp. The inputs are copied before it returns.
  int32_t start(int64_t memory_limit);
  // Asks the launches to end soon. May be called from any thread.
  void stop();
  bool stopped() const;
  // Copies the results to the outputs, when the device is done.
  void fetch();

  Driver &driver() const { return driver_; }

 private:
  void *device(size_t bytes);
  void *pinned(size_t bytes);

  Driver &driver_;
  sig_call call_;
  const std::vector<HostOperand> inputs_, outputs_;
  std::vector<void *> device_memory_, pinned_memory_;
  std::vector<void *> results_;
  int32_t *stop_ = nullptr;
};

}  // namespace sig_cuda
