#include "survey/compiled_paths.h"

#include <limits.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"

namespace bulkhead::survey {
namespace {

// More would only hide the first.
constexpr std::size_t kMostNotes = 16;

bool is_librarys(std::string_view path) {
  return path.size() < PATH_MAX && path.find(".so") != std::string_view::npos &&
         (path.ends_with(".so") || path.find(".so.") != std::string_view::npos);
}

// Calls `visit` for each string of the file that begins with a slash.
template <class Visit>
void for_each_path(std::span<const std::byte> file, Visit visit) {
  const char* const begin = reinterpret_cast<const char*>(file.data());
  std::string_view rest(begin, file.size());
  for (;;) {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return;
    const bool is_start = rest.data() + slash != begin && rest.data()[slash - 1] == '\0';
    rest = drop(rest, slash);
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    if (is_start) visit(take(rest, end));
    rest = drop(rest, is_start ? end : 1);
    if (rest.empty()) return;
  }
}

bool is_of_capsule(const plan::Plan& plan, const resolve::Library& library) {
  return std::ranges::any_of(plan.entries, [&](const plan::Entry& entry) {
    return entry.role != plan::Role::shared && entry.name == library.known_as();
  });
}

// This system has it, the tree does not, and it is not permitted.
bool is_refused(const TreeSide& side, std::string_view text) {
  Arena arena;
  std::string_view path = arena.copy(text);
  if (side.tree.open_file(arena, path)) return false;
  Result<resolve::OpenedFile> file = side.confines->this_system().open_file(arena, path);
  if (!file) return false;
  return side.confines->judge(arena, path, identity_of(file->status)).place ==
         resolve::Confines::Place::outside;
}

}  // namespace

void note_refused_paths(Arena& arena, const TreeSide& side, plan::Plan& plan) {
  if (!side.confines || side.tree.is_system()) return;
  List<std::string_view> known(arena);
  for (const resolve::Library& library : side.closure->libraries()) {
    if (!is_of_capsule(plan, library)) continue;
    for_each_path(library.file, [&](std::string_view path) {
      if (known.size() == kMostNotes || !is_librarys(path) || plan::contains(known.view(), path) ||
          !is_refused(side, path)) {
        return;
      }
      known.push_back(arena.copy(path));
      plan.notes.push_back(join(
          arena, {library.host_path, " has the path ", known.back(),
                  " in it: opening that would be refused, unless it is permitted with --permit"}));
    });
  }
}

}  // namespace bulkhead::survey
