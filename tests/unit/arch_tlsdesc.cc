// TLS descriptors: telling ld.so's functions apart, and ours that stand for them.
#include "arch/machine.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

using bulkhead::arch::X86_64;

extern "C" {
void bulkhead_tlsdesc_checked();
void bulkhead_tlsdesc_saving();
extern X86_64::TlsSaving bulkhead_tlsdesc_state;

struct TlsIndex {
  unsigned long module, offset;
};
void* __tls_get_addr(TlsIndex* index);  // NOLINT: ld.so's name

// Loads all vector, mask and x87 registers and those integer ones that a call may change from
// `before`, uses the descriptor with a stack that is off by `shift` bytes, and stores them.
struct Registers {
  std::uint64_t general[8];  // rcx rdx rsi rdi r8 r9 r10 r11
};
std::uint64_t use_descriptor(std::uintptr_t* descriptor, Registers* registers, void* before,
                             void* after, std::uint32_t mask, std::uint64_t shift);
// What ld.so's may be at worst. It returns its argument and where its stack was.
void greedy_function();
extern std::uint64_t greedy_calls, greedy_stack;
extern bool greedy_avx;
}

__asm__(R"(
        .text
use_descriptor:
        push    %rbp
        mov     %rsp, %rbp
        push    %rbx
        push    %r12
        push    %r13
        push    %r14
        mov     %rsi, %r12
        mov     %rcx, %r13
        mov     %r8d, %r14d
        mov     %rdi, %rbx
        and     $-16, %rsp
        sub     %r9, %rsp
        mov     %r8d, %eax
        mov     %rdx, %rcx
        xor     %edx, %edx
        xrstor64 (%rcx)
        mov     (%r12), %rcx
        mov     8(%r12), %rdx
        mov     16(%r12), %rsi
        mov     24(%r12), %rdi
        mov     32(%r12), %r8
        mov     40(%r12), %r9
        mov     48(%r12), %r10
        mov     56(%r12), %r11
        mov     %rbx, %rax
        call    *(%rax)
        mov     %rcx, (%r12)
        mov     %rdx, 8(%r12)
        mov     %rsi, 16(%r12)
        mov     %rdi, 24(%r12)
        mov     %r8, 32(%r12)
        mov     %r9, 40(%r12)
        mov     %r10, 48(%r12)
        mov     %r11, 56(%r12)
        mov     %rax, %rbx
        mov     %r14d, %eax
        xor     %edx, %edx
        xsave64 (%r13)
        emms
        mov     %rbx, %rax
        lea     -32(%rbp), %rsp
        pop     %r14
        pop     %r13
        pop     %r12
        pop     %rbx
        pop     %rbp
        ret

greedy_function:
        incq    greedy_calls(%rip)
        mov     %rsp, greedy_stack(%rip)
        mov     8(%rax), %rax
        emms
        fldz
        fldz
        pcmpeqd %xmm0, %xmm0
        pcmpeqd %xmm7, %xmm7
        pcmpeqd %xmm15, %xmm15
        cmpb    $0, greedy_avx(%rip)
        je      1f
        vzeroall
1:      emms
        mov     $-1, %rcx
        mov     %rcx, %rdx
        mov     %rcx, %rsi
        mov     %rcx, %rdi
        mov     %rcx, %r8
        mov     %rcx, %r9
        mov     %rcx, %r10
        mov     %rcx, %r11
        ret
)");

std::uint64_t greedy_calls, greedy_stack;
bool greedy_avx;

