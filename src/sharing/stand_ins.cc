#include "sharing/stand_ins.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/native_file.h"
#include "capsule/planned.h"
#include "capsule/strict.h"
#include "plan/rules_of_thumb.h"
#include "process/environment.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/shim.h"

namespace bulkhead::sharing {

using capsule::Capsule;

namespace {

std::string_view name_of(const link_map* library) {
  std::string_view soname = process::soname_of(library);
  return soname.empty() ? file_name_of(process::name_of(library)) : soname;
}

// What the capsule has of its own: the same file, or another one of that name.
std::string_view own_copy(Arena& arena, const Capsule& capsule, const link_map* library,
                          std::string_view name) {
  if (!capsule.space().is_open()) return {};
  std::string_view loaded = process::loaded_as(arena, capsule.space().root(), name);
  if (loaded.empty()) {
    // ld.so compares files.
    void* same = process::loaded_handle(capsule.space().id(), process::name_of(library));
    if (same == nullptr) return {};
    loaded = arena.copy(process::name_of(static_cast<link_map*>(same)));
    process::close_handle(same);
  }
  return process::is_image_path(loaded) ? std::string_view{} : loaded;
}

// The base's copy of a library in the tree; null if the base has none, and private it stays.
Result<link_map*> copy_in_base(Arena& arena, const Capsule& capsule,
                               const resolve::Library& library) {
  std::string_view name = library.known_as();
  // Its constructors may not have had their turn, and ld.so would have them run.
  if (link_map* loaded = process::find_loaded(process::program(), name)) return loaded;
  bool by_path = capsule.request().tree == "/";
  Result<link_map*> opened = process::open_in_base(arena, by_path ? library.host_path : name);
  if (!opened && capsule.request().tree != "/") return nullptr;
  return opened;
}

// Whether there is one of that name, loaded or not.
bool base_has(Arena& arena, std::string_view name) {
  if (process::find_loaded(process::program(), name) != nullptr) return true;
  return capsule::find_native(arena, name, process::library_path(arena), nullptr).has_value();
}

}  // namespace

Result<std::string_view> add_stand_in(Arena& arena, Capsule& capsule, const link_map* library) {
  struct stat status;
  if (int error = status_of(process::name_of(library), status); error != 0) {
    return fail_system(error, "is loaded in the program, and its file cannot be looked at",
                       arena.copy(process::name_of(library)));
  }
  FileIdentity file = identity_of(status);
  if (std::string_view known = capsule.contents().stand_in_for(file); !known.empty()) return known;
  std::string_view name = name_of(library);
  if (std::string_view own = own_copy(arena, capsule, library, name); !own.empty()) {
    return fail(Fault::conflict, "cannot be shared", arena.copy(process::name_of(library)),
                join(arena, {"the namespace has a copy of its own, ", own}),
                "share it before it is opened in there without being shared");
  }
  if (capsule.contents().has_stand_in(name)) {
    return fail(Fault::conflict, "cannot be shared", arena.copy(process::name_of(library)),
                join(arena, {"another library called ", name, " is shared with the namespace"}));
  }
  debug(Topic::open, {process::name_of(library), " is the program's in namespace ",
                      decimal(arena, static_cast<std::uint64_t>(capsule.space().id()))});
  return capsule.contents().add_stand_in(name, file);
}

Result<bool> share_unique(Arena& arena, Capsule& capsule, const resolve::Closure& closure,
                          List<std::string_view>& roots) {
  if (capsule.isolation() != nullptr || capsule.is_adopted()) return false;
  bool any = false;
  for (std::uint32_t i = 0; i < closure.libraries().size(); ++i) {
    const resolve::Library& library = closure.libraries()[i];
    if (!library.dynamic.is_unique()) continue;
    if (plan::contains(capsule.request().keep_private, library.known_as()) ||
        plan::contains(capsule.request().expose, library.known_as())) {
      continue;
    }
    // As with any library: what is there already stays what it is.
    if (!process::loaded_as(arena, capsule.space().root(), library.host_path).empty()) continue;
    if (capsule.request().strict) {
      if (!base_has(arena, library.known_as())) continue;
      return capsule::refuse_sharing(
          arena, capsule, library.known_as(),
          "it was linked with -z unique: it must exist once in a process");
    }
    Result<link_map*> base = copy_in_base(arena, capsule, library);
    if (!base) return std::unexpected(base.error());
    if (*base == nullptr) continue;
    Result<std::string_view> name = add_stand_in(arena, capsule, *base);
    if (!name) return std::unexpected(name.error());
    any = true;
    for (std::size_t root = 0; root < roots.size(); ++root) {
      if (closure.roots()[root].library == i) roots[root] = *name;
    }
  }
  return any;
}

namespace {

// The base's object of that name, if it is no shim and none is loaded; null otherwise.
const elf::Object* copy_past_shim(Arena& arena, process::BaseView& base, std::string_view name) {
  const elf::Object* copy = base.find(name);
  if (copy == nullptr || capsule::is_shim(copy->dynamic)) return nullptr;
  for (const handoff::ShimHeader* shim : shims::find_all_shims(arena)) {
    if (shims::soname_of(*shim) == name) return nullptr;
  }
  return copy;
}

}  // namespace

Result<bool> share_bypassed(Arena& arena, Capsule& capsule, process::BaseView& base,
                            const resolve::Closure& closure) {
  const handoff::Request& request = capsule.request();
  if (request.is_apart() || request.preload || request.isolated) return false;
  bool any = false;
  for (std::uint32_t i = 0; i < closure.libraries().size(); ++i) {
    std::string_view name = closure.libraries()[i].known_as();
    if (!plan::contains(request.expose, name)) continue;
    const elf::Object* copy = copy_past_shim(arena, base, name);
    if (copy == nullptr) continue;
    const link_map* loaded = process::find_loaded(process::program(), name);
    if (loaded == nullptr) continue;
    if (request.strict) {
      return fail(Fault::conflict, "would be this system's, and the capsule is strict",
                  arena.copy(name),
                  join(arena, {"the program has loaded ", process::name_of(loaded),
                               " in place of the exposed library"}),
                  "have the program find the shim first (LD_LIBRARY_PATH)");
    }
    std::string_view symbol = capsule::lacked_symbol(arena, closure, i, *copy);
    if (!symbol.empty()) {
      return fail(Fault::conflict, join(arena, {"lacks ", symbol}),
                  arena.copy(process::name_of(loaded)),
                  join(arena, {"the program has loaded it in place of the exposed ", name,
                               ", and the capsule's libraries import that from it"}),
                  join(arena, {"have the program find the shim first (LD_LIBRARY_PATH), or keep "
                               "two copies with --private ",
                               name}));
    }
    Result<std::string_view> shared = add_stand_in(arena, capsule, loaded);
    if (!shared) return std::unexpected(shared.error());
    any = true;
  }
  return any;
}

}  // namespace bulkhead::sharing
