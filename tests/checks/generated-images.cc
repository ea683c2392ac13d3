// Writes one of each image that bulkhead generates into a directory, for the check of the same
// name: with inputs that depend neither on this system nor on its compiler.
//
// usage: generated-images DIRECTORY
#include <sys/stat.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "arch/machine.h"
#include "elf_specimen.h"
#include "image/absolutes.h"
#include "image/manifest.h"
#include "image/mirror.h"
#include "image/observer.h"
#include "image/probe.h"
#include "image/shim.h"
#include "image/tls_block.h"
#include "image/tls_probe.h"
#include "image/trampolines.h"

namespace {

namespace fs = std::filesystem;
using namespace bulkhead;
using bulkhead::elf::Addr;
using bulkhead::elf::Specimen;

[[noreturn]] void stop(const std::string& why) {
  std::fprintf(stderr, "generated-images: %s\n", why.c_str());
  std::exit(1);
}

template <class T>
T need(Result<T> result, const char* what) {
  if (!result) stop(std::string(what) + ": " + std::string(result.error().what));
  return *std::move(result);
}

class Writer {
 public:
  explicit Writer(fs::path directory) : directory_(std::move(directory)) {}

  void write(const std::string& name, Pieces pieces) const {
    fs::create_directories((directory_ / name).parent_path());
    std::ofstream file(directory_ / name, std::ios::binary);
    for (std::span<const std::byte> piece : pieces) {
      file.write(reinterpret_cast<const char*>(piece.data()),
                 static_cast<std::streamsize>(piece.size()));
    }
    if (!file.flush()) stop(name + ": cannot be written");
  }
  void write(const std::string& name, std::span<const std::byte> bytes) const {
    write(name, Pieces(&bytes, 1));
  }

