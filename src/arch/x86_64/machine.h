// x86-64, as the concepts of arch/machine.h want a processor. Facts: System V psABI for AMD64.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "arch/entries.h"
#include "arch/x86_64/glibc.h"
#include "arch/x86_64/state.h"
#include "arch/x86_64/templates.h"

// How std::size_t is mangled (Itanium C++ ABI, 5.1.5.2): in the names of operator new and delete.
#define BULKHEAD_MANGLED_SIZE "m"

namespace bulkhead::arch {

struct X86_64 {
  static constexpr std::uint16_t kMachine = EM_X86_64;
  static constexpr std::size_t kMaxPageSize = 0x1000;
  static constexpr bool kRelocationsHaveAddends = true;  // RELA, the only kind that ld.so accepts
  static constexpr std::uint32_t kGlobDat = R_X86_64_GLOB_DAT;
  static constexpr std::uint32_t kJumpSlot = R_X86_64_JUMP_SLOT;
  static constexpr std::uint32_t kAbsolute = R_X86_64_64;
  static constexpr std::uint32_t kRelative = R_X86_64_RELATIVE;
  static constexpr std::uint32_t kIndirect = R_X86_64_IRELATIVE;  // the last of a table
  static constexpr std::uint32_t kCopy = R_X86_64_COPY;
  static constexpr std::uint32_t kTlsDescriptor = R_X86_64_TLSDESC;
  static constexpr std::uint32_t kTlsModule = R_X86_64_DTPMOD64;
  static constexpr std::uint32_t kTlsOffset = R_X86_64_DTPOFF64;
  static constexpr std::uint32_t kTlsPlace = R_X86_64_TPOFF64;
  // Of the table that DT_PLTGOT names: ld.so's entry for lazily bound functions (psABI 5.2).
  static constexpr std::size_t kBinderWord = 2;
  static constexpr const char* kLoader = "ld-linux-x86-64.so.2";
  static constexpr const char* kMultiarch = "x86_64-linux-gnu";
  static constexpr const char* kPlatform = "x86_64";  // before 2.37 "haswell" for some; in no path
  static constexpr const char* kMultiarchLib = "lib/x86_64-linux-gnu";
  static constexpr const char* kLib = "lib64";
  static constexpr std::string_view kMultiarchDirectories[] = {"/lib/x86_64-linux-gnu",
                                                               "/usr/lib/x86_64-linux-gnu",
                                                               "/lib",
                                                               "/usr/lib",
                                                               "/lib64",
                                                               "/usr/lib64"};
  static constexpr std::string_view kDirectories[] = {"/lib64", "/usr/lib64", "/lib", "/usr/lib"};
  static constexpr std::uint32_t kLdCacheFlags = 0x0303;  // FLAG_X8664_LIB64 | FLAG_ELF_LIBC6
  static constexpr const char* kBaseline = BULKHEAD_BASELINE;
  // Beyond, there is only what asks mmap for it, with five levels of page tables.
  static constexpr std::uint64_t kEndOfAddresses = std::uint64_t{1} << 47U;
  static constexpr bool kStackExecutableByDefault = true;
  static constexpr std::size_t kStackAlignment = 16;
  static constexpr std::uint32_t kPropertyType = 0xc0000002;  // GNU_PROPERTY_X86_FEATURE_1_AND
  static constexpr std::uint32_t kPropertyBits = 0x3;         // IBT | SHSTK

  // System calls as seccomp(2) sees them: AUDIT_ARCH_X86_64; from which number on they are x32's
  // (__X32_SYSCALL_BIT); the size of `syscall`, as of `int $0x80` and `sysenter`.
  static constexpr std::uint32_t kAuditArchitecture = 0xc000003e;
  static constexpr std::uint32_t kOtherAbiNumbers = 0x40000000;
  static constexpr std::uint64_t kSystemCallSize = 2;

  // Calls an STT_GNU_IFUNC resolver as ld.so does: without arguments.
  static std::uintptr_t resolve_ifunc(std::uintptr_t resolver) {
    return reinterpret_cast<std::uintptr_t (*)()>(resolver)();
  }

  // By level from the highest on, down to 2. Facts: psABI, "Micro-Architecture Levels".
  static constexpr std::string_view kHwcaps[] = {"x86-64-v4", "x86-64-v3", "x86-64-v2"};
  struct Level {
    int number = 1;
    std::string_view lacks[9] = {};  // the features of the next level
    std::size_t lack_count = 0;
  };
  static Level ask_level();

  // --- The code of a shim ---------------------------------------------------------
  //
  // A stub is what a program calls before its slot is bound to the capsule directly. The code in
  // common finds the address in the shim's own dynsym, which the runtime turns into the capsule's;
  // so a shim has no table of slots to relocate or to dirty.
  static constexpr std::size_t kCodeAlignment = 16;  // of whatever is called
  static constexpr std::size_t kStubSize = BULKHEAD_STUB_SIZE;
  static constexpr std::size_t kStubCommonSize = BULKHEAD_COMMON_SIZE;
  static constexpr std::size_t kInitOffset = BULKHEAD_COMMON_INIT;
  static constexpr std::size_t kFiniOffset = BULKHEAD_COMMON_FINI;
  static constexpr std::size_t kRelocateOffset = BULKHEAD_COMMON_RELOCATE;

