#include "opening/late_names.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "elf/object.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "words/unbound.h"

namespace bulkhead::opening {

namespace {

struct Scope {
  link_map* program;  // null: the capsule's libraries are not to see it
  link_map* root;     // what is global in the capsule
  link_map* library;  // what becomes global
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
  void* found = ask(scope.library, name, version);
  if (found == nullptr || ask(scope.root, name, version) != nullptr) return 0;
  // What the program has under an exposed library's name takes its place.
  void* before = scope.program != nullptr ? ask(scope.program, name, version) : nullptr;
  return reinterpret_cast<elf::Addr>(before != nullptr ? before : found);
}

}  // namespace

void lead_to_global(Arena& arena, const capsule::Capsule& capsule, link_map* library) {
  Scope scope = {capsule.request().of_interface ? nullptr : process::program(),
                 capsule.space().root(), library};
  for (const link_map* object = scope.root; object != nullptr && object != library;
       object = process::next_of(object)) {
    if (process::is_image_path(process::name_of(object))) continue;
    Result<elf::Image> image = process::image_of(object);
    if (!image) continue;
    Result<elf::Object> tables = elf::Object::read(arena, *image);
    if (!tables) continue;
    std::size_t count = words::bind_unbound(*tables, &find_late, &scope);
    if (count == 0) continue;
    debug(Topic::bind, {process::name_of(object), ": ", decimal(arena, count),
                        " calls lead to what has become global"});
  }
}

}  // namespace bulkhead::opening