namespace bulkhead::arch {
namespace {

using Saving = X86_64::StateSaving;
using Function = X86_64::TlsFunction;

Function kind_of(std::vector<unsigned char> code) {
  code.resize(X86_64::kTlsFunctionSize, 0x90);
  return X86_64::read_tls_function(std::as_bytes(std::span(code)));
}

const std::vector<unsigned char> kStatic = {0x48, 0x8b, 0x40, 8, 0xc3};
const std::vector<unsigned char> kWeak = {0x48, 0x8b, 0x40, 8, 0x64, 0x48, 0x2b,
                                          0x04, 0x25, 0,    0, 0,    0,    0xc3};
// As in Debian's glibc 2.31 and 2.36.
const std::vector<unsigned char> kDynamic = {
    0x48, 0x89, 0x74, 0x24, 0xf0, 0x64, 0x48, 0x8b, 0x34, 0x25, 8,    0,    0,    0,
    0x48, 0x89, 0x7c, 0x24, 0xf8, 0x48, 0x8b, 0x78, 8,    0x48, 0x8b, 0x06, 0x48, 0x39,
    0x47, 0x10, 0x77, 0x29, 0x48, 0x8b, 0x07, 0x48, 0xc1, 0xe0, 4,    0x48, 0x8b, 0x04,
    0x30, 0x48, 0x83, 0xf8, 0xff, 0x74, 0x18, 0x48, 0x03, 0x47, 8};

TEST(TlsFunction, AreToldApartByTheirCode) {
  EXPECT_EQ(kind_of(kStatic), Function::plain);
  EXPECT_EQ(kind_of(kWeak), Function::plain);
  EXPECT_EQ(kind_of(kDynamic), Function::dynamic);
  EXPECT_EQ(kind_of({}), Function::unknown);
  for (std::vector<unsigned char> code : {kStatic, kWeak, kDynamic}) {
    Function kind = kind_of(code);
    code.insert(code.begin(), {0xf3, 0x0f, 0x1e, 0xfa});
    EXPECT_EQ(kind_of(code), kind) << "with endbr64";
  }
}

TEST(TlsFunction, WithAnyOtherByteIsUnknown) {
  for (const std::vector<unsigned char>& code : {kStatic, kWeak, kDynamic}) {
    for (std::size_t i = 0; i < code.size(); ++i) {
      bool is_jump = i != 0 && code.size() == kDynamic.size() &&
                     (code[i - 1] == 0x77 || code[i - 1] == 0x74) && i > 30;
      std::vector<unsigned char> other = code;
      other[i] ^= 1;
      EXPECT_EQ(kind_of(other), is_jump ? kind_of(code) : Function::unknown) << "byte " << i;
    }
  }
}

TEST(TlsFunction, ThatEndsTooSoonIsUnknown) {
  auto bytes = std::as_bytes(std::span(kDynamic));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(X86_64::read_tls_function(bytes.first(size)), Function::unknown);
  }
  EXPECT_EQ(X86_64::read_tls_function(bytes), Function::dynamic);
}

class TlsDescriptor : public testing::TestWithParam<std::uint32_t> {
 protected:
  void SetUp() override {
    state_ = X86_64::state_saving(X86_64::kStateOfCalls);
    if (GetParam() > state_.instruction) GTEST_SKIP() << "this CPU has no such instruction";
    if (state_.instruction == Saving::kFxsave) GTEST_SKIP() << "this CPU cannot load the state";
    std::uint32_t a = 0, b = 0, c = 0, d = 0;
    __cpuid_count(0xd, 0, a, b, c, d);
    area_ = b;
    use_mask_ = state_.mask;
    greedy_avx = (state_.mask & 4U) != 0;
    if (GetParam() != state_.instruction) {
      // The area of another instruction than this CPU's best.
      state_.instruction = GetParam();
      state_.size = area_;
      if (GetParam() == Saving::kFxsave) state_.mask = 0, state_.size = 512, use_mask_ = 3;
    }
    if (use_mask_ == 3) greedy_avx = false;
    bulkhead_tlsdesc_state = {reinterpret_cast<std::uintptr_t>(&greedy_function), state_};
    greedy_calls = 0;
  }
  void TearDown() override { bulkhead_tlsdesc_state = {}; }

  // A state in which every byte that may have any value has one of its own.
  std::byte* make_state() {
    std::byte* area = new_area();
    auto put = [&](std::size_t at, std::size_t size) {
      for (std::size_t i = 0; i < size; ++i) area[at + i] = static_cast<std::byte>(at + i * 7 + 1);
    };
    std::uint32_t bits = use_mask_ & 0xe7U;  // x87, SSE, AVX, AVX-512: what is surely enabled
    std::uint64_t header = bits;
    std::memcpy(area + 512, &header, 8);
    const std::uint16_t control = 0x37f;
    const std::uint32_t mxcsr = 0x1f80;
    std::memcpy(area, &control, 2);
    std::memcpy(area + 24, &mxcsr, 4);
    put(160, 256);
    for (unsigned component = 2; component < 8; ++component) {
      if ((bits >> component & 1U) == 0) continue;
      std::uint32_t a = 0, b = 0, c = 0, d = 0;
      __cpuid_count(0xd, component, a, b, c, d);
      put(b, a);
    }
    return area;
  }
  std::byte* new_area() {
    areas_.emplace_back(area_ + 64);
    auto address = reinterpret_cast<std::uintptr_t>(areas_.back().data());
    return areas_.back().data() + (-address & 63U);
  }