  // Where the code refers to, as vaddrs of the shim.
  struct StubTargets {
    std::uint64_t code;            // of `common` itself
    std::uint64_t image;           // of the ELF header: what st_value is relative to
    std::uint64_t symtab;          // DT_SYMTAB
    std::uint64_t state;           // a 32-bit word, non-zero when the shim is bound
    std::uint64_t header;          // the ShimHeader
    std::uint64_t lazy_entry;      // GOT word: bulkhead_shim_lazy
    std::uint64_t init_entry;      // GOT word: bulkhead_shim_init
    std::uint64_t fini_entry;      // GOT word: bulkhead_shim_fini
    std::uint64_t relocate_entry;  // GOT word: bulkhead_shim_relocate
  };

  static void write_stub_common(std::span<std::byte> out, const StubTargets& to);
  static void write_stub(std::span<std::byte> out, std::uint64_t code, std::uint64_t common,
                         std::uint32_t symbol_index);
  static std::uint32_t symbol_of_stub(std::uintptr_t word) {
    return static_cast<std::uint32_t>(word / BULKHEAD_SYMBOL_SCALE);
  }
  // The symbol index that write_stub put into a stub; false if these are not its bytes.
  static bool read_stub(std::span<const std::byte> stub, std::uint32_t& symbol_index);

  // --- The code of an interposer --------------------------------------------------
  //
  // A guard is what a program calls in place of free and its like: memory of the early heap is
  // not the tool's.
  static constexpr std::size_t kGuardSize = BULKHEAD_GUARD_SIZE;
  // All vaddrs of the image: of the guard itself, of the early heap's begin and size, which are
  // two words in a row, and of target and early, which are as well.
  static void write_guard(std::span<std::byte> out, std::uint64_t code, std::uint64_t range,
                          std::uint64_t words);

  // Calls its fourth argument with the first three: what is called sees a return address in the
  // image that this code is in.
  static constexpr std::size_t kNextSize = BULKHEAD_NEXT_SIZE;
  static void write_next(std::span<std::byte> out);

  // A system call without libc. Returns what the kernel does: -errno for an error.
  static long system_call(long number, std::uintptr_t first, std::uintptr_t second,
                          std::uintptr_t third) {
    long result = number;
    __asm__ volatile("syscall"
                     : "+a"(result)
                     : "D"(first), "S"(second), "d"(third)
                     : "rcx", "r11", "memory");
    return result;
  }

  // Whether that is the _fini of an object with nothing of its own in .fini: what crti.o and crtn.o
  // make, on or without CET. At most kEmptyFiniSize bytes are read.
  static constexpr std::size_t kEmptyFiniSize = BULKHEAD_EMPTY_FINI_SIZE;
  static bool is_empty_fini(std::span<const std::byte> code);
  // The same for _init and .init.
  static constexpr std::size_t kEmptyInitSize = BULKHEAD_EMPTY_INIT_SIZE;
  static bool is_empty_init(std::span<const std::byte> code);

  // --- Trampolines ----------------------------------------------------------------
  //
  // Code that only goes on to an address of this process.
  static constexpr std::size_t kTrampolineSize = BULKHEAD_TRAMPOLINE_SIZE;
  static void write_trampoline(std::span<std::byte> out, std::uint64_t target);

  // --- Hooks ----------------------------------------------------------------------
  //
  // Entries for calls from inside a capsule: see inside/x86_64/hooks.S. kMaxHooks of
  // kHookEntrySize bytes for each capsule.
  static constexpr std::size_t kHookEntrySize = 16;
  static constexpr std::size_t kMaxHooks = kHooks;

  // A call that has arrived at an entry, on the stack.
  struct HookCall {
    std::uintptr_t number;        // capsule * kMaxHooks + hook
    std::uintptr_t result;        // what the call returns, if the hook does not send it on
    std::uintptr_t arguments[6];  // may be changed before it is sent on
    std::uintptr_t frame;
    const void* caller;  // the return address
  };

  // --- Streams --------------------------------------------------------------------
  //
  // Entries for stdio's functions, called from inside an isolated capsule: see
  // isolation/x86_64/streams.S.
  static constexpr std::size_t kStreamEntrySize = 16;
  static constexpr const std::size_t (&kStreamEntries)[5] = arch::kStreamEntries;
  static constexpr std::size_t kStreamTable = BULKHEAD_FILE_TABLE;

  // --- TLS descriptors ------------------------------------------------------------
  //
  // The functions that ld.so puts into them have no names, but code that can be told apart.
  // At most kTlsFunctionSize bytes of it are read.
  static constexpr std::size_t kTlsFunctionSize = 64;
  enum class TlsFunction : std::uint8_t {
    plain,    // of static TLS, or of an undefined weak symbol: changes no other register
    dynamic,  // may have to allocate; what its argument points to is known
    unknown,
  };
  static TlsFunction read_tls_function(std::span<const std::byte> code);

  using StateSaving = arch::StateSaving;
  // Which components are saved.
  static constexpr std::uint32_t kStateOfCalls = BULKHEAD_STATE_OF_CALLS;
  static constexpr std::uint32_t kStateOfCallbacks = BULKHEAD_STATE_OF_CALLBACKS;
  // How to save those of the components that this system has.
  static StateSaving state_saving(std::uint32_t components);

  // How our functions call ld.so's.
  struct TlsSaving {
    std::uintptr_t original;  // ld.so's function
    StateSaving state;        // that it may destroy
  };

  // What takes the place of ld.so's function in a descriptor, with the same argument: one of
  // ours; itself if it needs none, or if ours stand for another one in this process (ld.so has
  // one of a kind). One thread at a time.
  static std::uintptr_t saving_tls_function(std::uintptr_t original, TlsFunction kind);

  // Uses a descriptor once, which makes ld.so bind one that it left for later.
  static void bind_tls_descriptor(std::uintptr_t* descriptor);
};

}  // namespace bulkhead::arch
