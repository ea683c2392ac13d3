// The code of shims, by running it.
//
// A mapping is laid out like a shim: symbol table, state word, header, the two words of the
// GOT, common code and stubs. Calls through a stub must reach their target with every
// register as it was, but %r11.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <vector>

#include "arch/machine.h"

#if defined(__x86_64__)

namespace {

struct Registers {
  std::uint64_t rdi, rsi, rdx, rcx, r8, r9, rax, r10, rbx, rbp, r12, r13, r14, r15;
  std::uint64_t vectors[8][4];  // %ymm0 to %ymm7; without AVX the upper halves are not used
};

}  // namespace

extern "C" {
// What the last call arrived with.
[[gnu::visibility("hidden")]] Registers seen_registers;
[[gnu::visibility("hidden")]] std::uint64_t seen_stack;   // %rsp on arrival
[[gnu::visibility("hidden")]] std::uint64_t seen_header;  // lazy and init: the shim's header
[[gnu::visibility("hidden")]] std::uint64_t seen_word;    // lazy: what the stub pushed
[[gnu::visibility("hidden")]] std::uint64_t call_stack;   // %rsp before the call

// Whether the upper halves of vector registers are given and recorded.
[[gnu::visibility("hidden")]] bool use_avx;

// Calls `target` with all registers as given; returns its result.
std::uint64_t call_with(void* target, const Registers* registers);
// Fills every register that a function may change with rubbish.
void spoil_registers();
// Records all registers and returns 4711.
void record_registers();
// The real one, in src/arch, and what it calls to find the target: here one that leaves no
// register as it was.
void bulkhead_shim_lazy();
void* bulkhead_open_for_call(void* header, std::uint64_t word);
// Stands for bulkhead_shim_lazy: %r11 is the header, the word on top what symbol_of_stub reads.
void record_lazy();
// Stands for bulkhead_shim_init: %rdi is the header.
void record_init();
}

asm(R"(
    .text
    .globl  call_with, spoil_registers, record_registers, record_lazy, record_init
    .hidden call_with, spoil_registers, record_registers, record_lazy, record_init
    .type   call_with, @function
call_with:
    endbr64
    push    %rbx
    push    %rbp
    push    %r12
    push    %r13
    push    %r14
    push    %r15
    push    %rdi
    mov     %rsp, call_stack(%rip)
    mov     %rsi, %rax
    mov     0(%rax), %rdi
    mov     8(%rax), %rsi
    mov     16(%rax), %rdx
    mov     24(%rax), %rcx
    mov     32(%rax), %r8
    mov     40(%rax), %r9
    mov     56(%rax), %r10
    mov     64(%rax), %rbx
    mov     72(%rax), %rbp
    mov     80(%rax), %r12
    mov     88(%rax), %r13
    mov     96(%rax), %r14
    mov     104(%rax), %r15
    movups  112(%rax), %xmm0
    movups  144(%rax), %xmm1
    movups  176(%rax), %xmm2
    movups  208(%rax), %xmm3
    movups  240(%rax), %xmm4
    movups  272(%rax), %xmm5
    movups  304(%rax), %xmm6
    movups  336(%rax), %xmm7
    cmpb    $0, use_avx(%rip)
    je      1f
    vmovups 112(%rax), %ymm0
    vmovups 144(%rax), %ymm1
    vmovups 176(%rax), %ymm2
    vmovups 208(%rax), %ymm3
    vmovups 240(%rax), %ymm4
    vmovups 272(%rax), %ymm5
    vmovups 304(%rax), %ymm6
    vmovups 336(%rax), %ymm7
1:  mov     48(%rax), %rax
    call    *(%rsp)
    pop     %rdi
    pop     %r15
    pop     %r14
    pop     %r13
    pop     %r12
    pop     %rbp
    pop     %rbx
    ret
    .type   spoil_registers, @function
spoil_registers:
    endbr64
    mov     $-1, %rax
    mov     $-1, %rcx
    mov     $-1, %rdx
    mov     $-1, %rsi
    mov     $-1, %rdi
    mov     $-1, %r8
    mov     $-1, %r9
    mov     $-1, %r10
    mov     $-1, %r11
    pcmpeqd %xmm0, %xmm0
    pcmpeqd %xmm1, %xmm1
    pcmpeqd %xmm2, %xmm2
    pcmpeqd %xmm3, %xmm3
    pcmpeqd %xmm4, %xmm4
    pcmpeqd %xmm5, %xmm5
    pcmpeqd %xmm6, %xmm6
    pcmpeqd %xmm7, %xmm7
    pcmpeqd %xmm8, %xmm8
    pcmpeqd %xmm9, %xmm9
    pcmpeqd %xmm10, %xmm10
    pcmpeqd %xmm11, %xmm11
    pcmpeqd %xmm12, %xmm12
    pcmpeqd %xmm13, %xmm13
    pcmpeqd %xmm14, %xmm14
    pcmpeqd %xmm15, %xmm15
    cmpb    $0, use_avx(%rip)
    je      1f
    vzeroupper
1:  ret
    .type   record_lazy, @function
record_lazy:
    endbr64
    mov     %r11, seen_header(%rip)
    pop     seen_word(%rip)
    jmp     record_registers
    .type   record_init, @function
record_init:
    endbr64
    mov     %rdi, seen_header(%rip)
    .type   record_registers, @function
record_registers:
    endbr64
    mov     %rdi, seen_registers+0(%rip)
    mov     %rsi, seen_registers+8(%rip)
    mov     %rdx, seen_registers+16(%rip)
    mov     %rcx, seen_registers+24(%rip)
    mov     %r8, seen_registers+32(%rip)
    mov     %r9, seen_registers+40(%rip)
    mov     %rax, seen_registers+48(%rip)
    mov     %r10, seen_registers+56(%rip)
    mov     %rbx, seen_registers+64(%rip)
    mov     %rbp, seen_registers+72(%rip)
    mov     %r12, seen_registers+80(%rip)
    mov     %r13, seen_registers+88(%rip)
    mov     %r14, seen_registers+96(%rip)
    mov     %r15, seen_registers+104(%rip)
    movups  %xmm0, seen_registers+112(%rip)
    movups  %xmm1, seen_registers+144(%rip)
    movups  %xmm2, seen_registers+176(%rip)
    movups  %xmm3, seen_registers+208(%rip)
    movups  %xmm4, seen_registers+240(%rip)
    movups  %xmm5, seen_registers+272(%rip)
    movups  %xmm6, seen_registers+304(%rip)
    movups  %xmm7, seen_registers+336(%rip)
    cmpb    $0, use_avx(%rip)
    je      1f
    vmovups %ymm0, seen_registers+112(%rip)
    vmovups %ymm1, seen_registers+144(%rip)
    vmovups %ymm2, seen_registers+176(%rip)
    vmovups %ymm3, seen_registers+208(%rip)
    vmovups %ymm4, seen_registers+240(%rip)
    vmovups %ymm5, seen_registers+272(%rip)
    vmovups %ymm6, seen_registers+304(%rip)
    vmovups %ymm7, seen_registers+336(%rip)
1:  mov     %rsp, seen_stack(%rip)
    mov     $4711, %eax
    ret
)");