  void expect_everything_kept(void (*function)(), std::uint64_t shift) {
    std::uintptr_t descriptor[] = {reinterpret_cast<std::uintptr_t>(function),
                                   reinterpret_cast<std::uintptr_t>(&index_)};
    std::byte* before = make_state();
    std::byte* after = new_area();
    Registers registers;
    for (std::uint64_t i = 0; i < 8; ++i) registers.general[i] = 0x1111 * (i + 1);
    std::uint64_t calls = greedy_calls;
    EXPECT_EQ(use_descriptor(descriptor, &registers, before, after, use_mask_ & 0xe7U, shift),
              descriptor[1]);
    EXPECT_EQ(greedy_calls, calls + 1);
    EXPECT_EQ(greedy_stack % 16, 8U) << "as at the entry of any function";
    for (std::uint64_t i = 0; i < 8; ++i) EXPECT_EQ(registers.general[i], 0x1111 * (i + 1)) << i;
    EXPECT_EQ(std::memcmp(before, after, 4), 0) << "x87 control and status";
    auto first = std::mismatch(before + 160, before + 416, after + 160).first;
    EXPECT_EQ(first - before, 416) << "vector registers";
    if ((use_mask_ & 4U) != 0) {
      first = std::mismatch(before + 576, before + area_, after + 576).first;
      EXPECT_EQ(first - before, static_cast<std::ptrdiff_t>(area_)) << "the upper parts";
    }
  }

  Saving state_{};
  std::size_t area_ = 0;
  std::uint32_t use_mask_ = 0;
  struct {
    TlsIndex index;
    std::uint64_t generation;
  } index_{{1, 0}, ~std::uint64_t{0}};
  std::vector<std::vector<std::byte>> areas_;
};

TEST_P(TlsDescriptor, KeepsAllRegistersAroundTheOriginal) {
  expect_everything_kept(&bulkhead_tlsdesc_saving, 0);
  expect_everything_kept(&bulkhead_tlsdesc_saving, 8);
}

TEST_P(TlsDescriptor, OfANewerGenerationAsksTheOriginal) {
  expect_everything_kept(&bulkhead_tlsdesc_checked, 0);
  expect_everything_kept(&bulkhead_tlsdesc_checked, 8);
}

TEST_P(TlsDescriptor, OfWhatIsThereIsAnsweredAtOnce) {
  index_.generation = 0;
  index_.index.offset = 24;
  TlsIndex start = {1, 0};
  std::uintptr_t descriptor[] = {reinterpret_cast<std::uintptr_t>(&bulkhead_tlsdesc_checked),
                                 reinterpret_cast<std::uintptr_t>(&index_)};
  Registers registers{};
  auto base = reinterpret_cast<std::uint64_t>(__tls_get_addr(&start));
  std::uint64_t thread = 0;
  __asm__("mov %%fs:0, %0" : "=r"(thread));
  EXPECT_EQ(use_descriptor(descriptor, &registers, make_state(), new_area(), use_mask_ & 0xe7U, 0),
            base + 24 - thread);
  EXPECT_EQ(greedy_calls, 0U);
  for (std::uint64_t value : registers.general) EXPECT_EQ(value, 0U);
}

INSTANTIATE_TEST_SUITE_P(Instructions, TlsDescriptor,
                         testing::Values(Saving::kFxsave, Saving::kXsave, Saving::kXsavec));

TEST(StateSaving, HasRoomForAllThatIsEnabled) {
  Saving saving = X86_64::state_saving(X86_64::kStateOfCalls);
  if (saving.instruction == Saving::kFxsave) GTEST_SKIP() << "this system uses no XSAVE";
  std::uint32_t a = 0, b = 0, c = 0, d = 0;
  __cpuid_count(0xd, 0, a, b, c, d);
  EXPECT_GE(saving.size, 576U);
  EXPECT_LE(saving.size, (b + 63) & ~63U) << "never more than what XSAVE takes for everything";
  EXPECT_EQ(saving.size % 64, 0U);
  EXPECT_EQ(saving.mask & 3U, 3U);
}

TEST(TlsSaving, ReplacesOneFunctionOnly) {
  bulkhead_tlsdesc_state = {};
  EXPECT_EQ(X86_64::saving_tls_function(0x1000, Function::plain), 0x1000U);
  EXPECT_EQ(bulkhead_tlsdesc_state.original, 0U);
  EXPECT_EQ(X86_64::saving_tls_function(0x2000, Function::dynamic),
            reinterpret_cast<std::uintptr_t>(&bulkhead_tlsdesc_checked));
  EXPECT_EQ(X86_64::saving_tls_function(0x2000, Function::unknown),
            reinterpret_cast<std::uintptr_t>(&bulkhead_tlsdesc_saving));
  EXPECT_EQ(X86_64::saving_tls_function(0x3000, Function::dynamic), 0x3000U);
  bulkhead_tlsdesc_state = {};
}

}  // namespace
}  // namespace bulkhead::arch

#endif
