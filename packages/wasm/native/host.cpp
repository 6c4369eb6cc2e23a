// The kernels as a WebAssembly module. JavaScript owns the memory beyond __heap_base: it lays the arrays of a call out there, describes
// the call by the numbers of `frame`, asks for the plan, provides working memory and runs the call.
#include "sig_description.hpp"
#include "targets.hpp"

#define SIG_EXPORT(name) extern "C" __attribute__((export_name(name)))

// Hears how much of the work is done; imported from JavaScript.
extern "C" __attribute__((import_module("host"), import_name("report"))) void report(double fraction);

namespace {

using namespace sig_description;

constexpr int32_t most_operands = most_inputs + most_outputs;
constexpr int32_t most_tables = sizeof(sig_call::tables) / sizeof(sig_table);

// Behind the description, in the order of src/machine.ts.
enum Place {
  OPERANDS = FIELDS,                    // addresses, 0 where there is nothing
  TABLES = OPERANDS + most_operands,    // addresses of the arrays of the table, then their lengths
  LENGTHS = TABLES + most_tables,
  SHARED_BYTES = LENGTHS + most_tables, // answers of `plan`
  SCRATCH_BYTES,
  PLACES
};

double numbers[PLACES];
sig_call call;
sig_plan planned;
bool reporting;

void *address(int32_t place) { return reinterpret_cast<void *>(uintptr_t(numbers[place])); }

}  // namespace

SIG_EXPORT("frame") double *frame() { return numbers; }

SIG_EXPORT("plan") int32_t plan() {
  call = sig_call{};
  read(numbers, call);
  const int32_t inputs = int32_t(numbers[INPUTS]), outputs = int32_t(numbers[OUTPUTS]);
  for (int32_t i = 0; i < inputs; ++i) call.in[i].data = address(OPERANDS + i);
  for (int32_t i = 0; i < outputs; ++i) call.out[i].data = address(OPERANDS + inputs + i);
  for (int32_t i = 0; i < most_tables; ++i) call.tables[i] = {address(TABLES + i), int64_t(numbers[LENGTHS + i])};
  const int32_t status = sig::simd128::kernels.plan(&call, &planned);
  numbers[SHARED_BYTES] = double(planned.shared_bytes);
  numbers[SCRATCH_BYTES] = double(planned.scratch_bytes);
  if (status != SIG_OK) return status;
  return numbers[SHARED_BYTES] + numbers[SCRATCH_BYTES] > numbers[MEMORY_LIMIT] ? over_limit : SIG_OK;
}

// The planned call from its first task to its last.
SIG_EXPORT("run") int32_t run(void *shared, void *scratch, int32_t with_reports) {
  reporting = with_reports;
  sig_control control{};
  for (int32_t phase = 0; phase < planned.phases; ++phase) {
    for (int64_t task = 0; task < planned.tasks[phase]; ++task) {
      const int32_t status = sig::simd128::kernels.run(&call, phase, task, shared, scratch, &control);
      if (status != SIG_OK) return status;
    }
  }
  return SIG_OK;
}

extern "C" void sig_advanced(const sig_control *control) {
  if (reporting && planned.work > 0) report(double(control->progress) / double(planned.work));
}
