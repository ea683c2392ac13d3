#include "resolve/filters.h"

#include <algorithm>

#include "base/text.h"

namespace bulkhead::resolve {
namespace {

std::unexpected<Error> refused(Arena& arena, std::string_view name, const Library& filter) {
  return fail(Fault::conflict, "is not in the tree under that name", arena.copy(name),
              join(arena, {filter.host_path,
                           " is a filter for it (DT_FILTER, DT_AUXILIARY), ld.so would take this "
                           "system's, and the capsule is strict"}),
              "add it to the tree, or share this system's with --share");
}

}  // namespace

Result<bool> add_filtered(Arena& arena, Searcher& searcher, const Closure& closure,
                          const Boundary& boundary, List<std::string_view>& roots) {
  bool any = false;
  for (const Library& filter : closure.libraries()) {
    for (const elf::Dyn& entry : filter.dynamic.entries()) {
      if (entry.d_tag != DT_FILTER && entry.d_tag != DT_AUXILIARY) continue;
      std::string_view name = filter.dynamic.string(entry.d_un.d_val);
      auto is_it = [&](const Library& each) { return each.known_as() == name; };
      if (boundary.stop(boundary.context, name) || std::ranges::any_of(closure.libraries(), is_it))
        continue;
      const Searcher::PathOwner owner =
          Searcher::PathOwner::of(arena, filter.dynamic, filter.known_as(), filter.directory);
      Result<Found> found = searcher.find(name, {{&owner, 1}});
      if (!found && found.error().fault != Fault::missing) return std::unexpected(found.error());
      if (!found || found->dynamic.soname() != name) return refused(arena, name, filter);
      roots.push_back(found->path);
      any = true;
    }
  }
  return any;
}

}  // namespace bulkhead::resolve
