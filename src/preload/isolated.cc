#include "preload/isolated.h"

#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "elf/glibc.h"
#include "elf/hash.h"
#include "elf/notes.h"
#include "messages/failure.h"
#include "programs/base_glibc.h"

namespace bulkhead::preload {
namespace {

struct LibcFile {
  FileMapping mapping;
  std::span<const std::byte> build_id;
  FileIdentity identity;
};

LibcFile read_libc(const std::string& path) {
  Arena arena;
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!fd.valid()) throw messages::Failure(path + ": cannot be opened: " + ::strerror(errno));
  LibcFile file{messages::take_or_fail(arena, FileMapping::of(fd.get())), {}, {}};
  struct stat status {};
  if (::fstat(fd.get(), &status) == 0) file.identity = identity_of(status);
  file.build_id =
      elf::build_id(messages::take_or_fail(arena, elf::Image::of_file(file.mapping.bytes())));
  return file;
}

bool is_same_build(const LibcFile& ours, const LibcFile& theirs) {
  if (ours.identity == theirs.identity) return true;
  return !ours.build_id.empty() && ours.build_id.size() == theirs.build_id.size() &&
         ::memcmp(ours.build_id.data(), theirs.build_id.data(), ours.build_id.size()) == 0;
}

bool exports(const plan::Node& tool, std::string_view name) {
  const elf::SymbolTable& symbols = tool.object->symbols;
  return symbols.for_each_named(
      name, [&](elf::SymbolIndex index) { return elf::is_exported(symbols[index]); });
}

// As image::allocation_functions tells allocators from tools that count or log.
void refuse_allocators(const plan::Node& tool) {
  for (std::string_view name : {"malloc", "realloc", "free"}) {
    if (!exports(tool, name)) return;
  }
  throw messages::Failure(
      std::string(tool.file) +
      ": replaces malloc, so it cannot be isolated: the libc inside would be initialised "
      "before the tool, and ask it for memory; leave out --isolated");
}

}  // namespace

void require_isolable(survey::Survey& survey, const plan::Node& tool,
                      const survey::Options& options, survey::Stamp& stamp) {
  refuse_allocators(tool);
  if (!options.map.empty()) {
    throw messages::Failure(
        "--map " + options.map[0] +
        ": paths cannot be mapped for an isolated tool: its files are opened by a libc that "
        "knows nothing of bulkhead; leave out --map, or --isolated");
  }
  const plan::Node* base = survey.graphs().base.find(elf::kLibc);
  std::string ours(base->file);
  std::string theirs = survey.file_in_tree(elf::kLibc);
  if (theirs.empty()) {
    throw messages::Failure(
        std::string(elf::kLibc) + ": is not in the tree " + std::string(survey.tree_path()) +
        ", and an isolated tool has a libc of its own, from there; add the program's build of "
        "glibc to the tree, or leave out --isolated");
  }
  stamp.add(theirs);
  if (is_same_build(read_libc(ours), read_libc(theirs))) return;
  throw messages::Failure(
      theirs + ": is of glibc " + programs::glibc_of_file(theirs).release() +
      ", and another build than the program's " + ours + " of glibc " +
      programs::glibc_of_file(ours).release() +
      ": the one dynamic linker in a process serves the very build of libc that came with "
      "it; take a tool of this system (without --tree), or leave out --isolated: then it "
      "gets the program's libc");
}

}  // namespace bulkhead::preload
