#include "sharing/supplement.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "elf/glibc.h"
#include "plan/rules_of_thumb.h"
#include "process/loader.h"

namespace bulkhead::sharing {

using capsule::Capsule;
using capsule::Mirrored;

namespace {

constexpr std::string_view kCompat = "libbulkhead-compat.so.0";
constexpr std::string_view kCompatMath = "libbulkhead-compat-m.so.0";

const Mirrored* find(std::span<const Mirrored> mirrored, std::string_view name) {
  for (const Mirrored& mirror : mirrored) {
    if (mirror.name == name) return &mirror;
  }
  return nullptr;
}

bool defines(const Mirrored& mirror, std::string_view version) {
  for (const elf::VersionDefinition& definition : mirror.versions) {
    if (definition.name == version) return true;
  }
  return false;
}

void note_needs(Arena& arena, std::string_view path, const elf::Image& image,
                const elf::Dynamic& dynamic, std::span<const Mirrored> mirrored,
                Supplement& supplement) {
  elf::Dynamic requirements = dynamic;
  requirements.versym = 0;  // the requirements alone
  requirements.verdef = 0;
  Result<elf::Versions> versions = elf::Versions::read_names(arena, image, requirements);
  if (!versions) return;  // ld.so will say what is wrong with it
  for (const elf::VersionNeed& version : versions->needs()) {
    const Mirrored* mirror = find(mirrored, version.file);
    if (mirror == nullptr || defines(*mirror, version.name)) continue;
    if (mirror->name == elf::kLibgcc) {
      supplement.libgcc = true;
    } else if (mirror->name == "libm.so.6" || mirror->name == "libmvec.so.1") {
      supplement.math = true;
    } else if (plan::is_glibc_family(mirror->name)) {
      supplement.libc = true;
    } else {
      continue;
    }
    debug(Topic::compat,
          {path, " needs ", version.name, " of ", mirror->name, ", which the program's lacks"});
  }
}

}  // namespace

void TreesLibgcc::find(Arena& arena, resolve::Searcher& searcher) {
  if (found_) return;
  Result<resolve::Found> found = searcher.find(elf::kLibgcc, {});
  if (!found) return;
  elf::Dynamic definitions = found->dynamic;
  definitions.versym = 0;  // the definitions alone
  definitions.verneed = 0;
  Result<elf::Versions> versions = elf::Versions::read_names(arena, found->image, definitions);
  if (!versions) return;
  for (const elf::VersionDefinition& version : versions->definitions()) {
    if ((version.flags & VER_FLG_BASE) == 0) versions_.push_back(version.name);
  }
  found->file.fd = Fd();  // the mapping stays; constructors must not find a descriptor of ours
  found_ = static_cast<resolve::Found&&>(*found);
}

Supplement supplement_for(Arena& arena, resolve::Searcher& searcher,
                          const resolve::Closure& closure, std::span<const Mirrored> mirrored,
                          TreesLibgcc& libgcc) {
  Supplement supplement;
  for (const resolve::Library& library : closure.libraries()) {
    note_needs(arena, library.host_path, library.image, library.dynamic, mirrored, supplement);
  }
  if (!supplement.libgcc) return supplement;
  libgcc.find(arena, searcher);
  if (libgcc.file() != nullptr) {
    const resolve::Found& file = *libgcc.file();
    note_needs(arena, file.file.host_path, file.image, file.dynamic, mirrored, supplement);
  }
  return supplement;
}

std::span<const std::string_view> standing_apart(Arena& arena, std::span<const Mirrored> mirrored) {
  List<std::string_view> names(arena);
  const Mirrored* libc = find(mirrored, elf::kLibc);
  if (libc == nullptr || defines(*libc, "GLIBC_2.34")) return {};
  for (const plan::MergedLibrary& library : plan::merged_into_libc()) {
    std::string_view name = library.name;
    if (find(mirrored, name) != nullptr) continue;
    // One that this system does not have is not missed before it is called; compat then says so.
    if (process::in_base(arena, name) || process::open_in_base(arena, name)) names.push_back(name);
  }
  return names.view();
}

void add_files(Arena& arena, const Capsule& capsule, const Supplement& supplement,
               const TreesLibgcc& libgcc, List<std::string_view>& needed) {
  if (supplement.libgcc && libgcc.file() != nullptr) {
    needed.push_back(libgcc.file()->file.host_path);
  }
  std::string_view directory = capsule.runtime_directory();
  if (supplement.libc) needed.push_back(process::private_library(arena, directory, kCompat));
  if (supplement.math) needed.push_back(process::private_library(arena, directory, kCompatMath));
}

}  // namespace bulkhead::sharing
