// One planned call of the kernels, its tasks handed out to any number of threads, phase by phase.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>

#include "memory.hpp"
#include "sig_description.hpp"
#include "sig_kernels.h"
#include "tables.hpp"

namespace sig_cpu {

using sig_description::out_of_memory;

// Everything on the calling thread, shared memory and scratch taken from `memory`.
int32_t run_alone(const sig_kernels &kernels, const sig_call &call, const sig_plan &plan, Memory &memory);

class Execution {
 public:
  Execution(const sig_kernels &kernels, const sig_call &call, const sig_plan &plan, std::shared_ptr<const Table> table)
      : kernels_(kernels), call_(call), plan_(plan), table_(std::move(table)) {}

  // Called once with the status, when the kernels are done with every array; set before the first thread takes part.
  std::function<void(int32_t)> finished;

  // Allocates what the threads share; the first step, and where it fails the last.
  bool allocate_shared();

  // Runs tasks until none is left to begin (then true), or until `wanted_elsewhere` is positive between two tasks.
  bool take_part(Memory &scratch, const std::atomic<int64_t> &wanted_elsewhere);

  // Ends a call in which no thread takes part; nothing happens if it has ended already.
  void abandon(int32_t status);

  int32_t wait();
  void stop() { __atomic_store_n(&control_.stop, 1, __ATOMIC_RELAXED); }
  double progress() const;

 private:
  bool claim(int32_t &phase, int64_t &task);
  void complete(int32_t status);
  void end(std::unique_lock<std::mutex> &lock);

  const sig_kernels &kernels_;
  const sig_call call_;
  const sig_plan plan_;
  const std::shared_ptr<const Table> table_;
  sig_control control_{};
  Memory memory_;
  void *shared_ = nullptr;

  std::mutex mutex_;
  std::condition_variable changed_;
  int32_t phase_ = 0;
  int64_t next_ = 0;
  int64_t running_ = 0;
  int32_t status_ = SIG_OK;
  bool ending_ = false;
  bool ended_ = false;
};

}  // namespace sig_cpu
