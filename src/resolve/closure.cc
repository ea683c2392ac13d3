#include "resolve/closure.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/try.h"
#include "elf/symbols.h"

namespace bulkhead::resolve {
namespace {

// No library needs so many others; a damaged one may seem to. Nor do those of a closure together,
// nor is so much looked for.
constexpr std::size_t kMaxNeeds = 4096;
constexpr std::size_t kMaxNeedsInAll = 1U << 17U;
constexpr std::size_t kMaxTries = 1U << 18U;
// Libraries with an RPATH that one library is loaded by way of.
constexpr std::size_t kMaxOwners = 128;

// What a name is already known to mean.
struct Known {
  std::string_view name;
  std::uint32_t library;  // kNone: stopped at the boundary, or missing
  bool missing;
  Known* next;
};

// Names to libraries. ld.so compares a name with those of every loaded library in turn; a
// closure of two hundred libraries has thousands of needs.
class Names {
 public:
  explicit Names(Arena& arena) : arena_(arena), buckets_(arena.array<Known*>(kBuckets)) {}

  const Known* find(std::string_view name) const {
    for (Known* known = bucket(name); known != nullptr; known = known->next) {
      if (known->name == name) return known;
    }
    return nullptr;
  }

  // The first library of a name keeps it.
  void add(std::string_view name, std::uint32_t library, bool missing = false) {
    if (name.empty() || find(name) != nullptr) return;
    Known*& head = bucket(name);
    head = arena_.create<Known>(Known{name, library, missing, head});
  }

 private:
  static constexpr std::size_t kBuckets = 256;
  Known*& bucket(std::string_view name) const { return buckets_[elf::gnu_hash(name) % kBuckets]; }

  Arena& arena_;
  std::span<Known*> buckets_;
};

using Owner = Searcher::PathOwner;

bool is_program(const Found& found) {
  if (found.image.type() == ET_EXEC || (found.dynamic.flags_1 & DF_1_PIE) != 0) return true;
  // Linkers before 2016 did not mark programs; but libc.so.6 has an interpreter too.
  return found.image.find_header(PT_INTERP) != nullptr && found.dynamic.soname().empty();
}

}  // namespace

// The work of Closure::find; its parts share this.
class Closure::Finder {
 public:
  Finder(Arena& arena, Searcher& searcher, const Request& request, Closure& closure)
      : arena_(arena),
        searcher_(searcher),
        request_(request),
        closure_(closure),
        names_(arena),
        chains_(arena),
        found_(*new (arena.allocate(sizeof(Found), alignof(Found))) Found),
        added_(*arena.create<Library>()) {}
  ~Finder() { found_.~Found(); }
  Finder(const Finder&) = delete;
  Finder& operator=(const Finder&) = delete;

  Status run() {
    std::span<Need> roots = arena_.array<Need>(request_.roots.size());
    for (std::size_t i = 0; i < roots.size(); ++i) {
      roots[i] = BH_TRY(satisfy(request_.roots[i], kNone));
      if (i == 0 && request_.first_is_program) BH_TRY(visit_all());
    }
    closure_.roots_ = roots;
    return visit_all();
  }

 private:
  List<Library>& libraries() { return closure_.libraries_; }

  // The list grows at its end while we go along it: breadth first.
  Status visit_all() {
    for (; visited_ < libraries().size(); ++visited_) {
      if (Status status = visit(visited_); !status) return status;
    }
    return {};
  }

  Status visit(std::uint32_t index) {
    std::size_t count = 0;
    libraries()[index].dynamic.for_each_needed([&](std::string_view) { ++count; });
    needs_ += count;
    if (count > kMaxNeeds || needs_ > kMaxNeedsInAll) {
      return fail(Fault::limit, "needs an absurd number of libraries",
                  libraries()[index].host_path);
    }
    std::span<Need> needs = arena_.array<Need>(count);
    const elf::Dynamic dynamic = libraries()[index].dynamic;  // the list moves when it grows
    Status status;
    std::size_t i = 0;
    dynamic.for_each_needed([&](std::string_view name) {
      if (!status) return;
      if (name.empty()) {
        status =
            fail(Fault::malformed, "needs a library without a name", libraries()[index].host_path);
        return;
      }
      if (name.size() > PathBuffer::kRoom) {
        status = fail(Fault::limit, "needs a library of an absurdly long name",
                      libraries()[index].host_path);
        return;
      }
      Result<Need> need = satisfy(name, index);
      if (need) {
        needs[i++] = *need;
      } else {
        status = std::unexpected(need.error());
      }
    });
    libraries()[index].needs = needs.first(i);
    return status;
  }

