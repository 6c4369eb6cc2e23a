// transformPath and its adjoint. Both are copies, so a task is a run of rows that fits the cache.
#include "transforms.hpp"

namespace sig::SIG_TARGET {
namespace {

constexpr int64_t numbers_per_task = 1 << 15;

// What a task counts: rows of the augmented path forward, points of the path backward.
int64_t rows_of(const sig_call &call, const PathTransform &transform) {
  return call.operation == SIG_TRANSFORM_PATH ? transform.rows : transform.length;
}

int64_t rows_per_task(const PathTransform &transform) {
  const int64_t rows = numbers_per_task / (transform.row_length + 1);
  return rows > 0 ? rows : 1;
}

template <class T>
void run_rows(const Task &task, const PathTransform &transform, int64_t first, int64_t last) {
  const sig_call &call = task.call;
  const T *in = static_cast<const T *>(call.in[0].data);
  T *out = static_cast<T *>(call.out[0].data);
  const int64_t rows = rows_of(call, transform);
  const int64_t path_numbers = transform.length * transform.channels, augmented_numbers = transform.rows * transform.row_length;
  const bool forward = call.operation == SIG_TRANSFORM_PATH;
  const T *in_end = in + call.batch * (forward ? path_numbers : augmented_numbers);
  const T *out_end = out + last * (forward ? transform.row_length : transform.channels);
  while (first < last) {
    const int64_t item = first / rows, begin = first - item * rows;
    const int64_t end = begin + (last - first) < rows ? begin + (last - first) : rows;
    if (forward)
      augment_rows(transform, in + item * path_numbers, begin, end, out + item * augmented_numbers, in_end, out_end);
    else
      gather_point_gradients(transform, in + item * augmented_numbers, begin, end, out + item * path_numbers, in_end, out_end);
    first += end - begin;
  }
}

}  // namespace

int32_t plan_transforms(const sig_call &call, sig_plan &plan) {
  const PathTransform transform(call);
  const int64_t rows = call.batch * rows_of(call, transform), per_task = rows_per_task(transform);
  plan.phases = 1;
  plan.tasks[0] = (rows + per_task - 1) / per_task;
  plan.work = rows;
  return SIG_OK;
}

int32_t run_transforms(const Task &task) {
  const PathTransform transform(task.call);
  const int64_t rows = task.call.batch * rows_of(task.call, transform), per_task = rows_per_task(transform);
  const int64_t first = task.index * per_task, last = first + per_task < rows ? first + per_task : rows;
  if (task.call.dtype == SIG_FLOAT64)
    run_rows<double>(task, transform, first, last);
  else
    run_rows<float>(task, transform, first, last);
  task.advance(last - first);
  return SIG_OK;
}

}  // namespace sig::SIG_TARGET
