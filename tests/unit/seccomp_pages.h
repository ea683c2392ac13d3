// Pages to make system calls from, for the tests that have the kernel run a filter.
#pragma once

#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstring>
#include <string_view>

#include "child.h"
#include "seccomp_case.h"

namespace bulkhead::seccomp::testing {

inline constexpr std::size_t kPage = 4096;
inline constexpr std::size_t kInside = 64;  // somewhere in a page

// Ends a child with a sentence if something does not hold.
inline void claim(bool holds, std::string_view sentence) {
  if (holds) return;
  sentence.remove_prefix(static_cast<std::size_t>(::write(2, sentence.data(), sentence.size())));
  ::_exit(1);
}

// Two pages with one function in them that makes a system call and returns what the kernel says,
// so that its `syscall` instruction is at `offset`.
class Pages {
 public:
  using Call = long (*)(long number, long first, long second, long third);

  explicit Pages(std::size_t offset) {
    // mov %rdi,%rax; mov %rsi,%rdi; mov %rdx,%rsi; mov %rcx,%rdx; (jmp over); syscall; ret
    constexpr unsigned char kBefore[] = {0x48, 0x89, 0xf8, 0x48, 0x89, 0xf7,
                                         0x48, 0x89, 0xd6, 0x48, 0x89, 0xca};
    constexpr unsigned char kCall[] = {0x0f, 0x05, 0xc3};
    void* memory =
        ::mmap(nullptr, 3 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    claim(memory != MAP_FAILED, "no memory");
    // A page before, for the code that leads to an instruction at offset 0.
    begin_ = reinterpret_cast<std::uint64_t>(memory) + kPage;
    call_ = begin_ + offset;
    code_ = call_ - sizeof kBefore;
    std::memcpy(reinterpret_cast<void*>(code_), kBefore, sizeof kBefore);
    std::memcpy(reinterpret_cast<void*>(call_), kCall, sizeof kCall);
    claim(::mprotect(memory, 3 * kPage, PROT_READ | PROT_EXEC) == 0, "cannot be executable");
  }

  long call(long number, long first = 0, long second = 0, long third = 0) const {
    return reinterpret_cast<Call>(code_)(number, first, second, third);
  }
  Range first_page() const { return {begin_, begin_ + kPage}; }
  std::uint64_t instruction() const { return call_; }

 private:
  std::uint64_t begin_, call_, code_;
};

// A filter without install(): a way to make a kernel of one that lacks something.
inline bool plain_filter(const Code& code) {
  ::sock_fprog program{static_cast<unsigned short>(code.size()),
                       const_cast<Instruction*>(code.data())};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

inline constexpr const char* kNoFilters = "this kernel takes no filter at all, not even \"allow\"";

inline bool kernel_takes_filters() {
  auto work = [] { ::_exit(plain_filter(always(SECCOMP_RET_ALLOW)) ? 0 : 1); };
  return bulkhead::testing::in_child(work).exit_code == 0;
}

}  // namespace bulkhead::seccomp::testing
