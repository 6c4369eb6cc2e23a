// Between tensors and coordinates on Lyndon words (method 1) or Lyndon brackets (method 2), by the sparse tables of LyndonBasis.
#pragma once

#include "../include/sig_kernels.h"
#include "lanes.hpp"

namespace sig::SIG_TARGET {

struct LyndonBasis {
  const int32_t *words;  // place of each Lyndon word in a row of levels
  const int32_t *start;  // rows of P^-1 without its unit diagonal
  const int32_t *column;
  const double *value;
  const int32_t *term_start;  // expansion of each bracket
  const int32_t *term_place;
  const double *term_value;
  int64_t size;

  explicit LyndonBasis(const sig_call &call)
      : words(static_cast<const int32_t *>(call.tables[0].data)),
        start(static_cast<const int32_t *>(call.tables[1].data)),
        column(static_cast<const int32_t *>(call.tables[2].data)),
        value(static_cast<const double *>(call.tables[3].data)),
        term_start(static_cast<const int32_t *>(call.tables[4].data)),
        term_place(static_cast<const int32_t *>(call.tables[5].data)),
        term_value(static_cast<const double *>(call.tables[6].data)),
        size(call.tables[0].length) {}
};

// Words to brackets in place: x = P^-1 x. A row refers to earlier coordinates only, so the last comes first.
template <class T, class E>
static inline void words_to_brackets(const LyndonBasis &basis, E *x) {
  for (int64_t i = basis.size - 1; i >= 0; --i) {
    E sum = x[i];
    for (int64_t e = basis.start[i]; e < basis.start[i + 1]; ++e) sum += T(basis.value[e]) * x[basis.column[e]];
    x[i] = sum;
  }
}

// The adjoint, in place.
template <class T, class E>
static inline void words_to_brackets_adjoint(const LyndonBasis &basis, E *g) {
  for (int64_t i = 0; i < basis.size; ++i) {
    const E gi = g[i];
    for (int64_t e = basis.start[i]; e < basis.start[i + 1]; ++e) g[basis.column[e]] += T(basis.value[e]) * gi;
  }
}

// tensor = sum of coordinate i times the expansion of bracket i.
template <class T, class E>
static inline void expand_brackets(const LyndonBasis &basis, const E *coordinates, int64_t length, E *tensor) {
  for (int64_t i = 0; i < length; ++i) tensor[i] = E{};
  for (int64_t i = 0; i < basis.size; ++i)
    for (int64_t e = basis.term_start[i]; e < basis.term_start[i + 1]; ++e)
      tensor[basis.term_place[e]] += T(basis.term_value[e]) * coordinates[i];
}

template <class T, class E>
static inline void expand_brackets_adjoint(const LyndonBasis &basis, const E *g, E *coordinates) {
  for (int64_t i = 0; i < basis.size; ++i) {
    E sum{};
    for (int64_t e = basis.term_start[i]; e < basis.term_start[i + 1]; ++e) sum += T(basis.term_value[e]) * g[basis.term_place[e]];
    coordinates[i] = sum;
  }
}

}  // namespace sig::SIG_TARGET
