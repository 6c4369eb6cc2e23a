/*
 * C ABI of the numerics: one description of a call, one plan, one run.
 *
 * The kernels own no memory, no threads and no state. A host
 *   1. fills a sig_call (arrays dense and row-major, sizes checked),
 *   2. asks `plan` for phases, tasks and bytes,
 *   3. provides `shared` once per call and `scratch` once per thread (64-byte aligned, unspecified content),
 *   4. runs the tasks of a phase in any order on any threads, and the phases one after another.
 * Tasks are split by shape alone, so the bits of a result do not depend on the number of threads.
 * Shapes, table layouts and meanings are those of packages/core/src/backend.ts, operand by operand in its order.
 */
#ifndef SIG_KERNELS_H
#define SIG_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SIG_ABI_VERSION 1

typedef enum sig_operation {       /* in                                        | out                    | tables */
  SIG_TRANSFORM_PATH = 0,          /* path                                      | path                   | */
  SIG_TRANSFORM_PATH_BACKPROP = 1, /* derivs                                    | d_path                 | */
  SIG_SIG = 2,                     /* path, correction                          | sig                    | */
  SIG_SIG_BACKPROP = 3,            /* path, correction, sig, derivs             | d_path                 | */
  SIG_SIG_COMBINE = 4,             /* left, right                               | sig                    | */
  SIG_SIG_COMBINE_BACKPROP = 5,    /* derivs, left, right                       | d_left, d_right        | */
  SIG_SIG_JOIN = 6,                /* sig, displacement                         | sig                    | */
  SIG_SIG_JOIN_BACKPROP = 7,       /* derivs, sig, displacement                 | d_sig, d_displacement  | */
  SIG_SIG_INVERSE = 8,             /* sig                                       | sig                    | */
  SIG_SIG_COEF = 9,                /* path                                      | coefs                  | word trie */
  SIG_SIG_COEF_BACKPROP = 10,      /* path, derivs                              | d_path                 | word trie */
  SIG_EXTRACT_SIG_COEF = 11,       /* rows                                      | coefs                  | index */
  SIG_EXTRACT_SIG_COEF_BACKPROP = 12, /* derivs                                 | d_rows                 | index */
  SIG_SIG_TO_LOG_SIG = 13,         /* sig                                       | log_sig                | Lyndon basis */
  SIG_SIG_TO_LOG_SIG_BACKPROP = 14,/* sig, derivs                               | d_sig                  | Lyndon basis */
  SIG_LOG_SIG_TO_SIG = 15,         /* log_sig                                   | sig                    | Lyndon basis */
  SIG_LOG_SIG_TO_SIG_BACKPROP = 16,/* log_sig, derivs                           | d_log_sig              | Lyndon basis */
  SIG_LOG_SIG_COMBINE = 17,        /* left, right                               | log_sig                | BCH */
  SIG_LOG_SIG_COMBINE_BACKPROP = 18, /* derivs, left, right                     | d_left, d_right        | BCH */
  SIG_LOG_SIG_JOIN = 19,           /* log_sig, displacement                     | log_sig                | BCH */
  SIG_LOG_SIG_JOIN_BACKPROP = 20,  /* derivs, log_sig, displacement             | d_log_sig, d_displacement | BCH */
  SIG_LOG_SIG_BCH = 21,            /* path                                      | log_sig                | BCH */
  SIG_LOG_SIG_BCH_BACKPROP = 22,   /* path, derivs                              | d_path                 | BCH */
  SIG_SIG_KERNEL = 23,             /* x, y                                      | kernel                 | */
  SIG_SIG_KERNEL_BACKPROP = 24,    /* derivs, x, y, k_grid or null              | d_x or null, d_y or null | */
  SIG_INCREMENT_KERNEL = 25,       /* increments                                | kernel                 | */
  SIG_INCREMENT_KERNEL_BACKPROP = 26, /* derivs, increments, k_grid or null     | d_increments           | */
  SIG_LARGEST_INCREMENT = 27,      /* x, y                                      | largest                | */
  SIG_BRANCHED_SIG = 28,           /* path, correction                          | branched_sig           | tree integrals */
  SIG_BRANCHED_SIG_BACKPROP = 29,  /* path, correction, derivs                  | d_path                 | tree integrals */
  SIG_BRANCHED_SIG_COMBINE = 30,   /* left, right                               | branched_sig           | tree cuts */
  SIG_BRANCHED_SIG_COMBINE_BACKPROP = 31, /* derivs, left, right                | d_left, d_right        | tree cuts */
  SIG_BRANCHED_SIG_KERNEL = 32,    /* x, y                                      | kernel                 | */
  SIG_BRANCHED_SIG_KERNEL_BACKPROP = 33, /* derivs, x, y                        | d_x or null, d_y or null | */
  SIG_BRANCHED_INCREMENT_KERNEL = 34, /* increments                             | kernel                 | */
  SIG_BRANCHED_INCREMENT_KERNEL_BACKPROP = 35, /* derivs, increments            | d_increments           | */
  SIG_BRANCHED_SIG_TO_LOG_SIG = 36, /* branched_sig                             | branched_log_sig       | tree cuts */
  SIG_BRANCHED_SIG_TO_LOG_SIG_BACKPROP = 37, /* branched_sig, derivs            | d_branched_sig         | tree cuts */
  SIG_BRANCHED_LOG_SIG_TO_SIG = 38, /* branched_log_sig                         | branched_sig           | tree cuts */
  SIG_BRANCHED_LOG_SIG_TO_SIG_BACKPROP = 39, /* branched_log_sig, derivs        | d_branched_log_sig     | tree cuts */
  SIG_SPARSE_MAP = 40,             /* rows                                      | rows                   | sparse map */
  SIG_OPERATIONS = 41
} sig_operation;

