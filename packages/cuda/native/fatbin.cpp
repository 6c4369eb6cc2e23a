// Takes the file named by SIG_FATBIN into the addon as it is.
#include "fatbin.hpp"

#if defined(_WIN32)
asm(".section .rdata\n"
#else
asm(".section .rodata\n"
#endif
    ".balign 16\n"
    "sig_cuda_fatbin:\n"
    ".incbin \"" SIG_FATBIN
    "\"\n"
    ".text\n");

extern "C" const unsigned char sig_cuda_fatbin[];

namespace sig_cuda {

const void *fatbin() { return sig_cuda_fatbin; }

}  // namespace sig_cuda
