// What is loaded in a capsule, and what its libraries have opened.
//
// Thread-safe: each function takes the capsule's lock itself. None calls ld.so. What is returned in
// an arena is a copy; texts live as long as the capsule.
#pragma once

#include <link.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "capsule/memory.h"
#include "elf/versions.h"
#include "resolve/closure.h"
#include "resolve/search.h"

namespace bulkhead::capsule {

// A base library that has a mirror in the capsule.
struct Mirrored {
  std::string_view name;
  std::span<const elf::VersionDefinition> versions;  // that the base's copy really has
};

class Contents {
 public:
  explicit Contents(Memory& memory) : memory_(memory) {}

  // --- Private libraries, whose search paths count for what they open themselves.

  // Before ld.so is asked: constructors may open libraries themselves, and then the search paths of
  // what is being opened count. (What fails to load is remembered for nothing.)
  // `deep_bind`: with RTLD_DEEPBIND, so that new ones among them look into their own scope first.
  void add_libraries(Arena& scratch, const resolve::Closure& closure, bool deep_bind);
  bool looks_deep(std::string_view host_path) const;
  // The path of the one that others call so, or that was asked for by that name; empty if there is
  // none. ld.so knows a loaded library by both.
  std::string_view path_of(std::string_view known_as) const;
  // That path of one of them, for as long as the capsule lives; empty if it is none.
  std::string_view kept_path(std::string_view host_path) const;
  // The search paths of the library at that path, then those of the library that loaded it, and so
  // on. Nobody's for what is not the capsule's.
  resolve::Searcher::Scope scope_of(Arena& arena, std::string_view host_path) const;
  // Whether any library so far has thread-local variables; `more`: one that is coming has some.
  bool has_thread_locals(bool more);

  // --- Mirrors of the base's libraries.

  List<Mirrored> mirrored(Arena& arena) const;
  bool has_mirror(std::string_view name) const;
  // A mirror that was closed is made anew: the same again, or that of another library of its name.
  void add_mirror(std::string_view name, std::span<const elf::VersionDefinition> versions);

  // --- Stand-ins: libraries of the base that the capsule uses though its request does not say so
  // (sharing/stand_ins). They are loaded in the base for ever.

  bool has_stand_in(std::string_view name) const;
  // The name of its mirror; empty if there is none for that file.
  std::string_view stand_in_for(const FileIdentity& file) const;
  // The same name, to be kept.
  std::string_view add_stand_in(std::string_view name, const FileIdentity& file);

  // --- Handles that dlopen gave out inside, or the interface.

  // One more for that object. `manifest`: keeps in scope what belongs to it; null if an earlier one
  // does.
  void count_handle(void* object, link_map* manifest);
  // One less. The manifest that goes with the last one; null if there is none.
  link_map* uncount_handle(const void* object);
  bool has_handle(const void* object) const;
  bool has_handles() const;

  // --- What was opened with RTLD_GLOBAL, by path, in that order.

  List<std::string_view> globals(Arena& arena) const;
  void add_global(std::string_view path);
  // All but these, which are some of globals(), were closed.
  void keep_globals(std::span<const std::string_view> loaded);

  // --- What could not be opened inside.

  // True once: what was there and could not be loaded is told the first time.
  bool is_first_failure() {
    return __atomic_exchange_n(&failure_told_, true, __ATOMIC_RELAXED) == false;
  }

  // --- Functions that nobody defined when the libraries that call them were loaded.

  void add_late(std::span<const std::string_view> names);
  bool is_late(std::string_view name) const;

  // --- Capsules of the interface.

  // How many objects are loaded for ever from the beginning; 0 until that is known.
  std::size_t objects_at_first() const {
    return __atomic_load_n(&objects_at_first_, __ATOMIC_ACQUIRE);
  }
  void begin_with(std::size_t objects) {
    __atomic_store_n(&objects_at_first_, objects, __ATOMIC_RELEASE);
  }
  // Whether there is an image of the program's names (opening/program_names.h), or may be.
  bool has_program_names() const { return __atomic_load_n(&program_names_, __ATOMIC_ACQUIRE); }
  void add_program_names() { __atomic_store_n(&program_names_, true, __ATOMIC_RELEASE); }
  // As if nothing had ever been opened.
  void forget_openings();

 private:
  struct Library {
    std::string_view host_path;
    resolve::Searcher::PathOwner owner;
    std::uint32_t loader;  // index of who asked for it first; resolve::kNone
    bool deep_bind;
  };
  // Where a path's hash leads, and the next places: the index of a library, plus 1.
  struct Places {
    std::span<std::uint32_t> at;  // a power of two, half of it empty at least
  };
  struct Alias {
    std::string_view host_path, name;
  };
  struct StandIn {
    std::string_view name;
    FileIdentity file;
  };
  struct Handle {
    void* object;
    link_map* manifest;
    unsigned count;  // 0: free for another
  };

  // With the lock.
  std::uint32_t index_of(std::string_view host_path) const;
  void enter(Places& places, std::uint32_t index) const;
  void enter_last();
  std::string_view keep_path(std::string_view path);
  // Unless the library is called so. No paths.
  void add_alias(std::uint32_t index, std::string_view name);

  Memory& memory_;
  List<Library> libraries_{memory_.arena};
  Places* places_ = nullptr;  // null: there is no library yet. Replaced by one store.
  List<Alias> aliases_{memory_.arena};
  List<Mirrored> mirrored_{memory_.arena};
  List<StandIn> stand_ins_{memory_.arena};
  List<Handle> handles_{memory_.arena};
  List<std::string_view> globals_{memory_.arena};
  List<std::string_view> late_{memory_.arena};
  std::size_t objects_at_first_ = 0;
  bool thread_locals_ = false;
  bool failure_told_ = false;
  bool program_names_ = false;
};

}  // namespace bulkhead::capsule
