// The addon: one generic entry for every operation, on one device for each environment of Node. All checks were made in TypeScript; here
// a description becomes a Call.
#include <napi.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "call.hpp"
#include "sig_description.hpp"

namespace sig_cuda {
namespace {

using sig_description::FIELDS;
using sig_description::INPUTS;
using sig_description::MEMORY_LIMIT;
using sig_description::OUTPUTS;
using sig_description::out_of_memory;

// Behind the description, in the order of src/host.ts. Table 0 is none.
enum Field { TABLE = FIELDS, ALL_FIELDS };

// A prepared table in device memory.
struct DeviceTable {
  std::vector<sig_table> arrays;
};

struct Job {
  std::unique_ptr<Call> call;
  napi_ref arrays, settled;
  std::string failure;
};

// What one environment of Node (the main thread or a worker) keeps. Tables and calls end before the driver does.
class Environment {
 public:
  explicit Environment(napi_env env) : env_(env) {
    napi_value buffer, name;
    void *data;
    napi_create_arraybuffer(env, ALL_FIELDS * sizeof(double), &data, &buffer);
    napi_create_reference(env, buffer, 1, &description_buffer);
    description = static_cast<const double *>(data);
    napi_create_string_utf8(env, "@sig/cuda", NAPI_AUTO_LENGTH, &name);
    napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, deliver, &messages_);
    napi_unref_threadsafe_function(env, messages_);
    napi_add_env_cleanup_hook(env, close, this);
  }

  napi_ref description_buffer = nullptr;
  const double *description = nullptr;
  std::unique_ptr<Driver> driver;

  int64_t add_table(const Napi::Array &arrays) {
    DeviceTable table;
    for (uint32_t i = 0; i < arrays.Length(); ++i) {
      const Napi::TypedArray array = Napi::Value(arrays.Get(i)).As<Napi::TypedArray>();
      void *data;
      napi_get_typedarray_info(env_, array, nullptr, nullptr, &data, nullptr, nullptr);
      void *const copy = array.ByteLength() ? driver->allocate(array.ByteLength()) : nullptr;
      if (copy) driver->upload(copy, data, array.ByteLength());
      table.arrays.push_back({copy, int64_t(array.ElementLength())});
    }
    driver->synchronize();
    tables_.emplace(++last_, std::move(table));
    return last_;
  }

  // Calls in flight were queued before, and release is in the order of the stream.
  void forget(int64_t id) {
    const auto found = tables_.find(id);
    if (found == tables_.end()) return;
    for (const sig_table &array : found->second.arrays)
      if (array.data) driver->release(const_cast<void *>(array.data));
    tables_.erase(found);
  }

  // The described call on its operands, inputs first.
  std::unique_ptr<Call> make_call(const std::vector<napi_value> &operands) {
    sig_call call{};
    sig_description::read(description, call);
    const auto table = tables_.find(int64_t(description[TABLE]));
    if (table != tables_.end()) std::copy(table->second.arrays.begin(), table->second.arrays.end(), call.tables);
    std::vector<HostOperand> inputs, outputs;
    for (size_t i = 0; i < operands.size(); ++i) (i < size_t(description[INPUTS]) ? inputs : outputs).push_back(operand(operands[i]));
    return std::make_unique<Call>(*driver, call, std::move(inputs), std::move(outputs));
  }

  size_t operands() const { return size_t(description[INPUTS] + description[OUTPUTS]); }
  int64_t memory_limit() const { return int64_t(description[MEMORY_LIMIT]); }

  // Calls settled(status, failure) when the device is done; `arrays` is kept from collection until then.
  int64_t start(std::unique_ptr<Call> call, napi_value arrays, napi_value settled) {
    const int64_t id = ++last_;
    Job &job = jobs_[id];
    job.call = std::move(call);
    napi_create_reference(env_, arrays, 1, &job.arrays);
    napi_create_reference(env_, settled, 1, &job.settled);
    if (jobs_.size() == 1) napi_ref_threadsafe_function(env_, messages_);
    {
      const std::lock_guard lock(mutex_);
      ++running_;
    }
    driver->notify(post, new Notice{this, id, {}});
    return id;
  }

  void stop(int64_t id) {
    const auto found = jobs_.find(id);
    if (found != jobs_.end()) found->second.call->stop();
  }

 private:
  struct Notice {
    Environment *environment;
    int64_t id;
    std::string failure;
  };

  HostOperand operand(napi_value array) const {
    napi_valuetype type;
    napi_typeof(env_, array, &type);
    if (type == napi_null) return {};
    napi_typedarray_type kind;
    size_t length;
    HostOperand operand;
    napi_get_typedarray_info(env_, array, &kind, &length, &operand.data, nullptr, nullptr);
    operand.bytes = length * (kind == napi_float64_array ? 8 : 4);
    return operand;
  }

  // On a thread of the driver. The environment may be gone as soon as the lock is released.
  static void post(void *context, const char *failure) {
    Notice *const notice = static_cast<Notice *>(context);
    Environment &environment = *notice->environment;
    if (failure) notice->failure = failure;
    const std::lock_guard lock(environment.mutex_);
    napi_call_threadsafe_function(environment.messages_, notice, napi_tsfn_nonblocking);
    if (--environment.running_ == 0) environment.changed_.notify_all();
  }

