#include "capsule/scope.h"

#include <optional>

#include "base/list.h"
#include "base/text.h"
#include "elf/dynamic.h"
#include "process/modules.h"
#include "process/program.h"
#include "process/questions.h"
#include "resolve/tokens.h"

namespace bulkhead::capsule {
namespace {

using PathOwner = resolve::Searcher::PathOwner;
using Scope = resolve::Searcher::Scope;

// ld.so has no name for the program, and finds its origin when it needs it.
std::string_view file_of(std::string_view name) {
  return name.empty() ? process::program_file() : name;
}

// Nothing if it has no tables, or none that say where to search.
std::optional<PathOwner> owner_of(Arena& arena, const link_map* library) {
  Result<elf::Image> image = process::image_of(library);
  if (!image) return std::nullopt;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  if (!dynamic) return std::nullopt;
  bool no_default = (dynamic->flags_1 & DF_1_NODEFLIB) != 0;
  if (dynamic->rpath().empty() && !dynamic->has_runpath() && !no_default) return std::nullopt;
  std::string_view file = file_of(process::name_of(library));
  return PathOwner::of(arena, *dynamic, file, directory_of(file));
}

// The tokens other than $ORIGIN mean the same for everybody, and wait for the search.
std::string_view with_origin(Arena& arena, std::string_view name, std::string_view origin) {
  return resolve::expand(arena, name, {origin, "$LIB", "$PLATFORM"});
}

}  // namespace

Scope scope_of_caller(Arena& arena, const void* caller) {
  List<PathOwner> owners(arena);
  auto add = [&](const link_map* library) {
    if (library == nullptr) return;
    if (std::optional<PathOwner> owner = owner_of(arena, library)) owners.push_back(*owner);
  };
  const link_map* object = process::owner_of(caller).object;
  const link_map* program = process::program();
  add(object);
  if (program != object) add(program);
  return {owners.view()};
}

std::string_view with_origin_of_caller(Arena& arena, std::string_view file, const void* caller) {
  if (file.find('$') == std::string_view::npos) return file;
  process::Owner owner = process::owner_of(caller);
  if (owner.object == nullptr) return file;
  return arena.copy(
      with_origin(arena, file, directory_of(file_of(process::name_of(owner.object)))));
}

Scope scope_of_need(Arena& arena, std::string_view name, const PathOwner* asker) {
  PathOwner first, program;
  bool found = asker != nullptr;
  if (found) first = *asker;
  for (const process::BaseObject& object : process::base_objects(arena)) {
    Result<elf::Image> image = elf::Image::of_memory(object.bias, object.headers);
    if (!image) continue;
    Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
    if (!dynamic) continue;
    bool is_program = object.name.empty();
    bool needs = false;
    dynamic->for_each_needed([&](std::string_view needed) { needs = needs || needed == name; });
    if (!is_program && (found || !needs)) continue;
    std::string_view file = file_of(object.name);
    PathOwner owner = PathOwner::of(arena, *dynamic, file, directory_of(file));
    if (is_program) program = owner;
    if (needs && !found) first = owner;
    found = found || needs;
  }
  List<PathOwner> owners(arena);
  if (found) owners.push_back(first);
  if (!found || first.name != program.name) owners.push_back(program);
  return {owners.view()};
}

Scope scope_of(Arena& arena, const Capsule& capsule, const link_map* object) {
  if (object == nullptr) return {};
  return capsule.contents().scope_of(arena, process::name_of(object));
}

std::string_view with_origin(Arena& arena, const Capsule& capsule, const link_map* object,
                             std::string_view name) {
  if (name.find('$') == std::string_view::npos || object == nullptr) return name;
  Scope scope = scope_of(arena, capsule, object);
  return with_origin(
      arena, name,
      scope.owners.empty() ? directory_of(process::name_of(object)) : scope.owners.front().origin);
}

std::string_view inside_tree(const Capsule& capsule, std::string_view path) {
  std::string_view tree = capsule.request().tree;
  if (tree != "/" && path.starts_with(tree) && drop(path, tree.size()).starts_with('/')) {
    return drop(path, tree.size());
  }
  return path;
}

}  // namespace bulkhead::capsule
