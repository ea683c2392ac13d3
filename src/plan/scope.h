// Who defines a symbol in a capsule that is planned, and whose scope that is in.
//
// ld.so looks a symbol up by name and version in every object of the capsule's scope,
// whichever file the version was expected in; so do we: a library that wants
// pthread_create@GLIBC_2.34 of libc.so.6 is content with compat's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/list.h"
#include "elf/name_index.h"
#include "plan/decide.h"

namespace bulkhead::plan {

// The tree's libgcc_s.so.1, where the base's is shared: it has what that one lacks.
const Node* libgcc_behind(const Decision& decision);

class Scope {
 public:
  explicit Scope(const Decision& decision);

  // The library that is loaded under this name; nullptr if there is none.
  const Node* provider(std::string_view name) const;

  // `by`: who defines it, if that is no thread-local variable; else it stays.
  Node::Definition find(const Symbol& import, const Node*& by) const;

  // Of one that nobody in the capsule defines: the library of this system that does since a shared
  // one needs it; null if there is none.
  const Node* brought(const Symbol& import) const;

 private:
  // The same of what nobody who is expected to has. With an index once it pays.
  Node::Definition find_anywhere(const Symbol& import, const Node*& by) const;

  // What is to be shared and only a program that is not known can have: as good as the tree's.
  void add_awaited(const Decision& decision);
  void find_brought(const Decision& decision);

  List<const Node*> scope_;
  // Of the file that an import named last: those of a library stand together.
  mutable std::string_view last_file_;
  mutable const Node* last_provider_ = nullptr;
  mutable std::size_t searches_ = 0;
  mutable elf::NameIndex index_;
  List<const Node*> brought_;  // what shared libraries need of the base: see sharing/brought.h
};

// What a library and those that it needs have is in its scope whoever opens it. What only others
// have is not, if these are opened apart: then the program may have it.
class Reach {
 public:
  // `importer`: the library's index in the tree.
  Reach(const Decision& decision, std::uint32_t importer)
      : decision_(decision), importer_(importer) {}

  // Of what is shared, whether it needs it; true of what every capsule has.
  bool has(const Node& node);

 private:
  const Decision& decision_;
  std::uint32_t importer_;
  std::span<const bool> inside_;  // of each library of the tree; empty until it is asked for
};

// Of each library of the tree whether the program starts with it: it needs it by way of an exposed
// one. All of them, if it is not known which program that is.
std::span<const bool> loaded_at_start(const Decision& decision);

}  // namespace bulkhead::plan