  // On the environment's thread; without an environment while it is being torn down, when close() has dropped the job.
  static void deliver(napi_env env, napi_value, void *, void *data) {
    const std::unique_ptr<Notice> notice(static_cast<Notice *>(data));
    if (!env) return;
    Environment &environment = *notice->environment;
    const auto found = environment.jobs_.find(notice->id);
    Job &job = found->second;
    const bool stopped = job.call->stopped();
    if (!stopped && notice->failure.empty()) job.call->fetch();
    napi_value settled, receiver, arguments[2];
    napi_get_reference_value(env, job.settled, &settled);
    napi_get_undefined(env, &receiver);
    napi_create_int32(env, stopped ? SIG_STOPPED : SIG_OK, &arguments[0]);
    napi_create_string_utf8(env, notice->failure.c_str(), NAPI_AUTO_LENGTH, &arguments[1]);
    environment.drop(found);
    napi_call_function(env, receiver, settled, 2, arguments, nullptr);
  }

  void drop(std::unordered_map<int64_t, Job>::iterator job) {
    napi_delete_reference(env_, job->second.arrays);
    napi_delete_reference(env_, job->second.settled);
    jobs_.erase(job);
    if (jobs_.empty()) napi_unref_threadsafe_function(env_, messages_);
  }

  static void close(void *data) {
    Environment &environment = *static_cast<Environment *>(data);
    for (auto &[id, job] : environment.jobs_) job.call->stop();
    {
      std::unique_lock lock(environment.mutex_);
      environment.changed_.wait(lock, [&] { return environment.running_ == 0; });
    }
    while (!environment.jobs_.empty()) environment.drop(environment.jobs_.begin());
    environment.driver.reset();
    napi_delete_reference(environment.env_, environment.description_buffer);
  }

  napi_env env_;
  napi_threadsafe_function messages_ = nullptr;
  std::unordered_map<int64_t, DeviceTable> tables_;
  std::unordered_map<int64_t, Job> jobs_;
  int64_t last_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t running_ = 0;
};

Environment &environment_of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

// open(device): what is known of it. Opens another one in place of the last.
Napi::Value open(const Napi::CallbackInfo &info) {
  const int32_t index = info[0].As<Napi::Number>().Int32Value();
  Environment &environment = environment_of(info.Env());
#if defined(SIG_EMULATED_DEVICE)
  environment.driver = open_emulated(index);
#else
  environment.driver = open_cuda(index);
#endif
  const DeviceFacts &facts = environment.driver->facts();
  const Napi::Object object = Napi::Object::New(info.Env());
  object.Set("name", facts.name);
  object.Set("driver", facts.driver);
  object.Set("memoryBytes", double(facts.memory_bytes));
  object.Set("processors", double(facts.processors));
  return object;
}

// run(...inputs, ...outputs): status
Napi::Value run(const Napi::CallbackInfo &info) {
  Environment &environment = environment_of(info.Env());
  std::vector<napi_value> operands;
  for (size_t i = 0; i < environment.operands(); ++i) operands.push_back(info[i]);
  const std::unique_ptr<Call> call = environment.make_call(operands);
  const int32_t status = call->start(environment.memory_limit());
  if (status == SIG_OK) {
    environment.driver->synchronize();
    call->fetch();
  }
  return Napi::Number::New(info.Env(), status);
}

// start(arrays, settled): number of the job, or minus the status where it cannot begin
Napi::Value start(const Napi::CallbackInfo &info) {
  Environment &environment = environment_of(info.Env());
  const Napi::Array arrays = info[0].As<Napi::Array>();
  std::vector<napi_value> operands;
  for (size_t i = 0; i < environment.operands(); ++i) operands.push_back(arrays.Get(uint32_t(i)));
  std::unique_ptr<Call> call = environment.make_call(operands);
  const int32_t status = call->start(environment.memory_limit());
  if (status != SIG_OK) return Napi::Number::New(info.Env(), -status);
  return Napi::Number::New(info.Env(), double(environment.start(std::move(call), arrays, info[1])));
}

void stop(const Napi::CallbackInfo &info) { environment_of(info.Env()).stop(info[0].As<Napi::Number>().Int64Value()); }

// table(arrays): number of the table
Napi::Value add_table(const Napi::CallbackInfo &info) {
  return Napi::Number::New(info.Env(), double(environment_of(info.Env()).add_table(info[0].As<Napi::Array>())));
}

void forget(const Napi::CallbackInfo &info) { environment_of(info.Env()).forget(info[0].As<Napi::Number>().Int64Value()); }

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  Environment *const environment = new Environment(env);
  env.SetInstanceData(environment);
  napi_value buffer;
  napi_get_reference_value(env, environment->description_buffer, &buffer);
  exports.Set("description", Napi::Value(env, buffer));
#if defined(SIG_EMULATED_DEVICE)
  exports.Set("problem", "");
#else
  exports.Set("problem", cuda_problem());
#endif
  exports.Set("open", Napi::Function::New<open>(env, "open"));
  exports.Set("run", Napi::Function::New<run>(env, "run"));
  exports.Set("start", Napi::Function::New<start>(env, "start"));
  exports.Set("stop", Napi::Function::New<stop>(env, "stop"));
  exports.Set("table", Napi::Function::New<add_table>(env, "table"));
  exports.Set("forget", Napi::Function::New<forget>(env, "forget"));
  return exports;
}

NODE_API_MODULE(sig_cuda, initialize)

}  // namespace
}  // namespace sig_cuda
