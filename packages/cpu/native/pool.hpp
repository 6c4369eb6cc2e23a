// The threads of the process: they help synchronous calls and carry the promised ones.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "execution.hpp"

namespace sig_cpu {

class Pool {
 public:
  // Never destroyed: process.exit() leaves with threads at work.
  static Pool &process_wide();

  // Environments of Node that may use the pool; the last one to leave joins the threads.
  void enter();
  void leave();

  // Runs on the calling thread and up to `threads` - 1 others.
  int32_t run(const std::shared_ptr<Execution> &execution, int64_t threads, Memory &memory);

  // Runs on up to `threads` threads of the pool; false if there is none to be had.
  bool start(const std::shared_ptr<Execution> &execution, int64_t threads);

  // Stops a call, at once if it waits for a thread, else as soon as its tasks notice.
  void stop(const std::shared_ptr<Execution> &execution);

 private:
  struct Seats {
    std::shared_ptr<Execution> execution;
    int64_t limit;
    int64_t taken;
  };

  void offer(const std::shared_ptr<Execution> &execution, int64_t seats);
  void grow(int64_t request);
  void serve();
  std::list<Seats>::iterator choose();
  void count_unattended();

  std::mutex environments_mutex_;
  int64_t environments_ = 0;

  std::mutex mutex_;
  std::condition_variable offered_;
  std::list<Seats> offers_;  // those least recently chosen first
  std::atomic<int64_t> unattended_{0};
  std::vector<std::thread> threads_;
  int64_t largest_request_ = 0;
  bool closing_ = false;
};

}  // namespace sig_cpu
