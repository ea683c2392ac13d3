#include "late/calls.h"

#include <algorithm>

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "elf/hash.h"
#include "elf/object.h"
#include "elf/relocs.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "words/binder.h"

namespace bulkhead::late {

namespace {

// Whether ld.so is to bind it at its first call.
bool calls(const elf::Object& library, std::span<const std::string_view> names) {
  bool found = false;
  auto visit = [&](const elf::Relocation& relocation) {
    if (found || relocation.type != arch::Native::kJumpSlot) return;
    const std::optional<elf::SymbolIndex> index = library.symbols.index(relocation.symbol);
    found = index && library.symbols[*index].st_shndx == SHN_UNDEF &&
            library.versions.name(*index).empty() &&
            plan::contains(names, library.symbols.name(*index));
  };
  Status read = elf::for_each_relocation_of_plt(library.image, library.dynamic, visit);
  return read && found;
}

}  // namespace

List<std::string_view> late_functions(Arena& arena, const resolve::Closure& closure,
                                      std::span<const std::string_view> expected,
                                      std::span<const image::Absolute> found) {
  List<std::string_view> late(arena);
  for (std::string_view name : expected) {
    auto is_it = [&](const image::Absolute& each) { return each.name == name; };
    if (!std::ranges::any_of(found, is_it) && !closure.defines(name)) late.push_back(name);
  }
  if (late.empty()) return late;
  const bool called = std::ranges::any_of(closure.libraries(), [&](const resolve::Library& each) {
    Result<elf::Object> library = elf::Object::read(arena, each.image);
    return library && calls(*library, late.view());
  });
  if (!called) late.truncate(0);
  return late;
}

void ask_at_first_call(Arena& arena, capsule::Capsule& capsule, link_map* first,
                       std::span<const std::string_view> names) {
  capsule.contents().add_late(names);
  const auto late_call = reinterpret_cast<elf::Addr>(capsule.hooks().late_call);
  std::uintptr_t& known = *capsule.hooks().binder;
  for (const link_map* object = first; object != nullptr; object = process::next_of(object)) {
    if (process::is_image_path(process::name_of(object))) continue;
    Result<elf::Image> image = process::image_of(object);
    if (!image) continue;
    Result<elf::Object> library = elf::Object::read(arena, *image);
    if (!library || !calls(*library, names)) continue;
    const elf::Addr binder = words::binder_of(*library);
    if (binder == 0 || binder == late_call) continue;
    if (known == 0) known = binder;
    // An auditor may have another entry for some: these calls end the program, as ld.so says.
    if (known != binder || !words::replace_binder(*library, late_call)) continue;
    debug(Topic::bind, {process::name_of(object), ": calls that nobody answers yet will ask"});
  }
}

}  // namespace bulkhead::late
