// Any bytes as an ELF file: read, then everything that a reader gives out is touched.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

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
  }
  if (const GnuHash* gnu = object.symbols.gnu()) {
    touch(gnu->raw);
    touch(std::as_bytes(gnu->bloom));
    touch(std::as_bytes(gnu->buckets));
    touch(std::as_bytes(gnu->chains));
  }
}

void read_everything(std::span<const std::byte> bytes) {
  Arena arena;
  Result<Image> image = Image::of_file(bytes);
  if (!image) return touch(image.error().what);
  for (const Phdr& header : image->program_headers()) {
    touch(image->bytes(header.p_vaddr, header.p_filesz));
    touch(image->bytes_from(header.p_vaddr));
    g_sink = g_sink + static_cast<unsigned>(image->to_vaddr(header.p_vaddr));
  }
  Result<Object> object = Object::read(arena, *image);
  if (!object) return touch(object.error().what);
  touch(object->dynamic.soname());
  touch(object->dynamic.rpath());
  touch(object->dynamic.runpath());
  object->dynamic.for_each_needed([](std::string_view name) { touch(name); });
  for (const VersionDefinition& definition : object->versions.definitions()) touch(definition.name);
  for (const VersionNeed& need : object->versions.needs()) touch(need.file), touch(need.name);
  g_sink = g_sink + object->versions.defines("GLIBC_2.2.5");
  touch_symbols(*object);
  touch_relocations(*object);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A block of its own size: aligned for us, and its end is guarded.
  std::unique_ptr<void, decltype(&std::free)> copy(std::malloc(size), &std::free);
  if (size != 0) std::memcpy(copy.get(), data, size);
  read_everything({static_cast<const std::byte*>(copy.get()), size});
  return 0;
}
