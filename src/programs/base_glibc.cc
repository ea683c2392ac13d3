#include "programs/base_glibc.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/diagnostics.h"
#include "base/fd.h"
#include "base/text.h"
#include "elf/glibc.h"
#include "elf/object.h"
#include "messages/failure.h"
#include "programs/program.h"

namespace bulkhead::programs {
namespace {

using messages::take_or_fail;

// Up to the next character that is none of a number.
unsigned leading_number(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size() && text[size] >= '0' && text[size] <= '9') ++size;
  std::uint64_t number = 0;
  return parse_number(take(text, size), number) ? static_cast<unsigned>(number) : 0;
}

// libc.so.6 prints its release when it is executed: "GNU C Library … stable release version
// 2.36." Its newest version node may be older, since not every release adds one (2.31's
// newest is GLIBC_2.30).
unsigned release_in_banner(std::string_view bytes) {
  constexpr std::string_view kBanner = "release version 2.";
  std::size_t at = bytes.find(kBanner);
  return at == std::string_view::npos ? 0 : leading_number(drop(bytes, at + kBanner.size()));
}

unsigned newest_version(const elf::Versions& versions) {
  constexpr std::string_view kPrefix = "GLIBC_2.";
  unsigned newest = 0;
  for (const elf::VersionDefinition& definition : versions.definitions()) {
    if (!definition.name.starts_with(kPrefix)) continue;
    newest = std::max(newest, leading_number(drop(definition.name, kPrefix.size())));
  }
  return newest;
}

void find_release(Arena& arena, const elf::Image& libc, std::string_view bytes, Glibc& glibc) {
  Result<elf::Object> object = elf::Object::read(arena, libc);
  if (!object) {
    glibc.why = render(arena, object.error());
    return;
  }
  glibc.minor = release_in_banner(bytes);
  if (glibc.minor == 0) glibc.minor = newest_version(object->versions);
}

}  // namespace

Glibc glibc_of(const resolve::Tree& tree) {
  Arena arena;
  Glibc glibc;
  Result<resolve::Searcher> searcher = resolve::Searcher::open(arena, tree);
  if (!searcher) {
    glibc.why = render(arena, searcher.error());
    return glibc;
  }
  Result<resolve::Found> libc = searcher->find(elf::kLibc, {});
  if (!libc) {
    glibc.why = render(arena, libc.error());
    return glibc;
  }
  glibc.file = libc->file.host_path;
  find_release(arena, libc->image, libc->mapping.text(), glibc);
  return glibc;
}

Glibc glibc_of_file(const std::string& libc) {
  Arena arena;
  Glibc glibc;
  glibc.file = libc;
  Fd fd(::open(libc.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  FileMapping mapping = take_or_fail(arena, FileMapping::of(fd.get()));
  find_release(arena, take_or_fail(arena, elf::Image::of_file(mapping.bytes())), mapping.text(),
               glibc);
  return glibc;
}

ForeignLinker foreign_linker_of(Arena& arena, const Program& program, resolve::Searcher& system) {
  ForeignLinker linker;
  std::string path =
      program.linker.empty() ? interpreter_of_program(program.binary) : program.linker;
  char resolved[PATH_MAX];
  struct stat status;
  if (path.empty() || ::realpath(path.c_str(), resolved) == nullptr ||
      ::stat(resolved, &status) != 0) {
    return linker;
  }
  Result<resolve::Found> own = system.find(file_name_of(path), {});
  if (own && own->file.status.st_dev == status.st_dev && own->file.status.st_ino == status.st_ino) {
    return linker;
  }
  linker.path = path;
  if (Fd fd(::open(resolved, O_RDONLY | O_NONBLOCK | O_CLOEXEC)); fd.valid()) {
    Result<FileMapping> file = FileMapping::of(fd.get());
    if (file) linker.defaults = resolve::defaults_of_linker(arena, file->text());
  }
  // glibc installs both into one directory, which is then its ld.so's default one.
  std::string directory(directory_of(resolved));
  if (::access((directory + "/libc.so.6").c_str(), R_OK) == 0) linker.directory = directory;
  return linker;
}

}  // namespace bulkhead::programs
