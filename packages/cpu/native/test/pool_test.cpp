// The thread pool under load, with kernels made for the purpose: three phases, the second without a task, whose tasks count.
// Meant to be built with the thread sanitizer too.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "../execution.hpp"
#include "../pool.hpp"

namespace {

using sig_cpu::Execution;
using sig_cpu::Memory;
using sig_cpu::Pool;

constexpr int64_t endless = -1;

void require(bool condition, const char *what) {
  if (condition) return;
  std::fprintf(stderr, "FAILED: %s\n", what);
  std::exit(1);
}

int32_t plan(const sig_call *call, sig_plan *out) {
  *out = {};
  out->phases = 3;
  out->tasks[0] = call->batch;
  out->tasks[1] = 0;
  out->tasks[2] = 2;
  out->shared_bytes = int64_t(sizeof(int64_t)) * (call->batch + 1);
  out->scratch_bytes = call->degree;
  out->work = call->batch + 2;
  return SIG_OK;
}

// Phase 0 writes squares, phase 2 adds them up twice; length endless: a task runs until it is stopped.
int32_t run(const sig_call *call, int32_t phase, int64_t task, void *shared, void *scratch, sig_control *control) {
  int64_t *const squares = static_cast<int64_t *>(shared);
  static_cast<char *>(scratch)[call->degree - 1] = 1;
  while (call->length == endless) {
    if (__atomic_load_n(&control->stop, __ATOMIC_RELAXED)) return SIG_STOPPED;
    std::this_thread::yield();
  }
  if (phase == 0) {
    squares[task] = task * task;
  } else {
    int64_t sum = 0;
    for (int64_t i = 0; i < call->batch; ++i) sum += squares[i];
    static_cast<int64_t *>(call->out[task].data)[0] = sum;
  }
  __atomic_fetch_add(&control->progress, 1, __ATOMIC_RELAXED);
  return SIG_OK;
}

const sig_kernels kernels = {"test", 16, plan, run};

struct Call {
  int64_t sums[2] = {-1, -1};
  std::atomic<int32_t> ended{-1};
  std::shared_ptr<Execution> execution;

  explicit Call(int64_t tasks, int64_t length = 0, int64_t scratch = 100) {
    sig_call call{};
    call.batch = tasks;
    call.length = length;
    call.degree = scratch;
    call.out[0].data = &sums[0];
    call.out[1].data = &sums[1];
    sig_plan planned;
    plan(&call, &planned);
    execution = std::make_shared<Execution>(kernels, call, planned, nullptr);
    execution->finished = [this](int32_t status) { ended = status; };
    require(execution->allocate_shared(), "shared memory");
  }

  bool right(int64_t tasks) const {
    const int64_t sum = (tasks - 1) * tasks * (2 * tasks - 1) / 6;
    return sums[0] == sum && sums[1] == sum;
  }
};

void calls_from_many_threads() {
  std::vector<std::thread> callers;
  for (int c = 0; c < 4; ++c) {
    callers.emplace_back([c] {
      Pool &pool = Pool::process_wide();
      pool.enter();
      Memory memory;
      for (int round = 0; round < 200; ++round) {
        const int64_t tasks = 1 + (round * 7 + c) % 40;
        Call promised(tasks), direct(tasks);
        require(pool.start(promised.execution, 1 + round % 4), "a thread for a promised call");
        require(pool.run(direct.execution, 1 + (round + c) % 4, memory) == SIG_OK && direct.right(tasks), "a call that takes part");
        require(promised.execution->wait() == SIG_OK && promised.right(tasks), "a promised call");
        require(promised.ended == SIG_OK, "the end is told once");
        require(promised.execution->progress() == 1.0, "progress");
      }
      pool.leave();
    });
  }
  for (std::thread &caller : callers) caller.join();
}

void stops() {
  Pool &pool = Pool::process_wide();
  pool.enter();
  Memory memory;
  for (int round = 0; round < 50; ++round) {
    std::vector<std::unique_ptr<Call>> calls;
    for (int i = 0; i < 12; ++i) {
      calls.push_back(std::make_unique<Call>(3, endless));
      require(pool.start(calls.back()->execution, 1 + i % 3), "a thread");
    }
    // A call among them does not starve.
    Call direct(20);
    require(pool.run(direct.execution, 3, memory) == SIG_OK && direct.right(20), "a call beside endless ones");
    for (auto &call : calls) pool.stop(call->execution);
    for (auto &call : calls) require(call->execution->wait() == SIG_STOPPED && call->ended == SIG_STOPPED, "a stopped call");
    Call after(10);
    pool.stop(calls[0]->execution);
    require(pool.start(after.execution, 2) && after.execution->wait() == SIG_OK && after.right(10), "a call after stopped ones");
  }
  pool.leave();
}

void memory_runs_out() {
  Pool &pool = Pool::process_wide();
  pool.enter();
  Memory memory;
  for (int threads = 1; threads < 4; ++threads) {
    Call call(10, 0, int64_t(1) << 60);
    require(pool.run(call.execution, threads, memory) == sig_cpu::out_of_memory, "scratch that cannot be had");
    Call promised(10, 0, int64_t(1) << 60);
    require(pool.start(promised.execution, threads) && promised.execution->wait() == sig_cpu::out_of_memory, "the same, promised");
  }
  Call call(10);
  require(pool.run(call.execution, 2, memory) == SIG_OK && call.right(10), "a call after memory ran out");
  pool.leave();
}

}  // namespace

// Under a sanitizer too, memory that cannot be had is a null pointer.
extern "C" __attribute__((visibility("default"))) const char *__tsan_default_options() { return "allocator_may_return_null=1"; }
extern "C" __attribute__((visibility("default"))) const char *__asan_default_options() { return "allocator_may_return_null=1"; }

int main() {
  calls_from_many_threads();
  stops();
  memory_runs_out();
  std::puts("pool: ok");
}
