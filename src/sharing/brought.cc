#include "sharing/brought.h"

#include <algorithm>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/native_file.h"
#include "capsule/planned.h"
#include "capsule/strict.h"
#include "elf/object.h"
#include "plan/rules_of_thumb.h"
#include "process/environment.h"
#include "process/loader.h"
#include "process/modules.h"

namespace bulkhead::sharing {

using capsule::Capsule;

namespace {

constexpr std::string_view kMark = " of the base";

// A library of the base that a shared one needs.
struct Brought {
  std::string_view name;
  const elf::Object* object;
  bool wanted = false;
};

// Calls `visit(name, object)` for what a library of the base needs; not for what every capsule has,
// nor for what is not the base's.
template <class Visit>
void for_each_need(const Capsule& capsule, process::BaseView& base, std::string_view of,
                   Visit visit) {
  const elf::Object* library = base.find(of);
  if (library == nullptr) return;
  library->dynamic.for_each_needed([&](std::string_view name) {
    if (plan::is_always_shared(name) || plan::contains(capsule.request().expose, name)) return;
    if (const elf::Object* object = base.find(name)) visit(name, object);
  });
}

bool brings_others(const Capsule& capsule, std::string_view shared) {
  return !shared.empty() && !plan::is_always_shared(shared) && shares(capsule, shared);
}

bool defines(const elf::Object& object, const elf::SymbolName& name) {
  return object.find(name, {}).has_value();
}

// Calls `visit(SymbolName)` for the names that a library refers to and that any object may define:
// one with a version is expected of a library that is listed.
template <class Visit>
void for_each_reference(const elf::Object& library, Visit visit) {
  for (elf::SymbolIndex i : library.symbols.indices()) {
    const elf::Sym& symbol = library.symbols[i];
    if (symbol.st_shndx != SHN_UNDEF || !library.versions.name(i).empty()) continue;
    unsigned binding = elf::symbol_binding(symbol);
    if (binding != STB_GLOBAL && binding != STB_WEAK) continue;
    std::string_view name = library.symbols.name(i);
    if (!name.empty()) visit(elf::SymbolName(name));
  }
}

// Marks those that have what nobody else in the opening has.
Status find_wanted(Arena& arena, process::BaseView& base, const resolve::Closure& closure,
                   std::span<const std::string_view> shared, List<Brought>& brought) {
  List<const elf::Object*> others(arena);
  std::size_t of_tree = closure.libraries().size();
  for (const resolve::Library& library : closure.libraries()) {
    Result<elf::Object> object = elf::Object::read(arena, library.image);
    if (!object) return about(object.error(), arena.copy(library.host_path));
    others.push_back(arena.create<elf::Object>(*object));
  }
  for (std::string_view name : shared) {
    if (const elf::Object* object = base.find(name)) others.push_back(object);
  }
  for (const elf::Object* library : others.view().first(of_tree)) {
    for_each_reference(*library, [&](const elf::SymbolName& name) {
      auto has = [&](const Brought& each) { return defines(*each.object, name); };
      auto found = std::ranges::find_if(brought, has);
      if (found == brought.end() || found->wanted) return;
      found->wanted = std::ranges::none_of(
          others, [&](const elf::Object* each) { return defines(*each, name); });
    });
  }
  return {};
}

// By the search path of this system's copy of a library that needs it, as natively.
Status load_for_its_users(Arena& arena, const resolve::Closure& closure, std::string_view name) {
  std::string_view library_path = process::library_path(arena);
  for (const resolve::Library& user : closure.libraries()) {
    auto means_it = [&](const resolve::Need& need) { return need.name == name; };
    if (std::ranges::none_of(user.needs, means_it)) continue;
    auto copy = capsule::find_native(arena, user.known_as(), library_path, nullptr);
    if (!copy) continue;
    auto file = capsule::find_native(arena, name, library_path, &copy->owner);
    if (!file) continue;
    Result<link_map*> opened = process::open_in_base(arena, file->path);
    return opened ? Status{} : std::unexpected(opened.error());
  }
  return fail(Fault::missing, "is nowhere", name);
}

}  // namespace

bool is_brought(std::string_view mirror) { return mirror.ends_with(kMark); }

std::string_view library_of(std::string_view mirror) {
  return is_brought(mirror) ? take(mirror, mirror.size() - kMark.size()) : mirror;
}

Result<std::size_t> load_shared(Arena& arena, const Capsule& capsule, process::BaseView& base,
                                std::string_view name) {
  std::size_t index = base.index_of(name);
  if (index < base.objects().size()) return index;
  Result<link_map*> opened = process::open_in_base(arena, capsule::file_to_share(capsule, name));
  if (!opened) return std::unexpected(opened.error());
  base.refresh();
  index = base.index_of(name);
  if (index < base.objects().size()) return index;
  return fail(Fault::missing, "was loaded in the program but calls itself otherwise", name);
}

std::span<const std::string_view> needs_of_mirror(Arena& arena, const Capsule& capsule,
                                                  process::BaseView& base, std::string_view name) {
  if (!capsule.request().of_interface || is_brought(name) || !brings_others(capsule, name))
    return {};
  List<std::string_view> seen(arena), needs(arena);
  seen.push_back(name);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    for_each_need(capsule, base, seen[i], [&](std::string_view need, const elf::Object*) {
      if (plan::contains(seen.view(), need) || plan::contains(needs.view(), need)) return;
      (shares(capsule, need) ? needs : seen).push_back(arena.copy(need));
    });
  }
  return needs.view();
}

Result<List<std::string_view>> brought_by(Arena& arena, const Capsule& capsule,
                                          process::BaseView& base, const resolve::Closure& closure,
                                          std::span<const std::string_view> shared) {
  List<std::string_view> queue(arena), names(arena);
  for (std::string_view name : shared) {
    if (!brings_others(capsule, name)) continue;
    Result<std::size_t> loaded = load_shared(arena, capsule, base, name);
    if (!loaded && load_for_its_users(arena, closure, name)) {
      base.refresh();
      loaded = load_shared(arena, capsule, base, name);
    }
    if (!loaded) return std::unexpected(loaded.error());
    queue.push_back(name);
  }
  if (queue.empty()) return names;
  List<Brought> brought(arena);
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for_each_need(capsule, base, queue[i], [&](std::string_view name, const elf::Object* object) {
      if (plan::contains(queue.view(), name)) return;
      queue.push_back(arena.copy(name));
      brought.push_back({queue[queue.size() - 1], object});
    });
  }
  if (brought.empty()) return names;
  if (Status found = find_wanted(arena, base, closure, shared, brought); !found) {
    return std::unexpected(found.error());
  }
  for (const Brought& each : brought) {
    bool is_shared = shares(capsule, each.name);
    if (!each.wanted && !(is_shared && capsule.request().of_interface)) continue;
    // The capsule's own of that name, if it has one, is the one that is meant.
    bool own = !process::loaded_as(arena, capsule.space().root(), each.name).empty();
    if (!is_shared && !own && capsule.request().strict) {
      return capsule::refuse_sharing(arena, capsule, each.name,
                                     "a shared library needs it, and a library of the capsule "
                                     "uses what it defines");
    }
    names.push_back(is_shared || own ? each.name : join(arena, {each.name, kMark}));
    debug(Topic::open, {each.name, " comes with the shared library that needs it"});
  }
  return names;
}

}  // namespace bulkhead::sharing