  // What `name`, needed by the library `by` (kNone: a root), means.
  Result<Need> satisfy(std::string_view name, std::uint32_t by) {
    // Names with tokens mean something else for everybody who uses them.
    const bool lasting = name.find('$') == std::string_view::npos;
    const Known* known = lasting ? names_.find(name) : nullptr;
    if (known != nullptr && !known->missing) return Need{name, known->library, false};
    if (stops(name)) {
      if (lasting) names_.add(name, kNone);
      return Need{name, kNone, false};
    }
    if (Status found = look_for(name, by); !found) {
      if (found.error().fault != Fault::missing) return std::unexpected(found.error());
      if (known == nullptr) {
        closure_.missing_.push_back(
            {name, by, searcher_.searched(), found.error().because, searcher_.has_refused()});
        if (lasting) names_.add(name, kNone, true);
      }
      return Need{name, kNone, true};
    }
    Result<Need> need = adopt(name, by, found_);
    found_.file.fd.reset();
    if (!need) return std::unexpected(need.error());
    if (lasting) names_.add(name, need->library);
    return *need;
  }

  // Into found_.
  Status look_for(std::string_view name, std::uint32_t by) {
    if (searcher_.tries() - tries_before_ > kMaxTries) {
      return fail(Fault::limit, "is looked for in an absurd number of places", arena_.copy(name));
    }
    Status found = searcher_.find(name, scope_of(by), found_);
    if (found || found.error().fault != Fault::missing) return found;
    for (const Place& place : request_.places) {
      if (place.name == name) return searcher_.find(place.path, {}, found_);
    }
    return found;
  }

  // The library that this file is: a known one (the same file), or a new one; kNone under its
  // SONAME if that is stopped. A SONAME alone makes no file a known one, as in ld.so.
  Result<Need> adopt(std::string_view name, std::uint32_t by, Found& found) {
    const FileIdentity identity = identity_of(found.file.status);
    for (std::uint32_t i = 0; i < libraries().size(); ++i) {
      if (libraries()[i].identity() == identity) return Need{name, i, false};
    }
    std::string_view soname = found.dynamic.soname();
    if (!soname.empty() && soname != name && stops(soname)) {
      soname = arena_.copy(soname);  // the mapping goes away with `found`
      names_.add(soname, kNone);
      return Need{soname, kNone, false};
    }
    if (by == kNone && soname.empty() && name.find('/') != std::string_view::npos) {
      std::string_view file = file_name_of(name);
      bool stopped = stops(file);
      if (stopped) stopped = BH_TRY(is_found_as(file, name, identity));
      if (stopped) return Need{file, kNone, false};
    }
    if (libraries().size() == kMaxLibraries) {
      return fail(Fault::limit, "the closure has an absurd number of libraries",
                  found.file.host_path);
    }
    const auto index = static_cast<std::uint32_t>(libraries().size());
    std::string_view directory = found.directory;
    if (by == kNone && is_program(found)) {
      // The kernel tells ld.so a program's path without symbolic links.
      std::string_view canonical = searcher_.tree().canonical(arena_, found.path);
      if (!canonical.empty()) directory = directory_of(canonical);
    }
    added_.name = arena_.copy(name);
    added_.soname = soname;
    added_.path = found.path;
    added_.host_path = found.file.host_path;
    added_.directory = directory;
    added_.found_by = found.found_by;
    added_.status = found.file.status;
    added_.file = found.mapping.bytes();
    added_.image = found.image;
    added_.dynamic = found.dynamic;
    added_.loader = by;
    added_.outside = found.outside;
    libraries().push_back(added_);
    closure_.mappings_.push_back(found.mapping.leak());
    names_.add(libraries()[index].name, index);
    names_.add(soname, index);
    if (!found.outside) names_.add(found.path, index);
    std::span<const Owner> chain = chain_for(index);
    if (chain.size() > kMaxOwners) {
      return fail(Fault::limit, "is needed by way of an absurd number of libraries with an RPATH",
                  found.file.host_path);
    }
    chains_.push_back(chain);
    return Need{name, index, false};
  }

