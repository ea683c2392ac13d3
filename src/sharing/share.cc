#include "sharing/share.h"

#include <algorithm>

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
#include "shims/refusal.h"
#include "shims/shim.h"
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

// Whether ld.so has come to the last object of the dlopen that is under way, so that nothing is
// left that may not be found.
bool is_all_relocated(Arena& arena, process::BaseView& base) {
  List<const elf::Object*> shims(arena);
  for (const handoff::ShimHeader* shim : shims::find_all_shims(arena)) {
    if (!shims::is_relocated(*shim)) return false;
    shims.push_back(base.with_bias(shims::LoadedShim(*shim).image()));
  }
  const std::size_t scope = process::program_scope_size(arena, base);
  return std::ranges::all_of(base.objects().subspan(scope), [&](const elf::Object* each) {
    return std::ranges::find(shims, each) != shims.end() ||
           shims::is_relocated(each->image, each->dynamic);
  });
}

// Whether any of the shims needs the library, or needs what needs it.
bool is_needed_by(Arena& arena, process::BaseView& base,
                  std::span<const handoff::ShimHeader* const> shims, const elf::Object* library) {
  List<const elf::Object*> seen(arena);
  for (const handoff::ShimHeader* shim : shims) {
    if (const elf::Object* object = base.with_bias(shims::LoadedShim(*shim).image()))
      seen.push_back(object);
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] == library) return true;
    const elf::Object* const user = seen[i];  // the list moves when it grows
    user->dynamic.for_each_needed([&](std::string_view name) {
      const elf::Object* needed = plan::is_always_shared(name) ? nullptr : base.find_needed(name);
      if (needed != nullptr && std::ranges::find(seen, needed) == seen.end())
        seen.push_back(needed);
    });
  }
  return false;
}

// The addresses in a mirror outlive what the program does with the library. What it begins with
// stays. What comes with shims that cannot fail any more stays with them, and its constructors
// have not run: a dlopen of it would have ld.so call them now.
bool has_to_be_pinned(Arena& arena, process::BaseView& base, std::string_view mirror,
                      std::size_t index, std::span<const handoff::ShimHeader* const> relocating) {
  if (plan::is_glibc_family(mirror)) return false;
  if (index < process::program_scope_size(arena, base)) return false;
  return relocating.empty() || !is_needed_by(arena, base, relocating, base.objects()[index]) ||
         !is_all_relocated(arena, base);
}

// Since 2.35 unwinders ask ld.so, which knows all namespaces.
void widen_old_unwinder(process::BaseView& base) {
  if (const elf::Object* libgcc = base.find(elf::kLibgcc)) outside::widen_unwinder(*libgcc);
}

}  // namespace

Status build_mirrors(Arena& arena, const Capsule& capsule, process::BaseView& base,
                     std::span<const std::string_view> names, const TreesLibgcc& libgcc,
                     List<MirrorImage>& mirrors,
                     std::span<const handoff::ShimHeader* const> relocating) {
  for (std::string_view name : names) {
    Result<std::size_t> index = load_shared(arena, capsule, base, library_of(name));
    if (!index) return std::unexpected(index.error());
    if (has_to_be_pinned(arena, base, name, *index, relocating))
      process::pin_in_base(arena, library_of(name));
    Result<MirrorImage> mirror = build(arena, capsule, base, *index, name, libgcc);
    if (!mirror) return std::unexpected(mirror.error());
    mirrors.push_back(*mirror);
  }
  if (!capsule.ld_so().finds_objects) widen_old_unwinder(base);
  return {};
}

}  // namespace bulkhead::sharing