typedef enum sig_dtype { SIG_FLOAT32 = 0, SIG_FLOAT64 = 1 } sig_dtype;

typedef enum sig_flag {
  SIG_TIME_AUG = 1,
  SIG_LEAD_LAG = 2,
  SIG_PREPEND = 4,
  SIG_STREAM = 8,
  SIG_DIRECT = 16,    /* exponential and product per segment instead of a Horner step */
  SIG_GRAM = 32,      /* kernels of every x with every y; without it of x and y of the same place */
  SIG_TRIANGLE = 64,  /* with SIG_GRAM: y is x and the kernel symmetric */
  SIG_GRID = 128      /* the kernel at every node */
} sig_flag;

typedef enum sig_correction_layout {
  SIG_CORRECTION_NONE = 0,
  SIG_CORRECTION_ROW = 1,
  SIG_CORRECTION_SEGMENT = 2,
  SIG_CORRECTION_BATCH = 3
} sig_correction_layout;

typedef enum sig_static_kernel { /* k(x, y) with r = |x - y|                    | parameters */
  SIG_LINEAR = 0,               /* c <x, y>                                     | c */
  SIG_RBF = 1,                  /* exp(-r^2 / sigma)                            | sigma */
  SIG_POLYNOMIAL = 2,           /* c (<x, y> + gamma)^degree                    | degree, gamma, c */
  SIG_MATERN12 = 3,             /* exp(-r / sigma)                              | sigma */
  SIG_MATERN32 = 4,             /* (1 + u) exp(-u), u = sqrt(3) r / sigma       | sigma */
  SIG_MATERN52 = 5,             /* (1 + u + u^2 / 3) exp(-u), u = sqrt(5) r / sigma | sigma */
  SIG_RATIONAL_QUADRATIC = 6    /* (1 + r^2 / (2 alpha sigma^2))^-alpha         | sigma, alpha */
} sig_static_kernel;

typedef enum sig_status {
  SIG_OK = 0,
  SIG_STOPPED = 1,     /* the stop flag was seen; outputs are unspecified */
  SIG_UNSUPPORTED = 2, /* unknown operation or dtype */
  SIG_TOO_LARGE = 3    /* a size of the plan does not fit */
} sig_status;

typedef struct sig_operand {
  void *data;
  int64_t scalar; /* rows of levels: 1 where each row begins with the scalar slot */
} sig_operand;

typedef struct sig_table {
  const void *data; /* int32_t or double, as the layout says */
  int64_t length;   /* in elements */
} sig_table;

typedef struct sig_call {
  int32_t operation; /* sig_operation */
  int32_t dtype;     /* sig_dtype */
  int32_t flags;     /* sig_flag, or-ed */
  int32_t method;    /* log-signature coordinates 0, 1, 2 */
  int64_t batch;
  int64_t length;    /* points of the path before augmentation; row length of rows for extract */
  int64_t dimension; /* channels of the path before augmentation; letters of the algebra where there is no path */
  int64_t degree;    /* truncation; order of the polynomial scheme of kernels, 0 for finite differences; depth of branched ones */
  int64_t correction_degree;
  int64_t correction_layout; /* sig_correction_layout */
  double end_time;
  int64_t batch_y;       /* kernels: paths y; x are `batch` paths of `length` points, not augmented */
  int64_t length_y;
  int64_t dyadic_x;
  int64_t dyadic_y;
  int64_t static_kernel; /* sig_static_kernel */
  double static_parameters[3];
  sig_operand in[4];
  sig_operand out[2];
  sig_table tables[12];
} sig_call;

typedef struct sig_plan {
  int32_t phases;
  int64_t tasks[4];      /* of each phase */
  int64_t shared_bytes;
  int64_t scratch_bytes; /* of each thread */
  int64_t work;          /* what progress counts up to */
} sig_plan;

typedef struct sig_control {
  volatile int32_t stop;     /* set by the host, polled at least every millisecond of work */
  volatile int64_t progress; /* added to by the kernels, atomically */
} sig_control;

#if defined(__wasm__)
/* Defined by the host and called after each addition to `progress`: while an instance runs, nothing else can look at its memory. */
void sig_advanced(const sig_control *control);
#endif

typedef struct sig_kernels {
  const char *target; /* "baseline", "avx2", "avx512", "neon", "simd128" (WebAssembly) */
  int64_t vector_bytes;
  int32_t (*plan)(const sig_call *call, sig_plan *plan);
  int32_t (*run)(const sig_call *call, int32_t phase, int64_t task, void *shared, void *scratch, sig_control *control);
} sig_kernels;

/* The targets compiled in, best first; NULL after the last. */
const sig_kernels *sig_kernels_compiled(int32_t index);

/* Whether this processor and operating system can run the target. */
int32_t sig_kernels_supported(const sig_kernels *kernels);

#ifdef __cplusplus
}
#endif
#endif
