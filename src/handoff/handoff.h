// The contract between what the command writes and what the runtime reads.
//
// The command writes shims; the runtime reads them inside the program, perhaps years
// later and from another release of bulkhead. So the format is versioned and append-only:
// a reader accepts its own major version, ignores keys it does not know, and refuses
// another major version with a message that names both.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "base/result.h"

namespace bulkhead::handoff {

inline constexpr std::uint32_t kMagic = 0x44484b42;  // "BKHD"
inline constexpr std::uint16_t kMajor = 1;
inline constexpr std::uint16_t kMinor = 3;
inline constexpr std::uint16_t kMinorWithEnd = 1;         // from this on shims have a DT_FINI
inline constexpr std::uint16_t kMinorWithInterposer = 2;  // from this on headers end with `next` …
inline constexpr std::uint16_t kMinorWithCall = 3;  // from this on they have `call` and `lazy_slot`

// A shim imports one symbol of the runtime's, bulkhead_shim_entries: code for its DT_INIT, for a
// call that comes too early, for its DT_FINI and for its last relocations, so many bytes each.
// ld.so looks a symbol up once for relocations in a row. (Shims before kMinorWithCall import a
// symbol for each.)
inline constexpr std::size_t kEntrySize = 16;

// A shim's dynamic section has the address of its ShimHeader under this tag, so that a shim
// which is mapped but not yet initialised can be found. In the range that the generic ABI
// leaves to operating systems, and unknown to ld.so.
inline constexpr std::uint64_t kDtShimHeader = 0x60626b01;

// Lies in a shim's read-only data; its stubs hand its address to the runtime. All
// offsets are relative to the header itself.
struct ShimHeader {
  std::uint32_t magic;
  std::uint16_t major;
  std::uint16_t minor;
  std::uint32_t size;          // of this structure
  std::uint32_t first_symbol;  // the target's first exported symbol is this one here
  std::int64_t image;          // the ELF header
  std::int64_t symtab;         // DT_SYMTAB: turned into the capsule's addresses
  std::uint64_t symbol_count;  // including the ones before first_symbol
  std::int64_t stubs;          // the first stub; arch::Native::kStubSize each
  std::uint64_t stub_count;
  std::int64_t state;    // 32-bit words: 1 once stubs may go by the symbol table (0 for
                         // ever if it lacks a function); 1 once that leads to the capsule, 2 once
                         // the base does too; 1 once DT_INIT was called;
                         // from kMinorWithCall on: 1 once the library is open in the capsule
  std::int64_t soname;   // NUL-terminated: which exposed library this stands for
  std::int64_t request;  // the encoded Request
  std::uint64_t request_size;
  // Of interposers (see image/interposer.h); all 0 in other shims.
  std::int64_t next;        // code that calls a function as if the shim itself did
  std::int64_t allocation;  // AllocationFunction[allocation_count]
  std::uint64_t allocation_count;
  std::int64_t guards;       // the code of the first guard; arch::Native::kGuardSize each
  std::int64_t guard_words;  // begin and size of the early heap, then a guard's two words each
  std::int64_t next_words;   // for each symbol its next definition, once it was looked up
  std::int64_t call;         // code that calls a function as if the shim itself did
  // A word that leads to `call` if ld.so binds the shim's functions lazily, and elsewhere
  // if at once (RTLD_NOW).
  std::int64_t lazy_slot;
  std::int64_t imports;  // a word that is 0 until ld.so relocates the shim
  // Where a dlopen of the shim is refused: a relocation that ld.so comes to after
  // bulkhead_shim_relocate was called; the symbol that it is to name then, which nobody defines;
  // room for that symbol's name.
  std::int64_t refusal;
  std::int64_t strtab;  // DT_STRTAB: what a name is relative to
  std::int64_t refusal_text;
  std::uint32_t refusal_text_size;
  std::uint32_t refusal_symbol;
};

// What a function that an interposer stands for does with memory. Append-only.
enum class Allocation : std::uint32_t {
  malloc = 1,
  calloc = 2,
  memalign = 3,  // aligned_alloc has the same arguments
  posix_memalign = 4,
  valloc = 5,
  pvalloc = 6,
  // From here on: takes a pointer to such memory first, and so has a guard.
  free = 16,  // in any of its forms: what follows the pointer does not matter
  realloc = 17,
  reallocarray = 18,
  usable_size = 19,
};

// One of them, in a shim's read-only data.
struct AllocationFunction {
  std::uint32_t symbol;  // its index in the shim's symbol table
  Allocation kind;
};

inline bool has_guard(Allocation kind) { return kind >= Allocation::free; }

// What the runtime is to do. All views; see decode for their lifetime.
struct Request {
  std::string_view tree;                           // absolute path
  std::span<const std::string_view> expose;        // SONAMEs
  std::span<const std::string_view> share;         // SONAMEs taken from the base
  std::span<const std::string_view> keep_private;  // SONAMEs never shared
  std::span<const std::string_view> map;           // "FROM=TO": paths redirected for the capsule
  // The same ("map-if-there="), each as far as there is a TO when a path is asked for: of shims
  // that were made for a tree which is not known yet.
  std::span<const std::string_view> map_if_there = {};
  // "NAME=FILE": an exposed library that a search for its name would not find, and what to search
  // for instead: another bare name, or an absolute path inside the tree.
  std::span<const std::string_view> at = {};
  // "NAME=PATH" ("planned="): the file of this system that the plan was made with, of a library
  // that is shared. The program may have another one, which then has to do as well.
  std::span<const std::string_view> planned = {};
  // "NAME=PATH" ("native="): this system's own file of an exposed library which libraries, and the
  // program, have search paths of their own for.
  std::span<const std::string_view> native = {};
  // "preloaded=": shims that LD_PRELOAD names, since a DT_RPATH would lead past them. They are
  // taken out of what the program's children get.
  std::span<const std::string_view> preloaded = {};
  // Symbols that the capsule's libraries expect of the program ("program=").
  std::span<const std::string_view> of_program = {};
  // "on-failure=native": shims whose capsule cannot be opened stand for this system's own
  // libraries. Else the program ends.
  bool native_on_failure = false;
  // "inherit=no": the process takes the shims' directory out of its environment.
  bool keep_from_children = false;
  // "name=": tells capsules apart that are otherwise the same.
  std::string_view name = {};
  // "interface=yes": opened by a call of <bulkhead/bulkhead.h>, and not by shims alone. Never the
  // same capsule as one that shims open, which may do so without ld.so's lock.
  bool of_interface = false;
  // "path=": directories inside the tree that are searched as those of LD_LIBRARY_PATH are.
  std::span<const std::string_view> library_path = {};
  // "plugin=": absolute paths, as patterns of * and ?: what the program opens by such a path is
  // opened in the capsule. With "interface=yes".
  std::span<const std::string_view> plugins = {};
  // "isolated=yes": a libc of its own. "heap=own": also the allocation functions of that.
  bool isolated = false;
  bool own_heap = false;
  // "preload=yes": the exposed library is a tool that interposes in the program, as one in
  // LD_PRELOAD does.
  bool preload = false;
  // "policy=NAME": a compiled policy for system calls (seccomp/policy.h), as a file beside the
  // shim; to be installed before the program begins.
  std::string_view policy = {};
  // "strict=yes": nothing is loaded but from the tree, from below permitted paths of this system
  // ("permit="), and what is shared.
  bool strict = false;
  std::span<const std::string_view> permit = {};

  // Whether its libraries are none of the program's: what the program loads itself does not come
  // before them.
  bool is_apart() const { return of_interface && expose.empty(); }
};

// As bytes: NUL-terminated "key=value" strings, in a fixed order, so that equal requests
// are equal bytes. The result lives in `arena`.
std::string_view encode(Arena& arena, const Request& request);

// The views point into `bytes`, the arrays live in `arena`. Errors: not NUL-terminated,
// no tree.
Result<Request> decode(Arena& arena, std::string_view bytes);

}  // namespace bulkhead::handoff
