// The kernels as a WebAssembly module. JavaScript owns the memory beyond __heap_base: it lays the arrays of a call out there, describes
// the call by the numbers of `frame`, asks for the plan, provides working memory, opens the call and works on it. Linked with memory of
// its own, or with memory that threads share: then each has an instance, all of them with these variables in common.
#include "sig_description.hpp"
#include "targets.hpp"

#define SIG_EXPORT(name) extern "C" __attribute__((export_name(name)))

// Hears how much of the work is done; imported from JavaScript.
extern "C" __attribute__((import_module("host"), import_name("report"))) void report(double fraction);

namespace {

using namespace sig_description;

constexpr int32_t most_operands = most_inputs + most_outputs;
constexpr int32_t most_tables = sizeof(sig_call::tables) / sizeof(sig_table);
constexpr int32_t most_phases = sizeof(sig_plan::tasks) / sizeof(int64_t);
constexpr int32_t most_threads = 256;

// Behind the description, in the order of src/instance.ts.
enum Place {
  OPERANDS = FIELDS,                    // addresses, 0 where there is nothing
  TABLES = OPERANDS + most_operands,    // addresses of the arrays of the table, then their lengths
  LENGTHS = TABLES + most_tables,
  SHARED_BYTES = LENGTHS + most_tables, // answers of `plan`
  SCRATCH_BYTES,
  USEFUL_THREADS,
  PLACES
};

// What src/gate.ts reads and writes, in its order.
struct Gate {
  sig_control control;
  int32_t generation;
  int32_t inside;
  int32_t status;               // of the first task that failed, or what JavaScript ends the call with
  int32_t leave[most_threads];  // whether a helper is wanted elsewhere
};

double numbers[PLACES];
sig_call call;
sig_plan planned;
Gate the_gate;
bool reporting;
char *shared_memory, *scratch_memory;
uint32_t scratch_stride;
int64_t begun[most_phases], completed[most_phases];  // tasks

void *address(int32_t place) { return reinterpret_cast<void *>(uintptr_t(numbers[place])); }

int32_t status() { return __atomic_load_n(&the_gate.status, __ATOMIC_SEQ_CST); }

// Not for ever: whoever ends the call from outside completes no task.
void wait_for_tasks(int32_t phase) {
  constexpr int64_t most_nanoseconds = 20'000'000;
  int64_t done;
  while (!status() && (done = __atomic_load_n(&completed[phase], __ATOMIC_SEQ_CST)) < planned.tasks[phase])
    __builtin_wasm_memory_atomic_wait64(&completed[phase], done, most_nanoseconds);
}

void run_task(int32_t phase, int64_t task, char *scratch) {
  if (!status()) {
    const int32_t ended = sig::simd128::kernels.run(&call, phase, task, shared_memory, scratch, &the_gate.control);
    if (ended != SIG_OK) __atomic_store_n(&the_gate.status, ended, __ATOMIC_SEQ_CST);
  }
  if (__atomic_add_fetch(&completed[phase], 1, __ATOMIC_SEQ_CST) == planned.tasks[phase])
    __builtin_wasm_memory_atomic_notify(reinterpret_cast<int32_t *>(&completed[phase]), most_threads);
}

}  // namespace

SIG_EXPORT("frame") double *frame() { return numbers; }

SIG_EXPORT("gate") Gate *gate() { return &the_gate; }

// For at most `threads` threads.
SIG_EXPORT("plan") int32_t plan(int32_t threads) {
  call = sig_call{};
  read(numbers, call);
  const int32_t inputs = int32_t(numbers[INPUTS]), outputs = int32_t(numbers[OUTPUTS]);
  for (int32_t i = 0; i < inputs; ++i) call.in[i].data = address(OPERANDS + i);
  for (int32_t i = 0; i < outputs; ++i) call.out[i].data = address(OPERANDS + inputs + i);
  for (int32_t i = 0; i < most_tables; ++i) call.tables[i] = {address(TABLES + i), int64_t(numbers[LENGTHS + i])};
  const int32_t ended = sig::simd128::kernels.plan(&call, &planned);
  if (ended != SIG_OK) return ended;
  int64_t tasks = 1;
  for (int32_t phase = 0; phase < planned.phases; ++phase) tasks = tasks < planned.tasks[phase] ? planned.tasks[phase] : tasks;
  double useful = numbers[THREADS];
  const double limits[] = {double(tasks), double(threads), double(most_threads)};
  for (const double limit : limits) useful = useful < limit ? useful : limit;
  numbers[SHARED_BYTES] = double(planned.shared_bytes);
  numbers[SCRATCH_BYTES] = double(planned.scratch_bytes);
  numbers[USEFUL_THREADS] = useful;
  const double bytes = numbers[SHARED_BYTES] + useful * numbers[SCRATCH_BYTES];
  return bytes > numbers[MEMORY_LIMIT] ? over_limit : SIG_OK;
}

// The scratch of thread i begins at `scratch + i * stride`.
SIG_EXPORT("open") void open(char *shared, char *scratch, uint32_t stride, int32_t with_reports) {
  shared_memory = shared;
  scratch_memory = scratch;
  scratch_stride = stride;
  reporting = with_reports;
  the_gate.control = sig_control{};
  the_gate.status = SIG_OK;
  for (int32_t &leave : the_gate.leave) leave = 0;
  for (int32_t phase = 0; phase < most_phases; ++phase) begun[phase] = completed[phase] = 0;
}

// Takes part in the open call to its end, or until the thread is wanted elsewhere. Thread 0 is the one that opened it.
SIG_EXPORT("work") int32_t work(int32_t thread) {
  char *const scratch = scratch_memory + uint32_t(thread) * scratch_stride;
  for (int32_t phase = 0; phase < planned.phases; ++phase) {
    for (int64_t task; (task = __atomic_fetch_add(&begun[phase], 1, __ATOMIC_SEQ_CST)) < planned.tasks[phase];) {
      run_task(phase, task, scratch);
      if (__atomic_load_n(&the_gate.leave[thread], __ATOMIC_SEQ_CST)) return status();
    }
    wait_for_tasks(phase);
  }
  return status();
}

extern "C" void sig_advanced(const sig_control *control) {
  if (reporting && planned.work > 0) report(double(control->progress) / double(planned.work));
}
