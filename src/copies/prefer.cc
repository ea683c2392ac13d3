#include "copies/prefer.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "base/fd.h"

#include "base/text.h"
#include "copies/newer.h"

namespace bulkhead::copies {

Preference Preference::of(std::string_view text) {
  std::size_t at = text.rfind('=');
  if (at == std::string_view::npos) return {{}, text};
  return {take(text, at), drop(text, at + 1)};
}

std::string_view preference_for(std::span<const std::string_view> all, std::string_view library,
                                std::string_view profile) {
  std::string_view of_library, of_profile, of_all;
  for (std::string_view text : all) {
    const Preference each = Preference::of(text);
    if (each.name.empty()) of_all = each.side;
    if (each.name == library) of_library = each.side;
    if (!profile.empty() && each.name == profile) of_profile = each.side;
  }
  return !of_library.empty() ? of_library : !of_profile.empty() ? of_profile : of_all;
}

std::string_view real_file(Arena& arena, std::string_view path) {
  const Fd fd(open_at(AT_FDCWD, join(arena, {path}).data(), O_PATH | O_CLOEXEC));
  if (!fd.valid()) return path;
  std::string_view link =
      join(arena, {"/proc/self/fd/", decimal(arena, static_cast<std::uint64_t>(fd.get()))});
  std::span<char> text = arena.array<char>(PATH_MAX);
  const ssize_t size = ::readlink(link.data(), text.data(), text.size());
  return size <= 0 ? path : std::string_view(text.data(), static_cast<std::size_t>(size));
}

Comparison compare_copies(Arena& arena, const Copy& tree, const Copy& base) {
  Newer newer;
  if (tree.object != nullptr && base.object != nullptr)
    newer = compare_exports(*tree.object, *base.object);
  if (newer.sign == 0) {
    std::string_view of_tree = file_name_of(tree.file), of_base = file_name_of(base.file);
    newer.sign = compare_numbers(of_tree, of_base);
    newer.has = join(arena, {"the number of ", newer.sign > 0 ? of_tree : of_base});
  }
  if (newer.sign == 0) return {false, "neither copy is newer"};
  std::string_view side = newer.sign > 0 ? "tree" : "base";
  return {newer.sign > 0, join(arena, {"the ", side, "'s copy is newer: it has ", newer.has})};
}

}  // namespace bulkhead::copies
