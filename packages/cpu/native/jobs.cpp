#include "jobs.hpp"

#include "pool.hpp"

namespace sig_cpu {

Jobs::Jobs(napi_env env) : env_(env) {
  napi_value name;
  napi_create_string_utf8(env, "@sig/cpu", NAPI_AUTO_LENGTH, &name);
  napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, deliver, &messages_);
  napi_unref_threadsafe_function(env, messages_);
}

int64_t Jobs::start(const std::shared_ptr<Execution> &execution, int64_t threads, napi_value arrays, napi_value settled) {
  auto owned = std::make_unique<Job>(Job{this, ++last_, execution, nullptr, nullptr, SIG_OK});
  Job *const job = owned.get();
  napi_create_reference(env_, arrays, 1, &job->arrays);
  napi_create_reference(env_, settled, 1, &job->settled);
  execution->finished = [this, job](int32_t status) { post(job, status); };
  const int64_t id = job->id;
  jobs_.emplace(id, std::move(owned));
  if (jobs_.size() == 1) napi_ref_threadsafe_function(env_, messages_);
  {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  if (Pool::process_wide().start(execution, threads)) return id;
  {
    const std::lock_guard lock(mutex_);
    --running_;
  }
  drop(job);
  return 0;
}

void Jobs::stop(int64_t id) {
  const auto found = jobs_.find(id);
  if (found != jobs_.end()) Pool::process_wide().stop(std::shared_ptr(found->second->execution));
}

double Jobs::progress(int64_t id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? 1.0 : found->second->execution->progress();
}

// On whatever thread ended the execution. The environment may be gone as soon as the lock is released.
void Jobs::post(Job *job, int32_t status) {
  job->status = status;
  const std::lock_guard lock(mutex_);
  napi_call_threadsafe_function(messages_, job, napi_tsfn_nonblocking);
  if (--running_ == 0) changed_.notify_all();
}

// On the environment's thread; without an environment while it is being torn down, when close() has dropped the job.
void Jobs::deliver(napi_env env, napi_value, void *, void *data) {
  if (!env) return;
  Job *const job = static_cast<Job *>(data);
  napi_value settled, receiver, status;
  napi_get_reference_value(env, job->settled, &settled);
  napi_get_undefined(env, &receiver);
  napi_create_int32(env, job->status, &status);
  job->jobs->drop(job);
  napi_call_function(env, receiver, settled, 1, &status, nullptr);
}

void Jobs::drop(Job *job) {
  napi_delete_reference(env_, job->arrays);
  napi_delete_reference(env_, job->settled);
  jobs_.erase(job->id);
  if (jobs_.empty()) napi_unref_threadsafe_function(env_, messages_);
}

void Jobs::close() {
  for (auto &[id, job] : jobs_) job->execution->stop();
  for (auto &[id, job] : jobs_) Pool::process_wide().stop(job->execution);
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return running_ == 0; });
  lock.unlock();
  while (!jobs_.empty()) drop(jobs_.begin()->second.get());
}

}  // namespace sig_cpu
