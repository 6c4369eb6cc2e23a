// Which targets this build holds, and which of them this processor can run.
#include "targets.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace {

const sig_kernels *const compiled[] = {
#if defined(SIG_HAVE_AVX512)
    &sig::avx512::kernels,
#endif
#if defined(SIG_HAVE_AVX2)
    &sig::avx2::kernels,
#endif
#if defined(SIG_HAVE_NEON)
    &sig::neon::kernels,
#endif
    &sig::baseline::kernels,
    nullptr,
};

#if defined(__x86_64__)
uint64_t enabled_state() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (uint64_t(high) << 32) | low;
}

// The x86-64 microarchitecture level: 2 is the baseline, 3 has AVX2 and FMA, 4 has AVX-512 F, CD, BW, DQ, VL.
int level() {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return 2;
  const uint32_t fma = 1u << 12, movbe = 1u << 22, osxsave = 1u << 27, avx = 1u << 28, f16c = 1u << 29;
  const uint32_t level3_c = fma | movbe | osxsave | avx | f16c;
  if ((c & level3_c) != level3_c) return 2;
  if ((enabled_state() & 0x6) != 0x6) return 2;
  if (!__get_cpuid(0x80000001, &a, &b, &c, &d) || !(c & (1u << 5))) return 2; // LZCNT
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 2;
  const uint32_t level3_b = (1u << 3) | (1u << 5) | (1u << 8); // BMI1, AVX2, BMI2
  if ((b & level3_b) != level3_b) return 2;
  const uint32_t level4_b = (1u << 16) | (1u << 17) | (1u << 28) | (1u << 30) | (1u << 31);
  if ((b & level4_b) != level4_b || (enabled_state() & 0xe6) != 0xe6) return 3;
  return 4;
}
#endif

}  // namespace

extern "C" const sig_kernels *sig_kernels_compiled(int32_t index) {
  const int32_t count = int32_t(sizeof(compiled) / sizeof(compiled[0]));
  return index < 0 || index >= count ? nullptr : compiled[index];
}

extern "C" int32_t sig_kernels_supported(const sig_kernels *kernels) {
  if (kernels == &sig::baseline::kernels) return 1;
#if defined(SIG_HAVE_NEON)
  if (kernels == &sig::neon::kernels) return 1;
#endif
#if defined(SIG_HAVE_AVX2)
  if (kernels == &sig::avx2::kernels) return level() >= 3;
#endif
#if defined(SIG_HAVE_AVX512)
  if (kernels == &sig::avx512::kernels) return level() >= 4;
#endif
  return 0;
}
