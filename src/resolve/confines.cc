#include "resolve/confines.h"

#include "base/list.h"
#include "base/text.h"
#include "base/try.h"
#include "resolve/path_buffer.h"

namespace bulkhead::resolve {

Result<Confines> Confines::open(Arena& arena, const Tree& tree,
                                std::span<const std::string_view> permitted) {
  Tree system = BH_TRY(Tree::open(arena, "/"));
  List<std::string_view> paths(arena);
  for (std::string_view path : permitted) paths.push_back(arena.copy(path));
  return Confines(tree, static_cast<Tree&&>(system), paths.view());
}

Confines::Judgement Confines::judge(Arena& arena, std::string_view path,
                                    const FileIdentity& file) const {
  constexpr Judgement kOutside{Place::outside, {}};
  struct stat status;
  std::string_view canonical = system_.canonical(arena, path);
  // What /proc calls a path need not be one, or be one of another mount namespace.
  if (canonical.empty() || status_of(canonical.data(), status) != 0 ||
      identity_of(status) != file) {
    return kOutside;
  }
  if (status_of(tree_->directory(), status) != 0) return kOutside;
  const FileIdentity root = identity_of(status);
  // The file itself, then each directory above it. The tree is nearer than what is permitted.
  PathBuffer above(system_.paths(), {canonical});
  bool permitted = is_permitted(file);
  while (above.view() != "/") {
    const std::size_t slash = above.view().rfind('/');
    above.truncate(slash == 0 ? 1 : slash);
    if (status_of(above.c_str(), status) != 0) return kOutside;
    const FileIdentity directory = identity_of(status);
    if (directory == root) return {Place::tree, drop(canonical, slash)};
    permitted = permitted || is_permitted(directory);
  }
  return permitted ? Judgement{Place::permitted, {}} : kOutside;
}

bool Confines::is_permitted(const FileIdentity& file) const {
  struct stat status;
  for (std::string_view path : permitted_) {
    if (status_of(path.data(), status) == 0 && identity_of(status) == file) return true;
  }
  return false;
}

}  // namespace bulkhead::resolve
