// Where a name is looked for in a tree.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/result.h"
#include "elf/dynamic.h"
#include "elf/image.h"
#include "resolve/confines.h"
#include "resolve/hwcaps.h"
#include "resolve/known_directories.h"
#include "resolve/ld_cache.h"
#include "resolve/linker_defaults.h"
#include "resolve/path_buffer.h"
#include "resolve/tree.h"

namespace bulkhead::resolve {

struct Found {
  OpenedFile file;
  FileMapping mapping;
  elf::Image image;
  elf::Dynamic dynamic;
  std::string_view path;       // inside the tree
  std::string_view directory;  // its directory inside the tree, unresolved
  std::string_view found_by;
  bool outside = false;  // permitted (see Confines): both are paths of this process
};

// Holds what is read once for a tree: its ld.so.cache or ld.so.conf, the directories, the
// glibc-hwcaps subdirectories that this CPU supports. What it gives out lives in its arena.
class Searcher {
 public:
  // Libraries whose RPATH or RUNPATH count for a lookup: the one that asks, then who
  // loaded it, and so on (ld.so's l_loader chain). Strings as in DT_RPATH, not expanded;
  // origin is the directory of that library inside the tree.
  struct PathOwner {
    std::string_view name;  // for found_by
    std::string_view rpath;
    std::string_view runpath;
    bool has_runpath = false;
    std::string_view origin;
    bool no_default = false;  // DF_1_NODEFLIB; counts for the one that asks
    bool outside = false;     // it lies outside the tree: what it says means this system's paths

    // That of a library with these tables. The texts are copied into `arena`.
    static PathOwner of(Arena& arena, const elf::Dynamic& dynamic, std::string_view name,
                        std::string_view origin);
  };
  struct Scope {
    std::span<const PathOwner> owners;
  };

  // Extra directories searched before the cache, as LD_LIBRARY_PATH is (inside the tree);
  // used for the base, where the program's environment counts. `linker`: searches as that dynamic
  // linker does; null: as the tree's own.
  static Result<Searcher> open(Arena& arena, const Tree& tree, std::string_view library_path = {},
                               const LinkerDefaults* linker = nullptr);

  // Finds `name` (a bare name; or a path with a slash, inside the tree). Not found is
  // Fault::missing with `because` telling what was skipped and why; a file that is ours
  // but malformed is an error naming it.
  Result<Found> find(std::string_view name, const Scope& scope);

  // The same into `found`, which is more than a kilobyte and may be used again; after an
  // error it holds nothing of use.
  Status find(std::string_view name, const Scope& scope, Found& found);

  // From now on as for a strict capsule. What is no file of the tree is passed over, unless it is
  // permitted: then it is found by its path, and where search paths of libraries lead to it.
  void confine(const Confines& confines) { confines_ = &confines; }

  // Whether the last lookup passed over a file since a strict capsule may not load it.
  bool has_refused() const { return refused_; }

  const Tree& tree() const { return *tree_; }

  // How many files it has looked for: what a search has cost.
  std::size_t tries() const { return tries_; }

  // What the last lookup searched, joined by ':', for messages; the first ones of many.
  std::string_view searched() const;
  std::span<const std::string_view> all_searched() const { return searched_.view(); }

  // Directories and configuration files whose change can change an answer, for cache
  // stamps: host paths. Some may not exist: their appearance is a change too.
  std::span<const std::string_view> inputs() const;

  // Whether the tree's ld.so.cache is used; if not, its ld.so.conf is read instead.
  bool has_cache() const { return has_cache_; }

 private:
  // Looked at when first used.
  using Directory = KnownDirectories::Directory;
  using Directories = std::span<Directory* const>;

  // A search path taken apart. The same one is met for each need of its owner.
  struct SearchPath {
    std::string_view text;
    std::string_view origin;
    Directories directories;
  };

  // One lookup under way.
  struct Lookup {
    std::string_view name;
    const Scope& scope;
    Found& found;
    std::string_view skipped;
    std::size_t skipped_count = 0;
  };

  Searcher(Arena& arena, const Tree& tree);

  Result<bool> search(Lookup& lookup);
  Result<bool> try_rpaths(Lookup& lookup);
  Result<bool> try_configured(Lookup& lookup);
  Result<bool> try_path(Lookup& lookup);
  Result<bool> try_search_path(Lookup& lookup, const PathOwner& owner, std::string_view text,
                               std::string_view kind);
  // `outside`: this system's directories, or file.
  Result<bool> try_directories(Lookup& lookup, Directories directories,
                               std::initializer_list<std::string_view> found_by,
                               bool outside = false);
  Result<bool> try_file(Lookup& lookup, const PathBuffer& path,
                        std::initializer_list<std::string_view> found_by, bool outside = false);
  bool may_be_outside() const { return confines_ != nullptr && !tree_->is_system(); }
  Result<bool> read_file(Lookup& lookup, const PathBuffer& path);
  static Status read_dynamic(Found& found);
  void skip(Lookup& lookup, std::string_view path, const Error& why);

  bool load_cache(std::string_view file, std::string_view& reason);
  Status load_configuration();
  void load_defaults_of(const LinkerDefaults& linker);
  Directories default_directories();
  bool is_default_directory(std::string_view path);
  std::string_view lib_token();
  Result<Directories> split(std::string_view text, std::string_view origin,
                            std::string_view separators);
  std::string_view expanded(std::string_view text, std::string_view origin);
  std::string_view absolute(std::string_view path);
  bool directory_exists(std::initializer_list<std::string_view> pieces) const;

  Arena* arena_;
  const Tree* tree_;
  Hwcaps hwcaps_;
  std::string_view cache_path_;
  FileMapping cache_file_;
  LdCache cache_;
  bool has_cache_ = false;
  List<std::string_view> sources_;  // configuration files consulted, inside the tree
  Directories configured_;          // of ld.so.conf
  Directories library_path_;
  Directories defaults_;
  std::string_view lib_token_;
  KnownDirectories directories_;
  const Confines* confines_ = nullptr;
  KnownDirectories outside_;  // this system's
  bool refused_ = false;
  std::size_t tries_ = 0;
  List<SearchPath> search_paths_;
  List<std::string_view> searched_;
};

}  // namespace bulkhead::resolve
