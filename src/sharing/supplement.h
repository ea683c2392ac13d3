// What stands behind the mirrors: libraries that define what the base's copies lack.
//
// ld.so compares versions by name in any object of the scope, so a mirror may define a version
// whose symbols come from elsewhere: from compat for glibc, from the tree's own copy for
// libgcc_s.so.1.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "base/arena.h"
#include "base/list.h"
#include "base/result.h"
#include "capsule/capsule.h"

namespace bulkhead::sharing {

// libgcc_s.so.1 is shared for the sake of its unwinder. The rest of it is arithmetic without any
// state, to which every release of GCC adds (half precision, bfloat16, bit-precise integers):
// that may come from the tree's.
class TreesLibgcc {
 public:
  explicit TreesLibgcc(Arena& arena) : versions_(arena) {}

  // Finds nothing if the tree has none. Once is enough.
  void find(Arena& arena, resolve::Searcher& searcher);

  const resolve::Found* file() const { return found_ ? &*found_ : nullptr; }
  std::span<const std::string_view> versions() const { return versions_.view(); }

 private:
  std::optional<resolve::Found> found_;
  List<std::string_view> versions_;
};

// Which of the supplements a closure's version requirements call for.
struct Supplement {
  bool libc = false;
  bool math = false;
  bool libgcc = false;

  bool any() const { return libc || math || libgcc; }
};

// Finds `libgcc` if they call for that.
Supplement supplement_for(Arena& arena, resolve::Searcher& searcher,
                          const resolve::Closure& closure,
                          std::span<const capsule::Mirrored> mirrored, TreesLibgcc& libgcc);

// Libraries of the base that compat's aliases lead to, where they are not part of libc.so.6; those
// that have a mirror left out, the others loaded.
std::span<const std::string_view> standing_apart(Arena& arena,
                                                 std::span<const capsule::Mirrored> mirrored);

// The files to list after all others in a manifest.
void add_files(Arena& arena, const capsule::Capsule& capsule, const Supplement& supplement,
               const TreesLibgcc& libgcc, List<std::string_view>& needed);

}  // namespace bulkhead::sharing
