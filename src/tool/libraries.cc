#include "tool/libraries.h"

#include <sys/auxv.h>

#include "base/lock.h"
#include "base/text.h"
#include "capsule/registered.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/program.h"
#include "process/questions.h"
#include "tool/everlasting.h"

namespace bulkhead::tool {
namespace {

// A library that comes and goes a thousand times has one name.
struct Names {
  Lock lock;
  Arena arena;
  List<std::string_view> all{arena};

  std::string_view keep(std::string_view name) {
    Locked locked(lock);
    for (std::string_view each : all) {
      if (each == name) return each;
    }
    std::string_view copy = arena.copy(name);
    all.push_back(copy);
    return copy;
  }
};

// Guard: its own lock.
constinit Everlasting<Names> g_names;

Extent extent_of(elf::Addr bias, std::span<const elf::Phdr> headers) {
  Extent extent{~elf::Addr{0}, 0};
  for (const elf::Phdr& header : headers) {
    if (header.p_type != PT_LOAD) continue;
    elf::Addr begin = bias + header.p_vaddr;
    if (begin < extent.begin) extent.begin = begin;
    if (begin + header.p_memsz > extent.end) extent.end = begin + header.p_memsz;
  }
  return extent.end == 0 ? Extent{} : extent;
}

void add(link_map* map, const capsule::Capsule* capsule, List<Library>& to) {
  bool generated = process::is_image_path(process::name_of(map));
  if (generated && capsule != nullptr) return;
  Result<elf::Image> image = process::image_of(map);
  if (!image) return;
  Extent extent = extent_of(process::bias_of(map), image->program_headers());
  if (extent.begin <= extent_of_vdso().begin && extent_of_vdso().begin < extent.end) return;
  bool program = capsule == nullptr && *process::name_of(map) == '\0';
  std::string_view path =
      program ? process::program_file() : std::string_view{process::name_of(map)};
  std::string_view soname = process::soname_of(map);
  // Every image has a path of its own, which nobody is told.
  path = keep_name(generated ? std::string_view{} : path);
  to.push_back(
      {map, extent.begin, extent.end, path, keep_name(soname), capsule, generated, program});
}

}  // namespace

std::string_view Library::name() const {
  if (executable) return {};
  return soname.empty() ? file_name_of(path) : soname;
}

std::string_view keep_name(std::string_view name) { return g_names.get().keep(name); }

Extent extent_of_vdso() {
  static elf::Addr known = 0;  // its end. Guard: atomic
  elf::Addr header = ::getauxval(AT_SYSINFO_EHDR);
  elf::Addr end = __atomic_load_n(&known, __ATOMIC_RELAXED);
  if (header == 0) return {};
  if (end != 0) return {header, end};
  const auto* file = reinterpret_cast<const ElfW(Ehdr)*>(header);
  const auto* headers = reinterpret_cast<const elf::Phdr*>(header + file->e_phoff);
  for (std::size_t i = 0; i < file->e_phnum; ++i) {
    // Linked for 0 or, on old kernels, for another address: its ELF header is what lies there.
    if (headers[i].p_type != PT_LOAD) continue;
    end = header + headers[i].p_memsz;
  }
  __atomic_store_n(&known, end, __ATOMIC_RELAXED);
  return end != 0 ? Extent{header, end} : Extent{};
}

List<Library> loaded_libraries(Arena& arena, bool with_capsules) {
  List<Library> libraries(arena);
  for (link_map* map = process::program(); map != nullptr; map = process::next_of(map)) {
    add(map, nullptr, libraries);
  }
  if (!with_capsules) return libraries;
  capsule::find_roots();  // a tool's constructor runs while its capsule is opened
  for (const capsule::Capsule* capsule : capsule::registered_capsules()) {
    if (capsule->is_native()) continue;
    link_map* root = capsule->space().root();
    for (link_map* map = process::first_of(root); map != nullptr; map = process::next_of(map)) {
      add(map, capsule, libraries);
    }
  }
  return libraries;
}

std::size_t count_in_base() {
  Arena arena;
  std::size_t count = 0;
  for (const process::BaseObject& object : process::base_objects(arena)) {
    if (!process::is_image_path(object.name)) ++count;
  }
  return count;
}

}  // namespace bulkhead::tool
