#include "execution.hpp"

namespace sig_cpu {

int32_t run_alone(const sig_kernels &kernels, const sig_call &call, const sig_plan &plan, Memory &memory) {
  const int64_t shared_bytes = Memory::rounded(plan.shared_bytes);
  char *const bytes = static_cast<char *>(memory.reserve(shared_bytes + plan.scratch_bytes));
  if (!bytes) return out_of_memory;
  sig_control control{};
  for (int32_t phase = 0; phase < plan.phases; ++phase) {
    for (int64_t task = 0; task < plan.tasks[phase]; ++task) {
      const int32_t status = kernels.run(&call, phase, task, bytes, bytes + shared_bytes, &control);
      if (status != SIG_OK) return status;
    }
  }
  memory.trim();
  return SIG_OK;
}

bool Execution::allocate_shared() {
  shared_ = memory_.reserve(plan_.shared_bytes);
  return shared_ != nullptr;
}

bool Execution::take_part(Memory &scratch, const std::atomic<int64_t> &wanted_elsewhere) {
  int32_t phase;
  int64_t task;
  while (claim(phase, task)) {
    void *const bytes = scratch.reserve(plan_.scratch_bytes);
    complete(bytes ? kernels_.run(&call_, phase, task, shared_, bytes, &control_) : out_of_memory);
    if (wanted_elsewhere.load(std::memory_order_relaxed) > 0) return false;
  }
  return true;
}

// Waits for the end of a phase where another follows; false when nothing is left to begin.
bool Execution::claim(int32_t &phase, int64_t &task) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (status_ != SIG_OK || phase_ >= plan_.phases) return false;
    if (next_ < plan_.tasks[phase_]) {
      phase = phase_;
      task = next_++;
      ++running_;
      return true;
    }
    if (!running_) {
      ++phase_;
      next_ = 0;
      changed_.notify_all();
      if (phase_ == plan_.phases) end(lock);
      continue;
    }
    if (phase_ + 1 == plan_.phases) return false;
    changed_.wait(lock);
  }
}

void Execution::complete(int32_t status) {
  std::unique_lock lock(mutex_);
  --running_;
  if (status != SIG_OK && status_ == SIG_OK) status_ = status;
  if (running_) return;
  if (status_ != SIG_OK || (phase_ + 1 == plan_.phases && next_ == plan_.tasks[phase_])) {
    end(lock);
  } else if (next_ == plan_.tasks[phase_]) {
    ++phase_;
    next_ = 0;
  }
  changed_.notify_all();
}

void Execution::abandon(int32_t status) {
  std::unique_lock lock(mutex_);
  if (ending_) return;
  status_ = status;
  end(lock);
}

void Execution::end(std::unique_lock<std::mutex> &lock) {
  if (ending_) return;
  ending_ = true;
  const int32_t status = status_;
  lock.unlock();
  if (finished) finished(status);
  lock.lock();
  ended_ = true;
  changed_.notify_all();
}

int32_t Execution::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ended_; });
  return status_;
}

double Execution::progress() const {
  const double done = double(__atomic_load_n(&control_.progress, __ATOMIC_RELAXED));
  return plan_.work > 0 ? done / double(plan_.work) : 0.0;
}

}  // namespace sig_cpu
