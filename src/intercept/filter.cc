#include "intercept/filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cstddef>

#include "intercept/raw.h"

namespace bulkhead::intercept {

Filter filter_of(std::uint64_t begin, std::uint64_t end) {
  constexpr std::uint32_t kLow = offsetof(seccomp_data, instruction_pointer);
  constexpr std::uint16_t kLoad = BPF_LD | BPF_W | BPF_ABS;
  const auto low = static_cast<std::uint32_t>(begin), above = static_cast<std::uint32_t>(end);
  // A value is 32 bits wide, so an address is compared by halves; little-endian.
  return {{
      {kLoad, 0, 0, kLow + 4},
      {BPF_JMP | BPF_JGE | BPF_K, 4, 0, 0x80000000},  // the kernel's: pass
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 4, static_cast<std::uint32_t>(begin >> 32)},
      {kLoad, 0, 0, kLow},
      // Below the region the difference wraps, and is too large.
      {BPF_ALU | BPF_SUB | BPF_K, 0, 0, low},
      {BPF_JMP | BPF_JGE | BPF_K, 1, 0, above - low},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_TRAP | kFilterMark},
  }};
}

Status install(const Filter& filter) {
  std::int64_t result = raw(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  if (result == 0) {
    const sock_fprog program = {static_cast<unsigned short>(filter.size()),
                                const_cast<sock_filter*>(filter.data())};
    result = raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
  }
  if (result == 0) return {};
  return fail_system(static_cast<int>(-result), "seccomp refuses the filter that intercepts calls",
                     {}, "the kernel needs CONFIG_SECCOMP_FILTER, or Linux 5.11 on x86-64");
}

}  // namespace bulkhead::intercept
