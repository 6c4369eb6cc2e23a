// The addon: one generic entry for every operation. All checks were made in TypeScript; here a description becomes a sig_call.
#include <napi.h>

#include <algorithm>
#include <memory>

#include "execution.hpp"
#include "jobs.hpp"
#include "memory.hpp"
#include "pool.hpp"
#include "sig_description.hpp"
#include "tables.hpp"

namespace sig_cpu {
namespace {

using sig_description::FIELDS;
using sig_description::INPUTS;
using sig_description::MEMORY_LIMIT;
using sig_description::OUTPUTS;
using sig_description::THREADS;
using sig_description::over_limit;

// Behind the description, in the order of src/host.ts. Table 0 is none.
enum Field { TARGET = FIELDS, TABLE, ALL_FIELDS };

// What one environment of Node (the main thread or a worker) keeps.
class Environment {
 public:
  explicit Environment(napi_env env) : jobs(env), env_(env) {
    napi_value buffer;
    void *data;
    napi_create_arraybuffer(env, ALL_FIELDS * sizeof(double), &data, &buffer);
    napi_create_reference(env, buffer, 1, &description_buffer);
    description = static_cast<const double *>(data);
    Pool::process_wide().enter();
    // Registered after the message queue of the jobs, so that it runs before that queue is closed.
    napi_add_env_cleanup_hook(env, close, this);
  }

  Jobs jobs;
  Tables tables;
  Memory memory;
  napi_ref description_buffer = nullptr;
  const double *description = nullptr;

 private:
  static void close(void *data) {
    Environment *const environment = static_cast<Environment *>(data);
    environment->jobs.close();
    napi_delete_reference(environment->env_, environment->description_buffer);
    Pool::process_wide().leave();
  }

  napi_env env_;
};

// The call that the description states, without the operands' data.
struct Described {
  explicit Described(Environment &environment) : fields(environment.description) {
    sig_description::read(fields, call);
    kernels = sig_kernels_compiled(int32_t(fields[TARGET]));
    if (fields[TABLE]) {
      table = environment.tables.find(int64_t(fields[TABLE]));
      if (table) table->describe(call);
    }
  }

  void operand(napi_env env, int32_t index, napi_value array) {
    const int32_t inputs = int32_t(fields[INPUTS]);
    sig_operand &operand = index < inputs ? call.in[index] : call.out[index - inputs];
    napi_get_typedarray_info(env, array, nullptr, nullptr, &operand.data, nullptr, nullptr);
  }

  int32_t operands() const { return int32_t(fields[INPUTS]) + int32_t(fields[OUTPUTS]); }
  int64_t threads() const { return int64_t(fields[THREADS]); }

