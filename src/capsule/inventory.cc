#include "capsule/inventory.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/registered.h"
#include "image/manifest.h"
#include "process/loader.h"
#include "process/loader_lock.h"
#include "process/modules.h"
#include "process/questions.h"

namespace bulkhead::capsule {
namespace {

// A library that has gone stays listed in the base as what it was: mirrors keep theirs.
const link_map* in_base(std::string_view name) {
  for (const link_map* each = process::program(); each != nullptr; each = process::next_of(each)) {
    std::string_view soname = process::soname_of(each);
    if (name == (soname.empty() ? file_name_of(process::name_of(each)) : soname)) return each;
  }
  return nullptr;
}

// What the counters of ever loaded and unloaded objects are, which are those of all namespaces.
dl_phdr_info counters() {
  dl_phdr_info first = {};
  process::iterate_objects(
      [](dl_phdr_info* info, std::size_t, void* to) {
        *static_cast<dl_phdr_info*>(to) = *info;
        return 1;
      },
      &first);
  return first;
}

struct Iteration {
  Arena& arena;
  Lmid_t space;
  PhdrCallback callback;
  void* data;
  Result<int> result;
};

int visit_from(const link_map* first, const Iteration& iteration) {
  dl_phdr_info info = counters();
  for (const link_map* each = first; each != nullptr; each = process::next_of(each)) {
    if (process::is_image_path(process::name_of(each))) continue;
    std::span<const elf::Phdr> headers = process::headers_of(each);
    if (headers.empty()) continue;
    info.dlpi_addr = process::bias_of(each);
    info.dlpi_name = process::name_of(each);
    info.dlpi_phdr = headers.data();
    info.dlpi_phnum = static_cast<elf::Half>(headers.size());
    const process::ThreadLocals locals = process::thread_locals_of(each);
    info.dlpi_tls_modid = locals.module;
    info.dlpi_tls_data = locals.block;
    if (int result = iteration.callback(&info, sizeof info, iteration.data)) return result;
  }
  return 0;
}

void iterate(Iteration& iteration) {
  for (const Capsule* capsule : registered_capsules()) {
    if (!capsule->space().is_open() || capsule->space().id() != iteration.space) continue;
    iteration.result = visit_from(process::first_of(capsule->space().root()), iteration);
    return;
  }
  // Somebody else's: one that is in it tells where the others are.
  Result<process::ImageFile> file = process::ImageFile::make(
      iteration.arena, "bulkhead-manifest", image::build_manifest(iteration.arena, {}));
  if (!file) {
    iteration.result = std::unexpected(file.error());
    return;
  }
  Result<link_map*> guest =
      process::open_in(iteration.arena, iteration.space, file->path(), RTLD_LAZY);
  if (!guest) {
    iteration.result = std::unexpected(guest.error());
    return;
  }
  iteration.result = visit_from(process::first_of(*guest), iteration);
  process::close(*guest);
}

}  // namespace

int for_each_library(Arena& arena, const Capsule& capsule, int (*visit)(const Item&, void*),
                     void* data) {
  int result = 0;
  process::with_loader_lock(arena, [&] {
    link_map* each = process::first_of(capsule.space().root());
    for (; each != nullptr && result == 0; each = process::next_of(each)) {
      std::string_view soname = process::soname_of(each);
      Item item{each, each, soname.empty() ? file_name_of(process::name_of(each)) : soname, false};
      if (process::is_image_path(process::name_of(each))) {
        item.library = soname.empty() ? nullptr : in_base(soname);
        item.shared = true;
        if (item.library == nullptr) continue;  // a manifest
      }
      result = visit(item, data);
    }
  });
  return result;
}

Result<int> iterate_over_namespace(Arena& arena, Lmid_t space, PhdrCallback callback, void* data) {
  if (space == LM_ID_BASE) return process::iterate_objects(callback, data);
  // ld.so would make one of LM_ID_NEWLM, and takes -2 for the caller's own.
  if (space < LM_ID_BASE) return fail(Fault::missing, "there is no such namespace");
  Iteration iteration{arena, space, callback, data, 0};
  process::with_loader_lock(arena, [&] { iterate(iteration); });
  return iteration.result;
}

}  // namespace bulkhead::capsule
