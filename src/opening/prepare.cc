#include "opening/prepare.h"

#include <algorithm>

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/registered.h"
#include "elf/glibc.h"
#include "elf/relocs.h"
#include "image/manifest.h"
#include "isolation/isolate.h"
#include "late/calls.h"
#include "opening/tlsdesc.h"
#include "process/constructor_call.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "shims/bind.h"
#include "shims/shim.h"
#include "shims/tool_tls.h"
#include "turns/beginnings.h"
#include "words/packed.h"

namespace bulkhead::opening {

using capsule::Capsule;
using capsule::find_roots;
using capsule::LoaderAbilities;

namespace {

struct Work {
  Arena& arena;
  Capsule& capsule;
  std::string_view manifest;
  const Preparation& preparation;
  Status result;
};

Status relocate(Arena& arena, std::string_view name, const elf::Image& image,
                const elf::Dynamic& dynamic) {
  if (dynamic.relr.size == 0) return {};
  Result<std::size_t> count = words::relocate_packed(image, dynamic);
  if (!count) return about(count.error(), name);
  debug(Topic::bind, {name, ": ", decimal(arena, *count), " packed relocations"});
  return {};
}

Status prepare(Work& work) {
  auto& [arena, capsule, manifest, preparation, result] = work;
  find_roots();
  // ld.so adds objects at the end of a namespace's list, the manifest before what comes with it.
  link_map* first = process::find_loaded(capsule.space().root(), manifest);
  for (const FileCopy& copy : preparation.copies) {
    link_map* object = process::find_loaded(first, copy.image);
    std::string_view path = capsule.contents().kept_path(copy.host_path);
    if (object != nullptr && !path.empty()) process::rename_object(object, path);
  }
  link_map* const scopes[] = {capsule.space().root(), first};
  Result<List<words::TlsStandIn>> mirrors =
      shims::bind_mirrors(arena, first, preparation.thread_locals);
  if (!mirrors) return std::unexpected(mirrors.error());
  bool each = preparation.packed_relocations || preparation.tls_descriptors || !mirrors->empty();
  for (link_map* object = first; each && object != nullptr; object = process::next_of(object)) {
    std::string_view name = process::name_of(object);
    if (process::is_image_path(name)) continue;
    Result<elf::Image> image = process::image_of(object);
    if (!image) return about(image.error(), name);
    Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
    if (!dynamic) return about(dynamic.error(), name);
    if (preparation.packed_relocations) {
      if (Status done = relocate(arena, name, *image, *dynamic); !done) return done;
    }
    words::rebind_thread_locals(*image, mirrors->view());
    if (preparation.tls_descriptors) save_registers(arena, name, *image, *dynamic, scopes);
  }
  if (preparation.own_glibc) {
    process::BaseView read_now(arena);
    process::BaseView& base = preparation.base != nullptr ? *preparation.base : read_now;
    if (Status done = isolation::prepare_isolated(arena, capsule, base, first); !done) return done;
  }
  if (preparation.program_names != nullptr) preparation.program_names->fill(arena, capsule);
  if (!preparation.late.empty()) late::ask_at_first_call(arena, capsule, first, preparation.late);
  if (!preparation.turns.empty()) {
    turns::put_constructors_aside(arena, capsule, first, preparation.turns);
  }
  if (preparation.wakes) {
    turns::take_turns_over(arena, capsule, preparation.opened_for);
    turns::begin_needed(arena, first, !preparation.opened_for.empty());
  }
  if (!preparation.shims.empty()) {
    if (capsule.interposer() != nullptr) shims::give_static_tls(arena, *preparation.base, first);
    Status bound = shims::bind_shims(arena, capsule, preparation.shims, *preparation.base);
    if (!bound) return bound;
  }
  if (preparation.first) turns::begin_first(first);
  return {};
}

// Under ld.so's lock.
void run(void* context) {
  auto* work = static_cast<Work*>(context);
  work->result = prepare(*work);
}

}  // namespace

LoaderAbilities abilities_of_ld_so(process::BaseView& base) {
  const elf::Object* libc = base.find(elf::kLibc);
  // Without one there is nothing to go by; of current ones all are true.
  if (libc == nullptr) return {};
  return {libc->versions.defines("GLIBC_ABI_DT_RELR"), libc->versions.defines("GLIBC_ABI_GNU2_TLS"),
          libc->versions.defines("GLIBC_2.35")};
}

Result<Preparation> preparation_for(Arena& arena, Capsule& capsule,
                                    const resolve::Closure& closure) {
  Preparation preparation;
  if (!capsule.ld_so().packed_relocations) {
    for (const resolve::Library& library : closure.libraries()) {
      if (library.dynamic.relr.size == 0) continue;
      preparation.packed_relocations = true;
      if (!elf::packs_static_tls(library.image, library.dynamic)) continue;
      return fail(Fault::unsupported,
                  "has packed relocations (DT_RELR) of thread-local variables with static TLS, "
                  "which only the dynamic linker of glibc 2.36 and later can do",
                  arena.copy(library.host_path));
    }
  }
  preparation.first = std::ranges::any_of(closure.libraries(), [](const resolve::Library& library) {
    return (library.dynamic.flags_1 & DF_1_INITFIRST) != 0;
  });
  preparation.tls_descriptors = descriptors_lose_registers(capsule, closure);
  if (capsule.isolation() != nullptr) {
    for (const resolve::Library& library : closure.libraries()) {
      bool own = has_own(capsule, library.known_as());
      preparation.own_glibc = preparation.own_glibc || own;
    }
  }
  return preparation;
}

Pieces build_first_constructor(Arena& arena, bool first) {
  return image::build_constructor(arena, process::ConstructorCall::entry(), first);
}

Result<link_map*> open_prepared(Arena& arena, Capsule& capsule, std::string_view manifest, int mode,
                                const Preparation& preparation) {
  Work work{arena, capsule, manifest, preparation, {}};
  process::ConstructorCall call(&run, &work);
  Result<link_map*> opened = process::open_in(arena, capsule.space().id(), manifest, mode);
  if (opened && !work.result) return std::unexpected(work.result.error());
  return opened;
}

link_map* open_by_manifest(Arena& arena, Capsule& capsule, std::string_view path, int mode) {
  Preparation preparation;
  preparation.packed_relocations = !capsule.ld_so().packed_relocations;
  preparation.tls_descriptors = !capsule.ld_so().tls_registers;
  preparation.own_glibc = capsule.isolation() != nullptr;
  if (!preparation.any()) return nullptr;
  Result<process::ImageFile> last = process::ImageFile::make(arena, "bulkhead-constructor",
                                                             build_first_constructor(arena, false));
  if (!last) return nullptr;
  const std::string_view needed[] = {path, last->path()};
  Result<process::ImageFile> manifest = process::ImageFile::make(
      arena, "bulkhead-manifest", image::build_manifest(arena, {needed, {}, {}}));
  if (!manifest) return nullptr;
  Result<link_map*> opened = open_prepared(arena, capsule, manifest->path(), mode, preparation);
  return opened ? *opened : nullptr;
}

}  // namespace bulkhead::opening