void* bulkhead_open_for_call(void* header, std::uint64_t word) {
  seen_header = reinterpret_cast<std::uint64_t>(header);
  seen_word = word;
  spoil_registers();
  return reinterpret_cast<void*>(&record_registers);
}

namespace bulkhead::arch {
namespace {

constexpr unsigned char kEndbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};

class ShimCode : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kSymbols = 2000;
  static constexpr std::uint64_t kSymtab = 0x100;
  static constexpr std::uint64_t kState = 0x10000;
  static constexpr std::uint64_t kHeader = 0x10040;
  static constexpr std::uint64_t kLazy = 0x10080;
  static constexpr std::uint64_t kInit = 0x10088;
  static constexpr std::uint64_t kCommon = 0x11000;
  static constexpr std::uint64_t kStubs = kCommon + X86_64::kStubCommonSize;
  static constexpr std::size_t kSize = 0x20000;
  static_assert(kSymtab + kSymbols * sizeof(Elf64_Sym) <= kState);
  static_assert(kStubs + kSymbols * X86_64::kStubSize <= kSize);

  void SetUp() override {
    void* memory =
        ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(memory, MAP_FAILED);
    image_ = static_cast<std::byte*>(memory);
    put(kLazy, reinterpret_cast<std::uint64_t>(&record_lazy));
    put(kInit, reinterpret_cast<std::uint64_t>(&record_init));
    X86_64::write_stub_common({image_ + kCommon, X86_64::kStubCommonSize}, {.code = kCommon,
                                                                            .image = 0,
                                                                            .symtab = kSymtab,
                                                                            .state = kState,
                                                                            .header = kHeader,
                                                                            .lazy_entry = kLazy,
                                                                            .init_entry = kInit});
    for (std::uint32_t i = 0; i < kSymbols; ++i) {
      const std::uint64_t at = kStubs + i * X86_64::kStubSize;
      X86_64::write_stub({image_ + at, X86_64::kStubSize}, at, kCommon, i);
    }
    ASSERT_EQ(::mprotect(image_ + kCommon, kSize - kCommon, PROT_READ | PROT_EXEC), 0);

    auto* words = reinterpret_cast<std::uint64_t*>(&given_);
    for (std::size_t i = 0; i < sizeof given_ / 8; ++i) words[i] = 0x0101010101010101U * (i + 1);
    use_avx = __builtin_cpu_supports("avx") != 0;
    if (!use_avx) {
      for (auto& vector : given_.vectors) vector[2] = vector[3] = 0;
    }
    seen_registers = {};
    seen_header = seen_word = seen_stack = 0;
  }
  void TearDown() override { ::munmap(image_, kSize); }

