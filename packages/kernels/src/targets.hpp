// The targets a build may hold; select.cpp lists those that were compiled in.
#pragma once

#include "../include/sig_kernels.h"

#define SIG_TEXT_OF(name) #name
#define SIG_TEXT(name) SIG_TEXT_OF(name)
#define SIG_TARGET_TEXT SIG_TEXT(SIG_TARGET)

namespace sig::baseline {
extern const sig_kernels kernels;
}
namespace sig::avx2 {
extern const sig_kernels kernels;
}
namespace sig::avx512 {
extern const sig_kernels kernels;
}
namespace sig::neon {
extern const sig_kernels kernels;
}
namespace sig::simd128 {
extern const sig_kernels kernels;
}
