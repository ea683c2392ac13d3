// Any bytes as a library: shims, interposers and mirrors are made from it, and read back. What is
// exported there is found here under the same name and version, and everything lies inside the
// image.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <source_location>
#include <vector>

#include "elf/object.h"
#include "elf/relocs.h"
#include "handoff/handoff.h"
#include "image/mirror.h"
#include "image/shim.h"

namespace {

using namespace bulkhead;
using namespace bulkhead::elf;

// More symbols than fuzzing has time for: a small file may say that it has a million.
constexpr std::size_t kMostSymbols = 4096;

void expect(bool holds, std::source_location where = std::source_location::current()) {
  if (holds) return;
  std::fprintf(stderr, "line %u does not hold\n", static_cast<unsigned>(where.line()));
  std::abort();
}

// The file, aligned and in memory of its own size.
class File {
 public:
  explicit File(bulkhead::Pieces pieces) {
    for (std::span<const std::byte> piece : pieces) size_ += piece.size();
    memory_.reset(std::malloc(size_ != 0 ? size_ : 1));
    auto* end = static_cast<std::byte*>(memory_.get());
    for (std::span<const std::byte> piece : pieces) {
      if (!piece.empty()) std::memcpy(end, piece.data(), piece.size());
      end += piece.size();
    }
  }
  std::span<const std::byte> bytes() const {
    return {static_cast<const std::byte*>(memory_.get()), size_};
  }

 private:
  std::unique_ptr<void, decltype(&std::free)> memory_{nullptr, &std::free};
  std::size_t size_ = 0;
};

void read_back(bulkhead::Pieces pieces, const Object& source, std::string_view soname, bool all) {
  const File file(pieces);
  Arena arena;
  Result<Image> image = Image::of_file(file.bytes());
  expect(image.has_value());
  Result<Object> made = Object::read(arena, *image);
  // The names of what was read badly are bad.
  if (!made) return;
  expect(made->dynamic.soname() == soname);
  expect(for_each_relocation(made->image, made->dynamic, [&](const Relocation& each) {
           // Zeroed memory lies behind the file.
           expect(each.offset < made->image.end());
           expect(each.symbol == SymbolNumber::none || made->symbols.index(each.symbol));
         }).has_value());
  if (!all) return;
  std::size_t looked_for = 0;
  for (SymbolIndex i : made->symbols.indices()) {
    if (!is_exported(made->symbols[i]) || looked_for++ == 64) continue;
    std::string_view name = made->symbols.name(i);
    // What has no name here has the first string of the table.
    bool known = name.empty() || name == source.dynamic.string(0);
    for (SymbolIndex other : source.symbols.indices())
      known = known || source.symbols.name(other) == name;
    expect(known);
  }
}

void build(const Object& library) {
  Arena arena;
  constexpr std::string_view kCompanions[] = {"libc.so.6"};
  for (bool interposes : {false, true}) {
    const image::ShimRecipe recipe = {.target = &library,
                                      .soname = "libshim.so.1",
                                      .request = "request",
                                      .companions = kCompanions,
                                      .interposes = interposes};
    Result<std::span<const std::byte>> shim = image::build_shim(arena, recipe);
    if (shim) read_back(bulkhead::Pieces(&*shim, 1), library, "libshim.so.1", true);
  }
  const image::AbsoluteSymbols symbols(arena, library.symbols.symbols());
  std::vector<Addr> places(library.symbols.size());
  for (SymbolIndex i : library.symbols.indices()) {
    if (!is_exported(library.symbols[i])) continue;
    if (symbol_type(library.symbols[i]) == STT_TLS) {
      places[i] = 0x1000 + 16 * i;
    } else {
      symbols.set(i, 0x1000 + 16 * i);
    }
  }
  image::MirrorRecipe mirror = {&library, "libmirror.so.1", symbols, {}, {}};
  // The names of a mirror are those of a library that ld.so has loaded.
  read_back(image::build_mirror(arena, mirror), library, "libmirror.so.1", false);
  constexpr std::string_view kExtra[] = {"EXTRA_1", "EXTRA_2"};
  mirror.tls_places = places;
  mirror.extra_versions = kExtra;
  mirror.constructor = 0x123450;
  read_back(image::build_mirror(arena, mirror), library, "libmirror.so.1", false);
  const image::Twins twins = image::build_twins(arena, library, symbols, "first", "second.so.1");
  read_back(twins.first, library, "first", false);
  read_back(twins.second, library, "second.so.1", true);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::unique_ptr<void, decltype(&std::free)> copy(std::malloc(size != 0 ? size : 1), &std::free);
  if (size != 0) std::memcpy(copy.get(), data, size);
  Arena arena;
  Result<Image> image = Image::of_file({static_cast<const std::byte*>(copy.get()), size});
  if (!image) return 0;
  Result<Object> library = Object::read(arena, *image);
  if (!library || !library->check_names()) return 0;
  if (library->symbols.size() <= kMostSymbols) build(*library);
  return 0;
}