  const double *fields;
  const sig_kernels *kernels;
  sig_call call{};
  sig_plan plan{};
  std::shared_ptr<const Table> table;
};

// The kernels make no task so small that waking a thread for it would cost more than it gains.
int64_t useful_threads(const Described &described) {
  const sig_plan &plan = described.plan;
  int64_t tasks = 1;
  for (int32_t phase = 0; phase < plan.phases; ++phase) tasks = std::max(tasks, plan.tasks[phase]);
  return std::min(described.threads(), tasks);
}

// Makes the plan, and refuses one that asks for too much memory.
int32_t make_plan(Described &described) {
  sig_plan &plan = described.plan;
  const int32_t status = described.kernels->plan(&described.call, &plan);
  if (status != SIG_OK) return status;
  const double bytes = double(plan.shared_bytes) + double(useful_threads(described)) * double(plan.scratch_bytes);
  return bytes > described.fields[MEMORY_LIMIT] ? over_limit : SIG_OK;
}

// run(...inputs, ...outputs): status
Napi::Value run(const Napi::CallbackInfo &info) {
  Environment &environment = *info.Env().GetInstanceData<Environment>();
  Described described(environment);
  for (int32_t i = 0; i < described.operands(); ++i) described.operand(info.Env(), i, info[i]);
  int32_t status = make_plan(described);
  if (status == SIG_OK) {
    const int64_t threads = useful_threads(described);
    if (threads == 1) {
      status = run_alone(*described.kernels, described.call, described.plan, environment.memory);
    } else {
      const auto execution = std::make_shared<Execution>(*described.kernels, described.call, described.plan, described.table);
      status = execution->allocate_shared() ? Pool::process_wide().run(execution, threads, environment.memory) : out_of_memory;
    }
  }
  return Napi::Number::New(info.Env(), status);
}

// start(arrays, settled): number of the job, or minus the status where it cannot begin
Napi::Value start(const Napi::CallbackInfo &info) {
  const Napi::Env env = info.Env();
  Environment &environment = *env.GetInstanceData<Environment>();
  Described described(environment);
  const Napi::Array arrays = info[0].As<Napi::Array>();
  for (int32_t i = 0; i < described.operands(); ++i) described.operand(env, i, arrays.Get(uint32_t(i)));
  const int32_t status = make_plan(described);
  if (status != SIG_OK) return Napi::Number::New(env, -status);
  const auto execution = std::make_shared<Execution>(*described.kernels, described.call, described.plan, described.table);
  if (!execution->allocate_shared()) return Napi::Number::New(env, -out_of_memory);
  const int64_t id = environment.jobs.start(execution, useful_threads(described), arrays, info[1]);
  return Napi::Number::New(env, id ? double(id) : -out_of_memory);
}

// stop(job)
void stop(const Napi::CallbackInfo &info) {
  info.Env().GetInstanceData<Environment>()->jobs.stop(info[0].As<Napi::Number>().Int64Value());
}

// progress(job): share of the work done
Napi::Value progress(const Napi::CallbackInfo &info) {
  const double share = info.Env().GetInstanceData<Environment>()->jobs.progress(info[0].As<Napi::Number>().Int64Value());
  return Napi::Number::New(info.Env(), share);
}

// table(arrays): number of the table
Napi::Value add_table(const Napi::CallbackInfo &info) {
  const Napi::Array arrays = info[0].As<Napi::Array>();
  if (arrays.Length() > Table::capacity) throw Napi::Error::New(info.Env(), "a table has at most 12 arrays");
  const auto table = std::make_shared<Table>();
  for (uint32_t i = 0; i < arrays.Length(); ++i) {
    const Napi::TypedArray array = Napi::Value(arrays.Get(i)).As<Napi::TypedArray>();
    void *data;
    napi_get_typedarray_info(info.Env(), array, nullptr, nullptr, &data, nullptr, nullptr);
    table->add(data, array.ElementLength(), array.ElementSize());
  }
  return Napi::Number::New(info.Env(), double(info.Env().GetInstanceData<Environment>()->tables.add(table)));
}

// forget(table)
void forget(const Napi::CallbackInfo &info) {
  info.Env().GetInstanceData<Environment>()->tables.forget(info[0].As<Napi::Number>().Int64Value());
}

// The targets compiled in, best first: { name, supported }.
Napi::Array targets(Napi::Env env) {
  const Napi::Array list = Napi::Array::New(env);
  for (int32_t i = 0; const sig_kernels *kernels = sig_kernels_compiled(i); ++i) {
    const Napi::Object target = Napi::Object::New(env);
    target.Set("name", kernels->target);
    target.Set("supported", bool(sig_kernels_supported(kernels)));
    list.Set(uint32_t(i), target);
  }
  return list;
}

Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  Environment *const environment = new Environment(env);
  env.SetInstanceData(environment);
  napi_value buffer;
  napi_get_reference_value(env, environment->description_buffer, &buffer);
  exports.Set("description", Napi::Value(env, buffer));
  exports.Set("targets", targets(env));
  exports.Set("run", Napi::Function::New<run>(env, "run"));
  exports.Set("start", Napi::Function::New<start>(env, "start"));
  exports.Set("stop", Napi::Function::New<stop>(env, "stop"));
  exports.Set("progress", Napi::Function::New<progress>(env, "progress"));
  exports.Set("table", Napi::Function::New<add_table>(env, "table"));
  exports.Set("forget", Napi::Function::New<forget>(env, "forget"));
  return exports;
}

NODE_API_MODULE(sig_cpu, initialize)

}  // namespace
}  // namespace sig_cpu
