#include "shims/expose_late.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "elf/object.h"
#include "image/manifest.h"
#include "image/shim.h"
#include "plan/rules_of_thumb.h"
#include "process/libdl.h"
#include "process/loader.h"
#include "process/loader_lock.h"
#include "process/modules.h"
#include "resolve/closure.h"
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

// What a shim brings, as the library would: shared ones, and other shims, breadth first.
std::span<const std::string_view> needs_of(Arena& arena, const Capsule& capsule,
                                           const resolve::Closure& closure) {
  List<std::string_view> names(arena);
  auto add = [&](std::string_view name) {
    if (!plan::contains(names.view(), name)) names.push_back(arena.copy(name));
  };
  auto is_exposed = [&](std::uint32_t library) {
    return plan::contains(capsule.request().expose, closure.libraries()[library].known_as());
  };
  std::span<bool> seen = arena.array<bool>(closure.libraries().size());
  List<std::uint32_t> queue(arena);
  queue.push_back(closure.roots()[0].library);
  seen[queue[0]] = true;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const resolve::Need& need : closure.libraries()[queue[i]].needs) {
      if (need.library == resolve::kNone) {
        if (!need.missing && shares(capsule, need.name)) add(need.name);
      } else if (!seen[need.library]) {
        seen[need.library] = true;
        if (is_exposed(need.library)) {
          add(closure.libraries()[need.library].known_as());
        } else {
          queue.push_back(need.library);
        }
      }
    }
  }
  return names.view();
}

// Its descriptors are closed when it returns: constructors must not find them.
Result<std::span<const std::byte>> make_shim(Arena& arena, const Capsule& capsule,
                                             std::string_view name) {
  Result<resolve::Tree> tree = resolve::Tree::open(arena, capsule.request().tree);
  if (!tree) return std::unexpected(tree.error());
  Result<resolve::Searcher> searcher =
      resolve::Searcher::open(arena, *tree, library_path_of(arena, capsule));
  if (!searcher) return std::unexpected(searcher.error());
  const std::string_view root[] = {file_of(capsule, name)};
  resolve::Boundary boundary{[](void* context, std::string_view needed) {
                               const auto& of = *static_cast<const Capsule*>(context);
                               return shares(of, needed) || has_own(of, needed);
                             },
                             const_cast<Capsule*>(&capsule)};
  Result<resolve::Closure> closure = resolve::Closure::find(arena, *searcher, {root, boundary, {}});
  if (!closure) return std::unexpected(closure.error());
  if (closure->roots()[0].library == resolve::kNone) {
    Result<resolve::Found> found = searcher->find(root[0], {});  // for its message
    return found ? fail(Fault::conflict, "is shared and cannot be exposed", name)
                 : about(found.error(), name);
  }
  const resolve::Library& library = closure->libraries()[closure->roots()[0].library];
  Result<elf::Object> object = elf::Object::read(arena, library.image);
  if (!object) return about(object.error(), arena.copy(library.host_path));
  Result<std::span<const std::byte>> bytes = image::build_shim(
      arena, {&*object, name, capsule.request_bytes(), needs_of(arena, capsule, *closure)});
  if (!bytes) return about(bytes.error(), arena.copy(library.host_path));
  return bytes;
}

// (Inlined, its stack would lie below all that is opened.)
__attribute__((noinline)) Result<process::ImageFile> make_shim_file(Arena& arena,
                                                                    const Capsule& capsule,
                                                                    std::string_view name) {
  Result<std::span<const std::byte>> bytes = make_shim(arena, capsule, name);
  if (!bytes) return std::unexpected(bytes.error());
  return process::ImageFile::make(arena, name, Pieces(&*bytes, 1));
}

// All at once, since they may need each other; `paths` are those of the files before. Their
// DT_INITs bind them.
Status load_shims(Arena& arena, const Capsule& capsule, std::span<const std::string_view> names,
                  List<std::string_view>& paths) {
  if (!names.empty()) {
    Result<process::ImageFile> file = make_shim_file(arena, capsule, names[0]);
    if (!file) return std::unexpected(file.error());
    paths.push_back(file->path());
    return load_shims(arena, capsule, names.subspan(1), paths);
  }
  Result<process::ImageFile> manifest = process::ImageFile::make(
      arena, "bulkhead-manifest", image::build_manifest(arena, {paths.view(), {}, {}}));
  if (!manifest) return std::unexpected(manifest.error());
  Result<link_map*> opened =
      process::open_in(arena, process::own_space(), manifest->path(), RTLD_LAZY);
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
    List<std::string_view> names(arena);
    for (std::string_view name : capsule.request().expose) {
      if (!has_shim(arena, capsule, name)) names.push_back(name);
    }
    List<std::string_view> paths(arena);
    if (!names.empty()) status = load_shims(arena, capsule, names.view(), paths);
  });
  return status;
}

}  // namespace bulkhead::shims