  // Whether that name means the file at `path`, which is in found_: others call one that has no
  // SONAME so.
  Result<bool> is_found_as(std::string_view name, std::string_view path,
                           const FileIdentity& identity) {
    Status by_name = look_for(name, kNone);
    if (by_name && identity_of(found_.file.status) == identity) return true;
    BH_TRY(look_for(path, kNone));
    return false;
  }

  bool stops(std::string_view name) const {
    return request_.boundary.stop != nullptr &&
           request_.boundary.stop(request_.boundary.context, name);
  }

  // The owners of search paths for what `by` needs: itself, then those of its loaders
  // that have an RPATH.
  Searcher::Scope scope_of(std::uint32_t by) {
    if (by != kNone) return {chains_[by]};
    return request_.first_is_program && visited_ != 0 ? of_program() : request_.scope;
  }

  // What the program opens by somebody else, who has no search paths.
  Searcher::Scope of_program() {
    if (of_program_.empty()) {
      of_program_ = arena_.array<Owner>(2);
      of_program_[1] = chains_[0][0];
    }
    return {of_program_};
  }

  std::span<const Owner> chain_for(std::uint32_t index) {
    const Library& library = libraries()[index];
    std::span<const Owner> above;
    if (library.loader != kNone) above = chains_[library.loader];
    std::span<Owner> chain = arena_.array<Owner>(1 + above.size());
    chain[0] = {library.known_as(),
                library.dynamic.rpath(),
                library.dynamic.runpath(),
                library.dynamic.has_runpath(),
                library.directory,
                (library.dynamic.flags_1 & DF_1_NODEFLIB) != 0,
                library.outside};
    std::size_t size = 1;
    for (const Owner& owner : above) {
      if (!owner.has_runpath && !owner.rpath.empty()) chain[size++] = owner;
    }
    return chain.first(size);
  }

  Arena& arena_;
  Searcher& searcher_;
  const Request& request_;
  Closure& closure_;
  Names names_;
  List<std::span<const Owner>> chains_;  // by library
  std::span<Owner> of_program_;
  std::uint32_t visited_ = 0;
  std::size_t needs_ = 0;
  const std::size_t tries_before_ = searcher_.tries();
  // More than a kilobyte each, so not on a stack that may be small: what the last lookup
  // found, and the library that is being made of it.
  Found& found_;
  Library& added_;
};

Result<Closure> Closure::find(Arena& arena, Searcher& searcher, const Request& request) {
  Closure closure(arena);
  BH_TRY(Finder(arena, searcher, request, closure).run());
  return Result<Closure>(std::move(closure));
}

Closure::Closure(Closure&& other) noexcept
    : arena_(other.arena_),
      libraries_(other.libraries_),
      missing_(other.missing_),
      mappings_(other.mappings_),
      roots_(other.roots_) {
  other.mappings_.truncate(0);
}

Closure::~Closure() {
  for (std::span<const std::byte> mapping : mappings_) FileMapping::unmap(mapping);
}

bool Closure::defines(const elf::SymbolName& name) const {
  return std::ranges::any_of(libraries(), [&](const Library& library) {
    if (!elf::may_export(library.image, library.dynamic, name)) return false;
    Result<elf::SymbolTable> symbols = elf::SymbolTable::read(library.image, library.dynamic);
    return symbols && symbols->for_each_named(name, [](elf::SymbolIndex) { return true; });
  });
}

}  // namespace bulkhead::resolve
