#include "capsule/planned.h"

#include <fcntl.h>

#include <new>

#include "base/diagnostics.h"
#include "base/fd.h"
#include "base/text.h"
#include "elf/hash.h"

namespace bulkhead::capsule {
namespace {

// A text of the request, which ends with a zero; empty if nothing was planned.
std::string_view file_in(std::span<const std::string_view> list, std::string_view name) {
  for (std::string_view each : list) {
    std::string_view file = each;
    if (split_off(file, '=') == name) return file;
  }
  return {};
}

std::string_view planned_file(const Capsule& capsule, std::string_view name) {
  return file_in(capsule.request().planned, name);
}

// A file that is gone is no other one: nobody can say what the plan was made with.
bool is_other_file(std::string_view planned, std::string_view loaded) {
  if (planned == loaded) return false;
  struct stat before, now;
  if (status_of(planned.data(), before) != 0 || status_of(loaded.data(), now) != 0) return false;
  return identity_of(before) != identity_of(now);
}

using Objects = std::span<const elf::Object*>;

Objects objects_of(Arena& arena, const resolve::Closure& closure) {
  Objects objects = arena.array<const elf::Object*>(closure.libraries().size());
  std::size_t count = 0;
  for (const resolve::Library& library : closure.libraries()) {
    using Read = Result<elf::Object>;
    const auto& read = *new (arena.allocate(sizeof(Read), alignof(Read)))
                           Read(elf::Object::read(arena, library.image));
    objects[count++] = read ? &*read : nullptr;
  }
  return objects;
}

bool any_defines(Objects objects, const elf::SymbolName& name, std::string_view version) {
  for (const elf::Object* object : objects) {
    if (object != nullptr && object->find(name, version)) return true;
  }
  return false;
}

struct Copies {
  const elf::Object& planned;
  const elf::Object& loaded;
};

// The first symbol that a library imports from the one and the other lacks; empty if there is none.
std::string_view lacked_by(const elf::Object& importer, const Copies& copies, Objects capsules) {
  for (elf::SymbolIndex i : importer.symbols.indices()) {
    const elf::Sym& symbol = importer.symbols[i];
    if (symbol.st_shndx != SHN_UNDEF || elf::symbol_binding(symbol) != STB_GLOBAL) continue;
    const elf::SymbolName name = importer.symbols.name(i);
    std::string_view version = importer.versions.name(i);
    if (copies.loaded.find(name, version) || !copies.planned.find(name, version)) continue;
    if (!any_defines(capsules, name, version)) return name.text();
  }
  return {};
}

Status compare(Arena& arena, std::string_view planned, std::string_view loaded_path,
               const elf::Object& loaded, const resolve::Closure& closure) {
  Fd fd(open_at(AT_FDCWD, planned.data(), O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return {};
  Result<FileMapping> file = FileMapping::of(fd.get());
  if (!file) return {};
  Result<elf::Image> image = elf::Image::of_file(file->bytes());
  if (!image) return {};
  Kept<Result<elf::Object>> before(arena, elf::Object::read(arena, *image));
  if (!*before) return {};
  Objects capsules = objects_of(arena, closure);
  for (std::size_t i = 0; i < capsules.size(); ++i) {
    if (capsules[i] == nullptr) continue;
    std::string_view symbol = lacked_by(*capsules[i], {**before, loaded}, capsules);
    if (symbol.empty()) continue;
    return fail(Fault::conflict, join(arena, {"lacks ", symbol}), arena.copy(loaded_path),
                join(arena, {"the capsule was planned with ", planned, ", and ",
                             closure.libraries()[i].host_path, " imports that from it"}),
                "start this program with bulkhead run itself, or keep the tree's copy with "
                "--private");
  }
  debug(Topic::open, {loaded_path, " serves in place of ", planned});
  return {};
}

}  // namespace

std::string_view file_to_share(const Capsule& capsule, std::string_view name) {
  std::string_view planned = planned_file(capsule, name);
  struct stat status;
  return planned.empty() || status_of(planned.data(), status) != 0 ? name : planned;
}

std::string_view planned_native(const Capsule& capsule, std::string_view name) {
  return file_in(capsule.request().native, name);
}

Status require_planned(Arena& arena, const Capsule& capsule, process::BaseView& base,
                       const resolve::Closure& closure, std::string_view name) {
  std::string_view planned = planned_file(capsule, name);
  if (planned.empty()) return {};
  const elf::Object* loaded = base.find(name);
  for (const process::BaseView::Entry& entry : base.entries()) {
    if (entry.object != loaded || !is_other_file(planned, entry.loaded.name)) continue;
    return compare(arena, planned, entry.loaded.name, *loaded, closure);
  }
  return {};
}

std::string_view lacked_symbol(Arena& arena, const resolve::Closure& closure, std::uint32_t library,
                               const elf::Object& copy) {
  Objects objects = objects_of(arena, closure);
  const elf::Object* own = objects[library];
  if (own == nullptr) return {};
  objects[library] = nullptr;  // what it has itself is what is to be found elsewhere
  for (const elf::Object* importer : objects) {
    if (importer == nullptr) continue;
    std::string_view symbol = lacked_by(*importer, {*own, copy}, objects);
    if (!symbol.empty()) return symbol;
  }
  return {};
}

}  // namespace bulkhead::capsule
