// Objects that newer libraries read. They cannot be computed, so each has the value that is
// right whatever the process does.
#include <stddef.h>
#include <stdint.h>

#include "provide.h"

// In extern "C" for the plain name; never const, as programs may hold them copied and writable.
extern "C" {
// 2.32: "only one thread, no need for atomics". False costs an atomic instruction, no more.
[[gnu::visibility("default")]] char __libc_single_threaded = 0;

// 2.35, of ld.so: restartable sequences. Size 0 says that the C library registered none.
[[gnu::visibility("default")]] ptrdiff_t __rseq_offset = 0;
[[gnu::visibility("default")]] unsigned __rseq_size = 0;
[[gnu::visibility("default")]] unsigned __rseq_flags = 0;
}

#if defined(__x86_64__)
// 2.33, behind <sys/platform/x86.h>: for each CPUID leaf the bits that the CPU has and those that
// are usable. All zero: "no such feature", so the caller takes its portable path.
struct CpuLeaf {
  uint32_t present[4];
  uint32_t active[4];
};
static const CpuLeaf no_features = {};
PROVIDE(const CpuLeaf*, __x86_get_cpuid_feature_leaf, unsigned) { return &no_features; }
#endif
