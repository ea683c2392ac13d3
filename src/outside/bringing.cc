#include "outside/bringing.h"

#include <fcntl.h>

#include <algorithm>
#include <new>

#include "base/diagnostics.h"
#include "base/fd.h"
#include "base/text.h"
#include "capsule/registered.h"
#include "capsule/scope.h"
#include "plan/rules_of_thumb.h"
#include "process/environment.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::outside {

using capsule::Capsule;

namespace {

const Capsule* capsule_that_exposes(std::string_view name) {
  for (const Capsule* capsule : capsule::registered_capsules()) {
    if (capsule->exposes_late() && plan::contains(capsule->request().expose, name)) return capsule;
  }
  return nullptr;
}

// Whether ld.so would have to look for any of what it needs.
bool needs_others(link_map* program, const elf::Dynamic& dynamic) {
  bool any = false;
  dynamic.for_each_needed(
      [&](std::string_view name) { any = any || process::find_loaded(program, name) == nullptr; });
  return any;
}

// False for what is none: ld.so will say so.
bool file_needs_others(link_map* program, const char* path) {
  const Fd file(open_at(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  struct stat status;
  if (!file.valid() || status_of(file.get(), status) != 0 || !S_ISREG(status.st_mode)) return false;
  Result<FileMapping> mapping = FileMapping::of(file.get(), status);
  if (!mapping) return false;
  Result<elf::Image> image = elf::Image::of_file(mapping->bytes());
  if (!image) return false;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  return dynamic && needs_others(program, *dynamic);
}

}  // namespace

// (Inlined, its stack would lie below all that is opened.)
__attribute__((noinline)) bool is_plainly_unconcerned(const char* file) {
  std::string_view name = file;
  if (name.find('$') != std::string_view::npos) return false;
  link_map* program = process::program();
  if (process::find_loaded(program, name) != nullptr) return true;
  return name.find('/') != std::string_view::npos && !file_needs_others(program, file);
}

// --- The shims.

LateShims::~LateShims() {
  for (Shim *each = newest_, *next = nullptr; each != nullptr; each = next) {
    next = each->next;  // while it lives
    each->~Shim();
  }
}

const LateShims::Shim* LateShims::find(std::string_view name) const {
  for (const Shim* each = newest_; each != nullptr; each = each->next) {
    if (each->name == name) return each;
  }
  return nullptr;
}

const LateShims::Shim* LateShims::make(const Capsule& capsule, std::string_view needed) {
  std::string_view name = arena_.copy(needed);  // it may stand in a file that is closed by then
  newest_ = new (arena_.allocate(sizeof(Shim), alignof(Shim)))
      Shim{name, shims::make_late_shim(arena_, capsule, name), newest_};
  return newest_;
}

void LateShims::close() {
  for (Shim* each = newest_; each != nullptr; each = each->next) {
    if (each->made) each->made->file.close();
  }
}

// --- Whether it is any.

Bringing::Bringing(Arena& arena, const char* file, const void* caller)
    : arena_(arena),
      program_(process::program()),
      shims_(arena),
      nodes_(arena),
      file_(capsule::with_origin_of_caller(arena, file, caller)),
      scope_(capsule::scope_of_caller(arena, caller)) {}

link_map* Bringing::find_loaded(std::string_view name) const {
  return process::find_loaded(program_, name);
}

bool Bringing::stops(std::string_view name) const {
  // Two files of one SONAME are two libraries, if the second is opened by its path.
  if (!own_soname_.empty() && name == own_soname_) return false;
  return find_loaded(name) != nullptr || capsule_that_exposes(name) != nullptr;
}

bool Bringing::may_concern() { return capsule_that_exposes(file_) != nullptr || search(false); }

bool Bringing::find() {
  if (find_loaded(file_) != nullptr || !search(true)) return false;
  return shims_.any();
}

// `whole`: all of it is wanted, not only whether there may be any. (Inlined, its stack would lie
// below all that is opened.)
__attribute__((noinline)) bool Bringing::search(bool whole) {
  Result<resolve::Tree> system = resolve::Tree::open(arena_, "/");
  if (!system) return false;
  Result<resolve::Searcher> searcher =
      resolve::Searcher::open(arena_, *system, process::library_path(arena_));
  if (!searcher) return false;
  if (capsule_that_exposes(file_) == nullptr && !look_at_root(*searcher)) return false;
  List<std::string_view> roots(arena_);
  roots.push_back(file_);
  if (!whole) return go_through(*searcher, roots, false);
  // What a shim brings may need more.
  while (go_through(*searcher, roots, true)) {
  }
  return true;
}

// Whether it may lead to an exposed library.
__attribute__((noinline)) bool Bringing::look_at_root(resolve::Searcher& searcher) {
  Kept<resolve::Found> kept(arena_);
  resolve::Found& found = *kept;
  if (!searcher.find(file_, scope_, found)) return false;
  std::string_view soname = found.dynamic.soname();
  if (is_path()) {
    own_soname_ = arena_.copy(soname);
  } else if (capsule_that_exposes(soname) != nullptr) {
    return true;
  }
  return needs_others(program_, found.dynamic);
}

// If all of it is wanted: whether there are more roots now, and it has to be done again. Else
// whether it may lead to an exposed library.
bool Bringing::go_through(resolve::Searcher& searcher, List<std::string_view>& roots, bool whole) {
  resolve::Boundary boundary{[](void* context, std::string_view name) {
                               return static_cast<const Bringing*>(context)->stops(name);
                             },
                             this};
  Result<resolve::Closure> closure =
      resolve::Closure::find(arena_, searcher, {roots.view(), boundary, scope_});
  if (!closure) return false;  // ld.so will say what is wrong with it
  if (!whole) return is_concerned(*closure);
  nodes_.truncate(0);
  const std::size_t before = roots.size();
  add_need(*closure, closure->roots()[0]);
  for (std::size_t i = 0; i < nodes_.size(); ++i) add_needs(*closure, roots, i);
  return roots.size() != before;
}

bool Bringing::is_concerned(const resolve::Closure& closure) const {
  auto is = [&](const resolve::Need& need) {
    return need.library == resolve::kNone && !need.missing && find_loaded(need.name) == nullptr;
  };
  return std::ranges::any_of(closure.roots(), is) ||
         std::ranges::any_of(closure.libraries(), [&](const resolve::Library& library) {
           return std::ranges::any_of(library.needs, is);
         });
}

// --- What it is.

void Bringing::add_needs(const resolve::Closure& closure, List<std::string_view>& roots,
                         std::size_t index) {
  const Node node = nodes_[index];  // the list moves
  if (node.library != resolve::kNone) {
    for (const resolve::Need& need : closure.libraries()[node.library].needs) {
      add_need(closure, need);
    }
  } else if (node.loaded != nullptr) {
    Result<elf::Image> image = process::image_of(node.loaded);
    if (!image) return;
    Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
    if (!dynamic) return;
    dynamic->for_each_needed([&](std::string_view name) { add_name(closure, name); });
  } else {
    for (std::string_view name : node.shim->made->companions) {
      if (!add_name(closure, name)) plan::add_once(roots, name);
    }
  }
}

void Bringing::add_need(const resolve::Closure& closure, const resolve::Need& need) {
  if (need.library == resolve::kNone) {
    if (!need.missing) add_name(closure, need.name);
    return;
  }
  const resolve::Library& library = closure.libraries()[need.library];
  // By the very words in which the program asked for it: ld.so keeps them.
  const bool as_asked = nodes_.size() == 0 && is_path();
  add({as_asked ? file_ : arena_.copy(library.path), need.library, nullptr, nullptr});
}

bool Bringing::add_name(const resolve::Closure& closure, std::string_view name) {
  if (const LateShims::Shim* shim = shims_.find(name)) {
    add_shim(*shim);
    return true;
  }
  if (const link_map* loaded = find_loaded(name)) {
    std::string_view path = arena_.copy(process::name_of(loaded));
    if (!path.empty()) add({path, resolve::kNone, loaded, nullptr});
    return true;
  }
  if (const Capsule* capsule = capsule_that_exposes(name)) {
    add_shim(*shims_.make(*capsule, name));
    return true;
  }
  for (const resolve::Need& root : closure.roots()) {
    if (root.name != name) continue;
    if (root.library != resolve::kNone) add_need(closure, root);
    return true;
  }
  return false;
}

void Bringing::add_shim(const LateShims::Shim& shim) {
  if (shim.made) {
    add({shim.made->file.path(), resolve::kNone, nullptr, &shim});
  } else if (error_ == nullptr) {
    error_ = &shim.made.error();
  }
}

void Bringing::add(const Node& node) {
  for (const Node& each : nodes_.view()) {
    if (each.path == node.path) return;
  }
  if (nodes_.size() == 0) root_ = node.shim != nullptr ? node.shim->name : node.path;
  nodes_.push_back(node);
}

// What comes after the last one that is not loaded makes no difference.
std::span<const std::string_view> Bringing::list() {
  List<std::string_view> paths(arena_);
  std::size_t size = 0;
  for (const Node& node : nodes_.view()) {
    paths.push_back(node.path);
    if (node.loaded == nullptr) size = paths.size();
  }
  return paths.view().first(size);
}

}  // namespace bulkhead::outside
