#include "capsule/native_file.h"

#include "base/list.h"
#include "base/text.h"
#include "capsule/scope.h"
#include "handoff/handoff.h"

namespace bulkhead::capsule {

using resolve::Searcher;

bool is_shim(const elf::Dynamic& dynamic) {
  for (const elf::Dyn& entry : dynamic.entries()) {
    if (static_cast<elf::Addr>(entry.d_tag) == handoff::kDtShimHeader) return true;
  }
  return false;
}

namespace {

// LD_LIBRARY_PATH without the directories where the name means a shim: this capsule's, and
// those of others.
std::string_view without_shims(Arena& arena, const resolve::Tree& system, std::string_view path,
                               std::string_view name) {
  std::string_view kept;
  while (!path.empty()) {
    std::size_t end = path.find_first_of(":;");
    if (end == std::string_view::npos) end = path.size();
    std::string_view directory = take(path, end);
    path = drop(path, end + 1);
    Result<Searcher> searcher = Searcher::open(arena, system, arena.copy(directory));
    if (!searcher) continue;
    Result<resolve::Found> found = searcher->find(name, {});
    if (found && is_shim(found->dynamic)) continue;
    kept = join(arena, {kept, kept.empty() ? "" : ":", directory.empty() ? "." : directory});
  }
  return kept;
}

}  // namespace

Result<NativeFile> find_native(Arena& arena, std::string_view name, std::string_view library_path,
                               const Searcher::PathOwner* asker) {
  Result<resolve::Tree> system = resolve::Tree::open(arena, "/");
  if (!system) return std::unexpected(system.error());
  std::string_view others = without_shims(arena, *system, library_path, name);
  Result<Searcher> searcher = Searcher::open(arena, *system, others);
  if (!searcher) return std::unexpected(searcher.error());
  // A search path of the program's may itself lead to shims.
  for (const Searcher::Scope& scope : {scope_of_need(arena, name, asker), Searcher::Scope{}}) {
    Result<resolve::Found> found = searcher->find(name, scope);
    if (!found || is_shim(found->dynamic)) continue;
    List<std::string_view> needed(arena);
    found->dynamic.for_each_needed(
        [&](std::string_view each) { needed.push_back(arena.copy(each)); });
    std::string_view host_path = arena.copy(found->file.host_path);
    return NativeFile{
        host_path,
        Searcher::PathOwner::of(arena, found->dynamic, host_path, directory_of(host_path)),
        needed.view()};
  }
  return fail(Fault::missing, "this system has no library of that name to stand in for it", name,
              join(arena, {"looked for in ", arena.copy(searcher->searched())}),
              "install it, or let the tree have it");
}

}  // namespace bulkhead::capsule
