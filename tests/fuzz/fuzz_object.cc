// Any bytes as an ELF file: read, then everything that a reader gives out is touched. The same as
// ld.so would have mapped the file, since the runtime reads libraries there once more.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "elf/notes.h"
#include "elf/object.h"
#include "elf/relocs.h"

namespace {

using namespace bulkhead;
using namespace bulkhead::elf;

volatile unsigned g_sink;

void touch(std::string_view text) {
  for (char c : text) g_sink = g_sink + static_cast<unsigned char>(c);
}

void touch(std::span<const std::byte> bytes) {
  if (!bytes.empty())
    g_sink = g_sink + static_cast<unsigned>(bytes.front()) + static_cast<unsigned>(bytes.back());
}

void touch_relocations(const Object& object) {
  static_cast<void>(for_each_relocation(object.image, object.dynamic, [&](const Relocation& r) {
    touch(object.image.bytes(r.offset, sizeof(Addr)));
    if (const auto index = object.symbols.index(r.symbol)) {
      touch(object.symbols.name(*index).substr(0, 4));
    }
  }));
  static_cast<void>(for_each_relative(object.image, object.dynamic, [&](Addr where) {
    touch(object.image.bytes(where, sizeof(Addr)));
  }));
}

void touch_symbols(const Object& object) {
  // A damaged table may have very many, all in one chain.
  constexpr std::size_t kLookups = 64;
  for (SymbolIndex i : object.symbols.indices(0)) {
    g_sink = g_sink + is_exported(object.symbols[i]) + object.versions.raw(i);
    if (i >= kLookups) continue;
    std::string_view name = object.symbols.name(i);
    touch(name);
    touch(object.versions.needed_from(i));
    static_cast<void>(object.find(name, object.versions.name(i)));
    static_cast<void>(object.find(name, {}));
    static_cast<void>(object.find_address(name, object.versions.name(i)));
    auto see = [&](SymbolIndex at) {
      g_sink = g_sink + object.versions.raw(at);
      return false;
    };
    static_cast<void>(object.symbols.for_each_named(name, see));
  }
  if (const GnuHash* gnu = object.symbols.gnu()) {
    touch(gnu->raw);
    touch(std::as_bytes(gnu->bloom));
    touch(std::as_bytes(gnu->buckets));
    touch(std::as_bytes(gnu->chains));
  }
}

void read_everything(const Result<Image>& image) {
  Arena arena;
  if (!image) return touch(image.error().what);
  for (const Phdr& header : image->program_headers()) {
    touch(image->bytes(header.p_vaddr, header.p_filesz));
    touch(image->bytes_from(header.p_vaddr));
    g_sink = g_sink + static_cast<unsigned>(image->to_vaddr(header.p_vaddr));
  }
  touch(build_id(*image));
  Result<Object> object = Object::read(arena, *image);
  if (!object) return touch(object.error().what);
  touch(object->dynamic.soname());
  touch(object->dynamic.rpath());
  touch(object->dynamic.runpath());
  object->dynamic.for_each_needed([](std::string_view name) { touch(name); });
  for (const VersionDefinition& definition : object->versions.definitions()) touch(definition.name);
  for (const VersionNeed& need : object->versions.needs()) touch(need.file), touch(need.name);
  g_sink = g_sink + object->versions.defines("GLIBC_2.2.5");
  static_cast<void>(object->check_names());
  touch_symbols(*object);
  touch_relocations(*object);
}

// What ld.so maps of a file, at its addresses from `bias` on.
void map(const Image& file, std::byte* bias) {
  for (const Phdr& header : file.program_headers()) {
    if (header.p_type != PT_LOAD) continue;
    std::span<const std::byte> bytes = file.bytes(header.p_vaddr, header.p_filesz);
    std::byte* to = bias + header.p_vaddr;
    std::memset(to, 0, header.p_memsz);
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  }
}

// Pointers in the dynamic section with the bias, as ld.so leaves them.
void relocate(const Image& file, std::byte* bias) {
  const Phdr* header = file.find_header(PT_DYNAMIC);
  if (header == nullptr || header->p_vaddr % alignof(Dyn) != 0) return;
  if (header->p_vaddr > file.end() || header->p_memsz > file.end() - header->p_vaddr) return;
  const auto entries = reinterpret_cast<Dyn*>(bias + header->p_vaddr);
  for (std::size_t i = 0; i < header->p_memsz / sizeof(Dyn); ++i) {
    switch (entries[i].d_tag) {
      case DT_NULL: return;
      case DT_HASH:
      case DT_GNU_HASH:
      case DT_STRTAB:
      case DT_SYMTAB:
      case DT_RELA:
      case DT_JMPREL:
      case DT_VERSYM: entries[i].d_un.d_ptr += reinterpret_cast<Addr>(bias);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A block of its own size: aligned for us, and its end is guarded.
  std::unique_ptr<void, decltype(&std::free)> copy(std::malloc(size), &std::free);
  if (size != 0) std::memcpy(copy.get(), data, size);
  const Result<Image> file = Image::of_file({static_cast<const std::byte*>(copy.get()), size});
  read_everything(file);
  constexpr std::size_t kMostMapped = 1 << 16;
  if (!file || file->end() > kMostMapped) return 0;
  std::unique_ptr<void, decltype(&std::free)> mapped(std::malloc(file->end()), &std::free);
  auto* bias = static_cast<std::byte*>(mapped.get());
  map(*file, bias);
  relocate(*file, bias);
  read_everything(Image::of_memory(reinterpret_cast<Addr>(bias), file->program_headers()));
  return 0;
}
