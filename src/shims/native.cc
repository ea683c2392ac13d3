#include "shims/native.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/native_file.h"
#include "image/manifest.h"
#include "plan/rules_of_thumb.h"
#include "process/constructor_call.h"
#include "process/libdl.h"
#include "process/loader.h"
#include "process/modules.h"
#include "resolve/search.h"
#include "shims/bind.h"
#include "shims/settle.h"
#include "shims/shim.h"

namespace bulkhead::shims {

using capsule::Capsule;
using capsule::find_native;
using capsule::NativeFile;

namespace {

using handoff::ShimHeader;
using resolve::Searcher;

struct Binding {
  Arena& arena;
  Capsule& capsule;
  const ShimHeader& shim;
  std::string_view path, manifest;
  bool settle;
  Status result = fail(Fault::system, "was not opened");
};

// Under ld.so's lock, before constructors of the library run.
void bind_to_loaded(void* context) {
  auto& binding = *static_cast<Binding*>(context);
  link_map* base = loaded_shim(binding.shim);
  link_map* native = process::find_loaded(base, binding.path);
  if (native == nullptr) {
    // The file is loaded under another name, and so initialised.
    Result<link_map*> opened = process::open_in_base(binding.arena, binding.path);
    if (!opened) {
      binding.result = std::unexpected(opened.error());
      return;
    }
    native = *opened;
  }
  process::BaseView view(binding.arena);
  binding.result = bind_shim(binding.arena, binding.capsule, binding.shim, native, view);
  if (!binding.result) return;
  if (binding.settle) {
    settle_shims(binding.arena, binding.capsule, view, {});
  } else {
    settle_shims_in(binding.arena, binding.capsule, view,
                    process::find_loaded(base, binding.manifest));
  }
}

// A library and the exposed ones that it needs: each once, the library first.
struct Needed {
  std::string_view name;
  std::string_view path;
  const Searcher::PathOwner* asker;  // null: not known
};

Status collect(Arena& arena, const Capsule& capsule, std::string_view name,
               std::string_view library_path, const Searcher::PathOwner* asker,
               List<Needed>& list) {
  Result<NativeFile> file = find_native(arena, name, library_path, asker);
  if (!file) return std::unexpected(file.error());
  list.push_back({name, file->path, asker});
  const auto* owner = arena.create<Searcher::PathOwner>(file->owner);
  for (std::string_view each : file->needed) {
    bool known = !plan::contains(capsule.request().expose, each);
    for (const Needed& other : list) known = known || other.name == each;
    // What this system lacks ld.so will miss, or somebody's call.
    if (!known) static_cast<void>(collect(arena, capsule, each, library_path, owner, list));
  }
  return {};
}

Status open_and_bind(Arena& arena, Capsule& capsule, const ShimHeader& shim,
                     std::span<const Needed> list, bool settle) {
  Result<process::ImageFile> constructor =
      process::ImageFile::make(arena, "bulkhead-constructor",
                               image::build_constructor(arena, process::ConstructorCall::entry()));
  if (!constructor) return std::unexpected(constructor.error());
  // All in one scope: a library that uses thread-local variables of another may need that one's
  // own, before its shim leads there.
  List<std::string_view> paths(arena);
  for (const Needed& each : list) paths.push_back(each.path);
  // What is listed last is initialised first: see opening/tlsdesc.h.
  paths.push_back(constructor->path());
  Result<process::ImageFile> manifest = process::ImageFile::make(
      arena, "bulkhead-manifest", image::build_manifest(arena, {paths.view(), {}, {}}));
  if (!manifest) return std::unexpected(manifest.error());
  Binding binding{arena, capsule, shim, paths[0], manifest->path(), settle};
  process::ConstructorCall call(&bind_to_loaded, &binding);
  Result<link_map*> opened =
      process::open_in(arena, process::own_space(), manifest->path(), RTLD_LAZY);
  if (!opened) return about(opened.error(), paths[0]);
  if (!call.done()) bind_to_loaded(&binding);
  return binding.result;
}

Status bind_after_needed(Arena& arena, Capsule& capsule, const ShimHeader& shim,
                         const NativeSearch& search, const Searcher::PathOwner* asker,
                         List<const ShimHeader*>& begun) {
  for (const ShimHeader* each : begun) {
    if (each == &shim) return {};
  }
  begun.push_back(&shim);
  List<Needed> list(arena);
  Status collected = collect(arena, capsule, soname_of(shim), search.library_path, asker, list);
  if (!collected) return collected;
  for (const ShimHeader* other : find_shims(arena, capsule.request_bytes())) {
    const Needed* found = nullptr;
    for (const Needed& each : list) {
      if (each.name == soname_of(*other)) found = &each;
    }
    if (found == nullptr || is_bound(*other)) continue;
    Status bound = bind_after_needed(arena, capsule, *other, search, found->asker, begun);
    if (!bound) return bound;
  }
  if (is_bound(shim)) return {};  // by a constructor that called it
  return open_and_bind(arena, capsule, shim, list.view(), search.settle);
}

}  // namespace

Status bind_natively(Arena& arena, Capsule& capsule, const ShimHeader& shim,
                     const NativeSearch& search) {
  List<const ShimHeader*> begun(arena);
  return bind_after_needed(arena, capsule, shim, search, nullptr, begun);
}

bool is_needed_by_shims_alone(const ShimHeader& shim) {
  const std::string_view name = file_name_of(soname_of(shim));
  bool by_shims = false, by_others = false;
  process::for_each_base_object([&](const process::BaseObject& object) {
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (!image) return false;
    Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
    if (!dynamic) return false;
    dynamic->for_each_needed([&](std::string_view needed) {
      if (needed == name) (shim_in(object) != nullptr ? by_shims : by_others) = true;
    });
    return by_others;
  });
  return by_shims && !by_others;
}

}  // namespace bulkhead::shims
