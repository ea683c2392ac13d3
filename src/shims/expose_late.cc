#include "shims/expose_late.h"

#include <utility>

#include "capsule/registered.h"
#include "elf/object.h"
#include "image/shim.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"
#include "process/loader_lock.h"
#include "process/modules.h"
#include "resolve/closure.h"

namespace bulkhead::shims {

using capsule::Capsule;

namespace {

// What comes with the library: what a shim brings as the library would, shared ones and other
// shims, breadth first; and whether ld.so would refuse to open it by dlopen, for its own sake or
// for that of a private one.
struct Company {
  std::span<const std::string_view> names;
  bool not_for_dlopen = false;
};

Company company_of(Arena& arena, const Capsule& capsule, const resolve::Closure& closure) {
  List<std::string_view> names(arena);
  bool not_for_dlopen = false;
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
    if ((closure.libraries()[queue[i]].dynamic.flags_1 & DF_1_NOOPEN) != 0) not_for_dlopen = true;
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
  return {names.view(), not_for_dlopen};
}

struct Made {
  std::span<const std::byte> bytes;
  std::span<const std::string_view> companions;
};

// Its descriptors are closed when it returns: constructors must not find them.
// (Inlined, its stack would lie below all that is opened.)
__attribute__((noinline)) Result<Made> make_shim(Arena& arena, const Capsule& capsule,
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
  const Company company = company_of(arena, capsule, *closure);
  image::ShimRecipe recipe{&*object, name, capsule.request_bytes(), company.names};
  recipe.not_for_dlopen = company.not_for_dlopen;
  Result<std::span<const std::byte>> bytes = image::build_shim(arena, recipe);
  if (!bytes) return about(bytes.error(), arena.copy(library.host_path));
  return Made{*bytes, company.names};
}

// Another capsule that exposes a library of that name; null if none does.
const Capsule* other_that_exposes(const Capsule& capsule, std::string_view name) {
  for (const Capsule* other : capsule::registered_capsules()) {
    if (other != &capsule && other->exposes_late() &&
        plan::contains(other->request().expose, name)) {
      return other;
    }
  }
  return nullptr;
}

Status check(Arena& arena, const Capsule& capsule, std::string_view name) {
  const char* why = nullptr;
  if (process::in_base(arena, name)) {
    why = "the program has a library of that name loaded already";
  } else if (other_that_exposes(capsule, name) != nullptr) {
    why = "another capsule exposes a library of that name";
  }
  if (why != nullptr) {
    return fail(Fault::conflict, "cannot be exposed", name, why,
                "open the capsule before the program loads it, or start the program with "
                "bulkhead run");
  }
  Result<Made> made = make_shim(arena, capsule, name);
  return made ? Status{} : std::unexpected(made.error());
}

}  // namespace

Status check_exposed(Arena& arena, const Capsule& capsule) {
  Status status;
  // Another thread may be exposing them.
  process::with_loader_lock(arena, [&] {
    if (capsule.exposes_late()) return;
    for (std::string_view name : capsule.request().expose) {
      if (status) status = check(arena, capsule, name);
    }
  });
  return status;
}

Result<LateShim> make_late_shim(Arena& arena, const Capsule& capsule, std::string_view name) {
  Result<Made> made = make_shim(arena, capsule, name);
  if (!made) return std::unexpected(made.error());
  Result<process::ImageFile> file = process::ImageFile::make(arena, name, Pieces(&made->bytes, 1));
  if (!file) return std::unexpected(file.error());
  return LateShim{std::move(*file), made->companions};
}

}  // namespace bulkhead::shims
