#include "intercept/masks.h"

#include <signal.h>
#include <sys/syscall.h>

#include "intercept/raw.h"

#ifndef SYS_epoll_pwait2  // Linux 5.11
#define SYS_epoll_pwait2 441
#endif

namespace bulkhead::intercept {
namespace {

constexpr std::uint64_t kSetSize = 8;             // the kernel's sigset_t; other sizes are EINVAL
constexpr std::uint64_t kRingExtended = 1U << 3;  // IORING_ENTER_EXT_ARG
constexpr std::uint64_t kRingArgument = 24;       // sizeof(struct io_uring_getevents_arg)
// struct kernel_sigaction: handler, flags, restorer, mask.
constexpr std::uint8_t kActionMask = 24, kActionSize = 32;

}  // namespace

std::optional<MaskPlace> mask_place(std::int64_t number, const std::uint64_t* arguments) {
  const auto with_size = [&](MaskPlace::Kind kind, std::uint8_t at,
                             std::uint8_t size) -> std::optional<MaskPlace> {
    if (arguments[at] == 0 || arguments[size] != kSetSize) return {};
    return MaskPlace{kind, at, 0, kSetSize};
  };
  switch (number) {
    case SYS_rt_sigprocmask:
      if (static_cast<int>(arguments[0]) == SIG_UNBLOCK) return {};
      return with_size(MaskPlace::plain, 1, 3);
    case SYS_rt_sigsuspend: return with_size(MaskPlace::plain, 0, 1);
    case SYS_ppoll: return with_size(MaskPlace::plain, 3, 4);
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2: return with_size(MaskPlace::plain, 4, 5);
    case SYS_pselect6:
    case SYS_io_pgetevents:
      if (arguments[5] == 0) return {};
      return MaskPlace{MaskPlace::pair, 5, 0, 16};
    case SYS_io_uring_enter:
      if ((arguments[3] & kRingExtended) == 0) return with_size(MaskPlace::plain, 4, 5);
      if (arguments[4] == 0 || arguments[5] != kRingArgument) return {};
      return MaskPlace{MaskPlace::timed, 4, 0, kRingArgument};
    case SYS_rt_sigaction:
      if (arguments[1] == 0 || arguments[3] != kSetSize) return {};
      return MaskPlace{MaskPlace::within, 1, kActionMask, kActionSize};
    default: return {};
  }
}

bool without_sigsys(const MaskPlace& place, std::uint64_t argument, std::uint64_t* copy,
                    std::uint64_t copy_address) {
  if (!read_program(copy, argument, place.size)) return false;
  std::uint64_t* mask = copy + place.at / sizeof *copy;
  if (place.kind == MaskPlace::pair || place.kind == MaskPlace::timed) {
    const std::uint64_t pointer = copy[0];
    const std::uint64_t size = place.kind == MaskPlace::pair ? copy[1] : copy[1] & 0xffffffffU;
    if (pointer == 0 || size != kSetSize) return false;
    mask = copy + place.size / sizeof *copy;
    if (!read_program(mask, pointer, kSetSize)) return false;
    copy[0] = copy_address + place.size;
  }
  if ((*mask & kSigsysBit) == 0) return false;
  *mask &= ~kSigsysBit;
  return true;
}

}  // namespace bulkhead::intercept
