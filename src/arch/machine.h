// What differs by processor, and nothing else.
//
// A processor is a folder: arch/<cpu>/ here, and FOLDER/<cpu>/ for assembly that calls up into
// another folder of src/. `Native` is the one that is built for, a constant of the compiler; all
// that anybody uses of it is in a concept below, one for each ability, with what it means. Nothing
// in arch/ decides anything, and nothing outside of <cpu> folders names a processor
// (tests/checks/processor).
//
//     arch/<cpu>/machine.h     the struct: constants, declarations of the rest
//     arch/<cpu>/glibc.h       what glibc has otherwise there
//     arch/<cpu>/code.cc       the code of generated images, from templates.S
//     arch/<cpu>/cpu.cc        what this very processor has
//     arch/<cpu>/tlsdesc.*     what stands in for ld.so's functions of TLS descriptors
//     arch/<cpu>/intercept.h   registers of intercepted system calls (see arch/intercept.h)
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#if defined(__x86_64__)
#include "arch/x86_64/machine.h"
namespace bulkhead::arch {
using Native = X86_64;
}
#else
#error "bulkhead: this CPU has no folder in src/arch; see src/arch/machine.h"
#endif

namespace bulkhead::arch {

template <class T>
concept Text = std::convertible_to<T, std::string_view>;
template <class T>
concept Texts = std::convertible_to<T, std::span<const std::string_view>>;
template <class T>
concept Number = std::convertible_to<T, std::uint64_t>;
using Bytes = std::span<const std::byte>;
using Room = std::span<std::byte>;

// clang-format off

// Of objects and relocations.
template <class M>
concept ElfConstants = requires(std::uintptr_t resolver) {
  // e_machine.
  { M::kMachine } -> std::convertible_to<std::uint16_t>;
  // Segments of generated images start at multiples of it: the largest page size that the ABI
  // allows. That of this system is base/page_size.h's.
  { M::kMaxPageSize } -> Number;
  // Whether relocations have their addend in the record (RELA) or in the word itself (REL).
  { M::kRelocationsHaveAddends } -> std::convertible_to<bool>;
  // Relocation types: a GOT entry and a PLT slot (the symbol's address), a word holding an address
  // plus addend, a copy of data into the program.
  { M::kGlobDat } -> Number;
  { M::kJumpSlot } -> Number;
  { M::kAbsolute } -> Number;
  { M::kCopy } -> Number;
  { M::kBinderWord } -> Number;
  // Two words by which code finds a thread-local variable: a function and its argument.
  { M::kTlsDescriptor } -> Number;
  // Two words in a row with the same meaning for __tls_get_addr: a module, and an offset in its
  // block. And a word with a variable's place relative to the thread pointer.
  { M::kTlsModule } -> Number;
  { M::kTlsOffset } -> Number;
  { M::kTlsPlace } -> Number;
  // Calls an STT_GNU_IFUNC resolver as ld.so does.
  { M::resolve_ifunc(resolver) } -> std::same_as<std::uintptr_t>;
  // Whether an object without PT_GNU_STACK asks for an executable stack (glibc's
  // DEFAULT_STACK_PERMS).
  { M::kStackExecutableByDefault } -> std::convertible_to<bool>;
  // Of the stack pointer at calls; linkers put it into PT_GNU_STACK.
  { M::kStackAlignment } -> Number;
  // The .note.gnu.property bits that keep CET or BTI enabled (0: the CPU has none).
  { M::kPropertyType } -> Number;
  { M::kPropertyBits } -> Number;
};

// Of the system around programs.
template <class M>
concept SystemConstants = requires(long number, std::uintptr_t argument) {
  // The dynamic linker's file name.
  { M::kLoader } -> Text;
  // The name of the ABI's directories on Debian and its descendants; and $PLATFORM (AT_PLATFORM).
  { M::kMultiarch } -> Text;
  { M::kPlatform } -> Text;
  // $LIB there, and elsewhere if there is such a directory (else it is "lib").
  { M::kMultiarchLib } -> Text;
  { M::kLib } -> Text;
  // The directories that ld.so has compiled in: Debian's and its descendants', and everybody else's.
  // A distribution that knows fewer of them has symbolic links or nothing in the others.
  { M::kMultiarchDirectories } -> Texts;
  { M::kDirectories } -> Texts;
  // How ld.so.cache marks "an ELF library for glibc" of this ABI (glibc's ldconfig.h).
  { M::kLdCacheFlags } -> Number;
  // The version that glibc's first symbols for this ABI have.
  { M::kBaseline } -> Text;
  // No address of a program is beyond.
  { M::kEndOfAddresses } -> Number;
  // What seccomp(2) calls the architecture; from which number on calls are another ABI's; and the
  // size of the instruction that makes one, by whatever of them.
  { M::kAuditArchitecture } -> Number;
  { M::kOtherAbiNumbers } -> Number;
  { M::kSystemCallSize } -> Number;
  // A system call without libc. Returns what the kernel does: -errno for an error.
  { M::system_call(number, argument, argument, argument) } -> std::same_as<long>;
};

// Levels of processors, for which libraries may have variants of their own (glibc-hwcaps).
template <class M>
concept Levels = requires(typename M::Level level) {
  // Names of the subdirectories, for the highest level first; that of level 1 has none.
  { M::kHwcaps } -> Texts;
  // The level of this processor as the kernel lets it be used, and what it lacks for the next.
  { M::ask_level() } -> std::same_as<typename M::Level>;
  { level.number } -> std::convertible_to<int>;
  { level.lacks } -> Texts;
  { level.lack_count } -> Number;
};

// The code of generated images. All places are vaddrs of the image; all sizes are in bytes.
template <class M>
concept ShimCode = requires(Room room, Bytes code, std::uint64_t at, std::uint32_t symbol,
                            std::uintptr_t word, const typename M::StubTargets& targets) {
  { M::kCodeAlignment } -> Number;
  // A stub each function, and what they share: how to go on to where the symbol table leads, or
  // into the runtime; and DT_INIT's and DT_FINI's code, at these offsets in it.
  { M::kStubSize } -> Number;
  { M::kStubCommonSize } -> Number;
  { M::kInitOffset } -> Number;
  { M::kFiniOffset } -> Number;
  { M::kRelocateOffset } -> Number;
  M::write_stub_common(room, targets);
  // (room, the stub's place, that of common, the symbol's index)
  M::write_stub(room, at, at, symbol);
  // The index that write_stub put into a stub; false if these are not its bytes.
  { M::read_stub(code, symbol) } -> std::same_as<bool>;
  // The index for which a stub hands such a word to the runtime.
  { M::symbol_of_stub(word) } -> std::same_as<std::uint32_t>;
  // Only in interposers: a guard (room, its place, that of the early heap's begin and size, that of
  // its two targets); and code that calls its fourth argument with the first three, so that what is
  // called sees a return address in the image.
  { M::kGuardSize } -> Number;
  M::write_guard(room, at, at, at);
  { M::kNextSize } -> Number;
  M::write_next(room);
  // Only goes on to an address of this process.
  { M::kTrampolineSize } -> Number;
  M::write_trampoline(room, at);
  // Whether that is the _fini of an object with nothing of its own in .fini: what crti.o and crtn.o
  // make. At most kEmptyFiniSize bytes are read.
  { M::kEmptyFiniSize } -> Number;
  { M::is_empty_fini(code) } -> std::same_as<bool>;
  { M::kEmptyInitSize } -> Number;
  { M::is_empty_init(code) } -> std::same_as<bool>;
};

// Entries for calls from inside capsules: inside/<cpu>/hooks.S.
template <class M>
concept HookCode = requires(typename M::HookCall& call) {
  { M::kHookEntrySize } -> Number;
  { M::kMaxHooks } -> Number;  // a capsule
  // A call that has arrived: capsule * kMaxHooks + hook; what it returns if the hook does not send
  // it on; its arguments, which may be changed before it is sent on; and the return address.
  { call.number } -> Number;
  call.result = std::uintptr_t{};
  call.arguments[0] = std::uintptr_t{};
  { call.caller } -> std::convertible_to<const void*>;
};

// Entries for stdio's functions, called from inside isolated capsules: isolation/<cpu>/streams.S.
template <class M>
concept StreamCode = requires {
  { M::kStreamEntrySize } -> Number;
  // For each capsule so many for those whose first, second … argument is the stream.
  { M::kStreamEntries[0] } -> Number;
  // Where a FILE has the table of its functions.
  { M::kStreamTable } -> Number;
};

// The functions that ld.so puts into TLS descriptors, and ours that keep the registers which those
// do not.
template <class M>
concept Descriptors = requires(Bytes code, std::uintptr_t function, typename M::TlsFunction kind,
                               std::uintptr_t* descriptor) {
  // They have no names, but code that can be told apart; at most kTlsFunctionSize bytes are read.
  { M::kTlsFunctionSize } -> Number;
  { M::read_tls_function(code) } -> std::same_as<typename M::TlsFunction>;
  { M::TlsFunction::plain } -> std::convertible_to<typename M::TlsFunction>;
  { M::TlsFunction::dynamic } -> std::convertible_to<typename M::TlsFunction>;
  { M::TlsFunction::unknown } -> std::convertible_to<typename M::TlsFunction>;
  // What takes the place of ld.so's function in a descriptor; itself if it needs none.
  { M::saving_tls_function(function, kind) } -> std::same_as<std::uintptr_t>;
  // Uses a descriptor once, which makes ld.so bind one that it left for later.
  M::bind_tls_descriptor(descriptor);
};

// clang-format on

static_assert(ElfConstants<Native>);
static_assert(SystemConstants<Native>);
static_assert(Levels<Native>);
static_assert(ShimCode<Native>);
static_assert(HookCode<Native>);
static_assert(StreamCode<Native>);
static_assert(Descriptors<Native>);

}  // namespace bulkhead::arch
