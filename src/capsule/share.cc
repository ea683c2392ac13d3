#include "capsule/share.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "capsule/hooks.h"
#include "capsule/phdr_hooks.h"
#include "image/mirror.h"
#include "plan/policy.h"
#include "process/addresses.h"
#include "process/loader.h"
#include "process/modules.h"

namespace bulkhead::capsule {
namespace {

// The versions that compat's symbols stand under: the first after the oldest base we
// support (2.31), up to the newest that compat knows.
constexpr unsigned kFirstCompatVersion = 32;
constexpr unsigned kLastCompatVersion = 43;

// Marker versions say what a dynamic linker can do; no symbol has them. These name
// abilities of every ld.so that has GLIBC_2.36: it ignores the addend of JUMP_SLOT
// relocations, and its TLS descriptors work (before 2.40 their slow path may change
// vector registers). GLIBC_ABI_DT_RELR is never claimed: who lacks it cannot do it.
constexpr std::string_view kHarmlessMarkers[] = {"GLIBC_ABI_DT_X86_64_PLT", "GLIBC_ABI_GNU2_TLS",
                                                 "GLIBC_ABI_GNU_TLS"};

std::span<const std::string_view> missing_versions(Arena& arena, const elf::Versions& versions) {
  List<std::string_view> missing(arena);
  for (unsigned minor = kFirstCompatVersion; minor <= kLastCompatVersion; ++minor) {
    std::string_view name = join(arena, {"GLIBC_2.", decimal(arena, minor)});
    if (!versions.defines(name)) missing.push_back(name);
  }
  if (versions.defines("GLIBC_2.36")) {
    for (std::string_view marker : kHarmlessMarkers) {
      if (!versions.defines(marker)) missing.push_back(marker);
    }
  }
  return missing.view();
}

// The base, read once for all mirrors of an opening.
struct Base {
  List<const elf::Object*> objects;
  List<std::string_view> names;  // what each calls itself
};

Base read_base(Arena& arena) {
  Base base{List<const elf::Object*>(arena), List<std::string_view>(arena)};
  for (const process::BaseObject& loaded : process::base_objects(arena)) {
    Result<elf::Object> object = process::read_object(arena, loaded);
    if (!object) continue;  // ld.so reads it otherwise than we do: nothing of it is known
    base.objects.push_back(arena.create<elf::Object>(*object));
    std::string_view soname = object->dynamic.soname();
    base.names.push_back(soname.empty() ? file_name_of(loaded.name) : soname);
  }
  return base;
}

Result<MirrorImage> build(Arena& arena, const Base& base, std::size_t index,
                          std::string_view name) {
  const elf::Object& library = *base.objects[index];
  Result<std::span<elf::Addr>> addresses =
      process::addresses_of(arena, library, base.objects.view().first(index));
  if (!addresses) return about(addresses.error(), name);
  bool family = plan::is_glibc_family(name);
  if (family) redirect_to_hooks(library, *addresses);
  // Only glibc's names are versioned GLIBC_*; libraries without versions get none.
  std::span<const std::string_view> extra;
  if (family && !library.versions.definitions().empty()) {
    extra = missing_versions(arena, library.versions);
  }
  MirrorImage mirror;
  mirror.name = name;
  mirror.bytes = image::build_mirror(arena, {&library, name, *addresses, extra});
  mirror.versions = library.versions.definitions();
  debug(Topic::image,
        {"mirror of ", name, ": ", decimal(arena, library.symbols.size()), " symbols"});
  return mirror;
}

const elf::Object* find(const Base& base, std::string_view name) {
  for (std::size_t i = 0; i < base.names.size(); ++i) {
    if (base.names[i] == name) return base.objects[i];
  }
  return nullptr;
}

// Since 2.35 unwinders ask ld.so, which knows all namespaces.
void widen_old_unwinder(const Base& base) {
  const elf::Object* libc = find(base, "libc.so.6");
  const elf::Object* libgcc = find(base, "libgcc_s.so.1");
  if (libc == nullptr || libgcc == nullptr || libc->versions.defines("GLIBC_2.35")) return;
  widen_unwinder(*libgcc);
}

}  // namespace

Status build_mirrors(Arena& arena, const Capsule&, std::span<const std::string_view> names,
                     List<MirrorImage>& mirrors) {
  if (names.empty()) return {};
  Base base = read_base(arena);
  for (std::string_view name : names) {
    auto index_of = [&]() -> std::size_t {
      for (std::size_t i = 0; i < base.names.size(); ++i) {
        if (base.names[i] == name) return i;
      }
      return base.names.size();
    };
    std::size_t index = index_of();
    if (index == base.names.size()) {
      Result<link_map*> opened = process::open_in_base(arena, name);
      if (!opened) return std::unexpected(opened.error());
      base = read_base(arena);
      index = index_of();
    }
    if (index == base.names.size()) {
      return fail(Fault::missing, "was loaded in the program but calls itself otherwise", name);
    }
    // The addresses in the mirror outlive what the program does with the library.
    if (!plan::is_glibc_family(name)) process::pin_in_base(arena, name);
    Result<MirrorImage> mirror = build(arena, base, index, name);
    if (!mirror) return std::unexpected(mirror.error());
    mirrors.push_back(*mirror);
  }
  widen_old_unwinder(base);
  return {};
}

}  // namespace bulkhead::capsule
