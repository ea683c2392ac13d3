// What differs by CPU, and nothing else.
//
// Each CPU is one struct of constants plus code bytes, in a header of its own, that
// satisfies the concept below. Adding a CPU is two files (the struct; the assembly that
// enters the runtime from a stub) and a line here. Nothing in arch/ decides anything.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include "arch/x86_64/machine.h"
#else
#error "bulkhead: this CPU has no description in src/arch; see src/arch/machine.h"
#endif

namespace bulkhead::arch {

// clang-format off
template <class M>
concept Machine = requires {
  // e_machine of its objects.
  { M::kMachine } -> std::convertible_to<std::uint16_t>;
  // Segments of generated images start at multiples of it: the largest page size that
  // the ABI allows.
  { M::kMaxPageSize } -> std::convertible_to<std::size_t>;
  // Whether relocations have their addend in the record (RELA) or in the word itself (REL).
  { M::kRelocationsHaveAddends } -> std::convertible_to<bool>;
  // Relocation types: a GOT entry and a PLT slot (the symbol's address), a word holding
  // an address plus addend, a copy of data into the program, an adjusted word.
  { M::kGlobDat } -> std::convertible_to<std::uint32_t>;
  { M::kJumpSlot } -> std::convertible_to<std::uint32_t>;
  { M::kAbsolute } -> std::convertible_to<std::uint32_t>;
  { M::kCopy } -> std::convertible_to<std::uint32_t>;
  // Two words by which code finds a thread-local variable: a function and its argument.
  { M::kTlsDescriptor } -> std::convertible_to<std::uint32_t>;
  // Two words in a row with the same meaning for __tls_get_addr: a module, and an offset in
  // its block. And a word with a variable's place relative to the thread pointer.
  { M::kTlsModule } -> std::convertible_to<std::uint32_t>;
  { M::kTlsOffset } -> std::convertible_to<std::uint32_t>;
  { M::kTlsPlace } -> std::convertible_to<std::uint32_t>;
  // The dynamic linker's file name, and the name of ABI's main library directory.
  { M::kLoader } -> std::convertible_to<const char*>;
  // Whether an object without PT_GNU_STACK asks for an executable stack (glibc's
  // DEFAULT_STACK_PERMS).
  { M::kStackExecutableByDefault } -> std::convertible_to<bool>;
  // The .note.gnu.property bits that keep CET or BTI enabled (0: the CPU has none).
  { M::kPropertyType } -> std::convertible_to<std::uint32_t>;
  { M::kPropertyBits } -> std::convertible_to<std::uint32_t>;
  // What seccomp(2) calls the architecture, and the size of the instruction that makes a system call.
  { M::kAuditArchitecture } -> std::convertible_to<std::uint32_t>;
  { M::kSystemCallSize } -> std::convertible_to<std::uint64_t>;
  // The bytes of a stub and of the code that all stubs of a shim share.
  { M::kStubSize } -> std::convertible_to<std::size_t>;
  { M::kStubCommonSize } -> std::convertible_to<std::size_t>;
  { M::kTrampolineSize } -> std::convertible_to<std::size_t>;
  // The same of the code that only interposers have.
  { M::kGuardSize } -> std::convertible_to<std::size_t>;
  { M::kNextSize } -> std::convertible_to<std::size_t>;
};

#if defined(__x86_64__)
using Native = X86_64;
#endif
// clang-format on

static_assert(Machine<Native>);

}  // namespace bulkhead::arch
