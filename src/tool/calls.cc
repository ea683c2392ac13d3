#include "tool/calls.h"

#include <errno.h>

#include "base/keep_errno.h"
#include "base/list.h"
#include "base/text.h"
#include "capsule/scope.h"
#include "image/observer.h"
#include "outside/base_hooks.h"
#include "outside/late_exposure.h"
#include "process/environment.h"
#include "process/loader.h"
#include "process/modules.h"
#include "process/questions.h"
#include "resolve/search.h"
#include "tool/events.h"
#include "tool/regions.h"

// Assembly. They ask the functions below, and go on to ld.so's with the caller's return address.
extern "C" {
void* bulkhead_tool_dlopen(const char* file, int mode);
void* bulkhead_tool_dlmopen(Lmid_t space, const char* file, int mode);
void* bulkhead_tool_dlsym(void* handle, const char* name);
void* bulkhead_tool_dlvsym(void* handle, const char* name, const char* version);
}

namespace bulkhead::tool {
namespace {

// Whether ld.so would find it among what is loaded, without looking for a file.
bool is_loaded(std::string_view name) {
  link_map* own = process::owner_of(reinterpret_cast<const void*>(&find_region)).object;
  return process::find_loaded(own, name) != nullptr;
}

bool has_search_path(const resolve::Searcher::Scope& scope) {
  for (const auto& owner : scope.owners) {
    if (!owner.rpath.empty() || owner.has_runpath || owner.no_default) return true;
  }
  return false;
}

// The file that ld.so finds for that caller, if it would not find the same for us; else the name.
std::string_view file_for_caller(Arena& arena, std::string_view name, const void* caller) {
  if (name.find('/') != std::string_view::npos) return name;
  resolve::Searcher::Scope scope = capsule::scope_of_caller(arena, caller);
  if (!has_search_path(scope)) return name;
  Result<resolve::Tree> tree = resolve::Tree::open(arena, "/");
  if (!tree) return name;
  Result<resolve::Searcher> searcher =
      resolve::Searcher::open(arena, *tree, process::library_path(arena));
  if (!searcher) return name;
  Result<resolve::Found> found = searcher->find(name, scope);
  return found ? arena.copy(found->path) : std::string_view{};
}

std::uintptr_t relocated() {
  catch_up();
  return 0;
}

// The handle of a library that is opened so that catch_up runs after ld.so has relocated what comes
// with it, and before its constructors. Null if that could not be done: then ld.so is to say why.
void* open_watched(std::string_view file, int mode) {
  Arena arena;
  Result<process::ImageFile> observer = process::ImageFile::make(
      arena, "bulkhead-observer",
      image::build_observer(arena, {&file, 1}, reinterpret_cast<elf::Addr>(&relocated)));
  if (!observer) return nullptr;
  Result<link_map*> opened =
      process::open_in(arena, LM_ID_BASE, observer->path(), mode & ~RTLD_NODELETE);
  if (!opened) return nullptr;
  void* handle = process::open_file(LM_ID_BASE, file.data(), mode);
  process::close(*opened);
  return handle;
}

int close_and_tell(void* handle) {
  int result = process::close_handle(handle);
  if (result != 0 || !any_interest()) return result;
  KeepErrno keep;
  if (count_in_base() != known_in_base()) catch_up_with_lock();
  return result;
}

// Code of a capsule calls on behalf of the program: as the original of a hook.
bool is_of_capsule(const void* caller) {
  Region region = find_region(reinterpret_cast<elf::Addr>(caller));
  return region.library.capsule != nullptr;
}

// What asm gets.
struct Answer {
  void* result = nullptr;
  std::uintptr_t answered = 0;
};

Answer answer(void* result) { return {result, 1}; }

Answer open(const char* file, int mode, const void* caller) {
  int saved = errno;
  bool of_capsule = is_of_capsule(caller);
  file = outside::file_for_program(file, mode, caller);
  void* handle = nullptr;
  // "$ORIGIN" is the caller's.
  bool plain = file != nullptr && *file != '\0' && (mode & RTLD_NOLOAD) == 0 &&
               std::string_view(file).find('$') == std::string_view::npos;
  if ((mode & RTLD_NOLOAD) == 0) {
    outside::LateOpening late = outside::open_with_exposed(file, mode, caller, &catch_up);
    errno = saved;
    if (late.is_done) return answer(late.handle);
  }
  if (plain && !is_loaded(file)) {
    Arena arena;
    std::string_view found =
        of_capsule ? std::string_view{file} : file_for_caller(arena, file, caller);
    if (!found.empty()) handle = open_watched(found, mode);
  }
  errno = saved;
  if (handle != nullptr) return answer(handle);
  if (!of_capsule) return {};
  handle = process::open_file(LM_ID_BASE, file, mode);
  return answer(handle);
}

Answer symbol(void* handle, const char* name, const char* version, const void* caller) {
  if (handle == RTLD_NEXT || !is_hooked(name)) return {};
  Region region = find_region(reinterpret_cast<elf::Addr>(caller));
  bool of_capsule = region.library.capsule != nullptr;
  void* result = process::symbol_by(handle, name, version);
  if (of_capsule) return answer(result);
  if (result == nullptr) return {};  // ld.so is to say it
  // In the global scope it may be a PLT entry of the executable's, which stands for the function.
  elf::Addr found = handle == RTLD_DEFAULT ? 0 : reinterpret_cast<elf::Addr>(result);
  std::string_view wanted = version != nullptr ? std::string_view{version} : std::string_view{};
  elf::Addr replacement = find_replacement(name, wanted, found, region.library);
  if (replacement == 0) return {};
  return answer(reinterpret_cast<void*>(replacement));
}

template <class Replacement>
Rule rule(std::string_view name, Replacement* replacement) {
  Rule result;
  result.name = name;
  result.replacement = reinterpret_cast<elf::Addr>(replacement);
  return result;
}

}  // namespace

std::span<const Rule> own_rules(Arena& arena) {
  List<Rule> rules(arena);
  rules.push_back(rule("dlopen", &bulkhead_tool_dlopen));
  rules.push_back(rule("dlmopen", &bulkhead_tool_dlmopen));
  rules.push_back(rule("dlclose", &close_and_tell));
  rules.push_back(rule("dlsym", &bulkhead_tool_dlsym));
  rules.push_back(rule("dlvsym", &bulkhead_tool_dlvsym));
  return rules.view();
}

}  // namespace bulkhead::tool

extern "C" {

__attribute__((visibility("hidden"))) bulkhead::tool::Answer bulkhead_tool_open(
    const char* file, int mode, const void* caller) {
  return bulkhead::tool::open(file, mode, caller);
}

__attribute__((visibility("hidden"))) bulkhead::tool::Answer bulkhead_tool_open_in(
    const char* file, int mode, const void* caller, Lmid_t space) {
  if (space != LM_ID_BASE) return {};
  return bulkhead::tool::open(file, mode, caller);
}

__attribute__((visibility("hidden"))) bulkhead::tool::Answer bulkhead_tool_symbol(
    void* handle, const char* name, const char* version, const void* caller) {
  return bulkhead::tool::symbol(handle, name, version, caller);
}
}