  void put(std::uint64_t at, std::uint64_t value) {
    std::memcpy(image_ + at, &value, sizeof value);
  }
  std::uint64_t address(std::uint64_t at) const {
    return reinterpret_cast<std::uint64_t>(image_ + at);
  }
  void* stub(std::uint32_t index) const { return image_ + kStubs + index * X86_64::kStubSize; }
  // As the runtime does: st_value is relative to the image, and may be "negative".
  void bind(std::uint32_t index, void (*target)()) {
    Elf64_Sym symbol = {};
    symbol.st_value = reinterpret_cast<std::uint64_t>(target) - address(0);
    std::memcpy(image_ + kSymtab + index * sizeof symbol, &symbol, sizeof symbol);
  }
  void expect_all_registers_kept(bool but_rdi = false) {
    if (but_rdi) seen_registers.rdi = given_.rdi;
    EXPECT_EQ(std::memcmp(&seen_registers, &given_, sizeof given_), 0);
    EXPECT_EQ(seen_stack, call_stack - 8) << "only the return address lies on the stack";
    EXPECT_EQ(seen_stack % 16, 8U);
  }

  std::byte* image_ = nullptr;
  Registers given_;
};

TEST_F(ShimCode, BoundStubsReachTheirTargetWithEveryRegisterKept) {
  put(kState, 1);
  for (std::uint32_t index : {0U, 1U, 2U, 7U, 100U, kSymbols - 1}) {
    bind(index, &record_registers);
    seen_registers = {};
    EXPECT_EQ(call_with(stub(index), &given_), 4711U) << index;
    expect_all_registers_kept();
  }
  EXPECT_EQ(seen_header, 0U) << "the lazy entry was not asked";
}

TEST_F(ShimCode, UnboundStubsEnterTheRuntimeWithHeaderAndIndex) {
  for (std::uint32_t index : {0U, 1U, 2U, 7U, 100U, kSymbols - 1}) {
    seen_registers = {};
    seen_header = 0;
    EXPECT_EQ(call_with(stub(index), &given_), 4711U) << index;
    expect_all_registers_kept();
    EXPECT_EQ(seen_header, address(kHeader));
    EXPECT_EQ(X86_64::symbol_of_stub(seen_word), index);
  }
}

TEST_F(ShimCode, TheWayThroughTheRuntimeKeepsEveryRegisterToo) {
  put(kLazy, reinterpret_cast<std::uint64_t>(&bulkhead_shim_lazy));
  for (std::uint32_t index : {0U, 7U, kSymbols - 1}) {
    seen_registers = {};
    EXPECT_EQ(call_with(stub(index), &given_), 4711U) << index;
    expect_all_registers_kept();
    EXPECT_EQ(seen_header, address(kHeader));
    EXPECT_EQ(X86_64::symbol_of_stub(seen_word), index);
  }
}

TEST_F(ShimCode, InitEntersTheRuntimeWithTheHeader) {
  EXPECT_EQ(call_with(image_ + kCommon + X86_64::kInitOffset, &given_), 4711U);
  EXPECT_EQ(seen_header, address(kHeader));
  expect_all_registers_kept(true);
}

TEST_F(ShimCode, EveryIndirectEntryStartsWithEndbr) {
  // The image says that it is made for indirect branch tracking.
  EXPECT_EQ(std::memcmp(image_ + kCommon + X86_64::kInitOffset, kEndbr64, 4), 0);
  for (std::uint32_t i = 0; i < kSymbols; ++i) {
    ASSERT_EQ(std::memcmp(stub(i), kEndbr64, 4), 0);
  }
}

TEST_F(ShimCode, AStubTellsItsIndex) {
  for (std::uint32_t i = 0; i < kSymbols; ++i) {
    std::uint32_t index = ~0U;
    ASSERT_TRUE(X86_64::read_stub({static_cast<std::byte*>(stub(i)), X86_64::kStubSize}, index));
    ASSERT_EQ(index, i);
  }
}

TEST(Stub, OtherBytesAreNoStub) {
  std::vector<std::byte> stub(X86_64::kStubSize);
  X86_64::write_stub(stub, 0x1000, 0x5000, 1234);
  std::uint32_t index = 0;
  EXPECT_FALSE(X86_64::read_stub(std::span(stub).first(X86_64::kStubSize - 1), index));
  EXPECT_FALSE(X86_64::read_stub({}, index));
  for (std::size_t i = 0; i < 6; ++i) {
    std::vector<std::byte> other = stub;
    other[i] ^= std::byte{1};
    EXPECT_FALSE(X86_64::read_stub(other, index)) << "byte " << i;
  }
  std::vector<std::byte> other = stub;
  other[6] ^= std::byte{1};  // no symbol is scaled to that
  EXPECT_FALSE(X86_64::read_stub(other, index));
}

TEST(Stub, ReachesBackwardsToo) {
  std::vector<std::byte> stub(X86_64::kStubSize);
  X86_64::write_stub(stub, 0x5000, 0x1000, 0);
  std::int32_t displacement = 0;
  std::memcpy(&displacement, stub.data() + 11, 4);
  EXPECT_EQ(0x5000 + 15 + displacement, 0x1000);
}

}  // namespace
}  // namespace bulkhead::arch

#endif
