#include "resolve/search.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/text.h"
#include "base/try.h"
#include "resolve/ld_conf.h"
#include "resolve/tokens.h"

namespace bulkhead::resolve {
namespace {

using arch::Native;

constexpr std::string_view kCacheFile = "/etc/ld.so.cache";

// Each library may name any number of directories; the most that are known are some hundreds.
constexpr std::size_t kMaxSearchPath = 65536;      // bytes
constexpr std::size_t kMaxPathDirectories = 4096;  // of one search path
constexpr std::size_t kMaxDirectories = 16384;     // in all

// Whether ld.so goes on searching after a file that turned out so.
bool is_passed_over(const Error& error) {
  return error.what == elf::kOtherClass || error.what == elf::kOtherMachine;
}

bool is_absent(int number) { return number == ENOENT || number == ENOTDIR; }

}  // namespace

Searcher::Searcher(Arena& arena, const Tree& tree)
    : arena_(&arena),
      tree_(&tree),
      sources_(arena),
      directories_(arena),
      outside_(arena),
      search_paths_(arena),
      searched_(arena) {}

Searcher::PathOwner Searcher::PathOwner::of(Arena& arena, const elf::Dynamic& dynamic,
                                            std::string_view name, std::string_view origin) {
  return {
      arena.copy(name),      arena.copy(dynamic.rpath()), arena.copy(dynamic.runpath()),
      dynamic.has_runpath(), arena.copy(origin),          (dynamic.flags_1 & DF_1_NODEFLIB) != 0};
}

Result<Searcher> Searcher::open(Arena& arena, const Tree& tree, std::string_view library_path,
                                const LinkerDefaults* linker) {
  Searcher searcher(arena, tree);
  if (linker != nullptr) {
    searcher.load_defaults_of(*linker);
  } else {
    BH_TRY(searcher.load_configuration());
  }
  Result<Directories> path = searcher.split(library_path, {}, ":;");
  if (!path) return about(path.error(), "LD_LIBRARY_PATH");
  searcher.library_path_ = *path;
  return searcher;
}

bool Searcher::load_cache(std::string_view path, std::string_view& reason) {
  sources_.push_back(path);
  reason = "is not there";
  Result<OpenedFile> file = tree_->open_file(*arena_, path);
  if (!file) return false;
  constexpr std::int64_t kMaxCache = 1LL << 26U;  // that of a large system has some 200 KB
  if (file->status.st_size > kMaxCache) {
    reason = "is absurdly large";
    return false;
  }
  Result<FileMapping> mapping = FileMapping::of(file->fd.get(), file->status);
  if (!mapping) return false;
  Result<LdCache> cache = LdCache::parse(mapping->bytes());
  if (!cache) {
    reason = cache.error().what;
    return false;
  }
  cache_path_ = path;
  cache_file_ = std::move(*mapping);
  cache_ = *cache;
  has_cache_ = true;
  return true;
}

Status Searcher::load_configuration() {
  std::string_view reason;
  if (load_cache(kCacheFile, reason)) return {};
  debug(Topic::resolve, {tree_->path(), ": ", kCacheFile, " ", reason, "; reading ld.so.conf"});
  LdConf conf = BH_TRY(read_ld_conf(*arena_, *tree_));
  for (std::string_view source : conf.sources) sources_.push_back(source);
  if (conf.sources.empty()) sources_.push_back("/etc/ld.so.conf");
  List<Directory*> list(*arena_);
  for (std::string_view path : conf.directories) list.push_back(directories_.of(path));
  configured_ = list.view();
  return {};
}

// It reads no ld.so.conf, whether it has a cache or not.
void Searcher::load_defaults_of(const LinkerDefaults& linker) {
  std::string_view reason;
  if (!linker.cache.empty() && !load_cache(linker.cache, reason)) {
    debug(Topic::resolve, {tree_->path(), ": ", linker.cache, " ", reason});
  }
  List<Directory*> list(*arena_);
  for (std::string_view path : linker.directories) list.push_back(directories_.of(path));
  defaults_ = list.view();
}

// --- one lookup -------------------------------------------------------------------

Result<Found> Searcher::find(std::string_view name, const Scope& scope) {
  Result<Found> result(std::in_place);
  if (Status status = find(name, scope, *result); !status) {
    result = std::unexpected(status.error());
  }
  return result;
}

Status Searcher::find(std::string_view name, const Scope& scope, Found& into) {
  searched_.truncate(0);
  refused_ = false;
  Lookup lookup{name, scope, into, {}};
  if (bool found = BH_TRY(search(lookup)); !found) {
    debug(Topic::resolve, {name, " is not in ", tree_->path(), " ", lookup.skipped});
    return fail(Fault::missing, "is not in the tree", name, lookup.skipped);
  }
  debug(Topic::resolve, {name, " -> ", into.file.host_path, " (", into.found_by, ")"});
  return {};
}

// ld.so's order; each step is asked only if those before had nothing.
Result<bool> Searcher::search(Lookup& lookup) {
  if (lookup.name.find('/') != std::string_view::npos) return try_path(lookup);
  const PathOwner* asking = lookup.scope.owners.empty() ? nullptr : lookup.scope.owners.data();
  if (asking == nullptr || !asking->has_runpath) {
    Result<bool> found = try_rpaths(lookup);
    if (!found || *found) return found;
  }
  Result<bool> found = try_directories(lookup, library_path_, {"LD_LIBRARY_PATH"});
  if (!found || *found) return found;
  if (asking != nullptr && asking->has_runpath) {
    found = try_search_path(lookup, *asking, asking->runpath, "RUNPATH of ");
    if (!found || *found) return found;
  }
  found = try_configured(lookup);
  if (!found || *found) return found;
  if (asking != nullptr && asking->no_default) return false;
  return try_directories(lookup, default_directories(), {"default directories"});
}

Result<bool> Searcher::try_rpaths(Lookup& lookup) {
  for (const PathOwner& owner : lookup.scope.owners) {
    if (owner.has_runpath || owner.rpath.empty()) continue;
    Result<bool> found = try_search_path(lookup, owner, owner.rpath, "RPATH of ");
    if (!found || *found) return found;
  }
  return false;
}

Result<bool> Searcher::try_search_path(Lookup& lookup, const PathOwner& owner,
                                       std::string_view text, std::string_view kind) {
  Result<Directories> path = split(text, owner.origin, ":");
  if (!path) return about(path.error(), arena_->copy(owner.name));
  if (!owner.outside) {
    Result<bool> found = try_directories(lookup, *path, {kind, owner.name});
    if (!found || *found) return found;
  }
  if (!may_be_outside()) return false;
  return try_directories(lookup, *path, {kind, owner.name}, true);
}

// The cache's entry, or ld.so.conf's directories in a tree without a cache.
Result<bool> Searcher::try_configured(Lookup& lookup) {
  const bool no_default = !lookup.scope.owners.empty() && lookup.scope.owners.front().no_default;
  if (has_cache_) {
    searched_.push_back(cache_path_);
    std::string_view path = cache_.find(lookup.name, hwcaps_);
    if (path.empty() || (no_default && is_default_directory(path))) return false;
    return try_file(lookup, PathBuffer(tree_->paths(), {path}), {"ld.so.cache"});
  }
  for (Directory* const& one : configured_) {
    if (no_default && is_default_directory(one->path)) continue;
    Result<bool> found = try_directories(lookup, {&one, 1}, {"ld.so.conf"});
    if (!found || *found) return found;
  }
  return false;
}

Result<bool> Searcher::try_path(Lookup& lookup) {
  std::string_view origin =
      lookup.scope.owners.empty() ? std::string_view{} : lookup.scope.owners.front().origin;
  std::string_view path = absolute(expanded(lookup.name, origin));
  if (path.empty()) {
    lookup.skipped = "a relative path means nothing inside a tree";
    return false;
  }
  searched_.push_back(directory_of(path));
  PathBuffer file(tree_->paths(), {path});
  if (!may_be_outside()) return try_file(lookup, file, {"path"});
  const bool outside_first = !lookup.scope.owners.empty() && lookup.scope.owners.front().outside;
  Result<bool> found = try_file(lookup, file, {"path"}, outside_first);
  if (!found || *found) return found;
  return try_file(lookup, file, {"path"}, !outside_first);
}

Result<bool> Searcher::try_directories(Lookup& lookup, Directories directories,
                                       std::initializer_list<std::string_view> found_by,
                                       bool outside) {
  for (Directory* named : directories) {
    Directory* one = outside ? outside_.of(named->path) : named;
    if (!outside || std::ranges::find(searched_, one->path) == searched_.end()) {
      searched_.push_back(one->path);
    }
    (outside ? outside_ : directories_)
        .examine(*one, outside ? confines_->this_system() : *tree_, hwcaps_);
    if (!one->exists) continue;
    for (std::string_view subdirectory : one->hwcaps) {
      PathBuffer path(tree_->paths(),
                      {one->path, kHwcapsDirectory, "/", subdirectory, "/", lookup.name});
      Result<bool> found = try_file(lookup, path, found_by, outside);
      if (!found || *found) return found;
    }
    PathBuffer path(tree_->paths(),
                    {one->path == "/" ? std::string_view{} : one->path, "/", lookup.name});
    Result<bool> found = try_file(lookup, path, found_by, outside);
    if (!found || *found) return found;
  }
  return false;
}

Result<bool> Searcher::try_file(Lookup& lookup, const PathBuffer& path,
                                std::initializer_list<std::string_view> found_by, bool outside) {
  if (!path.fits()) return false;
  ++tries_;
  const Tree& tree = outside ? confines_->this_system() : *tree_;
  Result<OpenedFile> file = tree.open_file(*arena_, path.view());
  if (!file) {
    if (!is_absent(file.error().number)) skip(lookup, path.view(), file.error());
    return false;
  }
  // Of the tree "/" any path may lead out: to memory, by way of /proc/self/fd.
  if (confines_ != nullptr && (outside || tree_->is_system())) {
    const Confines::Judgement it =
        confines_->judge(*arena_, path.view(), identity_of(file->status));
    if (it.place == Confines::Place::outside) {
      refused_ = true;
      skip(lookup, path.view(), {.what = "lies outside the tree and is not permitted"});
      return false;
    }
    if (outside && it.place == Confines::Place::tree) {
      return try_file(lookup, PathBuffer(tree_->paths(), {it.inside}), found_by);
    }
  }
  lookup.found.file = std::move(*file);
  Result<bool> read = read_file(lookup, path);
  if (!read || !*read) return read;
  lookup.found.path = arena_->copy(path.view());
  lookup.found.directory = directory_of(lookup.found.path);
  lookup.found.found_by = join(*arena_, found_by);
  lookup.found.outside = outside;
  return true;
}

// The file that was opened: whether it is a library for this machine.
[[gnu::noinline]] Result<bool> Searcher::read_file(Lookup& lookup, const PathBuffer& path) {
  std::string_view host_path = lookup.found.file.host_path;
  Result<FileMapping> mapping =
      FileMapping::of(lookup.found.file.fd.get(), lookup.found.file.status);
  if (!mapping) return about(mapping.error(), host_path);
  lookup.found.mapping = std::move(*mapping);
  Result<elf::Image> image = elf::Image::of_file(lookup.found.mapping.bytes());
  if (!image) {
    if (!is_passed_over(image.error())) return about(image.error(), host_path);
    skip(lookup, path.view(), image.error());
    return false;
  }
  lookup.found.image = *image;
  Status status = read_dynamic(lookup.found);
  if (!status) return about(status.error(), host_path);
  return true;
}

// Apart, as is read_file: frames are to be small.
[[gnu::noinline]] Status Searcher::read_dynamic(Found& found) {
  if (found.image.type() != ET_DYN && found.image.type() != ET_EXEC) {
    return fail(Fault::malformed, "is neither a shared library nor a program");
  }
  found.dynamic = BH_TRY(elf::Dynamic::read(found.image));
  return {};
}

// --- directories ------------------------------------------------------------------

// A search path's directories, each once; memory of earlier calls makes it cheap.
Result<Searcher::Directories> Searcher::split(std::string_view text, std::string_view origin,
                                              std::string_view separators) {
  if (text.empty()) return Directories{};
  constexpr std::string_view kAbsurd = "has an absurd number of directories to search";
  if (text.size() > kMaxSearchPath) return fail(Fault::limit, kAbsurd);
  for (const SearchPath& known : search_paths_) {
    if (known.text == text && known.origin == origin) return known.directories;
  }
  List<Directory*> list(*arena_);
  for (std::string_view rest = text;;) {
    const std::size_t end = rest.find_first_of(separators);
    std::string_view element = take(rest, end);
    // An empty element is the current directory, as in $PATH.
    std::string_view path = element.empty() ? std::string_view{"."} : expanded(element, origin);
    if (!path.empty()) path = absolute(path);
    while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
    if (!path.empty()) {
      Directory* one = directories_.of(path);
      bool listed = false;
      for (Directory* earlier : list) listed = listed || earlier == one;
      if (!listed) list.push_back(one);
      if (list.size() > kMaxPathDirectories || directories_.all().size() > kMaxDirectories) {
        return fail(Fault::limit, kAbsurd);
      }
    }
    if (end == std::string_view::npos) break;
    rest = drop(rest, end + 1);
  }
  search_paths_.push_back({arena_->copy(text), arena_->copy(origin), list.view()});
  return list.view();
}

std::string_view Searcher::expanded(std::string_view text, std::string_view origin) {
  if (text.find('$') == std::string_view::npos) return text;
  return expand(*arena_, text, {origin, lib_token(), Native::kPlatform});
}

// Relative paths are relative to the process's directory, which only the system's own
// tree knows; empty in any other.
std::string_view Searcher::absolute(std::string_view path) {
  if (path.empty() || path.starts_with('/')) return path;
  if (!tree_->is_system()) return {};
  PathBuffer here(tree_->paths());
  if (::syscall(SYS_getcwd, here.data(), PATH_MAX) < 0) return {};
  return path == "." ? arena_->copy(here.c_str()) : join_path(*arena_, here.c_str(), path);
}

Searcher::Directories Searcher::default_directories() {
  if (!defaults_.empty()) return defaults_;
  std::span<const std::string_view> paths = Native::kDirectories;
  if (lib_token() == Native::kMultiarchLib) paths = Native::kMultiarchDirectories;
  List<Directory*> list(*arena_);
  for (std::string_view path : paths) list.push_back(directories_.of(path));
  defaults_ = list.view();
  return defaults_;
}

// By prefix, as ld.so does for DF_1_NODEFLIB: "/usr/lib/private/libx.so" counts too.
bool Searcher::is_default_directory(std::string_view path) {
  for (const Directory* one : default_directories()) {
    if (path.starts_with(one->path) &&
        (path.size() == one->path.size() || drop(path, one->path.size()).front() == '/')) {
      return true;
    }
  }
  return false;
}

// $LIB, which tells distributions apart.
std::string_view Searcher::lib_token() {
  if (!lib_token_.empty()) return lib_token_;
  if (directory_exists({"/", Native::kMultiarchLib}) ||
      directory_exists({"/usr/", Native::kMultiarchLib})) {
    lib_token_ = Native::kMultiarchLib;
  } else if (directory_exists({"/usr/", Native::kLib}) || directory_exists({"/", Native::kLib})) {
    lib_token_ = Native::kLib;
  } else {
    lib_token_ = "lib";
  }
  return lib_token_;
}

bool Searcher::directory_exists(std::initializer_list<std::string_view> pieces) const {
  return tree_->has_directory(PathBuffer(tree_->paths(), pieces).view());
}

}  // namespace bulkhead::resolve
