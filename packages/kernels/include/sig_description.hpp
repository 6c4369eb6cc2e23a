// How JavaScript describes a call: the numbers of one Float64Array that both sides keep, in the order of describe/description.ts.
#pragma once

#include <stdint.h>

#include "sig_kernels.h"

namespace sig_description {

enum Field {
  OPERATION,
  DTYPE,
  FLAGS,
  METHOD,
  BATCH,
  LENGTH,
  DIMENSION,
  DEGREE,
  CORRECTION_DEGREE,
  CORRECTION_LAYOUT,
  END_TIME,
  BATCH_Y,
  LENGTH_Y,
  DYADIC_X,
  DYADIC_Y,
  STATIC_KERNEL,
  STATIC_PARAMETERS,
  SCALARS = STATIC_PARAMETERS + 3, /* bit i: operand i has the scalar slot; inputs are operands 0 to 3, outputs 4 and 5 */
  INPUTS,
  OUTPUTS,
  THREADS,
  MEMORY_LIMIT, /* bytes of working memory that a call may take */
  FIELDS /* a host may keep more numbers behind these */
};

// A call ends with a sig_status or, where its host refuses it, with one of these.
constexpr int32_t out_of_memory = 16;
constexpr int32_t over_limit = 17;  // its plan asks for more than MEMORY_LIMIT

constexpr int32_t most_inputs = 4;
constexpr int32_t most_outputs = 2;

inline void read(const double *fields, sig_call &call) {
  call.operation = int32_t(fields[OPERATION]);
  call.dtype = int32_t(fields[DTYPE]);
  call.flags = int32_t(fields[FLAGS]);
  call.method = int32_t(fields[METHOD]);
  call.batch = int64_t(fields[BATCH]);
  call.length = int64_t(fields[LENGTH]);
  call.dimension = int64_t(fields[DIMENSION]);
  call.degree = int64_t(fields[DEGREE]);
  call.correction_degree = int64_t(fields[CORRECTION_DEGREE]);
  call.correction_layout = int64_t(fields[CORRECTION_LAYOUT]);
  call.end_time = fields[END_TIME];
  call.batch_y = int64_t(fields[BATCH_Y]);
  call.length_y = int64_t(fields[LENGTH_Y]);
  call.dyadic_x = int64_t(fields[DYADIC_X]);
  call.dyadic_y = int64_t(fields[DYADIC_Y]);
  call.static_kernel = int64_t(fields[STATIC_KERNEL]);
  for (int32_t i = 0; i < 3; ++i) call.static_parameters[i] = fields[STATIC_PARAMETERS + i];
  const int32_t scalars = int32_t(fields[SCALARS]);
  for (int32_t i = 0; i < most_inputs; ++i) call.in[i].scalar = scalars >> i & 1;
  for (int32_t i = 0; i < most_outputs; ++i) call.out[i].scalar = scalars >> (most_inputs + i) & 1;
}

}  // namespace sig_description
