#include "sharing/share.h"

#include "arch/machine.h"
#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/hook_entries.h"
#include "elf/glibc.h"
#include "image/mirror.h"
#include "outside/phdr_hooks.h"
#include "plan/rules_of_thumb.h"
#include "process/constructor_call.h"
#include "process/global_scope.h"
#include "process/loader.h"
#include "process/modules.h"
#include "sharing/brought.h"
#include "shims/interposer.h"
#include "shims/thread_locals.h"

namespace bulkhead::sharing {

using capsule::Capsule;

namespace {

std::span<const std::string_view> missing_glibc_versions(Arena& arena,
                                                         const elf::Versions& versions) {
  List<std::string_view> missing(arena);
  for (unsigned minor = plan::kFirstCompatVersion; minor <= plan::kLastCompatVersion; ++minor) {
    std::string_view name = join(arena, {"GLIBC_2.", decimal(arena, minor)});
    if (!versions.defines(name)) missing.push_back(name);
  }
  for (const plan::Mark& mark : plan::marks()) {
    bool claimed = mark.always || versions.defines("GLIBC_2.36");
    if (claimed && !versions.defines(mark.version)) missing.push_back(mark.version);
  }
  return missing.view();
}

std::span<const std::string_view> missing_versions(Arena& arena, const elf::Versions& versions,
                                                   std::span<const std::string_view> of_tree) {
  List<std::string_view> missing(arena);
  for (std::string_view name : of_tree) {
    if (!versions.defines(name)) missing.push_back(name);
  }
  return missing.view();
}

Result<MirrorImage> build(Arena& arena, const Capsule& capsule, process::BaseView& base,
                          std::size_t index, std::string_view name, const TreesLibgcc& libgcc) {
  const elf::Object& library = *base.objects()[index];
  Result<image::AbsoluteSymbols> symbols =
      shims::addresses_behind_tool(arena, capsule, base, index);
  if (!symbols) return about(symbols.error(), name);
  bool family = plan::is_glibc_family(name);
  if (family) redirect_to_hooks(capsule, library, *symbols);
  // Only glibc's names are versioned GLIBC_*; libraries without versions get none.
  std::span<const std::string_view> extra;
  if (family && !library.versions.definitions().empty()) {
    extra = missing_glibc_versions(arena, library.versions);
  } else if (name == elf::kLibgcc) {
    extra = missing_versions(arena, library.versions, libgcc.versions());
  }
  MirrorImage mirror;
  mirror.name = name;
  mirror.library = &library;
  // Of glibc's own only glibc makes use.
  if (!family) mirror.tls_places = shims::tls_places_of(arena, library, library_of(name));
  // Instead of an image for it: an isolated capsule begins with a mirror that needs nothing and may
  // be the last in lookup, as what it stands for is natively.
  mirror.has_constructor =
      capsule.isolation() != nullptr && !capsule.space().is_open() && name == arch::Native::kLoader;
  elf::Addr constructor = mirror.has_constructor ? process::ConstructorCall::entry() : 0;
  mirror.bytes =
      image::build_mirror(arena, {&library, name, *symbols, mirror.tls_places, extra,
                                  needs_of_mirror(arena, capsule, base, name), constructor});
  mirror.versions = library.versions.definitions();
  debug(Topic::image,
        {"mirror of ", name, ": ", decimal(arena, library.symbols.size()), " symbols"});
  return mirror;
}

// Since 2.35 unwinders ask ld.so, which knows all namespaces.
void widen_old_unwinder(process::BaseView& base) {
  if (const elf::Object* libgcc = base.find(elf::kLibgcc)) outside::widen_unwinder(*libgcc);
}

}  // namespace

Status build_mirrors(Arena& arena, const Capsule& capsule, process::BaseView& base,
                     std::span<const std::string_view> names, const TreesLibgcc& libgcc,
                     List<MirrorImage>& mirrors) {
  for (std::string_view name : names) {
    Result<std::size_t> index = load_shared(arena, capsule, base, library_of(name));
    if (!index) return std::unexpected(index.error());
    // The addresses in the mirror outlive what the program does with the library. (What it begins
    // with stays.)
    if (!plan::is_glibc_family(name) && *index >= process::program_scope_size(arena, base)) {
      const link_map* library = process::find_loaded(process::program(), library_of(name));
      if (library != nullptr) process::keep_in_base(library);
    }
    Result<MirrorImage> mirror = build(arena, capsule, base, *index, name, libgcc);
    if (!mirror) return std::unexpected(mirror.error());
    mirrors.push_back(*mirror);
  }
  if (!capsule.ld_so().finds_objects) widen_old_unwinder(base);
  return {};
}
}  // namespace bulkhead::sharing
