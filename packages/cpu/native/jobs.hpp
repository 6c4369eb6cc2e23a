// The promised calls of one environment: pool threads compute, the environment's own thread hears of the end.
#pragma once

#include <node_api.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "execution.hpp"

namespace sig_cpu {

class Jobs {
 public:
  // The environment stays alive while a job is pending, and no longer on account of this.
  explicit Jobs(napi_env env);

  // Calls settled(status) when the execution has ended; `arrays` is kept from collection until then. Returns 0 if no thread is to be had.
  int64_t start(const std::shared_ptr<Execution> &execution, int64_t threads, napi_value arrays, napi_value settled);
  void stop(int64_t id);
  double progress(int64_t id) const;

  // Stops every job and waits until no thread touches an array of this environment.
  void close();

 private:
  struct Job {
    Jobs *jobs;
    int64_t id;
    std::shared_ptr<Execution> execution;
    napi_ref arrays;
    napi_ref settled;
    int32_t status;
  };

  static void deliver(napi_env env, napi_value, void *, void *data);
  void post(Job *job, int32_t status);
  void drop(Job *job);

  napi_env env_;
  napi_threadsafe_function messages_ = nullptr;
  std::unordered_map<int64_t, std::unique_ptr<Job>> jobs_;
  int64_t last_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t running_ = 0;
};

}  // namespace sig_cpu
