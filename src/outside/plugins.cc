#include "outside/plugins.h"

#include <dlfcn.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/keep_errno.h"
#include "base/text.h"
#include "capsule/registered.h"
#include "capsule/scope.h"
#include "process/modules.h"
#include "resolve/tree.h"

namespace bulkhead::outside {

using capsule::Capsule;
using capsule::registered_capsules;

namespace {

// Guard: atomic.
constinit bool g_any = false;

std::string_view absolute(Arena& arena, const char* file, const void* caller) {
  std::string_view path = capsule::with_origin_of_caller(arena, file, caller);
  if (path.starts_with('/')) return path;
  std::span<char> here = arena.array<char>(PATH_MAX);
  if (::syscall(SYS_getcwd, here.data(), here.size()) <= 0) return path;
  return join_path(arena, here.data(), path);
}

// Without "//", "." and ".."; links are not followed.
std::string_view plain(Arena& arena, std::string_view path) {
  std::span<char> text = arena.array<char>(path.size() + 1);
  std::size_t size = 0;
  while (!path.empty()) {
    std::string_view part = split_off(path, '/');
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      while (size != 0 && text[--size] != '/') {
      }
      continue;
    }
    text[size++] = '/';
    for (char c : part) text[size++] = c;
  }
  text[size] = '\0';
  return {text.data(), size};
}

// Neither in the tree nor on this system: ld.so has the words for that.
bool is_nowhere(Arena& arena, const Capsule& capsule, std::string_view path) {
  struct stat status;
  if (status_of(path.data(), status) == 0) return false;
  Result<resolve::Tree> tree = resolve::Tree::open(arena, capsule.request().tree);
  return !tree || !tree->open_file(arena, path);
}

// Null if no capsule wants it.
Capsule* capsule_for(std::string_view path) {
  for (Capsule* capsule : registered_capsules()) {
    for (std::string_view pattern : capsule->request().plugins) {
      if (fits_pattern(pattern, path)) return capsule;
    }
  }
  return nullptr;
}

}  // namespace

void take_plugins() { __atomic_store_n(&g_any, true, __ATOMIC_RELEASE); }

PluginOpening open_plugin(const char* file, int mode, const void* caller) {
  if (!__atomic_load_n(&g_any, __ATOMIC_ACQUIRE) || file == nullptr) return {};
  if (std::string_view(file).find('/') == std::string_view::npos) return {};
  // ld.so's to refuse.
  if ((mode & (RTLD_LAZY | RTLD_NOW)) == 0) return {};
  KeepErrno keep;
  Arena arena;
  std::string_view path = absolute(arena, file, caller);
  std::string_view meant = plain(arena, path);
  Capsule* capsule = capsule_for(meant);
  if (capsule == nullptr) return {};
  // Behind a link ".." may mean another directory than the one before it.
  if (path.find("/../") == std::string_view::npos) path = meant;
  if (is_nowhere(arena, *capsule, path)) return {};
  return {true, capsule->hooks().open_for_program(*capsule, path, mode)};
}

}  // namespace bulkhead::outside
