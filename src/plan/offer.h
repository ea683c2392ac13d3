// What the base offers to the libraries of a tree: the versions and symbols of its glibc,
// those that compat adds, and what its dynamic linker can do. Pure.
//
// ld.so asks twice. A *version* must be defined by the very file that it is expected in,
// symbols or not; inside a capsule that file is a mirror, which defines what the base's
// library does and the versions that compat stands under. A *symbol* may then come from
// any library of the scope.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "plan/graph.h"

namespace bulkhead::plan {

enum class Source : std::uint8_t {
  base,    // this system's glibc has it
  compat,  // bulkhead's compat libraries have it
  tree,    // the tree's libgcc_s.so.1 has it, which stands behind this system's
  mark,    // a version without symbols that mirrors define, since this ld.so can do what it means
  none,    // nobody has it
};
std::string_view name_of(Source source);  // "base", "compat", "tree", "mark", "missing"

class Offer {
 public:
  // All must outlive it. `libgcc` is the tree's libgcc_s.so.1, if it has one and this system's
  // is shared: what the latter lacks, arithmetic, comes from the former.
  Offer(Arena& arena, const Graph& base, std::span<const Node> compat,
        const Node* libgcc = nullptr);

  // The base's library of that name, if it is one of glibc's (or libgcc_s.so.1).
  const Node* part(std::string_view file) const;

  // Who defines `version` of that file of glibc's. A file without any versions answers to all.
  Source version(std::string_view file, std::string_view version) const;

  struct Answer {
    Source source = Source::none;
    // The definition is there, but thread-local: no mirror could give its address.
    bool thread_local_data = false;
  };
  Answer symbol(const Symbol& import) const;

  // DT_RELR. An older ld.so ignores it; then the runtime does it, after all that ld.so does.
  bool reads_packed_relocations() const;
  // Since 2.41 ld.so refuses to open a library that wants one, if the program started without.
  bool opens_executable_stacks() const;

 private:
  std::span<const Node> compat_;
  const Node* libgcc_;
  List<const Node*> parts_;
};

// What a version without symbols says about the dynamic linker; empty if it is no such mark.
std::string_view meaning_of_mark(std::string_view version);

}  // namespace bulkhead::plan