 private:
  fs::path directory_;
};

// An address for every exported symbol but each `without`th.
image::AbsoluteSymbols symbols_of(Arena& arena, const elf::Object& library, std::size_t without) {
  image::AbsoluteSymbols symbols(arena, library.symbols.symbols());
  const elf::GnuHash* hash = library.symbols.gnu();
  for (elf::SymbolIndex i : library.symbols.indices(hash != nullptr ? hash->symbol_offset : 1)) {
    bool has_one = elf::is_exported(library.symbols[i]) && i % without != 0;
    symbols.set(i, has_one ? 0x400000 + 16 * i : 0);
  }
  return symbols;
}

void write_mirrors(const Writer& writer, Arena& arena, const std::string& kind,
                   const elf::Object& library) {
  image::AbsoluteSymbols symbols = symbols_of(arena, library, 4);
  image::MirrorRecipe recipe = {&library, "libspec.so.1", symbols, {}, {}};
  writer.write("mirror-" + kind, image::build_mirror(arena, recipe));
  constexpr std::string_view kExtra[] = {"SPEC_3", "SPEC_4"};
  recipe.extra_versions = kExtra;
  recipe.constructor = 0x123450;
  writer.write("mirror-" + kind + "-with-versions-and-constructor", build_mirror(arena, recipe));
  std::vector<Addr> places(library.symbols.size());
  for (elf::SymbolIndex i : library.symbols.indices()) {
    if (elf::symbol_type(library.symbols[i]) == STT_TLS) places[i] = ~Addr{63};
  }
  recipe.tls_places = places;
  writer.write("mirror-" + kind + "-with-thread-locals", build_mirror(arena, recipe));
  image::Twins twins = image::build_twins(arena, library, symbols_of(arena, library, 4),
                                          "libspec.so", "libspec.so.twin");
  writer.write("twin-first-" + kind, twins.first);
  writer.write("twin-second-" + kind, twins.second);
}

void write_shims(const Writer& writer, Arena& arena, const std::string& kind,
                 const elf::Object& library) {
  image::ShimRecipe recipe = {&library, "libspec.so.1", "tree=/somewhere\0expose=libspec.so.1\0"};
  auto write = [&](const std::string& name) {
    writer.write(name, need(image::build_shim(arena, recipe), name.c_str()));
  };
  write("shim-" + kind);
  constexpr std::string_view kCompanions[] = {"libbulkhead-compat.so.0", "libdl.so.2"};
  recipe.companions = kCompanions;
  write("shim-" + kind + "-with-companions");
  recipe.interposes = true;
  write("interposer-" + kind);
}

void write_small_images(const Writer& writer, Arena& arena) {
  constexpr std::string_view kNeeded[] = {"/somewhere/libone.so.1", "libtwo.so.2"};
  constexpr Addr kEndings[] = {0x1000, 0x2000};
  writer.write("manifest", image::build_manifest(arena, {kNeeded, "/somewhere:/else", {}, {}}));
  writer.write("alias", image::build_manifest(arena, {kNeeded, {}, "libalias.so", {}}));
  writer.write("endings", image::build_manifest(arena, {kNeeded, {}, {}, kEndings}));
  writer.write("constructor", image::build_constructor(arena, 0x123450));

  constexpr image::Question kQuestions[] = {
      {"alpha", "SPEC_1"}, {"alpha", "SPEC_2"}, {"beta", "SPEC_1"}, {"gamma", ""}};
  const std::span<const image::Question> all = kQuestions;
  using arch::Native;
  auto write_probe = [&](const char* name, std::span<const image::Question> questions,
                         std::uint32_t relocation, Addr resolver) {
    writer.write(name,
                 image::build_probe(arena, "libspec.so.1", questions, relocation, resolver).bytes);
  };
  write_probe("probe", all, Native::kGlobDat, 0);
  write_probe("probe-without-versions", all.last(1), Native::kGlobDat, 0);
  write_probe("probe-of-thread-locals", all.first(2), Native::kTlsPlace, 0);
  write_probe("probe-that-needs-the-library", all, Native::kGlobDat, 0x123450);
  writer.write("observer", image::build_observer(arena, std::span(kNeeded).first(1), 0x123450));
  writer.write("tls-probe", image::build_tls_probe(arena, 4096));

  constexpr image::Absolute kObjects[] = {{"environ", 0x601040, 8}, {"stdout", 0x601080, 8}};
  writer.write("absolutes", image::build_absolutes(arena, "libabsolutes.so", kObjects));
  constexpr image::Trampoline kTrampolines[] = {{"open", 0x7fff12345678}, {"close", 0x1000}};
  writer.write("trampolines", image::build_trampolines(arena, "libtrampolines.so", kTrampolines));
}

// A library that replaces malloc, and a few things that interposers treat otherwise.
Pieces allocator(Arena& arena) {
  constexpr image::Trampoline kFunctions[] = {{"malloc", 1},
                                              {"free", 2},
                                              {"realloc", 3},
                                              {"calloc", 4},
                                              {"malloc_usable_size", 5},
                                              {"_ZdlPv", 6},
                                              {"_Znwm", 7},
                                              {"open", 8},
                                              {"_ZNSt6vectorIiSaIiEE9push_backERKi", 9}};
  return image::build_trampolines(arena, "libspec.so.1", kFunctions);
}

void write_all(const Writer& writer) {
  Arena arena;
  Specimen specimen;
  elf::Object gnu = need(specimen.read(arena), "the specimen");
  Specimen sysv_specimen;
  sysv_specimen.remove(DT_GNU_HASH);
  elf::Object sysv = need(sysv_specimen.read(arena), "the specimen with DT_HASH");
  Specimen unversioned_specimen;
  for (Addr tag : {DT_VERSYM, DT_VERDEF, DT_VERNEED}) unversioned_specimen.remove(tag);
  elf::Object unversioned = need(unversioned_specimen.read(arena), "the specimen without versions");
  const std::pair<const char*, const elf::Object*> kinds[] = {
      {"gnu", &gnu}, {"sysv", &sysv}, {"unversioned", &unversioned}};
  for (const auto& [kind, library] : kinds) {
    write_mirrors(writer, arena, kind, *library);
    write_shims(writer, arena, kind, *library);
  }
  std::vector<std::byte> tool;
  for (std::span<const std::byte> piece : allocator(arena)) {
    tool.insert(tool.end(), piece.begin(), piece.end());
  }
  elf::Object allocator = need(
      elf::Object::read(arena, need(elf::Image::of_file(tool), "the allocator")), "the allocator");
  write_shims(writer, arena, "allocator", allocator);
  write_small_images(writer, arena);
  // For `bulkhead shim`, which reads files, in a tree where nobody defines what it imports.
  for (Addr tag : {DT_NEEDED, DT_VERNEED}) specimen.remove(tag);
  specimen.symbols[1].st_info = elf::make_symbol_info(STB_WEAK, STT_FUNC);
  writer.write("tree/usr/lib/libspec.so.1", specimen.bytes());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) stop("usage: generated-images DIRECTORY");
  write_all(Writer(argv[1]));
}
