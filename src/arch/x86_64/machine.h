// x86-64: constants and the code of shims. Facts: System V psABI for AMD64.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace bulkhead::arch {

struct X86_64 {
  static constexpr std::uint16_t kMachine = EM_X86_64;
  static constexpr std::size_t kMaxPageSize = 0x1000;
  static constexpr bool kRelocationsHaveAddends = true;  // RELA, the only kind that ld.so accepts
  static constexpr std::uint32_t kGlobDat = R_X86_64_GLOB_DAT;
  static constexpr std::uint32_t kJumpSlot = R_X86_64_JUMP_SLOT;
  static constexpr std::uint32_t kAbsolute = R_X86_64_64;
  static constexpr std::uint32_t kCopy = R_X86_64_COPY;
  static constexpr std::uint32_t kTlsDescriptor = R_X86_64_TLSDESC;
  static constexpr std::uint32_t kTlsModule = R_X86_64_DTPMOD64;
  static constexpr std::uint32_t kTlsOffset = R_X86_64_DTPOFF64;
  static constexpr std::uint32_t kTlsPlace = R_X86_64_TPOFF64;
  static constexpr const char* kLoader = "ld-linux-x86-64.so.2";
  static constexpr const char* kPlatformLib = "lib/x86_64-linux-gnu";  // $LIB on Debian
  static constexpr const char* kMultiarch = "x86_64-linux-gnu";
  static constexpr bool kStackExecutableByDefault = true;
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

  // --- The code of a shim --------------------------------------------------------
  //
  // A stub is what a program calls before its slot is bound to the capsule directly:
  //
  //     stub_i:  endbr64
  //              mov   $3*i, %r11d           i: the symbol's index in the shim's dynsym
  //              jmp   common
  //
  // %r11 is the one register that a call through a PLT may change (psABI 3.2.3). The
  // code in common finds the address in the shim's own dynsym, which the runtime turns
  // into the capsule's; so a shim has no table of slots to relocate or to dirty.
  static constexpr std::size_t kCodeAlignment = 16;  // of whatever is called
  static constexpr std::size_t kStubSize = 16;
  static constexpr std::size_t kStubCommonSize = 112;
  static constexpr std::size_t kInitOffset = 56;  // of DT_INIT's code, inside common
  static constexpr std::size_t kFiniOffset = 80;  // of DT_FINI's

  // Where the code refers to, as vaddrs of the shim.
  struct StubTargets {
    std::uint64_t code;        // of `common` itself
    std::uint64_t image;       // of the ELF header: what st_value is relative to
    std::uint64_t symtab;      // DT_SYMTAB
    std::uint64_t state;       // a 32-bit word, non-zero when the shim is bound
    std::uint64_t header;      // the ShimHeader
    std::uint64_t lazy_entry;  // GOT word: bulkhead_shim_lazy
    std::uint64_t init_entry;  // GOT word: bulkhead_shim_init
    std::uint64_t fini_entry;  // GOT word: bulkhead_shim_fini
  };

  static void write_stub_common(std::span<std::byte> out, const StubTargets& to);
  static void write_stub(std::span<std::byte> out, std::uint64_t code, std::uint64_t common,
                         std::uint32_t symbol_index);
  // The symbol index that write_stub put into a stub; false if these are not its bytes.
  static bool read_stub(std::span<const std::byte> stub, std::uint32_t& symbol_index);

  // --- The code of an interposer --------------------------------------------------
  //
  // A guard is what a program calls in place of free and its like: memory of the early heap is
  // not the tool's.
  //
  //     guard:   endbr64
  //              mov   %rdi, %r11            the first argument
  //              sub   begin, %r11
  //              cmp   size, %r11
  //              jb    1f
  //              jmp   *target               the tool's function
  //         1:   jmp   *early                ours
  static constexpr std::size_t kGuardSize = 48;
  // All vaddrs of the image: of the guard itself, of the early heap's begin and size, which are
  // two words in a row, and of target and early, which are as well.
  static void write_guard(std::span<std::byte> out, std::uint64_t code, std::uint64_t range,
                          std::uint64_t words);

  // Calls its fourth argument with the first three: what is called sees a return address in the
  // image that this code is in.
  static constexpr std::size_t kNextSize = 16;
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
  static constexpr std::size_t kEmptyFiniSize = 13;
  static bool is_empty_fini(std::span<const std::byte> code);

  // --- Trampolines ----------------------------------------------------------------
  //
  //     endbr64
  //     movabs $target, %r11
  //     jmp    *%r11
  static constexpr std::size_t kTrampolineSize = 32;
  static void write_trampoline(std::span<std::byte> out, std::uint64_t target);

  // --- Hooks ----------------------------------------------------------------------
  //
  // Entries for calls from inside a capsule: see capsule/x86_64/hooks.S. kMaxHooks of
  // kHookEntrySize bytes for each capsule.
  static constexpr std::size_t kHookEntrySize = 16;
  static constexpr std::size_t kMaxHooks = 96;

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
  // capsule/x86_64/streams.S. For each capsule so many for those whose first, second … argument is
  // the stream.
  static constexpr std::size_t kStreamEntrySize = 16;
  static constexpr std::size_t kStreamEntries[] = {112, 32, 8, 16, 4};
  static constexpr std::size_t kStreamTable = 216;  // where a FILE has the table of its functions

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

  // How the state beside the general registers is saved around C code of which the interrupted code
  // knows nothing (System V psABI: but for control bits, all of it is the caller's to save).
  struct StateSaving {
    static constexpr std::uint32_t kFxsave = 0, kXsave = 1, kXsavec = 2;
    std::uint64_t size;  // of the area that it writes; a multiple of 64, as the area's address
    std::uint32_t mask;  // of the state's components
    std::uint32_t instruction;
  };
  // The state that glibc's own resolver saves since 2.40: x87, SSE, AVX, MPX's bounds, the three
  // parts of AVX-512, both of AMX, and APX. (Not PKRU, which nobody takes for a register that a
  // call keeps.) Tiles that are not in use take room, 8 KiB, but no time.
  static constexpr std::uint32_t kStateOfCalls = 0xe00ef;
  static constexpr std::uint32_t kTiles = 0x60000;
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
