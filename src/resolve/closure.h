// The closure: a library and all that it needs, found in a tree as ld.so would find it
// there. Reads files, decides nothing but which file a name means.
//
// Order and rules are ld.so's (glibc elf/dl-load.c, elf/dl-deps.c; ld.so(8)): breadth
// first; DT_RPATH of the requester and its chain of loaders unless it has DT_RUNPATH;
// DT_RUNPATH; the tree's ld.so.cache; default and multiarch directories. Files of another
// class or machine are skipped. One library of a name, a SONAME or a file identity.
// Not followed: DT_FILTER and DT_AUXILIARY, which nobody's linker has been asked for in
// years, and what only a running process has (LD_PRELOAD, audit modules).
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/result.h"
#include "elf/dynamic.h"
#include "elf/hash.h"
#include "elf/image.h"
#include "resolve/search.h"
#include "resolve/tree.h"

namespace bulkhead::resolve {

inline constexpr std::uint32_t kNone = 0xffffffff;

// More libraries than any program has; a closure beyond it is refused.
inline constexpr std::size_t kMaxLibraries = 4096;

// How one DT_NEEDED was satisfied.
struct Need {
  std::string_view name;  // as needed; of a file whose SONAME was stopped, that
  std::uint32_t library;  // index in Closure::libraries(); kNone: stopped, or not found
  bool missing;           // looked for and not found
};

struct Library {
  std::string_view name;       // as it was first asked for
  std::string_view soname;     // DT_SONAME; empty if it has none
  std::string_view path;       // inside the tree, as found
  std::string_view host_path;  // for ld.so: see OpenedFile
  std::string_view directory;  // inside the tree: the directory it was found in ($ORIGIN)
  std::string_view found_by;   // "ld.so.cache", "RUNPATH of libfoo.so.1", "default directories"…
  struct stat status;
  std::span<const std::byte> file;  // mapped; lives as long as the Closure
  elf::Image image;                 // of it
  elf::Dynamic dynamic;
  std::uint32_t loader;  // who asked first; kNone for a root
  bool outside = false;  // permitted: path and directory are this process's (see Confines)
  std::span<const Need> needs;

  FileIdentity identity() const { return identity_of(status); }
  // What others call it: the SONAME, else the name it was asked for by.
  std::string_view known_as() const { return soname.empty() ? name : soname; }
};

struct Missing {
  std::string_view name;
  std::uint32_t needed_by;    // index; kNone if it was asked for itself
  std::string_view searched;  // where it was looked for, for the message
  std::string_view why;       // e.g. a file that was skipped, and the reason; may be empty
  bool refused = false;       // a strict capsule may not load what there is
};

// A place on which closures stop: names that somebody else provides (shared libraries,
// what is loaded in the capsule already). `stop` gets the name as needed, and once more
// the SONAME of the file that was found if that is another one.
struct Boundary {
  bool (*stop)(void* context, std::string_view name) = nullptr;
  void* context = nullptr;
};

// Where a name leads that no search finds.
struct Place {
  std::string_view name;
  std::string_view path;  // inside the tree
};

struct Request {
  std::span<const std::string_view> roots;  // sonames, or absolute paths inside the tree
  Boundary boundary;
  // Of the library that asks, for dlopen; empty otherwise. It counts for the roots alone:
  // ld.so forgets who called dlopen when it comes to what the opened library needs.
  Searcher::Scope scope;
  // The first root is a program. The others come after all that it needs, as what it opens when it
  // runs does: they may be found already, or by its DT_RPATH.
  bool first_is_program = false;
  std::span<const Place> places = {};
};

class Closure {
 public:
  explicit Closure(Arena& arena)
      : arena_(&arena), libraries_(arena), missing_(arena), mappings_(arena) {}
  ~Closure();
  Closure(Closure&&) noexcept;
  Closure(const Closure&) = delete;
  Closure& operator=(const Closure&) = delete;

  // Finds everything. What is not found is listed in missing(), not an error; errors are
  // malformed files (named), or limits. `searcher` holds the tree and its cache; some of
  // the strings live in its arena, so the closure must not outlive that.
  static Result<Closure> find(Arena& arena, Searcher& searcher, const Request& request);

  // Breadth first, roots in the order asked for.
  std::span<const Library> libraries() const { return libraries_.view(); }
  std::span<const Missing> missing() const { return missing_.view(); }
  // Whether one of its libraries exports that name.
  bool defines(const elf::SymbolName& name) const;
  // What each of Request::roots led to; two may lead to the same library.
  std::span<const Need> roots() const { return roots_; }

 private:
  class Finder;

  Arena* arena_;
  List<Library> libraries_;
  List<Missing> missing_;
  List<std::span<const std::byte>> mappings_;
  std::span<const Need> roots_;
};

}  // namespace bulkhead::resolve
