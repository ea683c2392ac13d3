// Any bytes as what leads a search: a name, RPATH, RUNPATH, LD_LIBRARY_PATH, and where a link
// leads. Whatever is found is inside the tree.
#include <cstdint>
#include <cstdlib>

#include "base/text.h"
#include "fuzz_tree.h"
#include "resolve/search.h"
#include "resolve/walk.h"

using namespace bulkhead;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

// A path without links means the same file.
void walk(const resolve::Tree& tree, std::string_view path) {
  resolve::PathBuffer resolved(tree.paths());
  if (resolve::walk(tree.directory(), path, resolved) != 0) return;
  expect(resolved.view().starts_with('/') && resolved.fits());
  resolve::PathBuffer again(tree.paths());
  expect(resolve::walk(tree.directory(), resolved.view(), again) == 0);
  expect(again.view() == resolved.view());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const FuzzTree files;
  Arena arena;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const std::string_view name = split_off(rest, '\f'), rpath = split_off(rest, '\f'),
                         runpath = split_off(rest, '\f'), library_path = split_off(rest, '\f'),
                         link = split_off(rest, '\f');
  files.link("opt/link", link);
  Result<resolve::Tree> tree = resolve::Tree::open(arena, files.path().string());
  expect(tree.has_value());
  walk(*tree, name);
  walk(*tree, "/opt/link/lib");
  for (bool walks : {false, true}) {
    if (walks) tree->walk_components();
    Result<resolve::Searcher> searcher = resolve::Searcher::open(arena, *tree, library_path);
    if (!searcher) return 0;
    const resolve::Searcher::PathOwner owners[] = {{.name = "user",
                                                    .rpath = rpath,
                                                    .runpath = runpath,
                                                    .has_runpath = !runpath.empty(),
                                                    .origin = "/opt/a"},
                                                   {.name = "program",
                                                    .rpath = rpath,
                                                    .runpath = {},
                                                    .has_runpath = false,
                                                    .origin = "/usr/lib"}};
    Result<resolve::Found> found = searcher->find(name, {owners});
    if (found) expect(found->file.host_path.starts_with(files.path().string()));
    static_cast<void>(searcher->searched());
    static_cast<void>(searcher->inputs());
  }
  return 0;
}
