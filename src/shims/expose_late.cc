#include "shims/expose_late.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "elf/object.h"
#include "image/shim.h"
#include "process/libdl.h"
#include "process/loader.h"
#include "process/loader_lock.h"
#include "process/modules.h"
#include "shims/shim.h"

namespace bulkhead::shims {

using capsule::Capsule;

namespace {

bool has_shim(Arena& arena, const Capsule& capsule, std::string_view name) {
  for (const handoff::ShimHeader* shim : find_shims(arena, capsule.request_bytes())) {
    if (name == soname_of(*shim)) return true;
  }
  return false;
}

// Its descriptors are closed when it returns: constructors must not find them.
Result<std::span<const std::byte>> make_shim(Arena& arena, const Capsule& capsule,
                                             std::string_view name) {
  Result<resolve::Tree> tree = resolve::Tree::open(arena, capsule.request().tree);
  if (!tree) return std::unexpected(tree.error());
  Result<resolve::Searcher> searcher =
      resolve::Searcher::open(arena, *tree, library_path_of(arena, capsule));
  if (!searcher) return std::unexpected(searcher.error());
  Result<resolve::Found> found = searcher->find(file_of(capsule, name), {});
  if (!found) return about(found.error(), name);
  Result<elf::Object> object = elf::Object::read(arena, found->image);
  if (!object) return about(object.error(), arena.copy(found->file.host_path));
  Result<std::span<const std::byte>> bytes =
      image::build_shim(arena, {&*object, name, capsule.request_bytes()});
  if (!bytes) return about(bytes.error(), arena.copy(found->file.host_path));
  return bytes;
}

Status load_shim(Arena& arena, const Capsule& capsule, std::string_view name) {
  Result<std::span<const std::byte>> bytes = make_shim(arena, capsule, name);
  if (!bytes) return std::unexpected(bytes.error());
  Result<process::ImageFile> file = process::ImageFile::make(arena, name, Pieces(&*bytes, 1));
  if (!file) return std::unexpected(file.error());
  // Its DT_INIT binds it.
  Result<link_map*> opened = process::open_in(arena, LM_ID_BASE, file->path(), RTLD_LAZY);
  return opened ? Status{} : std::unexpected(opened.error());
}

}  // namespace

Status check_exposed(Arena& arena, const Capsule& capsule) {
  Status status;
  // Another thread may be exposing them.
  process::with_loader_lock(arena, [&] {
    for (std::string_view name : capsule.request().expose) {
      if (has_shim(arena, capsule, name)) continue;
      if (process::in_base(arena, name)) {
        status = fail(Fault::conflict, "cannot be exposed", name,
                      "the program has a library of that name loaded already",
                      "open the capsule before the program loads it, or start the program with "
                      "bulkhead run");
      } else if (auto shim = make_shim(arena, capsule, name); !shim) {
        status = std::unexpected(shim.error());
      }
      if (!status) return;
    }
  });
  return status;
}

Status expose_to_base(Arena& arena, Capsule& capsule) {
  Status status;
  process::with_loader_lock(arena, [&] {
    for (std::string_view name : capsule.request().expose) {
      if (status && !has_shim(arena, capsule, name)) status = load_shim(arena, capsule, name);
    }
  });
  return status;
}

}  // namespace bulkhead::shims
