// TLS descriptors: which function is which, and which one of ours takes its place.
#include "arch/machine.h"

extern "C" {
// tlsdesc.S; hidden, as everything that is compiled here.
void bulkhead_tlsdesc_checked();
void bulkhead_tlsdesc_saving();
std::intptr_t bulkhead_tlsdesc_call(std::uintptr_t* descriptor);
extern bulkhead::arch::X86_64::TlsSaving bulkhead_tlsdesc_state;
// Guard: written under ld.so's lock, before a descriptor leads to its reader.
constinit bulkhead::arch::X86_64::TlsSaving bulkhead_tlsdesc_state{};
}

namespace bulkhead::arch {
namespace {

static_assert(offsetof(X86_64::TlsSaving, original) == 0);
static_assert(offsetof(X86_64::TlsSaving, state) == BULKHEAD_TLS_SAVING_STATE);

constexpr unsigned kAny = 0x100;  // one byte, whatever it is
constexpr unsigned kEndbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
// mov 8(%rax), %rax; ret
constexpr unsigned kStatic[] = {0x48, 0x8b, 0x40, 0x08, 0xc3};
// mov 8(%rax), %rax; sub %fs:0, %rax; ret
constexpr unsigned kUndefinedWeak[] = {0x48, 0x8b, 0x40, 0x08, 0x64, 0x48, 0x2b,
                                       0x04, 0x25, 0,    0,    0,    0,    0xc3};
// What every released glibc from 2.31 to 2.39 starts with, and by which the layout of the
// argument and of the DTV is known: instruction by instruction, two conditional jumps to
// where it calls __tls_get_addr.
constexpr unsigned kDynamic[] = {
    0x48, 0x89, 0x74, 0x24, 0xf0,              // mov %rsi, -16(%rsp)
    0x64, 0x48, 0x8b, 0x34, 0x25, 8, 0, 0, 0,  // mov %fs:8, %rsi
    0x48, 0x89, 0x7c, 0x24, 0xf8,              // mov %rdi, -8(%rsp)
    0x48, 0x8b, 0x78, 0x08,                    // mov 8(%rax), %rdi
    0x48, 0x8b, 0x06,                          // mov (%rsi), %rax
    0x48, 0x39, 0x47, 0x10,                    // cmp %rax, 16(%rdi)
    0x77, kAny,                                // ja
    0x48, 0x8b, 0x07,                          // mov (%rdi), %rax
    0x48, 0xc1, 0xe0, 0x04,                    // shl $4, %rax
    0x48, 0x8b, 0x04, 0x30,                    // mov (%rax, %rsi), %rax
    0x48, 0x83, 0xf8, 0xff,                    // cmp $-1, %rax
    0x74, kAny,                                // je
    0x48, 0x03, 0x47, 0x08,                    // add 8(%rdi), %rax
};

bool starts_with(std::span<const std::byte> code, std::span<const unsigned> pattern) {
  if (code.size() < pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != kAny && std::to_integer<unsigned>(code[i]) != pattern[i]) return false;
  }
  return true;
}

}  // namespace

X86_64::TlsFunction X86_64::read_tls_function(std::span<const std::byte> code) {
  if (starts_with(code, kEndbr64)) code = code.subspan(sizeof kEndbr64 / sizeof *kEndbr64);
  if (starts_with(code, kStatic) || starts_with(code, kUndefinedWeak)) return TlsFunction::plain;
  return starts_with(code, kDynamic) ? TlsFunction::dynamic : TlsFunction::unknown;
}

std::uintptr_t X86_64::saving_tls_function(std::uintptr_t original, TlsFunction kind) {
  if (kind == TlsFunction::plain) return original;
  if (bulkhead_tlsdesc_state.original == 0)
    bulkhead_tlsdesc_state = {original, state_saving(kStateOfCalls)};
  if (bulkhead_tlsdesc_state.original != original) return original;
  return reinterpret_cast<std::uintptr_t>(kind == TlsFunction::dynamic ? &bulkhead_tlsdesc_checked
                                                                       : &bulkhead_tlsdesc_saving);
}

void X86_64::bind_tls_descriptor(std::uintptr_t* descriptor) { bulkhead_tlsdesc_call(descriptor); }

}  // namespace bulkhead::arch
