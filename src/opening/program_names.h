// What of the program's own comes first in a capsule's symbol lookup.
//
// Natively the program is first in the lookup of every library: a library uses the room that the
// program reserved for one of its variables (a copy relocation), a function that the program
// defines in its place, the program's operator new. An image of absolute symbols at the head of
// the capsule's scope gives its libraries the same view, for names of exposed libraries and for
// C++'s allocation functions. Other names of the program's are not its business in there.
#pragma once

#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "capsule/capsule.h"
#include "capsule/native_scope.h"
#include "image/absolutes.h"
#include "process/base_view.h"
#include "process/global_scope.h"
#include "shims/thread_locals.h"

namespace bulkhead::opening {

// What shares a heap: memory of the one may be given to the other.
inline constexpr std::string_view kHeap[] = {
    "malloc",        "free",          "calloc", "realloc", "reallocarray",
    "memalign",      "aligned_alloc", "valloc", "pvalloc", "malloc_usable_size",
    "posix_memalign"};

class ProgramNames {
 public:
  // The SONAME of its image; later manifests of the capsule list it by that.
  static constexpr std::string_view kFirstName = "bulkhead-first";
  // That of the image with what the capsule expects of the program.
  static constexpr std::string_view kLastName = "bulkhead-program";

  explicit ProgramNames(Arena& arena) : objects_(arena), copies_(arena) {}

  // Definitions of the base that stand for an exposed library's, which come before it in native
  // lookup: in a library of `places`, natively in that order. Example: a program that defines
  // png_error itself is called by the capsule's libpng.
  void add_earlier(Arena& arena, const capsule::Capsule& capsule, process::BaseView& base,
                   std::span<const capsule::NativePlace> places);

  // The same for a tool whose shim that is: of what stands before it in the base.
  void add_before_tool(Arena& arena, const capsule::Capsule& capsule, process::BaseView& base);

  // Others that somebody else has found.
  void add_found(const List<image::Absolute>& found);

  // What the program copied of the variables of one of these shims.
  void add_copies(process::BaseView& base, process::GlobalScope& scope,
                  std::span<const handoff::ShimHeader* const> shims);

  // The first definitions of functions that allocate, the program's or a preloaded library's, in
  // place of a library's in the capsule. Not if `interposer`, which may be null, is the first to
  // have one: its tool comes next anyway.
  void add_first(process::GlobalScope& scope, std::span<const std::string_view> names,
                 const elf::Object* interposer);

  // A tool's guards of its functions: also in the capsule memory of the early heap is none of the
  // tool's.
  void add_guards(Arena& arena, const handoff::ShimHeader& interposer);

  // What the capsule's libraries expect of the program: the first definitions in the base. For an
  // image of its own, the last in lookup.
  void add_expected(Arena& arena, process::GlobalScope& scope,
                    std::span<const std::string_view> names);

  // What is left of these, from libraries that the program has opened with RTLD_GLOBAL. Asks ld.so.
  void add_global(Arena& arena, process::BaseView& base, std::span<const std::string_view> names);

  bool empty() const { return objects_.empty(); }
  // Also of what it is to fill.
  bool has_any() const { return !objects_.empty() || !copies_.empty(); }
  // Its thread-local variables, if there are any, to be led to their places when the image of that
  // SONAME is loaded.
  void add_thread_locals(std::string_view soname, List<shims::MirroredThreadLocals>& to) const;
  std::span<const image::Absolute> objects() const { return objects_.view(); }

  // Gives the program's variables the values that the capsule's libraries define them with. After
  // ld.so has relocated these, before their constructors.
  void fill(Arena& arena, capsule::Capsule& capsule) const;

 private:
  bool has(std::string_view name) const;

  // A variable for which the program has a copy relocation, made from that shim.
  struct Copy {
    const elf::Object* program;
    const handoff::ShimHeader* shim;
    std::string_view name;
    std::string_view version;  // of the library, as the program wants it; may be empty
    elf::Addr address;
    elf::Addr size;
  };

  List<image::Absolute> objects_;
  List<Copy> copies_;
};

// The names that the closure's libraries expect of the program: the plan says which. A capsule that
// the interface exposes libraries from has no plan: there it is all that the closure refers to
// without a version and does not define.
std::span<const std::string_view> names_expected_of_program(Arena& arena,
                                                            const capsule::Capsule& capsule,
                                                            const resolve::Closure& closure);

// What comes first and what comes last, when the libraries of these shims are opened. `expected`:
// names_expected_of_program.
void find_program_names(Arena& arena, const capsule::Capsule& capsule, process::BaseView& base,
                        const resolve::Closure& closure,
                        std::span<const handoff::ShimHeader* const> shims,
                        std::span<const std::string_view> expected, ProgramNames& first,
                        ProgramNames& last);

// The same for what is opened later, which nobody planned: what the closure refers to without a
// version is expected of the program. In a capsule of the interface that is the executable, and
// what is shared of its libraries.
void find_program_names_later(Arena& arena, const capsule::Capsule& capsule,
                              process::BaseView& base, const resolve::Closure& closure,
                              ProgramNames& first, ProgramNames& last);

}  // namespace bulkhead::opening
