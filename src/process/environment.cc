#include "process/environment.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"

namespace bulkhead::process {
namespace {

constexpr std::string_view kVariable = "LD_LIBRARY_PATH=";

// ld.so takes slashes at the end for nothing.
std::string_view without_slashes(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path = take(path, path.size() - 1);
  return path;
}

List<char> initial_environment(Arena& arena) {
  List<char> text(arena);
  Fd fd(::open("/proc/self/environ", O_RDONLY | O_CLOEXEC));
  char buffer[1024];  // on what may be a small thread's stack
  for (;;) {
    long size = ::syscall(SYS_read, fd.get(), buffer, sizeof buffer);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return text;
    text.append({buffer, static_cast<std::size_t>(size)});
  }
}

}  // namespace

std::string_view library_path(Arena& arena) {
  if (__environ != nullptr) {
    const char* path = ::secure_getenv("LD_LIBRARY_PATH");
    return path == nullptr ? std::string_view{} : arena.copy(path);
  }
  if (::getauxval(AT_SECURE) != 0) return {};
  List<char> text = initial_environment(arena);
  std::string_view rest{text.begin(), text.size()};
  while (!rest.empty()) {
    std::string_view entry = split_off(rest, '\0');
    if (entry.starts_with(kVariable)) return drop(entry, kVariable.size());
  }
  return {};
}

bool has_begun() { return __environ != nullptr; }

bool is_in_library_path(Arena& arena, std::string_view directory) {
  std::string_view path = library_path(arena);
  while (!path.empty()) {
    std::size_t end = path.find_first_of(":;");
    if (end == std::string_view::npos) end = path.size();
    if (without_slashes(take(path, end)) == without_slashes(directory)) return true;
    path = drop(path, end + 1);
  }
  return false;
}

namespace {

// A list without the entries for which `is_left_out` is true.
template <class Test>
std::string_view without(Arena& arena, std::string_view list, const char* separators,
                         Test is_left_out) {
  std::string_view kept;
  bool first = true;
  for (char separator = '\0';;) {
    std::size_t end = list.find_first_of(separators);
    std::string_view entry = take(list, end);
    if (!is_left_out(entry)) {
      kept = join(arena, {kept, {&separator, first ? 0U : 1U}, entry});
      first = false;
    }
    if (end == std::string_view::npos) return kept;
    separator = list[end];
    list = drop(list, end + 1);
  }
}

// Puts what `keep` makes of the list in that variable ("NAME=") in its place.
template <class Keep>
void rewrite(Arena& arena, std::string_view variable, Keep keep) {
  char** entry = __environ;
  while (entry != nullptr && *entry != nullptr) {
    std::string_view text = *entry;
    std::string_view list = drop(text, variable.size());
    if (!text.starts_with(variable) || list.empty()) {
      ++entry;
      continue;
    }
    std::string_view kept = keep(list);
    if (kept.size() == list.size()) {
      ++entry;
    } else if (!kept.empty()) {
      std::string_view fresh = join(arena, {variable, kept});
      *entry++ = const_cast<char*>(fresh.data());
    } else {
      // The array is the program's start of the stack, or setenv(3)'s: both may be written to.
      for (char** at = entry; *at != nullptr; ++at) at[0] = at[1];
    }
  }
}

}  // namespace

std::string_view without_directory(Arena& arena, std::string_view list,
                                   std::string_view directory) {
  return without(arena, list, ":;",
                 [&](std::string_view entry) { return without_slashes(entry) == directory; });
}

void take_from_library_path(Arena& arena, std::string_view directory) {
  directory = without_slashes(directory);
  rewrite(arena, kVariable,
          [&](std::string_view list) { return without_directory(arena, list, directory); });
}

void take_from_preload(Arena& arena, std::string_view directory) {
  rewrite(arena, "LD_PRELOAD=", [&](std::string_view list) {
    return without(arena, list, ": ", [&](std::string_view entry) {
      return entry.find('/') != std::string_view::npos && directory_of(entry) == directory;
    });
  });
}

}  // namespace bulkhead::process
