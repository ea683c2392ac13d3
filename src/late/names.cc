#include "late/names.h"

#include <algorithm>

#include "base/diagnostics.h"
#include "base/list.h"
#include "base/text.h"
#include "elf/hash.h"
#include "elf/object.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "words/unbound.h"

namespace bulkhead::late {

namespace {

struct Scope {
  link_map* program;                   // null: the capsule's libraries are not to see it
  link_map* root;                      // what is global in the capsule
  std::span<link_map* const> earlier;  // what has become global before
  link_map* library;                   // what becomes global
  std::span<const elf::Object* const> objects = {};  // of the namespace
  const elf::Object* caller = nullptr;
  link_map* deep = nullptr;  // whose call it is, if that was opened with RTLD_DEEPBIND; else null
};

// Null, and no message, if there is none.
void* ask(link_map* library, std::string_view name, std::string_view version) {
  void* found = nullptr;
  if (!version.empty()) found = process::symbol_by(library, name.data(), version.data());
  // A library without versions answers to any.
  if (found == nullptr) found = process::symbol_by(library, name.data());
  if (found == nullptr) process::forget_error();
  return found;
}

elf::Addr find_late(void* context, std::string_view name, std::string_view version) {
  const Scope& scope = *static_cast<const Scope*>(context);
  // Most names are the caller's alone. (What ld.so is asked it answers from all that is needed.)
  const elf::SymbolName wanted = name;
  auto defines_it = [&](const elf::Object* each) {
    bool defined = false;
    if (each == scope.caller) return defined;
    each->symbols.for_each_hashed(wanted, [&](elf::SymbolIndex symbol) {
      return defined = elf::is_exported(each->symbols[symbol]);
    });
    return defined;
  };
  if (std::ranges::none_of(scope.objects, defines_it)) return 0;
  void* found = ask(scope.library, name, version);
  if (found == nullptr || ask(scope.root, name, version) != nullptr) return 0;
  for (link_map* earlier : scope.earlier) {
    if (earlier == scope.library) continue;
    if (void* first = ask(earlier, name, version)) return reinterpret_cast<elf::Addr>(first);
  }
  if (scope.deep != nullptr && ask(scope.deep, name, version) != nullptr) return 0;
  // What the program has under an exposed library's name takes its place.
  void* before = scope.program != nullptr ? ask(scope.program, name, version) : nullptr;
  return reinterpret_cast<elf::Addr>(before != nullptr ? before : found);
}

}  // namespace

void lead_to_global(Arena& arena, const capsule::Capsule& capsule, link_map* library) {
  List<link_map*> earlier(arena);
  for (std::string_view path : capsule.contents().globals(arena)) {
    // By a handle of our own: what was needed only, or closed, ld.so cannot search.
    void* loaded = process::loaded_handle(capsule.space().id(), path.data());
    if (loaded != nullptr) earlier.push_back(static_cast<link_map*>(loaded));
  }
  List<const elf::Object*> objects(arena);
  List<link_map*> callers(arena);  // with their tables at the same places of `objects`
  for (link_map* object = capsule.space().root(); object != nullptr;
       object = process::next_of(object)) {
    Result<elf::Image> image = process::image_of(object);
    if (!image) continue;
    Result<elf::Object> tables = elf::Object::read(arena, *image);
    if (!tables) continue;
    objects.push_back(arena.create<elf::Object>(*tables));
    callers.push_back(object);
  }
  Scope scope = {capsule.request().is_apart() ? nullptr : process::program(),
                 capsule.space().root(), earlier.view(), library, objects.view()};
  for (std::size_t i = 0; i < callers.size() && callers[i] != library; ++i) {
    std::string_view name = process::name_of(callers[i]);
    if (process::is_image_path(name)) continue;
    scope.caller = objects[i];
    // By a handle of our own, too: it may be loaded because another one that was opened needs it.
    void* deep = capsule.contents().looks_deep(name)
                     ? process::loaded_handle(capsule.space().id(), name.data())
                     : nullptr;
    scope.deep = static_cast<link_map*>(deep);
    std::size_t count = words::bind_unbound(*objects[i], &find_late, &scope);
    if (deep != nullptr) process::close_handle(deep);
    if (count == 0) continue;
    debug(Topic::bind,
          {name, ": ", decimal(arena, count), " calls lead to what has become global"});
  }
  for (link_map* each : earlier) process::close_handle(each);
}

}  // namespace bulkhead::late
