#include "capsule/caller_scope.h"

#include <limits.h>
#include <link.h>
#include <unistd.h>

#include "base/list.h"
#include "base/text.h"
#include "elf/dynamic.h"
#include "process/libdl.h"
#include "process/modules.h"
#include "resolve/tokens.h"

namespace bulkhead::capsule {
namespace {

using PathOwner = resolve::Searcher::PathOwner;

std::string_view program_file(Arena& arena) {
  std::span<char> text = arena.array<char>(PATH_MAX);
  ssize_t size = ::readlink("/proc/self/exe", text.data(), text.size());
  return size > 0 ? std::string_view{text.data(), static_cast<std::size_t>(size)}
                  : std::string_view{};
}

// (RTLD_DI_ORIGIN crashes for the program, whose origin ld.so finds when it needs it.)
std::string_view file_of(Arena& arena, const link_map* library) {
  return *library->l_name != '\0' ? arena.copy(library->l_name) : program_file(arena);
}

void add_owner(Arena& arena, link_map* library, List<PathOwner>& owners) {
  if (library == nullptr) return;
  Result<elf::Image> image = process::image_of(library);
  if (!image) return;
  Result<elf::Dynamic> dynamic = elf::Dynamic::read(*image);
  if (!dynamic) return;
  bool no_default = (dynamic->flags_1 & DF_1_NODEFLIB) != 0;
  if (dynamic->rpath().empty() && !dynamic->has_runpath() && !no_default) return;
  std::string_view file = file_of(arena, library);
  owners.push_back({file, dynamic->rpath(), dynamic->runpath(), dynamic->has_runpath(),
                    directory_of(file), no_default});
}

}  // namespace

resolve::Searcher::Scope scope_of_caller(Arena& arena, const void* caller) {
  List<PathOwner> owners(arena);
  process::Owner owner = process::owner_of(caller);
  add_owner(arena, owner.object, owners);
  auto* program = static_cast<link_map*>(::dlopen(nullptr, RTLD_LAZY));
  if (program != nullptr && program != owner.object) add_owner(arena, program, owners);
  if (program != nullptr) ::dlclose(program);
  return {owners.view()};
}

std::string_view with_origin_of_caller(Arena& arena, std::string_view file, const void* caller) {
  if (file.find('$') == std::string_view::npos) return file;
  process::Owner owner = process::owner_of(caller);
  if (owner.object == nullptr) return file;
  std::string_view origin = directory_of(file_of(arena, owner.object));
  // The other tokens mean the same for everybody, and wait for the search.
  return arena.copy(resolve::expand(arena, file, {origin, "$LIB", "$PLATFORM"}));
}

}  // namespace bulkhead::capsule
